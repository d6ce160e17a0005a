"""The shape of the package: imports point down, and what is public is said once."""

from __future__ import annotations

import ast
import inspect
import pkgutil
import types
from collections.abc import Iterable, Mapping
from pathlib import Path

import weaviate_orm

ROOT = Path(weaviate_orm.__file__).parent

LAYERS = (
    {"forks", "tracing"},
    {"_version", "gc_pause", "exceptions", "cached_property", "replaced_file", "shown_values"},
    {"ids", "operators", "types"},
    {"beacons"},
    {"util"},
    {"schema", "http"},
    {"graphql"},
    {"vectorizers", "embedders"},
    {"batch"},
    {"client"},
    {"query"},
    {"model"},
    {"session"},
    {"migrations", "aio", "distributed"},
    {"embedded"},
    {"testing"},
    {"explorer"},
    {""},  # weaviate_orm/__init__.py
    {"cli"},
    {"contrib"},
    {"__main__"},
)
"""Low to high. A module imports from lower layers, and within its own package."""

APART = ({"client", "query"}, {"client", "model"})
"""Pairs that do not know each other, though one is the higher; they meet in the session."""


def package_of(path: Path) -> str:
    first = path.relative_to(ROOT).parts[0]
    return first.removesuffix(".py") if first != "__init__.py" else ""


def imports_of(path: Path) -> set[str]:
    found: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text())):
        names: list[str] = []
        if isinstance(node, ast.ImportFrom) and node.module:
            names = (
                [node.module] if node.module != "weaviate_orm" else [f"weaviate_orm.{each.name}" for each in node.names]
            )
        elif isinstance(node, ast.Import):
            names = [each.name for each in node.names]
        found |= {name.split(".")[1] for name in names if name.startswith("weaviate_orm.")}
    return found


def test_imports_point_down() -> None:
    level = {package: number for number, layer in enumerate(LAYERS) for package in layer}
    modules = list(ROOT.rglob("*.py"))
    assert len(modules) > 50
    for path in modules:
        package = package_of(path)
        assert package in level, f"{path.relative_to(ROOT)} belongs to no layer"
        for imported in imports_of(path) - {package}:
            where = f"{path.relative_to(ROOT)} imports {imported}"
            assert level[imported] < level[package], where
            assert {imported, package} not in APART, where


def name_of(path: Path) -> str:
    return ".".join(path.relative_to(ROOT.parent).with_suffix("").parts).removesuffix(".__init__")


def imported_modules(path: Path, modules: Mapping[str, Path]) -> set[str]:
    """The modules of the package that a module imports, wherever it does, if only for types."""
    imports: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            imports |= {alias.name for alias in node.names if alias.name in modules}
        elif isinstance(node, ast.ImportFrom):
            assert not node.level, f"{path}: a relative import"
            if node.module is not None and node.module in modules:
                imports |= {defining_module(node.module, alias.name, modules) for alias in node.names}
    return imports


def defining_module(module: str, name: str, modules: Mapping[str, Path]) -> str:
    """The module that an import of a name leads to: a submodule, or through what ``__init__`` imports."""
    if f"{module}.{name}" in modules:
        return f"{module}.{name}"
    if modules[module].name == "__init__.py":
        for node in ast.parse(modules[module].read_text()).body:
            if isinstance(node, ast.ImportFrom) and node.module and node.module in modules:
                for alias in node.names:
                    if (alias.asname or alias.name) == name:
                        return defining_module(node.module, alias.name, modules)
    return module


def circles(graph: Mapping[str, set[str]]) -> list[list[str]]:
    """The groups of nodes that lead to each other (Tarjan's strongly connected components)."""
    order: dict[str, int] = {}
    lowest: dict[str, int] = {}
    stack: list[str] = []
    groups: list[list[str]] = []

    def visit(node: str) -> None:
        order[node] = lowest[node] = len(order)
        stack.append(node)
        for target in sorted(graph[node]):
            if target not in order:
                visit(target)
                lowest[node] = min(lowest[node], lowest[target])
            elif target in stack:
                lowest[node] = min(lowest[node], order[target])
        if lowest[node] == order[node]:
            begin = stack.index(node)
            group = stack[begin:]
            del stack[begin:]
            if len(group) > 1 or node in graph[node]:
                groups.append(sorted(group))

    for node in sorted(graph):
        if node not in order:
            visit(node)
    return groups


def import_graph() -> dict[str, set[str]]:
    modules = {name_of(path): path for path in ROOT.rglob("*.py")}
    return {name: imported_modules(path, modules) for name, path in modules.items()}


def test_no_modules_import_each_other() -> None:
    graph = import_graph()
    assert sum(map(len, graph.values())) > 500
    assert circles(graph) == []


def test_circles_are_recognized() -> None:
    assert circles({"a": {"b"}, "b": {"c"}, "c": {"a"}, "d": {"a"}, "e": {"e"}}) == [["a", "b", "c"], ["e"]]


CLASSES_OF_V3 = {"Property", "Query", "Reference"}
"""Names that a resource of the client shares with a class of queries, because v3 names it that way."""


def doubled(places: Iterable[tuple[str, Path]]) -> dict[str, list[str]]:
    by_name: dict[str, list[str]] = {}
    for name, path in places:
        by_name.setdefault(name, []).append(str(path.relative_to(ROOT)))
    return {name: paths for name, paths in by_name.items() if len(paths) > 1}


def test_no_two_files_have_one_name() -> None:
    paths = [path for path in ROOT.rglob("*.py") if path.stem not in ("__init__", "__main__")]
    assert doubled((path.stem, path) for path in paths) == {}


def test_no_two_classes_have_one_name() -> None:
    places = [
        (node.name, path)
        for path in ROOT.rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.ClassDef)
    ]
    twice = doubled(places)
    assert {name for name in CLASSES_OF_V3 if any("client/" in path for path in twice[name])} == CLASSES_OF_V3
    assert twice.keys() == CLASSES_OF_V3


def reached_from(module: str, graph: Mapping[str, set[str]]) -> set[str]:
    """The module, those that it imports, and those that they import."""
    reached: set[str] = set()
    waiting = [module]
    while waiting:
        name = waiting.pop()
        if name not in reached:
            reached.add(name)
            waiting += graph[name]
    return reached


GRAPHQL = ("weaviate_orm.graphql", "weaviate_orm.query.graphql")
"""Where documents are made, sent and read."""


def test_a_query_knows_no_wire() -> None:
    graph = import_graph()
    outside = [name for name in graph if name.startswith("weaviate_orm.query") and not name.startswith(GRAPHQL)]
    assert len(outside) > 20
    for name in outside:
        assert not [reached for reached in reached_from(name, graph) if reached.startswith(GRAPHQL)], name


def test_one_module_of_the_sessions_chooses_the_wire() -> None:
    choosing = [
        name
        for name, imports in import_graph().items()
        if name.startswith(("weaviate_orm.session", "weaviate_orm.model"))
        and any(imported.startswith(GRAPHQL) for imported in imports)
    ]
    assert choosing == ["weaviate_orm.session.reads.wires"]


def test_words_of_graphql_stand_where_graphql_is_read() -> None:
    for path in ROOT.rglob("*.py"):
        name = path.relative_to(ROOT).as_posix()
        if not name.startswith(("graphql/", "query/graphql/", "client/query/", "schema/names.py")):
            text = path.read_text()
            assert "_additional" not in text, name
            assert "__typename" not in text, name


def test_all_is_what_is_public() -> None:
    public = {
        name
        for name, value in vars(weaviate_orm).items()
        if not name.startswith("_") and not isinstance(value, types.ModuleType)
    }
    assert public | {"__version__", "embedded"} == set(weaviate_orm.__all__)


def test_public_things_say_what_they_are() -> None:
    for name in weaviate_orm.__all__:
        value = getattr(weaviate_orm, name)
        if callable(value):
            assert value.__doc__, name
            for attribute, member in vars(value).items() if inspect.isclass(value) else ():
                if inspect.isfunction(member) and not attribute.startswith("_"):
                    assert member.__doc__, f"{name}.{attribute}"


def test_every_module_imports_and_says_what_it_is_about() -> None:
    for module in pkgutil.walk_packages([str(ROOT)], "weaviate_orm."):
        if not module.name.endswith("__main__"):
            assert __import__(module.name, fromlist=["_"]).__doc__, module.name


ANY_PER_THOUSAND_LINES = 50


def test_models_are_typed() -> None:
    lines = names = 0
    for path in (ROOT / "model").glob("*.py"):
        text = path.read_text()
        lines += len(text.splitlines())
        names += sum(isinstance(node, ast.Name) and node.id == "Any" for node in ast.walk(ast.parse(text)))
    assert 1000 * names < ANY_PER_THOUSAND_LINES * lines

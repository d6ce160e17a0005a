"""The shape of the package: imports point down, and what is public is said once."""

from __future__ import annotations

import ast
import inspect
import pkgutil
import types
from pathlib import Path

import weaviate_orm

ROOT = Path(weaviate_orm.__file__).parent

LAYERS = (
    {"forks"},
    {"_version", "gc_pause", "exceptions", "lazily"},
    {"ids", "operators", "types"},
    {"beacons"},
    {"util"},
    {"schema", "http"},
    {"graphql"},
    {"vectorizers"},
    {"batch"},
    {"client"},
    {"query"},
    {"model"},
    {"session"},
    {"embedded"},
    {"testing"},
    {""},  # weaviate_orm/__init__.py
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

"""What is public: some modules, and of them the names of ``__all__``. Nothing else is named to users."""

from __future__ import annotations

import ast
import importlib
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

import weaviate_orm

PUBLIC = (
    "weaviate_orm",
    "weaviate_orm.aio",
    "weaviate_orm.batch",
    "weaviate_orm.client",
    "weaviate_orm.contrib.django",
    "weaviate_orm.contrib.django.debug_panel",
    "weaviate_orm.contrib.django.test",
    "weaviate_orm.contrib.fastapi",
    "weaviate_orm.contrib.flask",
    "weaviate_orm.contrib.opentelemetry",
    "weaviate_orm.contrib.pydantic",
    "weaviate_orm.distributed",
    "weaviate_orm.embedded",
    "weaviate_orm.embedders",
    "weaviate_orm.exceptions",
    "weaviate_orm.migrations",
    "weaviate_orm.schema",
    "weaviate_orm.testing",
    "weaviate_orm.types",
    "weaviate_orm.util",
    "weaviate_orm.vectorizers",
)
LOGGERS = ("weaviate_orm.requests",)
PACKAGE = Path(weaviate_orm.__file__).parent
ROOT = PACKAGE.parent
PAGES = sorted([*ROOT.glob("docs/**/*.md"), *ROOT.glob("examples/**/*.py"), ROOT / "README.md"])
NAME = re.compile(r"\bweaviate_orm(?:\.\w+)+")
IMPORT = re.compile(r"\bfrom (weaviate_orm[\w.]*) import (?:\(([^)]*)\)|([\w, ]+))")


def is_public(name: str) -> bool:
    """Whether a dotted name is a public module, or begins with a name of one."""
    module = max((each for each in PUBLIC if f"{name}.".startswith(f"{each}.")), key=len, default=None)
    if module is None:
        return False
    if name in LOGGERS:
        return True
    rest = name[len(module) + 1 :].split(".")[0]
    return not rest or rest in importlib.import_module(module).__all__


def names_in(text: str) -> Iterator[str]:
    """The dotted names of the package that a text holds, and those that its imports name."""
    # where a doctest raises an error, its module is the one that defines it
    yield from NAME.findall(re.sub(r"(Traceback .*\n)\s*\S+", r"\1", text))
    for module, lines, line in IMPORT.findall(text):
        for name in re.findall(r"\w+", re.sub(r"\bas \w+", "", lines or line)):
            yield f"{module}.{name}"


@pytest.mark.parametrize("module", PUBLIC)
def test_a_public_module_lists_what_it_offers(module: str) -> None:
    imported = importlib.import_module(module)
    assert imported.__all__ == sorted(set(imported.__all__), key=imported.__all__.index), "a name twice"
    assert all(hasattr(imported, name) for name in imported.__all__)
    assert not [name for name in imported.__all__ if name.startswith("_") and name != "__version__"]


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_pages_and_examples_name_what_is_public(page: Path) -> None:
    assert [name for name in names_in(page.read_text()) if not is_public(name)] == []


@pytest.mark.parametrize("module", sorted(PACKAGE.rglob("*.py")), ids=lambda path: str(path.relative_to(PACKAGE)))
def test_docstrings_and_messages_name_what_is_public(module: Path) -> None:
    texts = [node.value for node in ast.walk(ast.parse(module.read_text())) if isinstance(node, ast.Constant)]
    named = {name for text in texts if isinstance(text, str) for name in names_in(text)}
    assert {name for name in named if not is_public(name)} == set()

"""Names are things' names, and docstrings begin as PEP 257 has it: with an imperative, or a noun phrase for data."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

import weaviate_orm

ROOT = Path(weaviate_orm.__file__).parent

FILLERS = frozenset(
    {"asked", "done", "each", "found", "given", "got", "heard", "kept", "known", "left", "made", "much", "one", "said"}
    | {"seen", "so", "taken", "there", "told", "wanted", "what"}
)
"""Names that say nothing of what they hold."""

NOT_FIRST = frozenset(
    {"a", "all", "an", "as", "at", "below", "beside", "both", "by", "each", "for", "from", "how", "if", "in", "it"}
    | {"its", "no", "none", "not", "nothing", "of", "on", "one", "only", "such", "that", "the", "their", "there"}
    | {"these", "they", "this", "those", "to", "what", "when", "where", "whether", "which", "who", "whom", "whose"}
    | {"why", "with", "without"}
)
"""Words that begin no imperative."""

PUBLIC = frozenset({"done", "one"})
"""Fillers that are names of the interface: ``Progress.done``, ``Model.query.one()``."""

PROGRAMS = [path for folder in ("benchmarks", "examples") for path in (Path(__file__).parents[1] / folder).glob("*.py")]

MODULES = [*PROGRAMS, *sorted(ROOT.rglob("*.py"))]


def bound_names(tree: ast.AST) -> Iterator[tuple[int, str]]:
    """Yield the names that a module binds, with their lines."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
            yield node.lineno, node.id
        elif isinstance(node, ast.arg):
            yield node.lineno, node.arg
        elif isinstance(node, (ast.FunctionDef, ast.ClassDef)):
            yield node.lineno, node.name


@pytest.mark.parametrize("path", MODULES, ids=lambda path: "/".join(path.parts[-2:]))
def test_no_name_is_a_filler(path: Path) -> None:
    tree = ast.parse(path.read_text())
    assert [(line, name) for line, name in bound_names(tree) if name.strip("_") in FILLERS - PUBLIC] == []


def _is_data(node: ast.FunctionDef) -> bool:
    return any("property" in ast.unparse(decorator) for decorator in node.decorator_list)


@pytest.mark.parametrize("path", MODULES, ids=lambda path: "/".join(path.parts[-2:]))
def test_docstrings_of_functions_are_imperative(path: Path) -> None:
    wrong = []
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.FunctionDef) and not _is_data(node):
            first, *_ = (ast.get_docstring(node) or "Return.").splitlines()
            word = re.split(r"\W", first, maxsplit=1)[0]
            if word.lower() in NOT_FIRST:
                wrong.append((node.lineno, node.name, first))
    assert wrong == []

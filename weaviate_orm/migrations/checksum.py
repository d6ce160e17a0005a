"""The checksum of a migration file: of what it does, not of how it is laid out. Pure."""

from __future__ import annotations

import ast
import hashlib
from collections.abc import Iterator
from typing import Any, Final

_NOT_MEANT: Final = frozenset({"ctx", "kind", "type_comment"})
"""Fields of a syntax tree that do not change what the program does."""

_OF_THE_GRAPH: Final = frozenset({"dependencies", "replaces"})
"""What a migration says of others; it changes when those are squashed."""


def checksum(text: str) -> str:
    """Return the checksum of the text of a migration file.

    Comments, docstrings, layout, the order of imports, and the names of other migrations make no difference; nor does
    the version of Python. Functions of other modules are not included.

    >>> checksum("migration = Migration()") == checksum("# a comment\\nmigration=Migration( )")
    True
    """
    return hashlib.sha256(repr(_canonical(ast.parse(text))).encode()).hexdigest()[:32]


def _canonical(node: Any) -> Any:
    if isinstance(node, ast.Module):
        imports = (statement for statement in node.body if isinstance(statement, (ast.Import, ast.ImportFrom)))
        others = [statement for statement in node.body if not isinstance(statement, (ast.Import, ast.ImportFrom))]
        return sorted({name for statement in imports for name in _imported(statement)}), _canonical(others)
    if isinstance(node, ast.AST):
        return type(node).__name__, *_fields(node)
    if isinstance(node, list):
        return [_canonical(item) for item in node if not _is_docstring(item)]
    return repr(node)


def _fields(node: ast.AST) -> Iterator[tuple[str, Any]]:
    for name, value in ast.iter_fields(node):
        if name == "keywords" and isinstance(node, ast.Call) and _is_migration(node.func):
            value = [keyword for keyword in value if keyword.arg not in _OF_THE_GRAPH]
        # newer versions of Python have more fields, which are empty
        if name not in _NOT_MEANT and value is not None and value != []:
            yield name, _canonical(value)


def _imported(statement: ast.Import | ast.ImportFrom) -> Iterator[tuple[str, ...]]:
    source = "." * statement.level + (statement.module or "") if isinstance(statement, ast.ImportFrom) else ""
    for alias in statement.names:
        yield source, alias.name, alias.asname or ""


def _is_docstring(node: Any) -> bool:
    return isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant) and isinstance(node.value.value, str)


def _is_migration(function: ast.expr) -> bool:
    name = function.attr if isinstance(function, ast.Attribute) else getattr(function, "id", None)
    return name == "Migration"

"""Python expressions as text, laid out as ruff and black format them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, TypeAlias, Union

import attrs

WIDTH = 88
"""The columns of a line: the default of ruff and black. A wider limit leaves the lines as they are."""

_INDENT = 4


@attrs.frozen
class Brackets:
    """Elements in brackets: the arguments of a call, or the elements of a list, a tuple or a dict.

    Attributes:
        opening: the bracket, with what stands before it: ``field(``.
        elements: each with what stands before it: ``default=``.
        closing: the bracket.
    """

    opening: str
    elements: tuple[tuple[str, Expression], ...]
    closing: str

    @property
    def is_call(self) -> bool:
        """Whether the elements are arguments, which share a line where they fit."""
        return len(self.opening) > 1


Expression: TypeAlias = Union[str, Brackets]
"""Brackets with their elements, or the text of anything else."""


def call(function: str, *values: Expression, **keywords: Expression) -> Brackets:
    """Return a call."""
    arguments = [*(("", value) for value in values), *((f"{name}=", value) for name, value in keywords.items())]
    return Brackets(f"{function}(", tuple(arguments), ")")


def sequence(elements: Iterable[Expression]) -> Brackets:
    """Return a list."""
    return Brackets("[", tuple(("", element) for element in elements), "]")


def tuple_of(elements: Iterable[Expression]) -> Brackets:
    """Return a tuple."""
    return Brackets("(", tuple(("", element) for element in elements), ")")


def literal(value: Any) -> Expression:
    """Return the expression of None, a bool, a number, a text, or a list, tuple or mapping of such values.

    >>> flat(literal({"a": ["it's", 1, None], "b": ("x",)}))
    '{"a": ["it\\'s", 1, None], "b": ("x",)}'
    """
    if isinstance(value, str):
        return quoted(value)
    if isinstance(value, Mapping):
        return Brackets("{", tuple((f"{quoted(key)}: ", literal(item)) for key, item in value.items()), "}")
    if isinstance(value, tuple):
        return tuple_of(map(literal, value))
    if isinstance(value, list):
        return sequence(map(literal, value))
    return repr(value)


def quoted(text: str) -> str:
    """Return the literal of a text, in double quotes where these need no more escapes than single ones."""
    escaped = repr(f'{text}"')[1:-2]  # a text with both quotes, or with ", is shown in single ones
    if text.count('"') > text.count("'"):
        return f"'{escaped}'"
    return '"' + escaped.replace("\\'", "'").replace('"', '\\"') + '"'


def flat(expression: Expression) -> str:
    """Return an expression in one line."""
    if isinstance(expression, str):
        return expression
    inner = ", ".join(prefix + flat(element) for prefix, element in expression.elements)
    comma = "," if expression.opening == "(" and len(expression.elements) == 1 else ""
    return f"{expression.opening}{inner}{comma}{expression.closing}"


def lines_of(expression: Expression, *, indent: int = 0, before: str = "", after: str = "") -> list[str]:
    """Return the lines of an expression, with what stands before and after it.

    Args:
        expression: the expression.
        indent: the columns before each line.
        before: what stands in the first line before it: ``title: Field[str] = ``.
        after: what follows it in the last line: a comma.
    """
    margin = " " * indent
    line = f"{margin}{before}{flat(expression)}{after}"
    if len(line) <= WIDTH or isinstance(expression, str) or not expression.elements:
        return [line]
    first, last = f"{margin}{before}{expression.opening}", f"{margin}{expression.closing}{after}"
    if expression.is_call:
        inner = ", ".join(prefix + flat(element) for prefix, element in expression.elements)
        if indent + _INDENT + len(inner) <= WIDTH:
            return [first, f"{margin}{' ' * _INDENT}{inner}", last]
    body = [
        part
        for prefix, element in expression.elements
        for part in lines_of(element, indent=indent + _INDENT, before=prefix, after=",")
    ]
    return [first, *body, last]


def assignment(target: str, value: Expression, *, indent: int = 0) -> list[str]:
    """Return the lines of ``target = value``; a long text is put into parentheses where it then fits."""
    lines = lines_of(value, indent=indent, before=f"{target} = ")
    if isinstance(value, str) and len(lines[0]) > WIDTH and indent + _INDENT + len(value) <= WIDTH:
        margin = " " * indent
        return [f"{margin}{target} = (", f"{margin}{' ' * _INDENT}{value}", f"{margin})"]
    return lines

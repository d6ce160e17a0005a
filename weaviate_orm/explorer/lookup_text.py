"""Lookups as they are typed into a form, ``price__gte=10, name="x"``: read as Python, and nothing is run. Pure."""

from __future__ import annotations

import ast
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta, timezone
from typing import Any, Final
from uuid import UUID

import attrs

from weaviate_orm.exceptions import QueryError
from weaviate_orm.types import GeoCoordinates

LONGEST: Final = 2000
"""The most signs of a text of lookups."""

_CALLS: Final[Mapping[str, Callable[..., Any]]] = {
    "UUID": UUID,
    "datetime": datetime,
    "timedelta": timedelta,
    "GeoCoordinates": GeoCoordinates,
}
"""What values may be made by."""

_IMPORTS: Final = {
    "UUID": "from uuid import UUID",
    "datetime": "from datetime import datetime, timezone",
    "timedelta": "from datetime import timedelta",
    "GeoCoordinates": "from weaviate_orm import GeoCoordinates",
}


@attrs.frozen
class Lookups:
    """Lookups that were read.

    Attributes:
        values: of the keywords of ``where()``.
        source: the keywords, as Python.
        imports: the lines that the source needs.
    """

    values: Mapping[str, Any] = attrs.field(factory=dict)
    source: str = ""
    imports: tuple[str, ...] = ()


def read_lookups(text: str) -> Lookups:
    """Read the keywords of ``where()``.

    >>> read_lookups("price__gte=10, name='x'").values
    {'price__gte': 10, 'name': 'x'}

    Raises QueryError for anything but keywords with plain values: numbers, texts, lists, ``datetime(…)``, ``UUID(…)``.
    """
    if not text.strip():
        return Lookups()
    if len(text) > LONGEST:
        raise QueryError(f"the filters are at most {LONGEST:,} signs long, and these have {len(text):,}")
    try:
        call = ast.parse(f"where({text.strip()})", mode="eval").body
    except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
        raise _unreadable(text) from error
    if not isinstance(call, ast.Call) or not isinstance(call.func, ast.Name) or call.args:
        raise _unreadable(text)
    values: dict[str, Any] = {}
    called: dict[str, None] = {}
    for keyword in call.keywords:
        if keyword.arg is None:
            raise _unreadable(text)
        try:
            values[keyword.arg] = _value(keyword.value, called)
        except (TypeError, ValueError, OverflowError) as error:
            raise QueryError(f"{keyword.arg}={ast.unparse(keyword.value)}: {error}") from error
    source = ", ".join(f"{keyword.arg}={ast.unparse(keyword.value)}" for keyword in call.keywords)
    return Lookups(values, source, tuple(_IMPORTS[name] for name in called))


def _unreadable(text: str) -> QueryError:
    return QueryError(f'filters are keywords of where(), as price__gte=10, name="x"; {text[:80]!r} are none')


def _value(node: ast.expr, called: dict[str, None]) -> Any:
    if isinstance(node, (ast.List, ast.Tuple)):
        elements = [_value(element, called) for element in node.elts]
        return elements if isinstance(node, ast.List) else tuple(elements)
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in _CALLS:
        called[node.func.id] = None
        keywords = {str(keyword.arg): _value(keyword.value, called) for keyword in node.keywords if keyword.arg}
        return _CALLS[node.func.id](*(_value(argument, called) for argument in node.args), **keywords)
    if isinstance(node, ast.Attribute) and ast.unparse(node) == "timezone.utc":
        return timezone.utc
    try:
        return ast.literal_eval(node)
    except ValueError:
        names = ", ".join(f"{name}(…)" for name in _CALLS)
        raise ValueError(f"a value is a number, a text, a list of them, or one of {names}") from None

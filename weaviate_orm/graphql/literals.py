"""Python values as GraphQL literals.

Strings are written as ``json.dumps(text, ensure_ascii=False)``: the only form that the server reads back equal for
every Unicode text (measured on Weaviate 1.35 and 1.39; escapes such as ``\\ud83d`` never match an emoji). Users' values
enter a document only through this module, so no text can change the structure of a query.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Mapping, Sequence
from enum import Enum
from typing import Any
from uuid import UUID

import attrs
import orjson

from weaviate_orm.exceptions import QueryError

_NAME = re.compile(r"[_A-Za-z][_0-9A-Za-z]*\Z")


class Symbol(str):
    """A GraphQL enum value, such as ``Equal``: a name without quotes."""

    __slots__ = ()

    def __new__(cls, word: str) -> Symbol:
        return super().__new__(cls, check_name(word))


@attrs.frozen
class RawText:
    """Text that goes into a document unchanged: a printed vector, or a selection that a user wrote."""

    text: str


@attrs.frozen
class Layout:
    """The spaces and commas of an object, a list or a selection. GraphQL ignores them; v3's texts have them."""

    start: str
    between: str
    end: str
    colon: str = ": "


_OBJECT = Layout("{", " ", "}")
_LIST = Layout("[", ", ", "]")


@attrs.frozen
class ObjectValue:
    """``{name: value …}`` with a layout; a plain mapping has the default layout."""

    fields: Mapping[str, Any]
    layout: Layout


@attrs.frozen
class ListValue:
    """``[value …]`` with a layout; a plain sequence has the default layout."""

    items: Sequence[Any]
    layout: Layout


def check_name(name: str) -> str:
    """Check that GraphQL reads a text as a single name, and return it. Raises QueryError if not."""
    if not _NAME.match(name):
        raise QueryError(f"{name!r} cannot stand in a query: a name has only letters, digits and underscores")
    return name


def print_literal(value: Any) -> str:
    """Return the text of a value.

    >>> print_literal({"path": ["title"], "operator": Symbol("Equal"), "valueText": 'say "no"'})
    '{path: ["title"] operator: Equal valueText: "say \\\\"no\\\\""}'
    """
    if isinstance(value, Symbol):
        return str(value)
    if isinstance(value, RawText):
        return value.text
    if isinstance(value, Enum):
        return print_literal(value.value)
    if isinstance(value, str):
        return print_string(value)
    if value is None or isinstance(value, bool):
        return json.dumps(value)
    if isinstance(value, int):
        return str(int(value))
    if isinstance(value, float):
        if not math.isfinite(value):
            raise QueryError(f"{value} cannot stand in a query: numbers must be finite")
        return repr(float(value))
    if isinstance(value, UUID):
        return f'"{value}"'
    if isinstance(value, Mapping):
        return _print_object(value, _OBJECT)
    if isinstance(value, Sequence):
        return _print_list(value, _LIST)
    if isinstance(value, ObjectValue):
        return _print_object(value.fields, value.layout)
    if isinstance(value, ListValue):
        return _print_list(value.items, value.layout)
    return print_vector(value)


def _print_object(fields: Mapping[str, Any], layout: Layout) -> str:
    members = (f"{check_name(name)}{layout.colon}{print_literal(value)}" for name, value in fields.items())
    return f"{layout.start}{layout.between.join(members)}{layout.end}"


def _print_list(items: Sequence[Any], layout: Layout) -> str:
    return f"{layout.start}{layout.between.join(map(print_literal, items))}{layout.end}"


def print_string(text: str) -> str:
    """Return a quoted string. Raises QueryError for a lone surrogate, which is not valid Unicode."""
    try:
        text.encode()
    except UnicodeEncodeError as error:
        raise QueryError(f"{text!r} is not text: it holds half of a surrogate pair") from error
    return json.dumps(text, ensure_ascii=False)


def print_vector(vector: Any) -> str:
    """Return the text of one or more vectors, as sequences or numpy arrays of numbers. Fast: uses orjson."""
    try:
        text = orjson.dumps(vector, option=orjson.OPT_SERIALIZE_NUMPY).decode()
    except orjson.JSONEncodeError as error:
        raise QueryError(f"a {type(vector).__name__} cannot stand in a query: {error}") from error
    if "null" in text:
        raise QueryError("a vector in a query holds a number that is not finite")
    return text

"""Checks of users' dicts and arguments before they are sent. Errors begin with ``label``, the name of the value."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping
from numbers import Integral
from typing import Any, TypeVar
from uuid import UUID

from weaviate_orm.exceptions import QueryError, UnknownNameError
from weaviate_orm.schema.values import encode_boolean, encode_int, encode_number, encode_text
from weaviate_orm.util import get_valid_uuid

T = TypeVar("T")


def convert(label: str, value: Any, check: Callable[[Any], T]) -> T:
    """Return ``check(value)``. Its ValueError or TypeError becomes a QueryError with the label."""
    try:
        return check(value)
    except (ValueError, TypeError) as error:
        raise QueryError(f"{label}: {error}") from error


def mapping(label: str, value: Any, allowed: Collection[str], *, required: Iterable[str] = ()) -> Mapping[str, Any]:
    """Check that a dict has the required keys, and only allowed ones."""
    if not isinstance(value, Mapping):
        raise QueryError(f"{label} is a dict, not {type(value).__name__}: {value!r}")
    for key in value:
        if key not in allowed:
            raise UnknownNameError(f"{label}: the key", str(key), allowed)
    for key in required:
        if key not in value:
            raise QueryError(f"{label} lacks the key {key!r}")
    return value


def text(label: str, value: Any) -> str:
    """Check that a value is text that can be encoded."""
    return convert(label, value, encode_text)


def texts(label: str, value: Any) -> tuple[str, ...]:
    """Check a text or a list of texts, and return a tuple."""
    if isinstance(value, str):
        value = (value,)
    if not isinstance(value, Iterable) or isinstance(value, (bytes, Mapping)):
        raise QueryError(f"{label} is a str or a list of them, not {type(value).__name__}")
    items = tuple(text(label, item) for item in value)
    if not items:
        raise QueryError(f"{label} is empty; give at least one")
    return items


def boolean(label: str, value: Any) -> bool:
    """Check that a value is a bool."""
    return convert(label, value, encode_boolean)


def integer(label: str, value: Any, *, least: int | None = None) -> int:
    """Check that a value is an int, and at least ``least``."""
    number = convert(label, value, encode_int)
    if least is not None and number < least:
        raise QueryError(f"{label} is {least} or more; got {number}")
    return number


def number(label: str, value: Any, low: float | None = None, high: float | None = None) -> float:
    """Check that a value is a finite number within the limits. An int stays an int, so that its text has no ``.0``."""
    exact = convert(label, value, encode_number)
    if (low is not None and exact < low) or (high is not None and exact > high):
        raise QueryError(f"{label} is from {low:g} to {high:g}; got {value!r}")
    return int(value) if isinstance(value, Integral) else exact


def uuid(label: str, value: Any) -> str:
    """Check an id, and return it in the usual form."""
    return convert(label, value, get_valid_uuid)


def exact_uuid(label: str, value: Any) -> str:
    """Check an id, and return it in the form that was passed."""
    convert(label, value, lambda uuid: UUID(str(uuid)))
    return str(value)


def choice(label: str, value: Any, choices: Collection[str]) -> str:
    """Check that a value is one of the choices."""
    if not isinstance(value, str) or value not in choices:
        raise QueryError(f"{label} is one of {', '.join(choices)}; got {value!r}")
    return str(value)

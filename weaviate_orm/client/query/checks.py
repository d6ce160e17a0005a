"""What a user's dicts and arguments may hold. Everything wrong is refused here, before it is sent, by its name."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping
from numbers import Integral
from typing import Any, TypeVar
from uuid import UUID

from weaviate_orm.exceptions import QueryError, UnknownNameError
from weaviate_orm.schema.values import encode_boolean, encode_int, encode_number, encode_text
from weaviate_orm.util import get_valid_uuid

T = TypeVar("T")


def checked(what: str, value: Any, check: Callable[[Any], T]) -> T:
    """The result of a check that raises ValueError or TypeError; its sentence then begins with what it is about."""
    try:
        return check(value)
    except (ValueError, TypeError) as error:
        raise QueryError(f"{what}: {error}") from error


def mapping(what: str, value: Any, known: Collection[str], *, required: Iterable[str] = ()) -> Mapping[str, Any]:
    """A dict with the required keys, and none but the known ones."""
    if not isinstance(value, Mapping):
        raise QueryError(f"{what} is a dict, not {type(value).__name__}: {value!r}")
    for key in value:
        if key not in known:
            raise UnknownNameError(f"{what}: the key", str(key), known)
    for key in required:
        if key not in value:
            raise QueryError(f"{what} lacks the key {key!r}")
    return value


def text(what: str, value: Any) -> str:
    return checked(what, value, encode_text)


def texts(what: str, value: Any) -> tuple[str, ...]:
    """One text or several, as several."""
    if isinstance(value, str):
        value = (value,)
    if not isinstance(value, Iterable) or isinstance(value, (bytes, Mapping)):
        raise QueryError(f"{what} is a str or a list of them, not {type(value).__name__}")
    found = tuple(text(what, each) for each in value)
    if not found:
        raise QueryError(f"{what} is empty; give at least one")
    return found


def boolean(what: str, value: Any) -> bool:
    return checked(what, value, encode_boolean)


def integer(what: str, value: Any, *, least: int | None = None) -> int:
    number = checked(what, value, encode_int)
    if least is not None and number < least:
        raise QueryError(f"{what} is {least} or more; got {number}")
    return number


def number(what: str, value: Any, low: float | None = None, high: float | None = None) -> float:
    """A finite number; an int stays one, as its text has no ``.0`` then."""
    exact = checked(what, value, encode_number)
    if (low is not None and exact < low) or (high is not None and exact > high):
        raise QueryError(f"{what} is from {low:g} to {high:g}; got {value!r}")
    return int(value) if isinstance(value, Integral) else exact


def uuid(what: str, value: Any) -> str:
    """The id in its usual writing."""
    return checked(what, value, get_valid_uuid)


def exact_uuid(what: str, value: Any) -> str:
    """The id as it was written."""
    checked(what, value, lambda given: UUID(str(given)))
    return str(value)


def choice(what: str, value: Any, choices: Collection[str]) -> str:
    if value not in choices:
        raise QueryError(f"{what} is one of {', '.join(choices)}; got {value!r}")
    return str(value)

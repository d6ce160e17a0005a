"""Checks of arguments before a request is sent. Errors are ArgumentTypeError unless noted."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Any

from weaviate_orm.exceptions import ArgumentTypeError, MappingError, ValidationError
from weaviate_orm.schema.names import check_property_name
from weaviate_orm.types import ConsistencyLevel


def text(name: str, value: Any) -> str:
    """Check that an argument is a str."""
    _check(name, value, str, "a str")
    return str(value)


def boolean(name: str, value: Any) -> bool:
    """Check that an argument is True or False. Other values, such as None, would be ambiguous."""
    _check(name, value, bool, "True or False")
    return bool(value)


def mapping(name: str, value: Any) -> Mapping[str, Any]:
    """Check that an argument is a mapping."""
    _check(name, value, Mapping, "a dict")
    checked: Mapping[str, Any] = value
    return checked


def items(name: str, value: Any) -> Sequence[Any]:
    """Check that an argument is a list or a tuple."""
    _check(name, value, (list, tuple), "a list")
    checked: Sequence[Any] = value
    return checked


def texts(name: str, value: Any) -> list[str]:
    """Check that an argument is a str or a list of them, and return a list."""
    return [text(f"an item of {name}", item) for item in ([value] if isinstance(value, str) else items(name, value))]


def choice(name: str, value: Any, choices: Collection[str]) -> str:
    """Check that an argument is one of ``choices``. Raises ValidationError for another text."""
    if text(name, value) not in choices:
        raise ValidationError(f"{name} is one of {', '.join(choices)}, not {value!r}", field=name)
    return str(value)


def property_name(name: str, value: Any) -> str:
    """Check the name of a property or a reference. Raises ValidationError for an invalid name.

    Weaviate stores a reference under an invalid name, though it answers that no such property exists (measured on
    Weaviate 1.39).
    """
    try:
        check_property_name(text(name, value))
    except MappingError as error:
        raise ValidationError(f"{name}: {error}", field=name) from None
    return str(value)


def level(value: ConsistencyLevel | str | None) -> str | None:
    """Check a consistency level, and return the server's name of it."""
    try:
        return None if value is None else ConsistencyLevel(value).value
    except ValueError:
        raise ArgumentTypeError(
            f"consistency_level is {', '.join(ConsistencyLevel)}, not {value!r}", field="consistency_level"
        ) from None


def _check(name: str, value: Any, kind: Any, expected: str) -> None:
    if not isinstance(value, kind):
        raise ArgumentTypeError(f"{name} is {expected}, not {type(value).__name__}: {value!r:.80}", field=name)

"""Shapes of answers, and checks against them. Pure.

A shape is written like the value that it describes: ``str`` is a text, ``[str]`` a list of texts,
``{"id": str, "error?": str}`` an object with these members and any others. A member whose name ends in ``?`` may be
missing or null; a tuple holds alternatives, and ``ANY`` is anything.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NoReturn

ANY: Any = object
NUMBER = (int, float)
OBJECT: Any = dict
OBJECTS: Any = [dict]
NOTHING: type = type(None)
REPORT: Any = {"status": str}
"""The server's report about work in the background."""

NAMED: Any = [{"name": str}]

_NAMES = {dict: "an object", list: "a list", str: "a text", int: "an int", float: "a float", bool: "true or false"}


class ShapeError(ValueError):
    """A value of another shape than expected."""


def check(value: Any, shape: Any, where: str = "the answer") -> None:
    """Raise ShapeError, which names the place, unless a value has a shape.

    >>> check({"classes": [{"class": "Article"}]}, {"classes": [{"class": str}]})
    >>> check({"classes": [{"class": None}]}, {"classes": [{"class": str}]})
    Traceback (most recent call last):
    weaviate_orm.http.shapes.ShapeError: the answer.classes[0].class is null, not a text
    """
    if isinstance(shape, type):
        if not isinstance(value, shape) or (shape is int and isinstance(value, bool)):
            _refuse(value, shape, where)
    elif isinstance(shape, list):
        if not isinstance(value, list):
            _refuse(value, list, where)
        (item,) = shape
        if item is dict and all(type(held) is dict for held in value):
            return
        for position, held in enumerate(value):
            check(held, item, f"{where}[{position}]")
    elif isinstance(shape, tuple):
        if not any(_has(value, option) for option in shape):
            _refuse(value, shape[0], where)
    else:
        _check_members(value, shape, where)


def _check_members(value: Any, shape: Mapping[str, Any], where: str) -> None:
    if not isinstance(value, dict):
        _refuse(value, dict, where)
    for name, member in shape.items():
        key = name.removesuffix("?")
        held = value.get(key)
        if key is not name and held is None:
            continue
        if key not in value:
            raise ShapeError(f"{where} has no {key!r}")
        check(held, member, f"{where}.{key}")


def _has(value: Any, shape: Any) -> bool:
    try:
        check(value, shape)
    except ShapeError:
        return False
    return True


def _refuse(value: Any, shape: Any, where: str) -> NoReturn:
    kind = "null" if value is None else _NAMES.get(type(value), type(value).__name__)
    expected = shape if isinstance(shape, type) else (dict if isinstance(shape, Mapping) else list)
    raise ShapeError(
        f"{where} is {kind}, not {_NAMES.get(expected, 'null' if expected is type(None) else str(expected))}"
    )


def is_list_of(value: Any, kind: type) -> bool:
    """Return whether a value is a list of one type; fast for long lists."""
    return isinstance(value, list) and all(type(held) is kind for held in value)


def members(values: Sequence[Any], name: str, kind: type, where: str) -> list[Any]:
    """Return one member of every object, all of one type; raises ShapeError."""
    try:
        read = [held[name] for held in values]
    except (TypeError, LookupError):
        check(values, [{name: kind}], where)
        raise
    if not is_list_of(read, kind):
        check(values, [{name: kind}], where)
    return read

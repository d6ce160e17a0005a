"""What becomes of a stored value when its property changes its type. Pure."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

from weaviate_orm.migrations.row import Row
from weaviate_orm.schema.datatypes import DataType

_FUNCTIONS: Final[dict[tuple[DataType, DataType], Callable[[Any], Any]]] = {
    (DataType.INT, DataType.TEXT): str,
    (DataType.NUMBER, DataType.TEXT): str,
    (DataType.TEXT, DataType.INT): int,
    (DataType.TEXT, DataType.NUMBER): float,
}

_OF_ONE_JSON: Final = frozenset(
    {
        (DataType.INT, DataType.NUMBER),
        *((DataType.TEXT, kind) for kind in (DataType.UUID, DataType.DATE)),
        *((kind, DataType.TEXT) for kind in (DataType.UUID, DataType.DATE)),
    }
)
"""Types of which the values have one JSON."""


def as_list(value: Any) -> list[Any]:
    """Return a list of one value: the conversion of a property that becomes a list.

    >>> as_list("Ada")
    ['Ada']
    """
    return [value]


def leave_out(row: Row) -> None:
    """Leave out every object: the transform of a collection that is copied without its objects."""


def keeps_json(old: DataType, new: DataType) -> bool:
    """Return whether the JSON of stored values may stay when the type changes; the server checks it."""
    if old.is_array != new.is_array:
        return False
    return old is new or (old.element, new.element) in _OF_ONE_JSON


def conversion(old: DataType, new: DataType) -> Callable[[Any], Any] | None:
    """Return the function that converts stored values of a type to another; None where no function keeps them all.

    A value that cannot be converted, such as the int of ``"many"``, makes the function raise.

    >>> conversion(DataType.TEXT, DataType.INT)("7"), conversion(DataType.NUMBER, DataType.INT)
    (7, None)
    """
    if new.is_array and not old.is_array and keeps_json(old, new.element):
        return as_list
    return _FUNCTIONS.get((old, new))

"""Cells of tables as values of fields, by the codecs of the fields, so that tables hold whatever fields do.

A cell is a value that its field takes; or what the server stores of it, as the text of a UUID or the value of an
enumeration; or what numpy, pandas and Arrow have in place of either. Nothing is rounded or cut: a float is an int where
it is whole.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import date, datetime
from functools import partial
from typing import Any

from weaviate_orm.model.codec import Codec, Member
from weaviate_orm.schema.datatypes import DataType
from weaviate_orm.schema.values import SCALAR_TYPES, check_json

Read = Callable[[Any], Any]
"""Returns the value of a cell that is not null. Raises ValueError."""

_PLAIN = frozenset({str, int, bool, bytes, list, tuple, dict})
_FOREIGN = frozenset({"numpy", "pandas"})


def is_null(cell: Any) -> bool:
    """Return whether a cell is empty: None, NaN, NaT or pandas.NA.

    >>> is_null(float("nan")), is_null(0.0), is_null("")
    (True, False, False)
    """
    if cell is None:
        return True
    if type(cell) in _PLAIN or getattr(cell, "shape", ()) != ():
        return False
    try:
        return bool(cell != cell)
    except TypeError:  # pandas.NA, which is neither true nor false
        return True


def plain(cell: Any) -> Any:
    """Return a cell of numpy or pandas as a value of Python. Raises ValueError where nanoseconds would be lost."""
    if type(cell).__module__.partition(".")[0] not in _FOREIGN:
        return cell
    if hasattr(cell, "to_pydatetime"):
        if cell.nanosecond:
            raise ValueError(
                f"has nanoseconds, and a datetime holds microseconds: {cell.isoformat()}; round the column, as by "
                f"dt.floor('us')"
            )
        return cell.to_pydatetime()
    if hasattr(cell, "to_pytimedelta"):
        return cell.to_pytimedelta()
    kind = getattr(getattr(cell, "dtype", None), "kind", "")
    if kind in "mM" and kind:
        micro = cell.astype(f"{kind}8[us]")
        if (micro.astype(cell.dtype) != cell).any():
            raise ValueError(f"has nanoseconds, and a datetime holds microseconds: {cell}; round the column")
        return micro.tolist()
    if hasattr(cell, "tolist"):
        values = cell.tolist()
        return [plain(value) for value in values] if kind == "O" else values
    return cell


def reader_of(codec: Codec) -> Read:
    """Return what reads the cells of a field."""
    return partial(_read, codec)


def read_column(codec: Codec, cells: Sequence[Any]) -> Sequence[Any]:
    """Return the values of a column without nulls in them. Raises ValueError where any cell is refused."""
    kinds = set(map(type, cells))
    if codec.decode is None and codec.json_types.issuperset(kinds):
        return cells  # as they are; the constructor checks them
    if not any(kind.__module__.partition(".")[0] in _FOREIGN for kind in kinds):
        encode = codec.encode
        try:
            for cell in cells:
                encode(cell)
            return cells
        except ValueError:
            pass
    return [_read(codec, cell) for cell in cells]


def _read(codec: Codec, cell: Any) -> Any:
    if codec.decode is None and type(cell) in codec.json_types:
        return cell
    cell = plain(cell)
    try:
        codec.encode(cell)
        return cell
    except ValueError as error:
        refused = error
    day = _day(codec.encode, codec.data_type, cell)
    if day is not None:
        return day
    try:
        stored = _stored(codec, cell)
        check_json(stored, codec.json_types)
    except ValueError as error:
        raise (error if isinstance(error, _Inside) else refused) from None
    try:
        value = codec.decode(stored) if codec.decode is not None else stored
        codec.encode(value)  # what others may have stored, the field need not take
        return value
    except ValueError:
        raise
    except Exception as error:  # of the constructors of nested classes, whatever they raise
        raise ValueError(f"{type(error).__name__}: {error}") from error


def _day(encode: Read, data_type: DataType, cell: Any) -> date | None:
    """Return the day of a text, for what takes days; None for others."""
    if data_type is not DataType.DATE or not isinstance(cell, str) or len(cell) != len("2000-01-01"):
        return None
    try:
        day = date.fromisoformat(cell)
        encode(day)
    except ValueError:
        return None
    return day


class _Inside(ValueError):
    """A problem inside a list or an object, whose place it names."""


def _stored(codec: Codec, cell: Any) -> Any:
    """Return a cell as what the server stores of it, as far as it can be that."""
    if codec.data_type is DataType.OBJECT:
        return _stored_object(codec.members, cell)
    if not codec.data_type.is_array:
        return _stored_scalar(codec.data_type, cell)
    if not isinstance(cell, (list, tuple)):
        raise ValueError("no list")
    return [_stored_element(codec, position, element) for position, element in enumerate(cell)]


def _stored_element(codec: Codec, position: int, element: Any) -> Any:
    try:
        element = plain(element)
        if codec.data_type is DataType.OBJECT_ARRAY:
            return _stored_object(codec.members, element)
        if codec.scalar is None:
            return element
        return _encoded(codec.scalar.encode, codec.scalar.json_types, codec.data_type.element, element)
    except ValueError as error:
        raise _Inside(f"[{position}] {error}") from None


def _encoded(encode: Read, json_types: frozenset[type], data_type: DataType, cell: Any) -> Any:
    try:
        return encode(cell)
    except ValueError:
        day = _day(encode, data_type, cell)
        if day is not None:
            return encode(day)
        stored = _stored_scalar(data_type, cell)
        if type(stored) not in json_types:
            raise
        return stored


def _stored_scalar(data_type: DataType, cell: Any) -> Any:
    if data_type is DataType.INT and isinstance(cell, float) and cell.is_integer():
        return int(cell)  # pandas has no ints in a column with nulls
    if data_type is DataType.DATE and isinstance(cell, datetime):
        return SCALAR_TYPES[data_type].encode(cell)
    return cell


def _stored_object(members: Sequence[Member], cell: Any) -> Any:
    if not isinstance(cell, Mapping):
        raise ValueError("no object")
    cells = dict(cell)
    stored: dict[str, Any] = {}
    for member in members:
        name = member.attribute if member.attribute in cells else member.name
        inner = cells.pop(name, None)
        if is_null(inner):
            continue
        try:
            stored[member.name] = member.codec.encode(_read(member.codec, inner))
        except ValueError as error:
            raise _Inside(f"{member.attribute}: {error}") from None
    if cells:
        names = ", ".join(member.attribute for member in members)
        raise _Inside(f"has {', '.join(map(repr, cells))}, and the members are {names}")
    return stored

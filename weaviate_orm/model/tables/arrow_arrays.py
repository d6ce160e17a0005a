"""Stored values as arrays of Arrow, whose types follow from the fields, so that all parts of a table have the same.

Dates are timestamps in UTC or days, as the field has them; blobs are binary, ids and UUIDs text, nested objects structs
by the names of their attributes, vectors lists of 32-bit floats. Everything else is as the server stores it.
"""

from __future__ import annotations

from array import array
from collections.abc import Mapping, Sequence
from datetime import date, datetime
from functools import cache
from typing import Any

from weaviate_orm.exceptions import ConfigurationError
from weaviate_orm.model.codec import Codec
from weaviate_orm.schema.datatypes import DataType
from weaviate_orm.schema.values import SCALAR_TYPES, Decode, Scalar

_DAY = "2000-01-01T00:00:00Z"
"""A date as the server stores days."""


def pyarrow_module() -> Any:
    """Return pyarrow. Raises ConfigurationError where it is not installed."""
    try:
        # the user's own; nothing else here needs it
        import pyarrow  # type: ignore[import-not-found,import-untyped,unused-ignore] # pyright: ignore
    except ImportError:
        raise ConfigurationError('tables of Arrow need pyarrow: pip install "weaviate-mapper[arrow]"') from None
    return pyarrow


def arrow_type(codec: Codec) -> Any:
    """Return the type of a column of a property."""
    pyarrow = pyarrow_module()
    element = codec.data_type.element
    if element is DataType.OBJECT:
        of_value = pyarrow.struct([(member.attribute, arrow_type(member.codec)) for member in codec.members])
    elif element is DataType.DATE:
        of_value = pyarrow.date32() if _is_day(codec.scalar) else pyarrow.timestamp("us", "UTC")
    else:
        of_value = _scalar_types().get(element, pyarrow.string())
    return pyarrow.list_(of_value) if codec.data_type.is_array else of_value


def arrow_array(codec: Codec, stored: Sequence[Any]) -> Any:
    """Return the column of a property. Raises an error of any type for a value that its type cannot hold."""
    convert = _conversion(codec)
    cells = stored if convert is None else [None if value is None else convert(value) for value in stored]
    return pyarrow_module().array(cells, arrow_type(codec))


def vector_type(vectors: Sequence[Any], dimensions: int | None, several: bool) -> Any:
    """Return the type of a column of vectors: of a fixed size, where the dimensions are known or seen."""
    pyarrow = pyarrow_module()
    if several:
        return pyarrow.list_(pyarrow.list_(pyarrow.float32()))
    sizes = {len(vector) for vector in vectors if vector}
    if dimensions is None and len(sizes) == 1:
        (dimensions,) = sizes
    if dimensions is None or not sizes <= {dimensions}:
        return pyarrow.list_(pyarrow.float32())
    return pyarrow.list_(pyarrow.float32(), dimensions)


def vector_array(vectors: Sequence[Any], kind: Any) -> Any:
    """Return a column of vectors of a type."""
    pyarrow = pyarrow_module()
    if not pyarrow.types.is_fixed_size_list(kind):
        lists = (vector.tolist() if isinstance(vector, memoryview) else vector for vector in vectors)
        return pyarrow.array([vector or None for vector in lists], kind)
    size = kind.list_size
    nothing = bytes(4 * size)
    if any(vector and len(vector) != size for vector in vectors):
        raise ValueError(f"vectors of {size} dimensions were expected, and there are others")
    numbers = b"".join(
        (vector if isinstance(vector, memoryview) else array("f", vector)) if vector else nothing for vector in vectors
    )
    flat = pyarrow.Array.from_buffers(pyarrow.float32(), size * len(vectors), [None, pyarrow.py_buffer(numbers)])
    mask = None if all(vectors) else pyarrow.array([not vector for vector in vectors])
    return pyarrow.FixedSizeListArray.from_arrays(flat, type=kind, mask=mask)


@cache
def _scalar_types() -> Mapping[DataType, Any]:
    pyarrow = pyarrow_module()
    text, number = pyarrow.string(), pyarrow.float64()
    whole = pyarrow.int64()
    of_phone = {"countryCode": whole, "national": whole, "valid": pyarrow.bool_()}
    return {
        DataType.INT: whole,
        DataType.NUMBER: number,
        DataType.BOOLEAN: pyarrow.bool_(),
        DataType.BLOB: pyarrow.binary(),
        DataType.GEO_COORDINATES: pyarrow.struct(
            [(name, number) for name in SCALAR_TYPES[DataType.GEO_COORDINATES].json_members]
        ),
        DataType.PHONE_NUMBER: pyarrow.struct(
            [(name, of_phone.get(name, text)) for name in SCALAR_TYPES[DataType.PHONE_NUMBER].json_members]
        ),
    }


def _conversion(codec: Codec) -> Decode | None:
    """Return what makes a cell of a stored value; None where it is one."""
    convert = _element_conversion(codec)
    if convert is None or not codec.data_type.is_array:
        return convert
    return lambda values: [convert(value) for value in values]


def _element_conversion(codec: Codec) -> Decode | None:
    element, scalar = codec.data_type.element, codec.scalar
    if element is DataType.OBJECT:
        members = [(member, _conversion(member.codec)) for member in codec.members]
        return lambda stored: {
            member.attribute: _member(convert, stored.get(member.name)) for member, convert in members
        }
    if element is DataType.DATE:
        return scalar.decode if scalar is not None and _is_day(scalar) else _decode(element)
    if element is DataType.BLOB:
        return _decode(element)
    # lossy ints come as floats
    return int if element is DataType.INT and scalar is not None and scalar.decode is not None else None


def _member(convert: Decode | None, stored: Any) -> Any:
    return stored if stored is None or convert is None else convert(stored)


def _decode(data_type: DataType) -> Decode:
    decode = SCALAR_TYPES[data_type].decode
    assert decode is not None
    return decode


def _is_day(scalar: Scalar | None) -> bool:
    """Return whether dates of a type have no time of day."""
    if scalar is None or scalar.decode is None:
        return False
    try:
        value = scalar.decode(_DAY)
    except Exception:  # of a type of the user's own
        return False
    return isinstance(value, date) and not isinstance(value, datetime)

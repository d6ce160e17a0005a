"""Stored values out of messages, as the JSON that other wires bring."""

from __future__ import annotations

import struct
from collections.abc import Callable, Iterable, Mapping, Sequence
from operator import attrgetter
from typing import Any

from weaviate_orm.exceptions import NotWeaviateError
from weaviate_orm.query.grpc.search_messages import search_messages
from weaviate_orm.schema.datatypes import DataType
from weaviate_orm.schema.properties import PropertySpec
from weaviate_orm.schema.values import SCALAR_TYPES

NULL = b"\x60\x00"
"""A serialized value that is null."""


def read_column(spec: PropertySpec, column: Sequence[bytes]) -> list[Any]:
    """Return the JSON of a property's values, which are serialized."""
    present = column if NULL not in column else [value for value in column if value != NULL]
    values = _read_present(spec, present)
    if len(present) == len(column):
        return values
    remaining = iter(values)
    return [None if value == NULL else next(remaining) for value in column]


def _read_present(spec: PropertySpec, column: Sequence[bytes]) -> list[Any]:
    element = spec.data_type.element
    if element in _PLAIN:
        joined = search_messages()["Values"].FromString(b"".join(column))
        if spec.data_type.is_array:
            values = _read_lists(spec, element, joined.list)
        else:
            values = getattr(joined, element.value)[:]
        if len(values) == len(column):
            return values
    # a value may have another type than the property
    value_class = search_messages()["Value"]
    return [_read(spec, value_class.FromString(value)) for value in column]


def _read_lists(spec: PropertySpec, element: DataType, lists: Iterable[Any]) -> list[Any]:
    if element not in _TEXTS:
        return [_read_list(spec, value) for value in lists]
    columns = [texts[:] for texts in map(attrgetter(f"{element.value}.values"), lists)]
    # an empty list may be one of another type
    return (
        columns
        if all(columns)
        else [texts or _read_list(spec, value) for texts, value in zip(columns, lists, strict=True)]
    )


_TEXTS = frozenset({DataType.TEXT, DataType.DATE, DataType.UUID})
_PLAIN = frozenset(row.data_type for row in SCALAR_TYPES.values() if not row.json_members)
"""The types of values that are one field of their message."""


def _read(spec: PropertySpec, value: Any) -> Any:
    kind = value.WhichOneof("kind")
    if kind is None:
        raise NotWeaviateError(
            f"a search by gRPC was answered, but not as Weaviate does: an object has nothing for {spec.name!r}"
        )
    return _KINDS[kind](spec, getattr(value, kind))


def _read_list(spec: PropertySpec, value: Any) -> list[Any]:
    kind = value.WhichOneof("kind")
    if kind is None:
        return []
    values = getattr(value, kind).values
    if kind == "object":
        return [_read_object(spec, item) for item in values]
    if kind == "int":
        return list(struct.unpack(f"<{len(values) // 8}q", values))
    if kind == "number":
        return list(struct.unpack(f"<{len(values) // 8}d", values))
    items: list[Any] = values[:]
    return items


def _read_object(spec: PropertySpec, value: Any) -> dict[str, Any]:
    """Return a nested object; of its members those are left out by the server that are null."""
    fields = value.fields
    return {inner.name: _read(inner, fields[inner.name]) if inner.name in fields else None for inner in spec.nested}


def _read_geo(_: PropertySpec, value: Any) -> dict[str, float]:
    return {"latitude": _shortest(value.latitude), "longitude": _shortest(value.longitude)}


def _shortest(number: float) -> float:
    """Return the number of fewest digits that is the same 32-bit float, as the server writes it in JSON."""
    packed = struct.pack("<f", number)
    candidates = (float(f"{number:.{digits}g}") for digits in range(6, 9))
    return next((candidate for candidate in candidates if struct.pack("<f", candidate) == packed), number)


def _read_phone(_: PropertySpec, value: Any) -> dict[str, Any]:
    return {name: getattr(value, name) for name in SCALAR_TYPES[DataType.PHONE_NUMBER].json_members}


def _as_it_is(_: PropertySpec, value: Any) -> Any:
    return value


_KINDS: Mapping[str, Callable[[PropertySpec, Any], Any]] = {
    "number": _as_it_is,
    "boolean": _as_it_is,
    "object": _read_object,
    "list": _read_list,
    "date": _as_it_is,
    "uuid": _as_it_is,
    "int": _as_it_is,
    "geoCoordinates": _read_geo,
    "blob": _as_it_is,
    "phoneNumber": _read_phone,
    "null": lambda *_: None,
    "text": _as_it_is,
}

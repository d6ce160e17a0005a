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
    data_type = spec.data_type
    if data_type in _FIELDS:
        joined = search_messages()["Values"].FromString(b"".join(column))
        field = _FIELDS[data_type]
        values = getattr(joined, field)[:] if field != "list" else _read_lists(spec, joined.list)
        if len(values) == len(column):
            return values
    # a value may have another type than the property
    value_class = search_messages()["Value"]
    return [_read(spec, value_class.FromString(value)) for value in column]


def _read_lists(spec: PropertySpec, lists: Iterable[Any]) -> list[Any]:
    read_texts = _TEXTS.get(spec.data_type)
    if read_texts is None:
        return [_read_list(spec, value) for value in lists]
    columns = [texts[:] for texts in map(read_texts, lists)]
    if all(columns):
        return columns
    # an empty list may be one of another type
    return [texts or _read_list(spec, value) for texts, value in zip(columns, lists, strict=True)]


_TEXTS: Mapping[DataType, Callable[[Any], Any]] = {
    data_type: attrgetter(f"{data_type.element.value}.values")
    for data_type in (DataType.TEXT_ARRAY, DataType.DATE_ARRAY, DataType.UUID_ARRAY)
}
_FIELDS: Mapping[DataType, str] = {
    data_type: "list" if data_type.is_array else data_type.value
    for data_type in DataType
    if data_type.element in SCALAR_TYPES and not SCALAR_TYPES[data_type.element].json_members
}
"""The fields of values that are not messages of their own."""


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

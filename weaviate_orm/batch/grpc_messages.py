"""Batches of objects and references as messages of gRPC (``grpc/proto/v1/batch.proto`` of the server)."""

from __future__ import annotations

import logging
import struct
from collections.abc import Mapping, Sequence
from functools import cache
from math import isfinite
from typing import Any

from weaviate_orm.beacons import make_beacon, make_source, parse_source
from weaviate_orm.http.grpc_values import CONSISTENCY_LEVELS, MULTI, SINGLE, pack, pack_rows
from weaviate_orm.http.protobuf import Messages, declare_messages

logger = logging.getLogger(__name__)

_MESSAGES: Messages = {
    "Properties": (("values", 1, "google.protobuf.Struct"),),
    "Vector": (("name", 1, "string"), ("content", 3, "bytes"), ("type", 4, "int32")),
    "Object": (
        ("uuid", 1, "string"),
        ("properties", 3, "Properties"),
        ("collection", 4, "string"),
        ("tenant", 5, "string"),
        ("vector", 6, "bytes"),
        ("vectors", 23, "repeated Vector"),
    ),
    "Request": (("objects", 1, "repeated Object"), ("consistency_level", 2, "int32")),
    "Reference": (
        ("name", 1, "string"),
        ("from_collection", 2, "string"),
        ("from_uuid", 3, "string"),
        ("to_collection", 4, "optional string"),
        ("to_uuid", 5, "string"),
        ("tenant", 6, "string"),
    ),
    "References": (("references", 1, "repeated Reference"), ("consistency_level", 2, "int32")),
    "Error": (("index", 1, "int32"), ("error", 2, "string")),
    "Reply": (("errors", 2, "repeated Error"),),
}
_EXACT = 2**53
"""All ints up to this are exact as 64-bit floats, the numbers of a Struct."""

_SUPPORTED = frozenset({"class", "id", "properties", "vector", "vectors", "tenant"})


def load_messages() -> None:
    """Import protobuf now: a child that is forked during an import can never import the same module."""
    _messages()


def encode_objects(objects: Sequence[Mapping[str, Any]], consistency_level: str | None) -> bytes | None:
    """Encode the message that creates objects, from their REST JSON; return None for values that it cannot hold.

    These are values that orjson writes and protobuf does not, as dates and arrays; numbers that are not finite; ints
    that are not exact as 64-bit floats.
    """
    messages = _messages()
    request = messages["Request"](consistency_level=_level(consistency_level))
    new = messages["Vector"]
    try:
        for body in objects:
            if not body.keys() <= _SUPPORTED:
                return None
            message = request.objects.add(uuid=body["id"], collection=body["class"], tenant=body.get("tenant"))
            properties = body.get("properties")
            if properties:
                _set_members(message.properties.values, properties)
            vector = body.get("vector")
            if vector is not None:
                message.vector = pack(vector)
            for name, value in (body.get("vectors") or {}).items():
                if value is not None:
                    is_multi_vector = hasattr(value[0], "__len__")
                    content = _pack_equal_rows(value) if is_multi_vector else pack(value)
                    message.vectors.append(new(name=name, content=content, type=MULTI if is_multi_vector else SINGLE))
    except (TypeError, ValueError, OverflowError, LookupError, RecursionError, struct.error):
        return None
    serialized: bytes = request.SerializeToString()
    return serialized


def encode_references(references: Sequence[Mapping[str, Any]], consistency_level: str | None) -> bytes | None:
    """Encode the message that adds references, from their REST JSON; return None where it would make other beacons."""
    request = _messages()["References"](consistency_level=_level(consistency_level))
    try:
        for reference in references:
            collection, id, name = parse_source(reference["from"])
            target, target_id = _target(reference["to"])
            if (
                make_source(id, collection, name) != reference["from"]
                or make_beacon(target_id, target) != reference["to"]
            ):
                return None
            request.references.add(
                name=name,
                from_collection=collection,
                from_uuid=id,
                to_collection=target,
                to_uuid=target_id,
                tenant=reference.get("tenant"),
            )
    except (TypeError, ValueError):
        return None
    serialized: bytes = request.SerializeToString()
    return serialized


def read_errors(reply: bytes, size: int) -> dict[int, str] | None:
    """Return why items were refused, by position; None for a malformed reply, or one about more than ``size``."""
    from google.protobuf.message import DecodeError

    try:
        errors = _messages()["Reply"].FromString(reply).errors
    except DecodeError as error:
        logger.warning("a reply by gRPC is none, and the batch goes over HTTP: %s", error)
        return None
    if not all(0 <= refusal.index < size for refusal in errors):
        logger.warning("a reply by gRPC names items beyond the %d of the batch, which goes over HTTP", size)
        return None
    return {refusal.index: refusal.error or "the server gave no reason" for refusal in errors}


def _level(name: str | None) -> int:
    return 0 if name is None else CONSISTENCY_LEVELS[name]


def _target(beacon: str) -> tuple[str | None, str]:
    """Return the collection and the id of a beacon, as they are written."""
    *_, collection, id = beacon.split("/")
    return (None if collection == "localhost" else collection), id


def _pack_equal_rows(vectors: Any) -> bytes:
    if len(set(map(len, vectors))) != 1:
        raise ValueError("vectors of different lengths")
    return pack_rows(vectors)


def _set_members(struct: Any, members: Mapping[str, Any]) -> None:
    """Set the members of a Struct as its ``update`` does, and refuse what is not exact, in two thirds of the time."""
    fields = struct.fields
    if not members:
        struct.SetInParent()
    for name, value in members.items():
        _set_value(fields[name], value)


def _set_value(message: Any, value: Any) -> None:
    """Set a Value. Raises ValueError for one that it cannot hold, or not exactly."""
    if isinstance(value, str):
        message.string_value = value
    elif isinstance(value, bool):
        message.bool_value = value
    elif isinstance(value, (int, float)):
        if not (isfinite(value) if isinstance(value, float) else abs(value) <= _EXACT):
            raise ValueError(f"{value!r} is not exact as a 64-bit float")
        message.number_value = value
    elif isinstance(value, (list, tuple)):
        elements = message.list_value
        elements.SetInParent()
        for element in value:
            _set_value(elements.values.add(), element)
    elif isinstance(value, dict):
        _set_members(message.struct_value, value)
    elif value is None:
        message.null_value = 0
    else:
        raise TypeError(f"{type(value).__name__} is no value of JSON")


@cache
def _messages() -> dict[str, Any]:
    """Return the classes of the messages by name."""
    from google.protobuf import struct_pb2  # noqa: F401 — registers what Properties hold

    return declare_messages("batch", _MESSAGES, ["google/protobuf/struct.proto"])

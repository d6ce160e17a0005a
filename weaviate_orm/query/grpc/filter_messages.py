"""A filter as the message ``Filters``, made of the server's JSON for it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from weaviate_orm.operators import Operator

Message = dict[str, Any]
"""The fields of a message."""

_NUMBERS = {operator.sent_as: operator.number for operator in Operator} | {"And": 7, "Or": 8, "Not": 15}
_VALUES = {
    "valueText": "text",
    "valueDate": "text",
    "valueInt": "int",
    "valueNumber": "number",
    "valueBoolean": "boolean",
}


def filter_message(condition: Mapping[str, Any]) -> Message:
    """Return the message of a filter."""
    message: Message = {"operator": _NUMBERS[condition["operator"]]}
    if "operands" in condition:
        return {**message, "operands": list(map(filter_message, condition["operands"]))}
    message["target"] = _target(condition["path"])
    geo = condition.get("valueGeoRange")
    if geo is not None:
        return {**message, "geo": {**geo["geoCoordinates"], "distance": geo["distance"]["max"]}}
    ((key, value),) = ((key, condition[key]) for key in _VALUES if key in condition)
    if isinstance(value, (list, tuple)):
        return {**message, f"{_VALUES[key]}_array": {"values": value}}
    return {**message, _VALUES[key]: value}


def property_path(name: str) -> str:
    """Return the name by which gRPC knows what other wires call by the name of the server's JSON."""
    return "_id" if name == "id" else name


def _target(path: Sequence[str]) -> Message:
    if len(path) == 1:
        return {"property": property_path(path[0])}
    reference, collection, *below = path
    return {"reference": {"on": reference, "collection": collection, "target": _target(below)}}

"""The messages of aggregates (``grpc/proto/v1/aggregate.proto`` of the server)."""

from __future__ import annotations

from functools import cache
from typing import Any

from weaviate_orm.http.protobuf import Messages, declare_messages
from weaviate_orm.query.grpc.search_messages import FILTERS, SEARCHES

_NUMBERS = ("count", "type", "sum", "mean", "mode", "median", "maximum", "minimum")
_DATES = ("count", "type", "median", "mode", "maximum", "minimum")
SHARES = ("total_true", "total_false", "percentage_true", "percentage_false")

_REQUEST: Messages = {
    "OfNumbers": tuple((name, number, "bool") for number, name in enumerate(_NUMBERS, 1)),
    "OfTexts": (("count", 1, "bool"), ("type", 2, "bool"), ("top", 3, "bool"), ("top_limit", 4, "optional uint32")),
    "OfBooleans": tuple((name, number, "bool") for number, name in enumerate(("count", "type", *SHARES), 1)),
    "OfDates": tuple((name, number, "bool") for number, name in enumerate(_DATES, 1)),
    "OfReferences": (("type", 1, "bool"), ("pointing_to", 2, "bool")),
    "Aggregation": (
        ("property", 1, "string"),
        ("int", 2, "of OfNumbers"),
        ("number", 3, "of OfNumbers"),
        ("text", 4, "of OfTexts"),
        ("boolean", 5, "of OfBooleans"),
        ("date", 6, "of OfDates"),
        ("reference", 7, "of OfReferences"),
    ),
    "GroupBy": (("collection", 1, "string"), ("property", 2, "string")),
    "Request": (
        ("collection", 1, "string"),
        ("tenant", 10, "string"),
        ("count", 20, "bool"),
        ("aggregations", 21, "repeated Aggregation"),
        ("object_limit", 30, "optional uint32"),
        ("group_by", 31, "GroupBy"),
        ("limit", 32, "optional uint32"),
        ("filters", 40, "Filters"),
        ("hybrid", 41, "search Hybrid"),
        ("near_vector", 42, "search NearVector"),
        ("near_object", 43, "search Near"),
        ("near_text", 44, "search NearText"),
        ("near_image", 45, "search Near"),
        ("near_audio", 46, "search Near"),
        ("near_video", 47, "search Near"),
        ("near_depth", 48, "search Near"),
        ("near_thermal", 49, "search Near"),
        ("near_imu", 50, "search Near"),
    ),
}


def _numbers(kind: str) -> tuple[tuple[str, int, str], ...]:
    return (
        ("count", 1, "optional int64"),
        ("mean", 3, "optional double"),
        ("median", 4, "optional double"),
        *((name, number, f"optional {kind}") for number, name in enumerate(("mode", "maximum", "minimum", "sum"), 5)),
    )


_REPLY: Messages = {
    "Ints": _numbers("int64"),
    "Numbers": _numbers("double"),
    "Occurrence": (("value", 1, "string"), ("occurs", 2, "int64")),
    "Occurrences": (("items", 1, "repeated Occurrence"),),
    "Texts": (("count", 1, "optional int64"), ("top", 3, "Occurrences")),
    "Booleans": (
        ("count", 1, "optional int64"),
        ("total_true", 3, "optional int64"),
        ("total_false", 4, "optional int64"),
        ("percentage_true", 5, "optional double"),
        ("percentage_false", 6, "optional double"),
    ),
    "Dates": (
        ("count", 1, "optional int64"),
        *((name, number, "optional string") for number, name in enumerate(_DATES[2:], 3)),
    ),
    "References": (("pointing_to", 2, "repeated string"),),
    "Aggregated": (
        ("property", 1, "string"),
        ("int", 2, "of Ints"),
        ("number", 3, "of Numbers"),
        ("text", 4, "of Texts"),
        ("boolean", 5, "of Booleans"),
        ("date", 6, "of Dates"),
        ("reference", 7, "of References"),
    ),
    "Aggregations": (("items", 1, "repeated Aggregated"),),
    "GroupedBy": (
        ("path", 1, "repeated string"),
        ("text", 2, "value string"),
        ("int", 3, "value int64"),
        ("boolean", 4, "value bool"),
        ("number", 5, "value double"),
    ),
    "Group": (("count", 1, "optional int64"), ("aggregations", 2, "Aggregations"), ("grouped_by", 3, "GroupedBy")),
    "Groups": (("items", 1, "repeated Group"),),
    "Reply": (("single", 2, "result Group"), ("groups", 3, "result Groups")),
}


@cache
def aggregate_messages() -> dict[str, Any]:
    """Return the classes of the messages by name."""
    return declare_messages("aggregate", {**FILTERS, **SEARCHES, **_REQUEST, **_REPLY})

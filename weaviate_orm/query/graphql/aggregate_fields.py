"""Aggregates as fields of GraphQL, and the JSON of their answers."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from weaviate_orm.exceptions import QueryError
from weaviate_orm.graphql.document import FieldNode
from weaviate_orm.query.aggregates import Aggregate, AggregateKind

_FIELDS: Mapping[AggregateKind, tuple[str, ...]] = {
    AggregateKind.BOOLEANS: ("totalTrue", "totalFalse", "percentageTrue", "percentageFalse"),
    # without the type beside it, the server answers nothing (measured on Weaviate 1.39)
    AggregateKind.COLLECTIONS: ("type", "pointingTo"),
}
"""The fields of the kinds that are not called like their one field."""


def aggregate_fields(aggregates: Iterable[Aggregate[Any]]) -> tuple[FieldNode, ...]:
    """Return the selection of some aggregates: each member once, with all fields that they need of it."""
    members: dict[str, dict[str, FieldNode]] = {}
    for aggregate in aggregates:
        fields = members.setdefault(_name(aggregate), {})
        for field in _fields(aggregate):
            first = fields.setdefault(field.name, field)
            if first != field:
                raise QueryError(f"one query gives the top texts of {aggregate.path} for one limit: {first} or {field}")
    return tuple(FieldNode(name, tuple(fields.values())) for name, fields in members.items())


def read_aggregate(aggregate: Aggregate[Any], answer: Mapping[str, Any]) -> Any:
    """Return the JSON of an aggregate out of an answer for its class, as :meth:`Aggregate.decode` takes it."""
    fields = answer[_name(aggregate)]
    if aggregate.kind is AggregateKind.COUNT:
        return fields["count"] or 0
    if aggregate.kind is AggregateKind.TOP:
        return [(item["value"], item["occurs"]) for item in fields["topOccurrences"] or ()]
    if aggregate.kind is AggregateKind.BOOLEANS:
        true, false, *ratios = (fields[name] for name in _FIELDS[aggregate.kind])
        return (true or 0, false or 0, *ratios)
    if aggregate.kind is AggregateKind.COLLECTIONS:
        return fields["pointingTo"] or ()
    # without values the server answers a sum of 0, and null or an empty text for all others
    encoded = fields[aggregate.kind.value]
    return None if encoded == "" else encoded


def _name(aggregate: Aggregate[Any]) -> str:
    """Return the member of the answer that holds an aggregate."""
    return "meta" if aggregate.member is None else aggregate.member.spec.name


def _fields(aggregate: Aggregate[Any]) -> tuple[FieldNode, ...]:
    if aggregate.kind is AggregateKind.TOP:
        arguments = {} if aggregate.limit is None else {"limit": aggregate.limit}
        return (FieldNode("topOccurrences", (FieldNode("value"), FieldNode("occurs")), arguments),)
    return tuple(map(FieldNode, _FIELDS.get(aggregate.kind, (aggregate.kind.value,))))

"""Queries as GraphQL documents. Pure: equal queries give the same text."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import attrs

from weaviate_orm.graphql.document import Document, FieldNode, Node
from weaviate_orm.graphql.literals import Symbol
from weaviate_orm.query.aggregates import Aggregate, objects_count
from weaviate_orm.query.entity import Entity, Property, Reference
from weaviate_orm.query.graphql.aggregate_fields import aggregate_fields
from weaviate_orm.query.graphql.class_arguments import aggregate_arguments, get_arguments
from weaviate_orm.query.graphql.selection_fields import group_field, int_guards, selected, tenant_argument
from weaviate_orm.query.id_spellings import IdProbes, id_probes
from weaviate_orm.query.query import Query

IDS = "ids"
"""The aliases of queries for ids: this, and their number."""


def compile_get(query: Query, probes: IdProbes | None = None) -> Document:
    """Compile a query for objects; by default with the probes for the ids that it names."""
    probes = probes if probes is not None else id_probes([query])
    guards = int_guards(query.entity, query.selection, query.tenant, set())
    counts = (_count(query),) if query.counted else ()
    return Document((FieldNode("Get", (_class(query), *guards, *_id_fields(probes.queries))), *counts))


def compile_gets(queries: Sequence[Query], probes: IdProbes) -> Document:
    """Compile several queries for objects, aliased ``q0``, ``q1`` …."""
    root: list[Node] = [attrs.evolve(_class(query), alias=f"q{number}") for number, query in enumerate(queries)]
    guarded: set[str] = set()
    # two queries of one class may load different properties; one guard asks for all of them
    guards = [
        guard
        for query in queries
        for guard in int_guards(query.entity, attrs.evolve(query.selection, properties=None), query.tenant, guarded)
    ]
    return Document((FieldNode("Get", (*root, *guards, *_id_fields(probes.queries))),))


def compile_ids(queries: Iterable[Query]) -> Document:
    """Compile several queries for ids, aliased ``ids0``, ``ids1`` …."""
    return Document((FieldNode("Get", _id_fields(queries)),))


def compile_count(query: Query, probes: IdProbes) -> Document:
    """Compile the count of the objects of a query."""
    return Document((_count(query), *_probing(probes)))


def compile_aggregate(query: Query, aggregates: Sequence[Aggregate[Any]], probes: IdProbes) -> Document:
    """Compile aggregates."""
    return Document((FieldNode("Aggregate", (_aggregate(query, aggregate_fields(aggregates), {}),)), *_probing(probes)))


def compile_groups(
    query: Query,
    key: Property | Reference,
    aggregates: Sequence[Aggregate[Any]],
    limit: int | None,
    probes: IdProbes,
) -> Document:
    """Compile the aggregates of groups."""
    fields = aggregate_fields((objects_count(), *aggregates))
    arguments = {"groupBy": [key.spec.name], **({} if limit is None else {"limit": limit})}
    grouped = FieldNode("groupedBy", (FieldNode("value"),))
    return Document((FieldNode("Aggregate", (_aggregate(query, (grouped, *fields), arguments),)), *_probing(probes)))


def compile_large_ints(
    entity: Entity, members: Sequence[Property], ids: Sequence[str], tenant: str | None = None
) -> Document:
    """Compile the reading of ints of any size: GraphQL's ints have 32 bits, the numbers of its aggregates 64.

    Each object is an aggregate of its own, aliased ``o0``, ``o1`` …: the maximum of one value is that value. The count
    tells whether the filter found the object.
    """
    arguments = tenant_argument(entity, tenant)
    fields = (
        FieldNode("meta", (FieldNode("count"),)),
        *(FieldNode(member.spec.name, (FieldNode("maximum"),)) for member in members),
    )
    return Document(
        (
            FieldNode(
                "Aggregate",
                tuple(
                    FieldNode(
                        entity.collection.name, fields, {"where": _id_equals(id), **arguments}, alias=f"o{number}"
                    )
                    for number, id in enumerate(ids)
                ),
            ),
        )
    )


def _class(query: Query) -> FieldNode:
    if query.group_by is not None:
        selection: tuple[Node, ...] = (group_field(query),)
    else:
        selection = tuple(selected(query.entity, query.selection, query))
    return FieldNode(query.entity.collection.name, selection, get_arguments(query))


def _count(query: Query) -> FieldNode:
    arguments = aggregate_arguments(query, counted=True)
    return FieldNode(
        "Aggregate", (FieldNode(query.entity.collection.name, (FieldNode("meta", (FieldNode("count"),)),), arguments),)
    )


def _aggregate(query: Query, selection: tuple[Node, ...], arguments: Mapping[str, Any]) -> FieldNode:
    return FieldNode(query.entity.collection.name, selection, {**aggregate_arguments(query), **arguments})


def _id_fields(queries: Iterable[Query]) -> tuple[FieldNode, ...]:
    return tuple(attrs.evolve(_class(query), alias=f"{IDS}{number}") for number, query in enumerate(queries))


def _probing(probes: IdProbes) -> tuple[FieldNode, ...]:
    fields = _id_fields(probes.queries)
    return (FieldNode("Get", fields),) if fields else ()


def _id_equals(id: str) -> Mapping[str, Any]:
    return {"path": ["id"], "operator": Symbol("Equal"), "valueText": id}

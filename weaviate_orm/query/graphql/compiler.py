"""A query as a GraphQL document. Pure: the same tree gives the same text."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import attrs

from weaviate_orm.graphql.document import Document, FieldNode, Node
from weaviate_orm.graphql.literals import Symbol
from weaviate_orm.query.aggregates import Aggregate, objects_count
from weaviate_orm.query.entity import Entity, Property, Reference
from weaviate_orm.query.graphql.aggregate_fields import aggregate_fields
from weaviate_orm.query.graphql.class_arguments import aggregate_arguments, get_arguments
from weaviate_orm.query.graphql.selection_fields import group_field, int_guards, selected, tenant_argument
from weaviate_orm.query.id_spellings import id_guards
from weaviate_orm.query.query import Query


def compile_get(query: Query) -> Document:
    """The document that fetches the objects of a query, in one request."""
    guards = (*int_guards(query.entity, query.selection, query.tenant, set()), *id_guards([query]))
    counts = (_count(query),) if query.counted else ()
    return Document((FieldNode("Get", (_class(query), *guards)), *counts))


def compile_gets(queries: Sequence[Query]) -> Document:
    """The document that fetches those of several, aliased ``q0``, ``q1`` …."""
    root: list[Node] = [attrs.evolve(_class(each), alias=f"q{number}") for number, each in enumerate(queries)]
    seen: set[str] = set()
    # two queries of one class may load different properties; one guard asks for all of them
    guards = [
        guard
        for query in queries
        for guard in int_guards(query.entity, attrs.evolve(query.selection, properties=None), query.tenant, seen)
    ]
    return Document((FieldNode("Get", (*root, *guards, *id_guards(queries))),))


def compile_count(query: Query) -> Document:
    """The document that counts the objects of a query."""
    return Document((_count(query), *_guards(query)))


def _count(query: Query) -> FieldNode:
    arguments = aggregate_arguments(query, counted=True)
    return FieldNode(
        "Aggregate", (FieldNode(query.entity.collection.name, (FieldNode("meta", (FieldNode("count"),)),), arguments),)
    )


def compile_true_ints(
    entity: Entity, members: Sequence[Property], ids: Sequence[str], tenant: str | None = None
) -> Document:
    """The document that reads ints of any size: GraphQL's ints have 32 bits, the numbers of its aggregates 64.

    Each object is an aggregate of its own, aliased ``o0``, ``o1`` …: the maximum of one value is that value. The count
    tells whether the filter found the object.
    """
    chosen = tenant_argument(entity, tenant)
    figures = (
        FieldNode("meta", (FieldNode("count"),)),
        *(FieldNode(member.spec.name, (FieldNode("maximum"),)) for member in members),
    )
    return Document(
        (
            FieldNode(
                "Aggregate",
                tuple(
                    FieldNode(
                        entity.collection.name,
                        figures,
                        {"where": _id_equals(each), **chosen},
                        alias=f"o{number}",
                    )
                    for number, each in enumerate(ids)
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


def _aggregate(query: Query, selection: tuple[Node, ...], arguments: Mapping[str, Any]) -> FieldNode:
    return FieldNode(query.entity.collection.name, selection, {**aggregate_arguments(query), **arguments})


def _id_equals(id: str) -> Mapping[str, Any]:
    return {"path": ["id"], "operator": Symbol("Equal"), "valueText": id}


def compile_aggregate(query: Query, aggregates: Sequence[Aggregate[Any]]) -> Document:
    """The document that fetches figures."""
    return Document((FieldNode("Aggregate", (_aggregate(query, aggregate_fields(aggregates), {}),)), *_guards(query)))


def compile_groups(
    query: Query, key: Property | Reference, aggregates: Sequence[Aggregate[Any]], limit: int | None
) -> Document:
    """The document that fetches figures of each group."""
    fields = aggregate_fields((objects_count(), *aggregates))
    arguments = {"groupBy": [key.spec.name], **({} if limit is None else {"limit": limit})}
    grouped = FieldNode("groupedBy", (FieldNode("value"),))
    return Document((FieldNode("Aggregate", (_aggregate(query, (grouped, *fields), arguments),)), *_guards(query)))


def _guards(query: Query) -> tuple[FieldNode, ...]:
    guards = tuple(id_guards([query], told_by_rows=False))
    return (FieldNode("Get", guards),) if guards else ()

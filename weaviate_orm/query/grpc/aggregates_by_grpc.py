"""Aggregates as requests, and their replies. Pure: a request is a dict of the fields of its message."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from weaviate_orm.exceptions import NotWeaviateError, QueryError
from weaviate_orm.query.aggregated_searches import objects_aggregated
from weaviate_orm.query.aggregates import Aggregate, AggregateKind, read_group_value
from weaviate_orm.query.entity import Property, Reference
from weaviate_orm.query.grpc.aggregate_messages import SHARES
from weaviate_orm.query.grpc.filter_messages import Message
from weaviate_orm.query.grpc.search_arguments import search_argument
from weaviate_orm.query.grpc.search_compiler import compile_filter
from weaviate_orm.query.query import Query
from weaviate_orm.query.wire import AggregatedGroup
from weaviate_orm.schema.renaming import Rename

_OF_NOTHING: Mapping[AggregateKind, Any] = {
    AggregateKind.COUNT: 0,
    AggregateKind.TOP: (),
    AggregateKind.BOOLEANS: (0, 0, None, None),
    AggregateKind.COLLECTIONS: (),
}


def compile_aggregate(
    query: Query,
    aggregates: Sequence[Aggregate[Any]],
    physical: Rename,
    *,
    counted: bool = False,
    key: Property | Reference | None = None,
    limit: int | None = None,
) -> Message:
    """Compile aggregates of a query.

    Args:
        query: the query.
        aggregates: what is computed.
        physical: returns the name of a collection in requests.
        counted: only the count is requested.
        key: what groups have in common.
        limit: the most groups.
    """
    collection = physical(query.entity.collection.name)
    request: Message = {"collection": collection, "count": True, "aggregations": _aggregations(aggregates)}
    object_limit = objects_aggregated(query, counted=counted)
    if object_limit is not None:
        request["object_limit"] = object_limit
    if query.tenant is not None and query.entity.collection.is_multi_tenant:
        request["tenant"] = query.tenant
    if query.where is not None:
        request["filters"] = compile_filter(query.where, physical)
    if query.search is not None:
        name, message = search_argument(query.search)
        request[name] = message
    if key is not None:
        request["group_by"] = {"collection": collection, "property": key.spec.name}
        if limit is not None:
            request["limit"] = limit
    return request


def _aggregations(aggregates: Iterable[Aggregate[Any]]) -> list[Message]:
    members: dict[str, tuple[str, Message]] = {}
    for aggregate in aggregates:
        member = aggregate.member
        if member is None:
            continue
        _, fields = members.setdefault(member.spec.name, (_kind(member), {"type": True}))
        if aggregate.kind is AggregateKind.TOP:
            if fields.get("top") and fields.get("top_limit") != aggregate.limit:
                raise QueryError(f"one query gives the top texts of {aggregate.path} for one limit")
            fields["top"] = True
            if aggregate.limit is not None:
                fields["top_limit"] = aggregate.limit
        elif aggregate.kind is AggregateKind.BOOLEANS:
            fields.update(dict.fromkeys(SHARES, True))
        else:
            fields[aggregate.kind.value] = True
    return [{"property": name, kind: fields} for name, (kind, fields) in members.items()]


def _kind(member: Property | Reference) -> str:
    """Return the field of an aggregation that holds what is computed of a member."""
    return "reference" if isinstance(member, Reference) else member.spec.data_type.element.value


def read_aggregates(aggregates: Sequence[Aggregate[Any]], group: Any, logical: Rename) -> list[Any]:
    """Return the JSON of aggregates out of a reply for its class, as :meth:`Aggregate.decode` takes it."""
    members = {item.property: item for item in group.aggregations.items}
    return [_read(aggregate, group, members, logical) for aggregate in aggregates]


def _read(aggregate: Aggregate[Any], group: Any, members: dict[str, Any], logical: Rename) -> Any:
    member = aggregate.member
    if member is None:
        return group.count
    item = members.get(member.spec.name)
    if item is None:  # no object matches
        return _OF_NOTHING.get(aggregate.kind)
    kind = item.WhichOneof("of")
    if kind is None or kind != _kind(member):
        raise NotWeaviateError(f"{aggregate.path} was answered by gRPC, but not as Weaviate does: {kind}")
    fields = getattr(item, kind)
    if aggregate.kind is AggregateKind.TOP:
        return [(occurrence.value, occurrence.occurs) for occurrence in fields.top.items]
    if aggregate.kind is AggregateKind.BOOLEANS:
        return tuple(getattr(fields, name) for name in SHARES)
    if aggregate.kind is AggregateKind.COLLECTIONS:
        return tuple(map(logical, fields.pointing_to))
    name = aggregate.kind.value
    return getattr(fields, name) if fields.HasField(name) else None


def read_group(
    key: Property | Reference, aggregates: Sequence[Aggregate[Any]], group: Any, logical: Rename
) -> AggregatedGroup:
    """Return the JSON of the aggregates of a group."""
    kind = group.grouped_by.WhichOneof("value")
    value = None if kind is None else read_group_value(key, getattr(group.grouped_by, kind))
    return AggregatedGroup(value, group.count, tuple(read_aggregates(aggregates, group, logical)))

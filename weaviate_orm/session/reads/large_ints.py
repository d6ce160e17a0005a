"""Ints that GraphQL answers as null, because they do not fit 32 bits: read again, where there may be any."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import Any
from uuid import UUID

from weaviate_orm.batch.engine import batched
from weaviate_orm.graphql.run import run_graphql, single_row
from weaviate_orm.http.response import reading_values
from weaviate_orm.http.transport import Transport
from weaviate_orm.query.entity import Entity, Property
from weaviate_orm.query.graphql.compiler import compile_true_ints
from weaviate_orm.query.graphql.selection_fields import OUT_OF_RANGE
from weaviate_orm.query.query import Selection
from weaviate_orm.schema.datatypes import DataType
from weaviate_orm.schema.properties import PropertySpec
from weaviate_orm.session.reads.bodies import next_after, read_bodies
from weaviate_orm.session.request_options import RequestOptions

OBJECTS_AT_ONCE = 500
"""So many objects are asked for in one request."""


def restore_ints(
    transport: Transport,
    options: RequestOptions,
    entity: Entity,
    rows: Sequence[dict[str, Any]],
    selection: Selection,
    guards: Mapping[str, Any],
    tenant: str | None = None,
) -> None:
    """Put the true values where GraphQL left null for an int that it cannot carry.

    Nothing is asked unless a null may stand for such an int: in a property that cannot be null; in one that can, when
    the collection is known to hold such ints; inside a list; inside a nested object.
    """
    members = selection.members(entity)
    holds_large = bool(guards.get(f"{OUT_OF_RANGE}{entity.collection.name}"))
    scalars = [
        member
        for member in members
        if member.spec.data_type is DataType.INT
        and (not member.nullable or holds_large or member.spec.index_filterable is False)
    ]
    if scalars:
        _restore_scalars(transport, options, entity, rows, scalars, tenant)
    structured = [member for member in members if _may_hide_ints(member.spec)]
    if structured:
        _restore_structured(transport, options, entity, rows, structured, tenant)


def _restore_scalars(
    transport: Transport,
    options: RequestOptions,
    entity: Entity,
    rows: Sequence[dict[str, Any]],
    members: Sequence[Property],
    tenant: str | None,
) -> None:
    names = [member.attribute for member in members]
    doubtful = list({id(row): row for name in names for row in rows if row[name] is None}.values())
    for part in batched(doubtful, OBJECTS_AT_ONCE):
        document = compile_true_ints(entity, members, [row["_additional"]["id"] for row in part], tenant)
        answers = run_graphql(transport, document)["Aggregate"]
        unmatched = []
        for number, row in enumerate(part):
            found = single_row(answers[f"o{number}"])
            if not found["meta"]["count"]:  # another program wrote the id in another spelling, or the object is gone
                unmatched.append(row)
                continue
            for member in members:
                value = (found[member.spec.name] or {}).get("maximum")
                with reading_values(f"{member.spec.name} of an object"):
                    row[member.attribute] = None if value is None else int(value)
        if unmatched:
            _restore_unmatched(transport, options, entity, unmatched, members, tenant)


def _restore_unmatched(
    transport: Transport,
    options: RequestOptions,
    entity: Entity,
    rows: Sequence[dict[str, Any]],
    members: Sequence[Property],
    tenant: str | None,
) -> None:
    """The same by REST, for objects that a filter by their ids does not find."""
    stored = read_stored(transport, options, entity, [row["_additional"]["id"] for row in rows], tenant)
    for row in rows:
        properties = stored.get(row["_additional"]["id"]) or {}
        row.update({member.attribute: properties.get(member.spec.name) for member in members})


def _restore_structured(
    transport: Transport,
    options: RequestOptions,
    entity: Entity,
    rows: Sequence[dict[str, Any]],
    members: Sequence[Property],
    tenant: str | None,
) -> None:
    hidden = [(row, member) for row in rows for member in members if _holds_null(member.spec, row[member.attribute])]
    stored = read_stored(transport, options, entity, {row["_additional"]["id"] for row, _ in hidden}, tenant)
    for row, member in hidden:
        properties = stored.get(row["_additional"]["id"]) or {}
        row[member.attribute] = properties.get(member.spec.name, row[member.attribute])


def read_stored(
    transport: Transport, options: RequestOptions, entity: Entity, ids: Collection[str], tenant: str | None
) -> dict[str, Any]:
    """The properties of objects by REST, which carries ints of any size and all members of nested objects.

    It finds ids in any spelling.
    """
    # a listing takes no consistency level
    by_itself = len(ids) == 1 or (options.consistency_level and entity.collection.is_replicated)
    read = _read_each if by_itself else _read_listed
    return read(transport, entity.collection.name, sorted(ids), options.params(tenant))


def _read_each(transport: Transport, name: str, ids: Sequence[str], params: Mapping[str, Any]) -> dict[str, Any]:
    """One request an object."""
    found: dict[str, Any] = {}
    for each in ids:
        answer = transport.request("GET", f"/objects/{name}/{each}", params=params, accept=frozenset({404}))
        if answer.status != 404:
            found[each] = answer.json({"properties?": dict}).get("properties")
    return found


def _read_listed(transport: Transport, name: str, ids: Sequence[str], params: Mapping[str, Any]) -> dict[str, Any]:
    """The same by listing objects in the order of their ids, from each that is wanted on.

    One request brings all that lie together, as those of a whole collection do, and at the worst one object. A page is
    the longer, the more the one before it brought.
    """
    found: dict[str, Any] = {}
    left, limit = list(ids), min(len(ids), OBJECTS_AT_ONCE)
    while left:
        before = UUID(left[0]).int - 1
        after = str(UUID(int=before)) if before >= 0 else ""
        listing = {"class": name, "limit": limit, "after": after, **params}
        page = read_bodies(transport.request("GET", "/objects", params=listing))
        listed = {body["id"]: body.get("properties") for body in page}
        wanted = [each for each in left if each in listed]
        found |= {each: listed[each] for each in wanted}
        # what is not listed up to the last one, or at all, is gone
        last = next_after(page[-1]["id"], after) if len(page) == limit else left[-1]
        left = [each for each in left if each > last]
        limit = max(min(4 * len(wanted), 4 * len(left), OBJECTS_AT_ONCE), 1)
    return found


def _may_hide_ints(spec: PropertySpec) -> bool:
    if spec.data_type is DataType.INT_ARRAY:
        return True
    return any(inner.data_type.element is DataType.INT or _may_hide_ints(inner) for inner in spec.nested)


def _holds_null(spec: PropertySpec, value: Any) -> bool:
    """Whether a list of ints, or an int of a nested object, is null somewhere."""
    if value is None:
        return False
    if spec.data_type is DataType.INT_ARRAY:
        return None in value
    return any(
        inner.get(nested.name) is None
        if nested.data_type is DataType.INT
        else _holds_null(nested, inner.get(nested.name))
        for inner in (value if isinstance(value, list) else [value])
        for nested in _int_members(spec)
    )


def _int_members(spec: PropertySpec) -> Iterator[PropertySpec]:
    return (inner for inner in spec.nested if inner.data_type is DataType.INT or _may_hide_ints(inner))

"""Ints that GraphQL answers as null, because they do not fit 32 bits: read again, where there may be any."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Sequence
from functools import partial
from typing import Any

import attrs

from weaviate_orm.graphql.run import run_graphql, single_row
from weaviate_orm.http.response import reading_values
from weaviate_orm.http.stored_objects import read_properties
from weaviate_orm.http.transport import Transport
from weaviate_orm.query.entity import Entity, Property
from weaviate_orm.query.graphql.compiler import compile_large_ints
from weaviate_orm.query.query import Selection
from weaviate_orm.query.rows import Rows
from weaviate_orm.schema.datatypes import DataType
from weaviate_orm.schema.properties import PropertySpec

OBJECTS_AT_ONCE = 500
"""The most objects of one request."""


@attrs.define  # one for each answer: quicker to make than a frozen one
class LargeInts:
    """Reads the ints that an answer of GraphQL lacks.

    Attributes:
        transport: of the server.
        tenant: of the objects.
        consistency_level: for replicated collections; None leaves it to the server.
        collections: those that hold ints beyond 32 bits in properties which may be null.
    """

    transport: Transport
    tenant: str | None
    consistency_level: str | None
    collections: Collection[str]

    def restorer(self, entity: Entity, selection: Selection) -> Callable[[Rows], None] | None:
        """Return what restores the ints of rows of a selection; None where no null can stand for one.

        A null may stand for such an int in a property that cannot be null; in one that can, when the collection is
        known to hold such ints; inside a list; inside a nested object.
        """
        members = selection.members(entity)
        holds_large = entity.collection.name in self.collections
        scalars = [
            member
            for member in members
            if member.spec.data_type is DataType.INT
            and (not member.nullable or holds_large or member.spec.index_filterable is False)
        ]
        structured = [member for member in members if _may_hide_ints(member.spec)]
        return partial(self._restore, scalars, structured) if scalars or structured else None

    def _restore(self, scalars: Sequence[Property], structured: Sequence[Property], rows: Rows) -> None:
        if scalars:
            self._restore_scalars(scalars, rows)
        if structured:
            self._restore_structured(structured, rows)

    def _restore_scalars(self, members: Sequence[Property], rows: Rows) -> None:
        names = [member.attribute for member in members]
        lacking = list(
            {
                id: values
                for name in names
                for id, values in zip(rows.ids, rows.values, strict=True)
                if values[name] is None
            }.items()
        )
        for begin in range(0, len(lacking), OBJECTS_AT_ONCE):
            part = lacking[begin : begin + OBJECTS_AT_ONCE]
            document = compile_large_ints(rows.entity, members, [id for id, _ in part], self.tenant)
            answers = run_graphql(self.transport, document)["Aggregate"]
            unmatched = {}
            for number, (id, values) in enumerate(part):
                answer = single_row(answers[f"o{number}"])
                if not answer["meta"]["count"]:  # another program spelled the id in its own way, or the object is gone
                    unmatched[id] = values
                    continue
                for member in members:
                    value = (answer[member.spec.name] or {}).get("maximum")
                    with reading_values(f"{member.spec.name} of an object"):
                        values[member.attribute] = None if value is None else int(value)
            if unmatched:
                stored = self._read_stored(rows.entity, unmatched)
                for id, values in unmatched.items():
                    properties = stored.get(id) or {}
                    values.update({member.attribute: properties.get(member.spec.name) for member in members})

    def _restore_structured(self, members: Sequence[Property], rows: Rows) -> None:
        hidden = [
            (id, values, member)
            for id, values in zip(rows.ids, rows.values, strict=True)
            for member in members
            if _holds_null(member.spec, values[member.attribute])
        ]
        stored = self._read_stored(rows.entity, {id for id, _, _ in hidden})
        for id, values, member in hidden:
            properties = stored.get(id) or {}
            values[member.attribute] = properties.get(member.spec.name, values[member.attribute])

    def _read_stored(self, entity: Entity, ids: Collection[str]) -> dict[str, Any]:
        params = {"tenant": self.tenant, "consistency_level": self.consistency_level}
        consistent = bool(self.consistency_level) and entity.collection.is_replicated
        return read_properties(self.transport, entity.collection.name, ids, params, consistent=consistent)


def _may_hide_ints(spec: PropertySpec) -> bool:
    if spec.data_type is DataType.INT_ARRAY:
        return True
    return any(inner.data_type.element is DataType.INT or _may_hide_ints(inner) for inner in spec.nested)


def _holds_null(spec: PropertySpec, value: Any) -> bool:
    """Return whether a list of ints, or an int of a nested object, is null somewhere."""
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

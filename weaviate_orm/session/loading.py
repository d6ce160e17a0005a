"""Rows of an answer as models: each id once in a session, what is loaded kept, what is missing filled in."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from weaviate_orm.collector import collection_paused
from weaviate_orm.http.transport import Transport
from weaviate_orm.model.inverse import place_loaded
from weaviate_orm.model.mapper import Mapper
from weaviate_orm.model.state import Owner, State, Times, state_of
from weaviate_orm.query.entity import Entity, Reference
from weaviate_orm.query.tree import Selection
from weaviate_orm.session.identity import IdentityMap
from weaviate_orm.session.true_ints import restore_ints

Row = dict[str, Any]
_new: Any = object.__new__
_set = object.__setattr__


class Loader:
    """Makes models of rows, for one session."""

    def __init__(self, session: Owner, identity: IdentityMap, transport: Transport) -> None:
        self._session = session
        self.identity = identity
        self._transport = transport

    def load(
        self,
        entity: Entity,
        rows: Sequence[Row],
        selection: Selection,
        guards: Mapping[str, Any] | None,
        tenant: str | None = None,
    ) -> list[Any]:
        """The models of rows, in their order, with the references that were selected.

        The rows are used up: each becomes the values of its model. ``guards`` are the answers to whether collections
        hold ints that GraphQL cannot carry; None: the rows are of REST, which carries them. What is referred to belongs
        to the same tenant.
        """
        if guards is not None:
            restore_ints(self._transport, entity, rows, selection, guards, tenant)
        references = [
            (reference, self._load_references(reference, rows, below, guards, tenant))
            for reference, below in selection.references
        ]
        with collection_paused():
            additional = [row.pop("_additional") for row in rows]
            ids = [found["id"] for found in additional]
            loaded = self.place_all(entity.model, ids, rows, tenant if entity.collection.is_multi_tenant else None)
            for vector in selection.vectors:
                name = vector.spec.name
                for instance, found in zip(loaded, additional, strict=True):
                    value = found.get("vector") if name is None else (found.get("vectors") or {}).get(name)
                    instance.__dict__.setdefault(vector.attribute, value or None)
            for reference, each_targets in references:
                for instance, targets in zip(loaded, each_targets, strict=True):
                    link(instance, reference, targets)
        return loaded

    def place_all(self, model: type, ids: Sequence[str], rows: Sequence[Row], tenant: str | None) -> list[Any]:
        """The one instance of each id: the one that is known, with what it lacked, or a new one.

        All rows have the same keys in the same order.
        """
        mapper: Mapper = model.__mapper__  # type: ignore[attr-defined]
        identities = self.identity.of(model, tenant)
        known, put = identities.get, identities.put
        decode, loaded, session = mapper.decode_properties, State.loaded, self._session
        names = tuple(rows[0]) if rows else ()
        placed = []
        for id, row in zip(ids, rows, strict=True):
            instance = known(id)
            if instance is None:
                state = loaded(id, session, names, tuple(row.values()), ids, tenant)
                values = decode(row)
                values["_state"] = state
                instance = _new(model)
                _set(instance, "__dict__", values)
                put(id, instance)
            else:
                fill(instance, mapper, row)
            placed.append(instance)
        return placed

    def _load_references(
        self,
        reference: Reference,
        rows: Sequence[Row],
        below: Selection,
        guards: Mapping[str, Any] | None,
        tenant: str | None,
    ) -> list[list[Any]]:
        """The objects that one reference of each row leads to; one set, so that what they lack loads at once."""
        each_row = [row.pop(reference.attribute, None) or [] for row in rows]
        flat = [target for targets in each_row for target in targets]
        if len(reference.targets) == 1:
            objects = self.load(reference.targets[0], flat, below, guards, tenant)
        else:
            objects = [None] * len(flat)
            for entity in reference.targets:
                chosen = [place for place, row in enumerate(flat) if row.get("__typename") == entity.collection.name]
                for place in chosen:
                    del flat[place]["__typename"]
                loaded = self.load(entity, [flat[place] for place in chosen], below, guards, tenant)
                for place, instance in zip(chosen, loaded, strict=True):
                    objects[place] = instance
        remaining = iter(objects)
        return [[next(remaining) for _ in targets] for targets in each_row]


def fill(instance: Any, mapper: Mapper, row: Row) -> None:
    """Add what an instance lacks; what it holds, changed or not, stays."""
    values = instance.__dict__
    missing = {attribute: value for attribute, value in row.items() if attribute not in values}
    if missing:
        state = state_of(instance)
        state.snapshot = {**state.snapshot, **missing}
        values.update(mapper.decode_properties(missing))


def link(instance: Any, reference: Reference, targets: list[Any]) -> None:
    """Set a reference that was loaded, unless the instance holds one already."""
    values = instance.__dict__
    if reference.attribute in values:
        return
    state = state_of(instance)
    # a list first: for one target, a generator takes longer than the target
    links: tuple[Any, ...] = tuple([(target.__mapper__.collection_name, state_of(target).id) for target in targets])
    state.links = {**state.links, reference.attribute: links}
    if reference.attribute in instance.__mapper__.inverses:
        place_loaded(instance, reference.attribute, targets, many=reference.many)
        return
    values[reference.attribute] = targets if reference.many else (targets[0] if targets else None)


def rest_row(mapper: Mapper, body: Mapping[str, Any]) -> Row:
    """The row, keyed by attribute, of an object as the REST interface answers it; absent properties are None."""
    properties = body.get("properties") or {}
    return {attribute: properties.get(mapped.spec.name) for attribute, mapped in mapper.properties.items()}


def rest_times(body: Mapping[str, Any]) -> Times:
    """When an object that the REST interface answers was created and updated."""
    return body.get("creationTimeUnix"), body.get("lastUpdateTimeUnix")

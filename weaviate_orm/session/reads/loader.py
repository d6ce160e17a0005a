"""Rows of an answer as models: each id once in a session, what is loaded kept, what is missing filled in."""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from itertools import compress, islice
from typing import Any

import attrs

from weaviate_orm.exceptions import StoredValueError
from weaviate_orm.gc_pause import collection_paused
from weaviate_orm.http.transport import Transport
from weaviate_orm.model.backrefs import place_loaded
from weaviate_orm.model.mapper import Mapper, Undecoded
from weaviate_orm.model.state import Link, Owner, State, Times, state_of
from weaviate_orm.model.times import TIMES
from weaviate_orm.query.entity import Entity, Reference
from weaviate_orm.query.query import OnError, Selection
from weaviate_orm.session.dispatch import Listener, dispatch, listeners_to
from weaviate_orm.session.identity_map import IdentityMap
from weaviate_orm.session.reads.large_ints import restore_ints
from weaviate_orm.session.request_options import RequestOptions

logger = logging.getLogger("weaviate_orm")

Row = dict[str, Any]
_new: Any = object.__new__
_set = object.__setattr__


class Loader:
    """Makes models of rows, for one session.

    Attributes:
        tells: whether listeners are told of the models that are made.
    """

    def __init__(self, owner: Owner, identity: IdentityMap, transport: Transport, options: RequestOptions) -> None:
        self._owner = owner
        self.identity = identity
        self._transport = transport
        self.tells = True
        self._options = options

    def load(
        self,
        entity: Entity,
        rows: Sequence[Row],
        selection: Selection,
        guards: Mapping[str, Any] | None,
        tenant: str | None = None,
    ) -> list[Any]:
        """The models of rows, in their order, with the references that were selected.

        None stands for an object that the selection leaves out, for a value that cannot be decoded.

        The rows are used up: each becomes the values of its model. ``guards`` are the answers to whether collections
        hold ints that GraphQL cannot carry; None: the rows are of REST, which carries them. What is referred to belongs
        to the same tenant.
        """
        ids = [row["_additional"]["id"] for row in rows]
        distinct = dict(zip(ids, rows, strict=True))  # many may refer to few
        placed = self._load_distinct(entity, distinct, selection, guards, tenant)
        return list(placed.values()) if len(placed) == len(ids) else [placed.get(id) for id in ids]

    def _load_distinct(
        self,
        entity: Entity,
        by_id: Mapping[str, Row],
        selection: Selection,
        guards: Mapping[str, Any] | None,
        tenant: str | None,
    ) -> dict[str, Any]:
        ids, rows = list(by_id), list(by_id.values())
        if guards is not None:
            restore_ints(self._transport, self._options, entity, rows, selection, guards, tenant)
        references = [
            (reference, self._load_references(reference, rows, _as_above(below, selection), guards, tenant))
            for reference, below in selection.references
        ]
        within = tenant if entity.collection.is_multi_tenant else None
        listeners = self._listeners(entity.model)
        with collection_paused():
            additional = [row.pop("_additional") for row in rows]
            # asked as late as this: the references may have led to some of them
            known = self.identity.of(entity.model, within).get_all(ids)
            refused = _refused(entity, selection)
            placed = self._place_all(entity.model, by_id, known, within, refused, selection.on_error)
            loaded = list(placed.values())
            if len(placed) < len(ids):
                present = [id in placed for id in ids]
                additional = list(compress(additional, present))
                references = [(reference, list(compress(each, present))) for reference, each in references]
            for vector in selection.vectors:
                name = vector.spec.name
                for instance, found in zip(loaded, additional, strict=True):
                    value = found.get("vector") if name is None else (found.get("vectors") or {}).get(name)
                    instance.__dict__.setdefault(vector.attribute, value or None)
            for reference, each_targets in references:
                link_all(loaded, reference, each_targets)
        if listeners:
            made = [instance for id, instance in placed.items() if id not in known]
            dispatch((listener, (instance, self._owner.session)) for instance in made for listener in listeners)
        return placed

    def load_body(self, model: type, id: str, body: Mapping[str, Any], tenant: str | None) -> Any:
        """The model of an object that the session does not know, as the REST interface answers it."""
        mapper: Mapper = model.__mapper__  # type: ignore[attr-defined]
        (loaded,) = self._place_all(model, {id: rest_row(mapper, body)}, {}, tenant).values()
        state_of(loaded).times = rest_times(body)
        dispatch((listener, (loaded, self._owner.session)) for listener in self._listeners(model))
        return loaded

    def _listeners(self, model: type) -> Sequence[Listener]:
        return listeners_to("load", self._owner.session, model) if self.tells else ()

    def _place_all(
        self,
        model: type,
        rows: Mapping[str, Row],
        known: Mapping[str, Any],
        tenant: str | None,
        refused: frozenset[str] = frozenset(),
        on_error: OnError = "raise",
    ) -> dict[str, Any]:
        """The one instance of each id: the one that is known, with what it lacked, or a new one.

        All rows have the same keys in the same order. An object may be left out by ``on_error``.
        """
        mapper: Mapper = model.__mapper__  # type: ignore[attr-defined]
        undecoded: list[tuple[str, Undecoded]] = []
        for id, instance in known.items():
            undecoded += ((id, each) for each in fill(instance, mapper, rows[id]))
        new = {id: row for id, row in rows.items() if id not in known} if known else rows
        ids = tuple(rows)
        names = tuple(next(iter(new.values()), ()))
        made, loaded, owner = {}, State.loaded, self._owner
        for id, row in new.items():
            row["_state"] = loaded(id, owner, names, tuple(row.values()), ids, tenant, refused)
            made[id] = instance = _new(model)
            _set(instance, "__dict__", row)
        for each in mapper.decode_rows(new.values()):
            state: State = each.row["_state"]
            state.forget(each.attribute)
            assert state.id is not None
            undecoded.append((state.id, each))
        left_out = _left_out(mapper, undecoded, on_error) if undecoded else ()
        for id in left_out:
            made.pop(id, None)
        self.identity.of(model, tenant).put_all(made)
        if not (known or left_out):
            return made
        return {id: known[id] if id in known else made[id] for id in rows if id not in left_out}

    def _load_references(
        self,
        reference: Reference,
        rows: Sequence[Row],
        below: Selection,
        guards: Mapping[str, Any] | None,
        tenant: str | None,
    ) -> list[list[Any] | None]:
        """The objects that one reference of each row leads to; one set, so that what they lack loads at once.

        None for a row of which one is left out: its reference is not loaded, so that nobody takes it for shorter.
        """
        with collection_paused():
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
        with collection_paused():
            each_targets: list[list[Any] | None] = [list(islice(remaining, len(targets))) for targets in each_row]
        if below.on_error in ("raise", "defer"):
            return each_targets
        return [None if targets and any(each is None for each in targets) else targets for targets in each_targets]


def _refused(entity: Entity, selection: Selection) -> frozenset[str]:
    """The attributes that a selection neither loads nor lets be loaded later."""
    if selection.refused == ():
        return frozenset()
    named = selection.refused
    if named is None:
        named = (*entity.properties, *entity.references, *entity.vectors, *TIMES)
    return frozenset(named) - selection.attributes(entity)


def _as_above(below: Selection, selection: Selection) -> Selection:
    """The selection of a reference, with what holds below the one that it belongs to."""
    if selection.refused is None:
        below = attrs.evolve(below, refused=None)
    return below if below.on_error == selection.on_error else attrs.evolve(below, on_error=selection.on_error)


def _left_out(mapper: Mapper, undecoded: Sequence[tuple[str, Undecoded]], on_error: OnError) -> set[str]:
    """The ids of objects that are left out, as the errors of their values are told; raises the first if need be."""
    if on_error == "defer":
        return set()
    for id, each in undecoded:
        tell_error(mapper.undecodable(each, id), on_error)
    return {id for id, _ in undecoded}


def tell_error(error: StoredValueError, on_error: OnError) -> None:
    """Raise an error, log it, or call who wants it."""
    if on_error == "raise":
        raise error
    if callable(on_error):
        on_error(error)
    else:
        logger.warning("%s", error)


def fill(instance: Any, mapper: Mapper, row: Row) -> Sequence[Undecoded]:
    """Add what an instance lacks; what it holds, changed or not, stays. Returns what could not be decoded."""
    values = instance.__dict__
    missing = {attribute: value for attribute, value in row.items() if attribute not in values}
    if not missing:
        return ()
    stored = dict(missing)
    undecoded = mapper.decode_rows((missing,))
    for each in undecoded:
        del stored[each.attribute]
    state = state_of(instance)
    state.snapshot = {**state.snapshot, **stored}
    values.update(missing)
    return undecoded


def link_all(instances: Sequence[Any], reference: Reference, each_targets: Sequence[list[Any] | None]) -> None:
    """Set a reference that was loaded, of each instance that does not hold one already; None: it was not."""
    attribute = reference.attribute
    to_one: dict[int, Mapping[str, tuple[Link, ...]]] = {}  # never written to, so what leads to one object shares it
    for instance, targets in zip(instances, each_targets, strict=True):
        values = instance.__dict__
        if attribute in values or targets is None:
            continue
        state = state_of(instance)
        if len(targets) != 1 or state.links or state.link_changes or state.doubtful:
            links = _settle(state, attribute, tuple(map(_link_to, targets)))
            state.links = {**state.links, attribute: links}
        else:
            (target,) = targets
            shared = to_one.get(id(target))
            if shared is None:
                shared = to_one[id(target)] = {attribute: (_link_to(target),)}
            state.links = shared
        if attribute in instance.__mapper__.inverses:
            place_loaded(instance, attribute, targets, many=reference.many)
        else:
            values[attribute] = targets if reference.many else (targets[0] if targets else None)


def _settle(state: State, attribute: str, links: tuple[Link, ...]) -> tuple[Link, ...]:
    """Where a reference leads, which may have been changed before it was loaded."""
    doubtful = {each for each in state.doubtful if each[0] != attribute}
    changes = state.link_changes.get(attribute)
    if changes is not None:
        # Still to be removed, and not in the answer: a removal before was done and not answered, or somebody else did
        # it; or it is there and dangling, which queries leave out.
        doubtful |= {(attribute, each) for each in map(_link_to, changes.removed.values())}
        doubtful -= {(attribute, each) for each in links}
    state.doubtful = frozenset(doubtful)
    return links


def _link_to(target: Any) -> Link:
    id: Any = state_of(target).id  # what was loaded has one
    return target.__mapper__.collection_name, id


def rest_row(mapper: Mapper, body: Mapping[str, Any]) -> Row:
    """The row, keyed by attribute, of an object as the REST interface answers it; absent properties are None."""
    properties = body.get("properties") or {}
    return {attribute: properties.get(mapped.spec.name) for attribute, mapped in mapper.properties.items()}


def rest_times(body: Mapping[str, Any]) -> Times:
    """When an object that the REST interface answers was created and updated."""
    return body.get("creationTimeUnix"), body.get("lastUpdateTimeUnix")


def query_times(additional: Mapping[str, Any], before: Times = (None, None)) -> Times:
    """The same of an object as GraphQL answers it; what was not asked for is as ``before``."""
    created, updated = (additional.get(key) for key in ("creationTimeUnix", "lastUpdateTimeUnix"))
    return before[0] if created is None else int(created), before[1] if updated is None else int(updated)

"""Models of rows: one for an id in a session, loaded values kept, missing ones filled in."""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from itertools import compress, islice
from typing import Any

import attrs

from weaviate_orm.exceptions import StoredValueError
from weaviate_orm.gc_pause import collection_paused
from weaviate_orm.http.stored_objects import Body
from weaviate_orm.model.backrefs import place_loaded
from weaviate_orm.model.instance_codec import Undecoded, decode_rows, stored_value_error
from weaviate_orm.model.mapper import Mapper
from weaviate_orm.model.server_times import TIMES
from weaviate_orm.model.state import Link, Owner, State, state_of
from weaviate_orm.query.entity import Entity, Reference
from weaviate_orm.query.query import OnError, Selection
from weaviate_orm.query.rows import Referenced, Rows
from weaviate_orm.session.dispatch import Listener, dispatch, listeners_to
from weaviate_orm.session.identity_map import IdentityMap
from weaviate_orm.session.reads.rest import times_of, values_of

logger = logging.getLogger("weaviate_orm")

Values = dict[str, Any]
_new: Any = object.__new__
_set = object.__setattr__


class Loader:
    """Makes models of rows, for one session.

    Attributes:
        tells: whether load listeners are called.
    """

    def __init__(self, owner: Owner, identity: IdentityMap) -> None:
        self._owner = owner
        self.identity = identity
        self.tells = True

    def load(self, rows: Rows, selection: Selection, tenant: str | None = None) -> list[Any]:
        """Return the models of rows, in their order, with the selected references.

        None stands for an object that the selection leaves out, for a value that cannot be decoded.

        The values of the rows become those of the models. Targets of references belong to the same tenant.
        """
        by_id = dict(zip(rows.ids, rows.values, strict=True))
        if len(by_id) == len(rows):
            placed = self._load_distinct(rows, by_id, selection, tenant)
            if len(placed) == len(rows):
                return list(placed.values())
        else:
            places = dict(zip(rows.ids, range(len(rows)), strict=True))
            placed = self._load_distinct(rows.select(list(places.values())), by_id, selection, tenant)
        return [placed.get(id) for id in rows.ids]

    def _load_distinct(
        self, rows: Rows, by_id: Mapping[str, Values], selection: Selection, tenant: str | None
    ) -> dict[str, Any]:
        entity = rows.entity
        if rows.restore is not None:
            rows.restore(rows)
        references = [
            (
                reference,
                self._load_references(rows.references[reference.attribute], _as_above(below, selection), tenant),
            )
            for reference, below in selection.references
        ]
        within = tenant if entity.collection.is_multi_tenant else None
        listeners = self._listeners(entity.model)
        with collection_paused():
            # as late as this: the references may have led to some of them
            held = self.identity.of(entity.model, within).get_all(rows.ids)
            refused = _refused(entity, selection)
            placed = self._place_all(entity.model, by_id, held, within, refused, selection.on_error)
            loaded = list(placed.values())
            vectors = dict(rows.vectors)
            if len(placed) < len(by_id):
                present = [id in placed for id in by_id]
                vectors = {attribute: list(compress(column, present)) for attribute, column in vectors.items()}
                references = [(reference, list(compress(column, present))) for reference, column in references]
            for attribute, column in vectors.items():
                for instance, value in zip(loaded, column, strict=True):
                    instance.__dict__.setdefault(attribute, value or None)
            for reference, each_targets in references:
                link_all(loaded, reference, each_targets)
        if listeners:
            new = [instance for id, instance in placed.items() if id not in held]
            dispatch((listener, (instance, self._owner.session)) for instance in new for listener in listeners)
        return placed

    def load_body(self, model: type, id: str, body: Body, tenant: str | None) -> Any:
        """Return the model of an object of the REST interface that the session does not hold."""
        mapper: Mapper = model.__mapper__  # type: ignore[attr-defined]
        (loaded,) = self._place_all(model, {id: values_of(mapper, body)}, {}, tenant).values()
        state_of(loaded).times = times_of(body)
        dispatch((listener, (loaded, self._owner.session)) for listener in self._listeners(model))
        return loaded

    def _listeners(self, model: type) -> Sequence[Listener]:
        return listeners_to("load", self._owner.session, model) if self.tells else ()

    def _place_all(
        self,
        model: type,
        rows: Mapping[str, Values],
        held: Mapping[str, Any],
        tenant: str | None,
        refused: frozenset[str] = frozenset(),
        on_error: OnError = "raise",
    ) -> dict[str, Any]:
        """Return the instance of each id: one of the session, with what it lacked, or a new one.

        All rows have the same keys in the same order. An object may be left out by ``on_error``.
        """
        mapper: Mapper = model.__mapper__  # type: ignore[attr-defined]
        undecoded: list[tuple[str, Undecoded]] = []
        for id, instance in held.items():
            undecoded += ((id, value) for value in fill(instance, mapper, rows[id]))
        new = {id: row for id, row in rows.items() if id not in held} if held else rows
        ids = tuple(rows)
        names = tuple(next(iter(new.values()), ()))
        created, loaded, owner = {}, State.loaded, self._owner
        for id, row in new.items():
            row["_state"] = loaded(id, owner, names, tuple(row.values()), ids, tenant, refused)
            created[id] = instance = _new(model)
            _set(instance, "__dict__", row)
        for value in decode_rows(mapper, new.values()):
            state: State = value.row["_state"]
            state.forget(value.attribute)
            assert state.id is not None
            undecoded.append((state.id, value))
        left_out = _left_out(mapper, undecoded, on_error) if undecoded else ()
        for id in left_out:
            created.pop(id, None)
        self.identity.of(model, tenant).put_all(created)
        if not (held or left_out):
            return created
        return {id: held[id] if id in held else created[id] for id in rows if id not in left_out}

    def _load_references(self, referenced: Referenced, below: Selection, tenant: str | None) -> list[list[Any] | None]:
        """Return the targets of one reference of each row; they load at once what they lack.

        None for a row of which a target is left out: its reference is not loaded, so that it does not look shorter.
        """
        objects = [instance for rows in referenced.rows for instance in self.load(rows, below, tenant)]
        with collection_paused():
            targets = iter([objects[place] for place in referenced.places])
            each_targets: list[list[Any] | None] = [list(islice(targets, count)) for count in referenced.counts]
        if below.on_error in ("raise", "defer"):
            return each_targets
        return [None if of_row and any(target is None for target in of_row) else of_row for of_row in each_targets]


def _refused(entity: Entity, selection: Selection) -> frozenset[str]:
    """Return the attributes that a selection neither loads nor lets be loaded later."""
    if selection.refused == ():
        return frozenset()
    named = selection.refused
    if named is None:
        named = (*entity.properties, *entity.references, *entity.vectors, *TIMES)
    return frozenset(named) - selection.attributes(entity)


def _as_above(below: Selection, selection: Selection) -> Selection:
    """Return the selection of a reference, with what holds below the one that it belongs to."""
    if selection.refused is None:
        below = attrs.evolve(below, refused=None)
    return below if below.on_error == selection.on_error else attrs.evolve(below, on_error=selection.on_error)


def _left_out(mapper: Mapper, undecoded: Sequence[tuple[str, Undecoded]], on_error: OnError) -> set[str]:
    """Report values that cannot be decoded; return the ids of the objects that are left out for them."""
    if on_error == "defer":
        return set()
    for id, value in undecoded:
        report_error(stored_value_error(mapper, value, id), on_error)
    return {id for id, _ in undecoded}


def report_error(error: StoredValueError, on_error: OnError) -> None:
    """Raise an error, log it, or pass it to a function."""
    if on_error == "raise":
        raise error
    if callable(on_error):
        on_error(error)
    else:
        logger.warning("%s", error)


def fill(instance: Any, mapper: Mapper, row: Values) -> Sequence[Undecoded]:
    """Add what an instance lacks; what it holds, changed or not, stays. Returns what could not be decoded."""
    values = instance.__dict__
    missing = {attribute: value for attribute, value in row.items() if attribute not in values}
    if not missing:
        return ()
    stored = dict(missing)
    undecoded = decode_rows(mapper, (missing,))
    for value in undecoded:
        del stored[value.attribute]
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
    """Return where a reference leads, which may have been changed before it was loaded."""
    doubtful = {key for key in state.doubtful if key[0] != attribute}
    changes = state.link_changes.get(attribute)
    if changes is not None:
        # Still to be removed, and not in the answer: a removal before was done and not answered, or somebody else did
        # it; or it is there and dangling, which queries leave out.
        doubtful |= {(attribute, link) for link in map(_link_to, changes.removed.values())}
        doubtful -= {(attribute, link) for link in links}
    state.doubtful = frozenset(doubtful)
    return links


def _link_to(target: Any) -> Link:
    id: Any = state_of(target).id  # what was loaded has one
    return target.__mapper__.collection_name, id

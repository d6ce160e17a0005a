"""``Session.merge`` and ``upsert``: values of outside objects, copied into the session's objects of the same ids."""

from __future__ import annotations

import copy
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from typing import Any

from weaviate_orm.exceptions import StaleObjectError
from weaviate_orm.model.backrefs import place
from weaviate_orm.model.identity import id_of
from weaviate_orm.model.instance_codec import check_value
from weaviate_orm.model.mapper import Mapper
from weaviate_orm.model.state import DELETED, State, state_of
from weaviate_orm.session.flush.plan import OnDuplicate, twins_error
from weaviate_orm.session.flush.version_check import loaded_version
from weaviate_orm.session.refresh import not_found
from weaviate_orm.session.unit_of_work import referred_objects

Find = Callable[[type, "str | None", Sequence[str], Collection[str]], Sequence[Any]]
"""Returns the stored objects of a class, a tenant and of ids, with some attributes loaded."""


def merge(
    roots: Sequence[Any],
    holds: Callable[[Any], bool],
    find: Find,
    attributes: Collection[str] | None = None,
    on_duplicate: OnDuplicate = "last",
) -> list[Any]:
    """Copy the values of ``roots`` and of what they refer to into objects of a session; return those of the roots.

    Args:
        roots: objects outside of the session.
        holds: returns whether an object belongs to the session.
        find: finds stored objects. An object that is not stored becomes a new one, which has no session yet.
        attributes: those that stored objects take over from the roots; by default all.
        on_duplicate: which of several objects of one id counts.

    Raises:
        NotFoundError: a detached object that is not stored any more.
        StaleObjectError: a detached object of another version than the session's.
        ValidationError: several objects have one id, and ``on_duplicate`` is "error".
    """
    sources = list(_outside(roots, holds))
    root_ids = {id(root) for root in roots}
    sources_by_id: dict[tuple[type, str | None], dict[str, list[Any]]] = {}
    compared: dict[tuple[type, str | None], set[str]] = {}
    for source in sources:
        uuid = _stored_id(source)
        if uuid is not None:
            place = type(source), state_of(source).tenant
            sources_by_id.setdefault(place, {}).setdefault(uuid, []).append(source)
            named = attributes if id(source) in root_ids else None
            compared.setdefault(place, set()).update(_set_attributes(source, named))
    ignored = {id(source) for by_id in sources_by_id.values() for source in _duplicates(by_id, on_duplicate)}
    targets: dict[int, Any] = {}
    stored: set[int] = set()
    for (model, tenant), by_id in sources_by_id.items():
        for target in find(model, tenant, list(by_id), compared[model, tenant]):
            stored.add(id(target))
            targets |= {id(source): target for source in by_id.pop(str(target.id))}
        for same in by_id.values():
            blank = _blank(same[0])
            targets |= {id(source): blank for source in same if not state_of(source).is_stored}
    for source in sources:
        if id(source) not in targets:
            if state_of(source).is_stored:
                raise not_found(source)
            targets[id(source)] = _blank(source)
    for source in sources:
        if id(source) in ignored:
            continue
        target = targets[id(source)]
        named = attributes if id(source) in root_ids and id(target) in stored else None
        _copy_values(source, target, lambda outside: targets.get(id(outside), outside), named)
    return [targets.get(id(root), root) for root in roots]


def _outside(roots: Sequence[Any], holds: Callable[[Any], bool]) -> Iterator[Any]:
    """Iterate over the roots and everything they refer to, once each, without the session's and deleted objects."""
    waiting = list({id(root): root for root in reversed(roots)}.values())
    visited = set(map(id, waiting))
    while waiting:
        instance = waiting.pop()
        if holds(instance):
            continue
        yield instance
        for target in referred_objects(instance):
            if id(target) not in visited and state_of(target).status is not DELETED:
                visited.add(id(target))
                waiting.append(target)


def _duplicates(by_id: Mapping[str, Sequence[Any]], on_duplicate: OnDuplicate) -> Iterator[Any]:
    """Iterate over the objects whose values do not count, because another one has their id."""
    for uuid, same in by_id.items():
        if len(same) > 1 and on_duplicate == "error":
            raise twins_error(same[0], same[1], uuid)
        if on_duplicate == "first":
            yield from same[1:]


def _stored_id(source: Any) -> str | None:
    """Return the id under which a source may be stored; None if it gets one only when it is stored."""
    mapper: Mapper = source.__mapper__
    return id_of(source) if state_of(source).id is not None or mapper.options.key else None


def _blank(source: Any) -> Any:
    blank = object.__new__(type(source))
    state = State()
    state.id = state_of(source).id
    vars(blank)["_state"] = state
    for attribute in source.__mapper__.reference_names:
        place(blank, attribute, [] if source.__mapper__.declared[attribute].many else None)
    return blank


def _set_attributes(source: Any, attributes: Collection[str] | None) -> Iterator[str]:
    """Iterate over the attributes that a source sets, among the named ones; references come last."""
    mapper: Mapper = source.__mapper__
    values, declared = vars(source), mapper.declared
    for attribute in (*mapper.properties, *mapper.vector_fields, *mapper.reference_names):
        if attribute not in values or attribute == mapper.options.version:
            continue
        if attributes is not None and attribute not in attributes:
            continue
        value = values[attribute]
        if attribute in mapper.vector_fields:
            is_set = value is not None
        elif attribute in mapper.properties:
            # None in a field that needs a value was stored by another program
            is_set = value is not None or declared[attribute].nullable
        else:
            # a reference that a constructor left empty keeps the stored one
            is_set = bool(value) or (state_of(source).is_stored and (value is not None or declared[attribute].nullable))
        if is_set:
            yield attribute


def _copy_values(source: Any, target: Any, target_of: Callable[[Any], Any], attributes: Collection[str] | None) -> None:
    mapper: Mapper = source.__mapper__
    version = mapper.options.version
    if version and state_of(source).is_stored and loaded_version(source) != loaded_version(target):
        raise StaleObjectError([(source, target)])
    for attribute in _set_attributes(source, attributes):
        value = vars(source)[attribute]
        if attribute in mapper.properties:
            _copy_property(source, target, attribute)
        elif attribute in mapper.vector_fields:
            setattr(target, attribute, copy.copy(value))
        elif isinstance(value, (list, tuple)):
            setattr(target, attribute, [target_of(referred) for referred in value])
        else:
            setattr(target, attribute, None if value is None else target_of(value))


def _copy_property(source: Any, target: Any, attribute: str) -> None:
    # copied together, so that the elements stay those of the copied list
    value, elements = copy.deepcopy((vars(source)[attribute], state_of(source).elements.get(attribute, ())))
    # a converter was called when the source got it
    check_value(target.__mapper__, target, attribute, value)
    target._assign(attribute, value)
    if elements:
        state = state_of(target)
        state.elements = {**state.elements, attribute: (*state.elements.get(attribute, ()), *elements)}

"""``Session.merge`` and ``upsert``: what objects of no session hold, taken over by the session's of the same ids."""

from __future__ import annotations

import copy
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from typing import Any

from weaviate_orm.exceptions import StaleObjectError
from weaviate_orm.model.backrefs import place
from weaviate_orm.model.mapper import Mapper
from weaviate_orm.model.state import DELETED, State, state_of
from weaviate_orm.session.flush.plan import OnDuplicate, twins_error
from weaviate_orm.session.flush.version_check import loaded_version
from weaviate_orm.session.refresh import not_found
from weaviate_orm.session.unit_of_work import referred_objects

Find = Callable[[type, "str | None", Sequence[str], Collection[str]], Sequence[Any]]
"""The objects of a class, a tenant and of ids, with some attributes, loaded where the session lacks them; what is not
stored is left out."""


def merge(
    roots: Sequence[Any],
    holds: Callable[[Any], bool],
    find: Find,
    attributes: Collection[str] | None = None,
    on_duplicate: OnDuplicate = "last",
) -> list[Any]:
    """The objects of a session that stand for ``roots``, after they took over what these and their references hold.

    One that is not stored is a new object, which belongs to no session yet. ``attributes`` are those that stored
    objects take over from the roots; all by default.

    Raises:
        NotFoundError: a detached object that is not stored any more.
        StaleObjectError: a detached object of another version than the session's.
        ValidationError: several objects have one id, and that is an error.
    """
    sources = list(_outside(roots, holds))
    asked = {id(root) for root in roots}
    wanted: dict[tuple[type, str | None], dict[str, list[Any]]] = {}
    compared: dict[tuple[type, str | None], set[str]] = {}
    for source in sources:
        uuid = _known_id(source)
        if uuid is not None:
            place = type(source), state_of(source).tenant
            wanted.setdefault(place, {}).setdefault(uuid, []).append(source)
            named = attributes if id(source) in asked else None
            compared.setdefault(place, set()).update(_brought(source, named))
    passed_over = {id(each) for by_id in wanted.values() for each in _duplicates(by_id, on_duplicate)}
    targets: dict[int, Any] = {}
    stored: set[int] = set()
    for (model, tenant), by_id in wanted.items():
        for found in find(model, tenant, list(by_id), compared[model, tenant]):
            stored.add(id(found))
            targets |= {id(source): found for source in by_id.pop(str(found.id))}
        for same in by_id.values():
            blank = _blank(same[0])
            targets |= {id(source): blank for source in same if not state_of(source).is_stored}
    for source in sources:
        if id(source) not in targets:
            if state_of(source).is_stored:
                raise not_found(source)
            targets[id(source)] = _blank(source)
    for source in sources:
        if id(source) in passed_over:
            continue
        target = targets[id(source)]
        named = attributes if id(source) in asked and id(target) in stored else None
        _take_over(target, source, lambda each: targets.get(id(each), each), named)
    return [targets.get(id(root), root) for root in roots]


def _outside(roots: Sequence[Any], holds: Callable[[Any], bool]) -> Iterator[Any]:
    """The roots and all that they lead to, each once, but not what the session holds already, nor what is deleted."""
    waiting = list({id(root): root for root in reversed(roots)}.values())
    seen = set(map(id, waiting))
    while waiting:
        instance = waiting.pop()
        if holds(instance):
            continue
        yield instance
        for target in referred_objects(instance):
            if id(target) not in seen and state_of(target).status is not DELETED:
                seen.add(id(target))
                waiting.append(target)


def _duplicates(by_id: Mapping[str, Sequence[Any]], on_duplicate: OnDuplicate) -> Iterator[Any]:
    """Of several objects of one id, those of which nothing is taken over."""
    for uuid, same in by_id.items():
        if len(same) > 1 and on_duplicate == "error":
            raise twins_error(same[0], same[1], uuid)
        if on_duplicate == "first":
            yield from same[1:]


def _known_id(source: Any) -> str | None:
    """The id under which a source may be stored; None where its id is made only when it is."""
    mapper: Mapper = source.__mapper__
    return mapper.id_of(source) if state_of(source).id is not None or mapper.options.key else None


def _blank(source: Any) -> Any:
    blank = object.__new__(type(source))
    state = State()
    state.id = state_of(source).id
    vars(blank)["_state"] = state
    for attribute in source.__mapper__.reference_names:
        place(blank, attribute, [] if source.__mapper__.declared[attribute].many else None)
    return blank


def _brought(source: Any, attributes: Collection[str] | None) -> Iterator[str]:
    """The attributes that a source says something of, among those that are named; references come last."""
    mapper: Mapper = source.__mapper__
    values, declared = vars(source), mapper.declared
    for attribute in (*mapper.properties, *mapper.vector_fields, *mapper.reference_names):
        if attribute not in values or attribute == mapper.options.version:
            continue
        if attributes is not None and attribute not in attributes:
            continue
        value = values[attribute]
        if attribute in mapper.vector_fields:
            says = value is not None
        elif attribute in mapper.properties:
            # None where the class needs a value is what another program stored
            says = value is not None or declared[attribute].nullable
        else:
            # what a constructor left empty says nothing of what is stored
            says = bool(value) or (state_of(source).is_stored and (value is not None or declared[attribute].nullable))
        if says:
            yield attribute


def _take_over(
    target: Any, source: Any, standing_for: Callable[[Any], Any], attributes: Collection[str] | None
) -> None:
    mapper: Mapper = source.__mapper__
    version = mapper.options.version
    if version and state_of(source).is_stored and loaded_version(source) != loaded_version(target):
        raise StaleObjectError([(source, target)])
    for attribute in _brought(source, attributes):
        value = vars(source)[attribute]
        if attribute in mapper.properties:
            _take_over_property(target, source, attribute)
        elif attribute in mapper.vector_fields:
            setattr(target, attribute, copy.copy(value))
        elif isinstance(value, (list, tuple)):
            setattr(target, attribute, [standing_for(referred) for referred in value])
        else:
            setattr(target, attribute, None if value is None else standing_for(value))


def _take_over_property(target: Any, source: Any, attribute: str) -> None:
    # copied together, so that it stays known which nested object is which
    value, elements = copy.deepcopy((vars(source)[attribute], state_of(source).elements.get(attribute, ())))
    setattr(target, attribute, value)
    if elements:
        state = state_of(target)
        state.elements = {**state.elements, attribute: (*state.elements.get(attribute, ()), *elements)}

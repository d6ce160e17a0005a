"""Members of stored nested objects that a model does not map: which there are, and how they survive a write.

A merge replaces a nested object whole (measured on Weaviate 1.39), so what is written has to have them. Pure: JSON in,
JSON out.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from typing import Any

from weaviate_orm.schema.datatypes import DataType
from weaviate_orm.schema.properties import PropertySpec
from weaviate_orm.schema.values import decode_date

Before = Mapping[int, tuple[int, Mapping[str, Any]]]
"""Of elements of lists that are written, by the ``id()`` of their JSON: their positions and JSON as they were stored.

Who changes an element in place, or moves it, keeps the Python object; so its old JSON is known.
"""


def unmapped_members(nested: Sequence[PropertySpec], stored: Sequence[Mapping[str, Any]]) -> Iterator[str]:
    """Yield the dotted names of nested properties that the server's JSON has and ``nested`` has not."""
    mapped = {spec.name: spec for spec in nested}
    for body in stored:
        name = body["name"]
        if name not in mapped:
            yield name
        else:
            inner = unmapped_members(mapped[name].nested, body.get("nestedProperties") or ())
            yield from (f"{name}.{member}" for member in inner)


def with_unmapped(spec: PropertySpec, new: Any, stored: Any, before: Before) -> Any:
    """Add the stored members that the model does not map to the JSON of a nested object, or of a list of them.

    An element of a list is the stored one that it was loaded from; else one with equal members; else the one at the
    same place of a list of the same length, where they have a member in common; else one with which it has more than
    half of the members in common. Any other is new, and takes nothing over.
    """
    if not spec.nested or new is None or stored is None:
        return new
    if spec.data_type is DataType.OBJECT:
        return _object(spec.nested, new, stored, before)
    sources = _sources(spec.nested, new, stored, before)
    return [
        element if source is None else _object(spec.nested, element, stored[source], before)
        for element, source in zip(new, sources, strict=True)
    ]


def _object(
    nested: Sequence[PropertySpec], new: dict[str, Any], stored: Mapping[str, Any], before: Before
) -> dict[str, Any]:
    mapped = {spec.name: spec for spec in nested}
    unmapped = {name: value for name, value in stored.items() if name not in mapped}
    return unmapped | {
        name: with_unmapped(mapped[name], value, stored.get(name), before) for name, value in new.items()
    }


Comparable = tuple[tuple[str, Any], ...]
"""The mapped members of a nested object that are there, with values that are equal and hashed as their meaning is."""


def _sources(
    nested: Sequence[PropertySpec], new: Sequence[Any], stored: Sequence[Any], before: Before
) -> list[int | None]:
    """Match new elements with stored ones: the position of the stored one, or None. No stored one is matched twice."""
    new_members = [_comparable(nested, element) for element in new]
    stored_members = [_comparable(nested, element) for element in stored]
    free = dict.fromkeys(range(len(stored)))
    equal: dict[Comparable, list[int]] = {}
    for source, comparable in reversed([*enumerate(stored_members)]):
        equal.setdefault(comparable, []).append(source)
    sources: list[int | None] = [None] * len(new)

    def take(place: int, source: int) -> None:
        sources[place] = source
        del free[source]

    def take_equal(place: int, sought: Comparable, likely: int) -> None:
        if likely in free and stored_members[likely] == sought:
            take(place, likely)
            return
        candidates = equal.get(sought, [])
        while candidates:
            source = candidates.pop()
            if source in free:
                take(place, source)
                return

    for place, element in enumerate(new):
        if id(element) in before:
            position, loaded = before[id(element)]
            take_equal(place, _comparable(nested, loaded), position)
    for place, comparable in enumerate(new_members):
        if sources[place] is None:
            take_equal(place, comparable, place)
    for place, comparable in enumerate(new_members):
        if (
            sources[place] is None
            and len(new) == len(stored)
            and place in free
            and _shared(comparable, stored_members[place])
        ):
            take(place, place)
    for place, comparable in enumerate(new_members):
        if sources[place] is None and free:
            source = max(free, key=lambda index: (_shared(comparable, stored_members[index]), -abs(index - place)))
            if 2 * _shared(comparable, stored_members[source]) > max(len(comparable), len(stored_members[source])):
                take(place, source)
    return sources


def _shared(comparable: Comparable, other: Comparable) -> int:
    """Count the members that two objects have in common, except booleans, which are equal too often."""
    return sum(not isinstance(value, bool) for _, value in {*comparable} & {*other})


def _comparable(nested: Sequence[PropertySpec], element: Mapping[str, Any]) -> Comparable:
    members = ((spec.name, _meaning(spec, element.get(spec.name))) for spec in nested)
    return tuple((name, meaning) for name, meaning in members if meaning is not None)


def _meaning(spec: PropertySpec, value: Any) -> Any:
    if value is None or value == []:
        return None
    if isinstance(value, list):
        return tuple(_meaning(spec, element) for element in value)
    if isinstance(value, dict):
        return _comparable(spec.nested, value)
    if spec.data_type.element is DataType.DATE:
        with suppress(ValueError):
            return decode_date(value)
    return value

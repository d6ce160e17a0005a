"""Random states."""

from __future__ import annotations

import attrs
from hypothesis import strategies as st

from tests.schema.test_round_trip import collections, names
from weaviate_orm.migrations import SchemaState
from weaviate_orm.schema import CollectionSpec, PropertySpec, ReferenceSpec

NAMES = ["Article", "Author", "Tag", "Shop"]


@st.composite
def states(draw: st.DrawFn) -> SchemaState:
    """A state of some collections that refer to themselves and to each other."""
    chosen = draw(st.lists(st.sampled_from(NAMES), unique=True))
    return SchemaState({name: _linked(draw, draw(collections(name)), chosen) for name in chosen})


def _linked(draw: st.DrawFn, spec: CollectionSpec, targets: list[str]) -> CollectionSpec:
    taken = {member.name.lower() for member in spec.members}
    free = draw(st.lists(names.filter(lambda name: name.lower() not in taken), max_size=2, unique_by=str.lower))
    links = [
        ReferenceSpec(name, tuple(draw(st.lists(st.sampled_from(targets), min_size=1, unique=True)))) for name in free
    ]
    return attrs.evolve(spec, references=(*spec.references, *links))


def sorted_state(state: SchemaState) -> SchemaState:
    """The state with all that has no order sorted by its names."""
    return SchemaState({name: _sorted(spec) for name, spec in sorted(state.collections.items())})


def _sorted(spec: CollectionSpec) -> CollectionSpec:
    return attrs.evolve(
        spec,
        properties=_sorted_properties(spec.properties),
        references=tuple(
            attrs.evolve(reference, targets=tuple(sorted(reference.targets)))
            for reference in sorted(spec.references, key=lambda reference: reference.name)
        ),
        vectors=tuple(sorted(spec.vectors, key=lambda vector: vector.name or "")),
    )


def _sorted_properties(properties: tuple[PropertySpec, ...]) -> tuple[PropertySpec, ...]:
    return tuple(
        attrs.evolve(member, nested=_sorted_properties(member.nested))
        for member in sorted(properties, key=lambda member: member.name)
    )

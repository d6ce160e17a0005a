"""The collections that models, or the files before a migration, declare. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, TypeVar

import attrs

from weaviate_orm.exceptions import MigrationError
from weaviate_orm.model.model import Model
from weaviate_orm.model.registry import registered
from weaviate_orm.schema.collection import CollectionSpec
from weaviate_orm.schema.properties import PropertySpec, ReferenceSpec
from weaviate_orm.schema.vectors import VectorSpec


def _by_name(collections: Mapping[str, CollectionSpec]) -> dict[str, CollectionSpec]:
    return dict(collections)


@attrs.frozen
class SchemaState:
    """Collections by their names, which are those of the models also where the server has an alias.

    >>> state = SchemaState().with_collection(CollectionSpec("Article"))
    >>> list(state.collections), list(state.without("Article").collections)
    (['Article'], [])
    """

    collections: Mapping[str, CollectionSpec] = attrs.field(factory=dict, converter=_by_name)

    @classmethod
    def of_models(cls, models: Iterable[type[Model]] | None = None) -> SchemaState:
        """Return the state that models declare; by default every model that is defined.

        Raises MappingError: a model that Weaviate cannot hold, or two models of one name.
        """
        state = cls()
        chosen: list[Any] = registered() if models is None else list(models)
        for model in chosen:
            state = state.with_new(model.__mapper__.collection)
        return state

    def collection(self, name: str) -> CollectionSpec:
        """Return a collection. Raises MigrationError when there is none of this name."""
        try:
            return self.collections[name]
        except KeyError:
            names = ", ".join(self.collections) or "none"
            raise MigrationError(f"there is no collection {name} at this point; there are: {names}") from None

    def with_new(self, spec: CollectionSpec) -> SchemaState:
        """Return the state with one more collection. Raises MigrationError when there is one of its name."""
        if spec.name in self.collections:
            raise MigrationError(f"there is a collection {spec.name} already; a collection belongs to one model")
        return self.with_collection(spec)

    def with_collection(self, spec: CollectionSpec) -> SchemaState:
        """Return the state with a collection in the place of the one of its name, or beside the others."""
        return SchemaState({**self.collections, spec.name: spec})

    def without(self, name: str) -> SchemaState:
        """Return the state without a collection. Raises MigrationError when there is none of this name."""
        self.collection(name)
        return SchemaState({other: spec for other, spec in self.collections.items() if other != name})

    def referrers(self, name: str) -> tuple[str, ...]:
        """Return the names of the other collections with cross-references to a collection."""
        return tuple(
            other
            for other, spec in self.collections.items()
            if other != name and any(name in reference.targets for reference in spec.references)
        )


def member_of(spec: CollectionSpec, name: str) -> PropertySpec | ReferenceSpec:
    """Return a property or a reference. Raises MigrationError when there is none of this name."""
    for member in spec.members:
        if member.name == name:
            return member
    names = ", ".join(member.name for member in spec.members) or "none"
    raise MigrationError(f"{spec.name} has no property or reference {name!r} at this point; it has: {names}")


def vector_of(spec: CollectionSpec, name: str | None) -> VectorSpec:
    """Return a vector. Raises MigrationError when there is none of this name."""
    for vector in spec.vectors:
        if vector.name == name:
            return vector
    names = ", ".join(map(str, spec.vectors)) or "none"
    raise MigrationError(f"{spec.name} has no vector {name!r} at this point; it has: {names}")


def with_member(spec: CollectionSpec, member: PropertySpec | ReferenceSpec) -> CollectionSpec:
    """Return a collection with a property or reference in the place of the one of its name, or after the others."""
    if isinstance(member, PropertySpec):
        return attrs.evolve(spec, properties=_replaced(spec.properties, member))
    return attrs.evolve(spec, references=_replaced(spec.references, member))


def with_vector(spec: CollectionSpec, vector: VectorSpec) -> CollectionSpec:
    """Return a collection with a vector in the place of the one of its name, or after the others."""
    return attrs.evolve(spec, vectors=_replaced(spec.vectors, vector))


def without_vector(spec: CollectionSpec, name: str | None) -> CollectionSpec:
    """Return a collection without a vector. Raises MigrationError when there is none of this name."""
    dropped = vector_of(spec, name)
    return attrs.evolve(spec, vectors=tuple(vector for vector in spec.vectors if vector is not dropped))


def without_member(spec: CollectionSpec, name: str) -> CollectionSpec:
    """Return a collection without a property or reference. Raises MigrationError when there is none of this name."""
    dropped = member_of(spec, name)
    return attrs.evolve(
        spec,
        properties=tuple(member for member in spec.properties if member is not dropped),
        references=tuple(member for member in spec.references if member is not dropped),
    )


_Part = TypeVar("_Part", bound=PropertySpec | ReferenceSpec | VectorSpec)


def _replaced(members: tuple[_Part, ...], member: _Part) -> tuple[_Part, ...]:
    names = [other.name for other in members]
    if member.name not in names:
        return (*members, member)
    place = names.index(member.name)
    return (*members[:place], member, *members[place + 1 :])

"""Operations on the properties, cross-references and vectors of a collection."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final

import attrs

from weaviate_orm.exceptions import MigrationError
from weaviate_orm.migrations.operations.collections import altered
from weaviate_orm.migrations.operations.rebuilding import RebuildCollection
from weaviate_orm.migrations.row import Row
from weaviate_orm.migrations.schema_state import (
    SchemaState,
    member_of,
    vector_of,
    with_member,
    with_vector,
    without_vector,
)
from weaviate_orm.schema.collection import CollectionSpec
from weaviate_orm.schema.evolution import INDEX_ATTRIBUTES, IndexName
from weaviate_orm.schema.properties import PropertySpec, ReferenceSpec
from weaviate_orm.schema.vectors import VectorSpec

INDEXES: Final = {index: attribute for attribute, index in INDEX_ATTRIBUTES.items()}
"""The attribute of a PropertySpec, by the server's name of an index."""

ALTERABLE_PROPERTY: Final = ("description", "tokenization", *INDEX_ATTRIBUTES)
"""The attributes of a PropertySpec that AlterProperty takes."""


@attrs.frozen
class AddProperty:
    """Add a property.

    Attributes:
        collection: the collection.
        property: the property.
        default: the value, as JSON, that stored objects get.
        fill: a function of a stored object (:class:`~weaviate_orm.migrations.Row`) that returns its value, as JSON, or
            None for no value. Without it and a default, filters on null do not find the objects that are stored.
    """

    collection: str
    property: PropertySpec
    default: Any = None
    fill: Callable[[Row], Any] | None = None
    destructive = False

    def mutate(self, state: SchemaState) -> SchemaState:
        """Return the state with the property."""
        return _with_new_member(state, self.collection, self.property)

    def reverse(self, before: SchemaState) -> RebuildCollection:
        """Return the rebuild of the collection without the property."""
        return RebuildCollection(before.collection(self.collection), drop=(self.property.name,))

    def describe(self) -> str:
        """Return what it does."""
        return f"Add {self.collection}.{self.property.name} ({self.property.data_type})"


@attrs.frozen
class AddReference:
    """Add a cross-reference. Its targets exist."""

    collection: str
    reference: ReferenceSpec
    destructive = False

    def mutate(self, state: SchemaState) -> SchemaState:
        """Return the state with the reference."""
        for target in self.reference.targets:
            state.collection(target)
        return _with_new_member(state, self.collection, self.reference)

    def reverse(self, before: SchemaState) -> RebuildCollection:
        """Return the rebuild of the collection without the reference."""
        return RebuildCollection(before.collection(self.collection), drop=(self.reference.name,))

    def describe(self) -> str:
        """Return what it does."""
        return f"Add {self.collection}.{self.reference.name} (reference to {', '.join(self.reference.targets)})"


@attrs.frozen
class AddVector:
    """Add a named vector.

    Attributes:
        collection: the collection.
        vector: the vector. If it has a vectorizer, the server makes it for stored objects too.
        fill: without a vectorizer, a function of a stored object that returns its vector, or None for no vector.
            Without it, searches of this vector do not find the objects that are stored.
    """

    collection: str
    vector: VectorSpec
    fill: Callable[[Row], Sequence[float] | Sequence[Sequence[float]] | None] | None = None
    destructive = False

    def mutate(self, state: SchemaState) -> SchemaState:
        """Return the state with the vector."""
        spec = state.collection(self.collection)
        if self.vector.name in [vector.name for vector in spec.vectors]:
            raise MigrationError(f"{self.collection} has {self.vector} already at this point")
        return state.with_collection(with_vector(spec, self.vector))

    def reverse(self, before: SchemaState) -> DropVector | RebuildCollection:
        """Return the dropping of the vector; of the unnamed one, which cannot be dropped, a rebuild without it."""
        if self.vector.name is None:
            return RebuildCollection(before.collection(self.collection))
        return DropVector(self.collection, self.vector.name)

    def describe(self) -> str:
        """Return what it does."""
        path = "vector" if self.vector.name is None else f"vectors.{self.vector.name}"
        return f"Add {self.collection}.{path}"


@attrs.frozen
class AlterProperty:
    """Change a property: its description, its tokenization or its indexes.

    Attributes:
        collection: the collection.
        property: the server's name of the property.
        settings: attributes of :class:`~weaviate_orm.schema.PropertySpec` with their new values: ``description``,
            ``tokenization``, ``index_filterable``, ``index_searchable``, ``index_range_filters``. None goes back to the
            server's default. The server rebuilds the indexes while it runs, where it can; else the collection is
            rebuilt.
    """

    collection: str
    property: str
    settings: Mapping[str, Any]
    destructive = False

    def __attrs_post_init__(self) -> None:
        altered(f"{self.collection}.{self.property}", self.settings, ALTERABLE_PROPERTY)

    def mutate(self, state: SchemaState) -> SchemaState:
        """Return the state with the settings."""
        spec = state.collection(self.collection)
        return state.with_collection(
            with_member(spec, attrs.evolve(_property_of(spec, self.property), **self.settings))
        )

    def reverse(self, before: SchemaState) -> AlterProperty:
        """Return the change to the settings before."""
        member = _property_of(before.collection(self.collection), self.property)
        settings = {name: getattr(member, name) for name in self.settings}
        return AlterProperty(self.collection, self.property, settings)

    def describe(self) -> str:
        """Return what it does."""
        return f"Alter {', '.join(self.settings)} of {self.collection}.{self.property}"


@attrs.frozen
class AlterReference:
    """Change the description of a cross-reference."""

    collection: str
    reference: str
    settings: Mapping[str, Any]
    destructive = False

    def __attrs_post_init__(self) -> None:
        altered(f"{self.collection}.{self.reference}", self.settings, ("description",))

    def mutate(self, state: SchemaState) -> SchemaState:
        """Return the state with the settings."""
        spec = state.collection(self.collection)
        return state.with_collection(with_member(spec, attrs.evolve(member_of(spec, self.reference), **self.settings)))

    def reverse(self, before: SchemaState) -> AlterReference:
        """Return the change to the settings before."""
        member = member_of(before.collection(self.collection), self.reference)
        return AlterReference(self.collection, self.reference, {name: getattr(member, name) for name in self.settings})

    def describe(self) -> str:
        """Return what it does."""
        return f"Alter {', '.join(self.settings)} of {self.collection}.{self.reference}"


@attrs.frozen
class AlterVector:
    """Change the index of a vector, where the server does it in place: ``ef``, quantizers that are added, and such.

    Attributes:
        collection: the collection.
        vector: the name of the vector; None for the unnamed one.
        settings: ``index`` with an :class:`~weaviate_orm.schema.IndexSpec`.
    """

    collection: str
    vector: str | None
    settings: Mapping[str, Any]
    destructive = False

    def __attrs_post_init__(self) -> None:
        altered(f"{self.collection}.vectors.{self.vector}", self.settings, ("index", "dimensions"))

    def mutate(self, state: SchemaState) -> SchemaState:
        """Return the state with the settings."""
        spec = state.collection(self.collection)
        return state.with_collection(with_vector(spec, attrs.evolve(vector_of(spec, self.vector), **self.settings)))

    def reverse(self, before: SchemaState) -> AlterVector:
        """Return the change to the settings before."""
        vector = vector_of(before.collection(self.collection), self.vector)
        return AlterVector(self.collection, self.vector, {name: getattr(vector, name) for name in self.settings})

    def describe(self) -> str:
        """Return what it does."""
        path = f"{self.collection}.vector" if self.vector is None else f"{self.collection}.vectors.{self.vector}"
        return f"Alter {', '.join(self.settings)} of {path}"


@attrs.frozen
class DropIndex:
    """Drop an index of a property. Its values stay; a server without runtime reindex cannot make the index again."""

    collection: str
    property: str
    index: IndexName = attrs.field(validator=attrs.validators.in_(INDEXES))
    destructive = False

    def mutate(self, state: SchemaState) -> SchemaState:
        """Return the state without the index."""
        return self._altered(False).mutate(state)

    def reverse(self, before: SchemaState) -> AlterProperty:
        """Return the change that makes the index again."""
        return self._altered(True)

    def _altered(self, enabled: bool) -> AlterProperty:
        return AlterProperty(self.collection, self.property, {INDEXES[self.index]: enabled})

    def describe(self) -> str:
        """Return what it does."""
        return f"Drop the index {self.index} of {self.collection}.{self.property}"


@attrs.frozen
class DropVector:
    """Drop a named vector of all objects. Where the server cannot do it in place, the collection is rebuilt."""

    collection: str
    vector: str
    destructive = True

    def mutate(self, state: SchemaState) -> SchemaState:
        """Return the state without the vector."""
        return state.with_collection(without_vector(state.collection(self.collection), self.vector))

    def reverse(self, before: SchemaState) -> AddVector:
        """Return the addition of the vector, which only a vectorizer can fill again."""
        return AddVector(self.collection, vector_of(before.collection(self.collection), self.vector))

    def describe(self) -> str:
        """Return what it does."""
        return f"Drop {self.collection}.vectors.{self.vector} with the vectors of all objects"


def _with_new_member(state: SchemaState, collection: str, member: PropertySpec | ReferenceSpec) -> SchemaState:
    spec = state.collection(collection)
    if member.name in [other.name for other in spec.members]:
        raise MigrationError(f"{collection}.{member.name} is there already at this point")
    return state.with_collection(with_member(spec, member))


def _property_of(spec: CollectionSpec, name: str) -> PropertySpec:
    member = member_of(spec, name)
    if not isinstance(member, PropertySpec):
        raise MigrationError(f"{spec.name}.{name} is a cross-reference, and no property")
    return member

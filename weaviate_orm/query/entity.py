"""What a query has to know of a mapped class; the model layer fills it in."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import attrs

from weaviate_orm.embedders.embedder import Embedder
from weaviate_orm.exceptions import UnknownNameError
from weaviate_orm.schema.collection import CollectionSpec
from weaviate_orm.schema.properties import PropertySpec, ReferenceSpec
from weaviate_orm.schema.values import Scalar
from weaviate_orm.schema.vectors import VectorSpec


@attrs.frozen
class Property:
    """An attribute that holds values.

    ``nullable``: None is one of them; ``deferred``: loaded only when it is named; ``scalar``: how one of them is
    stored, None of objects.
    """

    attribute: str
    spec: PropertySpec
    nullable: bool
    deferred: bool = False
    scalar: Scalar | None = None


@attrs.frozen
class Reference:
    """An attribute that holds objects of other collections; ``many``: a list of them."""

    attribute: str
    spec: ReferenceSpec
    many: bool
    targets: tuple[Entity, ...] = attrs.field(repr=False, eq=False)


@attrs.frozen
class VectorField:
    """An attribute that holds a vector; the unnamed one has no ``spec.name``."""

    attribute: str
    spec: VectorSpec


@attrs.frozen(eq=False)
class Embedding:
    """A vector that an embedder makes in the client.

    Attributes:
        field: the vector.
        embedder: makes it.
        sources: the properties that it is made of.
        names_sources: whether the model names them, and not all of its text is meant.
    """

    field: VectorField
    embedder: Embedder
    sources: tuple[Property, ...]
    names_sources: bool


@attrs.define(eq=False, repr=False)
class Entity:
    """A mapped class, as queries see it. References are resolved at first use, so that classes may be cyclic."""

    label: str
    collection: CollectionSpec
    properties: Mapping[str, Property]
    vectors: Mapping[str, VectorField]
    embeddings: Mapping[str, Embedding]
    resolve_references: Callable[[], Mapping[str, Reference]] = attrs.field(repr=False)
    model: Any = attrs.field(default=None, repr=False)
    _resolved: Mapping[str, Reference] | None = attrs.field(default=None, init=False, repr=False)

    def __repr__(self) -> str:
        return f"<Entity {self.label}>"

    def __reduce__(self) -> tuple[Any, ...]:
        # as its class, which pickle finds by name; so a query that is unpickled asks what the class maps by then
        return _entity_of, (self.model,)

    @property
    def references(self) -> Mapping[str, Reference]:
        """Raises MappingError while a target is not defined."""
        if self._resolved is None:
            self._resolved = self.resolve_references()
        return self._resolved

    def member(self, name: str) -> Property | Reference | VectorField:
        """Return the attribute of a name; raises UnknownNameError with the nearest."""
        attribute = self.properties.get(name) or self.references.get(name) or self.vectors.get(name)
        if attribute is None:
            raise UnknownNameError(
                f"{self.label} field", name, (*self.properties, *self.references, *self.vectors, "id")
            )
        return attribute


def leads_out(entity: Entity, reference: Reference) -> bool:
    """Return whether a reference leads out of its tenant."""
    return entity.collection.is_multi_tenant and any(
        not target.collection.is_multi_tenant for target in reference.targets
    )


def _entity_of(model: Any) -> Entity:
    entity: Entity = model.__mapper__.entity
    return entity

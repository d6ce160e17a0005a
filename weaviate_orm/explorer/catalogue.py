"""The collections of a server as queries know them, made of its schema: there are no models of them. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Final

import attrs

from weaviate_orm.exceptions import UnknownNameError
from weaviate_orm.http.collection_names import logical_names
from weaviate_orm.migrations.reflection.model_source import attributes_of
from weaviate_orm.migrations.reflection.module_of_models import class_names
from weaviate_orm.model.mapper import UNNAMED_VECTOR
from weaviate_orm.query.entity import Entity, Property, Reference, VectorField
from weaviate_orm.query.query import Query
from weaviate_orm.query.queryset import QuerySet
from weaviate_orm.schema.collection import CollectionSpec
from weaviate_orm.schema.datatypes import DataType
from weaviate_orm.schema.properties import PropertySpec
from weaviate_orm.schema.values import SCALAR_TYPES, Scalar
from weaviate_orm.schema.vectors import VectorSpec

_TITLES: Final = ("title", "name", "label", "headline", "subject", "text")
"""Properties that tell an object from others, the best first."""

_TEXT_VECTORIZERS: Final = ("text2vec-", "multi2vec-", "text2multivec-")
"""How the modules begin that make vectors of a query's text."""


@attrs.frozen
class CatalogueEntry:
    """A collection.

    Attributes:
        entity: what queries know of it, by the attributes and the class that ``weaviate-orm inspect`` writes.
        spec: the collection, under its physical name.
        aliases: that lead to it.
    """

    entity: Entity
    spec: CollectionSpec
    aliases: tuple[str, ...]

    @property
    def name(self) -> str:
        """The physical name."""
        return self.spec.name

    def query(self, tenant: str | None = None) -> QuerySet[Any]:
        """Return the query for all objects, or all of a tenant; raises QueryError where there are no tenants."""
        query: QuerySet[Any] = QuerySet(Query(self.entity))
        return query.tenant(tenant) if tenant else query

    @property
    def title(self) -> Property | None:
        """The property that best tells an object from others."""
        texts = [member for member in self.entity.properties.values() if member.spec.data_type is DataType.TEXT]
        by_name = {member.spec.name.lower(): member for member in texts}
        return next((by_name[name] for name in _TITLES if name in by_name), texts[0] if texts else None)

    @property
    def text_vectors(self) -> tuple[str, ...]:
        """The vectors that a module makes of texts, so that a text can be searched for by its meaning."""
        return tuple(
            attribute
            for attribute, member in self.entity.vectors.items()
            if member.spec.vectorizer is not None and member.spec.vectorizer.name.startswith(_TEXT_VECTORIZERS)
        )


@attrs.frozen
class Catalogue:
    """The collections of a server, by their physical names."""

    entries: Mapping[str, CatalogueEntry]

    def entry(self, name: str) -> CatalogueEntry:
        """Return a collection; raises UnknownNameError."""
        try:
            return self.entries[name]
        except KeyError:
            raise UnknownNameError("collection", name, self.entries) from None

    def referring(self, entry: CatalogueEntry) -> list[tuple[CatalogueEntry, Reference]]:
        """Return the references that lead to a collection, with the collections that have them.

        Of one with tenants, those of collections that have tenants too: the others cannot lead into a tenant. Of one
        without, those of collections without: the objects of every tenant would have to be asked.
        """
        return [
            (other, reference)
            for other in self.entries.values()
            if other.spec.is_multi_tenant == entry.spec.is_multi_tenant
            for reference in other.entity.references.values()
            if entry.entity in reference.targets
        ]


def catalogue_of(classes: Iterable[Mapping[str, Any]], aliases: Mapping[str, str]) -> Catalogue:
    """Return the collections of a server.

    Args:
        classes: its JSON of them.
        aliases: its collections by their aliases.
    """
    specs = sorted(map(CollectionSpec.from_json, classes), key=lambda spec: spec.name)
    logical = logical_names(aliases)
    labels = class_names(logical.get(spec.name, spec.name) for spec in specs)
    entities: dict[str, Entity] = {}
    for spec in specs:
        entities[spec.name] = _entity(spec, labels[logical.get(spec.name, spec.name)], entities)
    return Catalogue(
        {
            spec.name: CatalogueEntry(
                entities[spec.name], spec, tuple(sorted(alias for alias in aliases if aliases[alias] == spec.name))
            )
            for spec in specs
        }
    )


def _entity(spec: CollectionSpec, label: str, entities: Mapping[str, Entity]) -> Entity:
    attributes = attributes_of(spec)

    def references() -> dict[str, Reference]:
        return {
            attributes[member]: Reference(
                attributes[member], member, many=True, targets=tuple(entities[target] for target in member.targets)
            )
            for member in spec.references
            if all(target in entities for target in member.targets)
        }

    properties = {
        attributes[member]: Property(
            attributes[member],
            member,
            nullable=True,
            deferred=member.data_type is DataType.BLOB,  # they are long
            scalar=_scalar(member),
        )
        for member in spec.properties
        if member.data_type.element in SCALAR_TYPES or member.data_type.element is DataType.OBJECT
    }
    named = {attributes[member]: VectorField(attributes[member], member) for member in spec.vectors if member.name}
    unnamed = spec.vectors[0] if spec.vectors else VectorSpec()
    vectors = named or {UNNAMED_VECTOR: VectorField(UNNAMED_VECTOR, unnamed)}
    return Entity(label, spec, properties, vectors, embeddings={}, resolve_references=references)


def _scalar(spec: PropertySpec) -> Scalar | None:
    row = SCALAR_TYPES.get(spec.data_type.element)
    return None if row is None else row.scalar

"""``Mapper``: a model class, resolved: its collection, its entity for queries, and the codecs of its attributes."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping
from functools import partial
from types import NoneType
from typing import Any

import attrs

from weaviate_orm.cached_property import cached_property
from weaviate_orm.embedders.embedder import Embedder
from weaviate_orm.embedders.object_text import TEXTS
from weaviate_orm.exceptions import (
    MappingError,
    UnknownNameError,
)
from weaviate_orm.model.annotations import settle, split_optional
from weaviate_orm.model.codec import Codec, holds_object_lists
from weaviate_orm.model.declared import (
    Declared,
    DeclaredProperty,
    DeclaredReference,
    DeclaredVector,
    check_inverse,
)
from weaviate_orm.model.meta_options import MetaOptions
from weaviate_orm.model.nested_types import resolve_members
from weaviate_orm.model.object_codecs import stored_type
from weaviate_orm.model.type_codecs import codec_of
from weaviate_orm.query.entity import Embedding, Entity, Property, Reference, VectorField
from weaviate_orm.query.target_vectors import is_multi
from weaviate_orm.schema.client_vectors import embedder_note, unnamed_note, vector_note
from weaviate_orm.schema.collection import CollectionSpec
from weaviate_orm.schema.collection_options import CREATION_TIME, UPDATE_TIME, ObjectTTLSpec
from weaviate_orm.schema.modules import Module
from weaviate_orm.schema.properties import PropertySpec, ReferenceSpec
from weaviate_orm.schema.values import Decode, Encode
from weaviate_orm.schema.vector_values import check_shape
from weaviate_orm.schema.vectors import VectorSpec
from weaviate_orm.types import JSONObject

_TIMES = {"created_at": CREATION_TIME, "updated_at": UPDATE_TIME} | {
    time: time for time in (CREATION_TIME, UPDATE_TIME)
}

UNNAMED_VECTOR = "vector"
"""The attribute of the unnamed vector."""


@attrs.frozen
class AttributeDecoder:
    """How the JSON of an attribute is read.

    ``json_types``: the types that it may have. ``decode``: None where it is the value already.
    ``empty``: makes the empty container that null stands for there, which the server answers in places; None where
    null is None.
    ``plain_elements``: the types of the elements of a list that is only copied; None otherwise.
    """

    attribute: str
    json_types: frozenset[type]
    decode: Decode | None
    empty: Callable[[], Any] | None
    plain_elements: frozenset[type] | None


class Mapper:
    """Everything that the layers above ask of a model class."""

    def __init__(self, model: type, options: MetaOptions, declared: Mapping[str, Declared]) -> None:
        self.model = model
        self.options = options
        self.declared = declared
        self.label = model.__name__
        self._checked_inverses: set[tuple[str, type]] = set()
        for attribute in options.key:
            member = declared.get(attribute)
            if not isinstance(member, DeclaredProperty):
                raise UnknownNameError(f"{self.label}.Meta.key field", attribute, declared)
            if member.options.lossy:
                raise MappingError(
                    f"{self.label}.{attribute} is lossy, and cannot be part of the key that makes the id"
                )
        version = declared.get(options.version) if options.version is not None else None
        if options.version is not None and not isinstance(version, DeclaredProperty):
            raise UnknownNameError(f"{self.label}.Meta.version field", options.version, declared)
        if isinstance(version, DeclaredProperty) and (version.value is not int or version.options.lossy):
            raise MappingError(f"{self.label}.{options.version} is the version, and has to be an int that is not lossy")

    def __repr__(self) -> str:
        return f"<Mapper {self.label}>"

    @cached_property
    def collection_name(self) -> str:
        """The server's name of the collection."""
        return self.options.name or self.label

    @cached_property
    def properties(self) -> Mapping[str, Property]:
        """The properties, by attribute. Raises MappingError for a type that Weaviate cannot hold."""
        return self._mapped[0]

    @cached_property
    def codecs(self) -> Mapping[str, Codec]:
        """The codecs of the properties, by attribute. Raises as :attr:`properties`."""
        return self._mapped[1]

    @cached_property
    def _mapped(self) -> tuple[dict[str, Property], dict[str, Codec]]:
        properties: dict[str, Property] = {}
        codecs: dict[str, Codec] = {}
        for declared in self.declared.values():
            if isinstance(declared, DeclaredProperty):
                try:
                    properties[declared.attribute], codecs[declared.attribute] = _map_property(declared)
                except MappingError as error:
                    raise MappingError(f"{self.label}.{declared.attribute}: {error}") from error
        return properties, codecs

    @cached_property
    def property_names(self) -> tuple[str, ...]:
        """The attributes that are properties, in the order in which they are encoded."""
        return tuple(self.properties)

    @cached_property
    def declared_references(self) -> Mapping[str, DeclaredReference]:
        """The references as they are declared, by attribute; their targets need not be defined yet."""
        return {name: declared for name, declared in self.declared.items() if isinstance(declared, DeclaredReference)}

    @cached_property
    def reference_names(self) -> tuple[str, ...]:
        """The attributes that are references."""
        return tuple(self.declared_references)

    @cached_property
    def inverses(self) -> Mapping[str, str]:
        """The references that have an inverse, each with the attribute of its targets; whether it is there or not."""
        inverses = ((name, declared.options.inverse) for name, declared in self.declared_references.items())
        return {name: inverse for name, inverse in inverses if inverse}

    def inverse(self, attribute: str, target: Any) -> str:
        """Return the attribute of a class that is the inverse of ``attribute``. Raises MappingError when it is none."""
        if (attribute, target) not in self._checked_inverses:
            check_inverse(self.model, self.declared_references[attribute], target, target.__mapper__.declared)
            self._checked_inverses.add((attribute, target))
        return self.inverses[attribute]

    @cached_property
    def has_changeable(self) -> bool:
        """Whether any value can change in place: lists, objects, lists of references."""
        many = any(declared.many for declared in self.declared_references.values())
        return many or any(codec.mutable for codec in self.codecs.values())

    @cached_property
    def nested(self) -> frozenset[str]:
        """The properties that hold nested objects, or lists of them."""
        return frozenset(name for name, codec in self.codecs.items() if codec.members)

    @cached_property
    def object_lists(self) -> frozenset[str]:
        """The properties that hold lists of nested objects, or have them inside."""
        return frozenset(name for name, codec in self.codecs.items() if holds_object_lists(codec))

    @cached_property
    def vector_fields(self) -> dict[str, VectorField]:
        """The vectors, by attribute: the named ones, or the unnamed one."""
        named = [member for member in self.declared.values() if isinstance(member, DeclaredVector)]
        unnamed = (self.options.vectorizer, self.options.index, self.options.dimensions)
        if not named:
            spec = VectorSpec(None, _module(unnamed[0]), unnamed[1], dimensions=self.options.dimensions)
            return {UNNAMED_VECTOR: VectorField(UNNAMED_VECTOR, spec)}
        if any(option is not None for option in unnamed):
            raise MappingError(
                f"{self.label}: vectorizer, index and dimensions in Meta are those of the unnamed vector, and this "
                f"class has named ones: give them to vector(…)"
            )
        fields: dict[str, VectorField] = {}
        for declared in named:
            options = declared.options
            sources = options.source_properties
            if sources is not None:
                sources = tuple(self._property_name(source) for source in sources)
                if isinstance(options.vectorizer, Embedder):
                    sources = None  # they are read here, and the server is not told
            spec = VectorSpec(
                options.name or declared.attribute,
                _module(options.vectorizer),
                options.index,
                sources,
                options.dimensions,
            )
            fields[declared.attribute] = VectorField(declared.attribute, spec)
        return fields

    @cached_property
    def embeddings(self) -> Mapping[str, Embedding]:
        """The vectors that embedders make in the client, by attribute."""
        embeddings: dict[str, Embedding] = {}
        for attribute, field in self.vector_fields.items():
            declared, named = self.declared.get(attribute), None
            vectorizer: object = self.options.vectorizer
            if isinstance(declared, DeclaredVector):
                vectorizer, named = declared.options.vectorizer, declared.options.source_properties
            if isinstance(vectorizer, Embedder):
                sources = self._sources(attribute, named)
                embeddings[attribute] = Embedding(field, vectorizer, sources, named is not None)
        return embeddings

    def _sources(self, attribute: str, named: tuple[str, ...] | None) -> tuple[Property, ...]:
        """Return the properties that an embedder reads."""
        if named is None:
            texts = (member for member in self.properties.values() if member.spec.data_type in TEXTS)
            return tuple(member for member in texts if member.spec.vectorize)
        if not named:
            raise MappingError(
                f"{self.label}.{attribute}: source_properties names no property; leave it out to take all text"
            )
        sources = tuple(self.properties[source] for source in named)
        for source in sources:
            if not source.spec.vectorize:
                raise MappingError(
                    f"{self.label}.{attribute}: it is made of {source.attribute!r}, which says vectorize=False"
                )
        return sources

    @cached_property
    def entity(self) -> Entity:
        """What queries see of the class."""
        return Entity(
            label=self.label,
            collection=self._collection(()),
            properties=self.properties,
            vectors=self.vector_fields,
            embeddings=self.embeddings,
            resolve_references=self._references,
            model=self.model,
        )

    @cached_property
    def collection(self) -> CollectionSpec:
        """The collection, references included. Raises MappingError while a target is not defined."""
        return self._collection(tuple(reference.spec for reference in self.entity.references.values()))

    def _collection(self, references: tuple[ReferenceSpec, ...]) -> CollectionSpec:
        options = self.options
        # what a class does not say itself is not its description
        docstring = self.model.__dict__.get("__doc__")
        vectors = tuple(map(self._noted_vector, self.vector_fields.values()))
        properties = tuple(mapped.spec for mapped in self.properties.values())
        if not any(vector.vectorizer for vector in vectors):
            # the server keeps what its vectorizers read, and forgets it where there is none
            properties = tuple(attrs.evolve(spec, vectorize=True, vectorize_name=False) for spec in properties)
        unnamed = self.embeddings.get(UNNAMED_VECTOR)
        try:
            return CollectionSpec(
                name=self.collection_name,
                description=options.description or (inspect.cleandoc(docstring) if docstring else None),
                properties=properties,
                references=references,
                vectors=vectors,
                generative=options.generative,
                reranker=options.reranker,
                modules=options.modules,
                inverted_index=options.inverted_index,
                multi_tenancy=options.multi_tenancy,
                replication=options.replication,
                sharding=options.sharding,
                object_ttl=self._object_ttl(),
                alias=options.alias,
                unknown={} if unnamed is None else unnamed_note(note_of(unnamed)),
            )
        except MappingError as error:
            raise MappingError(f"{self.label}: {error}") from error

    def _noted_vector(self, field: VectorField) -> VectorSpec:
        """Return the spec of a vector, with the note of the embedder that makes it."""
        embedding = self.embeddings.get(field.attribute)
        if embedding is None or field.spec.name is None:
            return field.spec
        return attrs.evolve(field.spec, unknown=vector_note(note_of(embedding)))

    def _references(self) -> dict[str, Reference]:
        references: dict[str, Reference] = {}
        for attribute, declared in self.declared_references.items():
            try:
                models = declared.models()
            except MappingError as error:
                raise MappingError(f"{self.label}.{attribute}: {error}") from error
            mappers = [self._target(declared, model) for model in models]
            if attribute in self.inverses:
                for model in models:
                    self.inverse(attribute, model)
            spec = ReferenceSpec(
                name=declared.options.name or attribute,
                targets=tuple(mapper.collection_name for mapper in mappers),
                description=declared.options.description,
                disable_duplicated_references=declared.options.disable_duplicated_references,
            )
            entities = tuple(mapper.entity for mapper in mappers)
            references[attribute] = Reference(attribute, spec, declared.many, entities)
        return references

    def _target(self, declared: DeclaredReference, model: object) -> Mapper:
        mapper = getattr(model, "__mapper__", None)
        if not isinstance(mapper, Mapper) or mapper.options.abstract:
            raise MappingError(
                f"{self.label}.{declared.attribute} refers to {getattr(model, '__name__', model)!r}, which is no model "
                f"with a collection of its own"
            )
        return mapper

    def _object_ttl(self) -> ObjectTTLSpec | None:
        spec = self.options.object_ttl
        if spec is None:
            return None
        return attrs.evolve(spec, delete_on=_TIMES.get(spec.delete_on) or self._property_name(spec.delete_on))

    def _property_name(self, attribute: str) -> str:
        if attribute not in self.properties:
            raise UnknownNameError(f"{self.label} property", attribute, self.properties)
        return self.properties[attribute].spec.name

    @cached_property
    def converters(self) -> Mapping[str, object]:
        """The converters of fields, by attribute."""
        return {
            name: converter
            for name, declared in self.declared.items()
            if isinstance(declared, DeclaredProperty) and (converter := declared.options.converter) is not None
        }

    @cached_property
    def validators(self) -> Mapping[str, Callable[[Any, Any, Any], object]]:
        """The validators of fields, by attribute."""
        return {
            name: validator
            for name, declared in self.declared.items()
            if isinstance(declared, DeclaredProperty) and callable(validator := declared.options.validator)
        }

    @cached_property
    def hooked(self) -> frozenset[str]:
        """The attributes that have a converter or a validator."""
        return frozenset({*self.converters, *self.validators})

    @cached_property
    def vector_checks(self) -> dict[str, Callable[[Any], None]]:
        """What raises ValueError for a value that is no such vector, by attribute."""
        return {
            attribute: partial(check_shape, dimensions=field.spec.dimensions, several=is_multi(field))
            for attribute, field in self.vector_fields.items()
        }

    @cached_property
    def encoders(self) -> tuple[tuple[str, Encode], ...]:
        """The attributes of the properties, each with its encoder."""
        return tuple((name, codec.encode) for name, codec in self.codecs.items())

    @cached_property
    def wire_names(self) -> dict[str, str] | None:
        """The server's names of properties, by attribute; None where all are the attributes'."""
        names = {name: mapped.spec.name for name, mapped in self.properties.items()}
        return None if all(name == wire for name, wire in names.items()) else names

    @cached_property
    def decoders(self) -> tuple[AttributeDecoder, ...]:
        """How the JSON of each attribute is read."""
        return tuple(
            AttributeDecoder(
                name,
                codec.json_types | {NoneType},
                codec.decode,
                None if self.properties[name].nullable else codec.container,
                codec.plain_elements if codec.container is list else None,
            )
            for name, codec in self.codecs.items()
        )


def _module(vectorizer: Module | Embedder | None) -> Module | None:
    """Return the server's part of making a vector."""
    return vectorizer if isinstance(vectorizer, Module) else None


def note_of(embedding: Embedding) -> JSONObject:
    """Return what a collection remembers of an embedder."""
    embedder = embedding.embedder
    return embedder_note(embedder.name, embedding.field.spec.dimensions or embedder.dimensions)


def _map_property(declared: DeclaredProperty) -> tuple[Property, Codec]:
    value, may_be_none = split_optional(settle(declared.value))
    resolve_members(value, declared.scope)
    options = declared.options
    codec = codec_of(stored_type(value, options))
    spec = PropertySpec(
        name=options.name or declared.attribute,
        data_type=codec.data_type,
        nested=codec.nested,
        **{**options.spec_options(), "tokenization": codec.tokenization(options)},
    )
    nullable = declared.nullable or may_be_none
    return Property(declared.attribute, spec, nullable, deferred=options.deferred, scalar=codec.scalar), codec

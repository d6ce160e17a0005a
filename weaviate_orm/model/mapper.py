"""A mapped class, resolved: how its attributes are checked, encoded, decoded and compared."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from datetime import datetime, timezone
from functools import partial
from types import NoneType
from typing import Any
from uuid import UUID

import attrs
import orjson

from weaviate_orm.exceptions import (
    DetachedError,
    MappingError,
    NotLoadedError,
    StoredValueError,
    UnknownNameError,
    ValidationError,
    describe,
)
from weaviate_orm.ids import random_id
from weaviate_orm.lazily import cached_property
from weaviate_orm.model.annotations import settle, split_optional
from weaviate_orm.model.codec import Codec, codec_of, holds_object_lists, is_same, list_elements, stored_type
from weaviate_orm.model.declared import (
    Declared,
    DeclaredProperty,
    DeclaredReference,
    DeclaredVector,
    check_inverse,
)
from weaviate_orm.model.members import resolve_members
from weaviate_orm.model.meta_options import MetaOptions
from weaviate_orm.model.state import Link, state_of
from weaviate_orm.query.entity import Entity, Property, Reference, VectorField
from weaviate_orm.query.target_vectors import is_multi
from weaviate_orm.schema.collection import CollectionSpec
from weaviate_orm.schema.properties import PropertySpec, ReferenceSpec
from weaviate_orm.schema.values import Decode, Encode, check_json
from weaviate_orm.schema.vector_values import check_shape, is_packed_as, packed, prepared_vector
from weaviate_orm.schema.vectors import VectorSpec
from weaviate_orm.util import generate_uuid5

UNNAMED_VECTOR = "vector"
"""The attribute of the unnamed vector."""


@attrs.frozen(eq=False)
class Undecoded:
    """A value of a row that could not be decoded, as it came, and why."""

    row: dict[str, Any]
    attribute: str
    value: Any
    cause: Exception


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

    # -- what the class is

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
        """The attribute of a class that is the inverse of ``attribute``; raises MappingError when it is none."""
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
        named = [each for each in self.declared.values() if isinstance(each, DeclaredVector)]
        unnamed = (self.options.vectorizer, self.options.index, self.options.dimensions)
        if not named:
            spec = VectorSpec(None, *unnamed[:2], dimensions=self.options.dimensions)
            return {UNNAMED_VECTOR: VectorField(UNNAMED_VECTOR, spec)}
        if any(each is not None for each in unnamed):
            raise MappingError(
                f"{self.label}: vectorizer, index and dimensions in Meta are those of the unnamed vector, and this "
                f"class has named ones: give them to vector(…)"
            )
        made: dict[str, VectorField] = {}
        for declared in named:
            options = declared.options
            sources = options.source_properties
            if sources is not None:
                sources = tuple(self._property_name(source) for source in sources)
            spec = VectorSpec(
                options.name or declared.attribute, options.vectorizer, options.index, sources, options.dimensions
            )
            made[declared.attribute] = VectorField(declared.attribute, spec)
        return made

    @cached_property
    def entity(self) -> Entity:
        """What queries see of the class."""
        return Entity(
            label=self.label,
            collection=self._collection(()),
            properties=self.properties,
            vectors=self.vector_fields,
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
        properties = tuple(mapped.spec for mapped in self.properties.values())
        vectors = tuple(each.spec for each in self.vector_fields.values())
        try:
            return CollectionSpec(
                name=self.collection_name,
                description=options.description or (inspect.cleandoc(docstring) if docstring else None),
                properties=properties,
                references=references,
                vectors=vectors,
                generative=options.generative,
                reranker=options.reranker,
                inverted_index=options.inverted_index,
                multi_tenancy=options.multi_tenancy,
                replication=options.replication,
                sharding=options.sharding,
            )
        except MappingError as error:
            raise MappingError(f"{self.label}: {error}") from error

    def _references(self) -> dict[str, Reference]:
        made: dict[str, Reference] = {}
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
            )
            entities = tuple(mapper.entity for mapper in mappers)
            made[attribute] = Reference(attribute, spec, declared.many, entities)
        return made

    def _target(self, declared: DeclaredReference, model: Any) -> Mapper:
        mapper = getattr(model, "__mapper__", None)
        if not isinstance(mapper, Mapper) or mapper.options.abstract:
            raise MappingError(
                f"{self.label}.{declared.attribute} refers to {getattr(model, '__name__', model)!r}, which is no model "
                f"with a collection of its own"
            )
        return mapper

    def _property_name(self, attribute: str) -> str:
        if attribute not in self.properties:
            raise UnknownNameError(f"{self.label} property", attribute, self.properties)
        return self.properties[attribute].spec.name

    # -- values in

    def check(self, instance: Any, attribute: str, value: Any) -> None:
        """Raise ValidationError when ``attribute`` cannot take ``value``."""
        if attribute in self.codecs:
            self._encoded(instance, attribute, value)
        elif attribute in self.vector_fields:
            if value is not None:
                self._check_vector(instance, attribute, value)
        elif attribute == UNNAMED_VECTOR:
            if value is not None:
                names = ", ".join(self.vector_fields)
                raise self.invalid(instance, attribute, f"does not exist beside named vectors: {names}")
        else:
            self._check_reference(instance, attribute, value)

    @cached_property
    def vector_checks(self) -> dict[str, Callable[[Any], None]]:
        """What raises ValueError for a value that is no such vector, by attribute."""
        return {
            attribute: partial(check_shape, dimensions=field.spec.dimensions, several=is_multi(field))
            for attribute, field in self.vector_fields.items()
        }

    def _check_vector(self, instance: Any, attribute: str, value: Any) -> None:
        try:
            self.vector_checks[attribute](value)
        except ValueError as error:
            raise self.invalid(instance, attribute, str(error)) from None

    def _check_reference(self, instance: Any, attribute: str, value: Any) -> None:
        declared = self.declared_references[attribute]
        if declared.many:
            if not isinstance(value, (list, tuple)):
                raise self.invalid(instance, attribute, f"needs a list of objects, got {type(value).__name__}")
            targets = value
        else:
            if value is None and not declared.nullable:
                raise self.invalid(instance, attribute, "needs an object; annotate it with | None to allow None")
            targets = () if value is None else (value,)
        for target in targets:
            if not declared.may_lead_to(type(target)):
                labels = " or ".join(getattr(choice, "__name__", str(choice)) for choice in declared.targets)
                shown = f"{type(target).__name__} {target!r}"
                raise self.invalid(instance, attribute, f"refers to {labels}, got {shown:.120}")

    def invalid(self, instance: Any, attribute: str, reason: str) -> ValidationError:
        """The error of one value of one object."""
        whose = describe(instance) if instance is not None else self.label
        return ValidationError(f"{whose}: {attribute} {reason}", instance=instance, field=attribute)

    def not_loaded(self, instance: Any, attribute: str) -> DetachedError:
        """The error of a value that cannot be loaded."""
        return DetachedError(
            f"{describe(instance)}: {attribute} is not loaded, and the object belongs to no open session; load it with "
            f"the query, by include(), only() or with_vector(), or read it before the session is closed",
            instance=instance,
            field=attribute,
        )

    def refused(self, instance: Any, attribute: str) -> NotLoadedError:
        """The error of a value that its query refuses to load later."""
        return NotLoadedError(
            f"{describe(instance)}: {attribute} is not loaded, and the query that loaded the object refuses to load it "
            f"later, by raiseload(); load it with the query, by include(), only(), undefer() or with_vector()",
            instance=instance,
            field=attribute,
        )

    # -- values out

    @cached_property
    def encoders(self) -> tuple[tuple[str, Encode], ...]:
        """The attributes of the properties, each with its encoder."""
        return tuple((name, codec.encode) for name, codec in self.codecs.items())

    def encode_properties(self, instance: Any) -> dict[str, Any]:
        """The JSON of each property, by attribute; None for what is not loaded. Raises ValidationError."""
        value_of = instance.__dict__.get
        try:
            return {
                name: None if (value := value_of(name)) is None else encode(value) for name, encode in self.encoders
            }
        except ValueError:
            for name in self.codecs:
                if value_of(name) is not None:
                    self._encoded(instance, name, value_of(name))  # of the wrong one it raises the error
            raise

    def _encoded(self, instance: Any, attribute: str, value: Any) -> Any:
        if value is None:
            if not self.properties[attribute].nullable:
                raise self.invalid(instance, attribute, "needs a value; annotate it with | None to allow None")
            return None
        try:
            return self.codecs[attribute].encode(value)
        except ValueError as error:
            raise self.invalid(instance, attribute, str(error)) from None

    def wire_properties(self, encoded: Mapping[str, Any]) -> Mapping[str, Any]:
        """Encoded properties under the server's names; None is left out. The same mapping where these are its own."""
        names = self._wire_names
        if names is None:
            if None not in encoded.values():
                return encoded
            return {name: value for name, value in encoded.items() if value is not None}
        return {names[name]: value for name, value in encoded.items() if value is not None}

    @cached_property
    def _wire_names(self) -> dict[str, str] | None:
        """The server's names of properties, by attribute; None where all are the attributes'."""
        names = {name: mapped.spec.name for name, mapped in self.properties.items()}
        return None if all(name == wire for name, wire in names.items()) else names

    def changed_properties(self, instance: Any) -> dict[str, Any]:
        """The JSON, by attribute, of each loaded property that is not what the server is known to hold."""
        values, snapshot = instance.__dict__, state_of(instance).snapshot
        changed: dict[str, Any] = {}
        for attribute, codec in self.codecs.items():
            if attribute not in values:
                continue
            value = values[attribute]
            known = snapshot.get(attribute)
            if value is None and known is None and attribute in snapshot:
                continue  # another program stored it without what the class needs
            try:
                encoded = self._encoded(instance, attribute, None) if value is None else codec.encode(value)
            except ValueError:
                # others may have stored what is refused here
                if attribute in snapshot and is_same(codec, value, self._decoded(attribute, known)):
                    continue
                self._encoded(instance, attribute, value)  # names the object and the field in its error
                raise
            # the server may write an equal value in another way, a date for one
            if attribute in snapshot and (encoded == known or is_same(codec, value, self._decoded(attribute, known))):
                continue
            changed[attribute] = encoded
        return changed

    def links(self, instance: Any, attribute: str) -> tuple[Link, ...]:
        """Where a loaded reference leads, as collections and ids."""
        value = instance.__dict__[attribute]
        self._check_reference(instance, attribute, value)
        targets = value if isinstance(value, (list, tuple)) else () if value is None else (value,)
        return tuple((target.__mapper__.collection_name, target.__mapper__.id_of(target)) for target in targets)

    def wire_vectors(self, instance: Any, attributes: Iterable[str] | None = None) -> dict[str, Any]:
        """The vectors that an instance brings, as keys of the server's JSON of an object: ``vector`` or ``vectors``."""
        values = instance.__dict__
        wire: dict[str, Any] = {}
        for attribute in self.vector_fields if attributes is None else attributes:
            value = values.get(attribute)
            if value is None:
                continue
            field = self.vector_fields[attribute]
            self._check_vector(instance, attribute, value)
            try:
                prepared = prepared_vector(value)
            except ValueError as error:
                raise self.invalid(instance, attribute, str(error)) from None
            if field.spec.name is None:
                wire["vector"] = prepared
            else:
                wire.setdefault("vectors", {})[field.spec.name] = prepared
        return wire

    def hand_out(self, instance: Any, attribute: str) -> None:
        """Remember what has to be known of a value before who reads it can change it in place."""
        if attribute in self.object_lists:
            if attribute not in state_of(instance).elements:
                self.note_elements(instance, attribute)
        elif attribute in self.vector_fields:
            state = state_of(instance)
            if attribute not in state.vectors:
                value = instance.__dict__[attribute]
                try:
                    state.vectors = {**state.vectors, attribute: packed(value)}
                except (TypeError, ValueError, OverflowError, LookupError) as error:
                    # looked at no sooner than here: a vector has many numbers
                    raise self.undecodable(Undecoded({}, attribute, value, error), state.id) from error

    def note_elements(self, instance: Any, attribute: str) -> None:
        """Remember which nested object is which stored one; while the value is as it is stored."""
        state = state_of(instance)
        value, stored = instance.__dict__.get(attribute), state.snapshot.get(attribute)
        elements = tuple(list_elements(self.codecs[attribute], value, stored))
        state.elements = {**state.elements, attribute: elements}

    def changed_vectors(self, instance: Any) -> tuple[str, ...]:
        """The vectors that were assigned, or handed out and changed since."""
        values = instance.__dict__
        before = state_of(instance).vectors
        return tuple(attribute for attribute, known in before.items() if not is_packed_as(values.get(attribute), known))

    # -- identity

    def id_of(self, instance: Any) -> str:
        """The id of an instance. With a key, it follows the key's values until the object is stored."""
        state = state_of(instance)
        if state.id is not None:
            return state.id
        if self.options.key:
            return self.key_id(instance.__dict__, instance)
        state.id = random_id()
        return state.id

    def key_id(self, values: Mapping[str, Any], instance: Any = None) -> str:
        """The id that a key's values make: the uuid5 of the collection and the values' JSON, times in UTC."""
        encoded = [self._encoded(instance, name, _in_utc(values.get(name))) for name in self.options.key]
        return generate_uuid5(orjson.dumps(encoded).decode(), self.collection_name)

    def has_key_id(self, instance: Any) -> bool:
        """Whether the id of a stored instance is the one that its key makes, as far as its key is loaded."""
        state = state_of(instance)
        try:
            return bool(self.options.key) and state.id == self.key_id(self.decode_properties(state.snapshot), instance)
        except ValidationError:
            return False

    # -- values back

    @cached_property
    def decoders(self) -> tuple[tuple[str, frozenset[type], Decode | None, bool], ...]:
        """Each attribute with what its JSON is read as, its decoder, and whether null is an empty list there.

        The server answers null for an empty list in places.
        """
        return tuple(
            (
                name,
                codec.json_types | {NoneType},
                codec.decode,
                codec.data_type.is_array and not self.properties[name].nullable,
            )
            for name, codec in self.codecs.items()
        )

    def decode_properties(self, row: dict[str, Any], id: str | None = None) -> dict[str, Any]:
        """The values of a row of JSON, keyed by attribute, in its own place. What it lacks, it goes on lacking.

        Raises StoredValueError, with the id of the object, for a value that its field cannot hold.
        """
        for undecoded in self.decode_rows((row,)):
            raise self.undecodable(undecoded, id)
        return row

    def decode_rows(self, rows: Collection[dict[str, Any]]) -> Sequence[Undecoded]:
        """Make rows of JSON, keyed by attribute, rows of values. What they lack, they go on lacking.

        Returns what cannot be decoded, which the rows lack from then on.
        """
        undecoded: list[Undecoded] = []
        for attribute, types, decode, never_none in self.decoders:
            if not types.issuperset([type(row.get(attribute)) for row in rows]):
                undecoded += _of_other_types(rows, attribute, types)
            if decode is None:
                continue
            for row in rows:
                value = row.get(attribute)
                if value is not None:
                    try:
                        row[attribute] = decode(value)
                    except Exception as error:  # of the constructors of nested classes, whatever they raise
                        undecoded.append(Undecoded(row, attribute, value, error))
                        del row[attribute]
                elif never_none and attribute in row:
                    row[attribute] = []
        return undecoded

    def undecodable(self, undecoded: Undecoded, id: str | None) -> StoredValueError:
        """The error of a stored value that its field cannot hold."""
        value, attribute = undecoded.value, undecoded.attribute
        whose = f"{self.label} {id}" if id is not None else self.label
        shown = repr(value)
        error = StoredValueError(
            f"{whose}: {attribute} is {shown if len(shown) <= 80 else shown[:80] + '…'} on the server, which the field "
            f"cannot hold: {undecoded.cause}. Leave out the field by defer({attribute!r}), or such objects by "
            f"on_error('skip')",
            model=self.model,
            id=UUID(id) if id is not None else None,
            field=attribute,
            value=value,
        )
        error.__cause__ = undecoded.cause
        return error

    def _decoded(self, attribute: str, value: Any) -> Any:
        codec = self.codecs[attribute]
        if value is None:
            return [] if codec.data_type.is_array and not self.properties[attribute].nullable else None
        return codec.decode(value) if codec.decode is not None else value


def _map_property(declared: DeclaredProperty) -> tuple[Property, Codec]:
    value, may_be_none = split_optional(settle(declared.value))
    resolve_members(value, declared.scope)
    options = declared.options
    codec = codec_of(stored_type(value, options))
    spec = PropertySpec(
        name=options.name or declared.attribute,
        data_type=codec.data_type,
        nested=codec.nested,
        **options.spec_options() | {"tokenization": codec.tokenization(options)},
    )
    nullable = declared.nullable or may_be_none
    return Property(declared.attribute, spec, nullable, deferred=options.deferred, scalar=codec.scalar), codec


def _of_other_types(rows: Iterable[dict[str, Any]], attribute: str, types: frozenset[type]) -> Iterator[Undecoded]:
    """Take the values of an attribute whose JSON is of another type out of their rows."""
    for row in rows:
        value = row.get(attribute)
        if type(value) not in types:
            try:
                check_json(value, types - {NoneType})
            except ValueError as error:
                yield Undecoded(row, attribute, row.pop(attribute), error)


def _in_utc(value: Any) -> Any:
    """Equal times have equal ids, in whatever zone; naive ones are refused as they are."""
    try:
        return value.astimezone(timezone.utc) if isinstance(value, datetime) and value.tzinfo is not None else value
    except OverflowError:  # in the first or the last hours that there are
        return value

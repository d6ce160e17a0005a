"""How a Python type is stored: its data type, and the way in and out, dispatched by one cattrs converter."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Hashable, Iterable, Iterator, Mapping, Sequence
from datetime import time, timedelta
from decimal import Decimal
from typing import Any, TypeVar, get_args, get_origin

import attrs
from cattrs import Converter

from weaviate_orm.exceptions import MappingError
from weaviate_orm.model.annotations import UNIONS, split_optional
from weaviate_orm.model.field_options import FieldOptions, options_as, options_in
from weaviate_orm.model.nested_types import is_nested, members_of
from weaviate_orm.model.scalars import LossyInt, scalar_of
from weaviate_orm.schema.datatypes import DataType
from weaviate_orm.schema.properties import PropertySpec, Tokenization
from weaviate_orm.schema.values import SCALAR_TYPES, Decode, Encode, Scalar, check_json
from weaviate_orm.types import JSONObject

_ARRAY: frozenset[type] = frozenset({list})
_OBJECT: frozenset[type] = frozenset({dict})

T = TypeVar("T")


@attrs.frozen
class Codec:
    """A type's data type and its two ways. ``decode`` is None where JSON already holds the value.

    ``json_types``: what its JSON is read as; ``decode`` takes no other.
    ``mutable``: its values can change in place, so that reading one may be the beginning of a change.
    ``members``: those of an object, or of the objects of a list. ``scalar``: that of a value, or of a list's values.
    ``plain_elements``: what the elements of a list are read as, where JSON already holds them; None otherwise.
    """

    data_type: DataType
    encode: Encode
    decode: Decode | None
    json_types: frozenset[type]
    nested: tuple[PropertySpec, ...] = ()
    mutable: bool = False
    members: tuple[Member, ...] = ()
    scalar: Scalar | None = None
    plain_elements: frozenset[type] | None = None

    def tokenization(self, options: FieldOptions) -> Tokenization | None:
        """Return the tokenization of text: that of the options, or ``field`` for enumerations, compared whole."""
        is_whole = self.scalar is not None and self.scalar.is_whole and self.scalar.data_type is DataType.TEXT
        return "field" if options.tokenization is None and is_whole else options.tokenization


@attrs.frozen
class Member:
    """A member of a nested object.

    ``parameter`` is the constructor's, None where it takes none. ``has_default``: the class says what a missing one is.
    """

    attribute: str
    parameter: str | None
    name: str
    nullable: bool
    has_default: bool
    codec: Codec

    def decode(self, value: object) -> object:
        """Decode the member's JSON; null is an empty list where None is not allowed. Raises ValueError."""
        if value is None:
            return [] if self.codec.data_type.is_array and not self.nullable else None
        try:
            check_json(value, self.codec.json_types)
            return self.codec.decode(value) if self.codec.decode is not None else value
        except Exception as error:  # of the constructors of nested classes, whatever they raise
            raise ValueError(f"{self.name}: {error}") from error


def is_same(codec: Codec, one: Any, other: Any) -> bool:
    """Return whether two values are stored alike; nested objects are compared by their members, not by ``==``."""
    if one is None or other is None:
        return one is other
    if not codec.members:
        return bool(one == other)
    if codec.data_type is DataType.OBJECT_ARRAY:
        return len(one) == len(other) and all(
            _has_same_members(codec.members, *pair) for pair in zip(one, other, strict=True)
        )
    return _has_same_members(codec.members, one, other)


def _has_same_members(members: Iterable[Member], one: object, other: object) -> bool:
    return all(
        is_same(member.codec, getattr(one, member.attribute), getattr(other, member.attribute)) for member in members
    )


def list_elements(codec: Codec, value: Any, encoded: Any) -> Iterator[tuple[Any, int, JSONObject]]:
    """Yield the objects in the lists of a nested value, at any depth, with their positions and JSON."""
    if value is None or encoded is None:
        return
    if codec.data_type is DataType.OBJECT_ARRAY:
        if len(value) != len(encoded):
            return
        for position, (element, body) in enumerate(zip(value, encoded, strict=True)):
            yield element, position, body
            yield from _inside(codec.members, element, body)
    else:
        yield from _inside(codec.members, value, encoded)


def _inside(
    members: Iterable[Member], value: Any, encoded: Mapping[str, object]
) -> Iterator[tuple[Any, int, JSONObject]]:
    for member in members:
        if member.codec.members:
            yield from list_elements(member.codec, getattr(value, member.attribute), encoded.get(member.name))


def holds_object_lists(codec: Codec) -> bool:
    """Return whether a value is, or has inside, a list of nested objects."""
    if codec.data_type is DataType.OBJECT_ARRAY:
        return True
    return any(holds_object_lists(member.codec) for member in codec.members)


def stored_type(annotation: object, options: FieldOptions) -> object:
    """Return the type whose codec a field has: its own, or that of lossy ints. Raises MappingError for other types."""
    if not options.lossy:
        return annotation
    if annotation is int:
        return LossyInt
    if get_origin(annotation) is list and get_args(annotation)[0] is int:
        return list[LossyInt]
    raise MappingError("lossy is for int and lists of int")


def codec_of(annotation: object) -> Codec:
    """Build the codec of a type without None. Raises MappingError for a type that Weaviate cannot hold."""
    scalar = scalar_of(annotation)
    if scalar is not None:
        return Codec(scalar.data_type, scalar.encode, scalar.decode, scalar.json_types, scalar=scalar)
    if get_origin(annotation) is list:
        inner = get_args(annotation)[0]
        if split_optional(inner)[1]:
            raise MappingError("lists hold no None: Weaviate has no null in its arrays")
        element = codec_of(inner)
        row = SCALAR_TYPES.get(element.data_type)
        if not (row.has_array if row is not None else element.data_type is DataType.OBJECT):
            raise MappingError(f"Weaviate has no arrays of {element.data_type.value}")
        data_type = DataType(f"{element.data_type.value}[]")
        decode = _array_decoder(element.decode, element.json_types)
        encode = _converter.get_unstructure_hook(annotation)
        return Codec(
            data_type,
            encode,
            decode,
            _ARRAY,
            element.nested,
            mutable=True,
            members=element.members,
            scalar=element.scalar,
            plain_elements=element.json_types if element.decode is None else None,
        )
    if is_nested(get_origin(annotation) or annotation):
        cls = get_origin(annotation) or annotation
        nested = tuple(_nested_spec(member, cls) for member in members_of(annotation))
        structure = _converter.get_structure_hook(annotation)
        return Codec(
            DataType.OBJECT,
            _converter.get_unstructure_hook(annotation),
            lambda value: structure(value, annotation),
            _OBJECT,
            nested,
            mutable=True,
            members=_members(annotation),
        )
    raise MappingError(_why_not(annotation))


def _why_not(annotation: object) -> str:
    """Explain why a property cannot have a type, and name an alternative."""
    name = getattr(annotation, "__name__", "") if get_origin(annotation) is None else str(annotation)
    if annotation is None:
        return "has no annotation, which says its type"
    if isinstance(annotation, TypeVar):
        return f"{name} is a type variable: name the type that it stands for, in the brackets of its class"
    if annotation is list:
        return "a list says the type of its elements: list[str]"
    if get_origin(annotation) in UNIONS:
        return f"holds values of one type, or None, and not of {name}"
    if hasattr(annotation, "__mapper__"):
        return f"{name} is a model: refer to it, by Ref[…]"
    rows = SCALAR_TYPES.values()
    listed = ", ".join(row.python_type.__name__ for row in rows if row.has_array)
    single = ", ".join(row.python_type.__name__ for row in rows if not row.has_array)
    return (
        f"{name!r} is no type that Weaviate can hold; there are {listed}, date, Enum and Literal of these values, "
        f"lists of all these, {single}, and attrs classes and lists of them; {_instead(annotation)}"
    )


def _instead(annotation: object) -> str:
    """Name what to declare in place of a type that a property cannot have."""
    kind = get_origin(annotation) or annotation
    if isinstance(kind, Hashable) and kind in _INSTEAD:
        return _INSTEAD[kind]
    if dataclasses.is_dataclass(kind):
        return "a nested object is of an attrs class: @attrs.define in place of @dataclass"
    return "keep what it is made of in a field, and let a property of the class make it of that"


_INSTEAD: dict[Any, str] = {
    Decimal: "keep its text in a str, which is exact, and let a property of the class make the Decimal",
    time: "keep its isoformat() in a str, and let a property of the class make the time",
    timedelta: "keep its total_seconds() in a float, and let a property of the class make the timedelta",
    dict: "a nested object is of an attrs class",
    tuple: "declare a list",
    set: "declare a list",
    frozenset: "declare a list",
    Sequence: "declare a list",
}


def _stored(attribute: attrs.Attribute[object]) -> tuple[Any, bool]:
    """Return the type that a member of an object is stored as, and whether it may be None."""
    annotation, nullable = split_optional(attribute.type)
    return stored_type(annotation, _options(attribute)), nullable


def _members(cls: object) -> tuple[Member, ...]:
    members = []
    for attribute in members_of(cls):
        annotation, nullable = _stored(attribute)
        parameter = (attribute.alias or attribute.name) if attribute.init else None
        has_default = attribute.default is not attrs.NOTHING
        codec = codec_of(annotation)
        members.append(Member(attribute.name, parameter, _wire_name(attribute), nullable, has_default, codec))
    return tuple(members)


def _nested_spec(attribute: attrs.Attribute[object], owner: Any) -> PropertySpec:
    try:
        codec = codec_of(_stored(attribute)[0])
    except MappingError as error:
        raise MappingError(f"{owner.__name__}.{attribute.name}: {error}") from error
    options = _options(attribute)
    if options.deferred:
        raise MappingError(f"{owner.__name__}.{attribute.name}: an object is loaded whole; deferred is for properties")
    return PropertySpec(
        name=_wire_name(attribute),
        data_type=codec.data_type,
        nested=codec.nested,
        **{**options.spec_options(nested=True), "tokenization": codec.tokenization(options)},
    )


def _wire_name(attribute: attrs.Attribute[object]) -> str:
    return _options(attribute).name or attribute.name


def _options(attribute: attrs.Attribute[object]) -> FieldOptions:
    return options_as(FieldOptions, options_in(attribute.metadata), attribute.name)


def _array_decoder(decode: Decode | None, types: frozenset[type]) -> Decode:
    def decode_array(values: Any) -> list[object]:
        try:
            if not types.issuperset(map(type, values)):
                raise ValueError("holds an element of another type")
            # The list is copied even when its items need nothing: the snapshot keeps the one that was loaded.
            return [*values] if decode is None else [decode(value) for value in values]
        except Exception:
            for position, value in enumerate(values):
                try:
                    check_json(value, types)
                    if decode is not None:
                        decode(value)
                except Exception as error:
                    raise ValueError(f"[{position}] {error}") from error
            raise

    return decode_array


# -- the converter's hooks


def _encode_array(annotation: object) -> Encode:
    encode = codec_of(get_args(annotation)[0]).encode

    def encode_array(values: object) -> list[object]:
        if not isinstance(values, (list, tuple)):
            raise ValueError(f"needs a list, got {type(values).__name__} {values!r:.80}")
        try:
            return [encode(value) for value in values]
        except ValueError:
            for position, value in enumerate(values):
                try:
                    encode(value)
                except ValueError as error:
                    raise ValueError(f"[{position}] {error}") from error
            raise

    return encode_array


def _encode_object(annotation: Any) -> Encode:
    cls = get_origin(annotation) or annotation
    members = []
    for attribute in members_of(annotation):
        annotation, nullable = _stored(attribute)
        members.append((attribute.name, _wire_name(attribute), nullable, codec_of(annotation).encode))

    def encode_object(value: Any) -> JSONObject:
        if not isinstance(value, cls):
            raise ValueError(f"needs a {cls.__name__}, got {type(value).__name__} {value!r:.80}")
        encoded: JSONObject = {}
        for name, wire, nullable, encode in members:
            inner = getattr(value, name)
            if inner is None and nullable:
                continue
            try:
                encoded[wire] = encode(inner)
            except ValueError as error:
                raise ValueError(f"{name}: {error}") from error
        return encoded

    return encode_object


def _decode_object(annotation: Any) -> Callable[[Any, Any], Any]:
    cls = get_origin(annotation) or annotation
    members = _members(annotation)
    parameters = [(member.parameter, member) for member in members if member.parameter is not None]
    others = [member for member in members if member.parameter is None]

    def decode_object(value: JSONObject, _: Any) -> object:
        arguments: dict[str, Any] = {}
        for parameter, member in parameters:
            inner = value.get(member.name)
            # of what was stored before the class had the member, the class knows what it is
            if inner is not None or member.nullable or not member.has_default:
                arguments[parameter] = member.decode(inner)
        instance = cls(**arguments)
        for member in others:
            inner = value.get(member.name)
            if inner is not None or member.nullable or not hasattr(instance, member.attribute):
                object.__setattr__(instance, member.attribute, member.decode(inner))
        return instance

    return decode_object


def _is_list(annotation: object) -> bool:
    return get_origin(annotation) is list


def _new_converter() -> Converter:
    converter = Converter()
    converter.register_unstructure_hook_factory(_is_list, _encode_array)
    converter.register_unstructure_hook_factory(attrs.has, _encode_object)
    converter.register_structure_hook_factory(attrs.has, _decode_object)
    return converter


_converter = _new_converter()

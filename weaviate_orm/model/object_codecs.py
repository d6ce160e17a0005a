"""Nested objects, and dicts, which are arrays of objects of a key and a value."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from operator import attrgetter, itemgetter
from typing import Any, get_args, get_origin

from typing_extensions import is_typeddict

from weaviate_orm.exceptions import MappingError
from weaviate_orm.model.annotations import rebuilt, split_optional
from weaviate_orm.model.array_codecs import CodecOf, element_type, is_array
from weaviate_orm.model.codec import Codec, Member, have_same_members, is_same
from weaviate_orm.model.decimals import DecimalNumber
from weaviate_orm.model.field_options import FieldOptions, options_as, options_in
from weaviate_orm.model.nested_types import NestedMember, is_nested, members_of
from weaviate_orm.model.scalars import LossyInt
from weaviate_orm.schema.datatypes import DataType
from weaviate_orm.schema.properties import PropertySpec
from weaviate_orm.schema.values import Encode, check_json, shown
from weaviate_orm.types import JSONObject

_OBJECT: frozenset[type] = frozenset({dict})
_ARRAY: frozenset[type] = frozenset({list})

Structure = Callable[[Any, Any], Any]


def stored_type(annotation: Any, options: FieldOptions) -> Any:
    """Return the type whose codec a field has: its own, or what stands for it where its options say so.

    Raises MappingError for options that another type has.
    """
    if options.stored_as is not None:
        if options.stored_as is not float or not _holds(annotation, Decimal):
            raise MappingError(
                "stored_as=float is for Decimal and containers of it; another type is stored in another way by "
                "register_type()"
            )
        return _in_place_of(annotation, Decimal, DecimalNumber)
    if not options.lossy:
        return annotation
    if not _holds(annotation, int):
        raise MappingError("lossy is for int and lists of int")
    return _in_place_of(annotation, int, LossyInt)


def _holds(annotation: Any, kind: type) -> bool:
    return annotation is kind or (is_array(annotation) and element_type(annotation) is kind)


def _in_place_of(annotation: object, kind: type, other: type) -> object:
    return rebuilt(annotation, lambda part: other if part is kind else part)


# -- objects


def object_codec(annotation: Any, codec_of: CodecOf, encode: Encode, structure: Structure) -> Codec:
    """Return the codec of a class of nested objects."""
    cls = get_origin(annotation) or annotation
    members = _members(annotation, codec_of)
    return Codec(
        DataType.OBJECT,
        encode,
        lambda value: structure(value, annotation),
        _OBJECT,
        tuple(_nested_spec(*pair, cls) for pair in zip(members_of(annotation), members, strict=True)),
        mutable=True,
        members=members,
        same=lambda one, other: have_same_members(members, one, other),
    )


def _members(annotation: Any, codec_of: CodecOf) -> tuple[Member, ...]:
    cls = get_origin(annotation) or annotation
    is_dict = is_typeddict(cls)
    members = []
    for member in members_of(annotation):
        read = _reader_of_key(member.name) if is_dict else attrgetter(member.name)
        try:
            stored, nullable = _stored(member)
            codec = codec_of(stored)
            name = _wire_name(member)
        except MappingError as error:
            raise MappingError(f"{cls.__name__}.{member.name}: {error}") from error
        if member.may_lack and nullable:
            raise MappingError(
                f"{cls.__name__}.{member.name} may be missing and may be None, and Weaviate has no null: leave out "
                f"NotRequired, or | None"
            )
        members.append(Member(member.name, read, member.parameter, name, nullable, member.has_default, codec))
    return tuple(members)


def _reader_of_key(name: str) -> Callable[[Any], Any]:
    return lambda value: value.get(name)


def _stored(member: NestedMember) -> tuple[Any, bool]:
    """Return the type that a member of an object is stored as, and whether it may be None."""
    annotation, nullable = split_optional(member.type)
    return stored_type(annotation, _options(member)), nullable


def _nested_spec(declared: NestedMember, member: Member, owner: Any) -> PropertySpec:
    codec, options = member.codec, _options(declared)
    if options.deferred:
        raise MappingError(
            f"{owner.__name__}.{member.attribute}: an object is loaded whole; deferred is for properties"
        )
    try:
        tokenization = codec.tokenization(options)
    except MappingError as error:
        raise MappingError(f"{owner.__name__}.{member.attribute}: {error}") from error
    return PropertySpec(
        name=member.name,
        data_type=codec.data_type,
        nested=codec.nested,
        **{**options.spec_options(nested=True), "tokenization": tokenization},
    )


def _wire_name(member: NestedMember) -> str:
    return _options(member).name or member.name


def _options(member: NestedMember) -> FieldOptions:
    return options_as(FieldOptions, options_in(member.metadata), member.name)


def encode_object(annotation: Any, codec_of: CodecOf) -> Encode:
    """Return the way of nested objects to JSON."""
    cls = get_origin(annotation) or annotation
    members = [
        (member.attribute, member.name, member.nullable, member.codec.encode)
        for member in _members(annotation, codec_of)
    ]

    def encode_instance(value: Any) -> JSONObject:
        if not isinstance(value, cls):
            raise ValueError(f"needs a {cls.__name__}, got {shown(value)}")
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

    return encode_instance


def decode_object(annotation: Any, codec_of: CodecOf) -> Structure:
    """Return the way of nested objects from JSON."""
    cls = get_origin(annotation) or annotation
    members = _members(annotation, codec_of)
    parameters = [(member.parameter, member) for member in members if member.parameter is not None]
    others = [member for member in members if member.parameter is None]

    def decode_instance(value: JSONObject, _: Any) -> object:
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

    return decode_instance


def encode_typed_dict(annotation: Any, codec_of: CodecOf) -> Encode:
    """Return the way of the dicts of a ``TypedDict`` to JSON."""
    cls = get_origin(annotation) or annotation
    members = {member.attribute: member for member in _members(annotation, codec_of)}

    def encode_dict(value: Any) -> JSONObject:
        if not isinstance(value, dict):
            raise ValueError(f"needs a dict of {cls.__name__}, got {shown(value)}")
        if others := value.keys() - members.keys():
            listed = ", ".join(sorted(map(repr, others)))
            raise ValueError(f"has {listed}, which {cls.__name__} does not declare; it has {', '.join(members)}")
        encoded: JSONObject = {}
        for name, member in members.items():
            if name not in value:
                if member.has_default:
                    continue
                raise ValueError(f"lacks {name!r}, which {cls.__name__} requires")
            inner = value[name]
            if inner is None and member.nullable:
                continue
            try:
                encoded[member.name] = member.codec.encode(inner)
            except ValueError as error:
                raise ValueError(f"{name}: {error}") from error
        return encoded

    return encode_dict


def is_object(annotation: object) -> bool:
    """Return whether a type is a class of nested objects, or a generic one with its types."""
    return is_nested(get_origin(annotation) or annotation)


def is_dict_class(annotation: object) -> bool:
    """Return whether a type is a ``TypedDict``."""
    return is_object(annotation) and is_typeddict(get_origin(annotation) or annotation)


# -- dicts


def is_mapping(annotation: object) -> bool:
    """Return whether a type is a dict, with the types of its keys and values."""
    return get_origin(annotation) is dict


def mapping_codec(annotation: object, codec_of: CodecOf, encode: Encode) -> Codec:
    """Return the codec of a dict. Raises MappingError for keys that are no single values."""
    key, value, nullable = _pair(annotation, codec_of)
    members = (
        Member("key", itemgetter(0), "key", "key", False, False, key),
        Member("value", itemgetter(1), "value", "value", nullable, False, value),
    )

    def same(one: Any, other: Any) -> bool:
        return one.keys() == other.keys() and all(is_same(value, one[name], other[name]) for name in one)

    return Codec(
        DataType.OBJECT_ARRAY,
        encode,
        _mapping_decoder(*members),
        _ARRAY,
        (
            PropertySpec("key", key.data_type, tokenization="field" if key.data_type is DataType.TEXT else None),
            PropertySpec("value", value.data_type, nested=value.nested, tokenization=value.tokenization(_DEFAULT)),
        ),
        mutable=True,
        members=members,
        container=dict,
        objects=lambda values: values.items(),
        identity=itemgetter(1) if value.data_type is DataType.OBJECT else lambda pair: object(),
        same=same,
    )


_DEFAULT = FieldOptions()


def _pair(annotation: object, codec_of: CodecOf) -> tuple[Codec, Codec, bool]:
    """Return the codecs of the keys and the values of a dict, and whether values may be None."""
    key_type, value_type = get_args(annotation)
    stored, nullable = split_optional(value_type)
    key = codec_of(key_type)
    if key.scalar is None or key.data_type.is_array:
        raise MappingError(f"the keys of {annotation} are no single values, such as str, int, an Enum or a date")
    return key, codec_of(stored), nullable


def encode_mapping(annotation: object, codec_of: CodecOf) -> Encode:
    """Return the way of dicts to JSON."""
    key_codec, value_codec, nullable = _pair(annotation, codec_of)

    def encode_dict(values: Any) -> list[JSONObject]:
        if not isinstance(values, dict):
            raise ValueError(f"needs a dict, got {shown(values)}")
        pairs: list[JSONObject] = []
        for key, value in values.items():
            try:
                pair: JSONObject = {"key": key_codec.encode(key)}
                if value is not None or not nullable:
                    pair["value"] = value_codec.encode(value)
            except ValueError as error:
                raise ValueError(f"[{key!r}] {error}") from error
            pairs.append(pair)
        return pairs

    return encode_dict


def _mapping_decoder(key: Member, value: Member) -> Callable[[Any], dict[Any, Any]]:
    def decode_dict(pairs: Any) -> dict[Any, Any]:
        decoded: dict[Any, Any] = {}
        for position, pair in enumerate(pairs):
            try:
                check_json(pair, _OBJECT)
                name = key.decode(pair.get("key"))
                if name in decoded:
                    raise ValueError(f"has the key {name!r} twice")
                decoded[name] = value.decode(pair.get("value"))
            except Exception as error:
                raise ValueError(f"[{position}] {error}") from error
        return decoded

    return decode_dict

"""Containers: lists, tuples and sets, as arrays of Weaviate."""

from __future__ import annotations

import operator
from collections.abc import Callable, Iterable, Sequence
from typing import Any, get_args, get_origin

import attrs

from weaviate_orm.exceptions import MappingError
from weaviate_orm.model.annotations import split_optional
from weaviate_orm.model.codec import Codec, is_same
from weaviate_orm.model.scalars import is_scalar
from weaviate_orm.schema.datatypes import DataType
from weaviate_orm.schema.values import SCALAR_TYPES, Decode, Encode, check_json, shown

CodecOf = Callable[[Any], Codec]

_ARRAY: frozenset[type] = frozenset({list})


@attrs.frozen
class _Container:
    """A kind of containers: the class that makes them of their elements, what it takes, and whether it has an order.

    ``name``: of its class, for errors.
    """

    name: str
    container: type[Any]
    accepts: tuple[type, ...]
    has_order: bool = True


_IMMUTABLE = (tuple, frozenset)
_CONTAINERS: dict[Any, _Container] = {
    list: _Container("list", list, (list, tuple)),
    Sequence: _Container("list", list, (list, tuple)),
    tuple: _Container("tuple", tuple, (tuple,)),
    set: _Container("set", set, (set,), False),
    frozenset: _Container("frozenset", frozenset, (frozenset,), False),
}


def is_array(annotation: object) -> bool:
    """Return whether a type is that of a container, with the type of its elements."""
    return get_origin(annotation) in _CONTAINERS


def is_immutable(annotation: object) -> bool:
    """Return whether values of a type cannot change in place: single ones, tuples and frozensets of them."""
    if get_origin(annotation) in _IMMUTABLE:
        return is_scalar(get_args(annotation)[0])
    return is_scalar(annotation)


def element_type(annotation: object) -> Any:
    """Return the type of the elements. Raises MappingError for a tuple of a fixed length, and for elements of None."""
    inner, *others = get_args(annotation)
    if get_origin(annotation) is tuple and others != [Ellipsis]:
        raise MappingError(
            f"{annotation} has a fixed number of elements, and Weaviate's arrays have any: tuple[float, …] is written "
            f"tuple[float, ...]; what has parts of several types is an attrs class, a dataclass or a TypedDict"
        )
    if split_optional(inner)[1]:
        raise MappingError("lists hold no None: Weaviate has no null in its arrays")
    return inner


def array_codec(annotation: object, codec_of: CodecOf, encode: Encode) -> Codec:
    """Return the codec of a container. Raises MappingError where Weaviate has no array of its elements."""
    kind = _CONTAINERS[get_origin(annotation)]
    element = codec_of(element_type(annotation))
    row = SCALAR_TYPES.get(element.data_type)
    if not (row.has_array if row is not None else element.data_type is DataType.OBJECT):
        raise MappingError(f"Weaviate has no arrays of {element.data_type.value}")
    if element.data_type is DataType.OBJECT and not kind.has_order:
        raise MappingError(
            f"a {kind.name} has no order, in which nested objects are stored: declare a list, or a tuple"
        )
    is_of_objects = element.data_type is DataType.OBJECT
    return Codec(
        DataType(f"{element.data_type.value}[]"),
        encode,
        _array_decoder(element.decode, element.json_types, kind.container),
        _ARRAY,
        element.nested,
        mutable=not is_immutable(annotation),
        members=element.members,
        scalar=element.scalar,
        plain_elements=element.json_types if element.decode is None else None,
        container=kind.container,
        objects=_stored_objects(element) if is_of_objects else None,
        same=_same_elements(element) if is_of_objects else operator.eq,
    )


def _stored_objects(element: Codec) -> Callable[[Any], Iterable[Any]]:
    to_stored = element.to_stored
    return iter if to_stored is None else lambda values: map(to_stored, values)


def _same_elements(element: Codec) -> Callable[[Any, Any], bool]:
    def same(one: Any, other: Any) -> bool:
        return len(one) == len(other) and all(is_same(element, *pair) for pair in zip(one, other, strict=True))

    return same


def _array_decoder(decode: Decode | None, types: frozenset[type], container: type[Any]) -> Decode:
    def decode_array(values: Any) -> Any:
        try:
            if not types.issuperset(map(type, values)):
                raise ValueError("holds an element of another type")
            # The list is copied even when its items need nothing: the snapshot keeps the one that was loaded.
            decoded = [*values] if decode is None else [decode(value) for value in values]
            return decoded if container is list else container(decoded)
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


def encode_array(annotation: object, codec_of: CodecOf) -> Encode:
    """Return the way of a container to JSON."""
    kind = _CONTAINERS[get_origin(annotation)]
    encode = codec_of(element_type(annotation)).encode

    def encode_elements(values: Any) -> list[Any]:
        if not isinstance(values, kind.accepts):
            hint = f"; use {kind.name}(…)" if isinstance(values, (list, tuple, set, frozenset)) else ""
            raise ValueError(f"needs a {kind.name}, got {shown(values)}{hint}")
        elements: Any = values
        try:
            return [encode(value) for value in elements]
        except ValueError:
            for position, value in enumerate(elements):
                try:
                    encode(value)
                except ValueError as error:
                    where = f"[{position}]" if kind.has_order else "has an element that"
                    raise ValueError(f"{where} {error}") from error
            raise

    if kind.has_order:
        return encode_elements
    # equal sets are stored alike, and make the same id where they are part of a key
    return lambda values: sorted(encode_elements(values))

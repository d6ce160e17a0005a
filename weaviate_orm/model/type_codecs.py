"""Which type is stored how: the codecs of types, dispatched by one cattrs converter, and types of applications' own."""

from __future__ import annotations

from collections.abc import Callable, Hashable
from functools import partial
from typing import Any, TypeVar, get_origin

import attrs
from cattrs import Converter

from weaviate_orm.exceptions import MappingError
from weaviate_orm.model.annotations import CONTAINERS, UNIONS, read
from weaviate_orm.model.array_codecs import array_codec, encode_array, is_array
from weaviate_orm.model.codec import Codec, is_same
from weaviate_orm.model.object_codecs import (
    decode_object,
    encode_mapping,
    encode_object,
    encode_typed_dict,
    is_dict_class,
    is_mapping,
    is_object,
    mapping_codec,
    object_codec,
)
from weaviate_orm.model.registered_types import RegisteredType, register, registered_type
from weaviate_orm.model.scalars import is_plain, scalar_of
from weaviate_orm.model.scopes import scope_of
from weaviate_orm.schema.values import SCALAR_TYPES

T = TypeVar("T")


def codec_of(annotation: Any) -> Codec:
    """Build the codec of a type without None. Raises MappingError for a type that Weaviate cannot hold."""
    registered = registered_type(annotation)
    if registered is not None:
        return _registered_codec(registered, codec_of(registered.stored_as))
    scalar = scalar_of(annotation)
    if scalar is not None:
        return Codec(scalar.data_type, scalar.encode, scalar.decode, scalar.json_types, scalar=scalar)
    # not cached by the converter: what is registered later changes it
    if is_array(annotation):
        return array_codec(annotation, codec_of, _converter.get_unstructure_hook(annotation, cache_result=False))
    if is_mapping(annotation):
        return mapping_codec(annotation, codec_of, _converter.get_unstructure_hook(annotation, cache_result=False))
    if is_object(annotation):
        return object_codec(
            annotation,
            codec_of,
            _converter.get_unstructure_hook(annotation, cache_result=False),
            _converter.get_structure_hook(annotation, cache_result=False),
        )
    raise MappingError(_why_not(annotation))


def _new_converter() -> Converter:
    converter = Converter()
    for applies, encode in (
        (is_array, encode_array),
        (is_mapping, encode_mapping),
        (is_object, encode_object),
        (is_dict_class, encode_typed_dict),  # the last that applies is taken
    ):
        converter.register_unstructure_hook_factory(applies, partial(encode, codec_of=codec_of))
    converter.register_structure_hook_factory(is_object, partial(decode_object, codec_of=codec_of))
    return converter


_converter = _new_converter()


# -- types of applications' own


def register_type(
    cls: type[T],
    *,
    stored_as: Any,
    encode: Callable[[T], Any],
    decode: Callable[[Any], T],
    ordered: bool = False,
) -> None:
    """Let properties, and members of nested objects, hold values of a class.

    ::

        class Money:
            def __init__(self, cents: int) -> None:
                self.cents = cents

        register_type(Money, stored_as=int, encode=lambda money: money.cents, decode=Money, ordered=True)

        class Offer(Model):
            price: Field[Money]

    To be called before a model that holds it is used. It replaces what this package, or an earlier call, says of the
    class, so that an enum, or an attrs class, can be stored in another way; not of ``str``, ``int`` and the like.

    Values may change in place; whether one has changed is told by what it is stored as.

    Args:
        cls: the class; instances of its subclasses are its values too.
        stored_as: the type of what is stored: any that a property may have, a list or a class of nested objects too.
        encode: returns the stored value of a value. What it raises is reported as the value's error.
        decode: returns the value of a stored one.
        ordered: whether the order of stored values is that of the values. Without it, ``<``, ``order_by()``,
            ``minimum()`` and ``maximum()`` are refused. Sums, means and medians are those of what is stored.

    Raises:
        MappingError: ``cls`` is no class, a model, or one of the types that the package is built on; or no property can
            be ``stored_as`` this.
    """
    if not isinstance(cls, type):
        raise MappingError(f"register_type() takes a class, not {cls!r}")
    if hasattr(cls, "__mapper__"):
        raise MappingError(f"{cls.__name__} is a model: refer to it, by Ref[…]")
    if is_plain(cls) or cls in CONTAINERS:
        raise MappingError(
            f"{cls.__name__} has its way to be stored, which stays: register a subclass, or another class"
        )
    stored = read(stored_as, scope_of(cls, None))
    if stored is cls or _leads_to(cls, stored):
        raise MappingError(f"{cls.__name__} is stored as itself: name the type of what encode returns")
    try:
        codec_of(stored)
    except MappingError as error:
        raise MappingError(f"{cls.__name__} is stored_as what no property holds: {error}") from error
    register(RegisteredType(cls, stored, encode, decode, ordered))


def _leads_to(cls: type, stored: object) -> bool:
    """Return whether a stored type is stored, by what is registered, as a class."""
    registered = registered_type(stored)
    return registered is not None and (registered.stored_as is cls or _leads_to(cls, registered.stored_as))


def _registered_codec(registered: RegisteredType, stored: Codec) -> Codec:
    """Return the codec of a registered type."""
    decode = registered.decoder(stored.decode)

    def to_stored(value: Any) -> Any:
        inner = registered.to_stored(value)
        return inner if stored.to_stored is None else stored.to_stored(inner)

    is_single = stored.scalar is not None and not stored.data_type.is_array
    return attrs.evolve(
        stored,
        encode=registered.encoder(stored.encode),
        decode=decode,
        mutable=True,
        scalar=scalar_of(registered.cls) if is_single else stored.scalar,
        plain_elements=None,
        container=None if stored.container is None else partial(decode, []),
        to_stored=to_stored,
        same=lambda one, other: is_same(stored, registered.to_stored(one), registered.to_stored(other)),
    )


def _why_not(annotation: Any) -> str:
    """Explain why a property cannot have a type, and name an alternative."""
    name = getattr(annotation, "__name__", "") if get_origin(annotation) is None else str(annotation)
    if annotation is None:
        return "has no annotation, which says its type"
    if isinstance(annotation, TypeVar):
        return f"{name} is a type variable: name the type that it stands for, in the brackets of its class"
    if isinstance(annotation, Hashable) and annotation in _BARE:
        return _BARE[annotation]
    if get_origin(annotation) in UNIONS:
        return f"holds values of one type, or None, and not of {name}"
    if hasattr(annotation, "__mapper__"):
        return f"{name} is a model: refer to it, by Ref[…]"
    rows = SCALAR_TYPES.values()
    listed = ", ".join(row.python_type.__name__ for row in rows if row.has_array)
    single = ", ".join(row.python_type.__name__ for row in rows if not row.has_array)
    return (
        f"{name!r} is no type that Weaviate can hold; there are {listed}, date, time, timedelta, Decimal, Enum and "
        f"Literal of these values, lists, tuples and sets of all these, {single}, and attrs classes, dataclasses, "
        f"TypedDicts and lists of them, and dicts; register_type() lets a property hold another class"
    )


_BARE: dict[Any, str] = {
    list: "a list says the type of its elements: list[str]",
    tuple: "a tuple says the type of its elements: tuple[str, ...]",
    set: "a set says the type of its elements: set[str]",
    frozenset: "a frozenset says the type of its elements: frozenset[str]",
    dict: "a dict says the types of its keys and values: dict[str, int]",
    CONTAINERS[-1]: "a Sequence says the type of its elements: Sequence[str]",
}

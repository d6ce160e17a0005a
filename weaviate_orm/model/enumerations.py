"""Enumerations and literals: stored by their values, which are of one type."""

from __future__ import annotations

from collections.abc import Mapping
from enum import Enum
from functools import partial
from typing import Any, Literal, get_args, get_origin

from weaviate_orm.exceptions import MappingError
from weaviate_orm.schema.datatypes import DataType
from weaviate_orm.schema.tokenization import trim
from weaviate_orm.schema.values import SCALAR_TYPES, Decode, Encode, Scalar, shown

_TYPES = {str: DataType.TEXT, int: DataType.INT, float: DataType.NUMBER, bool: DataType.BOOLEAN}


def is_enumeration(annotation: object) -> bool:
    """Return whether a type is an enum, or a ``Literal``."""
    return get_origin(annotation) is Literal or (isinstance(annotation, type) and issubclass(annotation, Enum))


def enumeration(annotation: Any) -> Scalar:
    """Return how the members of an enumeration are stored. Raises MappingError where no one type holds them."""
    return _literal(get_args(annotation)) if get_origin(annotation) is Literal else _enum(annotation)


def _enum(cls: type[Enum]) -> Scalar:
    values = {f"{cls.__name__}.{name}": member.value for name, member in cls.__members__.items()}
    data_type = _common_type(f"the enum {cls.__name__}", values)
    return Scalar(
        data_type, partial(_encode_member, cls, SCALAR_TYPES[data_type].encode), partial(_decode_member, cls), True
    )


def _encode_member(cls: type[Enum], encode: Encode, value: object) -> object:
    if isinstance(value, cls):
        return encode(value.value)
    near = next((member for member in cls if member.value == value and not isinstance(value, Enum)), None)
    hint = f"; that is {cls.__name__}.{near.name}" if near is not None else ""
    raise ValueError(f"needs a {cls.__name__}, got {shown(value)}{hint}")


def _decode_member(cls: type[Enum], value: object) -> Enum:
    try:
        return cls(value)
    except ValueError:
        values = ", ".join(repr(member.value) for member in cls)
        raise ValueError(f"no value of {cls.__name__}, which are {values}") from None


def _literal(choices: tuple[object, ...]) -> Scalar:
    kinds = {type(choice) for choice in choices if isinstance(choice, Enum)}
    if kinds:
        if len(kinds) > 1 or not all(isinstance(choice, Enum) for choice in choices):
            raise MappingError(f"Literal{list(choices)} mixes types: a property holds values of one")
        members = _enum(kinds.pop())
        decode = members.decode
    else:
        data_type = _common_type(f"Literal{list(choices)}", {repr(choice): choice for choice in choices})
        members, decode = SCALAR_TYPES[data_type].scalar, None
    return Scalar(
        members.data_type,
        partial(_encode_choice, choices, members.encode),
        partial(_decode_choice, choices, decode),
        True,
    )


def _encode_choice(choices: tuple[object, ...], encode: Encode, value: object) -> object:
    if not _is_choice(choices, value):
        raise ValueError(f"needs one of {_listed(choices)}, got {shown(value)}")
    return encode(value)


def _decode_choice(choices: tuple[object, ...], decode: Decode | None, value: object) -> object:
    decoded = decode(value) if decode is not None else value
    if not _is_choice(choices, decoded):
        raise ValueError(f"none of {_listed(choices)}")
    return decoded


def _is_choice(choices: tuple[object, ...], value: object) -> bool:
    return any(type(choice) is type(value) and choice == value for choice in choices)


def _common_type(kind: str, values: Mapping[str, object]) -> DataType:
    """Return the data type that holds all values. Raises MappingError where none does."""
    for name, value in values.items():
        if not isinstance(value, (str, int, float)):
            raise MappingError(
                f"{name} is {shown(value)}, and {kind} is stored by its values, which are str, int, float or bool; "
                f"register_type() can store an enum in another way, as by its names"
            )
    kinds = {next(kind for kind in (bool, str, int, float) if isinstance(value, kind)) for value in values.values()}
    if kinds == {int, float}:
        kinds = {float}
    if len(kinds) != 1:
        has = "no values" if not kinds else f"values of {' and '.join(sorted(kind.__name__ for kind in kinds))}"
        raise MappingError(f"{kind} has {has}, and a property holds those of one type")
    data_type = _TYPES[kinds.pop()]
    for name, value in values.items():
        try:
            SCALAR_TYPES[data_type].encode(value)
        except ValueError as error:
            raise MappingError(f"{name} {error}") from None
    trimmed: dict[object, object] = {}
    for value in values.values():
        if isinstance(value, str) and trimmed.setdefault(trim(value), value) != value:
            raise MappingError(
                f"{kind} has {trimmed[trim(value)]!r} and {value!r}: Weaviate compares texts without the spaces around"
            )
    return data_type


def _listed(choices: tuple[object, ...]) -> str:
    return ", ".join(map(repr, choices))

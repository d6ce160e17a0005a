"""The types of single values: how Weaviate stores each, and the way in and out. Nothing is converted in silence."""

from __future__ import annotations

from datetime import date, time, timedelta
from decimal import Decimal
from functools import partial
from typing import Any

import attrs

from weaviate_orm.model.calendar_scalars import DATE, DURATION, TIME
from weaviate_orm.model.decimals import DECIMAL, DECIMAL_NUMBER, DecimalNumber
from weaviate_orm.model.enumerations import enumeration, is_enumeration
from weaviate_orm.model.registered_types import registered_type
from weaviate_orm.schema.datatypes import DataType
from weaviate_orm.schema.values import (
    SCALAR_TYPES,
    Decode,
    Encode,
    Scalar,
    decode_lossy_int,
    encode_lossy_int,
    encode_str,
    shown,
)


class LossyInt(int):
    """What stands for int where a field is lossy: ints that are stored as the nearest 64-bit float."""


def is_scalar(annotation: object) -> bool:
    """Return whether a type is that of single values, which cannot change in place; of registered types, they may."""
    if registered_type(annotation) is not None:
        return False
    return is_enumeration(annotation) or (
        isinstance(annotation, type) and (annotation in _SCALARS or subclassed(annotation) is not None)
    )


def scalar_of(annotation: Any) -> Scalar | None:
    """Return how values of a type are stored; None for a type that is not of single values.

    Raises MappingError for an enumeration that has no one stored type.
    """
    registered = registered_type(annotation)
    if registered is not None:
        stored = scalar_of(registered.stored_as)
        return None if stored is None else registered.scalar(stored)
    if not is_scalar(annotation):
        return None
    if is_enumeration(annotation):
        return enumeration(annotation)
    return _SCALARS.get(annotation) or _subclass(annotation)


def is_plain(cls: type) -> bool:
    """Return whether the package itself says how values of a class are stored."""
    return cls in _SCALARS


# -- subclasses of str, int and float: they come back as they are


def subclassed(cls: type) -> type | None:
    """Return which of str, int and float a class is a subclass of; None where it is of none."""
    kinds = (kind for kind in _PLAIN if issubclass(cls, kind) and cls not in (kind, bool))
    return next(kinds, None)


def _subclass(cls: type) -> Scalar:
    kind = subclassed(cls)
    assert kind is not None
    stored = _SCALARS[kind]
    return attrs.evolve(
        stored,
        encode=partial(_encode_subclass, cls, kind, stored.encode),
        decode=partial(_decode_subclass, cls, kind),
        figure=None,
    )


def _encode_subclass(cls: type, kind: type, encode: Encode, value: object) -> object:
    if type(value) is not cls:
        raise ValueError(
            f"needs a {cls.__name__}, got {shown(value)}{f'; use {cls.__name__}(…)' if type(value) is kind else ''}"
        )
    return encode(_PLAIN[kind](value))


def _decode_subclass(cls: type, kind: type, value: object) -> object:
    plain = kind(value)
    decoded = cls(plain)
    if type(decoded) is not cls or _PLAIN[kind](decoded) != plain:
        raise ValueError(f"of which {cls.__name__}(…) makes another value, {shown(decoded)}")
    return decoded


_PLAIN: dict[type, Decode] = {str: str.__str__, int: int.__int__, float: float.__float__}
"""What makes a plain value of one of a subclass, whatever methods that has."""

_SCALARS: dict[Any, Scalar] = {
    Decimal: DECIMAL,
    DecimalNumber: DECIMAL_NUMBER,
    time: TIME,
    timedelta: DURATION,
    **{row.python_type: row.scalar for row in SCALAR_TYPES.values()},
    str: Scalar(DataType.TEXT, encode_str, None),
    LossyInt: Scalar(DataType.INT, encode_lossy_int, decode_lossy_int, json_types=frozenset({int, float})),
    date: DATE,
}

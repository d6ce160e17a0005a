"""Aggregates as data, each with its type: ``Article.word_count.mean()`` yields a float or None.

The methods of an expression make ``Aggregate`` values; ``aggregate()`` of a query set takes them. A wire compiles them
and answers each as JSON, which :meth:`Aggregate.decode` turns into values.
"""

from __future__ import annotations

from enum import Enum
from typing import Any, Generic, TypeVar

import attrs

from weaviate_orm.beacons import parse_beacon
from weaviate_orm.exceptions import QueryError, StoredValueError
from weaviate_orm.query.entity import Property, Reference
from weaviate_orm.query.filters import Path
from weaviate_orm.schema.datatypes import DataType
from weaviate_orm.schema.values import SCALAR_TYPES, decode_date

T = TypeVar("T")


@attrs.frozen
class Occurrence(Generic[T]):
    """A value, and how many objects have it."""

    value: T
    occurs: int


@attrs.frozen
class BooleanCounts:
    """How many values of a boolean are true and false, and their parts of 1; without values the parts are None."""

    true: int
    false: int
    true_ratio: float | None
    false_ratio: float | None


class AggregateKind(Enum):
    """What an aggregate computes, and the JSON that a wire answers it by."""

    COUNT = "count"  # an int
    SUM = "sum"  # a number
    MEAN = "mean"  # a number
    MEDIAN = "median"  # a number, or the text of a date
    MINIMUM = "minimum"  # a number, or the text of a date, as stored
    MAXIMUM = "maximum"
    MODE = "mode"
    TOP = "top"  # pairs of a text and its count
    BOOLEANS = "shares"  # the counts of true and false, and their ratios
    COLLECTIONS = "pointing_to"  # names of collections


_STORED = frozenset({AggregateKind.MINIMUM, AggregateKind.MAXIMUM, AggregateKind.MODE})
"""The kinds that yield one of the stored values."""


@attrs.frozen
class Aggregate(Generic[T]):
    """A value computed from many objects.

    Attributes:
        kind: what is computed.
        path: the property or reference; None for the objects themselves.
        limit: the most values of ``TOP``; None for the server's default.
    """

    kind: AggregateKind
    path: Path | None = None
    limit: int | None = None

    @property
    def member(self) -> Property | Reference | None:
        """The property or reference; None for the objects themselves."""
        if self.path is None:
            return None
        assert not isinstance(self.path.member, str)
        return self.path.member

    def of_nothing(self) -> Any:
        """Return the value for no objects, as the server answers it."""
        empty: Any = None
        if self.kind is AggregateKind.COUNT:
            empty = 0
        elif self.kind is AggregateKind.TOP:
            empty = ()
        elif self.kind is AggregateKind.BOOLEANS:
            empty = (0, 0, None, None)
        elif isinstance(self.member, Reference):
            empty = self.member.spec.targets
        return self.decode(empty)

    def decode(self, encoded: Any) -> T:
        """Decode what a wire answered; raises StoredValueError for a stored value that the field cannot hold."""
        value: Any
        if self.kind is AggregateKind.TOP:
            value = [Occurrence(self._decode_stored(str(text)), int(occurs)) for text, occurs in encoded]
        elif self.kind is AggregateKind.BOOLEANS:
            true, false, *ratios = encoded
            value = BooleanCounts(int(true), int(false), *(ratios if true or false else (None, None)))
        elif self.kind is AggregateKind.COLLECTIONS:
            value = tuple(sorted(set(encoded)))
        elif encoded is None:
            value = None
        else:
            value = self._decode_number(encoded)
        decoded: T = value
        return decoded

    def _decode_number(self, encoded: Any) -> Any:
        if self.kind is AggregateKind.COUNT:
            return int(encoded)
        assert isinstance(self.member, Property)
        row = SCALAR_TYPES[self.member.spec.data_type.element]
        if self.kind in _STORED:
            return self._decode_stored(row.parse(encoded))
        figure = self.member.scalar.figure if self.member.scalar is not None else None
        if row.data_type is DataType.DATE:
            return decode_date(encoded)  # the median need not be a stored value, as the noon between two days
        number = row.parse(encoded) if self.kind is AggregateKind.SUM else float(encoded)
        return number if figure is None else figure(number)

    def _decode_stored(self, encoded: Any) -> Any:
        path, member = self.path, self.member
        assert path is not None
        assert isinstance(member, Property)
        try:
            return _decode_value(member, encoded)
        except ValueError as error:
            raise StoredValueError(
                f"{path} is {encoded!r} of some object on the server, which the field cannot hold: {error}. Leave out "
                f"such objects by where()",
                model=path.root.model,
                id=None,
                field=member.attribute,
                value=encoded,
            ) from error


@attrs.frozen
class GroupResult:
    """The aggregates of the objects that share a value.

    Attributes:
        value: the value in common, as the property's type; for a reference the id of the object.
        count: the number of objects.
        result: the requested aggregate, a tuple of several, or None.
    """

    value: Any
    count: int
    result: Any = None


def objects_count() -> Aggregate[int]:
    """Return the aggregate that counts objects."""
    return Aggregate(AggregateKind.COUNT)


def values_count(path: Path) -> Aggregate[int]:
    """Return the aggregate that counts values: objects where it is not null, of a list its elements."""
    if path.member == "id":
        return objects_count()
    return Aggregate(_check(path, AggregateKind.COUNT), path)


def number(path: Path, name: str) -> Aggregate[Any]:
    """Return the aggregate ``sum``, ``mean`` or ``median`` of numbers; the ``sum`` of ints is an int."""
    return Aggregate(_check(path, AggregateKind(name)), path)


def value(path: Path, name: str) -> Aggregate[Any]:
    """Return the aggregate ``minimum``, ``maximum`` or ``mode``, which is one of the values."""
    return Aggregate(_check(path, AggregateKind(name)), path)


def top(path: Path, limit: int | None) -> Aggregate[Any]:
    """Return the aggregate of the most frequent texts."""
    return Aggregate(_check(path, AggregateKind.TOP), path, limit)


def shares(path: Path) -> Aggregate[BooleanCounts]:
    """Return the aggregate that counts true and false."""
    return Aggregate(_check(path, AggregateKind.BOOLEANS), path)


def pointing_to(path: Path) -> Aggregate[tuple[str, ...]]:
    """Return the aggregate of the collections that a reference may lead to, as the server knows them."""
    if path.references:
        raise QueryError(f"{path} belongs to another class; Weaviate aggregates members of the searched class")
    return Aggregate(AggregateKind.COLLECTIONS, path)


def read_group_value(key: Property | Reference, text: Any) -> Any:
    """Return the JSON of a group's value, which the server may write as text; of a reference the id of the object."""
    if isinstance(key, Reference):
        return parse_beacon(str(text))[1]
    row = SCALAR_TYPES.get(key.spec.data_type.element)
    return text if text is None or row is None else row.parse(text)


def decode_group_value(key: Property | Reference, encoded: Any) -> Any:
    """Decode the value of a group; raises ValueError for what the property cannot hold."""
    return encoded if encoded is None or isinstance(key, Reference) else _decode_value(key, encoded)


def _decode_value(member: Property, encoded: Any) -> Any:
    return encoded if member.scalar is None or member.scalar.decode is None else member.scalar.decode(encoded)


def _check(path: Path, kind: AggregateKind) -> AggregateKind:
    """Return the kind of an aggregate of a property; raises QueryError where its data type has none."""
    if path.references or path.length:
        raise QueryError(f"{path} cannot be aggregated; Weaviate aggregates properties of the searched class")
    if not isinstance(path.member, Property):
        raise QueryError(f"{path} has no {kind.value}; Weaviate aggregates properties, and of the objects their count")
    data_type = path.member.spec.data_type
    allowed = [row.data_type for row in SCALAR_TYPES.values() if kind.value in row.aggregates]
    if data_type.element not in allowed:
        names = ", ".join(sorted(element.value for element in allowed))
        raise QueryError(f"{path} is {data_type}, which has no {kind.value}; that is for {names}{_cure(path.member)}")
    scalar = path.member.scalar
    if scalar is not None and kind.value in scalar.no_aggregates:
        raise QueryError(f"{path} has no {kind.value}, which would mean nothing of such values")
    if scalar is not None and scalar.unordered is not None and kind in (AggregateKind.MINIMUM, AggregateKind.MAXIMUM):
        raise QueryError(f"{path} has no {kind.value}: {scalar.unordered}")
    return kind


def _cure(member: Property) -> str:
    return f". {member.scalar.unordered}" if member.scalar is not None and member.scalar.unordered else ""

"""Figures of many objects, each with its type: ``Article.word_count.mean()`` is a float or None.

The figures are made of ``Aggregate`` values, which the methods of an expression give; ``aggregate()`` of a query set
takes them. What a property's data type does not have is refused there.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable
from functools import partial
from typing import Any, Generic, TypeVar

import attrs

from weaviate_orm.beacons import parse_beacon
from weaviate_orm.exceptions import QueryError, StoredValueError
from weaviate_orm.graphql.document import Field
from weaviate_orm.query.entity import Property, Reference
from weaviate_orm.query.filters import Path
from weaviate_orm.schema.datatypes import DataType
from weaviate_orm.schema.values import decode_date, decode_lossy_int

T = TypeVar("T")

_NUMBERS = frozenset({DataType.INT, DataType.NUMBER})
_ORDERED = frozenset({*_NUMBERS, DataType.DATE})
_COUNTED = frozenset({*_ORDERED, DataType.TEXT, DataType.BOOLEAN})


@attrs.frozen
class Occurrence(Generic[T]):
    """A value, and how many objects have it."""

    value: T
    occurs: int


@attrs.frozen
class Shares:
    """How a boolean is spread: counts, and parts of 1 (of no values None)."""

    true: int
    false: int
    part_true: float | None
    part_false: float | None


@attrs.frozen
class Aggregate(Generic[T]):
    """One figure.

    Attributes:
        path: of what; None is of the objects themselves.
        fields: what GraphQL is asked for.
        read: makes the figure of what it answers.
    """

    path: Path | None
    fields: tuple[Field, ...]
    read: Callable[[Any], T] = attrs.field(repr=False, eq=False)

    @property
    def name(self) -> str:
        """The member of the answer that holds it."""
        if self.path is None:
            return "meta"
        assert not isinstance(self.path.member, str)
        return self.path.member.spec.name

    def of_nothing(self) -> Any:
        """The figure of no objects, as the server answers it."""
        member = None if self.path is None else self.path.member
        targets = member.spec.targets if isinstance(member, Reference) else None
        return self.read(defaultdict(lambda: None, count=0, pointingTo=targets))


@attrs.frozen
class GroupResult:
    """The figures of the objects of one value.

    Attributes:
        value: what they have in common, as the property's type; of a reference the id of the object.
        count: how many objects they are.
        result: the figure that was asked for, a tuple of them if there were several, or None.
    """

    value: Any
    count: int
    result: Any = None


def objects_count() -> Aggregate[int]:
    """How many objects there are."""
    return Aggregate(None, (Field("count"),), _read_count)


def values_count(path: Path) -> Aggregate[int]:
    """How many values there are: objects where it is not null, of a list its elements."""
    if path.member == "id":
        return objects_count()
    _check(path, "count", _COUNTED)
    return Aggregate(path, (Field("count"),), _read_count)


def number(path: Path, name: str) -> Aggregate[Any]:
    """``sum``, ``mean`` or ``median`` of numbers; the first of ints is one."""
    _check(path, name, _NUMBERS if name != "median" else _ORDERED)
    return Aggregate(path, (Field(name),), _reader(path, name, whole=name == "sum"))


def value(path: Path, name: str) -> Aggregate[Any]:
    """``minimum``, ``maximum`` or ``mode``: one of the values."""
    _check(path, name, _ORDERED)
    return Aggregate(path, (Field(name),), _reader(path, name, whole=True, is_value=True))


def top(path: Path, limit: int | None) -> Aggregate[Any]:
    """The most frequent texts."""
    _check(path, "top", frozenset({DataType.TEXT}))
    arguments = {} if limit is None else {"limit": limit}
    occurrences = Field("topOccurrences", (Field("value"), Field("occurs")), arguments)
    return Aggregate(path, (occurrences,), partial(_read_occurrences, path))


def shares(path: Path) -> Aggregate[Shares]:
    """How a boolean is spread."""
    _check(path, "shares", frozenset({DataType.BOOLEAN}))
    names = ("totalTrue", "totalFalse", "percentageTrue", "percentageFalse")
    return Aggregate(path, tuple(map(Field, names)), _read_shares)


def pointing_to(path: Path) -> Aggregate[tuple[str, ...]]:
    """The collections that a reference may lead to, as the server knows them."""
    if path.references:
        raise QueryError(f"{path} belongs to another class; Weaviate aggregates members of the searched class")
    # without the type beside it, the server finds nothing (measured on Weaviate 1.39)
    fields = (Field("type"), Field("pointingTo"))
    return Aggregate(path, fields, _read_collections)


def answer_fields(aggregates: Iterable[Aggregate[Any]]) -> tuple[Field, ...]:
    """What GraphQL is asked for: each member once, with all that is wanted of it."""
    wanted: dict[str, dict[str, Field]] = {}
    for each in aggregates:
        of_member = wanted.setdefault(each.name, {})
        for field in each.fields:
            known = of_member.setdefault(field.name, field)
            if str(known) != str(field):
                raise QueryError(f"one query gives the top texts of {each.path} for one limit: {known} or {field}")
    return tuple(Field(name, tuple(inside.values())) for name, inside in wanted.items())


def read_group_value(key: Property | Reference, text: Any) -> Any:
    """The value of a group, which the server writes as text. Raises ValueError where the property cannot hold it."""
    if isinstance(key, Reference):
        return parse_beacon(str(text))[1]
    if text is None:
        return None
    return _decoded(key, _PARSERS.get(key.spec.data_type.element, str)(text))


def _decoded(member: Property, encoded: Any) -> Any:
    return encoded if member.scalar is None or member.scalar.decode is None else member.scalar.decode(encoded)


def _parse_boolean(text: Any) -> bool:
    return text in (True, "true")


def _parse_int(text: Any) -> int:
    return int(float(text))


_PARSERS: dict[DataType, Callable[[Any], Any]] = {
    DataType.BOOLEAN: _parse_boolean,
    DataType.INT: _parse_int,
    DataType.NUMBER: float,
}
"""The JSON of the values that the server writes as text where it groups by them."""


def _check(path: Path, name: str, allowed: frozenset[DataType]) -> None:
    if path.references or path.length:
        raise QueryError(f"{path} cannot be aggregated; Weaviate aggregates properties of the searched class")
    if not isinstance(path.member, Property):
        raise QueryError(f"{path} has no {name}; Weaviate aggregates properties, and of the objects their count")
    data_type = path.member.spec.data_type
    if data_type.element not in allowed:
        kinds = ", ".join(sorted(each.value for each in allowed))
        raise QueryError(f"{path} is {data_type}, which has no {name}; that is for {kinds}")


def _reader(path: Path, name: str, *, whole: bool, is_value: bool = False) -> Callable[[Any], Any]:
    """``is_value``: the figure is one of the values; another may be none, as the noon between two days."""
    assert isinstance(path.member, Property)
    element = path.member.spec.data_type.element
    decode: Callable[[Any], Any] = float
    if element is DataType.DATE:
        decode = str if is_value else decode_date
    elif element is DataType.INT and whole:
        decode = decode_lossy_int  # a sum may be beyond what is kept exactly, whatever its parts are
    return partial(_read_figure, name, partial(_read_value, path, decode) if is_value else decode)


# Functions of the module, so that an aggregate can be pickled.


def _read_figure(name: str, decode: Callable[[Any], Any], answer: Any) -> Any:
    figure = answer[name]
    # of no values the server answers a sum of 0, and null or an empty text for all else
    return None if figure in (None, "") else decode(figure)


def _read_value(path: Path, parse: Callable[[Any], Any], answer: Any) -> Any:
    """A figure that is one of the values."""
    assert isinstance(path.member, Property)
    encoded = parse(answer)
    try:
        return _decoded(path.member, encoded)
    except ValueError as error:
        raise StoredValueError(
            f"{path} is {encoded!r} of some object on the server, which the field cannot hold: {error}. Leave out such "
            f"objects by where()",
            model=path.root.model,
            id=None,
            field=path.member.attribute,
            value=encoded,
        ) from error


def _read_count(answer: Any) -> int:
    return int(answer["count"] or 0)


def _read_occurrences(path: Path, answer: Any) -> list[Occurrence[Any]]:
    return [
        Occurrence(_read_value(path, str, item["value"]), int(item["occurs"]))
        for item in answer["topOccurrences"] or ()
    ]


def _read_collections(answer: Any) -> tuple[str, ...]:
    return tuple(sorted(set(answer["pointingTo"] or ())))


def _read_shares(answer: Any) -> Shares:
    true, false = int(answer["totalTrue"] or 0), int(answer["totalFalse"] or 0)
    if not true + false:
        return Shares(0, 0, None, None)
    return Shares(true, false, answer["percentageTrue"], answer["percentageFalse"])

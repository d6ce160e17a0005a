"""Boosts: what moves the results of a query up or down, as data."""

from __future__ import annotations

from datetime import datetime, timedelta
from math import isfinite
from typing import Any, Literal, get_args

import attrs
from typing_extensions import Self

from weaviate_orm.exceptions import QueryError
from weaviate_orm.operators import Operand, Operator
from weaviate_orm.query.entity import Entity, Property
from weaviate_orm.query.filters import And, Comparison, Exact, Filter, Not, Or, Path, check_levels
from weaviate_orm.query.lookups import Q
from weaviate_orm.query.resolve import property_of
from weaviate_orm.schema.datatypes import DataType
from weaviate_orm.schema.values import encode_date

MOST_BOOSTS = 20
"""The most boosts of one query (``MaxBoostConditions`` of the server)."""

DEEPEST = 10_000
"""The most results that are looked at (QUERY_MAXIMUM_RESULTS)."""

DecayCurve = Literal["exp", "gauss", "linear"]
"""How a score falls with the distance: by halves, as a bell, or in a straight line."""

ValueModifier = Literal["log1p", "sqrt"]
"""What is taken of a value: the logarithm of one more than it, or its square root."""

_NUMBERS = (DataType.INT, DataType.NUMBER)
_COMPARABLE = frozenset({DataType.TEXT, DataType.INT, DataType.NUMBER, DataType.BOOLEAN})


@attrs.frozen
class Boost:
    """One thing that moves results of a query up or down: see :meth:`QuerySet.boost`.

    Made by its methods, of which each gives every result a score from 0 to 1::

        Boost.filter(Article.is_pinned == True, weight=2)
        Boost.time_decay(Article.published, scale=timedelta(days=7))
        Boost.numeric_decay("price", origin=100, scale=20)
        Boost.numeric_property(Article.likes, modifier="log1p")

    A ``weight`` says how much a score counts beside those of other boosts; a negative one moves results down. It is any
    number but 0. A result that lacks the value has the score 0.
    """

    weight: float = attrs.field(default=1.0, kw_only=True)

    def __attrs_post_init__(self) -> None:
        _check_number("the weight of a boost", self.weight)
        if not self.weight:
            raise QueryError("the weight of a boost is not 0, which the server takes for 1; leave the boost out")

    @staticmethod
    def filter(condition: Filter | Q, *, weight: float = 1.0) -> Boost:
        """Score 1 where a condition holds, else 0.

        Args:
            condition: as in ``where()``, of ``==``, ``!=``, ``<``, ``<=``, ``>``, ``>=`` and ``in_()``, joined by
                ``& | ~``, about texts, numbers and booleans of the class itself. Texts are compared as a whole, letter
                by letter. Without a value no comparison holds.
            weight: how much it counts.
        """
        return FilterBoost(condition, weight=weight)

    @staticmethod
    def time_decay(
        property: Any,
        *,
        scale: timedelta,
        origin: datetime | None = None,
        offset: timedelta | None = None,
        curve: DecayCurve | None = None,
        decay: float | None = None,
        weight: float = 1.0,
    ) -> Boost:
        """Score a date by how near it is to another: 1 at the origin, less before and after.

        Args:
            property: a date, by name or as an expression.
            scale: how far from the origin the score is ``decay``.
            origin: a datetime with a timezone; by default the moment of the search.
            offset: up to this far from the origin the score is 1; ``scale`` is measured from there.
            curve: how it falls: ``"exp"`` (the default), ``"gauss"`` or ``"linear"``.
            decay: above 0, up to 1; by default 0.5.
            weight: how much it counts.
        """
        return TimeDecay(property, scale, origin, offset, curve, decay, weight=weight)

    @staticmethod
    def numeric_decay(
        property: Any,
        *,
        origin: float,
        scale: float,
        offset: float | None = None,
        curve: DecayCurve | None = None,
        decay: float | None = None,
        weight: float = 1.0,
    ) -> Boost:
        """Score a number by how near it is to another: 1 at the origin, less below and above.

        Args:
            property: an int or a float, by name or as an expression.
            origin: a number.
            scale: how far from the origin the score is ``decay``; above 0.
            offset, curve, decay, weight: as for :meth:`time_decay`; the offset is a number.
        """
        return NumericDecay(property, origin, scale, offset, curve, decay, weight=weight)

    @staticmethod
    def numeric_property(property: Any, *, modifier: ValueModifier | None = None, weight: float = 1.0) -> Boost:
        """Score a number by its size: of the results that are looked at, 0 for the smallest, 1 for the largest.

        Args:
            property: an int or a float, by name or as an expression.
            modifier: ``"log1p"`` or ``"sqrt"``, so that few large values do not make all others equal.
            weight: how much it counts.
        """
        return NumericProperty(property, modifier, weight=weight)

    @property
    def members(self) -> tuple[Property, ...]:
        """The properties that it reads, once it is resolved."""
        return ()

    def resolved(self, entity: Entity) -> Self:
        """Return the boost with properties in place of names and expressions; raises QueryError for others."""
        return self


@attrs.frozen
class FilterBoost(Boost):
    """Score 1 where a condition holds; resolved, it is of comparisons that the server makes here."""

    condition: Any

    @property
    def members(self) -> tuple[Property, ...]:
        """The properties that the condition compares."""
        return tuple(dict.fromkeys(_compared(self.condition)))

    def resolved(self, entity: Entity) -> Self:
        """Return the boost with a condition of comparisons by the six operators."""
        condition = self.condition.resolve(entity) if isinstance(self.condition, Q) else self.condition
        if not isinstance(condition, Filter):
            raise QueryError(f"a boost takes comparisons of fields, and what Boost makes, not {self.condition!r}")
        check_levels(condition)
        return attrs.evolve(self, condition=_supported(entity, condition))


@attrs.frozen
class NumericProperty(Boost):
    """Score a number by its size."""

    member: Any
    modifier: ValueModifier | None

    def __attrs_post_init__(self) -> None:
        super().__attrs_post_init__()
        _check_choice("modifier", self.modifier, get_args(ValueModifier))

    @property
    def members(self) -> tuple[Property, ...]:
        """The number."""
        return (self.member,)

    def resolved(self, entity: Entity) -> Self:
        """Return the boost with the property."""
        return attrs.evolve(self, member=_of_types(entity, self.member, "numeric_property", *_NUMBERS))


@attrs.frozen
class TimeDecay(Boost):
    """Score a date by how near it is to another."""

    member: Any
    scale: timedelta
    origin: datetime | None
    offset: timedelta | None
    curve: DecayCurve | None
    decay: float | None

    def __attrs_post_init__(self) -> None:
        super().__attrs_post_init__()
        if not isinstance(self.scale, timedelta) or self.scale <= timedelta():
            raise QueryError(f"the scale of time_decay is a timedelta above 0; got {self.scale!r}")
        if self.offset is not None and (not isinstance(self.offset, timedelta) or self.offset < timedelta()):
            raise QueryError(f"the offset of time_decay is a timedelta from 0; got {self.offset!r}")
        if self.origin is not None:
            try:
                encode_date(self.origin)
            except ValueError as error:
                raise QueryError(f"the origin of time_decay {error}") from error
        _check_decay(self.curve, self.decay)

    @property
    def members(self) -> tuple[Property, ...]:
        """The date."""
        return (self.member,)

    def resolved(self, entity: Entity) -> Self:
        """Return the boost with the property."""
        return attrs.evolve(self, member=_of_types(entity, self.member, "time_decay", DataType.DATE))


@attrs.frozen
class NumericDecay(Boost):
    """Score a number by how near it is to another."""

    member: Any
    origin: float
    scale: float
    offset: float | None
    curve: DecayCurve | None
    decay: float | None

    def __attrs_post_init__(self) -> None:
        super().__attrs_post_init__()
        _check_number("the origin of numeric_decay", self.origin)
        _check_number("the scale of numeric_decay", self.scale)
        if self.scale <= 0:
            raise QueryError(f"the scale of numeric_decay is above 0; got {self.scale!r}")
        if self.offset is not None:
            _check_number("the offset of numeric_decay", self.offset)
            if self.offset < 0:
                raise QueryError(f"the offset of numeric_decay is from 0; got {self.offset!r}")
        _check_decay(self.curve, self.decay)

    @property
    def members(self) -> tuple[Property, ...]:
        """The number."""
        return (self.member,)

    def resolved(self, entity: Entity) -> Self:
        """Return the boost with the property."""
        return attrs.evolve(self, member=_of_types(entity, self.member, "numeric_decay", *_NUMBERS))


@attrs.frozen
class Boosting:
    """The boosts of a query.

    Attributes:
        weight: of their mean score beside the search's own, 0 to 1; None for the server's default.
        depth: how many results of the search are looked at; None for the server's default.
    """

    boosts: tuple[Boost, ...]
    weight: float | None
    depth: int | None

    def __attrs_post_init__(self) -> None:
        if not 0 < len(self.boosts) <= MOST_BOOSTS:
            raise QueryError(f"a query has 1 to {MOST_BOOSTS} boosts, as the server allows; got {len(self.boosts)}")
        if self.weight is not None:
            _check_number("the weight of boost()", self.weight)
            if not 0 <= self.weight <= 1:
                raise QueryError(f"the weight of boost() is from 0 to 1; got {self.weight!r}")
        depth = self.depth
        if depth is not None and (isinstance(depth, bool) or not isinstance(depth, int) or not 1 <= depth <= DEEPEST):
            raise QueryError(f"the depth of boost() is a whole number from 1 to {DEEPEST:,}; got {depth!r}")

    @property
    def members(self) -> tuple[Property, ...]:
        """The properties that the boosts read."""
        return tuple(dict.fromkeys(member for boost in self.boosts for member in boost.members))


def boosting(entity: Entity, boosts: tuple[Any, ...], weight: float | None, depth: int | None) -> Boosting:
    """Return boosts whose properties are those of a class; a condition is a boost of the weight 1."""
    listed = [boost if isinstance(boost, Boost) else Boost.filter(boost) for boost in boosts]
    return Boosting(tuple(boost.resolved(entity) for boost in listed), weight, depth)


def _of_types(entity: Entity, key: Any, verb: str, *data_types: DataType) -> Property:
    member = property_of(entity, key, verb)
    if member.spec.data_type not in data_types:
        raise QueryError(
            f"{verb} reads {' and '.join(map(str, data_types))}, and {entity.label}.{member.attribute} is "
            f"{member.spec.data_type}"
        )
    return member


def _supported(entity: Entity, condition: Filter) -> Filter:
    """Return a condition of those comparisons that the server makes of results; raises QueryError for others."""
    if isinstance(condition, Not):
        return Not(_supported(entity, condition.operand))
    if isinstance(condition, (And, Or)):
        return type(condition)(tuple(_supported(entity, operand) for operand in condition.operands))
    assert isinstance(condition, (Comparison, Exact))
    _check_path(entity, condition.path)
    operator, path = condition.operator, condition.path
    if isinstance(condition, Exact):
        if condition.ignore_case:
            raise QueryError(f"a boost compares {path} letter by letter, as the server does there: not by iexact()")
        if operator is Operator.NOT_EQUAL:
            return And(tuple(Comparison(path, operator, value) for value in condition.values))
        return Or(tuple(Comparison(path, Operator.EQUAL, value) for value in condition.values))
    if operator is Operator.IN:
        return Or(tuple(Comparison(path, Operator.EQUAL, value) for value in condition.value))
    if operator.operand not in (Operand.VALUE, Operand.BOUND):
        raise QueryError(
            f"a boost compares {path} by ==, !=, <, <=, >, >= and in_(), as the server does there; not by "
            f"{operator.value}"
        )
    return condition


def _check_path(entity: Entity, path: Path) -> None:
    if path.root is not entity or path.references or path.length or not isinstance(path.member, Property):
        raise QueryError(f"a boost compares values of {entity.label} itself, as the server does there; not {path}")
    if path.member.spec.data_type not in _COMPARABLE:
        raise QueryError(
            f"a boost compares texts, numbers and booleans, as the server does there; {path} is "
            f"{path.member.spec.data_type}. For dates there is Boost.time_decay()"
        )


def _compared(condition: Filter) -> tuple[Property, ...]:
    if isinstance(condition, Not):
        return _compared(condition.operand)
    if isinstance(condition, (And, Or)):
        return tuple(member for operand in condition.operands for member in _compared(operand))
    assert isinstance(condition, Comparison)
    assert isinstance(condition.path.member, Property)
    return (condition.path.member,)


def _check_number(name: str, value: Any) -> None:
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not isfinite(value):
        raise QueryError(f"{name} is a number; got {value!r}")


def _check_choice(name: str, value: Any, choices: tuple[str, ...]) -> None:
    if value is not None and value not in choices:
        raise QueryError(f"the {name} of a boost is one of {', '.join(choices)}; got {value!r}")


def _check_decay(curve: Any, decay: Any) -> None:
    _check_choice("curve", curve, get_args(DecayCurve))
    if decay is not None:
        _check_number("the decay of a boost", decay)
        if not 0 < decay <= 1:
            raise QueryError(f"the decay of a boost is above 0, up to 1; got {decay!r}")

"""The tree of a filter: comparisons of paths with values, joined by and, or, not. It knows no wire."""

from __future__ import annotations

from typing import Any, Literal, NoReturn, Union

import attrs

from weaviate_orm.exceptions import QueryError
from weaviate_orm.operators import Operator
from weaviate_orm.query.entity import Entity, Property, Reference
from weaviate_orm.shown_values import shortened

MOST_LEVELS = 100
"""How deep conditions may be nested; that many join thousands of conditions of one kind, which lie side by side."""


Metadata = Literal["id", "created_at", "updated_at"]
"""What the server keeps of each object beside its properties."""


@attrs.frozen(repr=False)
class Path:
    """The way from the searched class to what is compared: references, then a member of the last class.

    Attributes:
        root: the class that is searched.
        references: the references followed, with the class each leads to.
        member: a property, a reference (its count is compared), or a name of metadata.
        length: compare the length in place of the value.
    """

    root: Entity
    references: tuple[tuple[Reference, Entity], ...]
    member: Property | Reference | Metadata
    length: bool = False

    @property
    def owner(self) -> Entity:
        """The class that has the member."""
        return self.references[-1][1] if self.references else self.root

    def __repr__(self) -> str:
        return f"<Path {self}>"

    def __str__(self) -> str:
        last = self.member if isinstance(self.member, str) else self.member.attribute
        return ".".join((self.root.label, *(step.attribute for step, _ in self.references), last))


class Filter:
    """A condition. Joined with ``&``, ``|`` and turned round with ``~``."""

    __slots__ = ()

    def __and__(self, other: Filter) -> Filter:
        return _joined(And, self, other) if not isinstance(other, Unresolved) else NotImplemented

    def __or__(self, other: Filter) -> Filter:
        return _joined(Or, self, other) if not isinstance(other, Unresolved) else NotImplemented

    def __invert__(self) -> Filter:
        return self.operand if isinstance(self, Not) else Not(self)

    def __bool__(self) -> NoReturn:
        raise TypeError("a filter has no truth of its own: join filters with & | ~, each comparison in parentheses")


class Unresolved:
    """A condition that names no class yet; it joins with filters on its own terms."""

    __slots__ = ()
    levels: int


@attrs.frozen
class Comparison(Filter):
    """One comparison; ``value`` is encoded as the server's JSON already."""

    path: Path
    operator: Operator
    value: Any = attrs.field(repr=shortened)


@attrs.frozen
class Exact(Filter):
    """A comparison of whole texts, as Python compares them.

    Attributes:
        path: leads to a text, or to a list of texts.
        operator: ``IN``, it is one of the values, or an element of the list is; ``NOT_EQUAL``, not so;
            ``CONTAINS_ALL``, the list has each of them.
        values: texts; a list among them is a whole list.
        ignore_case: letters are equal in upper and lower case.
    """

    path: Path
    operator: Operator
    values: tuple[Any, ...] = attrs.field(repr=shortened)
    ignore_case: bool = False


def levels_of(condition: object) -> int:
    """Return how deep conditions are nested in another; 0 for a comparison."""
    levels: int = getattr(condition, "levels", 0)
    return levels


def _inside(condition: Any) -> int:
    return 1 + max(map(levels_of, condition.operands), default=0)


@attrs.frozen
class And(Filter):
    """All of them hold."""

    operands: tuple[Filter, ...]
    levels: int = attrs.field(default=attrs.Factory(_inside, takes_self=True), eq=False, repr=False)


@attrs.frozen
class Or(Filter):
    """One of them holds."""

    operands: tuple[Filter, ...]
    levels: int = attrs.field(default=attrs.Factory(_inside, takes_self=True), eq=False, repr=False)


def _above(condition: Any) -> int:
    return 1 + levels_of(condition.operand)


@attrs.frozen
class Not(Filter):
    """It does not hold."""

    operand: Filter
    levels: int = attrs.field(default=attrs.Factory(_above, takes_self=True), eq=False, repr=False)


EVERYTHING = And(())
"""Holds for every object."""

NOTHING = Or(())
"""Holds for no object, as membership in an empty list does."""


def simplify(condition: Filter) -> Filter:
    """Remove :data:`EVERYTHING` and :data:`NOTHING` from a condition, unless they are all of it."""
    if isinstance(condition, Not):
        operand = simplify(condition.operand)
        if operand == EVERYTHING:
            return NOTHING
        return EVERYTHING if operand == NOTHING else ~operand
    if not isinstance(condition, (And, Or)):
        return condition
    deciding = NOTHING if isinstance(condition, And) else EVERYTHING
    operands: list[Filter] = []
    for operand in map(simplify, condition.operands):
        if operand == deciding:
            return deciding
        operands += operand.operands if isinstance(operand, type(condition)) else (operand,)
    return operands[0] if len(operands) == 1 else type(condition)(tuple(operands))


def join(condition: Filter | None, other: Filter) -> Filter | None:
    """Join two conditions; None where neither restricts anything."""
    check_levels(other)
    joined = simplify(other if condition is None else condition & other)
    return None if joined == EVERYTHING else joined


def check_levels(condition: Filter | Unresolved) -> None:
    """Raise QueryError for a condition that is nested deeper than what reads it goes down."""
    if levels_of(condition) > MOST_LEVELS:
        raise QueryError(
            f"conditions are nested at most {MOST_LEVELS} levels deep: join those that belong together by one kind of "
            f"operator, as a list of values by in_()"
        )


def _joined(kind: type[Union[And, Or]], condition: Filter, other: object) -> Filter:
    if not isinstance(other, Filter):
        raise TypeError(f"a filter cannot be joined with {other!r}; compare a field with it first")
    flat: list[Filter] = []
    levels = 0
    for operand in (condition, other):
        if isinstance(operand, kind):
            flat.extend(operand.operands)
            levels = max(levels, operand.levels)
        else:
            flat.append(operand)
            levels = max(levels, levels_of(operand) + 1)
    return kind(tuple(flat), levels)

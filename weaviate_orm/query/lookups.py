"""Django's lookups: ``publication__name="Vogue"``, ``word_count__gt=1000`` as the same tree that expressions make."""

from __future__ import annotations

from collections.abc import Mapping
from functools import reduce
from operator import and_, or_
from typing import Any, NoReturn, Union

from weaviate_orm.exceptions import QueryError, UnknownNameError
from weaviate_orm.operators import Operand, Operator
from weaviate_orm.query.comparisons import GeoRange, compare, compare_exact, compare_reference, match_text
from weaviate_orm.query.entity import Entity, Property, Reference
from weaviate_orm.query.expressions import METADATA, Order
from weaviate_orm.query.filters import And, Filter, Not, Or, Path, Unresolved, check_levels, levels_of

_OPERATORS = {operator.lookup: operator for operator in Operator}
_PATTERNS = {"contains": ("*", "*"), "startswith": ("", "*"), "endswith": ("*", "")}
_EXACT = ("exact", "iexact")
LOOKUPS = (*filter(None, _OPERATORS), *_PATTERNS, *_EXACT, "len", "count")
"""Every suffix: ``len`` and ``count`` may be followed by a comparison, as in ``tags__len__gt=2``."""


class Q(Unresolved):
    """Lookups, joined before anybody says of which class: ``Q(pages__gt=9) | ~Q(title="x")``.

    Several lookups in one must all hold. They join with each other and with expressions; :meth:`QuerySet.where` takes
    them. An empty ``Q()`` asks for nothing, so that conditions can be collected in a loop.
    """

    __slots__ = ("_conditions", "_join", "_lookups", "levels")

    def __init__(self, *conditions: Filter | Q, **lookups: Any) -> None:
        for condition in conditions:
            if not isinstance(condition, (Filter, Q)):
                raise QueryError(f"Q takes lookups, expressions and other Qs, not {condition!r}")
        self._join: type[Union[And, Or, Not]] = And
        self._conditions: tuple[Filter | Q, ...] = conditions
        self._lookups: Mapping[str, Any] = lookups
        self.levels: int = 1 + max(map(levels_of, conditions), default=0)

    def resolve(self, entity: Entity) -> Filter | None:
        """Build the filter for a class, or None for an empty Q. Raises as :func:`lookup` does."""
        check_levels(self)
        resolved = [item.resolve(entity) if isinstance(item, Q) else item for item in self._conditions]
        filters = [item for item in resolved if item is not None]
        filters += [lookup(entity, name, value) for name, value in self._lookups.items()]
        if not filters:
            return None
        if self._join is Not:
            return ~filters[0]
        return reduce(and_ if self._join is And else or_, filters)

    def __and__(self, other: Filter | Q) -> Q:
        return _joined(And, self, other)

    def __rand__(self, other: Filter) -> Q:
        return _joined(And, other, self)

    def __or__(self, other: Filter | Q) -> Q:
        return _joined(Or, self, other)

    def __ror__(self, other: Filter) -> Q:
        return _joined(Or, other, self)

    def __invert__(self) -> Q:
        (inner, *_) = self._conditions or (None,)
        return inner if self._join is Not and isinstance(inner, Q) else _joined(Not, self)

    def __bool__(self) -> NoReturn:
        raise TypeError("a Q has no truth of its own: join them with & | ~, each in parentheses")


def _joined(join: type[Union[And, Or, Not]], *conditions: Any) -> Q:
    flat: list[Any] = []
    levels = 0
    for condition in conditions:
        # thousands that are joined one after the other lie side by side
        is_alike = isinstance(condition, Q) and join is not Not and condition._join is join and not condition._lookups
        flat += condition._conditions if is_alike else (condition,)
        levels = max(levels, levels_of(condition) + (not is_alike))
    joined = Q(*flat)
    joined._join, joined.levels = join, levels
    return joined


def lookup(entity: Entity, name: str, value: Any) -> Filter:
    """Build the filter of a keyword of ``where()``.

    Raises:
        UnknownNameError: a field or lookup that does not exist, with the nearest that does.
        QueryError: a value or an operator that the field cannot take.
    """
    path, rest = _walk(entity, name.split("__"))
    suffix = rest.pop(0) if rest else ""
    measured = suffix in ("len", "count")
    if measured:
        path = _measured(path, suffix)
        suffix = rest.pop(0) if rest else ""
    if suffix in _EXACT and not rest:
        if isinstance(path.member, Property) and not measured:
            return compare_exact(path, value, ignore_case=suffix == "iexact")
        suffix = "" if suffix == "exact" else suffix
    if suffix in _PATTERNS and not (measured or rest):
        if not isinstance(path.member, Property):
            raise QueryError(f"{path} is no text: {suffix} asks for one")
        before, after = _PATTERNS[suffix]
        return match_text(path, value, before=before, after=after)
    if suffix not in _OPERATORS or rest:
        raise UnknownNameError(f"lookup of {path}", "__".join((suffix, *rest)), LOOKUPS)
    operator = _OPERATORS[suffix]
    if isinstance(path.member, Reference) and not measured:
        return compare_reference(path, operator, value)
    if operator.operand is Operand.AREA:
        value = _geo_range(path, value)
    return compare(path, operator, value)


def order(entity: Entity, name: str) -> Order:
    """Build the sort key of ``"title"`` or ``"-title"``."""
    path, rest = _walk(entity, name.removeprefix("-").split("__"))
    if rest:
        raise UnknownNameError(f"{entity.label} field", name.removeprefix("-"), (*entity.properties, *METADATA))
    return Order(path, descending=name.startswith("-"))


def _walk(entity: Entity, parts: list[str]) -> tuple[Path, list[str]]:
    """Follow references as far as the names go."""
    root = entity
    steps: tuple[tuple[Reference, Entity], ...] = ()
    while True:
        name, *parts = parts
        if name in METADATA and name not in entity.properties:
            return Path(root, steps, METADATA[name]), parts
        member = entity.member(name)
        if isinstance(member, Property):
            return Path(root, steps, member), parts
        if not isinstance(member, Reference):
            raise QueryError(f"{entity.label}.{name} is a vector; vectors are searched by, not filtered by")
        if not parts or parts[0] in LOOKUPS:
            return Path(root, steps, member), parts
        target, *others = member.targets
        if others:
            raise QueryError(
                f"{entity.label}.{name} leads to several classes; use the expression {entity.label}.{name}.on(Class)"
            )
        steps = (*steps, (member, target))
        entity = target


def _measured(path: Path, suffix: str) -> Path:
    if (suffix == "count") is not isinstance(path.member, Reference):
        measure = "count" if isinstance(path.member, Reference) else "len"
        raise QueryError(f"{path} has no {suffix}; references have a count and properties a len: use __{measure}")
    return Path(path.root, path.references, path.member, length=suffix == "len")


def _geo_range(path: Path, value: Any) -> GeoRange:
    if isinstance(value, GeoRange):
        return value
    try:
        center, distance = value
        return GeoRange(center, distance)
    except (TypeError, ValueError) as error:
        raise QueryError(f"{path}__within needs (GeoCoordinates, metres): {error}") from error

"""What a field is on its class: ``Article.title == "x"`` is a filter, ``Article.authors.name`` follows a reference."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Any, Generic, TypeVar, Union, overload
from uuid import UUID

from weaviate_orm.exceptions import QueryError
from weaviate_orm.operators import Operator
from weaviate_orm.query import aggregates
from weaviate_orm.query.aggregates import Aggregate, BooleanCounts, Occurrence
from weaviate_orm.query.comparisons import GeoRange, compare, compare_exact, compare_reference, match_text
from weaviate_orm.query.entity import Entity, Property, Reference, VectorField
from weaviate_orm.query.filters import Filter, Metadata, Path
from weaviate_orm.types import GeoCoordinates

T = TypeVar("T")
E = TypeVar("E")


class _Comparable(Generic[T]):
    """Comparisons of what a path leads to. Paths are made late, so that classes may name each other in any order."""

    __slots__ = ("_path",)

    def __init__(self, path: Callable[[], Path]) -> None:
        self._path = path

    def __repr__(self) -> str:
        return f"<{type(self).__name__} {self._path()}>"

    def __reduce__(self) -> tuple[Any, ...]:
        return _at, (type(self), self._path())

    if TYPE_CHECKING:

        def __eq__(self, other: T) -> Filter: ...  # type: ignore[override]
        def __ne__(self, other: T) -> Filter: ...  # type: ignore[override]
    else:
        __hash__ = object.__hash__

        def __eq__(self, other):
            return compare(self._path(), Operator.EQUAL, other)

        def __ne__(self, other):
            return compare(self._path(), Operator.NOT_EQUAL, other)

    def __gt__(self, other: T) -> Filter:
        return compare(self._path(), Operator.GREATER_THAN, other)

    def __ge__(self, other: T) -> Filter:
        return compare(self._path(), Operator.GREATER_THAN_EQUAL, other)

    def __lt__(self, other: T) -> Filter:
        return compare(self._path(), Operator.LESS_THAN, other)

    def __le__(self, other: T) -> Filter:
        return compare(self._path(), Operator.LESS_THAN_EQUAL, other)


class Expression(_Comparable[T]):
    """A property, or a piece of metadata, in a query."""

    __slots__ = ()

    def like(self, pattern: str) -> Filter:
        """Match a pattern: ``*`` is any text, ``?`` any one character."""
        return compare(self._path(), Operator.LIKE, pattern)

    def contains(self, text: str) -> Filter:
        """Match texts that contain ``text``.

        With the tokenizations "word" and the like: texts that have, for each word of it, a word that contains it.
        """
        return match_text(self._path(), text, before="*", after="*")

    def startswith(self, text: str) -> Filter:
        """Match texts that begin with ``text``; with the tokenizations "word" and the like, a word of it that does."""
        return match_text(self._path(), text, before="", after="*")

    def endswith(self, text: str) -> Filter:
        """Match texts that end with ``text``; with the tokenizations "word" and the like, a word of it that does."""
        return match_text(self._path(), text, before="*", after="")

    def is_null(self, null: bool = True) -> Filter:
        """Match null, or with False what is not null. The collection needs ``index_null_state``."""
        return compare(self._path(), Operator.IS_NULL, null)

    def exact(self, value: Any) -> Filter:
        """Match a whole text equal to ``value``, as Python compares, whatever the tokenization.

        Of a list of texts, ``value`` is a whole list, or one of its elements. The server looks for the words, and what
        it finds is compared here, page after page. A text without words it cannot look for: every object is read,
        unless the collection has ``index_property_length``. With the tokenization "field" the server does it all.
        """
        return compare_exact(self._path(), value)

    def iexact(self, text: str) -> Filter:
        """Match a whole text as :meth:`exact` does, without regard to case.

        Tokenizations that tell them apart ("field", "whitespace") cannot look for it: every object is read.
        """
        return compare_exact(self._path(), text, ignore_case=True)

    def in_(self, values: Iterable[Any]) -> Filter:
        """Match any of the values."""
        return compare(self._path(), Operator.IN, values)

    def contains_any(self, values: Iterable[Any]) -> Filter:
        """Match an array, or the words of a text, with at least one of the values."""
        return compare(self._path(), Operator.CONTAINS_ANY, values)

    def contains_all(self, values: Iterable[Any]) -> Filter:
        """Match an array, or the words of a text, with each of the values."""
        return compare(self._path(), Operator.CONTAINS_ALL, values)

    def contains_none(self, values: Iterable[Any]) -> Filter:
        """Match an array, or the words of a text, with none of the values."""
        return compare(self._path(), Operator.CONTAINS_NONE, values)

    def within(self, center: GeoCoordinates, *, distance: float) -> Filter:
        """Match places at most ``distance`` metres from ``center``.

        Of more than 800 such places Weaviate finds the nearest 800 (measured on 1.39).
        """
        try:
            area = GeoRange(center, distance)
        except ValueError as error:
            raise QueryError(f"{self._path()}: {error}") from error
        return compare(self._path(), Operator.WITHIN_GEO_RANGE, area)

    @property
    def length(self) -> _Comparable[int]:
        """The number of an array's elements or a text's characters. The collection needs ``index_property_length``."""

        def path() -> Path:
            measured = self._path()
            return Path(measured.root, measured.references, measured.member, length=True)

        return _Comparable(path)

    # -- figures, for aggregate()

    def count(self) -> Aggregate[int]:
        """Count the values, in ``aggregate``; of the id, the objects."""
        return aggregates.values_count(self._path())

    @overload
    def sum(self: Expression[list[E]]) -> Aggregate[E | None]: ...
    @overload
    def sum(self: Expression[tuple[E, ...]]) -> Aggregate[E | None]: ...
    @overload
    def sum(self: Expression[set[E]]) -> Aggregate[E | None]: ...
    @overload
    def sum(self: Expression[frozenset[E]]) -> Aggregate[E | None]: ...
    @overload
    def sum(self: Expression[Sequence[E]]) -> Aggregate[E | None]: ...
    @overload
    def sum(self) -> Aggregate[T | None]: ...
    def sum(self) -> Aggregate[Any]:
        """Sum numbers, in ``aggregate``."""
        return aggregates.number(self._path(), "sum")

    @overload
    def mean(self: _Decimals) -> Aggregate[Decimal | None]: ...  # type: ignore[overload-overlap]
    @overload
    def mean(self: _Durations) -> Aggregate[timedelta | None]: ...  # type: ignore[overload-overlap]
    @overload
    def mean(self: _Times) -> Aggregate[time | None]: ...  # type: ignore[overload-overlap]
    @overload
    def mean(self) -> Aggregate[float | None]: ...
    def mean(self) -> Aggregate[Any]:
        """Average numbers, in ``aggregate``."""
        return aggregates.number(self._path(), "mean")

    @overload
    def median(  # type: ignore[overload-overlap]
        self: Expression[datetime] | Expression[datetime | None] | Expression[date] | Expression[date | None],
    ) -> Aggregate[datetime | None]: ...
    @overload
    def median(self: _Decimals) -> Aggregate[Decimal | None]: ...  # type: ignore[overload-overlap]
    @overload
    def median(self: _Durations) -> Aggregate[timedelta | None]: ...  # type: ignore[overload-overlap]
    @overload
    def median(self: _Times) -> Aggregate[time | None]: ...  # type: ignore[overload-overlap]
    @overload
    def median(self) -> Aggregate[float | None]: ...
    def median(self) -> Aggregate[Any]:
        """Find the median of numbers or dates, in ``aggregate``."""
        return aggregates.number(self._path(), "median")

    @overload
    def mode(self: Expression[list[E]]) -> Aggregate[E | None]: ...
    @overload
    def mode(self: Expression[tuple[E, ...]]) -> Aggregate[E | None]: ...
    @overload
    def mode(self: Expression[set[E]]) -> Aggregate[E | None]: ...
    @overload
    def mode(self: Expression[frozenset[E]]) -> Aggregate[E | None]: ...
    @overload
    def mode(self: Expression[Sequence[E]]) -> Aggregate[E | None]: ...
    @overload
    def mode(self) -> Aggregate[T | None]: ...
    def mode(self) -> Aggregate[Any]:
        """Find the most frequent number or date, in ``aggregate``."""
        return aggregates.value(self._path(), "mode")

    @overload
    def minimum(self: Expression[list[E]]) -> Aggregate[E | None]: ...
    @overload
    def minimum(self: Expression[tuple[E, ...]]) -> Aggregate[E | None]: ...
    @overload
    def minimum(self: Expression[set[E]]) -> Aggregate[E | None]: ...
    @overload
    def minimum(self: Expression[frozenset[E]]) -> Aggregate[E | None]: ...
    @overload
    def minimum(self: Expression[Sequence[E]]) -> Aggregate[E | None]: ...
    @overload
    def minimum(self) -> Aggregate[T | None]: ...
    def minimum(self) -> Aggregate[Any]:
        """Find the smallest number or date, in ``aggregate``."""
        return aggregates.value(self._path(), "minimum")

    @overload
    def maximum(self: Expression[list[E]]) -> Aggregate[E | None]: ...
    @overload
    def maximum(self: Expression[tuple[E, ...]]) -> Aggregate[E | None]: ...
    @overload
    def maximum(self: Expression[set[E]]) -> Aggregate[E | None]: ...
    @overload
    def maximum(self: Expression[frozenset[E]]) -> Aggregate[E | None]: ...
    @overload
    def maximum(self: Expression[Sequence[E]]) -> Aggregate[E | None]: ...
    @overload
    def maximum(self) -> Aggregate[T | None]: ...
    def maximum(self) -> Aggregate[Any]:
        """Find the largest number or date, in ``aggregate``."""
        return aggregates.value(self._path(), "maximum")

    @overload
    def top(
        self: Expression[str] | Expression[str | None], limit: int | None = None
    ) -> Aggregate[list[Occurrence[str]]]: ...
    @overload
    def top(self: Expression[list[E]], limit: int | None = None) -> Aggregate[list[Occurrence[E]]]: ...
    @overload
    def top(self: Expression[tuple[E, ...]], limit: int | None = None) -> Aggregate[list[Occurrence[E]]]: ...
    @overload
    def top(self: Expression[set[E]], limit: int | None = None) -> Aggregate[list[Occurrence[E]]]: ...
    @overload
    def top(self: Expression[frozenset[E]], limit: int | None = None) -> Aggregate[list[Occurrence[E]]]: ...
    @overload
    def top(self: Expression[Sequence[E]], limit: int | None = None) -> Aggregate[list[Occurrence[E]]]: ...
    @overload
    def top(self, limit: int | None = None) -> Aggregate[list[Occurrence[T]]]: ...
    def top(self, limit: int | None = None) -> Aggregate[Any]:
        """Find the most frequent texts, in ``aggregate``; by default the server's limit, 5."""
        return aggregates.top(self._path(), limit)

    def shares(self) -> Aggregate[BooleanCounts]:
        """Count true and false values and their ratios, in ``aggregate``."""
        return aggregates.shares(self._path())

    def asc(self) -> Order:
        """Sort the smallest first, in ``order_by``."""
        return Order(self._path(), descending=False)

    def desc(self) -> Order:
        """Sort the largest first, in ``order_by``."""
        return Order(self._path(), descending=True)


_Decimals = Union[
    Expression[Decimal],
    Expression[Union[Decimal, None]],
    Expression[list[Decimal]],
    Expression[tuple[Decimal, ...]],
    Expression[set[Decimal]],
    Expression[frozenset[Decimal]],
]
_Durations = Union[
    Expression[timedelta],
    Expression[Union[timedelta, None]],
    Expression[list[timedelta]],
    Expression[tuple[timedelta, ...]],
    Expression[set[timedelta]],
    Expression[frozenset[timedelta]],
]
_Times = Union[
    Expression[time],
    Expression[Union[time, None]],
    Expression[list[time]],
    Expression[tuple[time, ...]],
    Expression[set[time]],
    Expression[frozenset[time]],
]


class ReferenceExpression(Generic[T]):
    """A reference in a query. Its attributes are those of the class it leads to: ``Article.authors.name``."""

    __slots__ = ("_path",)

    def __init__(self, path: Callable[[], Path]) -> None:
        self._path = path

    def __repr__(self) -> str:
        return f"<{type(self).__name__} {self._path()}>"

    def __reduce__(self) -> tuple[Any, ...]:
        return _at, (type(self), self._path())

    __hash__ = object.__hash__

    def __eq__(self, other: object) -> Filter:  # type: ignore[override]
        return compare_reference(self._path(), Operator.EQUAL, other)

    def __ne__(self, other: object) -> Filter:  # type: ignore[override]
        return compare_reference(self._path(), Operator.NOT_EQUAL, other)

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        path = self._path()
        assert isinstance(path.member, Reference)
        target, *others = path.member.targets
        if others:
            choices = " or ".join(f".on({target.label})" for target in path.member.targets)
            raise QueryError(f"{path} leads to several classes; say which, by {choices}")
        return self._follow(path, target, name)

    def on(self, model: Any) -> _Narrowed:
        """Choose a class of a reference to several: its objects."""
        path = self._path()
        assert isinstance(path.member, Reference)
        for target in path.member.targets:
            if target.model is model:
                return _Narrowed(self, path, target)
        raise QueryError(f"{path} does not lead to {getattr(model, '__name__', model)!r}")

    @property
    def count(self) -> _Comparable[int]:
        """The number of objects referred to."""
        return _Comparable(self._path)

    def is_null(self, null: bool = True) -> Filter:
        """Match references that lead nowhere, or with False those that lead somewhere."""
        return compare_reference(self._path(), Operator.IS_NULL, null)

    def in_(self, objects: Iterable[Any]) -> Filter:
        """Match references to any of these objects."""
        return compare_reference(self._path(), Operator.IN, objects)

    def pointing_to(self) -> Aggregate[tuple[str, ...]]:
        """List the collections that it may lead to, in ``aggregate``, as the server knows them."""
        return aggregates.pointing_to(self._path())

    def _follow(self, path: Path, target: Entity, name: str) -> Any:
        assert isinstance(path.member, Reference)
        return expression(path.root, (*path.references, (path.member, target)), target, name)


class _Narrowed:
    """One class of a reference that leads to several."""

    __slots__ = ("_path", "_reference", "_target")

    def __init__(self, reference: ReferenceExpression[Any], path: Path, target: Entity) -> None:
        self._reference = reference
        self._path = path
        self._target = target

    def __reduce__(self) -> tuple[Any, ...]:
        return _Narrowed, (self._reference, self._path, self._target)

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        return self._reference._follow(self._path, self._target, name)


class VectorExpression:
    """A vector in a query: the target of a search, or what ``with_vector`` loads."""

    __slots__ = ("field", "label")

    def __init__(self, label: str, field: VectorField) -> None:
        self.label = label
        self.field = field

    def __repr__(self) -> str:
        return f"<VectorExpression {self.label}.{self.field.attribute}>"


class Order:
    """A sort key: a property of the searched class, and its direction."""

    __slots__ = ("descending", "path")

    def __init__(self, path: Path, *, descending: bool) -> None:
        if path.references or path.length or isinstance(path.member, Reference):
            raise QueryError(f"{path} cannot be sorted by; Weaviate sorts by properties of the searched class")
        if isinstance(path.member, Property) and path.member.scalar is not None and path.member.scalar.unordered:
            raise QueryError(f"{path} cannot be sorted by: {path.member.scalar.unordered}")
        self.path = path
        self.descending = descending


def _at(kind: Callable[[Callable[[], Path]], Any], path: Path) -> Any:
    return kind(lambda: path)


METADATA: dict[str, Metadata] = {"id": "id", "created_at": "created_at", "updated_at": "updated_at"}


def expression(
    root: Entity, references: tuple[tuple[Reference, Entity], ...], entity: Entity, name: str
) -> Expression[Any] | ReferenceExpression[Any] | VectorExpression:
    """Return the expression of a member of ``entity``, reached from ``root`` by ``references``."""
    if name in METADATA and name not in entity.properties:
        metadata = METADATA[name]
        id_path = Path(root, references, metadata)
        return Expression[UUID](lambda: id_path)
    member = entity.member(name)
    if isinstance(member, VectorField):
        return VectorExpression(entity.label, member)
    path = Path(root, references, member)
    return ReferenceExpression(lambda: path) if isinstance(member, Reference) else Expression(lambda: path)

"""What a field is on its class: ``Article.title == "x"`` is a filter, ``Article.authors.name`` follows a reference."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import datetime
from typing import TYPE_CHECKING, Any, Generic, TypeVar, overload
from uuid import UUID

from weaviate_orm.exceptions import QueryError
from weaviate_orm.operators import Operator
from weaviate_orm.query import aggregates
from weaviate_orm.query.aggregates import Aggregate, BooleanCounts, Occurrence
from weaviate_orm.query.comparisons import GeoRange, compare, compare_exact, compare_reference, match_text
from weaviate_orm.query.entity import Entity, Reference, VectorField
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
        """Text that matches a pattern: ``*`` is any text, ``?`` any one character."""
        return compare(self._path(), Operator.LIKE, pattern)

    def contains(self, text: str) -> Filter:
        """Text that holds ``text``. With the tokenizations "word" and the like: words that hold each of its words."""
        return match_text(self._path(), text, before="*", after="*")

    def startswith(self, text: str) -> Filter:
        """Text that begins with ``text``; with the tokenizations "word" and the like, a word of it that does."""
        return match_text(self._path(), text, before="", after="*")

    def endswith(self, text: str) -> Filter:
        """Text that ends with ``text``; with the tokenizations "word" and the like, a word of it that does."""
        return match_text(self._path(), text, before="*", after="")

    def is_null(self, null: bool = True) -> Filter:
        """Whether it is null. The collection needs ``index_null_state``."""
        return compare(self._path(), Operator.IS_NULL, null)

    def exact(self, value: Any) -> Filter:
        """A whole text equal to ``value``, as Python compares, whatever the tokenization.

        Of a list of texts, ``value`` is a whole list, or one of its elements. The server looks for the words, and what
        it finds is compared here, page after page. A text without words it cannot look for: every object is read,
        unless the collection has ``index_property_length``. With the tokenization "field" the server does it all.
        """
        return compare_exact(self._path(), value)

    def iexact(self, text: str) -> Filter:
        """The same, with upper and lower case alike.

        Tokenizations that tell them apart ("field", "whitespace") cannot look for it: every object is read.
        """
        return compare_exact(self._path(), text, ignore_case=True)

    def in_(self, values: Iterable[Any]) -> Filter:
        """It is one of the values."""
        return compare(self._path(), Operator.IN, values)

    def contains_any(self, values: Iterable[Any]) -> Filter:
        """An array, or the words of a text, with at least one of the values."""
        return compare(self._path(), Operator.CONTAINS_ANY, values)

    def contains_all(self, values: Iterable[Any]) -> Filter:
        """An array, or the words of a text, with each of the values."""
        return compare(self._path(), Operator.CONTAINS_ALL, values)

    def contains_none(self, values: Iterable[Any]) -> Filter:
        """An array, or the words of a text, with none of the values."""
        return compare(self._path(), Operator.CONTAINS_NONE, values)

    def within(self, center: GeoCoordinates, *, distance: float) -> Filter:
        """A place at most ``distance`` metres from ``center``.

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
            found = self._path()
            return Path(found.root, found.references, found.member, length=True)

        return _Comparable(path)

    # -- figures, for aggregate()

    def count(self) -> Aggregate[int]:
        """In ``aggregate``: how many values there are; of the id, how many objects."""
        return aggregates.values_count(self._path())

    @overload
    def sum(self: Expression[list[E]]) -> Aggregate[E | None]: ...
    @overload
    def sum(self) -> Aggregate[T | None]: ...
    def sum(self) -> Aggregate[Any]:
        """In ``aggregate``: the sum of numbers."""
        return aggregates.number(self._path(), "sum")

    def mean(self) -> Aggregate[float | None]:
        """In ``aggregate``: the mean of numbers."""
        return aggregates.number(self._path(), "mean")

    @overload
    def median(  # type: ignore[overload-overlap]
        self: Expression[datetime] | Expression[datetime | None],
    ) -> Aggregate[datetime | None]: ...
    @overload
    def median(self) -> Aggregate[float | None]: ...
    def median(self) -> Aggregate[Any]:
        """In ``aggregate``: the median of numbers or dates."""
        return aggregates.number(self._path(), "median")

    @overload
    def mode(self: Expression[list[E]]) -> Aggregate[E | None]: ...
    @overload
    def mode(self) -> Aggregate[T | None]: ...
    def mode(self) -> Aggregate[Any]:
        """In ``aggregate``: the most frequent of numbers or dates."""
        return aggregates.value(self._path(), "mode")

    @overload
    def minimum(self: Expression[list[E]]) -> Aggregate[E | None]: ...
    @overload
    def minimum(self) -> Aggregate[T | None]: ...
    def minimum(self) -> Aggregate[Any]:
        """In ``aggregate``: the smallest of numbers or dates."""
        return aggregates.value(self._path(), "minimum")

    @overload
    def maximum(self: Expression[list[E]]) -> Aggregate[E | None]: ...
    @overload
    def maximum(self) -> Aggregate[T | None]: ...
    def maximum(self) -> Aggregate[Any]:
        """In ``aggregate``: the largest of numbers or dates."""
        return aggregates.value(self._path(), "maximum")

    @overload
    def top(
        self: Expression[str] | Expression[str | None], limit: int | None = None
    ) -> Aggregate[list[Occurrence[str]]]: ...
    @overload
    def top(self: Expression[list[E]], limit: int | None = None) -> Aggregate[list[Occurrence[E]]]: ...
    @overload
    def top(self, limit: int | None = None) -> Aggregate[list[Occurrence[T]]]: ...
    def top(self, limit: int | None = None) -> Aggregate[Any]:
        """In ``aggregate``: the most frequent texts; the server's limit is 5."""
        return aggregates.top(self._path(), limit)

    def shares(self) -> Aggregate[BooleanCounts]:
        """In ``aggregate``: how many are true and false, and which part."""
        return aggregates.shares(self._path())

    def asc(self) -> Order:
        """In ``order_by``: smallest first."""
        return Order(self._path(), descending=False)

    def desc(self) -> Order:
        """In ``order_by``: largest first."""
        return Order(self._path(), descending=True)


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
            choices = " or ".join(f".on({each.label})" for each in path.member.targets)
            raise QueryError(f"{path} leads to several classes; say which, by {choices}")
        return self._follow(path, target, name)

    def on(self, model: Any) -> _Narrowed:
        """Of a reference to several classes, the objects of one."""
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
        """Whether it refers to nothing."""
        return compare_reference(self._path(), Operator.IS_NULL, null)

    def in_(self, objects: Iterable[Any]) -> Filter:
        """It leads to one of these objects."""
        return compare_reference(self._path(), Operator.IN, objects)

    def pointing_to(self) -> Aggregate[tuple[str, ...]]:
        """In ``aggregate``: the collections that it may lead to, as the server knows them."""
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
        self.path = path
        self.descending = descending


def _at(kind: Callable[[Callable[[], Path]], Any], path: Path) -> Any:
    return kind(lambda: path)


METADATA: dict[str, Metadata] = {"id": "id", "created_at": "created_at", "updated_at": "updated_at"}


def expression(
    root: Entity, references: tuple[tuple[Reference, Entity], ...], entity: Entity, name: str
) -> Expression[Any] | ReferenceExpression[Any] | VectorExpression:
    """The expression of a member of ``entity``, reached from ``root`` by ``references``."""
    if name in METADATA and name not in entity.properties:
        metadata = METADATA[name]
        id_path = Path(root, references, metadata)
        return Expression[UUID](lambda: id_path)
    member = entity.member(name)
    if isinstance(member, VectorField):
        return VectorExpression(entity.label, member)
    path = Path(root, references, member)
    return ReferenceExpression(lambda: path) if isinstance(member, Reference) else Expression(lambda: path)

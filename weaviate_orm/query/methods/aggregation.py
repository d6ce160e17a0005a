"""Methods that compute values of many objects: ``aggregate`` and ``aggregate_by``."""

from __future__ import annotations

from typing import Any, TypeVar, overload

from weaviate_orm.exceptions import QueryError
from weaviate_orm.query.aggregates import Aggregate, GroupResult
from weaviate_orm.query.exact_text import needs_check
from weaviate_orm.query.methods.base import BaseQuerySet, M, validate_count
from weaviate_orm.query.resolve import group_key_of

A1 = TypeVar("A1")
A2 = TypeVar("A2")
A3 = TypeVar("A3")
A4 = TypeVar("A4")


class AggregateMixin(BaseQuerySet[M]):
    """Compute values of the objects of a query."""

    __slots__ = ()

    @overload
    def aggregate(self, figure: Aggregate[A1], /) -> A1: ...
    @overload
    def aggregate(self, first: Aggregate[A1], second: Aggregate[A2], /) -> tuple[A1, A2]: ...
    @overload
    def aggregate(self, first: Aggregate[A1], second: Aggregate[A2], third: Aggregate[A3], /) -> tuple[A1, A2, A3]: ...
    @overload
    def aggregate(
        self, first: Aggregate[A1], second: Aggregate[A2], third: Aggregate[A3], fourth: Aggregate[A4], /
    ) -> tuple[A1, A2, A3, A4]: ...
    @overload
    def aggregate(
        self,
        first: Aggregate[Any],
        second: Aggregate[Any],
        third: Aggregate[Any],
        fourth: Aggregate[Any],
        fifth: Aggregate[Any],
        /,
        *more: Aggregate[Any],
    ) -> tuple[Any, ...]: ...
    @overload
    def aggregate(self, **figures: Aggregate[Any]) -> dict[str, Any]: ...
    def aggregate(self, *figures: Aggregate[Any], **named: Aggregate[Any]) -> Any:
        """Return aggregates by one request: one, a tuple of several, or a dict of named ones.

        ::

            Article.query.aggregate(Article.word_count.mean())
            Article.query.where(…).aggregate(count=Article.id.count(), longest=Article.word_count.maximum())

        A search needs a limit, or a bound by certainty or distance; the limit says how many of its results count.

        Raises:
            QueryError: a figure that a data type does not have; a bm25 search, which Weaviate does not aggregate.
        """
        if bool(figures) is bool(named):
            raise QueryError("aggregate takes figures, as Article.word_count.mean(), or named ones; one kind of them")
        aggregates = _figures((*figures, *named.values()))
        self._refuse_offset()
        results = self._executor.aggregate(self._query, aggregates)
        if named:
            return dict(zip(named, results, strict=True))
        return results[0] if len(results) == 1 else tuple(results)

    def aggregate_by(self, key: Any, *figures: Aggregate[Any], limit: int | None = None) -> list[GroupResult]:
        """Return aggregates for each value of a property or reference, the most frequent value first.

        ::

            for group in Article.query.aggregate_by(Article.section, Article.word_count.mean()):
                print(group.value, group.count, group.result)

        Args:
            key: the property or reference; of a list each element is a value.
            figures: none, one, or several.
            limit: the most groups; the server's own limit is 100.
        """
        member = group_key_of(self._query.entity, key, "aggregate_by")
        aggregates = _figures(figures)
        self._refuse_offset()
        if limit is not None:
            validate_count("limit", limit, minimum=1)
        return self._executor.aggregate_by(self._query, member, aggregates, limit)

    def _refuse_offset(self) -> None:
        query = self._query
        if needs_check(query.where):
            raise QueryError(
                "Weaviate aggregates what it finds by words: leave out what compares whole texts, declare "
                "tokenization='field' for the property, or make the figures of values()"
            )
        if query.offset or (query.limit is not None and query.search is None):
            raise QueryError("Weaviate aggregates all objects of a filter: leave out limit and offset")


def _figures(figures: tuple[Any, ...]) -> tuple[Aggregate[Any], ...]:
    for figure in figures:
        if not isinstance(figure, Aggregate):
            raise QueryError(f"a figure is made by an expression, as Article.word_count.mean(); got {figure!r}")
    return figures

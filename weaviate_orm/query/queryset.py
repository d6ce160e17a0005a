"""The query set: a lazy, immutable query that a user builds up by methods and runs by reading from it."""

from __future__ import annotations

from typing import Any, TypeVar, overload

from weaviate_orm.exceptions import QueryError
from weaviate_orm.query.execution import Executor, current_executor, traced
from weaviate_orm.query.methods.aggregation import AggregateMixin
from weaviate_orm.query.methods.base import M
from weaviate_orm.query.methods.filter import FilterMixin
from weaviate_orm.query.methods.load import LoadMixin
from weaviate_orm.query.methods.search import SearchMixin
from weaviate_orm.query.methods.tabular import TabularMixin
from weaviate_orm.query.methods.write import WriteMixin


class QuerySet(SearchMixin[M], FilterMixin[M], LoadMixin[M], WriteMixin[M], TabularMixin[M], AggregateMixin[M]):
    """A query for the objects of one model.

    Each method returns a new query set; nothing is sent until objects are asked for, by ``all()``, ``first()``,
    iteration, an index. Then one request is sent, each time anew: a query set keeps no results.

    Without a limit, a query set yields every object there is. A search without one yields 100 at most, and within a
    distance or certainty all that are near enough, up to 10,000.

    A subclass may add verbs of its own; a model has it as its ``query`` by a :class:`~weaviate_orm.Manager`.
    """

    __slots__ = ()


M1 = TypeVar("M1")
M2 = TypeVar("M2")
M3 = TypeVar("M3")


@overload
def gather(first: QuerySet[M1], second: QuerySet[M2], /) -> tuple[list[M1], list[M2]]: ...
@overload
def gather(
    first: QuerySet[M1], second: QuerySet[M2], third: QuerySet[M3], /
) -> tuple[list[M1], list[M2], list[M3]]: ...
@overload
def gather(*queries: QuerySet[Any]) -> tuple[list[Any], ...]: ...
def gather(*queries: QuerySet[Any]) -> tuple[list[Any], ...]:
    """Return the objects of several queries, fetched by one request.

    ::

        articles, authors = gather(Article.query.near_text("fashion").limit(5), Author.query.limit(10))

    Raises QueryError for queries of different sessions.
    """
    if not queries:
        return ()
    executors: list[Executor] = [query._bound_executor for query in queries if query._bound_executor is not None]
    if any(executor is not executors[0] for executor in executors):
        raise QueryError("gather sends queries of one session; these belong to several")
    for query in queries:
        if query._query.group_by is not None:
            raise QueryError("gather returns objects; grouped results are read by groups()")
        query._refuse_merged()
    executor = traced(executors[0] if executors else current_executor())
    return tuple(executor.fetch_many([query._query for query in queries]))

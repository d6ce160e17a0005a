"""``Model.query`` and its like: where queries of a model begin."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Generic, TypeVar

from weaviate_orm.exceptions import MappingError
from weaviate_orm.query.query import Query
from weaviate_orm.query.queryset import QuerySet

M = TypeVar("M")
Q = TypeVar("Q", bound=QuerySet[Any])


class DefaultManager:
    """``query`` of every model: a fresh query set for the objects of the class."""

    def __get__(self, instance: object | None, owner: type[M]) -> QuerySet[M]:
        self._refuse_instance(instance, owner)
        return self.begin(owner)

    def begin(self, owner: type[Any]) -> QuerySet[Any]:
        """Create a query set for the objects of a class."""
        return QuerySet(Query(owner.__mapper__.entity))

    def _refuse_instance(self, instance: object | None, owner: type[Any]) -> None:
        if instance is not None:
            raise AttributeError(f"query belongs to the class: {owner.__name__}.query")


class Manager(DefaultManager, Generic[Q]):
    """Begins queries with verbs of a model's own, or within a scope.

    ::

        class ArticleQueries(QuerySet["Article"]):
            def long(self) -> Self:
                return self.where(word_count__gt=1000)

        class Article(Model):
            query = Manager(ArticleQueries)
            published = Manager(ArticleQueries, scope=lambda articles: articles.where(draft=False))

        Article.query.long().near_text("fashion")
        Article.published.long().count()

    A scope on ``query`` itself holds for all queries of the model; another manager without one leaves it. It does not
    hold for what is not asked by a query: ``session.get()``, references, what is loaded later.

    Args:
        queries: a subclass of :class:`~weaviate_orm.QuerySet`.
        scope: what every query begins with; called when a query begins, with the query set.
    """

    def __init__(self, queries: type[Q], *, scope: Callable[[Q], Q] | None = None) -> None:
        if not (isinstance(queries, type) and issubclass(queries, QuerySet)):
            raise MappingError(f"a manager takes a subclass of QuerySet, not {queries!r}")
        self._queries = queries
        self._scope = scope

    @classmethod
    def from_queryset(cls, queries: type[Q]) -> Manager[Q]:
        """Create a manager without a scope, as Django's method of this name."""
        return cls(queries)

    def __get__(self, instance: object | None, owner: type[Any]) -> Q:
        self._refuse_instance(instance, owner)
        return self.begin(owner)

    def begin(self, owner: type[Any]) -> Q:
        """Create a query set for the objects of a class, in the manager's scope."""
        queries = self._queries(Query(owner.__mapper__.entity))
        return queries if self._scope is None else self._scope(queries)

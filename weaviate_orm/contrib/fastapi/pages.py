"""Pages of queries, by limit and offset."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Annotated, Any, Generic, TypeVar, cast, overload

import attrs
from fastapi import Depends, Query
from pydantic import BaseModel, ConfigDict, Field

from weaviate_orm.aio.async_queryset import AsyncQuerySet
from weaviate_orm.contrib.pydantic.object_schema import ModelSchema
from weaviate_orm.contrib.pydantic.schema_loading import loading, shows_hits
from weaviate_orm.exceptions import QueryError
from weaviate_orm.query.paging import MOST
from weaviate_orm.query.queryset import QuerySet

T = TypeVar("T")
M = TypeVar("M")
S = TypeVar("S", bound=ModelSchema[Any])


class LimitOffsetPage(BaseModel, Generic[T]):
    """A page of objects: ``LimitOffsetPage[ArticleOut]``."""

    model_config = ConfigDict(from_attributes=True)

    items: list[T]
    limit: int = Field(description="The most objects of the page")
    offset: int = Field(description="How many objects come before the page")
    has_next: bool = Field(description="Whether there are objects after the page")
    total: int | None = Field(default=None, description="How many objects there are, where they are counted")

    @property
    def next_offset(self) -> int | None:
        """The offset of the next page, or None."""
        return self.offset + self.limit if self.has_next else None

    @property
    def previous_offset(self) -> int | None:
        """The offset of the page before, or None."""
        return max(self.offset - self.limit, 0) if self.offset else None


@attrs.frozen
class PageParams:
    """The limit and the offset that a request asks for."""

    limit: int
    offset: int = 0

    @overload
    async def read(self, query: AsyncQuerySet[M], shown: None = None, *, count: bool = False) -> LimitOffsetPage[M]: ...
    @overload
    async def read(self, query: AsyncQuerySet[Any], shown: type[S], *, count: bool = False) -> LimitOffsetPage[S]: ...
    @overload
    def read(self, query: QuerySet[M], shown: None = None, *, count: bool = False) -> LimitOffsetPage[M]: ...
    @overload
    def read(self, query: QuerySet[Any], shown: type[S], *, count: bool = False) -> LimitOffsetPage[S]: ...
    def read(self, query: Any, shown: type[ModelSchema[Any]] | None = None, *, count: bool = False) -> Any:
        """Return the page of a query: of a ``QuerySet`` at once, of an ``AsyncQuerySet`` to be awaited.

        One request reads one object more than the limit, which tells whether there is a next page: searches have no
        count, and lists need none.

        Args:
            query: a query in an order, or a search.
            shown: the schema of the objects, which are loaded by :func:`~weaviate_orm.contrib.pydantic.loading`; by
                default the objects are those of the model. A schema with a distance or a score shows hits.
            count: also count the objects, by a request more.

        Raises QueryError where a search is to be counted.
        """
        if count and query._query.search is not None:
            raise QueryError("a search finds every object, nearer or farther, so that its objects are not counted")
        if isinstance(query, AsyncQuerySet):
            return self._read_async(query, shown, count)
        objects = self._reader(query, shown)()
        return self._page(objects, shown, query.count() if count else None)

    async def _read_async(
        self, query: AsyncQuerySet[Any], shown: type[ModelSchema[Any]] | None, count: bool
    ) -> LimitOffsetPage[Any]:
        objects = await self._reader(query, shown)()
        return self._page(objects, shown, await query.count() if count else None)

    def _reader(self, query: Any, shown: type[ModelSchema[Any]] | None) -> Callable[[], Any]:
        if shown is None:
            return cast("Callable[[], Any]", self._part(query).all)
        part = self._part(loading(query, shown))
        return cast("Callable[[], Any]", part.hits if shows_hits(shown) else part.all)

    def _part(self, query: Any) -> Any:
        return query[self.offset : self.offset + self.limit + 1]

    def _page(
        self, objects: list[Any], shown: type[ModelSchema[Any]] | None, total: int | None
    ) -> LimitOffsetPage[Any]:
        items = objects[: self.limit]
        return LimitOffsetPage(
            items=items if shown is None else [shown.model_validate(item) for item in items],
            limit=self.limit,
            offset=self.offset,
            has_next=len(objects) > self.limit,
            total=total,
        )


def page_dependency(*, limit: int = 20, most: int = 100) -> Callable[..., Awaitable[PageParams]]:
    """Return a dependency that reads ``limit`` and ``offset`` of the query string.

    ::

        LongPageDep = Annotated[PageParams, Depends(page_dependency(limit=100, most=1000))]

    Args:
        limit: the default.
        most: the largest.

    Offsets end where Weaviate's do: it returns none of the objects after the first 10,000.
    """
    limit_query: Any = Query(limit, ge=1, le=most, description="The most objects of the page")
    offset_query: Any = Query(0, ge=0, le=MOST - most - 1, description="How many objects come before the page")

    async def get_page(limit: int = limit_query, offset: int = offset_query) -> PageParams:
        return PageParams(limit, offset)

    return get_page


PageDep = Annotated[PageParams, Depends(page_dependency())]
"""The page that a request asks for, 20 objects where it does not say, at most 100: ``page: PageDep``."""

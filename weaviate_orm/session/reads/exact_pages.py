"""Pages of rows whose texts are compared here: what the server finds by words, and of it what is equal."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Protocol

import attrs

from weaviate_orm.http.response import reading_values
from weaviate_orm.operators import Operator
from weaviate_orm.query.entity import Entity
from weaviate_orm.query.exact_text import Check, check_of, needs_check, resolve_outside
from weaviate_orm.query.filters import Comparison, Exact, Filter, Path, simplify
from weaviate_orm.query.paging import MOST, Reading, choose_reading
from weaviate_orm.query.query import Query, Selection
from weaviate_orm.query.rows import Page, Rows
from weaviate_orm.session.request_options import RequestOptions

FIRST_PAGE = 100
"""The least size of the first page: mostly what has the words is equal, and little more."""

LATER_PAGES = 1_000
"""The least size of the pages after it."""


class PageReader(Protocol):
    """Reads what the server answers."""

    def read_one(self, query: Query) -> Page:
        """Return one answer."""
        ...

    def read_pages(self, query: Query, reading: Reading, size: int) -> Iterator[Page]:
        """Yield all objects; raises ResultError where pages end before the objects do."""
        ...


class ExactPages:
    """Reads queries whose conditions compare whole texts."""

    def __init__(self, options: RequestOptions, reader: PageReader) -> None:
        self._options = options
        self._reader = reader

    def read(self, query: Query, size: int | None = None, reading: Reading | None = None) -> Iterator[Page]:
        """Yield the pages of the rows that match, cut by the query's limit and offset.

        Args:
            query: with its options applied.
            size: of each page; by default as many as the limit lets expect to be needed.
            reading: how the pages are read; by default the best that the query allows.
        """
        assert query.where is not None
        query = attrs.evolve(query, where=simplify(resolve_outside(query.where, self._ids_of)))
        if query.is_empty:
            return
        skip, remaining = query.offset, query.limit
        for page in self._matching(query, size, reading):
            count = len(page.rows)
            end = count if remaining is None else min(count, skip + remaining)
            if skip or end < count:
                page = attrs.evolve(page, rows=page.rows.select(range(skip, end)))
            skip = max(skip - count, 0)
            yield page
            if remaining is not None:
                remaining -= len(page.rows)
                if not remaining:
                    return

    def _ids_of(self, entity: Entity, exact: Exact) -> list[str]:
        query = self._options.apply(Query(entity, where=exact, selection=Selection(properties=())))
        return [id for page in self.read(query) for id in page.rows.ids]

    def _matching(self, query: Query, size: int | None, reading: Reading | None) -> Iterator[Page]:
        check = check_of(query)
        server_query = check.query
        if query.search is not None and query.limit is None:
            # the server cuts a search without a limit, and its pages have no end of their own
            yield self._holding(check, self._reader.read_one(server_query))
            return
        reading = reading or choose_reading(server_query)
        needed = MOST if query.limit is None else min(query.offset + query.limit, MOST)
        first = size or (max(needed, FIRST_PAGE) if needs_check(query.where) else needed)
        if reading.method == "keyset" and size is None:
            # most filters leave less than a page, which then needs no order
            page = self._reader.read_one(attrs.evolve(server_query, limit=first))
            is_all = len(page.rows) < first
            page = self._holding(check, page)
            if is_all or len(page.rows) >= needed:
                yield page
                return
        later = first if reading.method == "pages" else max(first, LATER_PAGES)
        for page in self._reader.read_pages(server_query, reading, size or later):
            yield self._holding(check, page)

    def _holding(self, check: Check, page: Page) -> Page:
        """Return the rows for which the condition holds, without what was loaded to be compared only."""
        rows = page.rows
        matched = (
            [self._ids_among(check.query, rows, condition) for condition in check.server_conditions] if rows.ids else []
        )
        with reading_values("the texts that are compared"):
            places = [
                place
                for place, (id, values) in enumerate(zip(rows.ids, rows.values, strict=True))
                if check.holds(id, values, matched)
            ]
            check.strip(rows.values)
        return page if len(places) == len(rows) else attrs.evolve(page, rows=rows.select(places))

    def _ids_among(self, query: Query, rows: Rows, condition: Filter) -> set[str]:
        """Return the ids of the rows for which the server says that a condition holds."""
        among = Comparison(Path(query.entity, (), "id"), Operator.CONTAINS_ANY, list(rows.ids))
        nothing = Selection(properties=())
        ids_only = Query(query.entity, where=among & condition, limit=len(rows), selection=nothing, tenant=query.tenant)
        return set(self._reader.read_one(self._options.apply(ids_only)).rows.ids)

"""Pages of rows whose texts are compared here: what the server finds by words, and of it what is equal."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Protocol

import attrs

from weaviate_orm.http.response import reading_values
from weaviate_orm.operators import Operator
from weaviate_orm.query.entity import Entity
from weaviate_orm.query.exact_text import Check, check_of, needs_check, resolve_outside
from weaviate_orm.query.filters import Comparison, Exact, Path, simplify
from weaviate_orm.query.paging import MOST, Reading, choose_reading
from weaviate_orm.query.query import Query, Selection
from weaviate_orm.session.reads.keyset import Page
from weaviate_orm.session.reads.loader import Row
from weaviate_orm.session.request_options import RequestOptions

FIRST_PAGE = 100
"""The least objects that are read first: mostly what has the words is equal, and little more."""

LATER_PAGES = 1_000
"""The least of the pages after it."""


class Reader(Protocol):
    """Reads what the server answers."""

    def read_one(self, query: Query) -> Page:
        """One answer."""
        ...

    def read_pages(self, query: Query, reading: Reading, size: int) -> Iterator[Page]:
        """All that a query finds; raises ResultError where pages end before the objects do."""
        ...


class ExactPages:
    """Reads queries whose conditions compare whole texts."""

    def __init__(self, options: RequestOptions, reader: Reader) -> None:
        self._options = options
        self._reader = reader

    def read(self, query: Query, size: int | None = None, reading: Reading | None = None) -> Iterator[Page]:
        """The rows that match, cut by the query's limit and offset.

        Args:
            query: with its options applied.
            size: of each page; by default as many as the limit lets expect to be needed.
            reading: how the pages are read; by default the best that the query allows.
        """
        assert query.where is not None
        query = attrs.evolve(query, where=simplify(resolve_outside(query.where, self._ids_of)))
        if query.is_empty:
            return
        skipped, left = query.offset, query.limit
        for rows, guards in self._matching(query, size, reading):
            skipped, rows = max(skipped - len(rows), 0), rows[skipped:]
            if left is not None:
                rows = rows[:left]
                left -= len(rows)
            yield rows, guards
            if left == 0:
                return

    def _ids_of(self, entity: Entity, exact: Exact) -> list[str]:
        query = self._options.apply(Query(entity, where=exact, selection=Selection(properties=())))
        return [row["_additional"]["id"] for rows, _ in self.read(query) for row in rows]

    def _matching(self, query: Query, size: int | None, reading: Reading | None) -> Iterator[Page]:
        check = check_of(query)
        asked = check.query
        if query.search is not None and query.limit is None:
            # the server cuts a search without a limit, and its pages have no end of their own
            rows, guards = self._reader.read_one(asked)
            yield self._holding(check, rows), guards
            return
        reading = reading or choose_reading(asked)
        needed = MOST if query.limit is None else min(query.offset + query.limit, MOST)
        first = size or (max(needed, FIRST_PAGE) if needs_check(query.where) else needed)
        if reading.method == "keyset" and size is None:
            # most filters leave less than a page, which then needs no order
            rows, guards = self._reader.read_one(attrs.evolve(asked, limit=first))
            holding = self._holding(check, rows)
            if len(rows) < first or len(holding) >= needed:
                yield holding, guards
                return
        later = first if reading.method == "pages" else max(first, LATER_PAGES)
        for rows, guards in self._reader.read_pages(asked, reading, size or later):
            yield self._holding(check, rows), guards

    def _holding(self, check: Check, rows: list[Row]) -> list[Row]:
        """The rows for which the condition holds, without what was loaded to be compared only."""
        matched: list[set[str]] = []
        if check.asked and rows:
            query = check.query
            ids = [row["_additional"]["id"] for row in rows]
            among = Comparison(Path(query.entity, (), "id"), Operator.CONTAINS_ANY, ids)
            nothing = Query(query.entity, limit=len(ids), selection=Selection(properties=()), tenant=query.tenant)
            nothing = self._options.apply(nothing)
            for condition in check.asked:
                found, _ = self._reader.read_one(attrs.evolve(nothing, where=among & condition))
                matched.append({row["_additional"]["id"] for row in found})
        with reading_values("the texts that are compared"):
            holding = [row for row in rows if check.holds(row, matched)]
            check.strip(rows)
        return holding

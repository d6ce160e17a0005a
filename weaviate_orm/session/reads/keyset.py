"""Filtered objects of any number, page after page: each page is filtered by ids beyond the last one's.

The server sorts by ids, but its filters compare the texts in which they were written (measured on Weaviate 1.39). Where
another program spelled some in another way, objects beyond the last one may be left out, and objects before it come
again. What comes again is dropped. What was left out shows by the count, which the first page asks for; it is then
looked for along the server's cursor, which compares no texts.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable, Iterator, Sequence

import attrs

from weaviate_orm.operators import Operator
from weaviate_orm.query.filters import Comparison, Path
from weaviate_orm.query.paging import Reading, first_page, next_page
from weaviate_orm.query.query import Query
from weaviate_orm.query.rows import Page
from weaviate_orm.session.reads.stored_ids import StoredIds


class Keyset:
    """One reading of a query in the order of ids."""

    def __init__(
        self, fetch: Callable[[Query], Page], ids: StoredIds, query: Query, reading: Reading, size: int
    ) -> None:
        self._fetch = fetch
        self._ids = ids
        self._query = query
        self._reading = reading
        self._size = size
        self._read = 0
        self._lasts = [""]  # the id after which each page begins

    def pages(self) -> Iterator[Page]:
        """Yield the pages."""
        query = first_page(self._query, self._reading, self._size)
        count, is_full, is_stuck = 0, True, False
        while query.limit and is_full and not is_stuck:
            page = self._fetch(query)
            ids = page.rows.ids
            count = page.matching if page.matching is not None else count
            is_full = len(ids) == query.limit
            beyond = [place for place, id in enumerate(ids) if id > self._lasts[-1]]
            is_stuck = is_full and not beyond
            if beyond:
                self._lasts.append(ids[beyond[-1]])
                self._read += len(beyond)
                rows = page.rows if len(beyond) == len(ids) else page.rows.select(beyond)
                yield attrs.evolve(page, rows=rows)
            query = next_page(self._query, self._reading, self._size, self._read, self._lasts[-1])
        if self._remaining and (is_stuck or self._read < count):
            yield from self._left_out(is_stuck)

    @property
    def _remaining(self) -> int:
        limit = self._query.limit
        return self._size if limit is None else min(self._size, limit - self._read)

    def _left_out(self, is_stuck: bool) -> Iterator[Page]:
        """Yield the rows that no page had, along the cursor of the class."""
        entity, tenant = self._query.entity, self._query.tenant
        path = Path(entity, (), "id")
        for ids in self._ids.all_ids(entity, tenant, self._size):
            texts = {id: [id] for id in ids} | self._ids.unusual_texts(entity, tenant, ids)
            unread = [text for id, of_id in texts.items() if not self._is_read(id, of_id, is_stuck) for text in of_id]
            if not unread or not self._remaining:
                continue
            by_id = Comparison(path, Operator.CONTAINS_ANY, unread)
            where = by_id if self._query.where is None else self._query.where & by_id
            page = self._fetch(attrs.evolve(self._query, where=where, limit=min(len(unread), self._remaining)))
            self._read += len(page.rows)
            yield page

    def _is_read(self, id: str, texts: Sequence[str], is_stuck: bool) -> bool:
        """Return whether a page had the object of an id that is indexed by some texts."""
        begins = bisect_left(self._lasts, id) - 1
        if is_stuck and begins == len(self._lasts) - 1:
            return False
        return any(text > self._lasts[begins] for text in texts)

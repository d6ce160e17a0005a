"""Queries of one session, made into models or values."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import compress, islice
from typing import Any
from uuid import UUID

import attrs

from weaviate_orm.gc_pause import collection_paused
from weaviate_orm.http.transport import Transport
from weaviate_orm.model.state import state_of
from weaviate_orm.query.exact_text import is_compared_here
from weaviate_orm.query.paging import MOST, Reading, choose_reading
from weaviate_orm.query.query import Query
from weaviate_orm.query.results import Group, Groups, Hit, Hits
from weaviate_orm.query.rows import Page, Rows
from weaviate_orm.query.table_columns import Column
from weaviate_orm.session.reads.aggregate_reads import AggregateReads
from weaviate_orm.session.reads.loader import Loader
from weaviate_orm.session.reads.objects_by_id import ObjectsById
from weaviate_orm.session.reads.reader import RowReader, is_one_answer
from weaviate_orm.session.reads.row_columns import column_values, decode_page, record_batches, restore_all
from weaviate_orm.session.request_options import RequestOptions


class SessionExecutor(AggregateReads):
    """Runs queries for a session, after ``before_query``, which flushes it.

    Attributes:
        reader: of the rows.
        by_id: reads objects of known ids; it does not flush.
    """

    def __init__(
        self, transport: Transport, options: RequestOptions, loader: Loader, before_query: Callable[[], None]
    ) -> None:
        super().__init__(RowReader(transport, options), transport, options, before_query)
        self._loader = loader
        self.by_id = ObjectsById(transport, options, loader, self.reader)

    # -- objects

    def fetch(self, query: Query) -> list[Any]:
        """Return the objects of a query; one request for up to 10,000.

        Raises ResultError when a query without a limit has more than can be had.
        """
        query = self._options.apply(query)
        if query.is_empty:
            return []
        query = self._ready(query)
        return self.select(query)

    def select(self, query: Query) -> list[Any]:
        """Return the objects of a query without flushing."""
        query = self._options.apply(query)
        if query.is_empty:
            return []
        query = self._embedded(query)
        if is_compared_here(query):
            return list(self._load_all(query, self.reader.read(query)))
        if is_one_answer(query):
            return self._load(query, self.reader.read_one(query))
        reading = choose_reading(query)
        if reading.method == "keyset":
            # most filters leave less than a page, which then needs no order
            page = self.reader.read_one(attrs.evolve(query, limit=MOST))
            if len(page.rows) < MOST:
                return self._load(query, page)
        return list(self._load_all(query, self.reader.read_pages(query, reading, MOST)))

    def fetch_many(self, queries: Sequence[Query]) -> list[list[Any]]:
        """Return the objects of several queries, by one request; what it cannot hold is read by itself."""
        queries = [self._options.apply(query) for query in queries]
        if len({query.tenant for query in queries}) > 1:
            return [self.fetch(query) for query in queries]  # one request asks of one tenant
        together = [not (query.is_empty or is_compared_here(query)) for query in queries]
        if not any(together):
            return [self.fetch(query) for query in queries]
        self._before_query()
        queries = [
            self._embedded(query) if is_together else query
            for query, is_together in zip(queries, together, strict=True)
        ]
        pages = iter(self.reader.read_several(list(compress(queries, together))))
        objects = []
        for query, is_together in zip(queries, together, strict=True):
            page = next(pages) if is_together else None
            objects.append(self.fetch(query) if page is None else self._load(query, page))
        return objects

    def iterate(self, query: Query, reading: Reading, size: int) -> Iterator[Any]:
        """Return the objects, one page in memory at a time.

        Raises ResultError where pages end before the objects do.
        """
        query = self._options.apply(query)
        if query.is_empty:
            return iter(())
        query = self._ready(query)
        return self._load_all(query, self.reader.read_chunks(query, size, reading))

    # -- objects and metadata

    def fetch_hits(self, query: Query) -> Hits[Any]:
        """Return the objects of a query, each with its metadata."""
        query = self._options.apply(query)
        if query.is_empty:
            return Hits()
        query = self._ready(query)
        hits: Hits[Any] = Hits()
        pages = self.reader.read(query) if is_compared_here(query) else (self.reader.read_one(query),)
        for page in pages:
            objects = self._loader.load(page.rows, query.selection, query.tenant)
            _note_times(objects, page.rows)
            hits = Hits(
                [*hits, *_hits(objects, page.rows)],
                generated=page.generated,
                generation_error=page.generation_error,
                generation_usage=page.generation_usage,
            )
        return hits

    def fetch_groups(self, query: Query) -> Groups[Any]:
        """Return the objects of a query in their groups."""
        query = self._options.apply(query)
        assert query.group_by is not None
        if query.is_empty:
            return Groups()
        query = self._ready(query)
        page = self.reader.read_one(query)
        selection = query.selection.in_groups(query.entity)
        objects = self._loader.load(page.rows, selection, query.tenant)
        hits = iter(_all_hits(objects, page.rows))
        groups = [
            Group(
                value=group.value,
                hits=Hits([hit for hit in islice(hits, group.size) if hit.object is not None]),
                count=group.count,
                min_distance=group.min_distance,
                max_distance=group.max_distance,
                generated=group.generated,
            )
            for group in page.groups
        ]
        return Groups(groups, generated=page.generated)

    # -- values

    def fetch_columns(self, query: Query, columns: Sequence[Column]) -> list[list[Any]]:
        """Return the values of columns."""
        query = self._options.apply(query)
        values: list[list[Any]] = [[] for _ in columns]
        for rows in self._stored_pages(query, None):
            with collection_paused():
                rows = decode_page(query, rows)
                for column, of_column in zip(columns, values, strict=True):
                    of_column += column_values(rows, column)
        return values

    def preview(self, query: Query, columns: Sequence[Column]) -> list[list[Any]]:
        """Return the values of columns as they are stored, by one request at most; nothing is flushed before.

        Ids that others spelled in their own way may be missing, and large ints be rounded.
        """
        query = self._options.apply(query)
        if query.is_empty:
            return [[] for _ in columns]
        rows = self.reader.read_once(self._embedded(query)).rows
        return [column_values(rows, column) for column in columns]

    def iterate_arrow(self, query: Query, columns: Sequence[Column], size: int | None) -> Iterator[Any]:
        """Yield columns as record batches; at least one, which is empty where there are no objects."""
        query = attrs.evolve(self._options.apply(query), packs_vectors=True)
        return record_batches(query, columns, self._stored_pages(query, size))

    def _stored_pages(self, query: Query, size: int | None) -> Iterator[Rows]:
        """Yield the rows of a query, of a size or as many as can be, with the stored JSON."""
        if query.is_empty:
            return
        query = self._ready(query)
        # what was merged is no object that could be read again
        can_restore = query.similar is None or not query.similar.merge
        is_whole = size is None or query.search is not None or query.needs_single_response
        for page in self.reader.read(query) if is_whole else self.reader.read_chunks(query, size):
            if can_restore:
                restore_all(page.rows)
            yield page.rows

    # -- inside

    def _load_all(self, query: Query, pages: Iterable[Page]) -> Iterator[Any]:
        for page in pages:
            yield from self._load(query, page)

    def _load(self, query: Query, page: Page) -> list[Any]:
        """Return the models of a page, without those that the query leaves out for a value that cannot be decoded."""
        loaded = self._loader.load(page.rows, query.selection, query.tenant)
        _note_times(loaded, page.rows)
        if query.selection.on_error in ("raise", "defer"):
            return loaded
        return [instance for instance in loaded if instance is not None]


def _note_times(objects: Sequence[Any], rows: Rows) -> None:
    """Let objects have the times of their rows, as far as the query asked for them."""
    for instance, (created, updated) in zip(objects, rows.times or (), strict=False):
        if instance is not None:
            state = state_of(instance)
            before = state.times
            state.times = (
                before[0] if created is None else created,
                before[1] if updated is None else updated,
            )


def _hits(objects: Sequence[Any], rows: Rows) -> list[Hit[Any]]:
    return [hit for hit in _all_hits(objects, rows) if hit.object is not None]


def _all_hits(objects: Sequence[Any], rows: Rows) -> Iterator[Hit[Any]]:
    metadata = rows.metadata if rows.metadata is not None else [{}] * len(rows)
    for instance, id, of_row in zip(objects, rows.ids, metadata, strict=True):
        yield Hit(object=instance, id=UUID(id), **of_row)

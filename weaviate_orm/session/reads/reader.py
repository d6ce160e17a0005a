"""The rows of queries, of any length and however others spelled their ids. No models are made here."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import TypeVar

import attrs

from weaviate_orm.exceptions import ResultError
from weaviate_orm.http.features import (
    AND_CROSS,
    BOOST,
    DIVERSITY,
    DIVERSITY_OF_HYBRID,
    QUERY_PROFILE,
    STOPWORDS_BY_LIKE,
    Feature,
    require,
)
from weaviate_orm.http.stored_objects import next_after
from weaviate_orm.http.transport import Transport
from weaviate_orm.query.exact_text import is_compared_here
from weaviate_orm.query.filter_json import finds_stopwords
from weaviate_orm.query.paging import MOST, Reading, choose_reading, first_page, next_page
from weaviate_orm.query.query import Query
from weaviate_orm.query.rows import Page
from weaviate_orm.query.searches import Hybrid
from weaviate_orm.query.wire import Computed
from weaviate_orm.session.reads.cross_tenant import refuse_leading_out
from weaviate_orm.session.reads.exact_pages import ExactPages
from weaviate_orm.session.reads.keyset import Keyset
from weaviate_orm.session.reads.rest import list_page
from weaviate_orm.session.reads.stored_ids import StoredIds
from weaviate_orm.session.reads.wires import open_wire
from weaviate_orm.session.request_options import RequestOptions

T = TypeVar("T")


class RowReader:
    """Reads rows for one session. Queries have its tenant and consistency level already.

    Attributes:
        wire: carries every query.
        ids: the ids that others spelled in their own way.
    """

    def __init__(self, transport: Transport, options: RequestOptions) -> None:
        self._transport = transport
        self._lists = options.wire is None
        self.wire = open_wire(transport, options)
        self._exact = ExactPages(options, self)
        self.ids = StoredIds(self.wire, options)

    # -- pages

    def read(self, query: Query) -> Iterable[Page]:
        """Return the pages of a query, in as few requests as it takes."""
        if is_compared_here(query):
            return self._exact.read(query)
        if is_one_answer(query):
            return (self.read_one(query),)
        return self.read_pages(query, choose_reading(query), MOST)

    def read_chunks(self, query: Query, size: int | None, reading: Reading | None = None) -> Iterator[Page]:
        """Yield the pages of a query, each of a size; by default the best reading that the query allows."""
        if is_compared_here(query):
            return self._exact.read(query, size, reading)
        return self.read_pages(query, reading or choose_reading(query), size or MOST)

    def read_pages(self, query: Query, reading: Reading, size: int) -> Iterator[Page]:
        """Yield all objects; raises ResultError where pages end before the objects do."""
        if reading.method == "keyset":
            yield from Keyset(self._fetch, self.ids, query, reading, size).pages()
            return
        read = 0
        part = first_page(query, reading, size)
        while part.limit:
            page = self._list(part) if self._lists and reading.method == "listing" else self._fetch(part)
            ids = page.rows.ids
            yield page
            read += len(ids)
            if len(ids) < part.limit:
                return
            before, part = part, next_page(query, reading, size, read, ids[-1])
            if part.after is not None:
                next_after(ids[-1], before.after)
        if query.limit is None or read < query.limit:
            raise _beyond(query)

    def read_one(self, query: Query) -> Page:
        """Return one answer."""
        return self._list(query) if self._lists and query.allows_rest_listing else self._fetch(query)

    def read_once(self, query: Query) -> Page:
        """Return the answer to one request, which may lack ids in spellings of their own."""
        if self._lists and query.allows_rest_listing:
            return self._list(query)
        refuse_leading_out(query.entity, query.selection)
        self.require_features(query)
        return self.wire.fetch(self.ids.respelled(query))

    def read_several(self, queries: Sequence[Query]) -> list[Page | None]:
        """Return the answers to several queries of one tenant, by one request; None for one that has more to read."""
        for query in queries:
            self.require_features(query)
        bounded = [
            query
            if query.search is not None or query.needs_single_response
            else attrs.evolve(query, limit=_first_limit(query))
            for query in map(self.ids.respelled, queries)
        ]
        pages = self.wire.fetch_several(bounded)
        for part, page in zip(bounded, pages, strict=True):
            if self.ids.learn(part, page.id_check, page.rows.ids):
                return self.read_several(queries)
        return [
            None if len(page.rows) == part.limit != query.limit else page
            for query, part, page in zip(queries, bounded, pages, strict=True)
        ]

    def wire_of(self, query: Query) -> tuple[str, str]:
        """Return by which protocol a query goes, and why."""
        if self._lists and query.allows_rest_listing:
            return "REST", "it asks for whole objects of a class, and for nothing else"
        return self.wire.describe(query)

    # -- values

    def compute(self, query: Query, send: Callable[[Query], Computed[T]]) -> T:
        """Return what the server computes of a query, which is sent again with other texts of its ids if need be."""
        self.require_features(query)
        query = self.ids.respelled(query)
        computed = send(query)
        if self.ids.learn(query, computed.id_check):
            computed = send(self.ids.respelled(query))
        return computed.value

    def require_features(self, query: Query) -> None:
        """Raise ServerTooOldError for what the server does not know yet."""
        for feature in _features(query):
            require(self._transport, feature)
        version = self._transport.version
        may_lack = version is None or not STOPWORDS_BY_LIKE.is_in(version)  # else no filter is looked through
        if may_lack and query.where is not None and finds_stopwords(query.where):
            require(self._transport, STOPWORDS_BY_LIKE)

    # -- inside

    def _list(self, query: Query) -> Page:
        return list_page(self._transport, query)

    def _fetch(self, query: Query) -> Page:
        refuse_leading_out(query.entity, query.selection)
        self.require_features(query)
        query = self.ids.respelled(query)
        page = self.wire.fetch(query)
        if self.ids.learn(query, page.id_check, page.rows.ids):
            page = self.wire.fetch(self.ids.respelled(query))
        return page


def is_one_answer(query: Query) -> bool:
    """Return whether one answer holds all objects of a query."""
    if query.needs_single_response:
        return True
    # a search without a limit is cut by the server, where its settings say
    return query.search is not None if query.limit is None else query.limit <= MOST


def _features(query: Query) -> Iterator[Feature]:
    """Yield the features of a query that older servers lack."""
    if "query_profile" in query.named:
        yield QUERY_PROFILE
    if getattr(query.search, "operator", None) == "and_cross":
        yield AND_CROSS
    if query.boosting is not None:
        yield BOOST
    if query.diversity is not None:
        yield DIVERSITY_OF_HYBRID if isinstance(query.search, Hybrid) else DIVERSITY


def _first_limit(query: Query) -> int:
    reachable = MOST - query.offset
    return reachable if query.limit is None else min(query.limit, reachable)


def _beyond(query: Query) -> ResultError:
    return ResultError(
        f"this query matches {MOST:,} {query.entity.label} objects or more, which is all that Weaviate yields in an "
        f"order: narrow it by where(), set a limit, or leave out the order"
    )

"""The wire of gRPC: queries compiled, sent, and their replies read."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from functools import partial
from itertools import compress, islice
from typing import Any

import attrs

from weaviate_orm.exceptions import NotWeaviateError
from weaviate_orm.http.transport import Call, Caller, Transport
from weaviate_orm.query.aggregates import Aggregate
from weaviate_orm.query.entity import Property, Reference
from weaviate_orm.query.grpc.aggregate_messages import aggregate_messages
from weaviate_orm.query.grpc.aggregates_by_grpc import compile_aggregate, read_aggregates, read_group
from weaviate_orm.query.grpc.filter_messages import Message
from weaviate_orm.query.grpc.search_compiler import compile_search
from weaviate_orm.query.grpc.search_messages import search_messages
from weaviate_orm.query.grpc.search_replies import read_ids, read_page, reading_messages
from weaviate_orm.query.id_spellings import (
    NO_PROBES,
    IdProbes,
    by_place,
    by_texts,
    id_probes,
    required_ids,
    single_id,
)
from weaviate_orm.query.query import Query
from weaviate_orm.query.reference_classes import FurtherPart, add, query_of, split
from weaviate_orm.query.rows import NO_CHECK, IdCheck, Page, Rows
from weaviate_orm.query.wire import AggregatedGroup, Computed
from weaviate_orm.schema.renaming import Rename

Compiled = tuple[str, Callable[[Rename], Message]]
"""The method of a request, and what compiles its message for the names of collections."""


class GrpcWire:
    """Runs queries by gRPC, each by a call of its own, several at once: a ``Wire``.

    Args:
        transport: of the server.
        rpc: its gRPC interface.
        persistent: repeat calls after passing failures. False where another wire goes on.
    """

    def __init__(self, transport: Transport, rpc: Caller, *, persistent: bool) -> None:
        self._transport = transport
        self._rpc = rpc
        self._persistent = persistent

    def describe(self, query: Query) -> tuple[str, str]:
        """Return the name of the protocol, and why a query goes by it."""
        return "gRPC", "the session says so"

    def fetch(self, query: Query) -> Page:
        """Return the objects of one answer."""
        (page,) = self.fetch_several([query])
        return page

    def fetch_several(self, queries: Sequence[Query]) -> list[Page]:
        """Return the objects of several queries of one tenant.

        What rows tell of the ids that a query names is not asked beside it, and the count of a page that is not full.
        """
        singles = list(map(single_id, queries))
        requested = [
            split(query if id is None else by_place(attrs.evolve(query, where=None), id))
            for query, id in zip(queries, singles, strict=True)
        ]
        required = list(map(required_ids, queries))
        probes = id_probes(list(compress(queries, (ids is None for ids in required))), by_places=False)
        contents = iter(self._send(list(map(_searching, (*(query for query, _ in requested), *probes.queries)))))
        replies = list(islice(contents, len(queries)))
        id_check = _id_check(probes, contents)
        pages = []
        for query, single, (sent, parts), ids, reply in zip(
            queries, singles, requested, required, replies, strict=True
        ):
            page = read_page(sent, reply, id_check if ids is None else NO_CHECK)
            if single is not None:  # by its place no text is compared; the next one is there where it is not
                page.id_check = IdCheck(is_settled=True)
                page.rows = page.rows.select([place for place, id in enumerate(page.rows.ids) if id == single])
            elif ids is not None:
                page.id_check = self._check_later(query, ids, page.rows)
            if query.counted:
                page.matching = self._count_full(query, page.rows)
            if parts and page.rows.ids:
                self._complete(query, parts, page.rows)
            pages.append(page)
        return pages

    def _check_later(self, query: Query, required: set[str], rows: Rows) -> IdCheck:
        """Return the check on the ids that objects must have: sent only if some are not there."""
        is_full = query.allows_keyset and query.limit is not None and len(rows) >= query.limit
        if is_full or required.issubset(rows.ids):
            return IdCheck(is_settled=True)
        probes = id_probes([query], by_places=False)
        return _id_check(probes, iter(self._send(list(map(_searching, probes.queries))) if probes.queries else ()))

    def _count_full(self, query: Query, rows: Rows) -> int:
        """Return how many objects match: more than those of a page if that is full."""
        if len(rows) != query.limit:
            return len(rows)
        (content,) = self._send([self._aggregating(query, (), counted=True)])
        count: int = _single(_aggregated(content)).count
        return count

    def _complete(self, query: Query, parts: Sequence[FurtherPart], rows: Rows) -> None:
        """Load the parts of objects that one request cannot load: see ``query/reference_classes.py``."""
        ids = list(dict.fromkeys(rows.ids))
        queries = [query_of(part, query) for part in parts]
        contents = self._send([_searching(by_texts(of_part, ids)) for of_part in queries])
        for part, of_part, content in zip(parts, queries, contents, strict=True):
            # of ids in another spelling, a filter finds none
            present = set(read_ids(content))
            missed = [id for id in ids if id not in present]
            further = self._send([_searching(by_place(of_part, id)) for id in missed]) if missed else ()
            others = read_page(of_part, b"".join((content, *further)), NO_CHECK).rows
            if missed:
                places = {id: place for place, id in enumerate(others.ids) if id in present or id in missed}
                others = others.select(list(places.values()))
            add(part, rows, others)

    def find_ids(self, queries: Sequence[Query]) -> list[list[str]]:
        """Return the ids of the objects of several queries of one tenant, which select nothing."""
        return list(map(read_ids, self._send(list(map(_searching, queries)))))

    def count(self, query: Query) -> Computed[int]:
        """Return how many objects match, whatever the limit."""
        reply, id_check = self._aggregate(query, (), counted=True)
        return Computed(_single(reply).count, id_check)

    def aggregate(self, query: Query, aggregates: Sequence[Aggregate[Any]]) -> Computed[list[Any]]:
        """Return the JSON of aggregates."""
        reply, id_check = self._aggregate(query, aggregates)
        return Computed(read_aggregates(aggregates, _single(reply), self._logical), id_check)

    def aggregate_by(
        self, query: Query, key: Property | Reference, aggregates: Sequence[Aggregate[Any]], limit: int | None
    ) -> Computed[list[AggregatedGroup]]:
        """Return the JSON of the aggregates of each group."""
        reply, id_check = self._aggregate(query, aggregates, key=key, limit=limit)
        groups = [read_group(key, aggregates, group, self._logical) for group in reply.groups.items]
        return Computed(groups, id_check)

    def _aggregate(self, query: Query, aggregates: Sequence[Aggregate[Any]], **options: Any) -> tuple[Any, IdCheck]:
        """Return the reply to a query for aggregates, and the check on the ids that it names."""
        probes = id_probes([query], told_by_rows=False)
        requests = [self._aggregating(query, aggregates, **options), *map(_searching, probes.queries)]
        content, *contents = self._send(requests)
        return _aggregated(content), _id_check(probes, iter(contents))

    def _aggregating(self, query: Query, aggregates: Sequence[Aggregate[Any]], **options: Any) -> Compiled:
        return "Aggregate", lambda physical: compile_aggregate(query, aggregates, physical, **options)

    def _logical(self, name: str) -> str:
        return self._transport.collection_names.logical(name)

    def _send(self, requests: Sequence[Compiled]) -> list[bytes]:
        """Return the serialized replies to requests, in which collections have their physical names."""
        names = self._transport.collection_names

        def send() -> list[bytes]:
            return self._rpc.read(names.consistent(build), persistent=self._persistent)

        def build() -> list[Call]:
            return [_call(method, compile_request(names.physical)) for method, compile_request in requests]

        return names.retry(send)


def _searching(query: Query) -> Compiled:
    return "Search", lambda physical: compile_search(query, physical)


def _call(method: str, request: Message) -> Call:
    messages = search_messages() if method == "Search" else aggregate_messages()
    message = messages["Request"](**request)
    return Call(method, message.SerializeToString(), partial(_text, message))


def _aggregated(content: bytes) -> Any:
    with reading_messages():
        return aggregate_messages()["Reply"].FromString(content)


def _single(reply: Any) -> Any:
    """Return the aggregates of all objects."""
    if reply.WhichOneof("result") != "single":
        raise NotWeaviateError("aggregates were answered by gRPC, but not as Weaviate does: there are none")
    return reply.single


def _id_check(probes: IdProbes, contents: Iterator[bytes]) -> IdCheck:
    return NO_CHECK if probes is NO_PROBES else probes.check(map(read_ids, contents))


def _text(message: Any) -> str:
    from google.protobuf.text_format import MessageToString

    text: str = MessageToString(message, as_one_line=True)
    return text

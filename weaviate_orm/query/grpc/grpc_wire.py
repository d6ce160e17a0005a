"""The wire of gRPC: queries compiled, sent, and their replies read."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from functools import partial
from itertools import islice
from typing import Any

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
from weaviate_orm.query.id_spellings import NO_PROBES, IdProbes, id_probes
from weaviate_orm.query.query import Query
from weaviate_orm.query.rows import NO_CHECK, IdCheck, Page
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
        """Return the objects of several queries of one tenant."""
        probes = id_probes(queries)
        counted = [query for query in queries if query.counted]
        counts = [self._aggregating(query, (), counted=True) for query in counted]
        contents = iter(self._send([*map(_searching, queries), *counts, *map(_searching, probes.queries)]))
        replies = list(islice(contents, len(queries)))
        matching = [_single(_aggregated(next(contents))).count for _ in counted]
        id_check = _id_check(probes, contents)
        counts_of = iter(matching)
        return [
            read_page(query, reply, id_check, next(counts_of) if query.counted else None)
            for query, reply in zip(queries, replies, strict=True)
        ]

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

"""The wire of gRPC: queries compiled, sent, and their replies read."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import Any, TypeVar

from weaviate_orm.http.transport import Caller, Transport
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

T = TypeVar("T")


class GrpcWire:
    """Runs queries by gRPC, each by a call of its own: a ``Wire``.

    Args:
        transport: of the server.
        rpc: its gRPC interface.
        persistent: repeat calls after passing failures. False where another wire goes on.
    """

    def __init__(self, transport: Transport, rpc: Caller, *, persistent: bool) -> None:
        self._transport = transport
        self._rpc = rpc
        self._persistent = persistent

    def fetch(self, query: Query) -> Page:
        """Return the objects of one answer."""
        reply = self._search(query)
        matching = self._aggregate(query, (), counted=True).single.count if query.counted else None
        return read_page(query, reply, self._check(id_probes([query])), matching)

    def fetch_several(self, queries: Sequence[Query]) -> list[Page]:
        """Return the objects of several queries of one tenant."""
        id_check = self._check(id_probes(queries))
        return [read_page(query, self._search(query), id_check) for query in queries]

    def find_ids(self, queries: Sequence[Query]) -> list[list[str]]:
        """Return the ids of the objects of several queries of one tenant, which select nothing."""
        return [read_ids(self._search(query)) for query in queries]

    def count(self, query: Query) -> Computed[int]:
        """Return how many objects match, whatever the limit."""
        reply = self._aggregate(query, (), counted=True)
        return Computed(reply.single.count, self._check(id_probes([query], told_by_rows=False)))

    def aggregate(self, query: Query, aggregates: Sequence[Aggregate[Any]]) -> Computed[list[Any]]:
        """Return the JSON of aggregates."""
        reply = self._aggregate(query, aggregates)
        return Computed(
            read_aggregates(aggregates, reply.single, self._logical),
            self._check(id_probes([query], told_by_rows=False)),
        )

    def aggregate_by(
        self, query: Query, key: Property | Reference, aggregates: Sequence[Aggregate[Any]], limit: int | None
    ) -> Computed[list[AggregatedGroup]]:
        """Return the JSON of the aggregates of each group."""
        reply = self._aggregate(query, aggregates, key=key, limit=limit)
        groups = [read_group(key, aggregates, group, self._logical) for group in reply.groups.items]
        return Computed(groups, self._check(id_probes([query], told_by_rows=False)))

    def _aggregate(self, query: Query, aggregates: Sequence[Aggregate[Any]], **options: Any) -> Any:
        """Return the reply to a query for aggregates."""
        messages = aggregate_messages()
        content = self._call(
            "Aggregate",
            messages["Request"],
            lambda physical: compile_aggregate(query, aggregates, physical, **options),
        )
        with reading_messages():
            return messages["Reply"].FromString(content)

    def _logical(self, name: str) -> str:
        return self._transport.collection_names.logical(name)

    def _check(self, probes: IdProbes) -> IdCheck:
        return NO_CHECK if probes is NO_PROBES else probes.check(iter(self.find_ids(probes.queries)))

    def _search(self, query: Query) -> bytes:
        """Return the serialized reply to a query."""
        message_class = search_messages()["Request"]
        return self._call("Search", message_class, lambda physical: compile_search(query, physical))

    def _call(self, method: str, message_class: Any, compile_request: Callable[[Rename], Message]) -> bytes:
        """Call a method with a request, in which collections have their physical names."""
        names = self._transport.collection_names

        def call() -> bytes:
            request = message_class(**names.consistent(lambda: compile_request(names.physical)))
            return self._rpc.read(
                method, request.SerializeToString(), partial(_text, request), persistent=self._persistent
            )

        return names.retry(call)


def _text(message: Any) -> str:
    from google.protobuf.text_format import MessageToString

    text: str = MessageToString(message, as_one_line=True)
    return text

"""Queries by gRPC, and by another wire what gRPC cannot carry, or while it is unreachable."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, TypeVar

from weaviate_orm.exceptions import GraphQLError, PermissionDeniedError, QueryError, TransportError
from weaviate_orm.http.deadlines import seconds_left
from weaviate_orm.http.grpc_errors import is_outage, is_too_large
from weaviate_orm.http.transport import Caller, Transport
from weaviate_orm.query.aggregates import Aggregate
from weaviate_orm.query.entity import Property, Reference
from weaviate_orm.query.grpc.grpc_refusals import refusal_of
from weaviate_orm.query.grpc.grpc_wire import GrpcWire
from weaviate_orm.query.query import Query
from weaviate_orm.query.rows import Page
from weaviate_orm.query.wire import AggregatedGroup, Computed, Wire
from weaviate_orm.query.wire_rules import beyond_graphql

T = TypeVar("T")

_UNREACHED = "gRPC was not reached a moment ago, or this is a forked child"


class GrpcFirst:
    """Runs queries by gRPC, and by another wire what gRPC cannot carry, or while it is unreachable: a ``Wire``.

    Args:
        transport: of the server.
        rpc: its gRPC interface.
        other: the other wire; None refuses what would go by it.
    """

    def __init__(self, transport: Transport, rpc: Caller, other: Wire | None) -> None:
        self._transport = transport
        self._rpc = rpc
        self._grpc = GrpcWire(transport, rpc, persistent=False)
        self._persistent = GrpcWire(transport, rpc, persistent=True)
        self._other = other

    def fetch(self, query: Query) -> Page:
        """Return the objects of one answer."""
        return self._fetch(lambda wire: wire.fetch(query), [query])

    def fetch_several(self, queries: Sequence[Query]) -> list[Page]:
        """Return the objects of several queries of one tenant."""
        return self._fetch(lambda wire: wire.fetch_several(queries), queries)

    def find_ids(self, queries: Sequence[Query]) -> list[list[str]]:
        """Return the ids of the objects of several queries of one tenant, which select nothing."""
        return self._run(lambda wire: wire.find_ids(queries), None)

    def count(self, query: Query) -> Computed[int]:
        """Return how many objects match, whatever the limit."""
        return self._run(lambda wire: wire.count(query), refusal_of(query, aggregated=True))

    def aggregate(self, query: Query, aggregates: Sequence[Aggregate[Any]]) -> Computed[list[Any]]:
        """Return the JSON of aggregates."""
        return self._run(lambda wire: wire.aggregate(query, aggregates), refusal_of(query, aggregated=True))

    def aggregate_by(
        self, query: Query, key: Property | Reference, aggregates: Sequence[Aggregate[Any]], limit: int | None
    ) -> Computed[list[AggregatedGroup]]:
        """Return the JSON of the aggregates of each group."""
        refusal = refusal_of(query, aggregated=True)
        return self._run(lambda wire: wire.aggregate_by(query, key, aggregates, limit), refusal)

    def describe(self, query: Query) -> tuple[str, str]:
        """Return by which protocol a query for objects goes, and why."""
        refusal = self._refusal([query])
        if self._other is None:
            return self._persistent.describe(query)
        needed = beyond_graphql(query)
        if needed is not None:
            return "gRPC", f"no other wire has {needed}"
        if refusal is not None:
            return "GraphQL", f"gRPC cannot carry it: {refusal}"
        if not self._rpc.is_usable:
            return "GraphQL", _UNREACHED
        return "gRPC", "it carries the query, and is the fastest"

    def _refusal(self, queries: Sequence[Query]) -> str | None:
        """Return why queries for objects do not go by gRPC."""
        return next(filter(None, map(refusal_of, queries)), None)

    def _fetch(self, send: Callable[[Wire], T], queries: Sequence[Query]) -> T:
        """Send queries for objects."""
        refusal, needed = self._refusal(queries), next(filter(None, map(beyond_graphql, queries)), None)
        try:
            return self._run(send, refusal, needed)
        except GraphQLError as error:
            is_written = any(query.generate is not None for query in queries)
            if self._other is None or refusal is not None or needed is not None or not is_written:
                raise
            # by the other wire the server says for which object the model failed, and what it wrote of the others
            try:
                return send(self._other)
            except PermissionDeniedError:
                raise error from None

    def _run(self, send: Callable[[Wire], T], refusal: str | None, needed: str | None = None) -> T:
        """Send queries; ``needed`` is what no other wire has."""
        if self._other is None or needed is not None:
            if refusal is not None:
                raise refused(refusal) if needed is None else carried_by_none(refusal, needed)
            return send(self._persistent)
        if refusal is not None:
            return _by_other(self._other, send, f"gRPC cannot carry it: {refusal}")
        if not self._rpc.is_usable:
            return _by_other(self._other, send, _UNREACHED)
        with self._transport.operation():
            try:
                return send(self._grpc)
            except TransportError as error:
                if is_outage(error):
                    self._rpc.avoid(error)
                elif not is_too_large(error):
                    raise
                if seconds_left() <= 0:
                    raise
            return _by_other(self._other, send, "gRPC did not answer it")


def _by_other(other: Wire, send: Callable[[Wire], T], why: str) -> T:
    try:
        return send(other)
    except PermissionDeniedError as error:
        raise PermissionDeniedError(
            f"{error}. The query went by GraphQL, which takes read_collections of all collections (*): {why}",
            status_code=error.status_code,
            body=error.body,
            method=error.method,
            url=error.url,
        ) from None


def refused(reason: str) -> QueryError:
    """Return the error of a query that the wire of a session cannot carry."""
    return QueryError(f'gRPC cannot carry this query: {reason}. Leave out wire="grpc", or change the query')


def carried_by_none(reason: str, needed: str) -> QueryError:
    """Return the error of a query of which gRPC alone has something, and lacks something else."""
    return QueryError(f"no wire carries this query: gRPC alone has {needed}, and {reason}. Leave out one of them")

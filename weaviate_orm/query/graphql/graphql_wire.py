"""The wire of GraphQL: documents compiled, sent, and their answers read."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from weaviate_orm.exceptions import GraphQLError, QueryError
from weaviate_orm.graphql.run import run_graphql, single_row
from weaviate_orm.http.transport import Transport
from weaviate_orm.query.aggregates import Aggregate
from weaviate_orm.query.entity import Property, Reference
from weaviate_orm.query.graphql.compiler import (
    IDS,
    compile_aggregate,
    compile_count,
    compile_get,
    compile_gets,
    compile_groups,
    compile_ids,
)
from weaviate_orm.query.graphql.default_vector import DefaultVectors
from weaviate_orm.query.graphql.large_ints import LargeInts
from weaviate_orm.query.graphql.replies import large_collections, read_aggregates, read_group, read_ids, read_page
from weaviate_orm.query.id_spellings import NO_PROBES, IdProbes, id_probes
from weaviate_orm.query.query import Query
from weaviate_orm.query.rows import NO_CHECK, IdCheck, Page
from weaviate_orm.query.wire import AggregatedGroup, Computed
from weaviate_orm.query.wire_rules import beyond_graphql


class GraphQLWire:
    """Runs queries by GraphQL: a ``Wire``.

    Args:
        transport: of the server.
        consistency_level: by which ints of any size are read; the queries have their own.
    """

    def __init__(self, transport: Transport, consistency_level: str | None) -> None:
        self._transport = transport
        self._consistency_level = consistency_level
        self._default_vectors = DefaultVectors(transport)

    def describe(self, query: Query) -> tuple[str, str]:
        """Return the name of the protocol, and why a query goes by it."""
        return "GraphQL", "the client has no gRPC in this process, or the session says so"

    def fetch(self, query: Query) -> Page:
        """Return the objects of one answer."""
        _check_carried(query)
        probes = id_probes([query])
        stored = self._default_vectors.as_stored(query)
        try:
            data = run_graphql(self._transport, compile_get(stored, probes))
        except GraphQLError:
            if not self._default_vectors.forget(query):
                raise
            return self.fetch(query)
        name, answer = query.entity.collection.name, data["Get"]
        matching = single_row(data["Aggregate"][name])["meta"]["count"] if query.counted else None
        ints = self._large_ints(query, answer)
        page = read_page(stored, answer[name] or [], ints, _id_check(probes, answer), matching)
        return self.fetch(query) if self._default_vectors.is_misread(query, page.rows) else page

    def fetch_several(self, queries: Sequence[Query]) -> list[Page]:
        """Return the objects of several queries of one tenant, by one request."""
        for query in queries:
            _check_carried(query)
        probes = id_probes(queries)
        stored = list(map(self._default_vectors.as_stored, queries))
        answer = run_graphql(self._transport, compile_gets(stored, probes))["Get"]
        ints, id_check = self._large_ints(queries[0], answer), _id_check(probes, answer)
        pages = [read_page(query, answer[f"q{number}"] or [], ints, id_check) for number, query in enumerate(stored)]
        return [
            self.fetch(query) if self._default_vectors.is_misread(query, page.rows) else page
            for query, page in zip(queries, pages, strict=True)
        ]

    def find_ids(self, queries: Sequence[Query]) -> list[list[str]]:
        """Return the ids of the objects of several queries of one tenant, by one request."""
        answer = run_graphql(self._transport, compile_ids(queries))["Get"]
        return [read_ids(answer[f"{IDS}{number}"]) for number in range(len(queries))]

    def count(self, query: Query) -> Computed[int]:
        """Return how many objects match, whatever the limit."""
        probes = id_probes([query], told_by_rows=False)
        data = run_graphql(self._transport, compile_count(query, probes))
        count: int = single_row(data["Aggregate"][query.entity.collection.name])["meta"]["count"]
        return Computed(count, _id_check(probes, data.get("Get") or {}))

    def aggregate(self, query: Query, aggregates: Sequence[Aggregate[Any]]) -> Computed[list[Any]]:
        """Return the JSON of aggregates."""
        probes = id_probes([query], told_by_rows=False)
        data = run_graphql(self._transport, compile_aggregate(query, aggregates, probes))
        answer = single_row(data["Aggregate"][query.entity.collection.name])
        return Computed(read_aggregates(aggregates, answer), _id_check(probes, data.get("Get") or {}))

    def aggregate_by(
        self, query: Query, key: Property | Reference, aggregates: Sequence[Aggregate[Any]], limit: int | None
    ) -> Computed[list[AggregatedGroup]]:
        """Return the JSON of the aggregates of each group."""
        probes = id_probes([query], told_by_rows=False)
        data = run_graphql(self._transport, compile_groups(query, key, aggregates, limit, probes))
        answers = data["Aggregate"][query.entity.collection.name] or ()
        groups = [read_group(key, aggregates, answer) for answer in answers]
        return Computed(groups, _id_check(probes, data.get("Get") or {}))

    def _large_ints(self, query: Query, answer: Mapping[str, Any]) -> LargeInts:
        return LargeInts(self._transport, query.tenant, self._consistency_level, large_collections(answer))


def _check_carried(query: Query) -> None:
    lacking = beyond_graphql(query)
    if lacking is not None:
        raise QueryError(
            f"GraphQL cannot carry this query: it has no {lacking}. gRPC can: Client(url, grpc=50051), in a session "
            f'without wire="graphql"'
        )


def _id_check(probes: IdProbes, answer: Mapping[str, Any]) -> IdCheck:
    if probes is NO_PROBES:
        return NO_CHECK
    return probes.check(read_ids(answer[f"{IDS}{number}"]) for number in range(len(probes.queries)))

"""What the server computes of the objects of a query: counts, aggregates, profiles."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import attrs
import orjson

from weaviate_orm.exceptions import StoredValueError
from weaviate_orm.http.features import QUERY_PROFILE, server_version
from weaviate_orm.http.response import reading_values
from weaviate_orm.http.transport import Transport
from weaviate_orm.query.aggregates import Aggregate, GroupResult, decode_group_value
from weaviate_orm.query.entity import Property, Reference
from weaviate_orm.query.exact_text import needs_check
from weaviate_orm.query.query import OnError, Query, Selection
from weaviate_orm.query.wire_rules import beyond_graphql
from weaviate_orm.session.reads.embedded_searches import search_by_vectors
from weaviate_orm.session.reads.loader import report_error
from weaviate_orm.session.reads.reader import RowReader
from weaviate_orm.session.request_options import RequestOptions


class AggregateReads:
    """Runs the queries that yield no objects, after ``before_query``."""

    def __init__(
        self, reader: RowReader, transport: Transport, options: RequestOptions, before_query: Callable[[], None]
    ) -> None:
        self.reader = reader
        self._transport = transport
        self._options = options
        self._before_query = before_query

    def _ready(self, query: Query) -> Query:
        """Flush, then have the text of a search embedded where the client does that."""
        self._before_query()
        return self._embedded(query)

    def _embedded(self, query: Query) -> Query:
        return search_by_vectors(query, self._transport, self.reader, self._options)

    def count(self, query: Query) -> int:
        """Return how many objects there are."""
        query = self._options.apply(query)
        if query.is_empty:
            return 0
        query = self._ready(query)
        if needs_check(query.where):
            ids_only = attrs.evolve(query, selection=Selection(properties=()))
            return sum(len(page.rows) for page in self.reader.read(ids_only))
        count = max(self.reader.compute(query, self.reader.wire.count) - query.offset, 0)
        return count if query.limit is None else min(count, query.limit)

    def aggregate(self, query: Query, aggregates: Sequence[Aggregate[Any]]) -> list[Any]:
        """Return the aggregates of the objects of a query."""
        query = self._options.apply(query)
        if query.is_empty:
            return [aggregate.of_nothing() for aggregate in aggregates]
        query = self._ready(query)
        answers = self.reader.compute(query, lambda spelled: self.reader.wire.aggregate(spelled, aggregates))
        with reading_values("the aggregates of a query"):
            return _decoded(aggregates, answers)

    def aggregate_by(
        self, query: Query, key: Property | Reference, aggregates: Sequence[Aggregate[Any]], limit: int | None
    ) -> list[GroupResult]:
        """Return the aggregates of each group."""
        query = self._options.apply(query)
        if query.is_empty:
            return []
        query = self._ready(query)
        wire = self.reader.wire
        on_error: OnError = "raise" if query.selection.on_error == "defer" else query.selection.on_error
        groups = []
        for group in self.reader.compute(query, lambda spelled: wire.aggregate_by(spelled, key, aggregates, limit)):
            try:
                value = decode_group_value(key, group.value)
            except ValueError as error:
                report_error(_undecodable_group(query, key, group.value, error), on_error)
                continue
            with reading_values("the aggregates of a group"):
                results = _decoded(aggregates, group.aggregates)
            result = tuple(results) if len(results) > 1 else (results[0] if results else None)
            groups.append(GroupResult(value, group.count, result))
        return groups

    def wire_of(self, query: Query) -> tuple[str, str]:
        """Return by which protocol a query goes, and why."""
        return self.reader.wire_of(self._options.apply(query))

    def profile(self, query: Query) -> Sequence[Mapping[str, Any]]:
        """Return where the server's time went; nothing where it is older than profiles, or GraphQL finds nothing.

        Nothing either where no wire carries the query.
        """
        is_carried = beyond_graphql(query) is None or self.wire_of(query)[0] == "gRPC"
        if not is_carried or not QUERY_PROFILE.is_in(server_version(self._transport)):
            return ()
        query = self._options.apply(query)
        query = self._ready(query)
        text = self.reader.read_one(query).profile
        with reading_values("the profile of a query"):
            profile: Sequence[Mapping[str, Any]] = orjson.loads(text) if text else ()
        return profile


def _decoded(aggregates: Sequence[Aggregate[Any]], answers: Sequence[Any]) -> list[Any]:
    return [aggregate.decode(answer) for aggregate, answer in zip(aggregates, answers, strict=True)]


def _undecodable_group(query: Query, key: Property | Reference, encoded: Any, cause: Exception) -> StoredValueError:
    error = StoredValueError(
        f"{query.entity.label}: {key.attribute} is {encoded!r} of a group on the server, which the field cannot hold: "
        f"{cause}. Leave out such objects by where(), or such groups by on_error('skip')",
        model=query.entity.model,
        id=None,
        field=key.attribute,
        value=encoded,
    )
    error.__cause__ = cause
    return error

"""Wires: the protocols by which queries reach the server. Each compiles, sends and reads in a folder of its own."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Generic, Protocol, TypeVar

import attrs

from weaviate_orm.query.aggregates import Aggregate
from weaviate_orm.query.entity import Property, Reference
from weaviate_orm.query.query import Query
from weaviate_orm.query.rows import IdCheck, Page

T = TypeVar("T")


@attrs.frozen
class Computed(Generic[T]):
    """A value that was computed on the server, with the check on the ids that the query names."""

    value: T
    id_check: IdCheck


@attrs.frozen
class AggregatedGroup:
    """The aggregates of one group, as JSON.

    Attributes:
        value: the value in common, as it is stored; of a reference the id of the object.
        count: the number of objects.
        aggregates: as :meth:`~weaviate_orm.Aggregate.decode` takes them.
    """

    value: Any
    count: int
    aggregates: tuple[Any, ...]


class Wire(Protocol):
    """Runs queries with tenant and consistency level, each as it is: it adds no pages, and flushes nothing."""

    def describe(self, query: Query) -> tuple[str, str]:
        """Return the name of the protocol by which a query for objects goes, and why it does."""
        ...

    def fetch(self, query: Query) -> Page:
        """Return the objects of one answer."""
        ...

    def fetch_several(self, queries: Sequence[Query]) -> list[Page]:
        """Return the objects of several queries of one tenant."""
        ...

    def find_ids(self, queries: Sequence[Query]) -> list[list[str]]:
        """Return the ids of the objects of several queries of one tenant, which select nothing."""
        ...

    def count(self, query: Query) -> Computed[int]:
        """Return how many objects match, whatever the limit."""
        ...

    def aggregate(self, query: Query, aggregates: Sequence[Aggregate[Any]]) -> Computed[list[Any]]:
        """Return the JSON of aggregates, as :meth:`~weaviate_orm.Aggregate.decode` takes it."""
        ...

    def aggregate_by(
        self, query: Query, key: Property | Reference, aggregates: Sequence[Aggregate[Any]], limit: int | None
    ) -> Computed[list[AggregatedGroup]]:
        """Return the JSON of the aggregates of each group."""
        ...

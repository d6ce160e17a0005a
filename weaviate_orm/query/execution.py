"""The executor of queries: the session of the moment, behind a protocol, which this layer need not know."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, Protocol

from weaviate_orm.exceptions import ConfigurationError
from weaviate_orm.query.aggregates import Aggregate, GroupResult
from weaviate_orm.query.entity import Embedding, Property, Reference
from weaviate_orm.query.paging import Reading
from weaviate_orm.query.query import Query
from weaviate_orm.query.results import Groups, Hits
from weaviate_orm.query.table_columns import Column
from weaviate_orm.tracing import current_tracer


class Executor(Protocol):
    """Runs compiled queries and makes models of the answers."""

    def fetch(self, query: Query) -> list[Any]:
        """Return the objects."""
        ...

    def fetch_many(self, queries: Sequence[Query]) -> list[list[Any]]:
        """Return the objects of several queries."""
        ...

    def fetch_hits(self, query: Query) -> Hits[Any]:
        """Return the objects, each with its metadata."""
        ...

    def fetch_groups(self, query: Query) -> Groups[Any]:
        """Return the objects in their groups."""
        ...

    def fetch_columns(self, query: Query, columns: Sequence[Column]) -> list[list[Any]]:
        """Return the values of columns; no models are made."""
        ...

    def preview(self, query: Query, columns: Sequence[Column]) -> list[list[Any]]:
        """Return the values of columns as they are stored, by one request at most; nothing is flushed before."""
        ...

    def iterate_arrow(self, query: Query, columns: Sequence[Column], size: int | None) -> Iterator[Any]:
        """Yield columns as record batches, of a size or as few as can be; at least one."""
        ...

    def iterate(self, query: Query, reading: Reading, size: int) -> Iterator[Any]:
        """Return the objects, one page in memory at a time."""
        ...

    def count(self, query: Query) -> int:
        """Return how many there are."""
        ...

    def aggregate(self, query: Query, aggregates: Sequence[Aggregate[Any]]) -> list[Any]:
        """Return the aggregates."""
        ...

    def aggregate_by(
        self, query: Query, key: Property | Reference, aggregates: Sequence[Aggregate[Any]], limit: int | None
    ) -> list[GroupResult]:
        """Return the aggregates of each group."""
        ...

    def store(self, instance: Any, tenant: str | None) -> None:
        """Store a new object."""
        ...

    def store_missing(self, instance: Any, tenant: str | None, sought: Sequence[str]) -> None:
        """Store a new object unless there is one of its id; none of the ``sought`` values is known to be there."""
        ...

    def save(self, instance: Any) -> None:
        """Store what was changed of an object."""
        ...

    def update(self, query: Query, values: Mapping[str, Any]) -> int:
        """Assign values to the objects; returns how many there are."""
        ...

    def embed(self, query: Query, embeddings: Sequence[Embedding], *, missing: bool) -> int:
        """Make the vectors of the objects; returns how many there are."""
        ...

    def delete(self, query: Query) -> int:
        """Delete the objects; returns how many there were."""
        ...

    def wire_of(self, query: Query) -> tuple[str, str]:
        """Return by which protocol a query goes, and why."""
        ...

    def profile(self, query: Query) -> Sequence[Mapping[str, Any]]:
        """Return where the server's time went."""
        ...


_Document = Callable[[Query, bool], str]
_provider: tuple[Callable[[], Executor], _Document] | None = None


def provide_executor(executor: Callable[[], Executor], document: _Document) -> None:
    """Set what returns the executor of ``Model.query`` when a query runs, and the document of a query."""
    global _provider
    _provider = executor, document


def current_executor() -> Executor:
    """Return the executor of this moment; raises ConfigurationError where no session layer is loaded."""
    executor, _ = _provided()
    return executor()


def traced(executor: Executor) -> Executor:
    """Return an executor whose queries the tracer is told of, where there is one."""
    tracer = current_tracer()
    return executor if tracer is None else tracer.executor(executor)


def document_of(query: Query, *, embeds: bool = True) -> str:
    """Return the GraphQL document of a query; raises ConfigurationError where no session layer is loaded.

    Args:
        query: the query.
        embeds: whether a text for which an embedder makes the vector is embedded; else it stands there as a text.
    """
    _, document = _provided()
    return document(query, embeds)


def _provided() -> tuple[Callable[[], Executor], _Document]:
    if _provider is None:
        raise ConfigurationError("import weaviate_orm before queries are run: no session layer is loaded")
    return _provider

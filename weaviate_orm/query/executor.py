"""Who runs a query: the session of the moment, behind a protocol, so that this layer need not know it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Generic, Protocol, TypeVar

import attrs

from weaviate_orm.exceptions import ConfigurationError
from weaviate_orm.query.tree import Query

M = TypeVar("M")


@attrs.frozen
class Hit(Generic[M]):
    """One object of a search, with what the search says of it. What the kind of search does not give is None.

    Attributes:
        object: the model.
        distance: between the query's vector and the object's, in the metric of the index; smaller is nearer.
        certainty: from 0 to 1, larger is nearer; cosine distances only.
        score: of bm25 and hybrid searches; larger is better.
        explain_score: how the score came about, in the server's words.
    """

    object: M
    distance: float | None = None
    certainty: float | None = None
    score: float | None = None
    explain_score: str | None = None


class Executor(Protocol):
    """Runs compiled queries and makes models of the answers."""

    def fetch(self, query: Query) -> list[Any]:
        """The objects."""
        ...

    def fetch_hits(self, query: Query) -> list[Hit[Any]]:
        """The objects, each with its metadata."""
        ...

    def count(self, query: Query) -> int:
        """How many there are."""
        ...


_provider: Callable[[], Executor] | None = None


def provide_executor(provider: Callable[[], Executor]) -> None:
    """Set what gives ``Model.query`` its executor at the moment a query runs."""
    global _provider
    _provider = provider


def current_executor() -> Executor:
    """The executor of this moment; raises ConfigurationError where there is none."""
    if _provider is None:
        raise ConfigurationError("import weaviate_orm before queries are run: no session layer is loaded")
    return _provider()

"""The base of a query set: an immutable query, and the executor that runs it."""

from __future__ import annotations

import weakref
from collections.abc import Generator
from typing import Any, Generic, NoReturn, TypeVar

import attrs
from typing_extensions import Self

from weaviate_orm.exceptions import QueryError
from weaviate_orm.query.exact_text import server_part
from weaviate_orm.query.execution import Executor, current_executor, document_of, traced
from weaviate_orm.query.query import Query
from weaviate_orm.query.validation import check_combination
from weaviate_orm.shown_values import shortened_document

M = TypeVar("M")


class BaseQuerySet(Generic[M]):
    """An immutable query of one class; every method returns a new one."""

    __slots__ = ("_bound_executor", "_query", "_reading")

    def __init__(self, query: Query, executor: Executor | None = None) -> None:
        self._query = query
        self._bound_executor = executor
        # the thread and the iterator of the latest reading, and how many objects it has
        self._reading: tuple[int, weakref.ref[Generator[Any, None, None]], int] | None = None

    def __repr__(self) -> str:
        return f"<{type(self).__name__} {self._shown_document}>"

    def __reduce__(self) -> tuple[Any, ...]:
        # a session stays where it is: the copy is run by the session around it
        return type(self), (self._query,)

    def __bool__(self) -> NoReturn:
        raise TypeError("a query set has no truth of its own: use .exists(), or the truth of .all()")

    def run_by(self, executor: Executor) -> Self:
        """Return the same query bound to an executor, such as that of a session."""
        return type(self)(self._query, executor)

    def graphql(self) -> str:
        """Return the GraphQL document of the query; for a listing that REST answers, the equivalent one."""
        return document_of(server_part(self._query))

    @property
    def _shown_document(self) -> str:
        """The document for reprs and errors: short, and with texts that are not embedded, which may be paid for."""
        return shortened_document(document_of(server_part(self._query), embeds=False))

    @property
    def _executor(self) -> Executor:
        return traced(self._bound_executor if self._bound_executor is not None else current_executor())

    def _evolve(self, **changes: Any) -> Self:
        query = attrs.evolve(self._query, **changes)
        check_combination(query)
        return type(self)(query, self._bound_executor)


def validate_count(name: str, value: Any, *, minimum: int = 0) -> int:
    """Return a count; raises QueryError for anything but a whole number from ``minimum``."""
    if isinstance(value, bool) or not isinstance(value, int) or value < minimum:
        raise QueryError(f"a {name} is a whole number from {minimum}, not {value!r}")
    return value

"""What the verbs of a query set stand on: an immutable query, and who runs it."""

from __future__ import annotations

from typing import Any, Generic, NoReturn, TypeVar

import attrs
from typing_extensions import Self

from weaviate_orm.exceptions import QueryError
from weaviate_orm.query.exact_text import server_part
from weaviate_orm.query.executor import Executor, current_executor
from weaviate_orm.query.graphql.compiler import compile_get
from weaviate_orm.query.query import Query
from weaviate_orm.query.validation import check_combination

M = TypeVar("M")


class Base(Generic[M]):
    """An immutable query of one class; every verb makes a new one."""

    __slots__ = ("_executor", "_query")

    def __init__(self, query: Query, executor: Executor | None = None) -> None:
        self._query = query
        self._executor = executor

    def __repr__(self) -> str:
        return f"<{type(self).__name__} {self.graphql()}>"

    def __reduce__(self) -> tuple[Any, ...]:
        # a session stays where it is: the copy is run by the session around it
        return type(self), (self._query,)

    def __bool__(self) -> NoReturn:
        raise TypeError("a query set has no truth of its own: use .exists(), or the truth of .all()")

    def run_by(self, executor: Executor) -> Self:
        """The same query, run by an executor, as that of a session, whatever is around."""
        return type(self)(self._query, executor)

    def graphql(self) -> str:
        """The document that is sent; of a plain listing, which REST answers, the one that would ask the same."""
        return str(compile_get(server_part(self._query)))

    @property
    def _run(self) -> Executor:
        return self._executor if self._executor is not None else current_executor()

    def _evolve(self, **changes: Any) -> Self:
        query = attrs.evolve(self._query, **changes)
        check_combination(query)
        return type(self)(query, self._executor)


def counting(what: str, number: Any, *, least: int = 0) -> int:
    """The number itself; raises QueryError for what is no whole number from ``least``."""
    if isinstance(number, bool) or not isinstance(number, int) or number < least:
        raise QueryError(f"a {what} is a whole number from {least}, not {number!r}")
    return number

"""Where a tracer is told of commits, flushes, queries and requests. There is none unless one is set."""

from __future__ import annotations

from collections.abc import Callable, Collection
from contextlib import AbstractContextManager
from typing import Any, Protocol, TypeVar

T = TypeVar("T")


class Tracer(Protocol):
    """Makes spans."""

    def operation(self, name: str, collections: Collection[str], size: int = 1) -> AbstractContextManager[object]:
        """Return the span of a block: an operation on objects of some collections, and how many it writes."""
        ...

    def executor(self, executor: T) -> T:
        """Return an executor whose queries have spans."""
        ...

    def request(
        self,
        send: Callable[[], T],
        describe: Callable[[T], tuple[object, int]],
        *,
        method: str,
        url: str,
        wire: str,
        attempt: int,
    ) -> T:
        """Send an attempt of a request in a span; ``describe`` returns the status of an answer, and its size."""
        ...


_tracer: Any = None


def set_tracer(tracer: Tracer | None) -> None:
    """Set the tracer of this process; None removes it."""
    global _tracer
    _tracer = tracer


def current_tracer() -> Tracer | None:
    """Return the tracer, if one is set."""
    tracer: Tracer | None = _tracer
    return tracer

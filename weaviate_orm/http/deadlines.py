"""Deadlines of whole operations: sending, waiting and reading.

The timeouts of a socket bound each of its steps, and so never end an answer of which a byte arrives now and then.
"""

from __future__ import annotations

import math
import time
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

_end: ContextVar[float] = ContextVar("weaviate_orm_deadline", default=math.inf)


@contextmanager
def deadline(seconds: float) -> Iterator[None]:
    """Set a deadline for the requests of a block in this thread. Of several deadlines the earliest holds."""
    token = _end.set(min(_end.get(), time.monotonic() + seconds))
    try:
        yield
    finally:
        _end.reset(token)


def seconds_left() -> float:
    """Return the seconds until the deadline, negative after it; infinity without one."""
    return _end.get() - time.monotonic()

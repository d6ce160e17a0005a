"""Until when an operation may last, whatever it sends, waits for and reads.

The timeouts of a socket bound each of its steps, so a server that sends a byte now and then is never too slow for them.
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
    """What this thread asks within the block is over after so many seconds. Of several deadlines the first holds."""
    token = _end.set(min(_end.get(), time.monotonic() + seconds))
    try:
        yield
    finally:
        _end.reset(token)


def seconds_left() -> float:
    """The seconds until the deadline, less than none when it is over; infinitely many where there is none."""
    return _end.get() - time.monotonic()

"""Congestion: after a 429, all threads that share a transport pause, not only the one that was refused."""

from __future__ import annotations

import random
import time

from weaviate_orm.http.deadlines import seconds_left
from weaviate_orm.http.retry import LONGEST_RETRY_AFTER

FIRST_PAUSE = 0.25
LONGEST_PAUSE = 8.0


class Congestion:
    """The pause before the next request. It doubles while the server still refuses after it, and ends with the first
    answer of another kind.

    Threads write to it without a lock: at worst, a pause is a step too short.
    """

    def __init__(self) -> None:
        self._until = 0.0
        self._pause = 0.0

    def wait(self) -> None:
        """Wait for the end of the pause, or for the deadline."""
        pause = self._until - time.monotonic()
        if pause > 0:
            # without jitter all threads would come back together
            time.sleep(max(min(pause + random.uniform(0, self._pause or FIRST_PAUSE), seconds_left()), 0.0))

    def refused(self, retry_after: float | None) -> None:
        """Record a refusal, and the server's ``Retry-After``."""
        now = time.monotonic()
        if now >= self._until:  # not a request that was in flight when the pause began
            self._pause = min(max(2 * self._pause, FIRST_PAUSE), LONGEST_PAUSE)
        requested = retry_after if retry_after is not None and retry_after <= LONGEST_RETRY_AFTER else 0.0
        self._until = max(self._until, now + max(self._pause, requested))

    def passed(self) -> None:
        """Record an answer of another kind."""
        if self._pause and time.monotonic() >= self._until:
            self._pause = 0.0

"""A server that has too many requests: whoever shares a transport waits, not only the thread that was refused."""

from __future__ import annotations

import random
import time

from weaviate_orm.http.deadlines import seconds_left
from weaviate_orm.http.retry import LONGEST_RETRY_AFTER

FIRST_PAUSE = 0.25
LONGEST_PAUSE = 8.0


class Congestion:
    """When the next request may be sent. A pause doubles while the server still refuses after it, and ends with the
    first answer of another kind.

    Threads write to it without a lock: the worst is a pause that is a step too short.
    """

    def __init__(self) -> None:
        self._until = 0.0
        self._pause = 0.0

    def wait(self) -> None:
        """Wait for the end of the pause, or of what time there is."""
        left = self._until - time.monotonic()
        if left > 0:
            # all who wait would otherwise come back together
            time.sleep(max(min(left + random.uniform(0, self._pause or FIRST_PAUSE), seconds_left()), 0.0))

    def refused(self, retry_after: float | None) -> None:
        """The server has too many requests, and may have said for how long."""
        now = time.monotonic()
        if now >= self._until:  # not one of many that were under way when the pause began
            self._pause = min(max(2 * self._pause, FIRST_PAUSE), LONGEST_PAUSE)
        asked = retry_after if retry_after is not None and retry_after <= LONGEST_RETRY_AFTER else 0.0
        self._until = max(self._until, now + max(self._pause, asked))

    def passed(self) -> None:
        """The server takes requests."""
        if self._pause and time.monotonic() >= self._until:
            self._pause = 0.0

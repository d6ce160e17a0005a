"""The server's clock, as far as the times of its objects tell."""

from __future__ import annotations

import math
import time

UNSETTLED = 2000
"""Milliseconds for which an object may be written a second time with the same time: nodes' clocks differ a little."""


class ServerClock:
    """A lower bound of the server's time, in milliseconds since 1970: the latest time that an object had, and since."""

    def __init__(self) -> None:
        self._offset = -math.inf

    def observe(self, milliseconds: int) -> None:
        """Record the time of an object that the server has just answered."""
        self._offset = max(self._offset, milliseconds - 1000 * time.monotonic())

    @property
    def now(self) -> float:
        """The least that the server's time is."""
        return self._offset + 1000 * time.monotonic()

    @property
    def settled(self) -> float:
        """The time before which objects that are read from now on cannot be written again with the same time."""
        return self.now - UNSETTLED

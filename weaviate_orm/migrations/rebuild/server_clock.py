"""The server's clock, as far as the times of its objects tell."""

from __future__ import annotations

import math
import time

UNSETTLED, UNSETTLED_OF_NODES = 50, 2000
"""Milliseconds for which an object may be written again with the time that it has: on one node, and on several, whose
clocks differ."""


class ServerClock:
    """A lower bound of the server's time, in milliseconds since 1970: the latest time that an object had, and since.

    Args:
        nodes: how many nodes the server has.
    """

    def __init__(self, nodes: int) -> None:
        self._offset = -math.inf
        self._unsettled = UNSETTLED if nodes == 1 else UNSETTLED_OF_NODES

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
        return self.now - self._unsettled

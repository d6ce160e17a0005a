"""How large the next batch should be. Pure: measurements in, sizes out."""

from __future__ import annotations

from collections import deque

import attrs

SMALLEST, LARGEST = 10, 1000
"""The bounds of a recommended size. Beyond the upper one a batch only takes longer."""

FASTEST_GROWTH = 250
"""A size grows by so many at a time, so that one lucky measurement does not overwhelm the server."""

USED_SHARE = 0.75
"""The part of the time for a batch that its size is meant to take."""


@attrs.define
class Recommendation:
    """A size that follows the server: as many items as it stores within ``seconds``.

    ``size`` begins with what the user named, and moves with each measurement.
    """

    size: int
    seconds: float
    _rates: deque[float] = attrs.field(factory=lambda: deque(maxlen=5), init=False, repr=False)

    def measured(self, items: int, seconds: float) -> None:
        """A batch of so many items took so long."""
        if items < 1 or seconds <= 0:
            return
        self._rates.append(items / seconds)
        rate = sum(self._rates) / len(self._rates)
        self._move(USED_SHARE * rate * self.seconds)

    def aim_at(self, seconds: float) -> None:
        """Batches should take so long from now on: the size changes in proportion."""
        size = round(self.size * seconds / self.seconds)
        self.seconds = seconds
        self.size = max(min(size, LARGEST), SMALLEST)

    def queued(self, length: int, rate: float) -> None:
        """The server has so many vectors waiting for their index, and indexes so many a second."""
        if length and rate and length / rate > self.seconds:
            self._move(self.size * self.seconds * rate / length)

    def _move(self, wanted: float) -> None:
        nearest = max(min(round(min(wanted, LARGEST)), self.size + FASTEST_GROWTH), self.size // 2)
        self.size = max(min(nearest, LARGEST), SMALLEST)

"""The size of the next batch. Pure: measurements in, sizes out."""

from __future__ import annotations

from collections import deque

import attrs

SMALLEST, LARGEST = 10, 1000
"""The bounds of a recommended size. A larger batch only takes longer."""

FASTEST_GROWTH = 250
"""The most that a size grows at once, so that one lucky measurement does not overwhelm the server."""

USED_SHARE = 0.75
"""The part of ``seconds`` that a batch should take."""


@attrs.define
class Recommendation:
    """A size that follows the server: as many items as it stores within ``seconds``.

    ``size`` begins with the user's value, and moves with each measurement.
    """

    size: int
    seconds: float
    _rates: deque[float] = attrs.field(factory=lambda: deque(maxlen=5), init=False, repr=False)

    def measured(self, items: int, seconds: float) -> None:
        """Record the duration of a batch."""
        if items < 1 or seconds <= 0:
            return
        self._rates.append(items / seconds)
        rate = sum(self._rates) / len(self._rates)
        self._move(USED_SHARE * rate * self.seconds)

    def aim_at(self, seconds: float) -> None:
        """Change the target duration, and the size in proportion."""
        size = round(self.size * seconds / self.seconds)
        self.seconds = seconds
        self.size = max(min(size, LARGEST), SMALLEST)

    def queued(self, length: int, rate: float) -> None:
        """Record the server's queue: the vectors that wait to be indexed, and how many are indexed in a second."""
        if length and rate and length / rate > self.seconds:
            self._move(self.size * self.seconds * rate / length)

    def _move(self, target: float) -> None:
        nearest = max(min(round(min(target, LARGEST)), self.size + FASTEST_GROWTH), self.size // 2)
        self.size = max(min(nearest, LARGEST), SMALLEST)

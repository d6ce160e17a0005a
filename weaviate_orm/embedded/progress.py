"""ProgressLines lines on stderr."""

from __future__ import annotations

import sys
import time

INTERVAL = 5.0
"""The seconds between two lines about one step."""


class ProgressLines:
    """A printer of progress lines, unless it is quiet."""

    def __init__(self, quiet: bool = False) -> None:
        self._quiet = quiet
        self._last = 0.0

    def say(self, message: str) -> None:
        """Print a line."""
        self._last = time.monotonic()
        if not self._quiet:
            sys.stderr.write(f"weaviate_orm: {message}\n")
            sys.stderr.flush()

    def tick(self, message: str) -> None:
        """Print a line if the last one is at least INTERVAL seconds old."""
        if time.monotonic() - self._last >= INTERVAL:
            self.say(message)

"""Lines on stderr while something takes long."""

from __future__ import annotations

import sys
import time

INTERVAL = 5.0
"""Seconds between two lines about the same step."""


class ProgressLines:
    """Says what is going on, unless it was told to be quiet."""

    def __init__(self, quiet: bool = False) -> None:
        self._quiet = quiet
        self._last = 0.0

    def say(self, message: str) -> None:
        """One line, now."""
        self._last = time.monotonic()
        if not self._quiet:
            sys.stderr.write(f"weaviate_orm: {message}\n")
            sys.stderr.flush()

    def tick(self, message: str) -> None:
        """One line, if the last one is INTERVAL seconds old."""
        if time.monotonic() - self._last >= INTERVAL:
            self.say(message)

"""How far a rebuild is."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Literal

import attrs

Phase = Literal["filling", "comparing", "copying", "verifying", "indexing", "frozen", "switching", "dropped"]
"""What a rebuild does. ``frozen``: writes are refused; ``dropped``: offline, the collection is not there."""


@attrs.frozen
class RebuildProgress:
    """How far a rebuild is.

    Attributes:
        phase: what it does.
        collection: the logical name of the collection, or None where it concerns all.
        tenant: the tenant, or None.
        done: how many objects are copied.
        total: how many there were at the beginning.
        seconds_left: an estimate of the time for the others, by the rate of this run; None before there is one.
    """

    phase: Phase
    collection: str | None
    tenant: str | None
    done: int
    total: int
    seconds_left: float | None


Report = Callable[[RebuildProgress], None]
"""A function that is called with the progress, in the thread of the rebuild. An error that it raises ends that."""


class ProgressMeter:
    """Counts what is copied, and reports it."""

    def __init__(self, report: Report | None) -> None:
        self._report = report
        self._phase: Phase = "comparing"
        self._copied = 0
        self._begun: float | None = None
        self.done = 0
        self.total = 0

    def enter(self, phase: Phase, collection: str | None = None, tenant: str | None = None) -> None:
        """Begin a phase."""
        self._phase = phase
        if phase == "copying" and self._begun is None:
            self._begun = time.monotonic()
        self._send(collection, tenant)

    def restart(self) -> None:
        """Count from the beginning."""
        self.done = self.total = self._copied = 0
        self._begun = None

    def resume(self, copied: int) -> None:
        """Record what was copied before this run."""
        self.done = copied

    def advance(self, collection: str, tenant: str | None, copied: int) -> None:
        """Record what was copied."""
        self._copied += copied
        self.done += copied
        self._send(collection, tenant)

    def _send(self, collection: str | None, tenant: str | None) -> None:
        if self._report is not None:
            done = min(self.done, self.total)
            self._report(RebuildProgress(self._phase, collection, tenant, done, self.total, self._seconds_left()))

    def _seconds_left(self) -> float | None:
        if self._begun is None or not self._copied:
            return None
        rate = self._copied / max(time.monotonic() - self._begun, 1e-3)
        return max(self.total - self.done, 0) / rate

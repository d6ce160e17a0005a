"""Waiting for work that the server does by itself."""

from __future__ import annotations

import time
from collections.abc import Callable, Collection

from weaviate_orm.exceptions import OperationTimeoutError, ValidationError
from weaviate_orm.types import JSONObject

Progress = Callable[[JSONObject], None]
"""Called with each report about the work; what it raises ends the waiting, not the work."""


class Deadline:
    """The end of a wait: ``timeout`` seconds from now, or never. Raises ValidationError for a negative one."""

    def __init__(self, work: str, timeout: float | None) -> None:
        if timeout is not None and not timeout >= 0:
            raise ValidationError(f"wait_timeout is a number of seconds, 0 or more, or None; got {timeout!r}")
        self._work = work
        self._timeout = timeout
        self._begun = time.monotonic()

    def pause(self, seconds: float, status: JSONObject) -> None:
        """Sleep, but not beyond the end. Raises OperationTimeoutError at the end."""
        if self._timeout is not None:
            remaining = self._begun + self._timeout - time.monotonic()
            if remaining <= 0:
                raise OperationTimeoutError(
                    f"{self._work} is not done after {self._timeout:g} seconds, and goes on; the last report is "
                    f"{status}. Ask again later, or wait longer by wait_timeout",
                    status=status,
                )
            seconds = min(seconds, remaining)
        time.sleep(seconds)


def wait_for(
    report: Callable[[], JSONObject], ended: Collection[str], deadline: Deadline, progress: Progress | None = None
) -> JSONObject:
    """Ask for ``report`` until its ``status`` is one of ``ended``, and return the last one.

    The pauses grow from a tenth of a second to one second.
    """
    pause = 0.1
    while True:
        status = report()
        if progress is not None:
            progress(status)
        if status["status"] in ended:
            return status
        deadline.pause(pause, status)
        pause = min(pause * 1.5, 1.0)

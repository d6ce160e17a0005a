"""Waiting for operations that the server runs in the background."""

from __future__ import annotations

import time
from collections.abc import Callable, Collection

from weaviate_orm.exceptions import OperationTimeoutError, ValidationError
from weaviate_orm.types import JSONObject

Progress = Callable[[JSONObject], None]
"""A function that is called with every report. An error that it raises ends the wait, not the operation."""


class Deadline:
    """The end of a wait, ``timeout`` seconds from now, or never. Raises ValidationError for a negative timeout."""

    def __init__(self, operation: str, timeout: float | None) -> None:
        if timeout is not None and not timeout >= 0:
            raise ValidationError(f"wait_timeout is a number of seconds, 0 or more, or None; got {timeout!r}")
        self._operation = operation
        self._timeout = timeout
        self._start = time.monotonic()

    def pause(self, seconds: float, status: JSONObject) -> None:
        """Sleep, but not beyond the deadline. Raises OperationTimeoutError if it has passed."""
        if self._timeout is not None:
            remaining = self._start + self._timeout - time.monotonic()
            if remaining <= 0:
                raise OperationTimeoutError(
                    f"{self._operation} is not done after {self._timeout:g} seconds, and goes on; the last report is "
                    f"{status}. Check again later, or raise wait_timeout",
                    status=status,
                )
            seconds = min(seconds, remaining)
        time.sleep(seconds)


def wait_for(
    get_report: Callable[[], JSONObject],
    final_statuses: Collection[str],
    deadline: Deadline,
    progress: Progress | None = None,
    is_recorded: Callable[[JSONObject], bool] = lambda report: True,
) -> JSONObject:
    """Request reports until the ``status`` is a final one, and recorded, and return the last report.

    The pauses grow from a tenth of a second to one second.
    """
    pause = 0.1
    while True:
        report = get_report()
        if progress is not None:
            progress(report)
        if report["status"] in final_statuses and is_recorded(report):
            return report
        deadline.pause(pause, report)
        pause = min(pause * 1.5, 1.0)

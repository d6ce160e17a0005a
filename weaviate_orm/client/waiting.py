"""Waiting for work that the server does by itself."""

from __future__ import annotations

import time
from collections.abc import Callable, Collection

from weaviate_orm.types import JSONObject

Progress = Callable[[JSONObject], None]
"""Called with each report about the work; what it raises ends the waiting, not the work."""


def wait_for(report: Callable[[], JSONObject], ended: Collection[str], progress: Progress | None = None) -> JSONObject:
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
        time.sleep(pause)
        pause = min(pause * 1.5, 1.0)

"""The log of requests: the logger ``weaviate_orm.requests``, and warnings of slow ones.

At INFO it has a line for each attempt, at DEBUG also the text of queries. It never has headers, nor keys.
"""

from __future__ import annotations

import logging
import sys
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Final, TypeVar

from weaviate_orm.tracing import current_tracer

T = TypeVar("T")

LOGGER: Final = logging.getLogger("weaviate_orm.requests")

_SKIPPED: Final = (str(Path(__file__).parents[1]), logging.__file__)
"""Where the files of those lie that log, and do not ask."""

_LONGEST_DOCUMENT: Final = 10_000


class RequestLog:
    """Logs the requests of a client.

    Args:
        slow: the seconds from which a request is warned of; None: never.
    """

    def __init__(self, slow: float | None = None) -> None:
        self._slow = slow

    @property
    def is_on(self) -> bool:
        """Whether anything is logged, or traced."""
        return self._slow is not None or current_tracer() is not None or LOGGER.isEnabledFor(logging.INFO)

    def record(
        self,
        send: Callable[[], T],
        describe: Callable[[T], tuple[object, int]],
        *,
        method: str,
        url: str,
        path: str,
        body: bytes | None,
        wire: str = "HTTP",
        attempt: int = 1,
    ) -> T:
        """Send an attempt, and log it; the tracer has it too.

        Args:
            send: sends it.
            describe: returns the status of an answer, and its size in bytes.
            method, url: what is sent.
            path: the part of the URL that is logged.
            body: its body; that of a query is logged at DEBUG.
            wire: ``HTTP`` or ``gRPC``.
            attempt: its number, from 1.
        """
        begin = time.perf_counter()
        status: object = "no answer"
        received = 0
        tracer = current_tracer()
        try:
            if tracer is None:
                answer = send()
            else:
                answer = tracer.request(send, describe, method=method, url=url, wire=wire, attempt=attempt)
            status, received = describe(answer)
            return answer
        finally:
            seconds = time.perf_counter() - begin
            values: Mapping[str, Any] = {
                "method": method,
                "path": path,
                "status": status,
                "sent": len(body or b""),
                "received": received,
                "milliseconds": seconds * 1e3,
                "wire": wire,
                "attempt": attempt,
            }
            LOGGER.info(
                "%(method)s %(path)s: %(status)s, %(sent)d bytes sent, %(received)d received, %(milliseconds).1f ms, "
                "%(wire)s, attempt %(attempt)d",
                values,
            )
            if path.endswith("/graphql") and LOGGER.isEnabledFor(logging.DEBUG):
                LOGGER.debug("%s", (body or b"")[:_LONGEST_DOCUMENT].decode(errors="replace"))
            if self._slow is not None and seconds >= self._slow:
                LOGGER.warning("%s %s took %.2f s (%s); asked by %s", method, path, seconds, status, asking_line())


def asking_line() -> str:
    """Return the file and line outside of this package that led to the request, as far as this thread knows."""
    frame = sys._getframe()
    while frame is not None and frame.f_code.co_filename.startswith(_SKIPPED):
        if frame.f_back is None:
            break
        frame = frame.f_back
    return f"{frame.f_code.co_filename}:{frame.f_lineno}"

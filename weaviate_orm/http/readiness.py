"""Whether a server is ready after a restart: it answers before it has read its schema."""

from __future__ import annotations

import time
from collections.abc import Callable

from weaviate_orm.exceptions import CertificateError, ConnectionFailedError, TransportError

WELL_KNOWN = "/.well-known/"
"""What a server answers before it is ready, and without credentials."""

READINESS = f"{WELL_KNOWN}ready"
"""The path that tells whether it is."""

LONGEST_START = 30.0
"""The seconds for which an answer is believed that the server is not ready: a node in maintenance always gives it."""


class Readiness:
    """Whether a server, which could not be connected to, is ready again.

    Until it is, Weaviate says of every object that it is not there (measured on 1.39). So it is asked before the next
    request is sent.

    Threads write to it without a lock: at worst the server is asked once more.

    Attributes:
        is_doubted: whether the server has to be asked.
    """

    def __init__(self, url: str) -> None:
        self._url = url
        self._starting_since: float | None = None
        self.is_doubted = False

    def doubt(self, error: TransportError) -> None:
        """Have the server asked, if an error is that nothing listened where it should be."""
        if isinstance(error, ConnectionFailedError) and not (error.sent or isinstance(error, CertificateError)):
            self.is_doubted = True

    def confirm(self) -> None:
        """Record that the server is ready."""
        self.is_doubted, self._starting_since = False, None

    def check(self, ask: Callable[[], bool]) -> None:
        """Raise ConnectionFailedError if the server was away, and is not ready again; ``ask`` asks it."""
        if not self.is_doubted:
            return
        if not ask():
            now = time.monotonic()
            self._starting_since = self._starting_since or now
            if now - self._starting_since < LONGEST_START:
                raise ConnectionFailedError(f"{self._url} was started again, and is not ready yet", sent=False)
        self.confirm()

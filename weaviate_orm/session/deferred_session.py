"""A session that is opened when it is first needed, such as that of a request."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from typing_extensions import Self

from weaviate_orm.session.blocks import begin_block, end_block
from weaviate_orm.session.process import OwningProcess
from weaviate_orm.session.session import Session


class DeferredSession:
    """The session of blocks that may need none. Within them ``Model.query`` reads through it.

    Args:
        make: makes the session.

    Attributes:
        session: the session, if it was needed.
        is_closed: whether it is closed, and opens none any more.
    """

    def __init__(self, make: Callable[[], Session]) -> None:
        self._make = make
        self._lock = threading.RLock()
        self._process = OwningProcess()
        self.session: Session | None = None
        self.is_closed = False

    def __call__(self) -> Session:
        """Return the session, made at the first call."""
        self._process.require()
        with self._lock:
            if self.session is None:
                self.session = self._make()
            return self.session

    @contextmanager
    def around(self) -> Iterator[Self]:
        """Open a block; there may be several, one after the other or in other threads."""
        block = begin_block(self)
        try:
            yield self
        finally:
            end_block(block)

    def close(self) -> None:
        """Close the session, if it was needed; what was not committed is forgotten."""
        self.is_closed = True
        session, self.session = self.session, None
        if session is not None:
            session.close()

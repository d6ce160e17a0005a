"""Sessions of requests, tasks or threads."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar

from weaviate_orm.session.current import current_session
from weaviate_orm.session.process import current_process
from weaviate_orm.session.session import Session, active_session


class ScopedSession:
    """A session for each request, task or thread of a program.

    Args:
        make: makes a session: ``Session`` itself, or a function that sets a client, a tenant or other options.

    ::

        sessions = ScopedSession(lambda: Session(client, tenant=current_tenant()))

        def view(request):                # anywhere below, without passing it on
            sessions().add(Article(title="Hello"))
            sessions().commit()

        sessions.remove()                 # when the request has ended

    A scope is a context (:mod:`contextvars`): each thread has one, and each asyncio task, which begins with a copy of
    its parent's. A forked process begins without sessions. Within a scope ``Model.query`` reads through its session,
    from the first call on; a ``with Session()`` block takes precedence.
    """

    def __init__(self, make: Callable[[], Session] = Session) -> None:
        self._make = make
        self._current: ContextVar[tuple[int, Session] | None] = ContextVar("scoped_session", default=None)

    def __call__(self) -> Session:
        """Return the session of this scope, made at the first call."""
        current = self._current.get()
        # a forked child must not send its parent's pending changes
        if current is not None and current[0] == current_process():
            return current[1]
        session = self._make()
        self._current.set((current_process(), session))
        session.open_blocks += 1
        if current_session() is None:
            active_session.set(session)
        return session

    def remove(self) -> None:
        """Close the session of this scope, if it has one; what was not committed is forgotten."""
        current = self._current.get()
        if current is not None and current[0] == current_process():
            if active_session.get() is current[1]:
                active_session.set(None)
            current[1].open_blocks -= 1
            current[1].close()
        self._current.set(None)

    @contextmanager
    def scope(self) -> Iterator[Session]:
        """Open a block with a session of its own, closed at its end: for a middleware, or a job."""
        before = self._current.get()
        with self._make() as session:
            self._current.set((current_process(), session))
            try:
                yield session
            finally:
                self._current.set(before)

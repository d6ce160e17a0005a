"""One session for each request, task or thread."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar

from weaviate_orm.session.current import current_session
from weaviate_orm.session.process import current_process
from weaviate_orm.session.session import Session, active_session


class ScopedSession:
    """Gives every request, task or thread of a program a session of its own.

    Args:
        make: makes a session: ``Session`` itself, or a function that gives it a client, a tenant and the like.

    ::

        sessions = ScopedSession(lambda: Session(client, tenant=current_tenant()))

        def view(request):                # anywhere below, without passing it on
            sessions().add(Article(title="Hello"))
            sessions().commit()

        sessions.remove()                 # when the request has ended

    What is a scope of its own is a context (:mod:`contextvars`): each thread has one, and each asyncio task, which
    begins with what the task that made it had. A forked process has none of its parent's. Within a scope
    ``Model.query`` reads through its session, from the first call on; a ``with Session()`` block goes before it.
    """

    def __init__(self, make: Callable[[], Session] = Session) -> None:
        self._make = make
        self._current: ContextVar[tuple[int, Session] | None] = ContextVar("scoped_session", default=None)

    def __call__(self) -> Session:
        """The session of this scope; made at the first call."""
        found = self._current.get()
        # a forked child must not send what is pending in its parent
        if found is not None and found[0] == current_process():
            return found[1]
        session = self._make()
        self._current.set((current_process(), session))
        if current_session() is None:
            active_session.set(session)
        return session

    def remove(self) -> None:
        """Close the session of this scope, if there is one; what was not committed is forgotten."""
        found = self._current.get()
        if found is not None and found[0] == current_process():
            if active_session.get() is found[1]:
                active_session.set(None)
            found[1].close()
        self._current.set(None)

    @contextmanager
    def scope(self) -> Iterator[Session]:
        """A block with a session of its own, closed at its end: for a middleware, or a job."""
        before = self._current.get()
        with self._make() as session:
            self._current.set((current_process(), session))
            try:
                yield session
            finally:
                self._current.set(before)

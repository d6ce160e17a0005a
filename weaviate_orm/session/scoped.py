"""Sessions of requests, tasks or threads."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar

import attrs

from weaviate_orm.session.blocks import Block, begin_block, end_block, innermost_block, stray_blocks
from weaviate_orm.session.session import Session


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
        self._current: ContextVar[_Scope | None] = ContextVar("scoped_session", default=None)

    def __call__(self) -> Session:
        """Return the session of this scope, made at the first call.

        Raises SessionError within a block of :meth:`scope` that was opened in another thread or context, so that
        another session would be the wrong one.
        """
        scope = self._current.get()
        # a forked child must not send its parent's pending changes
        if scope is not None and scope.block.is_usable:
            scope.block.check()
            return scope.session
        for stray in stray_blocks():
            if stray.scopes is self:
                stray.check()
        session = self._make()
        is_around = innermost_block() is None  # a block goes before it
        block = begin_block(session, is_scope=True) if is_around else Block(session, None)
        self._current.set(_Scope(session, block))
        return session

    def remove(self) -> None:
        """Close the session of this scope; what was not committed is forgotten.

        Warns where there is none, since it may be that of another context: call it where the session was made.
        """
        scope = self._current.get()
        if scope is None or not scope.block.is_usable:
            warnings.warn(
                "remove() removes nothing: no session was made in this context. If one was made in another one, as in "
                "a dependency that a framework runs in a thread, it stays open: use a block, with sessions.scope(): …",
                RuntimeWarning,
                stacklevel=2,
            )
        else:
            end_block(scope.block)
            scope.session.close()
        self._current.set(None)

    @contextmanager
    def scope(self) -> Iterator[Session]:
        """Open a block with a session of its own, closed at its end: for a middleware, or a job."""
        before = self._current.get()
        with self._make() as session:
            block = innermost_block()
            assert block is not None
            block.scopes = self
            scope = _Scope(session, block)
            self._current.set(scope)
            try:
                yield session
            finally:
                if self._current.get() is scope:  # it may end in another context
                    self._current.set(before)


@attrs.frozen(eq=False)
class _Scope:
    """The session of a scope, and its block."""

    session: Session
    block: Block

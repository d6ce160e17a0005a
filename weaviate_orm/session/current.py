"""The session of the ``with`` block around, and queries outside of every session."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import closing
from typing import Any, cast

from weaviate_orm.query.execution import Executor, provide_executor
from weaviate_orm.session.blocks import innermost_block, stray_blocks
from weaviate_orm.session.deferred_session import DeferredSession
from weaviate_orm.session.reads.wires import document_of
from weaviate_orm.session.session import Session


def current_session() -> Session | None:
    """Return the session of the ``with`` block around, if there is one that this process opened.

    Raises SessionError where it cannot be told: the block around, or one that is open and has no context any more, may
    be that of other code.
    """
    block = innermost_block()
    if block is not None:
        block.check()
        session: Session | DeferredSession = block.session
        return session() if isinstance(session, DeferredSession) else session
    for stray in stray_blocks():
        stray.check()
    return None


def current_executor() -> Executor:
    """Return the executor of the ``with`` block around, or one that opens a session for each query."""
    session = current_session()
    return session._executor if session is not None else cast(Executor, SessionPerQuery(Session))


class SessionPerQuery:
    """The methods of an executor, each run by a session that is then closed: the objects that it returns are detached.

    Args:
        open_session: opens a session.
    """

    def __init__(self, open_session: Callable[[], Session]) -> None:
        self._open_session = open_session

    def __getattr__(self, name: str) -> Callable[..., Any]:
        def run(*arguments: Any) -> Any:
            session = self._open_session()
            if name == "iterate":
                return self._iterate(session, *arguments)
            with closing(session):
                return getattr(session._executor, name)(*arguments)

        return run

    def _iterate(self, session: Session, *arguments: Any) -> Iterator[Any]:
        with closing(session):
            yield from session._executor.iterate(*arguments)


provide_executor(current_executor, document_of)

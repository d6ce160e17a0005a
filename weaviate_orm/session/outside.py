"""Queries outside of every session: each runs in a session of its own, which is closed when the query is done."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import closing
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from weaviate_orm.session.session import Session


class OutsideExecutor:
    """The methods of an executor, each run by a new session. The objects that they return are detached."""

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

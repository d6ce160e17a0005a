"""A session that talks to the server only within calls that run in threads."""

from __future__ import annotations

import threading
from typing import Any

from weaviate_orm.aio.thread_calls import ThreadCalls
from weaviate_orm.exceptions import NotLoadedError, SessionError, describe
from weaviate_orm.session.session import Session


class BoundSession(Session):
    """The session of an AsyncSession. In the event loop it refuses what would wait for the server."""

    def __init__(self, calls: ThreadCalls, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        self._calls = calls
        self._owner.before_loading = self._refuse_loading

    @property
    def _is_blocking(self) -> bool:
        return self._calls.thread != threading.get_ident()

    def _refuse_loading(self, instance: Any, attribute: str | None) -> None:
        if self._is_blocking:
            name = attribute or "created_at"
            raise NotLoadedError(
                f"{describe(instance)}: {name} is not loaded, and loading it would block the event loop: "
                f'await session.load(instance, "{name}"), or have the query include it',
                instance=instance,
                field=attribute,
            )

    def _flush_before_query(self) -> None:
        if self._is_blocking:
            raise NotLoadedError(
                "this query would block the event loop: await session.query(Model).all() and its like, or run code "
                "that reads by await session.run(function)",
                instance=None,
            )
        super()._flush_before_query()

    def flush(self) -> None:
        """Flush; raises SessionError in the event loop."""
        self._refuse("flush")
        super().flush()

    def commit(self) -> None:
        """Commit; raises SessionError in the event loop."""
        self._refuse("commit")
        super().commit()

    def _refuse(self, name: str) -> None:
        if self._is_blocking:
            raise SessionError(f"{name}() would block the event loop: await session.{name}() of the AsyncSession")

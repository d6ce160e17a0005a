"""The event loop of asynchronous models: one in a thread of its own, since a session may be used inside another one.

One loop for all calls, because the connections of an asynchronous client belong to the loop that opened them.
"""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Awaitable
from typing import TypeVar

from weaviate_orm.forks import renewed_in_children

T = TypeVar("T")


class BackgroundLoop:
    """An event loop in a thread, which starts with the first call; in a forked child anew."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._loop: asyncio.AbstractEventLoop | None = None
        renewed_in_children(self)

    def begin_in_child(self) -> None:
        """Start another one: threads do not come along into a child."""
        self._lock = threading.Lock()
        self._loop = None

    def run(self, awaitable: Awaitable[T]) -> T:
        """Wait for an awaitable in the loop; an interruption of the wait cancels it."""
        future = asyncio.run_coroutine_threadsafe(_awaited(awaitable), self._started())
        try:
            return future.result()
        except BaseException:
            future.cancel()
            raise

    def _started(self) -> asyncio.AbstractEventLoop:
        with self._lock:
            if self._loop is None:
                self._loop = asyncio.new_event_loop()
                threading.Thread(target=self._loop.run_forever, name="weaviate-orm-embedders", daemon=True).start()
            return self._loop


async def _awaited(awaitable: Awaitable[T]) -> T:
    return await awaitable


background_loop = BackgroundLoop()

"""Calls of a session in threads: one at a time, whatever becomes of those who wait for them."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from typing import Any, Final, TypeVar

import anyio
import anyio.lowlevel
import anyio.to_thread

T = TypeVar("T")

logger = logging.getLogger(__name__)

THREADS: Final = 40
"""How many calls of all sessions run at once, in one event loop."""

_limiter: anyio.lowlevel.RunVar[anyio.CapacityLimiter] = anyio.lowlevel.RunVar("weaviate_orm_limiter")


def current_limiter() -> anyio.CapacityLimiter:
    """Return the limiter of the threads of this event loop, made at the first call."""
    try:
        return _limiter.get()
    except LookupError:
        limiter = anyio.CapacityLimiter(THREADS)
        _limiter.set(limiter)
        return limiter


class ThreadCalls:
    """Runs the calls of one session.

    A call whose caller is cancelled frees that at once. If it has begun, it goes on in its thread, since a request that
    was sent cannot be taken back, and the next call waits for its end; if it has not, it never begins.
    """

    def __init__(self, limiter: anyio.CapacityLimiter | None = None) -> None:
        self._limiter = limiter
        self._loop: anyio.CapacityLimiter | None = None
        self._turn: anyio.Lock
        self._running = threading.Lock()
        self.thread: int | None = None
        """The thread of the call that is running."""

    async def run(self, function: Callable[[], T]) -> T:
        """Run a function in a thread, with the context variables of the caller."""
        call = _Call(self, function)
        async with self._turn_here():
            try:
                result: T = await anyio.to_thread.run_sync(
                    call.run, abandon_on_cancel=True, limiter=self._limiter or current_limiter()
                )
            except BaseException:
                call.given_up.set()
                raise
        return result

    async def finish(self, function: Callable[[], None]) -> None:
        """Run a function that waits for nothing: here, or in a thread if a call is running there that was given up."""
        async with self._turn_here():
            if not self._running.locked():
                return self.run_here(function)
        await self.run(function)

    def _turn_here(self) -> anyio.Lock:
        """Return the lock of this event loop: one of a loop that has ended may be held for ever."""
        loop = current_limiter()
        if self._loop is not loop:
            self._loop = loop
            self._turn = anyio.Lock(fast_acquire=True)  # what is run yields to the loop by itself
        return self._turn

    def run_here(self, function: Callable[[], T]) -> T:
        """Run a function in this thread, after the call that is running."""
        with self._running:
            self.thread = threading.get_ident()
            try:
                return function()
            finally:
                self.thread = None


class _Call:
    """A call that may have been given up before its turn came."""

    def __init__(self, calls: ThreadCalls, function: Callable[[], Any]) -> None:
        self._calls = calls
        self._function = function
        self.given_up = threading.Event()

    def run(self) -> Any:
        return self._calls.run_here(self._call)

    def _call(self) -> Any:
        if self.given_up.is_set():
            return None
        try:
            return self._function()
        except Exception as error:
            if self.given_up.is_set():
                logger.warning("a call that was given up has failed: %s: %s", type(error).__name__, error)
            raise

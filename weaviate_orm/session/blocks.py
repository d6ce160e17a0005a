"""Blocks: where in a program a session is the one around, in threads, tasks and contexts.

A block is found by the context (:mod:`contextvars`) in which it began, and by copies of that. Frameworks run a
dependency that yields a session in one thread, and the code that it is for in another. A block is a stray where it
cannot be told whether code belongs to it: its context has ended, or a generator opened it in a thread that does
something else by now.
"""

from __future__ import annotations

import contextlib
import inspect
import threading
import weakref
from contextvars import ContextVar
from types import FrameType
from typing import Any

from weaviate_orm.exceptions import SessionError
from weaviate_orm.forks import in_children
from weaviate_orm.session.process import current_process


class Block:
    """A block of a session, from its begin to its end.

    Attributes:
        session: the session.
        is_open: whether it has not ended.
        scopes: what opened it for a scope, if anything did.
    """

    def __init__(self, session: Any, opener: FrameType | None) -> None:
        self.session = session
        self.is_open = True
        self.scopes: object = None
        self._process = current_process()
        self._opener = opener
        self._is_stray = False
        self._mark: weakref.ref[_Mark] | None = None

    @property
    def is_usable(self) -> bool:
        """Whether it is open, in this process."""
        return self.is_open and self._process == current_process()

    @property
    def is_stray(self) -> bool:
        """Whether no code can be said to belong to it."""
        opener = self._opener
        if opener is not None and _has_returned(opener) and self.is_open:  # it may end in its thread meanwhile
            self._opener, self._is_stray = None, True
        return self._is_stray

    def check(self) -> None:
        """Raise SessionError for a stray."""
        if self.is_stray:
            raise SessionError(
                f"which session? {self.session!r} was opened in another thread or context, as by a framework that runs "
                f"a dependency apart, and whether this code belongs to it cannot be told. Use the session itself, "
                f"session.query(Model), or open one here: with Session(client): …"
            )

    def follow(self, mark: _Mark) -> None:
        """Become a stray when the context in which it began has ended."""
        self._mark = weakref.ref(mark, self._lose)

    def _lose(self, _: object) -> None:
        if self.is_open:
            self._is_stray = True
            _watch(self)

    def end(self) -> None:
        self.is_open = False
        self._opener = self._mark = None
        _watched.pop(id(self), None)


class _Mark:
    """A block as a context has it, which is all that keeps this."""

    __slots__ = ("__weakref__", "block", "outer")

    def __init__(self, block: Block, outer: _Mark | None) -> None:
        self.block = block
        self.outer = outer


_active: ContextVar[_Mark | None] = ContextVar("active_block", default=None)

_watched: dict[int, weakref.ref[Block]] = {}
"""The open blocks that are strays, or may become so. A dict is copied at once, while other threads change it."""

in_children(_watched.clear)


def _watch(block: Block) -> None:
    key = id(block)
    _watched[key] = weakref.ref(block, lambda _: _watched.pop(key, None))


def begin_block(session: Any, caller: FrameType | None = None, *, is_scope: bool = False) -> Block:
    """Make a session the one around, until :func:`end_block`.

    Args:
        caller: the frame that opens the block; it matters where that is a generator.
        is_scope: the block ends with its context, at the latest.
    """
    block = Block(session, None if caller is None else _opener_of(caller))
    if block._opener is not None:
        _watch(block)
    mark = _Mark(block, _usable(_active.get()))
    if not is_scope:
        block.follow(mark)
    _active.set(mark)
    return block


def end_block(block: Block) -> None:
    """End a block, in any thread or context. Where it is the innermost one, that around it is so again."""
    block.end()
    mark = _active.get()
    if mark is not None and mark.block is block:
        _active.set(_usable(mark.outer))


def innermost_block() -> Block | None:
    """Return the block around, a stray too."""
    mark = _usable(_active.get())
    return None if mark is None else mark.block


def stray_blocks() -> list[Block]:
    """Return the strays of this process."""
    if not _watched:
        return []
    blocks = [reference() for reference in list(_watched.values())]
    return [block for block in blocks if block is not None and block.is_usable and block.is_stray]


def _usable(mark: _Mark | None) -> _Mark | None:
    while mark is not None and not mark.block.is_usable:
        mark = mark.outer
    return mark


_TASK = inspect.CO_COROUTINE | inspect.CO_ASYNC_GENERATOR | inspect.CO_ITERABLE_COROUTINE


def _opener_of(frame: FrameType | None) -> FrameType | None:
    """Return the function that runs a generator which opens a block, where it matters whether it still runs.

    Not in the main thread, where no framework runs requests side by side, nor in a task, which has its own context.
    """
    is_generator = False
    while frame is not None:
        code = frame.f_code
        if code.co_flags & _TASK:
            return None
        if code.co_flags & inspect.CO_GENERATOR:
            is_generator = True
        elif code.co_filename != contextlib.__file__ and code.co_name != "__enter__":
            break
        frame = frame.f_back
    return frame if is_generator and threading.current_thread() is not threading.main_thread() else None


def _has_returned(frame: FrameType) -> bool:
    try:
        frame.clear()  # refused while it runs
    except RuntimeError:
        return False
    return True

"""The garbage collector, paused while a whole answer becomes objects, or many objects a plan."""

from __future__ import annotations

import gc
from collections.abc import Iterator
from contextlib import contextmanager

from weaviate_orm.forks import in_children

_is_paused = False


@contextmanager
def collection_paused() -> Iterator[None]:
    """Pause the collection of cyclic garbage in a block that makes many objects and frees none.

    Such work sets off collection after collection, each over more objects and none with anything to find; of an answer
    of 10,000 objects they are half of the time. The switch is one of the process, so nothing may wait in the block.
    Where a program has the collector off, it stays off.
    """
    global _is_paused
    if not gc.isenabled():
        yield
        return
    gc.disable()
    _is_paused = True
    try:
        yield
    finally:
        _is_paused = False
        gc.enable()


def _resume_in_child() -> None:
    """Resume the collector in a forked child, where the thread that paused it may not exist."""
    global _is_paused
    if _is_paused:
        _is_paused = False
        gc.enable()


in_children(_resume_in_child)

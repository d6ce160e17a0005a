"""The garbage collector, paused while a whole answer becomes objects, or many objects a plan."""

from __future__ import annotations

import gc
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def collection_paused() -> Iterator[None]:
    """A block without collections of cyclic garbage, for work that makes many objects and lets go of none.

    Such work sets off collection after collection, each over more objects and none with anything to find; of an answer
    of 10,000 objects they are half of the time. The switch is one of the process, so nothing may wait in the block.
    Where a program has the collector off, it stays off.
    """
    if not gc.isenabled():
        yield
        return
    gc.disable()
    try:
        yield
    finally:
        gc.enable()

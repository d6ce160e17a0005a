"""What a forked child begins anew: locks that another thread of the parent held, and who waits for them."""

from __future__ import annotations

import os
import weakref
from collections.abc import Callable
from typing import Protocol


class Forked(Protocol):
    """What holds locks."""

    def begin_in_child(self) -> None:
        """Put new locks in the place of old ones, of which nobody in a forked child lets go."""


_owners: weakref.WeakSet[Forked] = weakref.WeakSet()


def renewed_in_children(owner: Forked) -> None:
    """Have ``owner.begin_in_child()`` called in each child that this process forks, before anything else runs there."""
    _owners.add(owner)


def in_children(begin: Callable[[], object]) -> None:
    """Have a function called in each child that this process forks; it is one of a module, and is never forgotten."""
    if hasattr(os, "register_at_fork"):
        os.register_at_fork(after_in_child=begin)


def _begin() -> None:
    for owner in list(_owners):
        owner.begin_in_child()


in_children(_begin)

"""The process that runs, known without asking the system each time."""

from __future__ import annotations

import os

_id = os.getpid()


def current_process() -> int:
    """The id of this process, as ``os.getpid`` says it: that is a call of the system, too slow for each object."""
    return _id


def _update() -> None:
    global _id
    _id = os.getpid()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_update)

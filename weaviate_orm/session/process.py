"""The process that runs, known without asking the system each time."""

from __future__ import annotations

import os

from weaviate_orm.forks import in_children

_id = os.getpid()


def current_process() -> int:
    """The id of this process, as ``os.getpid`` says it: that is a call of the system, too slow for each object."""
    return _id


def _update() -> None:
    global _id
    _id = os.getpid()


in_children(_update)

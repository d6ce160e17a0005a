"""The current process, without a system call for each question, and the process that a session belongs to."""

from __future__ import annotations

import os

from weaviate_orm.exceptions import SessionError
from weaviate_orm.forks import in_children

_id = os.getpid()


def current_process() -> int:
    """Return the id of this process. ``os.getpid`` is a system call, too slow for every object."""
    return _id


def _update() -> None:
    global _id
    _id = os.getpid()


in_children(_update)


class OwningProcess:
    """The process that made a session, the only one that may use it."""

    __slots__ = ("_id",)

    def __init__(self) -> None:
        self._id = current_process()

    @property
    def is_current(self) -> bool:
        """Whether this is the process."""
        return self._id == current_process()

    def require(self) -> None:
        """Raise SessionError in a forked child: what is pending is the parent's, which sends it itself."""
        if self._id != current_process():
            raise SessionError(
                f"this session belongs to process {self._id}, and this is process {current_process()}, its forked "
                f"child: open one here, by Session(client); the client may be the parent's"
            )

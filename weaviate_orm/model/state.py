"""What an instance carries beside its values: who it is, where it belongs, and what the server is known to hold."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from enum import Enum
from typing import Any, Protocol


class Status(Enum):
    """Where an instance stands."""

    TRANSIENT = "transient"
    """Made by its constructor; no session knows it."""
    PENDING = "pending"
    """Added to a session; the next flush creates it."""
    PERSISTENT = "persistent"
    """Stored, and known to a session."""
    DELETED = "deleted"
    """Deleted from the server by a flush."""
    DETACHED = "detached"
    """Stored, and known to no session."""


class Owner(Protocol):
    """What an instance asks of the session it belongs to."""

    def touch(self, instance: Any) -> None:
        """Its values changed, or may change from now on."""

    def load(self, instance: Any, attribute: str) -> Any:
        """Load a value that is not loaded; returns it."""


Link = tuple[str, str]
"""An object that a reference leads to: its collection and its id."""


_NOTHING: Mapping[str, Any] = {}  # shared, never written to: most states hold nothing of a kind


class State:
    """The state of one instance.

    Attributes:
        status: where it stands.
        id: its id as text, or None while nothing has fixed it.
        session: the session that it belongs to.
        snapshot: the properties that the server is known to hold, as their JSON, by attribute. What is missing was
            not loaded.
        links: the same for references.
        vectors: what vectors were before they were assigned or handed out, as the 32-bit floats that the server keeps.
        siblings: the ids of the objects that were loaded with it; what one of them lacks is loaded for all.
        error: why its last flush failed, or None.
        doubtful: the links whose adding was sent and not answered: the server may hold them.
    """

    __slots__ = ("doubtful", "error", "id", "links", "session", "siblings", "snapshot", "status", "vectors")

    def __init__(self) -> None:
        self.status = Status.TRANSIENT
        self.id: str | None = None
        self.session: Owner | None = None
        self.snapshot: Mapping[str, Any] = _NOTHING
        self.links: Mapping[str, tuple[Link, ...]] = _NOTHING
        self.vectors: Mapping[str, Any] = _NOTHING
        self.siblings: Sequence[str] = ()
        self.error: Exception | None = None
        self.doubtful: frozenset[tuple[str, Link]] = frozenset()

    @classmethod
    def loaded(cls, id: str, session: Owner, snapshot: Mapping[str, Any], siblings: Sequence[str]) -> State:
        """The state of an instance that was just loaded."""
        state = cls.__new__(cls)
        state.status = Status.PERSISTENT
        state.id = id
        state.session = session
        state.snapshot = snapshot
        state.links = _NOTHING
        state.vectors = _NOTHING
        state.siblings = siblings
        state.error = None
        state.doubtful = frozenset()
        return state

    def detached(self) -> State:
        """A state of the same object outside of every session."""
        copy = State()
        stored = self.status in (Status.PERSISTENT, Status.DETACHED)
        copy.status = Status.DETACHED if stored else Status.TRANSIENT
        copy.id = self.id
        copy.snapshot = dict(self.snapshot) if stored else _NOTHING
        copy.links = dict(self.links) if stored else _NOTHING
        return copy


def state_of(instance: Any) -> State:
    """The state of a model instance."""
    state: State = instance.__dict__["_state"]
    return state

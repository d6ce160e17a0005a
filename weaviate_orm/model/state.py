"""What an instance carries beside its values: who it is, where it belongs, and what the server is known to hold."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from enum import Enum
from typing import Any, Protocol

from weaviate_orm.exceptions import SessionError


class Status(Enum):
    """Where an instance stands."""

    TRANSIENT = "transient"
    """Made by its constructor; no session knows it."""
    PENDING = "pending"
    """Added to a session; the next flush creates it."""
    PERSISTENT = "persistent"
    """Stored, and known to a session."""
    DIRTY = "dirty"
    """Persistent, and changed. Found by comparing, so :func:`~weaviate_orm.inspect` says it and no state holds it."""
    DELETED = "deleted"
    """Deleted from the server by a flush."""
    DETACHED = "detached"
    """Stored, and known to no session."""

    __hash__ = object.__hash__  # each is one object; the hash of Enum is Python code, called at each move


TRANSIENT, PENDING, PERSISTENT, DIRTY, DELETED, DETACHED = Status
"""The statuses, for what is done with each object: to look one up in the class takes ten times as long."""


MOVES: Mapping[Status, Mapping[Status, str]] = {
    TRANSIENT: {PENDING: "add"},
    PENDING: {PERSISTENT: "flush", TRANSIENT: "rollback, expunge, delete or close"},
    PERSISTENT: {DELETED: "delete and flush", DETACHED: "expunge or close"},
    DELETED: {TRANSIENT: "add, to be stored anew"},
    DETACHED: {PERSISTENT: "add"},
}
"""The legal moves between states, each with what of a session makes it. There are no others."""


class Owner(Protocol):
    """The session of an instance, as the instance uses it.

    Attributes:
        session: the session itself, as listeners and ``inspect`` give it to a user.
    """

    session: Any

    def touch(self, instance: Any) -> None:
        """Compare an instance at the next flush: its values changed, or may change from now on."""

    def load(self, instance: Any, attribute: str) -> Any:
        """Load a value that is not loaded; return it."""

    def load_times(self, instance: Any) -> None:
        """Load when the object was created and updated."""


Link = tuple[str, str]
"""An object that a reference leads to: its collection and its id."""

Elements = tuple[tuple[Any, int, Mapping[str, Any]], ...]
"""Elements of lists of nested objects: each with its position, and with its JSON as it is stored."""

Times = tuple["int | None", "int | None"]
"""When an object was created and last updated, in milliseconds of Unix time; None where it is not known."""


_NOTHING: Mapping[str, Any] = {}  # shared, never written to: most states hold nothing of a kind
_NONE: frozenset[Any] = frozenset()
_UNKNOWN: Times = (None, None)


class LinkChanges:
    """What joined and what left a reference that is not loaded, by ``id()``.

    ``doubtful`` are those of which one or the other was sent, and not answered: taking it back has to be sent as well.
    """

    __slots__ = ("added", "doubtful", "removed")

    def __init__(self) -> None:
        self.added: dict[int, Any] = {}
        self.removed: dict[int, Any] = {}
        self.doubtful: dict[int, Any] = {}

    def join(self, target: Any) -> None:
        """The reference leads to it from now on."""
        if self.removed.pop(id(target), None) is None or id(target) in self.doubtful:
            self.added[id(target)] = target

    def part(self, target: Any) -> None:
        """The reference leads to it no longer."""
        if self.added.pop(id(target), None) is None or id(target) in self.doubtful:
            self.removed[id(target)] = target

    def doubt(self, target: Any) -> None:
        """Whether the reference leads to it on the server is not known."""
        self.doubtful[id(target)] = target

    def settle(self, target: Any) -> None:
        """The server knows what became of it."""
        for noted in (self.added, self.removed, self.doubtful):
            noted.pop(id(target), None)

    def __getstate__(self) -> tuple[list[Any], list[Any], list[Any]]:
        return list(self.added.values()), list(self.removed.values()), list(self.doubtful.values())

    def __setstate__(self, values: tuple[list[Any], list[Any], list[Any]]) -> None:
        self.added, self.removed, self.doubtful = ({id(each): each for each in objects} for objects in values)


class State:
    """The state of one instance.

    Attributes:
        status: where it stands; set by :meth:`move` alone.
        id: its id as text, or None while nothing has fixed it.
        owner: the session that it belongs to, as its :class:`Owner`; or None.
        links: the same for references.
        link_changes: what joined and left references that are not loaded, by attribute.
        elements: of properties that hold lists of nested objects, by attribute: the objects whose stored JSON is known,
            each with its position in its list and that JSON. Known from the first reading or assignment on.
        vectors: what vectors were before they were assigned or handed out, as the 32-bit floats that the server keeps.
        tenant: the tenant that it belongs to, where its class has tenants.
        siblings: the ids of the objects that were loaded with it; what one of them lacks is loaded for all.
        refused: the attributes that its query refuses to load later.
        times: when the object was created and updated, as far as known.
        error: why its last flush failed, or None.
        doubtful: the links whose adding or removing was sent and not answered: the server may hold them. ``links``
            holds them as they were before.
    """

    __slots__ = (
        "_names",
        "_values",
        "doubtful",
        "elements",
        "error",
        "id",
        "link_changes",
        "links",
        "owner",
        "refused",
        "siblings",
        "status",
        "tenant",
        "times",
        "vectors",
    )

    def __init__(self) -> None:
        self.status = TRANSIENT
        self.id: str | None = None
        self.owner: Owner | None = None
        self.tenant: str | None = None
        self.siblings: Sequence[str] = ()
        self.refused: frozenset[str] = _NONE
        self.error: Exception | None = None
        self.doubtful: frozenset[tuple[str, Link]] = _NONE
        self._names: tuple[str, ...] = ()
        self._values: tuple[Any, ...] = ()
        self.links: Mapping[str, tuple[Link, ...]] = _NOTHING
        self.link_changes: Mapping[str, LinkChanges] = _NOTHING
        self.vectors: Mapping[str, Any] = _NOTHING
        self.elements: Mapping[str, Elements] = _NOTHING
        self.times: Times = _UNKNOWN

    @classmethod
    def loaded(
        cls,
        id: str,
        owner: Owner,
        names: tuple[str, ...],
        values: tuple[Any, ...],
        siblings: Sequence[str],
        tenant: str | None,
        refused: frozenset[str],
    ) -> State:
        """The state of an instance that was just loaded, with the names and the values of its snapshot."""
        state = cls.__new__(cls)
        state.status = PERSISTENT
        state.id = id
        state.owner = owner
        state.tenant = tenant
        state._names = names
        state._values = values
        state.links = _NOTHING
        state.link_changes = _NOTHING
        state.vectors = _NOTHING
        state.elements = _NOTHING
        state.siblings = siblings
        state.refused = refused
        state.times = _UNKNOWN
        state.error = None
        state.doubtful = _NONE
        return state

    @property
    def snapshot(self) -> dict[str, Any]:
        """The properties that the server is known to hold, as their JSON, by attribute. What is missing was not loaded.

        Made at each reading: objects that came together share the names, so that theirs take a third of a dict.
        """
        return dict(zip(self._names, self._values, strict=True))

    @snapshot.setter
    def snapshot(self, known: Mapping[str, Any]) -> None:
        self.take_snapshot(tuple(known), known.values())

    def take_snapshot(self, names: tuple[str, ...], values: Iterable[Any]) -> None:
        """Set the snapshot, with names that the states of many objects share."""
        self._names = names
        self._values = tuple(values)

    @property
    def is_stored(self) -> bool:
        """Whether the server is known to hold the object."""
        return self.status is PERSISTENT or self.status is DETACHED

    def move(self, to: Status, owner: Owner | None = None) -> None:
        """Take another status, in a session or in none. Raises SessionError for a move that is not legal."""
        legal = MOVES[self.status]
        if to not in legal:
            ways = ", ".join(f"{status.value} (by {by})" for status, by in legal.items())
            raise SessionError(f"an object that is {self.status.value} cannot become {to.value}; it can become {ways}")
        self.status = to
        self.owner = owner

    def changes_of(self, attribute: str) -> LinkChanges:
        """Where to note what joins and leaves a reference that is not loaded."""
        if attribute not in self.link_changes:
            self.link_changes = {**self.link_changes, attribute: LinkChanges()}
        return self.link_changes[attribute]

    def forget(self, attribute: str) -> None:
        """Know nothing of what the server holds of a property."""
        self.snapshot = {name: value for name, value in self.snapshot.items() if name != attribute}

    def forget_stored(self) -> None:
        """Know nothing of what the server holds."""
        self.snapshot = self.links = self.link_changes = self.vectors = self.elements = _NOTHING
        self.doubtful = frozenset()
        self.times = _UNKNOWN

    def detached(self) -> State:
        """A state of the same object outside of every session; a deleted one stays deleted."""
        copy = State()
        copy.id = self.id
        if self.status is DELETED:
            copy.status = DELETED
        elif self.is_stored:
            copy.status = DETACHED
            copy.tenant = self.tenant
            copy.snapshot = self.snapshot
            copy.links = dict(self.links)
            copy.link_changes = dict(self.link_changes)
            copy.doubtful = self.doubtful
            copy.vectors = dict(self.vectors)
            copy.elements = dict(self.elements)
            copy.times = self.times
        return copy


def state_of(instance: Any) -> State:
    """The state of a model instance."""
    state: State = instance.__dict__["_state"]
    return state


def link_to(instance: Any) -> Link:
    """Return the collection and the id of an instance."""
    mapper = instance.__mapper__
    return mapper.collection_name, mapper.id_of(instance)


def value_of(instance: Any, attribute: str) -> Any:
    """The value of an attribute, loaded where it is lacking: for what has to be known, whatever its query refuses.

    Raises DetachedError when it cannot be loaded.
    """
    values = instance.__dict__
    if attribute in values:
        return values[attribute]
    owner = state_of(instance).owner
    if owner is None:
        raise instance.__mapper__.not_loaded(instance, attribute)
    return owner.load(instance, attribute)

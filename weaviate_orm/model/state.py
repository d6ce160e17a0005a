"""The state of an instance, beside its values: its status, id and session, and the snapshot of the stored object."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from enum import Enum
from typing import Any, Protocol

from weaviate_orm.exceptions import DetachedError, NotLoadedError, SessionError, describe
from weaviate_orm.model.mapper import Mapper
from weaviate_orm.types import JSONObject


class Status(Enum):
    """The status of an instance."""

    TRANSIENT = "transient"
    """Made by its constructor, and in no session."""
    PENDING = "pending"
    """Added to a session; the next flush creates it."""
    PERSISTENT = "persistent"
    """Stored, and in a session."""
    DIRTY = "dirty"
    """Persistent, and changed. Computed by comparing: :func:`~weaviate_orm.inspect` returns it, no state holds it."""
    DELETED = "deleted"
    """Deleted from the server by a flush."""
    DETACHED = "detached"
    """Stored, and in no session."""

    __hash__ = object.__hash__  # members are singletons; the hash of Enum is Python code, called at every move


TRANSIENT, PENDING, PERSISTENT, DIRTY, DELETED, DETACHED = Status
"""The statuses, for hot loops: to look one up in the class takes ten times as long."""


MOVES: Mapping[Status, Mapping[Status, str]] = {
    TRANSIENT: {PENDING: "add"},
    PENDING: {PERSISTENT: "flush", TRANSIENT: "rollback, expunge, delete or close"},
    PERSISTENT: {DELETED: "delete and flush", DETACHED: "expunge or close"},
    DELETED: {TRANSIENT: "add, to be stored anew"},
    DETACHED: {PERSISTENT: "add"},
}
"""The legal moves between statuses, and the method of a session that makes each. There are no others."""


class Mapped(Protocol):
    """An instance of a model, as the modules below ``Model`` see it. Its values lie in its ``__dict__``."""

    @property
    def __mapper__(self) -> Mapper: ...
    @property
    def _state(self) -> State: ...
    def __getstate__(self) -> JSONObject: ...
    def __setstate__(self, values: JSONObject) -> None: ...


class Owner(Protocol):
    """The session of an instance, as the instance uses it.

    Attributes:
        session: the session itself, as listeners and ``inspect`` give it to a user.
    """

    session: Any

    def touch(self, instance: Mapped) -> None:
        """Compare an instance at the next flush: its values changed, or may change from now on."""

    def load(self, instance: Mapped, attribute: str) -> object:
        """Load a value that is not loaded; return it."""

    def load_times(self, instance: Mapped) -> None:
        """Load the times at which the object was created and updated."""


Link = tuple[str, str]
"""The target of a reference: its collection and its id."""

Elements = tuple[tuple[object, int, JSONObject], ...]
"""Elements of lists of nested objects, with their positions and their stored JSON."""

Times = tuple["int | None", "int | None"]
"""When an object was created and last updated, in milliseconds of Unix time; None where it is not loaded."""


# shared, and never written to: most states hold no value of a kind
_NOTHING: Mapping[str, Any] = {}
_NO_NAMES: frozenset[str] = frozenset()
_NO_LINKS: frozenset[tuple[str, Link]] = frozenset()
_NO_TIMES: Times = (None, None)


class LinkChanges:
    """The objects that joined and left a reference that is not loaded, by ``id()``.

    ``doubtful`` are those whose adding or removal was sent and not answered: undoing it has to be sent as well.
    """

    __slots__ = ("added", "doubtful", "removed")

    def __init__(self) -> None:
        self.added: dict[int, Mapped] = {}
        self.removed: dict[int, Mapped] = {}
        self.doubtful: dict[int, Mapped] = {}

    def join(self, target: Mapped) -> None:
        """Let the reference lead to an object from now on."""
        if self.removed.pop(id(target), None) is None or id(target) in self.doubtful:
            self.added[id(target)] = target

    def part(self, target: Mapped) -> None:
        """Let the reference lead to an object no longer."""
        if self.added.pop(id(target), None) is None or id(target) in self.doubtful:
            self.removed[id(target)] = target

    def doubt(self, target: Mapped) -> None:
        """Mark an object of which it is open whether the stored reference leads to it."""
        self.doubtful[id(target)] = target

    def settle(self, target: Mapped) -> None:
        """Forget an object: the server answered."""
        for changes in (self.added, self.removed, self.doubtful):
            changes.pop(id(target), None)

    def __getstate__(self) -> tuple[list[Mapped], list[Mapped], list[Mapped]]:
        return list(self.added.values()), list(self.removed.values()), list(self.doubtful.values())

    def __setstate__(self, objects: tuple[list[Mapped], list[Mapped], list[Mapped]]) -> None:
        self.added, self.removed, self.doubtful = ({id(target): target for target in part} for part in objects)


class State:
    """The state of one instance.

    Attributes:
        status: its status; set by :meth:`move` alone.
        id: its id as text, or None while it is not fixed.
        owner: the session that it belongs to, as its :class:`Owner`; or None.
        links: the stored targets of each loaded reference, by attribute.
        link_changes: the objects that joined and left references that are not loaded, by attribute.
        elements: the elements of lists of nested objects whose stored JSON is remembered, by attribute of the
            property, from its first reading or assignment on.
        vectors: the vectors as they were before they were assigned or read, in the server's 32-bit floats.
        tenant: the tenant that it belongs to, where its class has tenants.
        siblings: the ids of the objects that were loaded with it; a value that is missing is loaded for all.
        refused: the attributes that its query refuses to load later.
        times: the times at which the object was created and updated, as far as they are loaded.
        error: the failure of its last flush, or None.
        doubtful: the links whose adding or removal was sent and not answered: the server may hold them. ``links``
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
        self.refused: frozenset[str] = _NO_NAMES
        self.error: Exception | None = None
        self.doubtful: frozenset[tuple[str, Link]] = _NO_LINKS
        self._names: tuple[str, ...] = ()
        self._values: tuple[object, ...] = ()
        self.links: Mapping[str, tuple[Link, ...]] = _NOTHING
        self.link_changes: Mapping[str, LinkChanges] = _NOTHING
        self.vectors: Mapping[str, object] = _NOTHING
        self.elements: Mapping[str, Elements] = _NOTHING
        self.times: Times = _NO_TIMES

    @classmethod
    def loaded(
        cls,
        id: str,
        owner: Owner,
        names: tuple[str, ...],
        values: tuple[object, ...],
        siblings: Sequence[str],
        tenant: str | None,
        refused: frozenset[str],
    ) -> State:
        """Return the state of an instance that was just loaded, with the names and the values of its snapshot."""
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
        state.times = _NO_TIMES
        state.error = None
        state.doubtful = _NO_LINKS
        return state

    @classmethod
    def unloaded(cls, id: str) -> State:
        """Return the state of a stored object of no session, of which nothing but the id is known."""
        state = cls()
        state.status = DETACHED
        state.id = id
        return state

    @property
    def snapshot(self) -> JSONObject:
        """The stored properties, as their JSON, by attribute, as far as they are loaded.

        Computed at each reading: objects that were loaded together share the names, which takes a third of a dict.
        """
        return dict(zip(self._names, self._values, strict=True))

    @snapshot.setter
    def snapshot(self, properties: Mapping[str, object]) -> None:
        self.take_snapshot(tuple(properties), properties.values())

    def take_snapshot(self, names: tuple[str, ...], values: Iterable[object]) -> None:
        """Set the snapshot, with names that the states of many objects share."""
        self._names = names
        self._values = tuple(values)

    @property
    def is_stored(self) -> bool:
        """Whether the object is stored, as far as a session observed."""
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
        """Return the changes of a reference that is not loaded, to be added to."""
        if attribute not in self.link_changes:
            self.link_changes = {**self.link_changes, attribute: LinkChanges()}
        return self.link_changes[attribute]

    def forget(self, attribute: str) -> None:
        """Drop a property from the snapshot."""
        self.snapshot = {name: value for name, value in self.snapshot.items() if name != attribute}

    def forget_stored(self) -> None:
        """Drop the whole snapshot."""
        self.snapshot = self.links = self.link_changes = self.vectors = self.elements = _NOTHING
        self.doubtful = _NO_LINKS
        self.times = _NO_TIMES

    def detached(self) -> State:
        """Return a state of the same object outside of every session; a deleted object stays deleted."""
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


def state_of(instance: Mapped) -> State:
    """Return the state of a model instance."""
    state: State = instance.__dict__["_state"]
    return state


def value_of(instance: Mapped, attribute: str) -> object:
    """Return the value of an attribute; load it where it is missing, even if its query refuses that.

    Raises DetachedError when it cannot be loaded.
    """
    values = instance.__dict__
    return values[attribute] if attribute in values else owner_of(instance, attribute).load(instance, attribute)


def owner_of(instance: Mapped, attribute: str) -> Owner:
    """Return the session that can load an attribute. Raises DetachedError where the instance has none."""
    owner = state_of(instance).owner
    if owner is None:
        raise DetachedError(
            f"{describe(instance)}: {attribute} is not loaded, and the object belongs to no open session; load it with "
            f"the query, by include(), only() or with_vector(), or read it before the session is closed",
            instance=instance,
            field=attribute,
        )
    return owner


def check_loadable(instance: Mapped, attribute: str) -> None:
    """Raise NotLoadedError for an attribute that the query of an instance refuses to load later."""
    if attribute in state_of(instance).refused:
        raise NotLoadedError(
            f"{describe(instance)}: {attribute} is not loaded, and the query that loaded the object refuses to load it "
            f"later, by raiseload(); load it with the query, by include(), only(), undefer() or with_vector()",
            instance=instance,
            field=attribute,
        )

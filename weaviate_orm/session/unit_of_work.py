"""The unit of work: the objects of a session, their moves between statuses, and the cascade of ``add``."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from weaviate_orm.exceptions import SessionError, describe
from weaviate_orm.model.identity import has_key_id, id_of
from weaviate_orm.model.model import Model
from weaviate_orm.model.state import DELETED, DETACHED, PENDING, PERSISTENT, TRANSIENT, Owner, state_of
from weaviate_orm.session.identity_map import IdentityMap, WeakObjects
from weaviate_orm.session.request_options import RequestOptions

_OUTSIDE = (TRANSIENT, DETACHED)
_FOLLOWED = (*_OUTSIDE, PENDING)


class UnitOfWork:
    """The objects of one session.

    Attributes:
        identity: the stored objects.
        new: the objects that the next flush creates, by ``id()``.
        deleted: the objects that the next flush deletes, by ``id()``.
    """

    def __init__(self, owner: Owner, options: RequestOptions) -> None:
        self._owner = owner
        self._options = options
        self.identity = IdentityMap()
        self.new: dict[int, Model] = {}
        self.deleted: dict[int, Model] = {}
        # strongly held until the next flush: an object that is gone cannot be compared
        self._touched: dict[int, Model] = {}
        # weakly held after it: a caller may keep a list that it read, and change it after any flush
        self._watched: WeakObjects[int] = WeakObjects()
        # new objects that the server may hold already, by id(), with the ids that they were sent with
        self._unconfirmed: dict[int, tuple[WeakObjects[str], str]] = {}

    def __iter__(self) -> Iterator[Model]:
        yield from list(self.new.values())
        yield from (instance for instance in self.identity if id(instance) not in self.new)

    def holds(self, instance: Any) -> bool:
        """Return whether an instance belongs to this session."""
        return state_of(instance).owner is self._owner

    def changeable(self) -> list[Model]:
        """Return the stored objects that may differ from their snapshots."""
        changeable = {id(instance): instance for instance in self._watched} | self._touched
        return [instance for key, instance in changeable.items() if key not in self.deleted]

    # -- moves by the user

    def add(self, instance: Model, tenant: str | None = None) -> None:
        """Add a transient or a detached object, or keep one that was to be deleted."""
        state = state_of(instance)
        if state.status is TRANSIENT and not instance.__mapper__.reference_names:
            self._enter(instance, self._options.tenant_of(instance, tenant))
            return
        if tenant is not None and state.tenant not in (None, tenant):
            raise SessionError(
                f"{describe(instance)} belongs to tenant {state.tenant!r}, and cannot move to {tenant!r}"
            )
        if state.owner is not None and not self.holds(instance):
            raise SessionError(f"{describe(instance)} belongs to another session; close that one first, or merge() it")
        if state.status is PERSISTENT:
            self.deleted.pop(id(instance), None)
        elif state.status is DETACHED:
            self._attach(instance)
            self.adopt([instance], tenant)
        else:
            if state.status is DELETED:
                if has_key_id(instance):
                    state.id = None  # of the key, which may change until the flush
                state.move(TRANSIENT)
                state.forget_stored()
            self.adopt([instance], tenant)

    def adopt(self, roots: Iterable[Model], tenant: str | None = None) -> None:
        """Add transient objects and everything reachable from them that has no session.

        A transient object joins ``tenant``, or the tenant of the object that refers to it. A detached one does not
        replace another object of its id.
        """
        outside = list(reachable_outside(roots))
        transient = [(instance, by) for instance, by in outside if state_of(instance).status is TRANSIENT]
        detached = [instance for instance, _ in outside if state_of(instance).status is DETACHED]
        tenants: dict[int, str | None] = {}
        for instance, by in transient:
            inherited = tenants.get(id(by), state_of(by).tenant) if by is not None else None
            tenants[id(instance)] = self._options.tenant_of(instance, tenant if tenant is not None else inherited)
        for instance, _ in transient:
            self._enter(instance, tenants[id(instance)])
        for instance in detached:
            if self.identity.like(instance).get(id_of(instance)) is None:
                self._attach(instance)

    def adopt_referred(self, changeable: Iterable[Model]) -> None:
        """Add everything reachable from the new objects of this session, and from those that may have changed."""
        # most classes have no references
        self.adopt(instance for instance in (*self.new.values(), *changeable) if instance.__mapper__.reference_names)

    def delete(self, instance: Model) -> None:
        """Delete a stored object at the next flush; expunge a new one."""
        self._require(instance)
        if state_of(instance).status is PENDING:
            self.expunge(instance)
        else:
            self.deleted[id(instance)] = instance

    def expunge(self, instance: Model) -> None:
        """Remove an object, and its pending changes, from the session."""
        self._require(instance)
        state = state_of(instance)
        if state.status is PENDING:
            del self.new[id(instance)]
            self._confirm(instance)
            state.move(TRANSIENT)
            state.tenant = None
        else:
            self._drop(instance)
            state.move(DETACHED)

    def touch(self, instance: Model) -> None:
        """Compare an instance at the next flush."""
        if state_of(instance).status is PERSISTENT:
            self._touched[id(instance)] = instance

    def untouch(self, instance: Model) -> None:
        """Do not compare an instance at the next flush: it equals the server's object."""
        self._touched.pop(id(instance), None)

    # -- moves by a flush

    def mark_stored(self, instance: Model) -> None:
        """Make a new object persistent."""
        if self._unconfirmed:
            self._confirm(instance)
        state = state_of(instance)
        state.move(PERSISTENT, self._owner)
        assert state.id is not None
        self.identity.of(type(instance), state.tenant).put(state.id, instance)
        self.new.pop(id(instance), None)
        # until settle(): its references are still to be stored, and a flush may be interrupted
        self._touched[id(instance)] = instance

    def mark_unconfirmed(self, instance: Model, id_sent: str) -> None:
        """Register an object whose create got no response, so that a later query resolves to it."""
        identities = self.identity.like(instance)
        if identities.get(id_sent) is not None:
            return  # the object that it replaces
        identities.put(id_sent, instance)
        self._unconfirmed[id(instance)] = identities, id_sent

    def mark_deleted(self, instance: Model) -> None:
        """Make an object deleted that the server no longer has."""
        self._drop(instance)
        state = state_of(instance)
        state.move(DELETED)
        state.tenant = None

    def settle(self, failed: Iterable[Model]) -> None:
        """End a flush: the objects that were touched equal the server's, except those that failed."""
        touched = self._touched.items()
        self._watched.put_all({key: instance for key, instance in touched if instance.__mapper__.has_changeable})
        self._touched = {id(instance): instance for instance in failed if state_of(instance).status is PERSISTENT}

    # -- ends

    def forget_pending(self) -> list[Model]:
        """Expunge new objects and delete none; return the stored objects that may have changed."""
        for instance in list(self.new.values()):
            self.expunge(instance)
        self.deleted.clear()
        changeable = self.changeable()
        self._touched.clear()
        return changeable

    def clear(self) -> None:
        """Remove all objects from the session."""
        for instance in list(self.new.values()):
            self.expunge(instance)
        for instance in self.identity:
            state_of(instance).move(DETACHED)
        self.deleted.clear()
        self._touched.clear()
        self._watched.clear()
        self.identity.clear()

    # -- inside

    def _enter(self, instance: Model, tenant: str | None) -> None:
        state = state_of(instance)
        state.move(PENDING, self._owner)
        state.tenant = tenant
        self.new[id(instance)] = instance

    def _require(self, instance: Model) -> None:
        if not self.holds(instance):
            raise SessionError(f"{describe(instance)} is not in this session; add it, or get it by this session")

    def _attach(self, instance: Model) -> None:
        state = state_of(instance)
        assert state.id is not None
        identities = self.identity.like(instance)
        if identities.get(state.id) not in (None, instance):
            raise SessionError(
                f"this session holds another object for {describe(instance)}; change that one, or merge() this one"
            )
        state.move(PERSISTENT, self._owner)
        identities.put(state.id, instance)
        self._touched[id(instance)] = instance

    def _confirm(self, instance: Model) -> None:
        identities, id_sent = self._unconfirmed.pop(id(instance), (None, ""))
        if identities is not None:
            identities.remove(id_sent, instance)

    def _drop(self, instance: Model) -> None:
        state = state_of(instance)
        assert state.id is not None
        self.identity.like(instance).remove(state.id, instance)
        self.deleted.pop(id(instance), None)
        self._touched.pop(id(instance), None)
        self._watched.remove(id(instance), instance)


def reachable_outside(roots: Iterable[Any]) -> Iterator[tuple[Any, Any]]:
    """Iterate over the objects without a session among the roots and everything they refer to, each once.

    An object comes with the one that refers to it, which came before, or with None.
    """
    waiting: list[tuple[Any, Any]] = [(instance, None) for instance in roots]
    waiting.reverse()
    visited = {id(instance) for instance, _ in waiting}
    while waiting:
        instance, by = waiting.pop()
        if state_of(instance).status in _OUTSIDE:
            yield instance, by
        for target in referred_objects(instance):
            # a value that is no object at all is refused by the plan
            if id(target) not in visited and isinstance(target, Model) and state_of(target).status in _FOLLOWED:
                visited.add(id(target))
                waiting.append((target, instance))


def referred_objects(instance: Any) -> Iterator[Any]:
    """Iterate over the targets of an instance's loaded references, and those added to references not loaded."""
    values = instance.__dict__
    for attribute in instance.__mapper__.reference_names:
        value = values.get(attribute)
        if isinstance(value, (list, tuple)):
            yield from value
        elif value is not None:
            yield value
    for changes in state_of(instance).link_changes.values():
        yield from changes.added.values()

"""The unit of work: what a session holds, and the moves of its objects between states."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from weaviate_orm.exceptions import SessionError, describe
from weaviate_orm.model.model import Model
from weaviate_orm.model.state import (
    DELETED,
    DETACHED,
    PENDING,
    PERSISTENT,
    TRANSIENT,
    Owner,
    state_of,
)
from weaviate_orm.session.cascade import outside_within
from weaviate_orm.session.identity_map import IdentityMap, WeakObjects
from weaviate_orm.session.request_options import Scope


class UnitOfWork:
    """The objects of one session.

    Attributes:
        identity: the stored ones.
        new: those that the next flush creates, by ``id()``.
        deleted: those that it deletes, by ``id()``.
    """

    def __init__(self, owner: Owner, scope: Scope) -> None:
        self._owner = owner
        self._scope = scope
        self.identity = IdentityMap()
        self.new: dict[int, Model] = {}
        self.deleted: dict[int, Model] = {}
        # strongly held until the next flush: what is let go cannot be compared
        self._touched: dict[int, Model] = {}
        # and weakly from then on: who was given a list may keep it, and change it after any flush
        self._watched: WeakObjects[int] = WeakObjects()
        # new objects that the server may hold already, by id(), with the ids that they were sent with
        self._unanswered: dict[int, tuple[WeakObjects[str], str]] = {}

    def __iter__(self) -> Iterator[Model]:
        yield from list(self.new.values())
        yield from (each for each in self.identity if id(each) not in self.new)

    def holds(self, instance: Any) -> bool:
        """Whether an instance belongs to this session."""
        return state_of(instance).owner is self._owner

    def changeable(self) -> list[Model]:
        """The stored objects that may differ from what the server is known to hold."""
        changeable = {id(each): each for each in self._watched} | self._touched
        return [each for key, each in changeable.items() if key not in self.deleted]

    # -- moves that users make

    def add(self, instance: Model, tenant: str | None = None) -> None:
        """Take a new object, a detached one, or again one that was to be deleted."""
        state = state_of(instance)
        if state.status is TRANSIENT and not instance.__mapper__.reference_names:
            self._take(instance, self._scope.tenant_of(instance, tenant))
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
                if instance.__mapper__.has_key_id(instance):
                    state.id = None  # made anew, of what the key is by then
                state.move(TRANSIENT)
                state.forget_stored()
            self.adopt([instance], tenant)

    def adopt(self, roots: Iterable[Model], tenant: str | None = None) -> None:
        """Take the new ones among objects, and all that they lead to of no session; new ones join their tenants.

        A stored one does not take the place of another object of its id.
        """
        taken = list(outside_within(roots))
        stored = [instance for instance, _ in taken if state_of(instance).status is DETACHED]
        taken = [each for each in taken if state_of(each[0]).status is TRANSIENT]
        tenants: dict[int, str | None] = {}
        for instance, by in taken:
            inherited = tenants.get(id(by), state_of(by).tenant) if by is not None else None
            tenants[id(instance)] = self._scope.tenant_of(instance, tenant if tenant is not None else inherited)
        for instance, _ in taken:
            self._take(instance, tenants[id(instance)])
        for instance in stored:
            if self.identity.like(instance).get(instance.__mapper__.id_of(instance)) is None:
                self._attach(instance)

    def adopt_referred(self, changeable: Iterable[Model]) -> None:
        """Take what the new objects of this session lead to, and those that may have changed."""
        # of most classes, objects lead nowhere
        self.adopt(each for each in (*self.new.values(), *changeable) if each.__mapper__.reference_names)

    def delete(self, instance: Model) -> None:
        """Let a stored object be deleted by the next flush, and let a new one go."""
        self._require(instance)
        if state_of(instance).status is PENDING:
            self.expunge(instance)
        else:
            self.deleted[id(instance)] = instance

    def expunge(self, instance: Model) -> None:
        """Let an object go, with what is pending of it."""
        self._require(instance)
        state = state_of(instance)
        if state.status is PENDING:
            del self.new[id(instance)]
            self._answer(instance)
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
        """An instance is as the server has it."""
        self._touched.pop(id(instance), None)

    # -- moves that a flush makes

    def stored(self, instance: Model) -> None:
        """The server has a new object."""
        if self._unanswered:
            self._answer(instance)
        state = state_of(instance)
        state.move(PERSISTENT, self._owner)
        assert state.id is not None
        self.identity.of(type(instance), state.tenant).put(state.id, instance)
        self.new.pop(id(instance), None)
        # until settle(): its references are not stored yet, and a flush may be interrupted
        self._touched[id(instance)] = instance

    def unanswered(self, instance: Model, id_sent: str) -> None:
        """The server may have a new object: who finds it there finds this one."""
        identities = self.identity.like(instance)
        if identities.get(id_sent) is not None:
            return  # one that it replaces
        identities.put(id_sent, instance)
        self._unanswered[id(instance)] = identities, id_sent

    def gone(self, instance: Model) -> None:
        """The server has an object no longer."""
        self._drop(instance)
        state = state_of(instance)
        state.move(DELETED)
        state.tenant = None

    def settle(self, failed: Iterable[Model]) -> None:
        """After a flush: what was touched is stored, except what failed."""
        self._watched.put_all({key: each for key, each in self._touched.items() if each.__mapper__.has_changeable})
        self._touched = {id(each): each for each in failed if state_of(each).status is PERSISTENT}

    # -- ends

    def forget_pending(self) -> list[Model]:
        """Let new objects go, and delete none; returns the stored objects that may have been changed."""
        for instance in list(self.new.values()):
            self.expunge(instance)
        self.deleted.clear()
        changeable = self.changeable()
        self._touched.clear()
        return changeable

    def clear(self) -> None:
        """Let everything go."""
        for instance in list(self.new.values()):
            self.expunge(instance)
        for instance in self.identity:
            state_of(instance).move(DETACHED)
        self.deleted.clear()
        self._touched.clear()
        self._watched.clear()
        self.identity.clear()

    # -- inside

    def _take(self, instance: Model, tenant: str | None) -> None:
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

    def _answer(self, instance: Model) -> None:
        identities, id_sent = self._unanswered.pop(id(instance), (None, ""))
        if identities is not None:
            identities.remove(id_sent, instance)

    def _drop(self, instance: Model) -> None:
        state = state_of(instance)
        assert state.id is not None
        self.identity.like(instance).remove(state.id, instance)
        self.deleted.pop(id(instance), None)
        self._touched.pop(id(instance), None)
        self._watched.remove(id(instance), instance)

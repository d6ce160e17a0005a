"""A session as its objects know it: it notes their changes, and loads the values that they lack."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from weaviate_orm.exceptions import NotFoundError, StoredValueError, describe
from weaviate_orm.model.model import Model
from weaviate_orm.model.state import state_of
from weaviate_orm.session.process import OwningProcess
from weaviate_orm.session.reads.objects_by_id import ObjectsById
from weaviate_orm.session.refresh import not_found
from weaviate_orm.session.unit_of_work import UnitOfWork


class SessionOwner:
    """The ``Owner`` of the objects of one session, which is in the ``State`` of each.

    Attributes:
        session: the session, for listeners and ``inspect``.
        unit, by_id: parts of the session, which sets them: they need the owner themselves.
        before_loading: called with an instance, and the attribute that is to be loaded, or None for its times.
    """

    unit: UnitOfWork
    by_id: ObjectsById

    def __init__(self, session: object, process: OwningProcess) -> None:
        self.session = session
        self.before_loading: Callable[[Any, str | None], None] | None = None
        self._process = process

    def touch(self, instance: Any) -> None:
        """Compare an instance at the next flush."""
        self.unit.touch(instance)

    def load(self, instance: Any, attribute: str) -> Any:
        """Load an attribute of an instance, and of all objects of its query that lack it; return its value."""
        if self.before_loading is not None:
            self.before_loading(instance, attribute)
        state = state_of(instance)
        lacking = self._peers(instance, lambda peer: attribute not in peer.__dict__)
        # of an expired object nothing is loaded, and all its properties come back together
        mapped = instance.__mapper__.properties.get(attribute)
        is_expired = not state.snapshot and mapped is not None and not mapped.deferred
        entity = type(instance).__mapper__.entity
        errors: list[StoredValueError] = []
        self.by_id.load_attribute(entity, lacking, None if is_expired else attribute, errors.append)
        if errors and attribute not in instance.__dict__:
            # alone, because the errors may be those of others
            self.by_id.load_attribute(entity, [instance], attribute, "raise")
        if attribute not in instance.__dict__:
            raise NotFoundError(f"{describe(instance)} is not on the server any more, so {attribute} cannot be loaded")
        return instance.__dict__[attribute]

    def load_times(self, instance: Any) -> None:
        """Load when an instance, and all objects of its query, were created and updated."""
        if self.before_loading is not None:
            self.before_loading(instance, None)
        lacking = self._peers(instance, lambda peer: None in state_of(peer).times)
        self.by_id.load_times(type(instance).__mapper__.entity, lacking)
        if None in state_of(instance).times:
            raise not_found(instance)

    def _peers(self, instance: Model, lacks: Callable[[Any], bool]) -> list[Any]:
        """Return the instance, and the objects of its query that lack the same."""
        self._process.require()
        state = state_of(instance)
        assert state.id is not None
        peers = map(self.unit.identity.like(instance).get, state.siblings or (state.id,))
        lacking = [peer for peer in peers if peer is not None and lacks(peer)]
        if instance not in lacking:
            lacking.append(instance)
        return lacking

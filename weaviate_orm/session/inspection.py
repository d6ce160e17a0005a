"""``inspect()``: the status of an object, and its pending changes."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from enum import Enum
from typing import Any
from uuid import UUID

import attrs

from weaviate_orm.exceptions import SessionError
from weaviate_orm.model.identity import links_of
from weaviate_orm.model.instance_codec import changed_properties, changed_vectors, decode_properties
from weaviate_orm.model.mapper import Mapper
from weaviate_orm.model.model import Model
from weaviate_orm.model.server_times import time_of
from weaviate_orm.model.state import State, Status, state_of
from weaviate_orm.session.flush.plan import changed_references
from weaviate_orm.shown_values import html_table, shortened


class _Absent(Enum):
    NOT_LOADED = "not loaded"

    def __repr__(self) -> str:
        return self.name


NOT_LOADED = _Absent.NOT_LOADED
"""The old value of a :class:`Change` if none was loaded; None is a value."""


@attrs.frozen
class Change:
    """A value that the next flush writes. References are the ids of their targets, vectors are 32-bit floats.

    Of a list of references that is not loaded, ``old`` are the removed ones and ``new`` the added ones.
    """

    old: Any = attrs.field(repr=shortened)
    new: Any = attrs.field(repr=shortened)


@attrs.frozen
class Inspection:
    """The state of an object at the moment of :func:`inspect`.

    Attributes:
        status: its status; ``Status.DIRTY`` for a stored object of a session with pending changes.
        id: its id, or None while nothing has fixed it.
        tenant: the tenant that it belongs to, if its class has tenants.
        session: the session that it belongs to, or None.
        changes: what the next flush writes of a stored object, by attribute.
        loaded: the attributes whose values are loaded; the others load when they are read.
        error: why its last flush failed, or None.
        created_at, updated_at: the server's times, or None if they are not loaded: ``Session.get`` and ``refresh``
            load them, queries do not, and a change by the session forgets ``updated_at``.
    """

    status: Status
    id: UUID | None
    tenant: str | None
    session: Any
    changes: Mapping[str, Change]
    loaded: frozenset[str]
    error: Exception | None = attrs.field(repr=shortened)
    created_at: datetime | None
    updated_at: datetime | None

    def _repr_html_(self) -> str:
        """Return the state and the changes as tables, for notebooks."""
        state = [(field.name, getattr(self, field.name)) for field in attrs.fields(Inspection)]
        table = html_table(
            ("attribute", "value"),
            [(name, _shown(value)) for name, value in state if name != "changes" and value is not None],
            f"an object that is {self.status.value}",
        )
        if not self.changes:
            return table
        changes = [(name, change.old, change.new) for name, change in self.changes.items()]
        return table + html_table(("attribute", "old", "new"), changes, "the next flush writes")


def _shown(value: Any) -> Any:
    if isinstance(value, Status):
        return value.value
    if isinstance(value, frozenset):
        return ", ".join(sorted(value))
    return str(value) if isinstance(value, (UUID, datetime, Exception)) else value


def inspect(instance: Model) -> Inspection:
    """Return the status and the pending changes of an object. Sends nothing.

    Raises:
        SessionError: it is no instance of a model.
        ValidationError: it has a value that cannot be stored.
    """
    if not isinstance(instance, Model):
        raise SessionError(f"inspect() takes instances of models, not {instance!r}")
    state = state_of(instance)
    changes = _changes(instance, state) if state.is_stored else {}
    mapper = instance.__mapper__
    mapped = (*mapper.properties, *mapper.reference_names, *mapper.vector_fields)
    return Inspection(
        status=Status.DIRTY if changes and state.status is Status.PERSISTENT else state.status,
        id=UUID(state.id) if state.id is not None else None,
        tenant=state.tenant,
        session=state.owner.session if state.owner is not None else None,
        changes=changes,
        loaded=frozenset(name for name in mapped if name in vars(instance)),
        error=state.error,
        created_at=time_of(state, "created_at"),
        updated_at=time_of(state, "updated_at"),
    )


def _changes(instance: Model, state: State) -> dict[str, Change]:
    mapper: Mapper = instance.__mapper__
    values = vars(instance)
    before = decode_properties(mapper, state.snapshot)
    changes = {name: Change(before.get(name, NOT_LOADED), values[name]) for name in changed_properties(instance)}
    for name in changed_vectors(instance):
        stored = state.vectors[name]
        changes[name] = Change(NOT_LOADED if stored is None else stored, values[name])
    for name, joined in state.link_changes.items():
        if joined.added or joined.removed:
            changes[name] = Change(_ids(joined.removed), _ids(joined.added))
    for name in dict.fromkeys(operation.attribute for operation in changed_references(instance)):
        if name not in values:
            continue
        links = state.links.get(name)
        old = NOT_LOADED if links is None else [UUID(id) for _, id in links]
        changes[name] = Change(old, [UUID(id) for _, id in links_of(instance, name)])
    return changes


def _ids(targets: Mapping[int, Any]) -> list[UUID]:
    return [target.id for target in targets.values()]

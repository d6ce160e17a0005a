"""Optimistic locking: the versions of objects with ``Meta.version`` are compared with the server's before a flush."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any

from weaviate_orm.exceptions import StaleObjectError
from weaviate_orm.model.identity import id_of
from weaviate_orm.model.mapper import Mapper
from weaviate_orm.model.state import state_of
from weaviate_orm.session.flush.plan import FlushPlan

Stored = Callable[[Any, "str | None", Sequence[str]], Sequence[Any]]
"""Loads the objects of a class, a tenant and of ids as they are on the server now, into no session."""


def refuse_stale(plan: FlushPlan, stored: Stored) -> None:
    """Raise StaleObjectError when the plan overwrites versions other than those that were loaded.

    Sends one query for each class and tenant with a version.
    """
    overwritten = dict(_overwritten(plan))
    groups: dict[tuple[Any, str | None], dict[str, Any]] = {}
    for instance in overwritten.values():
        uuid = id_of(instance)
        groups.setdefault((type(instance), state_of(instance).tenant), {})[uuid] = instance
    deleted = set(map(id, _deleted(plan)))
    conflicts: list[tuple[Any, Any]] = []
    for (model, tenant), by_id in groups.items():
        current = {str(instance.id): instance for instance in stored(model, tenant, list(by_id))}
        for uuid, instance in by_id.items():
            theirs = current.get(uuid)
            if theirs is None:
                # another program deleted it: a conflict, unless this plan deletes it too
                if id(instance) not in deleted:
                    conflicts.append((instance, None))
            elif loaded_version(theirs) != loaded_version(instance):
                conflicts.append((instance, theirs))
    if conflicts:
        raise StaleObjectError(conflicts)


def loaded_version(instance: Any) -> Any:
    """Return the version that an instance was loaded with."""
    mapper: Mapper = instance.__mapper__
    return state_of(instance).snapshot.get(mapper.options.version or "")


def _overwritten(plan: FlushPlan) -> Iterator[tuple[int, Any]]:
    """Iterate over the objects with a version that a plan changes: every change of one merges its next version."""
    for instance in (*(merge.instance for merge in plan.merges), *_deleted(plan)):
        if instance.__mapper__.options.version:
            yield id(instance), instance


def _deleted(plan: FlushPlan) -> list[Any]:
    replaced = [create.replaces for create in plan.creates if create.replaces is not None]
    return [*(delete.instance for delete in plan.deletes), *replaced]

"""Lost updates: objects with ``Meta.version`` are compared with the server's before anything is written."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any

from weaviate_orm.exceptions import StaleObjectError
from weaviate_orm.model.mapper import Mapper
from weaviate_orm.model.state import state_of
from weaviate_orm.session.flush.plan import Plan

Stored = Callable[[Any, "str | None", Sequence[str]], Sequence[Any]]
"""The objects of a class, a tenant and of ids as the server has them now, in no session."""


def refuse_stale(plan: Plan, stored: Stored) -> None:
    """Raise StaleObjectError when the plan writes over versions that are not the ones that were loaded.

    One query for each class and tenant that has a version.
    """
    mine = dict(_versioned(plan))
    groups: dict[tuple[Any, str | None], dict[str, Any]] = {}
    for instance in mine.values():
        uuid = instance.__mapper__.id_of(instance)
        groups.setdefault((type(instance), state_of(instance).tenant), {})[uuid] = instance
    deleted = {id(each) for each in _deleted(plan)}
    conflicts: list[tuple[Any, Any]] = []
    for (model, tenant), by_id in groups.items():
        current = {str(each.id): each for each in stored(model, tenant, list(by_id))}
        for uuid, instance in by_id.items():
            theirs = current.get(uuid)
            if theirs is None:
                # somebody else deleted it, which is what a deletion wants
                if id(instance) not in deleted:
                    conflicts.append((instance, None))
            elif known_version(theirs) != known_version(instance):
                conflicts.append((instance, theirs))
    if conflicts:
        raise StaleObjectError(conflicts)


def known_version(instance: Any) -> Any:
    """The version that an instance was loaded with."""
    mapper: Mapper = instance.__mapper__
    return state_of(instance).snapshot.get(mapper.options.version or "")


def _versioned(plan: Plan) -> Iterator[tuple[int, Any]]:
    """What the plan overwrites. Whatever else it changes of an object with a version, it merges the next version."""
    for instance in (*(each.instance for each in plan.merges), *_deleted(plan)):
        if instance.__mapper__.options.version:
            yield id(instance), instance


def _deleted(plan: Plan) -> list[Any]:
    replaced = [each.replaces for each in plan.creates if each.replaces is not None]
    return [*(each.instance for each in plan.deletes), *replaced]

"""One flush of a session: what is pending is collected, told to listeners, planned, and sent."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

from weaviate_orm.exceptions import FlushError, SessionError, describe
from weaviate_orm.model.model import Model
from weaviate_orm.query.tree import Query
from weaviate_orm.session.deletion import Select, clear_references, consequences_of
from weaviate_orm.session.flush import Failure
from weaviate_orm.session.flush_events import FlushEvents
from weaviate_orm.session.pairing import leave_inverses, load_crowded
from weaviate_orm.session.plan import Create, Plan, plan_flush
from weaviate_orm.session.unit import UnitOfWork
from weaviate_orm.session.versions import Stored, refuse_stale

if TYPE_CHECKING:
    from weaviate_orm.session.session import Session


def flush(
    session: Session, unit: UnitOfWork, *, select: Select, stored: Stored, run: Callable[[Plan], list[Failure]]
) -> bool:
    """Send what is pending; whether listeners were told of it afterwards, who may have left more to flush.

    Raises as ``Session.flush`` does.
    """
    events = FlushEvents(session, unit)
    events.begin()
    followed: dict[int, Model] = {}
    changeable = _collect(unit, select, followed)
    while events.before(changeable) or unit.deleted.keys() - followed.keys():
        changeable = _collect(unit, select, followed)
    if not (unit.new or changeable or unit.deleted):
        return False
    plan = plan_flush(unit.new.values(), changeable, unit.deleted.values())
    for create in plan.creates:
        _refuse_known(unit, create)
    refuse_stale(plan, stored)
    failures = run(plan)
    unit.settle(failure.object for failure in failures)
    try:
        told = events.after(plan, failures)
    except Exception as error:
        if failures:
            raise FlushError(failures) from error
        raise
    if failures:
        raise FlushError(failures)
    return told


def _collect(unit: UnitOfWork, select: Select, followed: dict[int, Model]) -> list[Model]:
    """Take in all that the flush is about; returns the stored objects that may have changed.

    ``followed`` are the deletions whose rules were followed before; it becomes all of them.
    """
    _follow_deletions(unit, select, followed)
    changeable = unit.changeable()
    if load_crowded(changeable):
        changeable = unit.changeable()  # listeners to what was loaded may have changed it
    unit.adopt([*unit.new.values(), *changeable])
    return changeable


def _follow_deletions(unit: UnitOfWork, select: Select, followed: dict[int, Model]) -> None:
    if not unit.deleted:
        return
    # the rules hold for what this flush would bring along as well
    unit.adopt([*unit.new.values(), *unit.changeable()])
    deleted = dict(unit.deleted)
    pending = [*unit.new.values(), *unit.changeable()]
    # what the server answered holds; but a listener may have let more refer to what is deleted
    is_asked = bool(deleted.keys() - followed.keys())
    found = consequences_of(deleted.values(), pending, select if is_asked else _nothing)
    for instance in found.cascaded:
        unit.delete(instance)
        deleted[id(instance)] = instance
    clear_references(found.cleared, deleted.values())
    leave_inverses(deleted.values())
    followed.update(deleted)


def _refuse_known(unit: UnitOfWork, create: Create) -> None:
    instance = create.instance
    known = unit.identity.like(instance).get(create.id)
    if known is not None and known is not instance and id(known) not in unit.deleted:
        raise SessionError(
            f"{describe(instance)} is new, and this session holds a stored object of the same id: {known!r}; "
            f"change that one instead, or merge() the new one"
        )


def _nothing(query: Query) -> Sequence[Any]:
    return ()

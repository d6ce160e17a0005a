"""The calls of listeners in one flush: before it is planned, and after all of it was tried."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any

from weaviate_orm.exceptions import SessionError, describe
from weaviate_orm.session.dispatch import Event, Flushed, Listener, dispatch, has_listeners, listeners_to
from weaviate_orm.session.flush.execute import Failure
from weaviate_orm.session.flush.plan import Create, Delete, FlushPlan, is_changed
from weaviate_orm.session.unit_of_work import UnitOfWork

MAX_ROUNDS = 100
"""Maximum rounds of before-flush listeners before SessionError is raised."""


class FlushEvents:
    """The events of one flush."""

    def __init__(self, session: object, unit: UnitOfWork) -> None:
        self._session = session
        self._unit = unit
        self._dispatched: dict[tuple[str, int], Any] = {}
        self._rounds = 0

    def begin(self) -> None:
        """Fire before_flush, if there is anything to flush."""
        listeners = listeners_to("before_flush", self._session)
        if listeners and self._is_pending():
            for listener in listeners:
                listener(self._session)

    def before(self, changeable: Sequence[Any]) -> bool:
        """Fire before_insert, before_update and before_delete, once for each object; return whether any was fired.

        Objects that listeners add or change are for the next call. Raises SessionError after MAX_ROUNDS calls.
        """
        unit = self._unit
        fired = [
            self._before("before_insert", tuple(unit.new.values()), lambda instance: id(instance) in unit.new),
            self._before("before_update", changeable, self._is_updated),
            self._before("before_delete", tuple(unit.deleted.values()), lambda instance: id(instance) in unit.deleted),
        ]
        self._rounds += any(fired)
        if self._rounds > MAX_ROUNDS:
            last = next(reversed(self._dispatched.values()))
            raise SessionError(
                f"listeners to what comes before a flush brought in more objects {MAX_ROUNDS} times over, "
                f"{describe(last)} the last; let them leave out what they add themselves"
            )
        return any(fired)

    def after(self, plan: FlushPlan, failures: Sequence[Failure]) -> bool:
        """Fire the events after a flush, of what the server has done; return whether there were listeners."""
        if not has_listeners("after_insert", "after_update", "after_delete", "after_flush"):
            return False
        if next(plan.operations(), None) is None:
            return False
        return dispatch(self._calls_after(flushed_by(plan, failures)))

    # -- inside

    def _is_pending(self) -> bool:
        unit = self._unit
        return bool(unit.new or unit.deleted) or any(map(is_changed, unit.changeable()))

    def _before(self, event: Event, candidates: Sequence[Any], applies: Callable[[Any], bool]) -> bool:
        if not has_listeners(event):
            return False
        by_class = self._listeners_by_class(event, candidates)
        fired = False
        for instance in candidates if by_class else ():
            listeners = by_class.get(type(instance), ())
            # an earlier listener may have expunged the object, or kept one that was to be deleted
            if listeners and (event, id(instance)) not in self._dispatched and applies(instance):
                self._dispatched[event, id(instance)] = instance
                fired = True
                for listener in listeners:
                    listener(instance, self._session)
        return fired

    def _is_updated(self, instance: Any) -> bool:
        return self._unit.holds(instance) and id(instance) not in self._unit.deleted and is_changed(instance)

    def _calls_after(self, flushed: Flushed) -> Iterator[tuple[Listener, tuple[Any, ...]]]:
        events: tuple[tuple[Event, Sequence[Any]], ...] = (
            ("after_insert", flushed.inserted),
            ("after_update", flushed.updated),
            ("after_delete", flushed.deleted),
        )
        for event, instances in events:
            by_class = self._listeners_by_class(event, instances)
            for instance in instances if by_class else ():
                for listener in by_class.get(type(instance), ()):
                    yield listener, (instance, self._session)
        for listener in listeners_to("after_flush", self._session):
            yield listener, (self._session, flushed)

    def _listeners_by_class(self, event: Event, instances: Iterable[Any]) -> dict[type, Sequence[Listener]]:
        """Return the listeners of each class that has any."""
        by_class = {model: listeners_to(event, self._session, model) for model in set(map(type, instances))}
        return {model: listeners for model, listeners in by_class.items() if listeners}


def flushed_by(plan: FlushPlan, failures: Iterable[Failure]) -> Flushed:
    """Return what the server has done of a plan.

    References of a new object are part of its insert: those that failed are an update of the next flush. An update is
    done when none of its operations failed.
    """
    failures = list(failures)
    failed = {id(failure.object) for failure in failures}
    missing = {id(failure.object) for failure in failures if failure.operation == "create"}
    stored = [create for create in plan.creates if id(create.instance) not in missing]
    created = {id(create.instance) for create in plan.creates}
    changed = {
        id(operation.instance): operation.instance
        for operation in plan.operations()
        if not isinstance(operation, (Create, Delete)) and id(operation.instance) not in created
    }
    return Flushed(
        inserted=tuple(create.instance for create in stored),
        updated=tuple(instance for key, instance in changed.items() if key not in failed),
        deleted=(
            *(delete.instance for delete in plan.deletes if id(delete.instance) not in failed),
            *(create.replaces for create in stored if create.replaces is not None),
        ),
    )

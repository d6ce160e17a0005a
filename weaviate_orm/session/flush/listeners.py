"""What listeners are told about one flush: before it is planned, and when all of it was tried."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any

from weaviate_orm.exceptions import SessionError, describe
from weaviate_orm.session.dispatch import Event, Flushed, Listener, dispatch, has_listeners, listeners_to
from weaviate_orm.session.flush.execute import Failure
from weaviate_orm.session.flush.plan import Create, Delete, Plan, is_changed
from weaviate_orm.session.unit_of_work import UnitOfWork

MOST_ROUNDS = 100
"""So often listeners may go on from what listeners did; more is taken for a circle."""


class FlushEvents:
    """The events of one flush."""

    def __init__(self, session: object, unit: UnitOfWork) -> None:
        self._session = session
        self._unit = unit
        self._told: dict[tuple[str, int], Any] = {}
        self._rounds = 0

    def begin(self) -> None:
        """Fire before_flush, if there is anything to flush."""
        listeners = listeners_to("before_flush", self._session)
        if listeners and self._is_pending():
            for listener in listeners:
                listener(self._session)

    def before(self, changeable: Sequence[Any]) -> bool:
        """Fire before_insert, before_update and before_delete, once for each object; whether anything listened.

        What listeners add or change is told by the next call. Raises SessionError when that does not end.
        """
        unit = self._unit
        told = [
            self._before("before_insert", tuple(unit.new.values()), lambda each: id(each) in unit.new),
            self._before("before_update", changeable, self._is_updated),
            self._before("before_delete", tuple(unit.deleted.values()), lambda each: id(each) in unit.deleted),
        ]
        self._rounds += any(told)
        if self._rounds > MOST_ROUNDS:
            last = next(reversed(self._told.values()))
            raise SessionError(
                f"listeners to what comes before a flush brought in more objects {MOST_ROUNDS} times over, "
                f"{describe(last)} the last; let them leave out what they add themselves"
            )
        return any(told)

    def after(self, plan: Plan, failures: Sequence[Failure]) -> bool:
        """Fire what comes after a flush, for what the server has done; whether anything listened."""
        if not has_listeners("after_insert", "after_update", "after_delete", "after_flush"):
            return False
        if next(plan.operations(), None) is None:
            return False
        return dispatch(self._calls_after(what_happened(plan, failures)))

    # -- inside

    def _is_pending(self) -> bool:
        unit = self._unit
        return bool(unit.new or unit.deleted) or any(map(is_changed, unit.changeable()))

    def _before(self, event: Event, candidates: Sequence[Any], applies: Callable[[Any], bool]) -> bool:
        if not has_listeners(event):
            return False
        listening = self._listening(event, candidates)
        called = False
        for instance in candidates if listening else ():
            listeners = listening.get(type(instance), ())
            # one that came before may have let it go, or put it back
            if listeners and (event, id(instance)) not in self._told and applies(instance):
                self._told[event, id(instance)] = instance
                called = True
                for listener in listeners:
                    listener(instance, self._session)
        return called

    def _is_updated(self, instance: Any) -> bool:
        return self._unit.holds(instance) and id(instance) not in self._unit.deleted and is_changed(instance)

    def _calls_after(self, flushed: Flushed) -> Iterator[tuple[Listener, tuple[Any, ...]]]:
        happened: tuple[tuple[Event, Sequence[Any]], ...] = (
            ("after_insert", flushed.inserted),
            ("after_update", flushed.updated),
            ("after_delete", flushed.deleted),
        )
        for event, instances in happened:
            listening = self._listening(event, instances)
            for instance in instances if listening else ():
                for listener in listening.get(type(instance), ()):
                    yield listener, (instance, self._session)
        for listener in listeners_to("after_flush", self._session):
            yield listener, (self._session, flushed)

    def _listening(self, event: Event, instances: Iterable[Any]) -> dict[type, Sequence[Listener]]:
        """The listeners of each class that has any."""
        found = {model: listeners_to(event, self._session, model) for model in set(map(type, instances))}
        return {model: listeners for model, listeners in found.items() if listeners}


def what_happened(plan: Plan, failures: Iterable[Failure]) -> Flushed:
    """What the server has done of a plan.

    The references of a new object are part of its insert: what failed of them, the next flush writes as an update.
    An update is done when none of its operations failed.
    """
    failures = list(failures)
    failed = {id(each.object) for each in failures}
    missing = {id(each.object) for each in failures if each.operation == "create"}
    stored = [each for each in plan.creates if id(each.instance) not in missing]
    created = {id(each.instance) for each in plan.creates}
    changed = {
        id(each.instance): each.instance
        for each in plan.operations()
        if not isinstance(each, (Create, Delete)) and id(each.instance) not in created
    }
    return Flushed(
        inserted=tuple(each.instance for each in stored),
        updated=tuple(instance for key, instance in changed.items() if key not in failed),
        deleted=(
            *(each.instance for each in plan.deletes if id(each.instance) not in failed),
            *(each.replaces for each in stored if each.replaces is not None),
        ),
    )

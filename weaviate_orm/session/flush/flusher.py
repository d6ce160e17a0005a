"""The flushes of a session: what is pending is collected, told to listeners, planned, and sent."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from weaviate_orm.exceptions import FlushError, SessionError
from weaviate_orm.gc_pause import collection_paused
from weaviate_orm.http.transport import Transport
from weaviate_orm.model.model import Model
from weaviate_orm.query.query import Query
from weaviate_orm.session.dispatch import dispatch, listeners_to
from weaviate_orm.session.flush.delete_rules import Select, clear_references, consequences_of
from weaviate_orm.session.flush.execute import Failure, Flush
from weaviate_orm.session.flush.listeners import MOST_ROUNDS, FlushEvents
from weaviate_orm.session.flush.nested_members import keep_unmapped
from weaviate_orm.session.flush.pairing import leave_inverses, load_crowded
from weaviate_orm.session.flush.plan import OnDuplicate, Plan, plan_flush
from weaviate_orm.session.flush.version_check import Stored, refuse_stale
from weaviate_orm.session.process import OwningProcess
from weaviate_orm.session.reads.stored_ids import StoredIds
from weaviate_orm.session.refusals import REFUSALS, Refused, keep_one, refuse_held, sift
from weaviate_orm.session.request_options import Scope
from weaviate_orm.session.unit_of_work import UnitOfWork


class Flusher:
    """Flushes and commits of one session: one at a time, and none that a listener calls in the middle of another.

    Args:
        session: the session, for listeners.
        select: runs a query without flushing first.
        stored: the objects of a class, a tenant and of ids as the server has them now, in no session.

    Attributes:
        on_duplicate: which of several objects of one id is stored.
        reports: what cannot be sent is a failure, and the rest is sent; else nothing is, and the error is raised.
    """

    def __init__(
        self,
        session: object,
        process: OwningProcess,
        unit: UnitOfWork,
        transport: Transport,
        scope: Scope,
        ids: StoredIds,
        *,
        batch_size: int,
        workers: int,
        select: Select,
        stored: Stored,
    ) -> None:
        self._session = session
        self._process = process
        self._unit = unit
        self._transport = transport
        self._scope = scope
        self._ids = ids
        self._batch_size = batch_size
        self._workers = workers
        self._select = select
        self._stored = stored
        self._under_way: tuple[str, ...] = ()
        self._refused: list[Refused] = []
        self.on_duplicate: OnDuplicate = "error"
        self.reports = False

    @contextmanager
    def choosing(self, on_duplicate: OnDuplicate) -> Iterator[None]:
        """A block whose flushes choose so among several objects of one id."""
        before, self.on_duplicate = self.on_duplicate, on_duplicate
        try:
            yield
        finally:
            self.on_duplicate = before

    @property
    def is_flushing(self) -> bool:
        """Whether this is called in the middle of a flush: by one of its listeners."""
        return "flush" in self._under_way

    def commit(self) -> None:
        """Flush, and flush again what listeners add or change after it. Raises as ``Session.commit`` does."""
        with self._alone("commit"):
            for listener in listeners_to("before_commit", self._session):
                listener(self._session)
            rounds = 0
            while self.flush():
                rounds += 1
                if rounds == MOST_ROUNDS:
                    raise SessionError(
                        f"after {MOST_ROUNDS} flushes of one commit, listeners have left something to flush again; let "
                        f"them leave out what they add themselves"
                    )
            dispatch((listener, (self._session,)) for listener in listeners_to("after_commit", self._session))

    def flush(self) -> bool:
        """Send what is pending; whether listeners were told of it afterwards, who may have left more to flush.

        Raises as ``Session.flush`` does.
        """
        with self._alone("flush"):
            events = FlushEvents(self._session, self._unit)
            events.begin()
            plan = self._planned(events)
            if plan is None:
                return False
            refuse_stale(plan, self._stored)
            plan = keep_unmapped(plan, self._transport, self._scope)
            failures = self._run(plan)
            self._unit.settle(failure.object for failure in failures)
            try:
                told = events.after(plan, failures)
            except Exception as error:
                if failures:
                    raise FlushError(failures) from error
                raise
            if failures:
                raise FlushError(failures)
            return told

    def _planned(self, events: FlushEvents) -> Plan | None:
        unit = self._unit
        followed: dict[int, Model] = {}
        changeable = _collect(unit, self._select, followed)
        while events.before(changeable) or unit.deleted.keys() - followed.keys():
            changeable = _collect(unit, self._select, followed)
        if not (unit.new or changeable or unit.deleted):
            return None
        with collection_paused():
            try:
                return self._plan(unit.new.values(), changeable)
            except REFUSALS:
                if self.on_duplicate == "error" and not self.reports:
                    raise
            return self._plan_possible()

    def _plan(self, new: Iterable[Model], changed: Iterable[Model]) -> Plan:
        plan = plan_flush(new, changed, self._unit.deleted.values())
        for create in () if self._unit.identity.is_unused else plan.creates:
            refuse_held(self._unit, create)
        return plan

    def _plan_possible(self) -> Plan:
        """The plan of what can be sent, after what cannot was refused as a whole."""
        unit = self._unit
        if self.on_duplicate != "error":
            keep_one(unit, self.on_duplicate)
        if not self.reports:
            return self._plan(unit.new.values(), unit.changeable())
        new, changed, self._refused = sift(unit, unit.changeable())
        return self._plan(new, changed)

    def _run(self, plan: Plan) -> list[Failure]:
        self._process.require()  # a listener may have forked
        flush = Flush(
            self._transport,
            self._scope,
            self._ids,
            batch_size=self._batch_size,
            workers=self._workers,
            stored=self._unit.stored,
            deleted=self._unit.gone,
            unanswered=self._unit.unanswered,
        )
        for each in self._refused:
            flush.refuse(each)
        self._refused = []
        return flush.run(plan)

    @contextmanager
    def _alone(self, what: str) -> Iterator[None]:
        """Refuse what a listener calls of this session while it is called by it, and what a forked child calls."""
        self._process.require()
        if self.is_flushing or what in self._under_way:
            raise SessionError(
                f"this session is in the middle of a {self._under_way[-1]}, whose listeners cannot {what}; what they "
                f"add before a flush goes with it, and a commit flushes what they add after one"
            )
        before, self._under_way = self._under_way, (*self._under_way, what)
        try:
            yield
        finally:
            self._under_way = before


def _collect(unit: UnitOfWork, select: Select, followed: dict[int, Model]) -> list[Model]:
    """Take in all that the flush is about; returns the stored objects that may have changed.

    ``followed`` are the deletions whose rules were followed before; it becomes all of them.
    """
    _follow_deletions(unit, select, followed)
    changeable = unit.changeable()
    if load_crowded(changeable):
        changeable = unit.changeable()  # listeners to what was loaded may have changed it
    unit.adopt_referred(changeable)
    return changeable


def _follow_deletions(unit: UnitOfWork, select: Select, followed: dict[int, Model]) -> None:
    if not unit.deleted:
        return
    # the rules hold for what this flush would bring along as well
    unit.adopt_referred(unit.changeable())
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


def _nothing(query: Query) -> Sequence[Any]:
    return ()

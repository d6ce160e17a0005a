"""The flushes of a session: pending objects are collected, given to listeners, planned, and sent."""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager, nullcontext, suppress
from functools import partial
from typing import Any

from weaviate_orm.exceptions import FlushError, NotFoundError, SessionError, UnexpectedStatusError
from weaviate_orm.gc_pause import collection_paused
from weaviate_orm.http.transport import Transport
from weaviate_orm.model.backrefs import leave_all
from weaviate_orm.model.model import Model
from weaviate_orm.model.state import state_of, value_of
from weaviate_orm.query.query import Query
from weaviate_orm.query.rows import Page
from weaviate_orm.session.dispatch import dispatch, listeners_to
from weaviate_orm.session.embedder_notes import refuse_other_embedder
from weaviate_orm.session.flush.delete_rules import Select, clear_references, consequences_of
from weaviate_orm.session.flush.embedding import EmbeddedPlan, embed_plan
from weaviate_orm.session.flush.execute import Failure, Flush
from weaviate_orm.session.flush.link_check import LinkCheck, piecemeal
from weaviate_orm.session.flush.listeners import MAX_ROUNDS, FlushEvents
from weaviate_orm.session.flush.nested_members import keep_unmapped
from weaviate_orm.session.flush.plan import FlushPlan, OnDuplicate, plan_flush
from weaviate_orm.session.flush.refusals import REFUSALS, Refused, keep_one, refuse_held, sift
from weaviate_orm.session.flush.version_check import Stored, refuse_stale
from weaviate_orm.session.process import OwningProcess
from weaviate_orm.session.reads.stored_ids import StoredIds
from weaviate_orm.session.request_options import RequestOptions
from weaviate_orm.session.unit_of_work import UnitOfWork
from weaviate_orm.tracing import current_tracer

MEND_ROUNDS = 5
"""How often references are set that somebody else changes meanwhile."""


class Flusher:
    """Flushes and commits a session, once at a time: a listener cannot flush while a flush calls it.

    Args:
        session: the session, for listeners.
        select: runs a query without autoflush.
        stored: loads the objects of a class, a tenant and of ids as they are on the server now, into no session.

    Attributes:
        on_duplicate: which of several objects of one id is stored.
        reports: whether an object that cannot be sent is a failure and the rest is sent; else its error is raised, and
            nothing is sent.
        repeated: whether an earlier attempt may have sent what is pending.
    """

    def __init__(
        self,
        session: object,
        process: OwningProcess,
        unit: UnitOfWork,
        transport: Transport,
        options: RequestOptions,
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
        self._options = options
        self._ids = ids
        self._batch_size = batch_size
        self._workers = workers
        self._select = select
        self._stored = stored
        self._running: tuple[str, ...] = ()
        self._refused: list[Refused] = []
        self.on_duplicate: OnDuplicate = "error"
        self.reports = False
        self.repeated = False

    @contextmanager
    def choosing(self, on_duplicate: OnDuplicate) -> Iterator[None]:
        """Set ``on_duplicate`` for the flushes of a block."""
        before, self.on_duplicate = self.on_duplicate, on_duplicate
        try:
            yield
        finally:
            self.on_duplicate = before

    def mend_references(self, read: Callable[[Query], Page], instances: Sequence[Model]) -> Sequence[Failure]:
        """Make the stored references of new objects those that were stored with them; return what failed.

        What other attempts write meanwhile is compared again, so that the last of several leaves the right ones. Raises
        TransportError where the references cannot be read.
        """
        check = LinkCheck.of(instances)
        for attempt in range(MEND_ROUNDS):
            replacements = tuple(check.differing(self._transport, self._options, read))
            if not replacements:
                return ()
            time.sleep(random.uniform(0.0, 0.1) * attempt)  # two attempts that undo each other's do so once
            failures = self._run(EmbeddedPlan(FlushPlan(replacements=replacements)))
            refused = {(id(failure.object), failure.attribute) for failure in failures if _is_refused(failure)}
            failures = [failure for failure in failures if not _is_refused(failure)]
            for replacement in replacements:
                if (id(replacement.instance), replacement.attribute) in refused:
                    failures += self._run(EmbeddedPlan(piecemeal(replacement)))
            if failures:
                return failures
        replacements = tuple(check.differing(self._transport, self._options, read))
        reason = SessionError("other programs change the references of the object all the time; store it again later")
        return [Failure(other.instance, "replace references", reason, other.attribute) for other in replacements]

    @property
    def is_flushing(self) -> bool:
        """Whether a flush is running, which called a listener."""
        return "flush" in self._running

    def commit(self) -> None:
        """Flush, and flush again what listeners add or change after it. Raises as ``Session.commit`` does."""
        tracer = current_tracer()
        with self._alone("commit"), nullcontext() if tracer is None else tracer.operation("commit", ()):
            for listener in listeners_to("before_commit", self._session):
                listener(self._session)
            rounds = 0
            while self.flush():
                rounds += 1
                if rounds == MAX_ROUNDS:
                    raise SessionError(
                        f"after {MAX_ROUNDS} flushes of one commit, listeners have left something to flush again; let "
                        f"them leave out what they add themselves"
                    )
            dispatch((listener, (self._session,)) for listener in listeners_to("after_commit", self._session))

    def flush(self) -> bool:
        """Send pending changes; return whether listeners were called after it, which may have left more to flush.

        Raises as ``Session.flush`` does.
        """
        with self._alone("flush"):
            events = FlushEvents(self._session, self._unit)
            events.begin()
            plan = self._plan_pending(events)
            if plan is None:
                return False
            tracer = current_tracer()
            if tracer is None:
                return self._send(plan, events)
            objects = {id(operation.instance): operation.instance for operation in plan.operations()}.values()
            collections = {instance.__mapper__.collection_name for instance in objects}
            with tracer.operation("flush", collections, len(objects)):
                return self._send(plan, events)

    def _send(self, plan: FlushPlan, events: FlushEvents) -> bool:
        refuse_stale(plan, self._stored)
        plan = keep_unmapped(plan, self._transport, self._options)
        embedded = embed_plan(plan, partial(refuse_other_embedder, self._transport))
        plan = embedded.plan
        failures = self._run(embedded)
        self._unit.settle(failure.object for failure in failures)
        try:
            called = events.after(plan, failures)
        except Exception as error:
            if failures:
                raise FlushError(failures) from error
            raise
        if failures:
            raise FlushError(failures)
        return called

    def _plan_pending(self, events: FlushEvents) -> FlushPlan | None:
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
            return self._plan_sendable()

    def _plan(self, new: Iterable[Model], changed: Iterable[Model]) -> FlushPlan:
        plan = plan_flush(new, changed, self._unit.deleted.values())
        for create in () if self._unit.identity.is_unused else plan.creates:
            refuse_held(self._unit, create)
        return plan

    def _plan_sendable(self) -> FlushPlan:
        """FlushPlan the objects that can be sent, after the plan of all was refused."""
        unit = self._unit
        if self.on_duplicate != "error":
            keep_one(unit, self.on_duplicate)
        if not self.reports:
            return self._plan(unit.new.values(), unit.changeable())
        new, changed, self._refused = sift(unit, unit.changeable())
        return self._plan(new, changed)

    def _run(self, embedded: EmbeddedPlan) -> list[Failure]:
        self._process.require()  # a listener may have forked
        flush = Flush(
            self._transport,
            self._options,
            self._unit,
            self._ids,
            batch_size=self._batch_size,
            workers=self._workers,
            repeated=self.repeated,
        )
        for refused in self._refused:
            flush.refuse(refused)
        self._refused = []
        failures = flush.run(embedded.plan, embedded.unsent)
        embedded.expire_stored()
        return failures

    @contextmanager
    def _alone(self, operation: str) -> Iterator[None]:
        """Refuse a flush or a commit by a listener that one is calling, and any by a forked child."""
        self._process.require()
        if self.is_flushing or operation in self._running:
            raise SessionError(
                f"this session is in the middle of a {self._running[-1]}, whose listeners cannot {operation}; what "
                f"they add before a flush goes with it, and a commit flushes what they add after one"
            )
        before, self._running = self._running, (*self._running, operation)
        try:
            yield
        finally:
            self._running = before


def _collect(unit: UnitOfWork, select: Select, followed: dict[int, Model]) -> list[Model]:
    """Add the objects that the flush cascades to; return the stored ones that may have changed.

    ``followed`` are the deletions whose rules an earlier call followed; the call adds all others.
    """
    _follow_deletions(unit, select, followed)
    changeable = unit.changeable()
    if _load_crowded_references(changeable):
        changeable = unit.changeable()  # listeners to the load may have changed some
    unit.adopt_referred(changeable)
    return changeable


def _follow_deletions(unit: UnitOfWork, select: Select, followed: dict[int, Model]) -> None:
    if not unit.deleted:
        return
    # the rules hold for the objects that this flush would add as well
    unit.adopt_referred(unit.changeable())
    deleted = dict(unit.deleted)
    pending = [*unit.new.values(), *unit.changeable()]
    # without new deletions the server's answer still holds; but a listener may have added referrers here
    is_new = bool(deleted.keys() - followed.keys())
    consequences = consequences_of(deleted.values(), pending, select if is_new else _select_nothing)
    for instance in consequences.cascaded:
        unit.delete(instance)
        deleted[id(instance)] = instance
    clear_references(consequences.cleared, deleted.values())
    for instance in deleted.values():
        with suppress(NotFoundError):  # another program deleted it, and its references cannot be loaded
            leave_all(instance)
    followed.update(deleted)


def _select_nothing(query: Query) -> Sequence[Any]:
    return ()


def _load_crowded_references(changed: Iterable[Any]) -> bool:
    """Load inverse references that several objects left; return whether there were any.

    One query and one write cost less than a write for each object.
    """
    loaded = False
    for instance in changed:
        for attribute, changes in state_of(instance).link_changes.items():
            if len(changes.removed) > 1:
                value_of(instance, attribute)
                loaded = True
    return loaded


def _is_refused(failure: Failure) -> bool:
    """Return whether the server refuses to set references, as it does for one to what is not stored."""
    return isinstance(failure.reason, UnexpectedStatusError) and failure.reason.status_code == 422

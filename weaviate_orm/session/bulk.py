"""Bulk inserts: a stream of objects stored in constant memory, with progress and a position to resume from."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import ExitStack
from itertools import islice
from os import PathLike
from types import TracebackType
from typing import Any, Literal, Protocol

import attrs
from typing_extensions import Self

from weaviate_orm.exceptions import (
    ConfigurationError,
    EmbeddingError,
    FlushError,
    NotSentError,
    TableError,
    TransportError,
    WeaviateORMError,
)
from weaviate_orm.ids import random_id
from weaviate_orm.model.backrefs import leave_all
from weaviate_orm.model.identity import id_of
from weaviate_orm.model.model import Model
from weaviate_orm.model.state import DETACHED, state_of
from weaviate_orm.model.tables.table_reader import TableReader
from weaviate_orm.session.bulk_journal import Journal
from weaviate_orm.session.bulk_rows import RowSender, RowsOnTheWire, RowStep
from weaviate_orm.session.flush.execute import Failure
from weaviate_orm.session.progress_bar import progress_bar


@attrs.frozen
class Progress:
    """The progress of ``Session.bulk_insert``.

    Attributes:
        done: how many of the first objects of the iterable are stored, or were refused and reported. Later ones may be
            stored or not: resume with ``start=done``.
        stored: the objects stored by this call, with the new objects that they refer to.
        failed: the operations that were refused in this call, here or by the server.
        failures: those of the last step; of the result of a call whose ``progress`` is no function, all of them.
    """

    done: int
    stored: int
    failed: int
    failures: Sequence[Failure] = attrs.field(default=(), repr=False)


class StepSession(Protocol):
    """The session that stores one step."""

    @property
    def new(self) -> tuple[Model, ...]:
        """The objects that the next flush creates."""
        ...

    def __enter__(self) -> Self: ...

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None: ...

    def __contains__(self, instance: object) -> bool: ...

    def add(self, instance: Model) -> None:
        """Queue an object for the next flush."""

    def add_all(self, instances: Iterable[Model]) -> None:
        """Queue many objects."""

    def commit(self) -> None:
        """Store what is queued."""

    def expunge(self, instance: Model) -> None:
        """Remove an object from the session."""


Check = Callable[[Sequence[Model]], Sequence[Failure]]
"""Compares new objects of a step with what the server has of them; returns what cannot be made equal."""

OpenStep = Callable[[bool], tuple[StepSession, Check]]
"""Opens the session of a step, for objects that an earlier attempt may have stored or not."""


@attrs.define
class Step:
    """Some objects of the iterable, and the rows among them of which no object could be made.

    Attributes:
        begin: the position of the first.
        instances: the objects; ``places``: the position of each.
        failures: the rows of which no object could be made.
        is_last: whether the iterable has ended.
    """

    begin: int
    instances: list[Model] = attrs.field(factory=list)
    places: list[int] = attrs.field(factory=list)
    failures: list[Failure] = attrs.field(factory=list)
    is_last: bool = False

    @property
    def end(self) -> int:
        """The position after the last."""
        return self.begin + len(self.instances) + len(self.failures)

    def add(self, instance: Model) -> None:
        """Add the next object."""
        self.places.append(self.end)
        self.instances.append(instance)

    def last_stored(self) -> tuple[int, str] | None:
        """Return the position and the id of the last that is stored."""
        for place, instance in zip(reversed(self.places), reversed(self.instances), strict=True):
            if isinstance(instance, Model) and state_of(instance).is_stored:
                return place, id_of(instance)
        return None


def bulk_insert(
    instances: Iterable[Model],
    open_step: OpenStep,
    sender: RowSender,
    *,
    size: int,
    start: int,
    reports: bool,
    repeated: bool,
    progress: Callable[[Progress], None] | Literal[True] | None,
    journal_path: str | PathLike[str] | None,
) -> Progress:
    """Store ``size`` objects at a time, in a session of their own, or rows of a table by ``sender``.

    ``reports``: a refusal is reported, not raised; ``repeated``: an earlier attempt may have stored any of the objects.
    """
    if start < 0:
        raise ConfigurationError(f"start is 0 or more, not {start}")
    journal = None if journal_path is None else Journal.open(journal_path, size)
    if journal is not None and start:
        raise ConfigurationError("a journal knows where to start: leave out start, or the journal")
    stream = iter(instances)
    sent_before = start + 1 if start else 0  # the first step at least
    if journal is not None:
        start, sent_before = journal.done, journal.sent_before
        journal.resume(stream, skip)
    else:
        skip(stream, start)
    with ExitStack() as stack:
        report = progress if callable(progress) else None
        if progress is True:
            report = stack.enter_context(progress_bar(_length(instances), start))
        total = Progress(start, 0, 0)
        unreported: list[Failure] = []

        def open_session(step: Step) -> tuple[StepSession, Check]:
            # whatever ended the attempt before, it had sent one step of objects at the most that it had not reported
            return open_step(repeated or step.begin < sent_before)

        steps = _steps(stream, size, start, reports, sender, journal)
        for step, stored, failures in _stored_steps(steps, open_session, sender, reports):
            total = Progress(step.end, total.stored + stored, total.failed + len(failures), tuple(failures))
            if journal is not None:
                journal.record(step.end, step.last_stored())
            if report is not None:
                report(total)
            if not callable(progress):
                unreported += failures
    if journal is not None:
        journal.end()
    return attrs.evolve(total, failures=tuple(unreported))


def skip(stream: Iterator[Any], count: int) -> None:
    """Leave out the first objects of a stream; the rows of a table are not even looked at."""
    if isinstance(stream, TableReader):
        stream.skip(count)
    else:
        next(islice(stream, count, count), None)


def _length(instances: Iterable[Model]) -> int | None:
    if isinstance(instances, TableReader):
        return instances.total
    return len(instances) if hasattr(instances, "__len__") else None  # type: ignore[arg-type]


def _stored_steps(
    steps: Iterator[Step | RowStep],
    open_session: Callable[[Step], tuple[StepSession, Check]],
    sender: RowSender,
    reports: bool,
) -> Iterator[tuple[Step | RowStep, int, Sequence[Failure]]]:
    """Store steps, one after another; yield each, how many objects are stored, and the refusals to report.

    While rows are on the wire, the next ones are read. Objects are not read ahead: an iterable of the user's may wait
    for what it was told.
    """

    def outcome(step: RowStep) -> tuple[RowStep, int, Sequence[Failure]]:
        refused = step.failures()
        if refused and (not reports or any(_stops_all(failure.reason) for failure in refused)):
            raise FlushError(refused)
        return step, step.stored, refused

    with RowsOnTheWire(sender) as wire:
        while True:
            failure: Exception | None = None
            step: Step | RowStep | None = None
            try:
                step = next(steps, None)
            except Exception as error:  # raised after what came before it
                failure = error
            if not (isinstance(step, RowStep) and wire.may_send(step)):
                yield from map(outcome, wire.finish())
            if failure is not None:
                raise failure
            if step is None:
                return
            if isinstance(step, RowStep):
                wire.send(step)
                if len(wire) > 1:
                    yield outcome(wire.finish_first())
            else:
                stored, failures = _store(step, open_session, reports)
                yield step, stored, [*step.failures, *failures]


def _store(
    step: Step, open_session: Callable[[Step], tuple[StepSession, Check]], reports: bool
) -> tuple[int, Sequence[Failure]]:
    """Store the objects of a step; return how many are stored, and the refusals to report."""
    _lead_to_new(step.instances)
    session, check = open_session(step)
    with session:
        failures = _add(session, step.instances, reports)
        added = session.new
        failures += _commit(session, reports)
        failures += _check(check, added, reports)
        return sum(state_of(instance).is_stored for instance in added), failures


def _steps(
    stream: Iterator[Model], size: int, start: int, reports: bool, sender: RowSender, journal: Journal | None
) -> Iterator[Step | RowStep]:
    """Divide a stream into steps of ``size``, all with ids if there is a journal.

    An error of the stream is raised after the objects before it.
    """
    new_id = _random_id if journal is None else journal.id_at
    begin = start
    while True:
        if isinstance(stream, TableReader):
            rows = sender.step(stream, size, begin, new_id)
            if rows is not None:
                begin = rows.end
                yield rows
                continue
        step = Step(begin)
        failure = _fill(step, stream, size, reports)
        begin = step.end
        if journal is not None:
            journal.identify(step.instances, step.places)
        if begin > step.begin:
            yield step
        if failure is not None:
            raise failure
        if step.is_last:
            return


def _fill(step: Step, stream: Iterator[Model], size: int, reports: bool) -> Exception | None:
    """Take the objects of a step out of a stream; return the error that ends it."""
    while step.end - step.begin < size:
        try:
            step.add(next(stream))
        except StopIteration:
            step.is_last = True
            break
        except TableError as error:
            # after a row that fits no object, a table goes on; a generator that this came through would not
            if not (reports and isinstance(stream, TableReader) and error.row is not None):
                return error
            step.failures.append(Failure(error.values, "create", error))
        except Exception as error:
            return error
    return None


def _random_id(_: int) -> str:
    return random_id()


def _lead_to_new(instances: Sequence[Model]) -> None:
    """Let references by ids lead to the new objects of these ids, if those are of the same step."""
    referring = [
        (instance, attribute, value if isinstance(value, (list, tuple)) else [value])
        for instance in instances
        if isinstance(instance, Model)  # anything else is refused by the session
        for attribute in instance.__mapper__.reference_names
        if (value := instance.__dict__.get(attribute))
    ]
    if not any(_is_bare(target) for _, _, targets in referring for target in targets):
        return
    new: dict[tuple[type, str], Model] = {}
    for instance in instances:
        if isinstance(instance, Model) and not state_of(instance).is_stored:
            try:
                new[type(instance), id_of(instance)] = instance
            except WeaviateORMError:
                continue  # an invalid key, which the flush refuses
    for instance, attribute, targets in referring:
        replaced = [
            new.get((type(target), id_of(target)), target) if _is_bare(target) else target for target in targets
        ]
        if any(one is not other for one, other in zip(replaced, targets, strict=True)):
            many = instance.__mapper__.declared_references[attribute].many
            setattr(instance, attribute, replaced if many else replaced[0])


def _is_bare(target: object) -> bool:
    """Return whether an object is only the end of a reference by an id: stored, of no session, nothing loaded."""
    return isinstance(target, Model) and len(target.__dict__) == 1 and state_of(target).status is DETACHED


def _add(session: StepSession, instances: Sequence[Model], reports: bool) -> list[Failure]:
    """Queue objects; return those that the session refuses, if they are reported."""
    try:
        session.add_all(instances)
        return []
    except WeaviateORMError:
        if not reports:
            raise
    failures: list[Failure] = []
    for instance in instances:
        try:
            session.add(instance)
        except WeaviateORMError as error:
            failures.append(Failure(instance, "create", error))
    return failures


def _commit(session: StepSession, reports: bool) -> list[Failure]:
    """Store the queued objects; return the refusals, if they are reported."""
    failures: list[Failure] = []
    # a second time after a refusal, for objects that listeners added
    for _ in range(2):
        try:
            session.commit()
            break
        except FlushError as error:
            # a refusal concerns one object; an unreachable server, or a model that fails, all that follow
            is_broken = any(_stops_all(failure.reason) for failure in error.failures)
            if not reports or is_broken or error.__cause__ is not None:  # the error of a listener
                raise
            failures += error.failures
            for failure in error.failures:
                if failure.object in session:
                    session.expunge(failure.object)
                if not state_of(failure.object).is_stored:
                    # what it refers to may be referred to by later steps, and would bring it along
                    leave_all(failure.object)
    return failures


def _check(check: Check, added: Sequence[Model], reports: bool) -> Sequence[Failure]:
    """Compare the new objects with what is stored of them; return what cannot be made equal, if that is reported."""
    try:
        failures = check(added)
    except TransportError as error:
        raise FlushError([Failure(instance, "replace references", error) for instance in added[:1]]) from error
    if failures and (not reports or any(_stops_all(failure.reason) for failure in failures)):
        raise FlushError(failures)
    return failures


def _stops_all(reason: Exception) -> bool:
    return isinstance(reason, (EmbeddingError, TransportError)) and not isinstance(reason, NotSentError)

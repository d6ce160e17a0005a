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
    FlushError,
    NotSentError,
    TableError,
    TransportError,
    WeaviateORMError,
)
from weaviate_orm.model.backrefs import leave_all
from weaviate_orm.model.identity import id_of
from weaviate_orm.model.model import Model
from weaviate_orm.model.state import DETACHED, state_of
from weaviate_orm.model.tables.table_reader import TableReader
from weaviate_orm.session.bulk_journal import Journal
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


@attrs.define
class Step:
    """Some objects of the iterable, and the rows among them of which no object could be made.

    Attributes:
        begin: the position of the first.
        instances: the objects; ``places``: the position of each.
        failures: the rows of which no object could be made.
    """

    begin: int
    instances: list[Model] = attrs.field(factory=list)
    places: list[int] = attrs.field(factory=list)
    failures: list[Failure] = attrs.field(factory=list)

    @property
    def end(self) -> int:
        """The position after the last."""
        return self.begin + len(self.instances) + len(self.failures)

    def add(self, instance: Model) -> None:
        """Add the next object."""
        self.places.append(self.end)
        self.instances.append(instance)

    def last_stored(self) -> tuple[int, Model] | None:
        """Return the last object that is stored, with its position."""
        pairs = zip(reversed(self.places), reversed(self.instances), strict=True)
        return next((pair for pair in pairs if isinstance(pair[1], Model) and state_of(pair[1]).is_stored), None)


def bulk_insert(
    instances: Iterable[Model],
    open_step: Callable[[], StepSession],
    *,
    size: int,
    start: int,
    reports: bool,
    progress: Callable[[Progress], None] | Literal[True] | None,
    journal_path: str | PathLike[str] | None,
) -> Progress:
    """Store ``size`` objects at a time, in a session of their own. ``reports``: a refusal is reported, not raised."""
    if start < 0:
        raise ConfigurationError(f"start is 0 or more, not {start}")
    journal = None if journal_path is None else Journal.open(journal_path)
    if journal is not None and start:
        raise ConfigurationError("a journal knows where to start: leave out start, or the journal")
    stream = iter(instances)
    if journal is not None:
        start = journal.done
        journal.resume(stream, skip)
    else:
        skip(stream, start)
    with ExitStack() as stack:
        report = progress if callable(progress) else None
        if progress is True:
            report = stack.enter_context(progress_bar(_length(instances), start))
        total = Progress(start, 0, 0)
        unreported: list[Failure] = []
        for step in _steps(stream, size, start, reports):
            if journal is not None:
                journal.identify(step.instances, step.places)
            stored, failures = _store(step.instances, open_step, reports)
            failures = [*step.failures, *failures]
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


def _store(
    instances: Sequence[Model], open_step: Callable[[], StepSession], reports: bool
) -> tuple[int, Sequence[Failure]]:
    """Store the objects of a step; return how many are stored, and the refusals to report."""
    _lead_to_new(instances)
    with open_step() as session:
        failures = _add(session, instances, reports)
        added = session.new
        failures += _commit(session, reports)
        return sum(state_of(instance).is_stored for instance in added), failures


def _steps(stream: Iterator[Model], size: int, start: int, reports: bool) -> Iterator[Step]:
    """Divide objects into steps of ``size``; an error of the stream is raised after the objects before it."""
    step = Step(start)
    while True:
        try:
            step.add(next(stream))
        except StopIteration:
            break
        except TableError as error:
            # after a row that fits no object, a table goes on; a generator that this came through would not
            if not (reports and isinstance(stream, TableReader) and error.row is not None):
                if step.end > step.begin:
                    yield step
                raise
            step.failures.append(Failure(error.values, "create", error))
        except Exception:
            if step.end > step.begin:
                yield step
            raise
        if step.end - step.begin == size:
            full, step = step, Step(step.end)
            yield full
    if step.end > step.begin:
        yield step


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
            # a refusal concerns one object; an unreachable server all that follow
            is_broken = any(_is_unreachable(failure.reason) for failure in error.failures)
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


def _is_unreachable(reason: Exception) -> bool:
    return isinstance(reason, TransportError) and not isinstance(reason, NotSentError)

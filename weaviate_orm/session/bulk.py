"""Bulk inserts: a stream of objects stored in constant memory, with progress and a position to resume from."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import islice
from types import TracebackType
from typing import Protocol

import attrs
from typing_extensions import Self

from weaviate_orm.exceptions import ConfigurationError, FlushError, NotSentError, TransportError, WeaviateORMError
from weaviate_orm.model.model import Model
from weaviate_orm.model.state import state_of
from weaviate_orm.session.flush.execute import Failure


@attrs.frozen
class Progress:
    """The progress of ``Session.bulk_insert``.

    Attributes:
        done: how many of the first objects of the iterable are stored, or were refused and reported. Later ones may be
            stored or not: resume with ``start=done``.
        stored: the objects stored by this call, with the new objects that they refer to.
        failed: the operations that were refused in this call, here or by the server.
        failures: those of the last step; of the result of a call without ``progress``, all of them.
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


def bulk_insert(
    instances: Iterable[Model],
    open_step: Callable[[], StepSession],
    *,
    size: int,
    start: int,
    reports: bool,
    progress: Callable[[Progress], None] | None,
) -> Progress:
    """Store ``size`` objects at a time, in a session of their own. ``reports``: a refusal is reported, not raised."""
    if start < 0:
        raise ConfigurationError(f"start is 0 or more, not {start}")
    total = Progress(start, 0, 0)
    unreported: list[Failure] = []
    for step in _steps(islice(instances, start, None), size):
        stored, failures = _store(step, open_step, reports)
        total = Progress(total.done + len(step), total.stored + stored, total.failed + len(failures), tuple(failures))
        if progress is not None:
            progress(total)
        else:
            unreported += failures
    return attrs.evolve(total, failures=tuple(unreported))


def _store(step: Sequence[Model], open_step: Callable[[], StepSession], reports: bool) -> tuple[int, Sequence[Failure]]:
    """Store the objects of a step; return how many are stored, and the refusals to report."""
    with open_step() as session:
        failures = _add(session, step, reports)
        added = session.new
        failures += _commit(session, reports)
        return sum(state_of(instance).is_stored for instance in added), failures


def _steps(instances: Iterable[Model], size: int) -> Iterator[list[Model]]:
    """Divide objects into lists of ``size``; an error of the iterable is raised after the objects before it."""
    step: list[Model] = []
    try:
        for instance in instances:
            step.append(instance)
            if len(step) == size:
                full, step = step, []
                yield full
    except Exception:
        if step:
            yield step
        raise
    if step:
        yield step


def _add(session: StepSession, step: Sequence[Model], reports: bool) -> list[Failure]:
    """Queue objects; return those that the session refuses, if they are reported."""
    try:
        session.add_all(step)
        return []
    except WeaviateORMError:
        if not reports:
            raise
    failures: list[Failure] = []
    for instance in step:
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
    return failures


def _is_unreachable(reason: Exception) -> bool:
    return isinstance(reason, TransportError) and not isinstance(reason, NotSentError)

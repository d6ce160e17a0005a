"""Storing a stream of objects: constant memory, progress, and a place to go on from."""

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
    """How far ``Session.bulk_insert`` has come.

    Attributes:
        done: so many of the first objects of the iterable are stored, or were refused and reported. What comes after
            them is not known to be stored: go on with ``start=done``.
        stored: the objects stored by this call; with what they refer to, if that was new.
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
    step: int,
    start: int,
    reports: bool,
    progress: Callable[[Progress], None] | None,
) -> Progress:
    """Store ``step`` objects at a time, in a session of their own; ``reports``: what is refused ends nothing."""
    if start < 0:
        raise ConfigurationError(f"start is 0 or more, not {start}")
    reached = Progress(start, 0, 0)
    unreported: list[Failure] = []
    for part in _parts(islice(instances, start, None), step):
        with open_step() as session:
            failures = _add(session, part, reports)
            added = session.new
            failures += _commit(session, reports)
            stored = sum(state_of(each).is_stored for each in added)
        reached = Progress(
            reached.done + len(part), reached.stored + stored, reached.failed + len(failures), tuple(failures)
        )
        if progress is not None:
            progress(reached)
        else:
            unreported += failures
    return attrs.evolve(reached, failures=tuple(unreported))


def _parts(instances: Iterable[Model], size: int) -> Iterator[list[Model]]:
    """The objects, so many at once; an error of the iterable is raised after those that came before it."""
    part: list[Model] = []
    try:
        for instance in instances:
            part.append(instance)
            if len(part) == size:
                whole, part = part, []
                yield whole
    except Exception:
        if part:
            yield part
        raise
    if part:
        yield part


def _add(session: StepSession, part: Sequence[Model], reports: bool) -> list[Failure]:
    """Queue objects; those that the session does not take are returned, where it reports."""
    try:
        session.add_all(part)
        return []
    except WeaviateORMError:
        if not reports:
            raise
    failures: list[Failure] = []
    for instance in part:
        try:
            session.add(instance)
        except WeaviateORMError as error:
            failures.append(Failure(instance, "create", error))
    return failures


def _commit(session: StepSession, reports: bool) -> list[Failure]:
    """Store what is queued; returns what was refused, where it reports."""
    failures: list[Failure] = []
    # once more after a refusal, for what listeners have added to what was stored
    for _ in range(2):
        try:
            session.commit()
            break
        except FlushError as error:
            # a refusal is about one object; what cannot be sent would fail for all that follow
            is_broken = any(_is_lost(failure.reason) for failure in error.failures)
            if not reports or is_broken or error.__cause__ is not None:  # a listener's
                raise
            failures += error.failures
            for failure in error.failures:
                if failure.object in session:
                    session.expunge(failure.object)
    return failures


def _is_lost(reason: Exception) -> bool:
    return isinstance(reason, TransportError) and not isinstance(reason, NotSentError)

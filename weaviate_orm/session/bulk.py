"""Storing a stream of objects: constant memory, progress, and a place to go on from."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from itertools import islice
from typing import TYPE_CHECKING

import attrs

from weaviate_orm.batch.engine import batched
from weaviate_orm.exceptions import ConfigurationError, FlushError, TransportError
from weaviate_orm.model.model import Model
from weaviate_orm.model.state import state_of
from weaviate_orm.session.flush import Failure

if TYPE_CHECKING:
    from weaviate_orm.session.session import Session


@attrs.frozen
class Progress:
    """How far ``Session.bulk_insert`` has come.

    Attributes:
        done: so many of the first objects of the iterable are stored, or were refused and reported. What comes after
            them is not known to be stored: go on with ``start=done``.
        stored: the objects stored by this call; with what they refer to, if that was new.
        failed: the operations that the server refused in this call.
        failures: those of the last step.
    """

    done: int
    stored: int
    failed: int
    failures: Sequence[Failure] = attrs.field(default=(), repr=False)


def bulk_insert(
    instances: Iterable[Model],
    open_step: Callable[[], Session],
    *,
    step: int,
    start: int,
    report: Callable[[Progress], None] | None,
) -> Progress:
    """Store ``step`` objects at a time, each time in a session of its own."""
    if start < 0:
        raise ConfigurationError(f"start is 0 or more, not {start}")
    reached = Progress(start, 0, 0)
    for part in batched(islice(instances, start, None), step):
        failures: list[Failure] = []
        with open_step() as session:
            session.add_all(part)
            added = session.new
            # once more after a refusal, for what listeners have added to what was stored
            for _ in range(2):
                try:
                    session.commit()
                    break
                except FlushError as error:
                    failures += error.failures
                    # what the server refuses is about one object; what cannot be sent would fail for all that follow
                    is_broken = any(isinstance(failure.reason, TransportError) for failure in error.failures)
                    if report is None or is_broken or error.__cause__ is not None:  # a listener's
                        raise
                    for failure in error.failures:
                        if failure.object in session:
                            session.expunge(failure.object)
            stored = sum(state_of(each).is_stored for each in added)
        reached = Progress(
            reached.done + len(part), reached.stored + stored, reached.failed + len(failures), tuple(failures)
        )
        if report is not None:
            report(reached)
    return attrs.evolve(reached, failures=())

"""Batches in parallel, by a few workers: few are in flight, and none begins once the server is unreachable."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextvars import copy_context
from itertools import chain, islice
from typing import Any, Generic, TypeVar

import attrs

from weaviate_orm.exceptions import ConnectionFailedError, RequestTimeoutError, TransportError

T = TypeVar("T")


@attrs.frozen
class Sent(Generic[T]):
    """The items of a batch, and for each the reason why it is not done, or None."""

    items: Sequence[T]
    errors: Sequence[Exception | None]


def run_batches(
    items: Iterable[T],
    send: Callable[[Sequence[T]], Sequence[Exception | None]],
    *,
    batch_size: int,
    workers: int,
) -> Iterator[Sent[T]]:
    """Send items in batches; yield them with their outcomes, in their order.

    ``send`` gets at most ``batch_size`` items and returns the outcomes of all, or of the first ones, and then gets the
    others; or it raises TransportError for all.
    When the server becomes unreachable, batches that have not begun are not sent, and their items get that error: each
    batch would have waited as long in vain.
    """
    batches = batched(items, batch_size)
    first = next(batches, None)
    if first is None:
        return
    second = next(batches, None) if workers > 1 else None
    if workers == 1 or second is None:
        yield from _in_sequence(chain((first,), batches), send)
        return
    with ThreadPoolExecutor(workers, thread_name_prefix="weaviate-batch") as pool:
        yield from _in_parallel(chain((first, second), batches), send, pool, workers)


def _in_sequence(batches: Iterable[list[T]], send: Callable[..., Any]) -> Iterator[Sent[T]]:
    broken: Exception | None = None
    for batch in batches:
        sent, broken = attempt(batch, send, broken)
        yield sent


def _in_parallel(
    batches: Iterator[list[T]], send: Callable[..., Any], pool: ThreadPoolExecutor, workers: int
) -> Iterator[Sent[T]]:
    in_flight: deque[Future[tuple[Sent[T], Exception | None]]] = deque()
    broken: Exception | None = None
    for batch in batches:
        # the context variables of the caller are seen, as by a tracer
        in_flight.append(pool.submit(copy_context().run, attempt, batch, send, broken))
        # one batch more than workers is prepared, so that no worker waits
        while len(in_flight) > workers:
            sent, failed = in_flight.popleft().result()
            broken = broken or failed
            yield sent
    while in_flight:
        sent, _ = in_flight.popleft().result()
        yield sent


def attempt(batch: list[T], send: Callable[..., Any], broken: Exception | None) -> tuple[Sent[T], Exception | None]:
    """Send a batch, unless the server is known to be unreachable; return the outcomes, and the error if it is now.

    Args:
        batch: the items.
        send: as :func:`run_batches` takes it.
        broken: the error that an earlier batch got from a server that is unreachable.
    """
    outcomes: list[Exception | None] = []
    error = broken
    while error is None and len(outcomes) < len(batch):
        try:
            outcomes += send(batch[len(outcomes) :])
        except TransportError as failed:
            error = failed
    outcomes += [error] * (len(batch) - len(outcomes))
    unreachable = isinstance(error, (ConnectionFailedError, RequestTimeoutError))
    return Sent(batch, outcomes), error if unreachable else None


def batched(items: Iterable[T], size: int) -> Iterator[list[T]]:
    """Divide items into lists of ``size``; the last may be shorter."""
    iterator = iter(items)
    while batch := list(islice(iterator, size)):
        yield batch

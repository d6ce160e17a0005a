"""Batches side by side: a few workers, a bounded number of batches under way, and an end at the first broken one."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from itertools import islice
from typing import Any, Generic, TypeVar

import attrs

from weaviate_orm.exceptions import ConnectionFailedError, RequestTimeoutError, TransportError

T = TypeVar("T")


@attrs.frozen
class Sent(Generic[T]):
    """Items of a batch, and of each why it is not done, or None."""

    items: Sequence[T]
    errors: Sequence[Exception | None]


def run_batches(
    items: Iterable[T],
    send: Callable[[Sequence[T]], Sequence[Exception | None]],
    *,
    batch_size: int,
    workers: int,
) -> Iterator[Sent[T]]:
    """Send items in batches; yields them with their outcomes, in their order.

    ``send`` gets at most ``batch_size`` items and returns the outcomes of all, or of the first of them, and then gets
    the others; or it raises TransportError for all.
    When the server cannot be reached any more, the batches not yet begun are not sent, and their items come back
    with that error: each of them would have waited as long in vain.
    """
    batches = batched(items, batch_size)
    first = next(batches, None)
    if first is None:
        return
    second = next(batches, None) if workers > 1 else None
    if workers == 1 or second is None:
        yield from _one_by_one((batch for batch in (first, *batches)), send)
        return
    with ThreadPoolExecutor(workers, thread_name_prefix="weaviate-batch") as pool:
        yield from _side_by_side(_chained(first, second, batches), send, pool, workers)


def _one_by_one(batches: Iterable[list[T]], send: Callable[..., Any]) -> Iterator[Sent[T]]:
    broken: Exception | None = None
    for batch in batches:
        sent, broken = _attempt(batch, send, broken)
        yield sent


def _side_by_side(
    batches: Iterator[list[T]], send: Callable[..., Any], pool: ThreadPoolExecutor, workers: int
) -> Iterator[Sent[T]]:
    under_way: deque[Future[tuple[Sent[T], Exception | None]]] = deque()
    broken: Exception | None = None
    for batch in batches:
        under_way.append(pool.submit(_attempt, batch, send, broken))
        # one batch more than workers is made ready, so that none waits for its items
        while len(under_way) > workers:
            sent, failed = under_way.popleft().result()
            broken = broken or failed
            yield sent
    while under_way:
        sent, _ = under_way.popleft().result()
        yield sent


def _attempt(batch: list[T], send: Callable[..., Any], broken: Exception | None) -> tuple[Sent[T], Exception | None]:
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
    """The items, so many at once; the last ones may be fewer."""
    iterator = iter(items)
    while batch := list(islice(iterator, size)):
        yield batch


def _chained(first: list[T], second: list[T], rest: Iterator[list[T]]) -> Iterator[list[T]]:
    yield first
    yield second
    yield from rest

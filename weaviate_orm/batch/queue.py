"""A queue of items from many threads, sent in batches in the background, with an outcome for every item."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor, wait
from typing import Any

import attrs

from weaviate_orm.batch.batch_settings import DEFAULT_ERROR_RETRY, BatchSettings, Results
from weaviate_orm.batch.send import Refusal, answer_was_lost, send_objects, send_references
from weaviate_orm.batch.sizing import LARGEST, Recommendation
from weaviate_orm.exceptions import ItemError, TransportError
from weaviate_orm.forks import renewed_in_children
from weaviate_orm.http.retry import NO_RETRY
from weaviate_orm.http.shapes import NUMBER
from weaviate_orm.http.transport import Transport

_STATISTICS = {"nodes": [{"batchStats?": {"queueLength?": NUMBER, "ratePerSecond?": NUMBER}}]}

STATISTICS_INTERVAL = 2.0
"""Seconds between two requests for the server's own queue, while sizes are dynamic."""


@attrs.define(eq=False)
class Item:
    """An object or a reference to send. ``doubtful``: it was sent, and the answer was lost."""

    body: dict[str, Any]
    doubtful: bool = False


@attrs.frozen
class FailedItem:
    """An item that the server refused: its JSON, and the server's reason."""

    body: dict[str, Any]
    reason: str


@attrs.define
class _Kind:
    """The objects, or the references, of a queue. ``send`` returns the outcomes of all items, or of the first ones."""

    send: Callable[[Sequence[Item]], Sequence[Refusal | None]]
    recommendation: Recommendation
    items: list[Item] = attrs.field(factory=list)
    failed: list[FailedItem] = attrs.field(factory=list)

    def take(self, count: int) -> list[Item]:
        first, self.items = self.items[:count], self.items[count:]
        return first


def _first_size(settings: BatchSettings) -> Recommendation:
    return Recommendation(settings.batch_size or LARGEST, settings.creation_time)


class BatchQueue:
    """Sends items in batches; safe for threads.

    References are sent after the objects that were added before them. Items that could not be sent stay queued, in
    their place, and the next call that adds or flushes raises the error. Items that the server refused are in
    ``failed``.

    A forked child begins with an empty queue: the parent's items, and its workers, are the parent's.
    """

    def __init__(self, transport: Transport, settings: BatchSettings) -> None:
        self._transport = transport
        self.settings = settings
        self.begin_in_child()
        renewed_in_children(self)

    def begin_in_child(self) -> None:
        self._lock = threading.RLock()
        self._reporting = threading.Lock()
        self._pool: ThreadPoolExecutor | None = None
        self._in_flight: list[Future[bool]] = []
        self._error: Exception | None = None
        self._last_statistics = 0.0
        self.objects = _Kind(self._send_objects, _first_size(self.settings))
        self.references = _Kind(self._send_references, _first_size(self.settings))

    def configure(self, settings: BatchSettings) -> None:
        """Change all settings; queued items stay."""
        self.stop()
        with self._lock:
            self.settings = settings
            self.objects.recommendation = _first_size(settings)
            self.references.recommendation = _first_size(settings)

    def change(self, settings: BatchSettings) -> None:
        """Change some settings: measured sizes stay, and a batch that is full now is sent."""
        if settings.num_workers != self.settings.num_workers:
            self.stop()
        with self._lock:
            before, self.settings = self.settings, settings
            for kind in (self.objects, self.references):
                if before.batch_size is None:
                    kind.recommendation = _first_size(settings)
                elif settings.creation_time != before.creation_time:
                    kind.recommendation.aim_at(settings.creation_time)
            full = self._is_full()
            if full:
                self._begin()
        if full:
            self._hold_back()
        self._raise()

    # -- adding

    def add_object(self, body: dict[str, Any]) -> None:
        """Queue an object; send a batch that it makes full."""
        self._add(self.objects, body)

    def add_reference(self, body: dict[str, Any]) -> None:
        """Queue a reference; send a batch that it makes full."""
        self._add(self.references, body)

    def _add(self, kind: _Kind, body: dict[str, Any]) -> None:
        with self._lock:
            kind.items.append(Item(body))
            full = self._is_full()
            if full:
                self._begin()
        if full:
            self._hold_back()
        self._raise()

    def _is_full(self) -> bool:
        size = self.settings.batch_size
        objects, references = len(self.objects.items), len(self.references.items)
        if size is None or self._error is not None:
            return False
        if not self.settings.dynamic:
            return objects + references >= size
        return objects >= self.objects.recommendation.size or references >= self.references.recommendation.size

    # -- sending

    def flush(self) -> None:
        """Send all queued items, objects first, and wait for the outcomes.

        Raises TransportError for items that could not be sent; they stay queued.
        """
        with self._lock:
            self._begin()
        self._wait_for(0)
        self._raise()

    def send_now(self, kind: _Kind) -> Results:
        """Send all items of one kind and return their results. Items that cannot be sent stay queued."""
        with self._lock:
            items, results = kind.take(len(kind.items)), list[dict[str, Any]]()
        while items:
            batch = items[:LARGEST]
            try:
                outcomes = kind.send(batch)
            except TransportError as error:
                self._put_back(kind, items, error, is_raised=True)
                raise
            sent, items = items[: len(outcomes)], items[len(outcomes) :]
            self._record_failures(kind, sent, outcomes)
            results += _results(sent, outcomes)
        return results

    def queue_failed(self) -> None:
        """Queue again all items that the server refused."""
        with self._lock:
            for kind in (self.objects, self.references):
                kind.items += [Item(item.body) for item in kind.failed]
                kind.failed.clear()

    def stop(self) -> None:
        """Wait for the batches in flight, and end the workers."""
        self._wait_for(0)
        pool, self._pool = self._pool, None
        if pool is not None:
            pool.shutdown()

    def _begin(self) -> None:
        """Hand all queued items to the workers. Called under the lock, which keeps the order of adding."""
        objects_before = list(self._in_flight)
        for kind in (self.objects, self.references):
            size = self._size(kind)
            while batch := kind.take(size):
                # workers take batches in order, so the batches that one waits for have begun before it
                predecessors = objects_before if kind is self.references else []
                future = self._workers().submit(self._run, kind, batch, predecessors)
                self._in_flight.append(future)
                if kind is self.objects:
                    objects_before.append(future)

    def _size(self, kind: _Kind) -> int:
        if self.settings.batch_size is None:
            return LARGEST
        return kind.recommendation.size if self.settings.dynamic else self.settings.batch_size

    def _run(self, kind: _Kind, batch: list[Item], predecessors: Sequence[Future[bool]]) -> bool:
        """Send one batch; return whether every item has an outcome."""
        wait(predecessors)
        with self._lock:
            # the server cannot be reached, or the objects of these references are queued again
            in_vain = self._error is not None or any(
                not future.exception() and not future.result() for future in predecessors
            )
        if in_vain:
            self._put_back(kind, batch, None)
            return False
        while batch:
            begin = time.monotonic()
            try:
                outcomes = kind.send(batch)
            except TransportError as error:
                self._put_back(kind, batch, error)
                return False
            sent, batch = batch[: len(outcomes)], batch[len(outcomes) :]
            self._record_failures(kind, sent, outcomes)
            if self.settings.dynamic:
                with self._lock:
                    kind.recommendation.measured(len(sent), time.monotonic() - begin)
                self._read_statistics()
            if self.settings.callback is not None:
                with self._reporting:  # a callback may not be thread-safe
                    self.settings.callback(_results(sent, outcomes))
        return True

    def _send_objects(self, items: Sequence[Item]) -> Sequence[Refusal | None]:
        return self._send_again(
            items,
            lambda batch: send_objects(
                self._transport, [item.body for item in batch], self._params, self.settings.retry
            ),
        )

    def _send_references(self, items: Sequence[Item]) -> Sequence[Refusal | None]:
        return self._send_again(
            items,
            lambda batch: send_references(
                self._transport,
                [item.body for item in batch],
                self._params,
                self.settings.retry,
                [position for position, item in enumerate(batch) if item.doubtful],
            ),
        )

    def _send_again(
        self, items: Sequence[Item], send: Callable[[Sequence[Item]], Sequence[Refusal | None]]
    ) -> Sequence[Refusal | None]:
        """Send items, and again those that are refused for a reason that may pass."""
        outcomes = list(send(items))
        retry = self.settings.weaviate_error_retries or DEFAULT_ERROR_RETRY
        for attempt in range(retry.number_retries):
            again = [
                position
                for position, outcome in enumerate(outcomes)
                if isinstance(outcome, ItemError) and retry.is_retried(str(outcome))
            ]
            if not again:
                break
            time.sleep(0.2 * 2**attempt)
            for position, outcome in zip(again, send([items[position] for position in again]), strict=True):
                outcomes[position] = outcome
        return outcomes

    @property
    def _params(self) -> dict[str, str] | None:
        level = self.settings.consistency_level
        return {"consistency_level": level.value} if level is not None else None

    # -- outcomes

    def _record_failures(self, kind: _Kind, batch: Sequence[Item], outcomes: Sequence[Refusal | None]) -> None:
        failed = [
            FailedItem(item.body, str(outcome))
            for item, outcome in zip(batch, outcomes, strict=True)
            if outcome is not None
        ]
        with self._lock:
            kind.failed += failed

    def _put_back(
        self, kind: _Kind, batch: Sequence[Item], error: TransportError | None, *, is_raised: bool = False
    ) -> None:
        with self._lock:
            kind.items[:0] = batch
            if error is not None:
                self._error = self._error if is_raised else error
                for item in batch:
                    item.doubtful = item.doubtful or answer_was_lost(error)

    def _raise(self) -> None:
        if self._error is None:
            return
        with self._lock:
            error, self._error = self._error, None
        if error is not None:
            raise error

    def _read_statistics(self) -> None:
        with self._lock:
            if time.monotonic() - self._last_statistics < STATISTICS_INTERVAL:
                return
            self._last_statistics = time.monotonic()
        try:
            nodes = self._transport.request("GET", "/nodes", retry=NO_RETRY).json(_STATISTICS)["nodes"]
        except TransportError:
            return  # it is only a hint
        statistics = [node.get("batchStats") or {} for node in nodes]
        with self._lock:
            self.objects.recommendation.queued(
                max((node.get("queueLength") or 0 for node in statistics), default=0),
                sum(node.get("ratePerSecond") or 0 for node in statistics),
            )

    # -- workers

    def _workers(self) -> ThreadPoolExecutor:
        if self._pool is None:
            self._pool = ThreadPoolExecutor(self.settings.num_workers, thread_name_prefix="weaviate-batch")
        return self._pool

    def _hold_back(self) -> None:
        """Wait until at most one batch more than workers is in flight: adding must not outrun the server."""
        self._wait_for(self.settings.num_workers)

    def _wait_for(self, remaining: int) -> None:
        while True:
            with self._lock:
                self._in_flight = [future for future in self._in_flight if not future.done() or future.exception()]
                if len(self._in_flight) <= remaining and not any(future.done() for future in self._in_flight):
                    return
                oldest = self._in_flight[0]
            wait([oldest])
            with self._lock:
                if oldest in self._in_flight:
                    self._in_flight.remove(oldest)
            oldest.result()  # raises an error of the callback


def _results(batch: Sequence[Item], outcomes: Sequence[Refusal | None]) -> Results:
    return [
        {**item.body, "result": {"status": "SUCCESS"} if outcome is None else _refused(outcome)}
        for item, outcome in zip(batch, outcomes, strict=True)
    ]


def _refused(outcome: Refusal) -> dict[str, Any]:
    return {"status": "FAILED", "errors": {"error": [{"message": str(outcome)}]}}

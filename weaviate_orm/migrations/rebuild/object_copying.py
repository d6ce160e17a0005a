"""Objects copied from one collection to another: read in pages, translated here, sent by threads."""

from __future__ import annotations

import math
import time
from collections import deque
from collections.abc import Callable, Collection, Iterable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from itertools import islice
from types import TracebackType

import attrs
from typing_extensions import Self

from weaviate_orm.batch.engine import batched
from weaviate_orm.batch.outcomes import read_outcomes
from weaviate_orm.batch.send import delete_objects, send_objects
from weaviate_orm.exceptions import ItemError, MigrationError, MigrationRowError, TransportError
from weaviate_orm.http.retry import is_passing
from weaviate_orm.http.transport import Transport
from weaviate_orm.migrations.rebuild.copy_state import UNKNOWN_TIME, Changes, CopyState
from weaviate_orm.migrations.rebuild.object_pages import ObjectPage, ObjectReader
from weaviate_orm.migrations.rebuild.object_translation import ObjectCopy
from weaviate_orm.migrations.rebuild.server_clock import ServerClock

WORKERS = 4
"""Threads that send. The server stores objects faster by a few (measured on two cores)."""

FETCHED = 50
"""The ids that a thread fetches one by one, before they are sent together."""

SCANNED = 5_000
"""The objects of a collection from which on several threads scan it."""

ATTEMPTS = 6
"""How often a batch is sent whose answer was lost; the waits grow to some 15 seconds in all."""


class ObjectCopying:
    """Copies objects with a pool of threads; the functions of a rebuild run in the thread of the caller.

    Args:
        transport: the server.
        advance: called with the number of objects that have just been copied.
        nodes: how many nodes the server has.
    """

    def __init__(self, transport: Transport, advance: Callable[[CopyState, int], None], nodes: int) -> None:
        self._transport = transport
        self._advance = advance
        self.clock = ServerClock(nodes)
        self.reader = ObjectReader(transport, self.clock)
        self.pool = ThreadPoolExecutor(WORKERS, thread_name_prefix="weaviate-rebuild")
        self._sending: deque[_Sending] = deque()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.pool.shutdown(cancel_futures=True)

    def scan(self, states: Iterable[CopyState]) -> list[tuple[CopyState, Changes]]:
        """Return what has changed in the sources, scanned side by side."""

        scans = [(state, [self._scan(state, *bounds) for bounds in state.ranges(WORKERS, SCANNED)]) for state in states]
        return [
            (state, state.changes({id: time for part in parts for id, time in part.result().items()}))
            for state, parts in scans
        ]

    def _scan(self, state: CopyState, after: str, last: str | None) -> Future[dict[str, int]]:
        return self.pool.submit(self.reader.times, state.move.source, state.tenant, after, last)

    def copy_all(self, state: CopyState) -> None:
        """Copy all objects of the source."""
        self._copy_pages(state, self.reader.pages(state.move.source, state.tenant, vectors=True))
        self._finish()

    def copy_changes(self, state: CopyState, changes: Changes, deadline: float = math.inf) -> bool:
        """Copy what has changed, and delete the copies of what was deleted.

        Returns False if something is left when the time of ``deadline``, of the monotonic clock, has come.
        """
        fetching = len(changes.changed) * self.reader.seconds_fetched / WORKERS
        if fetching > changes.stored * self.reader.seconds_listed:
            changed = set(changes.changed)
            pages = self.reader.pages(state.move.source, state.tenant, vectors=True)
            is_complete = self._copy_pages(
                state,
                (
                    ObjectPage([stored for stored in page.objects if stored["id"] in changed], page.settled)
                    for page in pages
                ),
                deadline,
            )
        else:
            is_complete = self._copy_ids(state, changes.changed, deadline)
        self._finish()
        self.delete(state, changes.removed)
        return is_complete

    def delete(self, state: CopyState, ids: Collection[str]) -> None:
        """Delete copies."""
        for part in batched(ids, 1000):
            params = {"tenant": state.tenant}
            outcomes, _ = delete_objects(self._transport, state.move.target, part, params)
            refusal = next((outcome for outcome in outcomes if outcome is not None), None)
            if refusal is not None:
                raise MigrationError(f"{state.title}: copies could not be deleted: {refusal}") from refusal
            for id in part:
                state.copied.pop(id, None)

    def copy_page(self, state: CopyState, page: ObjectPage) -> None:
        """Copy objects that were read."""
        self._send(state, page)
        self._finish()

    def _copy_ids(self, state: CopyState, ids: Sequence[str], deadline: float) -> bool:
        parts = batched(ids, FETCHED)
        fetching: deque[Future[ObjectPage]] = deque()

        def fetch(part: Sequence[str]) -> Future[ObjectPage]:
            return self.pool.submit(self.reader.fetch, state.move.source, state.tenant, part)

        fetching.extend(map(fetch, islice(parts, WORKERS)))
        while fetching:
            page = fetching.popleft().result()
            if time.monotonic() < deadline:
                fetching.extend(map(fetch, islice(parts, 1)))
            self._send(state, page)
        return next(parts, None) is None

    def _copy_pages(self, state: CopyState, pages: Iterable[ObjectPage], deadline: float = math.inf) -> bool:
        for page in pages:
            self._send(state, page)
            if page.objects and time.monotonic() > deadline:  # after some, so that there is an end
                return False
        return True

    def _send(self, state: CopyState, page: ObjectPage) -> None:
        """Have a thread send the copies of a page. What was sent before is recorded in its order."""
        copies: list[ObjectCopy] = []
        times: dict[str, int] = {}
        omitted: list[str] = []
        for stored in page.objects:
            updated: int = stored["lastUpdateTimeUnix"]
            copy = state.translation.translate(stored, state.tenant)
            if copy is not None:
                copies.append(copy)
                times[copy.id] = updated if updated < page.settled else UNKNOWN_TIME
            else:
                state.left_out[stored["id"]] = updated if updated < page.settled else UNKNOWN_TIME
                omitted.append(stored["id"])
        self.delete(state, [id for id in omitted if id in state.copied])
        if copies:
            for id in times:
                state.left_out.pop(id, None)
                state.copied[id] = UNKNOWN_TIME  # the target may have it from now on
            self._sending.append(_Sending(state, times, self.pool.submit(self._store, state, copies)))
        if len(self._sending) > WORKERS:
            self._record(self._sending.popleft())

    def _finish(self) -> None:
        while self._sending:
            self._record(self._sending.popleft())

    def _record(self, sending: _Sending) -> None:
        sending.future.result()
        state = sending.state
        state.copied.update(sending.times)
        state.copies += len(sending.times)
        self._advance(state, len(sending.times))

    def _store(self, state: CopyState, copies: Sequence[ObjectCopy]) -> None:
        """Store objects, then their references; all again where an answer was lost, which clears the references."""
        for attempt in range(ATTEMPTS):
            try:
                self._store_objects(state, copies)
                self._store_references(state, copies)
                return
            except TransportError as error:
                if not is_passing(error) or attempt == ATTEMPTS - 1:
                    raise
                time.sleep(0.5 * 2**attempt)

    def _store_objects(self, state: CopyState, copies: Sequence[ObjectCopy]) -> None:
        bodies = [copy.body for copy in copies]
        while bodies:
            outcomes = send_objects(self._transport, bodies)
            for body, outcome in zip(bodies, outcomes, strict=False):
                if outcome is not None:
                    raise _refusal(state, body["id"], outcome) from outcome
            bodies = bodies[len(outcomes) :]

    def _store_references(self, state: CopyState, copies: Sequence[ObjectCopy]) -> None:
        """Store references by the endpoint that does not look for what they lead to, which may be missing."""
        items = [item for copy in copies for item in copy.reference_items()]
        for part in batched(items, 5000):
            answer = self._transport.request(
                "POST", "/batch/references", json=part, repeatable=False, retry=self._transport.batch_retry
            )
            for item, outcome in zip(part, read_outcomes(answer, part), strict=True):
                if outcome is not None:
                    raise _refusal(state, item["from"].split("/")[-2], outcome) from outcome


@attrs.frozen
class _Sending:
    state: CopyState
    times: dict[str, int]
    future: Future[None]


def _refusal(state: CopyState, id: str, outcome: Exception) -> MigrationError:
    text = str(outcome)
    if isinstance(outcome, ItemError) and "read-only" in text:
        return MigrationError(
            f"{state.title}: the new collection {state.move.target} refuses writes: {text}. The server has too little "
            f"room on its disk or in its memory, or somebody has frozen the collection; what is copied stays for the "
            f"next run"
        )
    return MigrationRowError(
        f"the new collection {state.move.target} refuses it: {text}",
        collection=state.move.logical,
        id=id,
        tenant=state.tenant,
    )

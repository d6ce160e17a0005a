"""Rows of tables stored without objects: steps of a bulk insert that are on the wire while the next one is read."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import ExitStack
from contextvars import copy_context
from functools import partial
from types import TracebackType
from typing import Any

import attrs
from typing_extensions import Self

from weaviate_orm.batch.engine import attempt, batched
from weaviate_orm.http.transport import Transport
from weaviate_orm.model.mapper import Mapper
from weaviate_orm.model.state import State, state_of
from weaviate_orm.model.tables.stored_rows import StoredRows
from weaviate_orm.model.tables.table_reader import TableReader
from weaviate_orm.session.dispatch import Event, listeners_to
from weaviate_orm.session.flush.execute import Failure
from weaviate_orm.session.flush.new_objects import send_new
from weaviate_orm.session.frozen_collections import FreezeWait
from weaviate_orm.session.process import OwningProcess
from weaviate_orm.session.request_options import RequestOptions
from weaviate_orm.tracing import current_tracer
from weaviate_orm.types import JSONObject

_HEARD: tuple[Event, ...] = (
    "before_insert",
    "after_insert",
    "before_flush",
    "after_flush",
    "before_commit",
    "after_commit",
)
"""The events of a step; their listeners are given objects, or a session that has them."""


@attrs.define
class RowStep:
    """Some rows of a table.

    Attributes:
        begin: the position of the first.
        mapper: of their class.
        rows: the rows, all with ids.
        ids: those.
        errors: why each is not stored, or None; empty before they were sent.
    """

    begin: int
    mapper: Mapper
    rows: StoredRows
    ids: frozenset[str]
    errors: list[Exception | None] = attrs.field(factory=list)

    @property
    def end(self) -> int:
        """The position after the last."""
        return self.begin + len(self.rows.bodies)

    @property
    def stored(self) -> int:
        """How many are stored."""
        return self.errors.count(None)

    def failures(self) -> list[Failure]:
        """Make the objects that are not stored."""
        return [self._failure(index, error) for index, error in enumerate(self.errors) if error is not None]

    def last_stored(self) -> tuple[int, str] | None:
        """Return the position and the id of the last that is stored."""
        for index in range(len(self.errors) - 1, -1, -1):
            if self.errors[index] is None:
                return self.begin + index, self.rows.bodies[index]["id"]
        return None

    def _failure(self, index: int, error: Exception) -> Failure:
        instance = self.rows.instance(index)
        state: State = state_of(instance)
        state.error = error
        if not self.mapper.options.key:
            state.id = self.rows.bodies[index]["id"]
        return Failure(instance, "create", error)


@attrs.frozen
class RowSender:
    """Stores rows for a session.

    Attributes:
        session: whose listeners need objects.
        workers: how many batches of ``batch_size`` rows are sent in parallel.
    """

    session: object
    process: OwningProcess
    transport: Transport
    options: RequestOptions
    batch_size: int
    workers: int

    def step(self, stream: TableReader[Any], size: int, begin: int, new_id: Callable[[int], str]) -> RowStep | None:
        """Take the next rows of a table; None where objects have to be made. ``new_id``: the id for a position."""
        model: Any = stream.model
        mapper: Mapper = model.__mapper__
        is_multi_tenant = mapper.entity.collection.is_multi_tenant
        if (is_multi_tenant and self.options.tenant is None) or any(
            listeners_to(event, self.session, model) for event in _HEARD
        ):
            return None
        rows = stream.stored_rows(size)
        if rows is None:
            return None
        for position, body in enumerate(rows.bodies, begin):
            if "id" not in body:
                body["id"] = new_id(position)
            if is_multi_tenant:
                body["tenant"] = self.options.tenant
        return RowStep(begin, mapper, rows, frozenset(body["id"] for body in rows.bodies))

    def send(self, step: RowStep, batch: Sequence[JSONObject]) -> Sequence[Exception | None]:
        """Send rows of a step; return the outcomes of all, or of the first ones. Raises TransportError."""
        self.process.require()  # the table, or who was told of the progress, may have forked
        collection, tracer = step.mapper.collection_name, current_tracer()
        freeze = FreezeWait(self.transport.collection_names, self.options.freeze_timeout)

        def body(row: JSONObject, physical: Callable[[str], str]) -> JSONObject:
            return {"class": physical(collection), **row}

        with ExitStack() as stack:
            if tracer is not None:
                stack.enter_context(tracer.operation("commit", ()))
                stack.enter_context(tracer.operation("flush", {collection}, len(batch)))
            return send_new(self.transport, self.options, freeze, batch, body)


class RowsOnTheWire:
    """Steps of rows that are being sent, in batches, by the workers of a sender.

    A worker that is done goes on with the next step, while another is busy with the one before.
    When the server becomes unreachable, batches that have not begun are not sent, and their rows get that error.
    """

    def __init__(self, sender: RowSender) -> None:
        self._sender = sender
        self._pool = ThreadPoolExecutor(sender.workers, thread_name_prefix="weaviate-rows")
        self._steps: deque[tuple[RowStep, list[Future[Sequence[Exception | None]]]]] = deque()
        self._broken: Exception | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        # what is sent is waited for, as its outcome is not known before; the rest is not begun
        self._pool.shutdown(cancel_futures=True)

    def __len__(self) -> int:
        return len(self._steps)

    def may_send(self, step: RowStep) -> bool:
        """Return whether no row has the id of one that is being sent: of two the later has to be stored last."""
        return all(step.ids.isdisjoint(other.ids) for other, _ in self._steps)

    def send(self, step: RowStep) -> None:
        """Begin to send a step."""
        batches = batched(step.rows.bodies, self._sender.batch_size)
        # the context variables of the caller are seen, as by a tracer
        futures = [self._pool.submit(copy_context().run, self._attempt, step, batch) for batch in batches]
        self._steps.append((step, futures))

    def finish_first(self) -> RowStep:
        """Wait for the step that was begun first, and return it, with the outcome of each row."""
        self._sender.process.require()  # a forked child has no threads to wait for
        step, futures = self._steps.popleft()
        for future in futures:
            step.errors += future.result()
        return step

    def finish(self) -> Iterator[RowStep]:
        """Wait for all steps, one after another."""
        while self._steps:
            yield self.finish_first()

    def _attempt(self, step: RowStep, batch: list[JSONObject]) -> Sequence[Exception | None]:
        sent, failed = attempt(batch, partial(self._sender.send, step), self._broken)
        self._broken = self._broken or failed
        return sent.errors

"""Rows of tables stored without objects: a step of a bulk insert that is on the wire while the next one is read."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import ExitStack
from functools import partial
from typing import Any

import attrs

from weaviate_orm.batch.engine import run_batches
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
        errors: why each is not stored, or None; empty before they were sent.
    """

    begin: int
    mapper: Mapper
    rows: StoredRows
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
        return RowStep(begin, mapper, rows)

    def send(self, step: RowStep) -> None:
        """Send a step, in batches, and note the outcome of each row."""
        self.process.require()  # the table, or who was told of the progress, may have forked
        collection, bodies, tracer = step.mapper.collection_name, step.rows.bodies, current_tracer()
        freeze = FreezeWait(self.transport.collection_names, self.options.freeze_timeout)

        def body(row: JSONObject, physical: Callable[[str], str]) -> JSONObject:
            return {"class": physical(collection), **row}

        send: Any = partial(send_new, self.transport, self.options, freeze, body=body)
        with ExitStack() as stack:
            if tracer is not None:
                stack.enter_context(tracer.operation("commit", ()))
                stack.enter_context(tracer.operation("flush", {collection}, len(bodies)))
            for sent in run_batches(bodies, send, batch_size=self.batch_size, workers=self.workers):
                step.errors += sent.errors

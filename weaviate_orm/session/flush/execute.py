"""Execution of a plan: phase by phase, batch by batch, with an outcome for every operation."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import cache
from itertools import groupby
from typing import Any, TypeVar, Union

import attrs

from weaviate_orm.batch.engine import batched, run_batches
from weaviate_orm.batch.outcomes import DELETED_PER_REQUEST
from weaviate_orm.batch.send import answer_was_lost, delete_objects, remove_reference, send_references
from weaviate_orm.beacons import make_beacon, make_source
from weaviate_orm.exceptions import FrozenCollectionError, NotFoundError, TableError, UnexpectedStatusError, describe
from weaviate_orm.http.transport import Transport
from weaviate_orm.model.identity import link_to
from weaviate_orm.model.instance_codec import wire_properties
from weaviate_orm.model.mapper import Mapper
from weaviate_orm.model.state import Link, state_of
from weaviate_orm.query.entity import Entity
from weaviate_orm.session.flush.apply import (
    link_key,
    mark_created,
    mark_merged,
    mark_reference_added,
    mark_references_edited,
    mark_unconfirmed,
)
from weaviate_orm.session.flush.dependencies import Dependencies, in_order
from weaviate_orm.session.flush.new_objects import send_new
from weaviate_orm.session.flush.plan import (
    AppendReference,
    Create,
    Delete,
    FlushPlan,
    Merge,
    Operation,
    RemoveReference,
    ReplaceReferences,
)
from weaviate_orm.session.flush.refusals import Refused
from weaviate_orm.session.frozen_collections import FreezeWait
from weaviate_orm.session.reads.stored_ids import StoredIds
from weaviate_orm.session.request_options import RequestOptions, address
from weaviate_orm.session.unit_of_work import UnitOfWork

OperationT = TypeVar("OperationT", bound=Operation)
Edit = Union[ReplaceReferences, RemoveReference]


@attrs.frozen
class Failure:
    """One operation that failed.

    Attributes:
        object: the instance of the operation; still pending. Of a row of a table that fits no object, its cells by
            column.
        operation: ``create``, ``merge``, ``add reference``, ``remove reference``, ``replace references`` or ``delete``.
        reason: the error; an :class:`~weaviate_orm.ItemError` when the server refused this operation.
        attribute: the reference, for an operation on one.
    """

    object: Any
    operation: str
    reason: Exception
    attribute: str | None = None

    def __str__(self) -> str:
        where = f".{self.attribute}" if self.attribute else ""
        if isinstance(self.reason, TableError):  # which names the row
            return f"{self.operation} {self.reason}"
        return f"{self.operation} {describe(self.object)}{where}: {self.reason}"


_NAMES: dict[type, str] = {
    Create: "create",
    Merge: "merge",
    AppendReference: "add reference",
    RemoveReference: "remove reference",
    ReplaceReferences: "replace references",
    Delete: "delete",
}


class Flush:
    """One execution of a plan. Instances and the unit of work take over each outcome as it arrives.

    ``repeated``: an earlier attempt may have sent any of the operations, so that references which stored objects get
    are looked up first.
    """

    def __init__(
        self,
        transport: Transport,
        options: RequestOptions,
        unit: UnitOfWork,
        ids: StoredIds,
        *,
        batch_size: int,
        workers: int,
        repeated: bool = False,
    ) -> None:
        self._transport = transport
        self._options = options
        self._repeated = repeated
        self._created: frozenset[int] = frozenset()
        self._unit = unit
        self._ids = ids
        self._batch_size = batch_size
        self._workers = workers
        self._names = transport.collection_names
        self._freeze = FreezeWait(self._names, options.freeze_timeout)
        self._failures: list[Failure] = []
        self._dependencies = Dependencies()

    def refuse(self, refused: Refused) -> None:
        """Add an object that cannot be sent to the failures."""
        state_of(refused.instance).error = refused.reason
        self._failures.append(Failure(refused.instance, refused.operation, refused.reason))
        if refused.is_missing:
            self._dependencies.missing(address(refused.instance), refused.reason)

    def run(self, plan: FlushPlan, unsent: Iterable[tuple[Operation, Exception]] = ()) -> list[Failure]:
        """Execute a plan; return the failures, with those of operations that could not be made ready to be sent."""
        for operation in plan.operations():
            state_of(operation.instance).error = None
        for operation, reason in unsent:
            self._fail(operation, reason)
        self._created = frozenset(id(create.instance) for create in plan.creates)
        self._batches(plan.creates, self._send_creates, self._mark_created)
        self._singles(plan.merges, self._merge, mark_merged)
        self._edits([*self._possible(plan.replacements), *self._possible(plan.removes)])
        self._adds(self._possible(plan.adds))
        for group in in_order(plan.deletes):
            self._batches(self._possible(group), self._send_deletes, self._mark_deleted, size=DELETED_PER_REQUEST)
        return self._failures

    # -- many in one request

    def _batches(
        self,
        operations: Iterable[OperationT],
        send: Callable[[Sequence[OperationT]], Sequence[Exception | None]],
        mark: Callable[[OperationT], None],
        *,
        size: int | None = None,
    ) -> None:
        size = self._batch_size if size is None else size
        for sent in run_batches(operations, send, batch_size=size, workers=self._workers):
            for operation, error in zip(sent.items, sent.errors, strict=True):
                if error is None:
                    mark(operation)
                else:
                    self._fail(operation, error)

    def _singles(
        self, operations: Iterable[OperationT], send: Callable[[OperationT], None], mark: Callable[[OperationT], None]
    ) -> None:
        """Send operations that the server has no batch for, in a request each, in parallel."""

        def send_one(batch: Sequence[OperationT]) -> list[Exception | None]:
            send(batch[0])
            return [None]

        self._batches(operations, send_one, mark, size=1)

    def _edits(self, operations: Iterable[Edit]) -> None:
        """Set and remove references: those of one object in sequence, objects in parallel.

        The server reads, changes and writes the whole object: in parallel, two edits undo each other, or any other
        write of the object (measured on Weaviate 1.39). Merges and batches do not.
        """
        by_object: dict[int, list[Edit]] = {}
        for operation in operations:
            by_object.setdefault(id(operation.instance), []).append(operation)
        refused: dict[int, Exception] = {}
        completed: set[int] = set()

        def send_group(batch: Sequence[list[Edit]]) -> list[Exception | None]:
            for operation in batch[0]:
                try:
                    self._edit(operation)
                    completed.add(id(operation))
                except UnexpectedStatusError as error:
                    refused[id(operation)] = error
            return [None]

        for sent in run_batches(by_object.values(), send_group, batch_size=1, workers=self._workers):
            (group,), (error,) = sent.items, sent.errors
            for operation in group:
                if id(operation) in completed:
                    mark_references_edited(operation)
                else:
                    reason = refused.get(id(operation)) or error
                    assert reason is not None
                    self._fail(operation, reason)

    def _adds(self, operations: Iterable[AppendReference]) -> None:
        """Add references: a list that is larger than a batch goes by several batches in sequence.

        In parallel, the server would store their targets in any order (measured on Weaviate 1.39).
        """
        outcomes: dict[int, Exception | None] = {}

        def send_lists(batch: Sequence[list[AppendReference]]) -> list[Exception | None]:
            for part in batched(batch[0], self._batch_size):
                for operation, outcome in zip(part, self._send_adds(part), strict=True):
                    outcomes[id(operation)] = outcome
            return [None]

        lists = list(_whole_lists(operations, self._batch_size))
        answered = 0
        try:
            for sent in run_batches(lists, send_lists, batch_size=1, workers=self._workers):
                answered += 1
                (batch,), (error,) = sent.items, sent.errors
                for operation in batch:
                    reason = outcomes.get(id(operation), error)
                    if reason is None:
                        mark_reference_added(operation)
                    else:
                        self._fail(operation, reason)
        except BaseException:
            # interrupted: the server may have some of the batches that were sent
            for batch in lists[answered : answered + self._workers + 1]:
                for operation in batch:
                    mark_unconfirmed(operation)
            raise

    def _send_creates(self, creates: Sequence[Create]) -> Sequence[Exception | None]:
        return send_new(self._transport, self._options, self._freeze, creates, _body)

    def _send_adds(self, adds: Sequence[AppendReference]) -> Sequence[Exception | None]:
        def send(part: Sequence[AppendReference], were_refused: bool) -> Sequence[Exception | None]:
            doubtful = [
                index
                for index, add in enumerate(part)
                if were_refused
                or link_key(add) in state_of(add.instance).doubtful
                # an object that was stored now has no references yet
                or (self._repeated and id(add.instance) not in self._created)
            ]

            def build() -> list[dict[str, str]]:
                physical = cache(self._names.physical)
                return [_reference(add, physical) for add in part]

            references = self._names.consistent(build)
            return send_references(self._transport, references, self._options.params(), doubtful=doubtful)

        return self._freeze.send_all(adds, send)

    def _send_deletes(self, deletes: Sequence[Delete]) -> Sequence[Exception | None]:
        collection, _, tenant = address(deletes[0].instance)
        ids = [link_to(delete.instance)[1] for delete in deletes]
        unmatched: list[str] = []

        def send(part: Sequence[str], _: bool) -> Sequence[Exception | None]:
            name = self._names.physical(collection)
            outcomes, unmatched_here = delete_objects(self._transport, name, part, self._options.params(tenant))
            unmatched.extend(unmatched_here)
            return outcomes

        outcomes = self._freeze.send_all(ids, send, collection)
        if not unmatched:
            return outcomes
        corrected = self._delete_unmatched(deletes[0].instance.__mapper__.entity, tenant, unmatched)
        return [corrected.get(id, outcome) for id, outcome in zip(ids, outcomes, strict=True)]

    def _delete_unmatched(
        self, entity: Entity, tenant: str | None, ids: Sequence[str]
    ) -> Mapping[str, Exception | None]:
        """Delete objects that are stored under another text of their id; return the outcomes of those."""
        collection, params = entity.collection.name, self._options.params(tenant)
        stored = self._ids.stored(entity, tenant, ids)
        texts = self._ids.find_texts(entity, tenant, stored)
        outcomes: dict[str, Exception | None] = {}
        if texts:

            def send(part: Sequence[str], _: bool) -> Sequence[Exception | None]:
                spelled = {id: texts[id] for id in part}
                return delete_objects(self._transport, self._names.physical(collection), part, params, spelled)[0]

            outcomes = dict(zip(texts, self._freeze.send_all(list(texts), send, collection), strict=True))
        for id in stored:
            if id not in outcomes:
                self._write("DELETE", collection, id, lambda: None, params)
        return outcomes

    # -- one in one request

    def _merge(self, merge: Merge) -> None:
        mapper = merge.instance.__mapper__
        collection, id, tenant = address(merge.instance)
        properties = {mapper.properties[name].spec.name: value for name, value in merge.properties.items()}
        # of references, a merge takes null for none; an empty list changes nothing (measured on Weaviate 1.39)
        properties |= {mapper.entity.references[name].spec.name: None for name in merge.cleared}
        body = {"id": id, "properties": properties, **merge.vectors, **_tenant(merge)}
        params = self._options.params(tenant)
        self._write("PATCH", collection, id, lambda: {"class": self._names.physical(collection), **body}, params)

    def _edit(self, edit: Edit) -> None:
        collection, id = link_to(edit.instance)
        place, params = f"{id}/references/{_name(edit)}", self._options.params(state_of(edit.instance).tenant)
        physical = self._names.physical
        if isinstance(edit, ReplaceReferences):
            targets = edit.targets
            self._write(
                "PUT", collection, place, lambda: [{"beacon": _beacon(target, physical)} for target in targets], params
            )
            return
        target = edit.target

        def remove() -> None:
            path, beacon = self._names.consistent(
                lambda: (f"/objects/{physical(collection)}/{place}", _beacon(target, physical))
            )
            remove_reference(self._transport, path, beacon, params)

        self._freeze.send(remove, collection)

    def _write(
        self, method: str, collection: str, place: str, body: Callable[[], object], params: Mapping[str, Any]
    ) -> None:
        """Send a write of an object, or of what is at a place below it, built by the physical names of the time."""

        def send() -> None:
            path, json = self._names.consistent(
                lambda: (f"/objects/{self._names.physical(collection)}/{place}", body())
            )
            self._transport.request(method, path, json=json, params=params, retry=self._transport.batch_retry)

        self._freeze.send(send, collection)

    # -- outcomes

    def _mark_created(self, create: Create) -> None:
        if create.replaces is not None:
            self._unit.mark_deleted(create.replaces)
        mark_created(create)
        self._unit.mark_stored(create.instance)

    def _mark_deleted(self, delete: Delete) -> None:
        self._unit.mark_deleted(delete.instance)

    def _fail(self, operation: Operation, reason: Exception) -> None:
        instance = operation.instance
        is_single = isinstance(operation, (Merge, RemoveReference, ReplaceReferences))
        if is_single and isinstance(reason, UnexpectedStatusError) and reason.status_code == 404:
            reason = NotFoundError(f"{describe(instance)} is not on the server any more; delete() or expunge() it")
        attribute = getattr(operation, "attribute", None)
        self._failures.append(Failure(instance, _NAMES[type(operation)], reason, attribute))
        state_of(instance).error = reason
        self._dependencies.failed(operation, reason)
        if answer_was_lost(reason) or (
            isinstance(operation, AppendReference) and isinstance(reason, FrozenCollectionError)
        ):
            mark_unconfirmed(operation)
            if isinstance(operation, Create):
                self._unit.mark_unconfirmed(instance, operation.id)

    def _possible(self, operations: Sequence[OperationT]) -> Sequence[OperationT]:
        """Return the operations that no failure prevents; fail the others."""
        if not self._dependencies:
            return operations
        possible: list[OperationT] = []
        for operation in operations:
            obstacle = self._dependencies.obstacle(operation)
            if obstacle is None:
                possible.append(operation)
            else:
                self._fail(operation, obstacle)
        return possible


def _whole_lists(adds: Iterable[AppendReference], size: int) -> Iterator[list[AppendReference]]:
    """Divide additions into batches that split no list; one longer than ``size`` is a batch by itself."""
    by_list = groupby(adds, key=lambda add: (id(add.instance), add.attribute))
    lists = deque(sorted((list(group) for _, group in by_list), key=len, reverse=True))
    while lists:
        batch = lists.popleft()
        while lists and len(batch) + len(lists[-1]) <= size:
            # the longest list if it fits, else the shortest
            batch += lists.popleft() if len(batch) + len(lists[0]) <= size else lists.pop()
        yield batch


def _body(create: Create, physical: Callable[[str], str]) -> dict[str, Any]:
    """Return the server's JSON of a new object."""
    mapper: Mapper = create.instance.__mapper__
    body = {
        "class": physical(mapper.collection_name),
        "id": create.id,
        "properties": wire_properties(mapper, create.properties),
        **create.vectors,
    }
    tenant = state_of(create.instance).tenant
    if tenant is not None:
        body["tenant"] = tenant
    return body


def _tenant(operation: Operation) -> dict[str, str]:
    tenant = state_of(operation.instance).tenant
    return {"tenant": tenant} if tenant is not None else {}


def _reference(add: AppendReference, physical: Callable[[str], str]) -> dict[str, str]:
    collection, id = link_to(add.instance)
    source = make_source(id, physical(collection), _name(add))
    return {"from": source, "to": _beacon(add.target, physical), **_tenant(add)}


def _beacon(link: Link, physical: Callable[[str], str]) -> str:
    collection, id = link
    return make_beacon(id, physical(collection))


def _name(operation: AppendReference | RemoveReference | ReplaceReferences) -> str:
    name: str = operation.instance.__mapper__.entity.references[operation.attribute].spec.name
    return name

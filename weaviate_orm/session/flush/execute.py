"""Running the plan of a flush: phase by phase, batch by batch, with an outcome for every operation."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import groupby
from typing import Any, TypeVar

import attrs

from weaviate_orm.batch.answers import DELETED_AT_ONCE
from weaviate_orm.batch.engine import batched, run_batches
from weaviate_orm.batch.send import (
    BATCH_RETRY,
    answer_was_lost,
    delete_objects,
    remove_reference,
    send_objects,
    send_references,
)
from weaviate_orm.beacons import make_beacon, make_source
from weaviate_orm.exceptions import ItemError, NotFoundError, UnexpectedStatusError, describe
from weaviate_orm.http.transport import Transport
from weaviate_orm.model.mapper import Mapper
from weaviate_orm.model.state import Link, link_to, state_of
from weaviate_orm.query.entity import Entity
from weaviate_orm.session.flush.apply import added, created, edited, end, merged, unanswered
from weaviate_orm.session.flush.dependencies import Dependencies, in_order
from weaviate_orm.session.flush.plan import (
    AddReference,
    Create,
    Delete,
    Merge,
    Operation,
    Plan,
    RemoveReference,
    ReplaceReferences,
)
from weaviate_orm.session.reads.stored_ids import StoredIds
from weaviate_orm.session.refusals import Refused
from weaviate_orm.session.request_options import Scope, address

O = TypeVar("O", bound=Operation)  # noqa: E741


@attrs.frozen
class Failure:
    """One operation that failed.

    Attributes:
        object: the instance that it was about; still pending.
        operation: ``create``, ``merge``, ``add reference``, ``remove reference``, ``replace references`` or ``delete``.
        reason: the error; an :class:`~weaviate_orm.ItemError` when the server refused this one.
        attribute: the reference, where the operation is about one.
    """

    object: Any
    operation: str
    reason: Exception
    attribute: str | None = None

    def __str__(self) -> str:
        where = f".{self.attribute}" if self.attribute else ""
        return f"{self.operation} {describe(self.object)}{where}: {self.reason}"


_NAMES: dict[type, str] = {
    Create: "create",
    Merge: "merge",
    AddReference: "add reference",
    RemoveReference: "remove reference",
    ReplaceReferences: "replace references",
    Delete: "delete",
}


class Flush:
    """One run of a plan.

    ``stored`` and ``deleted`` are called for each instance once the server has, or has no longer, its object;
    ``unanswered`` for each new one of which nobody knows, with its id.
    """

    def __init__(
        self,
        transport: Transport,
        scope: Scope,
        ids: StoredIds,
        *,
        batch_size: int,
        workers: int,
        stored: Callable[[Any], None],
        deleted: Callable[[Any], None],
        unanswered: Callable[[Any, str], None],
    ) -> None:
        self._transport = transport
        self._scope = scope
        self._ids = ids
        self._batch_size = batch_size
        self._workers = workers
        self._stored = stored
        self._deleted = deleted
        self._unanswered = unanswered
        self._failures: list[Failure] = []
        self._dependencies = Dependencies()

    def refuse(self, refused: Refused) -> None:
        """Count an object that cannot be sent among what failed."""
        state_of(refused.instance).error = refused.reason
        self._failures.append(Failure(refused.instance, refused.operation, refused.reason))
        if refused.is_missing:
            self._dependencies.missing(address(refused.instance), refused.reason)

    def run(self, plan: Plan) -> list[Failure]:
        """Do all of it; returns what failed."""
        for operation in plan.operations():
            state_of(operation.instance).error = None
        self._batches(plan.creates, self._send_creates, self._created)
        self._singles(plan.merges, self._merge, merged)
        self._edits([*self._possible(plan.replacements), *self._possible(plan.removes)])
        self._adds(self._possible(plan.adds))
        for group in in_order(plan.deletes):
            possible = self._possible(group)
            self._batches(possible, self._send_deletes, lambda each: self._deleted(each.instance), size=DELETED_AT_ONCE)
        return self._failures

    # -- many in one request

    def _batches(
        self,
        operations: Iterable[O],
        send: Callable[[Sequence[O]], Sequence[Exception | None]],
        done: Callable[[O], None],
        *,
        size: int | None = None,
    ) -> None:
        size = self._batch_size if size is None else size
        for sent in run_batches(operations, send, batch_size=size, workers=self._workers):
            for operation, error in zip(sent.items, sent.errors, strict=True):
                if error is None:
                    done(operation)
                else:
                    self._failed(operation, error)

    def _singles(self, operations: Iterable[O], send: Callable[[O], None], done: Callable[[O], None]) -> None:
        """Operations that the server has no batch for: one request each, side by side."""

        def send_one(batch: Sequence[O]) -> list[Exception | None]:
            send(batch[0])
            return [None]

        self._batches(operations, send_one, done, size=1)

    def _edits(self, operations: Iterable[ReplaceReferences | RemoveReference]) -> None:
        """References that are set or removed: those of one object one after the other, objects side by side.

        The server reads, changes and writes the whole object: side by side, two of them undo each other, or any other
        write of the object (measured on Weaviate 1.39). Merges and batches do not.
        """
        by_object: dict[int, list[ReplaceReferences | RemoveReference]] = {}
        for operation in operations:
            by_object.setdefault(id(operation.instance), []).append(operation)
        refused: dict[int, Exception] = {}
        done: set[int] = set()

        def send_group(batch: Sequence[list[ReplaceReferences | RemoveReference]]) -> list[Exception | None]:
            for operation in batch[0]:
                try:
                    self._edit(operation)
                    done.add(id(operation))
                except UnexpectedStatusError as error:
                    refused[id(operation)] = error
            return [None]

        for sent in run_batches(by_object.values(), send_group, batch_size=1, workers=self._workers):
            (group,), (error,) = sent.items, sent.errors
            for operation in group:
                if id(operation) in done:
                    edited(operation)
                else:
                    reason = refused.get(id(operation)) or error
                    assert reason is not None
                    self._failed(operation, reason)

    def _adds(self, operations: Iterable[AddReference]) -> None:
        """References that are added: a list that one batch cannot hold goes by several, one after the other.

        Side by side, the server would keep what they add in any order (measured on Weaviate 1.39).
        """
        outcomes: dict[int, Exception | None] = {}

        def send_lists(batch: Sequence[list[AddReference]]) -> list[Exception | None]:
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
                        added(operation)
                    else:
                        self._failed(operation, reason)
        except BaseException:
            # interrupted: of those that were under way, the server may have some
            for batch in lists[answered : answered + self._workers + 1]:
                for operation in batch:
                    unanswered(operation)
            raise

    def _send_creates(self, creates: Sequence[Create]) -> Sequence[Exception | None]:
        return send_objects(self._transport, list(map(_body, creates)), self._scope.params())

    def _send_adds(self, adds: Sequence[AddReference]) -> Sequence[Exception | None]:
        return send_references(
            self._transport,
            [{"from": _source(add), "to": _beacon(add.target), **_tenant(add)} for add in adds],
            self._scope.params(),
            doubtful=[place for place, add in enumerate(adds) if end(add) in state_of(add.instance).doubtful],
        )

    def _send_deletes(self, deletes: Sequence[Delete]) -> Sequence[Exception | None]:
        collection, _, tenant = address(deletes[0].instance)
        ids = [link_to(delete.instance)[1] for delete in deletes]
        outcomes, unmatched = delete_objects(self._transport, collection, ids, self._scope.params(tenant))
        if not unmatched:
            return outcomes
        left = self._delete_unmatched(deletes[0].instance.__mapper__.entity, tenant, unmatched)
        return [left.get(id, outcome) for id, outcome in zip(ids, outcomes, strict=True)]

    def _delete_unmatched(self, entity: Entity, tenant: str | None, ids: Sequence[str]) -> dict[str, ItemError | None]:
        """Delete what is stored under other texts of its id; ids of nothing are left out."""
        collection, params = entity.collection.name, self._scope.params(tenant)
        stored = self._ids.stored(entity, tenant, ids)
        texts = self._ids.find_texts(entity, tenant, stored)
        outcomes: dict[str, ItemError | None] = {}
        if texts:
            deleted, _ = delete_objects(self._transport, collection, list(texts), params, texts)
            outcomes = dict(zip(texts, deleted, strict=True))
        for id in stored:
            if id not in outcomes:
                self._transport.request("DELETE", f"/objects/{collection}/{id}", params=params, retry=BATCH_RETRY)
        return outcomes

    # -- one in one request

    def _merge(self, merge: Merge) -> None:
        mapper = merge.instance.__mapper__
        collection, id, tenant = address(merge.instance)
        properties = {mapper.properties[name].spec.name: value for name, value in merge.properties.items()}
        # of references, a merge takes null for none; an empty list changes nothing (measured on Weaviate 1.39)
        properties |= {mapper.entity.references[name].spec.name: None for name in merge.cleared}
        body = {"class": collection, "id": id, "properties": properties, **merge.vectors, **_tenant(merge)}
        params = self._scope.params(tenant)
        self._transport.request("PATCH", f"/objects/{collection}/{id}", json=body, params=params, retry=BATCH_RETRY)

    def _edit(self, edit: ReplaceReferences | RemoveReference) -> None:
        path, params = _reference_path(edit), self._scope.params(state_of(edit.instance).tenant)
        if isinstance(edit, RemoveReference):
            remove_reference(self._transport, path, _beacon(edit.target), params)
        else:
            beacons = [{"beacon": _beacon(target)} for target in edit.targets]
            self._transport.request("PUT", path, json=beacons, params=params, retry=BATCH_RETRY)

    # -- what is known afterwards

    def _created(self, create: Create) -> None:
        if create.replaces is not None:
            self._deleted(create.replaces)
        created(create)
        self._stored(create.instance)

    def _failed(self, operation: Operation, reason: Exception) -> None:
        instance = operation.instance
        alone = isinstance(operation, (Merge, RemoveReference, ReplaceReferences))
        if alone and isinstance(reason, UnexpectedStatusError) and reason.status_code == 404:
            reason = NotFoundError(f"{describe(instance)} is not on the server any more; delete() or expunge() it")
        attribute = getattr(operation, "attribute", None)
        self._failures.append(Failure(instance, _NAMES[type(operation)], reason, attribute))
        state_of(instance).error = reason
        self._dependencies.failed(operation, reason)
        if answer_was_lost(reason):
            unanswered(operation)
            if isinstance(operation, Create):
                self._unanswered(instance, operation.id)

    def _possible(self, operations: Sequence[O]) -> Sequence[O]:
        """Those that nothing prevents which failed before; the others wait for the next flush."""
        if not self._dependencies:
            return operations
        possible: list[O] = []
        for operation in operations:
            obstacle = self._dependencies.obstacle(operation)
            if obstacle is None:
                possible.append(operation)
            else:
                self._failed(operation, obstacle)
        return possible


def _whole_lists(adds: Iterable[AddReference], size: int) -> Iterator[list[AddReference]]:
    """What is added, in batches that divide no list, unless it is longer than ``size`` and so a batch by itself."""
    by_list = groupby(adds, key=lambda add: (id(add.instance), add.attribute))
    lists = deque(sorted((list(group) for _, group in by_list), key=len, reverse=True))
    while lists:
        batch = lists.popleft()
        while lists and len(batch) + len(lists[-1]) <= size:
            # the longest that fits; the short ones fill up what it leaves
            batch += lists.popleft() if len(batch) + len(lists[0]) <= size else lists.pop()
        yield batch


def _body(create: Create) -> dict[str, Any]:
    """The server's JSON of a new object."""
    mapper: Mapper = create.instance.__mapper__
    body = {
        "class": mapper.collection_name,
        "id": create.id,
        "properties": mapper.wire_properties(create.properties),
        **create.vectors,
    }
    tenant = state_of(create.instance).tenant
    if tenant is not None:
        body["tenant"] = tenant
    return body


def _tenant(operation: Operation) -> dict[str, str]:
    tenant = state_of(operation.instance).tenant
    return {"tenant": tenant} if tenant is not None else {}


def _beacon(link: Link) -> str:
    collection, id = link
    return make_beacon(id, collection)


def _source(add: AddReference) -> str:
    collection, id = link_to(add.instance)
    return make_source(id, collection, _name(add))


def _name(operation: AddReference | RemoveReference | ReplaceReferences) -> str:
    name: str = operation.instance.__mapper__.entity.references[operation.attribute].spec.name
    return name


def _reference_path(operation: RemoveReference | ReplaceReferences) -> str:
    collection, id = link_to(operation.instance)
    return f"/objects/{collection}/{id}/references/{_name(operation)}"

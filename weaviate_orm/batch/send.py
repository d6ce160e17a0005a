"""One batch each: sent, and answered item by item."""

from __future__ import annotations

import time
from collections import Counter, defaultdict
from collections.abc import Collection, Mapping, Sequence
from typing import Any

import attrs

from weaviate_orm.exceptions import (
    ConnectionFailedError,
    ItemError,
    RequestTimeoutError,
    TransportError,
    UnexpectedStatusError,
)
from weaviate_orm.http.retry import GATEWAY, RetryPolicy
from weaviate_orm.http.transport import Response, Transport

BATCH_RETRY = RetryPolicy(attempts=7)
"""Waits some 16 seconds in all: a server that is restarted takes 3 to 6."""

_DELETE_RETRY = attrs.evolve(BATCH_RETRY, timeouts=1)
"""A deletion at ALL with a replica missing is searched for by the server for 90 seconds (measured on Weaviate 1.39)."""

_EMPTIED = "is present, but not a ref, got: []interface {}"


def send_objects(
    transport: Transport,
    objects: Sequence[Mapping[str, Any]],
    params: Mapping[str, Any] | None = None,
    retry: RetryPolicy | None = None,
) -> list[ItemError | None]:
    """Create objects, or replace those whose ids exist. Repeatable, because the ids are the client's.

    Vectors of other lengths than most are sent after the others. The first vector that an empty index sees fixes its
    dimensions, and the server takes a batch in no particular order: one wrong vector could refuse all the right ones
    (measured on Weaviate 1.39).

    Raises TransportError when the batch as a whole failed; what was stored of it is then not known.
    """
    outcomes: list[ItemError | None] = [None] * len(objects)
    for positions in _by_dimensions(objects):
        part = [objects[position] for position in positions]
        answer = transport.request(
            "POST", "/batch/objects", json={"objects": part}, params=params, retry=retry or BATCH_RETRY
        )
        for position, outcome in zip(positions, _outcomes(answer, len(part)), strict=True):
            outcomes[position] = outcome
    return outcomes


def send_references(
    transport: Transport,
    references: Sequence[Mapping[str, Any]],
    params: Mapping[str, Any] | None = None,
    retry: RetryPolicy | None = None,
    doubtful: Collection[int] = (),
) -> list[ItemError | None]:
    """Add references, each once.

    The server keeps a reference as often as it is sent (tried on Weaviate 1.39), so when an answer is lost, what
    arrived is looked up, and only what is missing is sent again. ``doubtful`` are the positions of those that were sent
    before, by a call that failed with :func:`answer_was_lost`: they are looked up first.

    Raises TransportError when the batch as a whole failed.
    """
    retry = retry or BATCH_RETRY
    outcomes: list[ItemError | None] = [None] * len(references)
    left = list(range(len(references)))
    if doubtful:
        there = _stored_references(transport, [references[position] for position in doubtful], params, retry)
        arrived = {position for position, is_stored in zip(doubtful, there, strict=True) if is_stored}
        left = [position for position in left if position not in arrived]
    if not left:
        return outcomes
    for attempt in range(retry.attempts):
        try:
            answer = transport.request(
                "POST",
                "/batch/references",
                json=[references[position] for position in left],
                params=params,
                repeatable=False,
                retry=retry,
            )
        except TransportError as error:
            if not answer_was_lost(error) or attempt == retry.attempts - 1:
                raise
            time.sleep(min(retry.first_wait * 2**attempt, retry.longest_wait))
            stored = _stored_references(transport, [references[position] for position in left], params, retry)
            left = [position for position, is_stored in zip(left, stored, strict=True) if not is_stored]
            if not left:
                break
            continue
        for position, outcome in zip(left, _outcomes(answer, len(left)), strict=True):
            outcomes[position] = outcome
        break
    # Of a reference that was emptied, this is said though the addition is stored (measured on Weaviate 1.39).
    emptied = [position for position, outcome in enumerate(outcomes) if _EMPTIED in str(outcome or "")]
    stored = _stored_references(transport, [references[position] for position in emptied], params, retry)
    for position, is_stored in zip(emptied, stored, strict=True):
        if is_stored:
            outcomes[position] = None
    return outcomes


def remove_reference(transport: Transport, path: str, beacon: str, params: Mapping[str, Any] | None = None) -> None:
    """Remove every reference to an object. That there is none is no error."""
    try:
        transport.request("DELETE", path, json={"beacon": beacon}, params=params, retry=BATCH_RETRY)
    except UnexpectedStatusError as error:
        # Removing from a reference that is empty, as repeating a removal does (measured on Weaviate 1.39).
        if "is not a valid cross-reference" not in str(error):
            raise


def delete_objects(
    transport: Transport, collection: str, ids: Sequence[str], params: Mapping[str, Any] | None = None
) -> list[ItemError | None]:
    """Delete objects by their ids; one that does not exist counts as deleted.

    Raises TransportError when the batch as a whole failed; one that was not answered in time is not repeated.
    """
    where = {"path": ["id"], "operator": "ContainsAny", "valueTextArray": list(ids)}
    answer = transport.request(
        "DELETE",
        "/batch/objects",
        json={"match": {"class": collection, "where": where}, "output": "minimal"},
        params=params,
        retry=_DELETE_RETRY,
    )
    # "minimal" lists only what failed; without an id, where too few replicas could be reached (measured on 1.39)
    failed = {each.get("id"): _reason(each) for each in answer.json()["results"]["objects"] or ()}
    return [failed.get(id, failed.get(None)) for id in ids]


def _by_dimensions(objects: Sequence[Mapping[str, Any]]) -> list[Sequence[int]]:
    """The positions of objects whose vectors can be together in a batch, the most first."""
    lengths = [_dimensions(each) for each in objects]
    usual: dict[tuple[Any, ...], Counter[int]] = defaultdict(Counter)
    for each in lengths:
        for vector, length in each:
            usual[vector][length] += 1
    if all(len(found) == 1 for found in usual.values()):
        return [range(len(objects))]
    common = {vector: found.most_common(1)[0][0] for vector, found in usual.items()}
    groups: dict[tuple[Any, ...], list[int]] = defaultdict(list)
    for position, each in enumerate(lengths):
        groups[tuple(pair for pair in each if pair[1] != common[pair[0]])].append(position)
    return sorted(groups.values(), key=len, reverse=True)


def _dimensions(body: Mapping[str, Any]) -> tuple[tuple[tuple[Any, ...], int], ...]:
    """The length of each vector that an object brings; of several vectors in one, that of the first."""
    found = []
    vector = body.get("vector")
    if vector is not None and len(vector):
        found.append(((body["class"], None), len(vector)))
    for name, named in (body.get("vectors") or {}).items():
        if named is not None and len(named):
            row = named if isinstance(named[0], (int, float)) else named[0]
            found.append(((body["class"], name), len(row) if hasattr(row, "__len__") else len(named)))
    return tuple(found)


def _outcomes(answer: Response, size: int) -> list[ItemError | None]:
    content = answer.content
    # The answer repeats every object, vectors and all. Unless it names a failure, it need not be read.
    if b'"FAILED"' not in content and content.count(b'"status":"SUCCESS"') >= size:
        return [None] * size
    items = answer.json()
    if len(items) != size:
        raise TransportError(f"{answer.url} answered {len(items)} items to a batch of {size}", url=answer.url)
    return [_reason(item.get("result") or {}) for item in items]


def _reason(result: Mapping[str, Any]) -> ItemError | None:
    if result.get("status") == "SUCCESS" and not result.get("errors"):
        return None
    errors = result.get("errors") or {}
    listed = errors.get("error") or () if isinstance(errors, Mapping) else ()
    return ItemError("; ".join(str(each.get("message", each)) for each in listed) or "the server gave no reason")


def answer_was_lost(error: BaseException | None) -> bool:
    """Whether the server may have done what a failed request asked for."""
    if isinstance(error, UnexpectedStatusError):
        return error.status_code in GATEWAY
    return isinstance(error, RequestTimeoutError) or (isinstance(error, ConnectionFailedError) and error.sent)


def _stored_references(
    transport: Transport,
    references: Sequence[Mapping[str, Any]],
    params: Mapping[str, Any] | None,
    retry: RetryPolicy,
) -> list[bool]:
    """Which references their objects hold already, each counted once."""
    wanted: dict[tuple[str, str | None], list[int]] = defaultdict(list)
    for position, reference in enumerate(references):
        source, _, _ = reference["from"].rpartition("/")
        wanted[source, reference.get("tenant")].append(position)
    stored = [False] * len(references)
    for (source, tenant), positions in wanted.items():
        collection, id = source.split("/")[-2:]
        chosen = {**(params or {}), "tenant": tenant}
        answer = transport.request(
            "GET", f"/objects/{collection}/{id}", params=chosen, accept=frozenset({404}), retry=retry
        )
        properties = {} if answer.status == 404 else answer.json().get("properties") or {}
        for position in positions:
            name = references[position]["from"].rpartition("/")[2]
            beacons = [each.get("beacon") for each in properties.get(name) or ()]
            if references[position]["to"] in beacons:
                stored[position] = True
    return stored

"""One batch each: sent, and answered item by item."""

from __future__ import annotations

import time
from collections import Counter, defaultdict
from collections.abc import Collection, Mapping, Sequence
from typing import Any, Union

import attrs

from weaviate_orm.batch.answers import (
    DELETED_AT_ONCE,
    Progress,
    deleted_ids,
    read_deletion,
    read_outcomes,
)
from weaviate_orm.batch.grpc_messages import encode_objects, read_errors
from weaviate_orm.beacons import parse_source
from weaviate_orm.exceptions import (
    ConnectionFailedError,
    ItemError,
    RequestTimeoutError,
    TransportError,
    UnexpectedStatusError,
    ValidationError,
)
from weaviate_orm.http.retry import GATEWAY, RetryPolicy
from weaviate_orm.http.transport import Caller, Transport, encode

BATCH_RETRY = RetryPolicy(attempts=7)
"""Waits some 16 seconds in all: a server that is restarted takes 3 to 6."""

LARGEST_REQUEST = 16 * 2**20
"""The most bytes of objects in one request, unless a single one is larger.

The server itself has no limit, but reads a request for 30 seconds at most unless it is told otherwise, and what stands
before it often has one. Larger requests store no more in a second (measured on Weaviate 1.39: texts, blobs, vectors).
"""

Refusal = Union[ItemError, ValidationError]
"""Why one item of a batch is not done: by the server, or by us."""

_EMPTIED = "is present, but not a ref, got: []interface {}"


def send_objects(
    transport: Transport,
    objects: Sequence[Mapping[str, Any]],
    params: Mapping[str, Any] | None = None,
    retry: RetryPolicy | None = None,
) -> list[Refusal | None]:
    """Create objects, or replace those whose ids exist. Repeatable, because the ids are the client's.

    Sends as many of the first objects as ``LARGEST_REQUEST`` takes, and returns the outcomes of these: there are fewer
    than objects when the others are to be sent by another call. An object that cannot be written as JSON is such a
    part of its own, and its outcome a ValidationError.

    Vectors of other lengths than most are sent after the others. The first vector that an empty index sees fixes its
    dimensions, and the server takes a batch in no particular order: one wrong vector could refuse all the right ones
    (measured on Weaviate 1.39).

    Raises TransportError when the batch as a whole failed; what was stored of it is then not known.
    """
    # of objects without vectors the server reads little, and protobuf costs the client more than JSON
    if transport.rpc is not None and any(each.get("vector") is not None or each.get("vectors") for each in objects):
        called = _call(transport.rpc, objects, params)
        if called is not None:
            return called
    try:
        count, body = _first_request(objects)
    except ValidationError:
        position, error = _first_unwritable(objects)
        return send_objects(transport, objects[:position], params, retry) if position else [error]
    outcomes: list[Refusal | None] = [None] * count
    groups = _by_dimensions(objects[:count])
    for positions in groups:
        if len(groups) > 1:
            body = encode({"objects": [objects[position] for position in positions]})
        answer = transport.request("POST", "/batch/objects", json=body, params=params, retry=retry or BATCH_RETRY)
        sent = [objects[position] for position in positions] if len(groups) > 1 else objects[:count]
        for position, outcome in zip(positions, read_outcomes(answer, sent), strict=True):
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
            try:
                stored = _stored_references(transport, [references[position] for position in left], params, retry)
            except TransportError as failed:
                raise error from failed  # what arrived is still not known
            left = [position for position, is_stored in zip(left, stored, strict=True) if not is_stored]
            if not left:
                break
            continue
        sent = [references[position] for position in left]
        for position, outcome in zip(left, read_outcomes(answer, sent), strict=True):
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
    transport: Transport,
    collection: str,
    ids: Sequence[str],
    params: Mapping[str, Any] | None = None,
    texts: Mapping[str, Sequence[str]] | None = None,
) -> tuple[list[ItemError | None], list[str]]:
    """Delete objects by their ids; returns the outcomes, and the ids by which the server found nothing.

    What it does not find is not there, or is stored under another text of its id; ``texts`` are such, by ids.

    The server deletes so many at a time as its QUERY_MAXIMUM_RESULTS says; it is asked again until none is left.

    Raises TransportError when a request as a whole failed; one that was not answered in time is not repeated.
    """
    # at ALL, with a replica missing, the server looks for 90 seconds, each time (measured on Weaviate 1.39)
    retry = attrs.evolve(BATCH_RETRY, timeouts=1)
    texts = texts or {}
    outcomes: dict[str | None, ItemError | None] = {}
    matches, limit = 1, 0
    progress = Progress()
    while matches > limit and None not in outcomes:
        left = [text for id in ids if id not in outcomes for text in texts.get(id, (id,))]
        where = {"path": ["id"], "operator": "ContainsAny", "valueTextArray": left}
        answer = transport.request(
            "DELETE",
            "/batch/objects",
            json={"match": {"class": collection, "where": where}, "output": "verbose"},
            params=params,
            retry=retry,
        )
        results = read_deletion(answer)["results"]
        matches, limit = results["matches"], results.get("limit") or DELETED_AT_ONCE
        # without an id, where too few replicas could be reached (measured on 1.39)
        outcomes |= deleted_ids(answer, results)
        if matches > limit and None not in outcomes:
            progress.made(answer, matches, results["successful"])
    unmatched = [] if None in outcomes else [id for id in ids if id not in outcomes]
    return [outcomes.get(id, outcomes.get(None)) for id in ids], unmatched


def _call(
    rpc: Caller, objects: Sequence[Mapping[str, Any]], params: Mapping[str, Any] | None
) -> list[Refusal | None] | None:
    """The outcomes by gRPC; None when requests have to do it, whatever was stored: creating twice is as once."""
    outcomes: list[Refusal | None] = [None] * len(objects)
    for positions in _by_dimensions(objects):
        message = encode_objects([objects[position] for position in positions], (params or {}).get("consistency_level"))
        if message is None or len(message) > LARGEST_REQUEST:
            return None
        reply = rpc.call("BatchObjects", message)
        if reply is None:
            return None
        errors = read_errors(reply, len(positions))
        if errors is None:
            return None
        for index, error in errors.items():
            outcomes[positions[index]] = ItemError(error)
    return outcomes


def _first_request(objects: Sequence[Mapping[str, Any]]) -> tuple[int, bytes]:
    """How many of the first objects go into one request, and its body."""
    # written at once they take half the time; large ones are written one by one, so that not all are in memory
    if len(encode(objects[0])) * len(objects) <= LARGEST_REQUEST:
        body = encode({"objects": objects})
        if len(body) <= LARGEST_REQUEST:
            return len(objects), body
    parts: list[bytes] = []
    size = len(b'{"objects":[]}')
    for each in objects:
        part = encode(each)
        size += len(part) + 1
        if parts and size > LARGEST_REQUEST:
            break
        parts.append(part)
    return len(parts), b'{"objects":[%s]}' % b",".join(parts)


def _first_unwritable(objects: Sequence[Mapping[str, Any]]) -> tuple[int, ValidationError]:
    for position, each in enumerate(objects):
        try:
            encode(each)
        except ValidationError as error:
            return position, error
    raise AssertionError("all of them can be written")


def _by_dimensions(objects: Sequence[Mapping[str, Any]]) -> list[Sequence[int]]:
    """The positions of objects whose vectors can be together in a batch, the most first."""
    alike = {_unnamed_dimensions(each) for each in objects}
    if len(alike) == 1 and None not in alike:
        return [range(len(objects))]
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


def _unnamed_dimensions(body: Mapping[str, Any]) -> tuple[Any, int] | None:
    """The class of an object and the length of its unnamed vector; None where it has named ones."""
    if body.get("vectors"):
        return None
    vector = body.get("vector")
    return body["class"], len(vector) if vector is not None else 0


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
    wanted: dict[tuple[str, str, str | None], list[int]] = defaultdict(list)
    for position, reference in enumerate(references):
        collection, id, _ = parse_source(reference["from"])
        wanted[collection, id, reference.get("tenant")].append(position)
    stored = [False] * len(references)
    for (collection, id, tenant), positions in wanted.items():
        chosen = {**(params or {}), "tenant": tenant}
        answer = transport.request(
            "GET", f"/objects/{collection}/{id}", params=chosen, accept=frozenset({404}), retry=retry
        )
        stored_object = {} if answer.status == 404 else answer.json({"properties?": dict})
        properties = stored_object.get("properties") or {}
        for position in positions:
            _, _, name = parse_source(references[position]["from"])
            held = properties.get(name) or ()
            if not isinstance(held, (list, tuple)) or not all(isinstance(each, dict) for each in held):
                raise answer.refused(f"the reference {name!r} is no list of beacons")
            beacons = [each.get("beacon") for each in held]
            if references[position]["to"] in beacons:
                stored[position] = True
    return stored

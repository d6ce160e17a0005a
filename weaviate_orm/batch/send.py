"""One batch of objects, references or deletions: sent, with an outcome for every item."""

from __future__ import annotations

import time
from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from functools import partial
from typing import Any, Union

import attrs

from weaviate_orm.batch.grpc_messages import encode_objects, encode_references, read_errors
from weaviate_orm.batch.outcomes import (
    DELETED_PER_REQUEST,
    DeletionProgress,
    deleted_ids,
    read_deletion,
    read_outcomes,
)
from weaviate_orm.beacons import parse_source
from weaviate_orm.exceptions import (
    ConnectionFailedError,
    GraphQLError,
    ItemError,
    NotWeaviateError,
    RequestTimeoutError,
    TransportError,
    UnexpectedStatusError,
    ValidationError,
)
from weaviate_orm.http.grpc_errors import is_outage
from weaviate_orm.http.retry import GATEWAY, RetryPolicy
from weaviate_orm.http.stored_objects import read_object
from weaviate_orm.http.transport import Call, Caller, Transport, encode

Refusal = Union[ItemError, ValidationError]
"""The reason why an item of a batch is not done: the server's, or ours."""

Params = Union[Mapping[str, Any], None]
"""The query string of a request."""

_EMPTIED = "is present, but not a ref, got: []interface {}"


def send_objects(
    transport: Transport,
    objects: Sequence[Mapping[str, Any]],
    params: Params = None,
    retry: RetryPolicy | None = None,
) -> list[Refusal | None]:
    """Create objects, or replace those whose ids exist. Repeatable, because the ids are the client's.

    Sends the first objects that fit into ``transport.largest_request`` bytes and returns their outcomes; the caller
    sends the others by another call. An object that cannot be written as JSON is such a part by itself, and its outcome
    a ValidationError.

    Vectors of other lengths than most are sent after the others. The first vector that an empty index sees fixes its
    dimensions, and the server takes a batch in no particular order: one wrong vector could refuse all the right ones
    (measured on Weaviate 1.39).

    Args:
        transport: the server.
        objects: the JSON of each, with its id.
        params: the query string.
        retry: by default ``transport.batch_retry``.

    Raises TransportError when the batch as a whole failed; some of it may be stored then.
    """
    # of objects without vectors the server reads little, and protobuf costs the client more than JSON
    if transport.rpc is not None and any(body.get("vector") is not None or body.get("vectors") for body in objects):
        outcomes_by_grpc = _call(transport.rpc, objects, params, transport.largest_request)
        if outcomes_by_grpc is not None:
            return outcomes_by_grpc
    try:
        count, body = _first_request(objects, transport.largest_request)
    except ValidationError:
        position, error = _first_unwritable(objects)
        return send_objects(transport, objects[:position], params, retry) if position else [error]
    retry = retry or transport.batch_retry
    outcomes: list[Refusal | None] = [None] * count
    groups = _by_dimensions(objects[:count])
    for positions in groups:
        if len(groups) > 1:
            body = encode({"objects": [objects[position] for position in positions]})
        answer = transport.request("POST", "/batch/objects", json=body, params=params, retry=retry)
        sent = [objects[position] for position in positions] if len(groups) > 1 else objects[:count]
        for position, outcome in zip(positions, read_outcomes(answer, sent), strict=True):
            outcomes[position] = outcome
    return outcomes


def send_references(
    transport: Transport,
    references: Sequence[Mapping[str, Any]],
    params: Params = None,
    retry: RetryPolicy | None = None,
    doubtful: Collection[int] = (),
) -> list[ItemError | None]:
    """Add references, each once.

    The server stores a reference as often as it is sent (tried on Weaviate 1.39), so after a lost answer the stored
    references are looked up, and only missing ones are sent again.

    Args:
        transport: the server.
        references: the JSON of each.
        params: the query string.
        retry: by default ``transport.batch_retry``.
        doubtful: the positions of references that an earlier call sent, which failed with :func:`answer_was_lost`; they
            are looked up first.

    Raises TransportError when the batch as a whole failed.
    """
    batch = _ReferenceBatch(transport, references, params, retry or transport.batch_retry)
    if doubtful:
        batch.look_up(doubtful)
    batch.send()
    batch.correct_emptied()
    return batch.outcomes


class _ReferenceBatch:
    """References on their way: ``pending`` are the positions that have no outcome yet."""

    def __init__(
        self, transport: Transport, references: Sequence[Mapping[str, Any]], params: Params, retry: RetryPolicy
    ) -> None:
        self._transport = transport
        self._references = references
        self._params = params
        self._retry = retry
        self.pending = list(range(len(references)))
        self.outcomes: list[ItemError | None] = [None] * len(references)

    def look_up(self, positions: Iterable[int]) -> None:
        """Take those that are stored off the pending ones."""
        stored = self._stored(positions)
        self.pending = [position for position in self.pending if position not in stored]

    def send(self) -> None:
        """Send the pending references, as often as the policy allows."""
        attempt = 0
        while self.pending:
            try:
                self._send_once()
                return
            except TransportError as error:
                attempt += 1
                if not answer_was_lost(error) or attempt == self._retry.attempts:
                    raise
                time.sleep(min(self._retry.first_wait * 2 ** (attempt - 1), self._retry.longest_wait))
                try:
                    self.look_up(self.pending)
                except TransportError as failed:
                    raise error from failed  # whether they are stored is still unknown

    def correct_emptied(self) -> None:
        """Drop an error that the server gives for references that were emptied before, though it stores the addition.

        One that is not stored was emptied again by somebody else, and is sent again. Measured on Weaviate 1.39.
        """
        for attempt in range(self._retry.attempts):
            emptied = [position for position, outcome in enumerate(self.outcomes) if _EMPTIED in str(outcome or "")]
            stored = self._stored(emptied)
            for position in stored:
                self.outcomes[position] = None
            self.pending = [position for position in emptied if position not in stored]
            if not self.pending or attempt == self._retry.attempts - 1:
                return
            self.send()

    def _send_once(self) -> None:
        sent = [self._references[position] for position in self.pending]
        outcomes = self._call(sent)
        if outcomes is None:
            answer = self._transport.request(
                "POST", "/batch/references", json=sent, params=self._params, repeatable=False, retry=self._retry
            )
            outcomes = read_outcomes(answer, sent)
        for position, outcome in zip(self.pending, outcomes, strict=True):
            self.outcomes[position] = outcome

    def _call(self, references: Sequence[Mapping[str, Any]]) -> Sequence[ItemError | None] | None:
        """Add references by gRPC, which is less work for the server; return None where HTTP has to, and may."""
        rpc = self._transport.rpc
        if rpc is None or not rpc.is_usable:
            return None
        message = encode_references(references, (self._params or {}).get("consistency_level"))
        if message is None or len(message) > self._transport.largest_request:
            return None
        try:
            (reply,) = rpc.read([Call("BatchReferences", message, partial(str, "references"))], persistent=False)
        except TransportError as error:
            if is_outage(error):
                rpc.avoid(error)
            if not _did_nothing(error):
                raise
            return None
        errors = read_errors(reply, len(references))
        if errors is None:
            raise NotWeaviateError("references by gRPC were answered, but not as Weaviate does")
        return [ItemError(errors[place]) if place in errors else None for place in range(len(references))]

    def _stored(self, positions: Iterable[int]) -> set[int]:
        """Return the positions whose references their objects hold already."""
        by_object: dict[tuple[str, str, str | None], list[int]] = defaultdict(list)
        for position in positions:
            reference = self._references[position]
            collection, id, _ = parse_source(reference["from"])
            by_object[collection, id, reference.get("tenant")].append(position)
        stored: set[int] = set()
        for (collection, id, tenant), grouped in by_object.items():
            params = {**(self._params or {}), "tenant": tenant}
            body = read_object(self._transport, collection, id, params, retry=self._retry) or {}
            properties = body.get("properties") or {}
            for position in grouped:
                _, _, name = parse_source(self._references[position]["from"])
                beacons = properties.get(name) or ()
                if not isinstance(beacons, (list, tuple)) or not all(isinstance(beacon, dict) for beacon in beacons):
                    raise NotWeaviateError(f"an object was answered, but its reference {name!r} is no list of beacons")
                if self._references[position]["to"] in [beacon.get("beacon") for beacon in beacons]:
                    stored.add(position)
        return stored


def remove_reference(transport: Transport, path: str, beacon: str, params: Params = None) -> None:
    """Remove every reference to an object. That there is none is no error."""
    try:
        transport.request("DELETE", path, json={"beacon": beacon}, params=params, retry=transport.batch_retry)
    except UnexpectedStatusError as error:
        # the answer for an empty reference, and so for a repeated removal (measured on Weaviate 1.39)
        if "is not a valid cross-reference" not in str(error):
            raise


def delete_objects(
    transport: Transport,
    collection: str,
    ids: Sequence[str],
    params: Params = None,
    texts: Mapping[str, Sequence[str]] | None = None,
) -> tuple[list[ItemError | None], list[str]]:
    """Delete objects by their ids; return the outcomes, and the ids that the server did not find.

    An id that it does not find is not stored, or stored under another text, of which ``texts`` has some by id.

    The server deletes at most its QUERY_MAXIMUM_RESULTS at a time; requests go on until none is left.

    Raises TransportError when a request as a whole failed; one that timed out is not repeated.
    """
    # at ALL, with a replica missing, the server looks for 90 seconds, each time (measured on Weaviate 1.39)
    retry = attrs.evolve(transport.batch_retry, timeouts=1)
    texts = texts or {}
    outcomes: dict[str | None, ItemError | None] = {}
    matches, limit = 1, 0
    progress = DeletionProgress()
    while matches > limit and None not in outcomes:
        remaining = [text for id in ids if id not in outcomes for text in texts.get(id, (id,))]
        where = {"path": ["id"], "operator": "ContainsAny", "valueTextArray": remaining}
        answer = transport.request(
            "DELETE",
            "/batch/objects",
            json={"match": {"class": collection, "where": where}, "output": "verbose"},
            params=params,
            retry=retry,
        )
        results = read_deletion(answer)["results"]
        matches, limit = results["matches"], results.get("limit") or DELETED_PER_REQUEST
        # without an id, where too few replicas could be reached (measured on 1.39)
        outcomes |= deleted_ids(answer, results)
        if matches > limit and None not in outcomes:
            progress.record(answer, matches, results["successful"])
    unmatched = [] if None in outcomes else [id for id in ids if id not in outcomes]
    return [outcomes.get(id, outcomes.get(None)) for id in ids], unmatched


def answer_was_lost(error: BaseException | None) -> bool:
    """Return whether the server may have done a request that failed."""
    if isinstance(error, UnexpectedStatusError):
        return error.status_code in GATEWAY
    return isinstance(error, RequestTimeoutError) or (isinstance(error, ConnectionFailedError) and error.sent)


def _did_nothing(error: TransportError) -> bool:
    """Return whether the server has added none of the references of a call, and HTTP may tell more of the reason."""
    if isinstance(error, UnexpectedStatusError):
        return not (answer_was_lost(error) or error.status_code in (401, 403, 500))
    if isinstance(error, GraphQLError):
        return True  # an unknown error: all of them are refused before any is stored, as an unknown class is
    return isinstance(error, ConnectionFailedError) and not error.sent


def _call(
    rpc: Caller, objects: Sequence[Mapping[str, Any]], params: Params, largest: int
) -> list[Refusal | None] | None:
    """Create objects by gRPC; return None to fall back to HTTP, which may create them again: creates are idempotent."""
    outcomes: list[Refusal | None] = [None] * len(objects)
    for positions in _by_dimensions(objects):
        message = encode_objects([objects[position] for position in positions], (params or {}).get("consistency_level"))
        if message is None or len(message) > largest:
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


def _first_request(objects: Sequence[Mapping[str, Any]], largest: int) -> tuple[int, bytes]:
    """Return how many of the first objects fit into a request, and its body."""
    # encoded together they take half the time; large ones are encoded one by one, to keep few in memory
    if len(encode(objects[0])) * len(objects) <= largest:
        body = encode({"objects": objects})
        if len(body) <= largest:
            return len(objects), body
    parts: list[bytes] = []
    size = len(b'{"objects":[]}')
    for body_of_one in objects:
        part = encode(body_of_one)
        size += len(part) + 1
        if parts and size > largest:
            break
        parts.append(part)
    return len(parts), b'{"objects":[%s]}' % b",".join(parts)


def _first_unwritable(objects: Sequence[Mapping[str, Any]]) -> tuple[int, ValidationError]:
    for position, body in enumerate(objects):
        try:
            encode(body)
        except ValidationError as error:
            return position, error
    raise AssertionError("all of them can be written")


def _by_dimensions(objects: Sequence[Mapping[str, Any]]) -> list[Sequence[int]]:
    """Group the positions of objects whose vectors can be in one batch, the largest group first."""
    unnamed = {_unnamed_dimensions(body) for body in objects}
    if len(unnamed) == 1 and None not in unnamed:
        return [range(len(objects))]
    dimensions = [_dimensions(body) for body in objects]
    frequencies: dict[tuple[Any, ...], Counter[int]] = defaultdict(Counter)
    for vectors in dimensions:
        for vector, length in vectors:
            frequencies[vector][length] += 1
    if all(len(lengths) == 1 for lengths in frequencies.values()):
        return [range(len(objects))]
    common = {vector: lengths.most_common(1)[0][0] for vector, lengths in frequencies.items()}
    groups: dict[tuple[Any, ...], list[int]] = defaultdict(list)
    for position, vectors in enumerate(dimensions):
        groups[tuple(pair for pair in vectors if pair[1] != common[pair[0]])].append(position)
    return sorted(groups.values(), key=len, reverse=True)


def _unnamed_dimensions(body: Mapping[str, Any]) -> tuple[Any, int] | None:
    """Return the class of an object and the length of its unnamed vector; None for one with named vectors."""
    if body.get("vectors"):
        return None
    vector = body.get("vector")
    return body["class"], len(vector) if vector is not None else 0


def _dimensions(body: Mapping[str, Any]) -> tuple[tuple[tuple[Any, ...], int], ...]:
    """Return the length of each vector of an object; of a multi-vector, that of its first."""
    lengths = []
    vector = body.get("vector")
    if vector is not None and len(vector):
        lengths.append(((body["class"], None), len(vector)))
    for name, named in (body.get("vectors") or {}).items():
        if named is not None and len(named):
            row = named if isinstance(named[0], (int, float)) else named[0]
            lengths.append(((body["class"], name), len(row) if hasattr(row, "__len__") else len(named)))
    return tuple(lengths)

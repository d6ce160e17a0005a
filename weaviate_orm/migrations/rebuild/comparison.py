"""The old and the new collection, side by side: whole objects, ids, counts."""

from __future__ import annotations

from collections.abc import Iterator

from weaviate_orm.client.client import Client
from weaviate_orm.client.stored_classes import has_tenants
from weaviate_orm.graphql.document import Document, FieldNode
from weaviate_orm.graphql.run import run_graphql, single_row
from weaviate_orm.http.transport import Transport
from weaviate_orm.migrations.rebuild.copy_state import UNKNOWN_TIME, CopyState
from weaviate_orm.migrations.rebuild.object_pages import ObjectReader
from weaviate_orm.types import JSONObject

Pair = tuple[str, "JSONObject | None", "JSONObject | None", float]


def compare_objects(state: CopyState, reader: ObjectReader) -> list[str]:
    """Record which objects of the target are as the source has them, by comparing all of both.

    So a rebuild is resumed without anything that was written down: what is equal is copied. What the target has
    otherwise, or alone, is recorded as a copy of an unknown time, which is copied again, or deleted.

    Returns the ids of objects that were recorded as copied, and are not equal.
    """
    wrong: list[str] = []
    state_before = dict(state.copied)
    for id, stored, copied, settled in _pairs(state, reader):
        expected = None if stored is None else state.translation.translate(stored, state.tenant)
        time = UNKNOWN_TIME
        if stored is not None and stored["lastUpdateTimeUnix"] < settled:
            time = stored["lastUpdateTimeUnix"]
        if stored is None and state.keeps_others:
            continue
        if stored is not None and expected is None and copied is None:
            state.left_out[id] = time
            continue
        is_equal = expected is not None and copied is not None and state.translation.is_stored(expected, copied)
        if stored is not None and not is_equal and state_before.get(id) == stored["lastUpdateTimeUnix"]:
            wrong.append(id)
        if copied is not None:
            state.copied[id] = time if is_equal else UNKNOWN_TIME
        else:
            state.copied.pop(id, None)
    return wrong


def _pairs(state: CopyState, reader: ObjectReader) -> Iterator[Pair]:
    """Yield the objects of both collections by their ids, in the order of these."""
    source, target = state.move.source, state.move.target
    stored = _objects(reader, source, state.tenant)
    copied = _objects(reader, target, state.tenant)
    new, old = next(copied, None), next(stored, None)  # in this order: the times of copies tell the server's
    while old is not None or new is not None:
        if new is None or (old is not None and old[0] < new[0]):
            assert old is not None
            yield old[0], old[1], None, old[2]
            old = next(stored, None)
        elif old is None or new[0] < old[0]:
            yield new[0], None, new[1], new[2]
            new = next(copied, None)
        else:
            yield old[0], old[1], new[1], old[2]
            old, new = next(stored, None), next(copied, None)


def _objects(reader: ObjectReader, collection: str, tenant: str | None) -> Iterator[tuple[str, JSONObject, float]]:
    for page in reader.pages(collection, tenant, vectors=True):
        for stored in page.objects:
            yield stored["id"], stored, page.settled


def compare_ids(state: CopyState, reader: ObjectReader) -> int:
    """Correct the record of what the target has by what it really has; return how many ids were not as recorded."""
    ids = reader.times(state.move.target, state.tenant).keys()
    lost = state.copied.keys() - ids
    added = set() if state.keeps_others else ids - state.copied.keys()
    for id in lost:
        del state.copied[id]
    for id in added:
        state.copied[id] = UNKNOWN_TIME
    return len(lost) + len(added)


def miscounted(transport: Transport, state: CopyState, *, is_replicated: bool = False) -> str | None:
    """Return what is wrong where the server does not count as many objects in both collections as were copied.

    ``is_replicated``: whether the source has replicas; they may differ, and it is not known which one counts.
    """
    expected = len(state.copied), len(state.copied) + len(state.left_out)
    counts = (
        count_objects(transport, state.move.target, state.tenant),
        expected[1] if is_replicated else count_objects(transport, state.move.source, state.tenant),
    )
    if counts != expected and not (state.keeps_others and counts[0] >= expected[0] and counts[1] == expected[1]):
        return (
            f"{state.title}: {state.move.target} has {counts[0]:,} objects and {state.move.source} {counts[1]:,}, and "
            f"{expected[0]:,} of {expected[1]:,} were copied. Another program writes to {state.move.target}, "
            f"or the server has lost objects; nothing was put over. Run it again: it "
            f"compares both, and copies what differs"
        )
    return None


def count_objects(transport: Transport, collection: str, tenant: str | None = None) -> int:
    """Return how many objects a collection, or one of its tenants, has."""
    arguments = {} if tenant is None else {"tenant": tenant}
    meta = FieldNode("meta", (FieldNode("count"),))
    root = FieldNode("Aggregate", (FieldNode(collection, (meta,), arguments),))
    data = run_graphql(transport, Document((root,)))
    return int(single_row(data["Aggregate"][collection])["meta"]["count"])


def is_empty(client: Client, collection: str) -> bool:
    """Return whether a collection has neither objects nor tenants."""
    if has_tenants(client.schema.get(collection)):
        return not client.tenants.get(collection)
    return count_objects(client.transport, collection) == 0

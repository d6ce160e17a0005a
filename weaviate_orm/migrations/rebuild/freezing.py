"""Collections that refuse writes: their shards are READONLY, and so are those of their tenants.

READONLY is not stored: a server that restarts takes writes again (measured on Weaviate 1.39).
"""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator

from weaviate_orm.client.paths import path
from weaviate_orm.http.transport import Transport
from weaviate_orm.types import JSONObject

READY, READONLY, INDEXING = "READY", "READONLY", "INDEXING"

SECONDS_TO_SETTLE = 0.5
"""How long a write that the server had begun when its shard became READONLY may take (none did, measured on 1.39)."""

POLLS, SECONDS_BETWEEN_POLLS = 50, 0.02

_SHARDS = [{"name": str, "status": str, "vectorQueueSize?": int}]
_MISSING = frozenset({404})


def shards(transport: Transport, collection: str) -> list[JSONObject]:
    """Return the shards of a collection; none where it does not exist. A tenant is a shard."""
    answer = transport.request(
        "GET", path("schema", collection, "shards"), accept=_MISSING, retry=transport.batch_retry
    )
    if answer.status == 404:
        return []
    listed: list[JSONObject] = answer.json(_SHARDS)
    return listed


def set_status(transport: Transport, collections: Iterable[str], status: str) -> None:
    """Make the shards of collections READY or READONLY. Writes that the server has begun may still end.

    The nodes of a server follow their leader some 50 ms later (measured on Weaviate 1.39), so this waits until the node
    that answers has, too.
    """
    changed = set()
    for collection, shard in _others(transport, collections, status):
        resource = path("schema", collection, "shards", shard)
        transport.request("PUT", resource, json={"status": status}, retry=transport.batch_retry)
        changed.add(collection)
    for _ in range(POLLS):
        if next(_others(transport, changed, status), None) is None:
            return
        time.sleep(SECONDS_BETWEEN_POLLS)


def freeze(transport: Transport, collections: Iterable[str]) -> None:
    """Have the server refuse writes to collections, and wait for those that it has begun."""
    set_status(transport, collections, READONLY)
    time.sleep(SECONDS_TO_SETTLE)


def is_frozen(transport: Transport, collections: Iterable[str]) -> bool:
    """Return whether no collection takes writes."""
    return next(_others(transport, collections, READONLY), None) is None


def frozen_shards(transport: Transport, collection: str) -> list[str]:
    """Return the shards of a collection that take no writes."""
    return [shard["name"] for shard in shards(transport, collection) if shard["status"] == READONLY]


def indexing_shards(transport: Transport, collections: Iterable[str]) -> list[str]:
    """Return the shards that index vectors in the background (ASYNC_INDEXING): searches do not find all of them yet.

    Such a shard is INDEXING for a second or two after its queue has become empty (measured on Weaviate 1.39).
    """
    return [
        shard["name"]
        for collection in collections
        for shard in shards(transport, collection)
        if shard["status"] == INDEXING or shard.get("vectorQueueSize")
    ]


def _others(transport: Transport, collections: Iterable[str], status: str) -> Iterator[tuple[str, str]]:
    """Yield the collections and shards that have another status."""
    for collection in collections:
        for shard in shards(transport, collection):
            if shard["status"] != status:
                yield collection, shard["name"]

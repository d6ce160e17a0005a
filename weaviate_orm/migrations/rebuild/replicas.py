"""Replicas of a collection: whether they are alike, and how they become so.

A listing is of one replica, that of the node that answers. Replicas differ where a write was acknowledged without one
of them: by a node that was away, and whenever a collection is frozen, since its replicas become READONLY one after the
other. A read at consistency level ALL compares the objects of one replica with those of the others, and repairs them; a
deletion that is only tried, at ALL, matches what any replica has. A frozen collection cannot be repaired. (Measured on
Weaviate 1.39.)
"""

from __future__ import annotations

import time
from collections.abc import Iterable, Mapping, Sequence
from itertools import pairwise

import attrs

from weaviate_orm.batch.outcomes import read_deletion
from weaviate_orm.exceptions import MigrationError
from weaviate_orm.graphql.replica_check import checked_ids
from weaviate_orm.http.transport import Transport
from weaviate_orm.migrations.rebuild.freezing import READY, freeze, set_status
from weaviate_orm.types import JSONObject

MATCHED = 5_000
"""The objects of a replica among whose ids those of the others are looked for; the server lists 10,000 at the most."""

FREEZES = 30
"""How often a collection is frozen until its replicas are alike. Two writers leave some difference once in a few."""

SECONDS_BETWEEN_FREEZES = 1.0

_NO_ID = "00000000-0000-0000-0000-000000000000"
_LAST_ID = "ffffffff-ffff-ffff-ffff-ffffffffffff"


@attrs.frozen
class ReplicatedObjects:
    """The objects of a collection, or of one of its tenants, that several nodes have."""

    collection: str
    tenant: str | None = None

    def differ(self, transport: Transport) -> bool:
        """Return whether a replica has an object that another one lacks, or has otherwise."""
        count = 0
        for page in checked_ids(transport, self.collection, self.tenant):
            if not all(page.values()):
                return True
            count += len(page)
        return bool(self._try_deletion(transport, _NO_ID, _LAST_ID, "minimal")["matches"] != count)

    def repair(self, transport: Transport) -> None:
        """Make replicas alike: of each object the newest one stays. What is written meanwhile may differ again."""
        ids = [id for page in checked_ids(transport, self.collection, self.tenant) for id in page]
        bounds = [_NO_ID, *ids[MATCHED::MATCHED], _LAST_ID]
        listed = {*ids, _NO_ID}
        missing = [
            matched["id"]
            for after, last in pairwise(bounds)
            for matched in self._try_deletion(transport, after, last, "verbose").get("objects") or ()
            # without an id where a replica takes no writes yet, or not any more
            if matched.get("id", _NO_ID) not in listed
        ]
        params = {"tenant": self.tenant, "consistency_level": "ALL"}
        for id in missing:
            transport.request(
                "GET",
                f"/objects/{self.collection}/{id}",
                params=params,
                accept=frozenset({404}),
                retry=transport.batch_retry,
            )

    def _try_deletion(self, transport: Transport, after: str, last: str, output: str) -> JSONObject:
        """Return what any replica has after an id, up to another one."""
        where = {
            "operator": "And",
            "operands": [
                {"path": ["id"], "operator": "GreaterThan", "valueText": after},
                {"path": ["id"], "operator": "LessThanEqual", "valueText": last},
            ],
        }
        body = {"match": {"class": self.collection, "where": where}, "output": output, "dryRun": True}
        params = {"tenant": self.tenant, "consistency_level": "ALL"}
        results: JSONObject = read_deletion(
            transport.request("DELETE", "/batch/objects", json=body, params=params, retry=transport.batch_retry)
        )["results"]
        return results


def replicated_objects(
    bodies: Mapping[str, JSONObject], places: Iterable[tuple[str, str | None]]
) -> list[ReplicatedObjects]:
    """Return which collections, or tenants of collections, have replicas.

    Args:
        bodies: the JSON of the classes, by their physical names.
        places: the collections, and their tenants.
    """
    return [
        ReplicatedObjects(collection, tenant)
        for collection, tenant in places
        if (bodies[collection].get("replicationConfig") or {}).get("factor", 1) > 1
    ]


def repair_replicas(transport: Transport, replicated: Iterable[ReplicatedObjects]) -> None:
    """Make the replicas of collections alike, which take writes."""
    for objects in replicated:
        objects.repair(transport)


def freeze_alike(transport: Transport, collections: Sequence[str], replicated: Sequence[ReplicatedObjects]) -> float:
    """Have the server refuse writes to collections, and all replicas have the same objects.

    Where these differ, writes go on until they are repaired. Returns when writes were refused, by the monotonic clock.

    Raises MigrationError if replicas differ after each of many attempts.
    """
    for attempt in range(FREEZES):
        if attempt:
            set_status(transport, collections, READY)
            repair_replicas(transport, replicated)
            time.sleep(SECONDS_BETWEEN_FREEZES)
        frozen = time.monotonic()
        freeze(transport, collections)
        if not any(objects.differ(transport) for objects in replicated):
            return frozen
    raise MigrationError(
        f"replicas of {', '.join(collections)} differ after {FREEZES} attempts to make them alike. Look at the nodes "
        f"of the server and their logs; nothing was put over. Run it again when they agree, or when fewer programs "
        f"write"
    )

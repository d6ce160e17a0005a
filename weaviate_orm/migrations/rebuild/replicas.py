"""Replicas of a collection: whether they are alike, and how they become so.

A listing is of one replica, that of the node that answers. Replicas differ where a write was acknowledged without one
of them: by a node that was away, and whenever a collection is frozen while it is written to, since its replicas become
READONLY one after the other. A read at consistency level ALL compares the objects of one replica with those of the
others, and repairs them; a deletion that is only tried, at ALL, matches what any replica has. A frozen collection
cannot be repaired. (Measured on Weaviate 1.39.)
"""

from __future__ import annotations

import time
from collections.abc import Iterable, Mapping
from itertools import pairwise

import attrs

from weaviate_orm.batch.outcomes import read_deletion
from weaviate_orm.client.stored_classes import has_replicas
from weaviate_orm.exceptions import MigrationError
from weaviate_orm.graphql.replica_check import checked_page
from weaviate_orm.http.transport import Transport
from weaviate_orm.types import JSONObject

MATCHED = 5_000
"""The objects of a replica among whose ids those of the others are looked for; the server lists 10,000 at the most."""

ATTEMPTS, SECONDS_BETWEEN_ATTEMPTS = 100, 0.1

_NO_ID = "00000000-0000-0000-0000-000000000000"
_LAST_ID = "ffffffff-ffff-ffff-ffff-ffffffffffff"


@attrs.frozen
class ReplicatedObjects:
    """The objects of a collection, or of one of its tenants, that several nodes have."""

    collection: str
    tenant: str | None = None

    def repair(self, transport: Transport) -> None:
        """Make replicas alike: of each object the newest one stays. What is written meanwhile may differ again."""
        ids = self._checked_ids(transport)
        bounds = [_NO_ID, *ids[MATCHED::MATCHED], _LAST_ID]
        listed = set(ids)
        missing = [
            id
            for after, last in pairwise(bounds)
            for id in self._matching_ids(transport, after, last)
            if id not in listed
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

    def _checked_ids(self, transport: Transport) -> list[str]:
        """Return the ids of one replica; others have these objects as it has them from then on."""
        ids: list[str] = []
        attempts = ATTEMPTS
        while page := checked_page(transport, self.collection, self.tenant, ids[-1] if ids else ""):
            if attempts and not all(page.values()):
                attempts -= 1
                time.sleep(SECONDS_BETWEEN_ATTEMPTS)  # a replica is READONLY yet, or one of the objects is written
            else:
                ids += page
        return ids

    def _matching_ids(self, transport: Transport, after: str, last: str) -> list[str]:
        """Return the ids that any replica has after an id, up to another one, by a deletion that is only tried."""
        where = {
            "operator": "And",
            "operands": [
                {"path": ["id"], "operator": "GreaterThan", "valueText": after},
                {"path": ["id"], "operator": "LessThanEqual", "valueText": last},
            ],
        }
        body = {"match": {"class": self.collection, "where": where}, "output": "verbose", "dryRun": True}
        params = {"tenant": self.tenant, "consistency_level": "ALL"}
        for _ in range(ATTEMPTS):
            results = read_deletion(
                transport.request("DELETE", "/batch/objects", json=body, params=params, retry=transport.batch_retry)
            )["results"]
            matched = results.get("objects") or ()
            if all("id" in item for item in matched):
                return [item["id"] for item in matched]
            time.sleep(SECONDS_BETWEEN_ATTEMPTS)  # a replica is READONLY yet: nodes follow their leader in their time
        raise MigrationError(
            f"replicas of {self.collection} take no writes, so that they cannot be made alike: some node has too "
            f"little room on its disk or in its memory, or somebody has set READONLY. Run it again when that has ended"
        )


def replicated_objects(
    bodies: Mapping[str, JSONObject], places: Iterable[tuple[str, str | None]]
) -> list[ReplicatedObjects]:
    """Return which collections, or tenants of collections, have replicas.

    Args:
        bodies: the JSON of the classes, by their physical names.
        places: the collections, and their tenants.
    """
    return [ReplicatedObjects(collection, tenant) for collection, tenant in places if has_replicas(bodies[collection])]


def repair_replicas(transport: Transport, replicated: Iterable[ReplicatedObjects]) -> None:
    """Make the replicas of collections alike, which take writes."""
    for objects in replicated:
        objects.repair(transport)

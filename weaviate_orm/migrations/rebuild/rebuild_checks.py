"""What would keep a rebuild from its end, checked before it starts."""

from __future__ import annotations

from collections.abc import Container, Iterable, Mapping

from weaviate_orm.client.client import Client
from weaviate_orm.client.stored_classes import has_tenants
from weaviate_orm.exceptions import MigrationError
from weaviate_orm.migrations.rebuild.collection_move import CollectionMove
from weaviate_orm.migrations.rebuild.freezing import frozen_shards
from weaviate_orm.types import JSONObject, Tenant, TenantActivityStatus

LISTED = 5
"""The most names of a message."""


def check_nodes(client: Client) -> int:
    """Return how many nodes the server has; raises MigrationError unless all are healthy."""
    nodes = client.cluster.get_nodes_status()
    ill = [node for node in nodes if node.get("status") != "HEALTHY"]
    if ill:
        listed = ", ".join(f"{node.get('name')} ({node.get('status')})" for node in ill[:LISTED])
        raise MigrationError(f"nodes of the server are not healthy: {listed}. Nothing was done; start them first")
    return len(nodes)


def check_move(
    client: Client, move: CollectionMove, body: JSONObject, begun: Container[str], *, may_change_tenancy: bool = False
) -> None:
    """Raise MigrationError for inactive tenants, and for a frozen collection that no rebuild has frozen.

    Args:
        client: the server.
        move: the collection.
        body: the JSON of its class.
        begun: the logical names of the collections whose rebuild has begun before.
        may_change_tenancy: whether the new collection may have tenants where the old one has none, or the other way.
    """
    if not may_change_tenancy and has_tenants(move.rebuilding.body) != has_tenants(body):
        raise MigrationError(
            f"{move.logical}: a rebuild copies objects to the tenants that they have; it cannot add or remove tenancy"
        )
    if has_tenants(body):
        check_tenants(client, move)
    if move.logical in begun:
        return
    frozen = frozen_shards(client.transport, move.source)
    if frozen:
        raise MigrationError(
            f"{move.source} takes no writes: its {_shards(frozen)} READONLY. Either somebody has set that; or the "
            f"server has too little room on its disk or in its memory, and a rebuild needs room for a second copy. "
            f"Nothing was done"
        )


def check_tenants(client: Client, move: CollectionMove) -> None:
    """Raise MigrationError for inactive tenants, whose objects cannot be read."""
    inactive = inactive_tenants(client.tenants.get(move.source))
    if inactive:
        more = f" and {len(inactive) - LISTED:,} more" if len(inactive) > LISTED else ""
        raise MigrationError(
            f"{move.logical} has inactive tenants, whose objects cannot be copied: "
            f"{', '.join(inactive[:LISTED])}{more}. Nothing was done; activate them, and deactivate them afterwards"
        )


def inactive_tenants(tenants: Mapping[str, Tenant]) -> list[str]:
    """Return the names of tenants whose objects cannot be read."""
    return sorted(name for name, tenant in tenants.items() if tenant.activity_status is not TenantActivityStatus.ACTIVE)


def check_room(client: Client, targets: Iterable[str]) -> None:
    """Raise MigrationError where the server lets new collections take no writes, as it does without room."""
    for target in targets:
        frozen = frozen_shards(client.transport, target)
        if frozen:
            raise MigrationError(
                f"the new collection {target} takes no writes: its {_shards(frozen)} READONLY. The server has too "
                f"little room on its disk or in its memory for a second copy; give it more, or raise its "
                f"DISK_USE_READONLY_PERCENTAGE or MEMORY_READONLY_PERCENTAGE"
            )


def _shards(names: list[str]) -> str:
    return f"shard {names[0]} is" if len(names) == 1 else f"shards {', '.join(names[:LISTED])} are"

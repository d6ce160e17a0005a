"""What keeps a server from carrying an operation out, found before anything is done."""

from __future__ import annotations

from weaviate_orm.client.client import Client
from weaviate_orm.migrations.collection_change import CollectionChange
from weaviate_orm.migrations.rebuild.comparison import count_objects
from weaviate_orm.migrations.rebuild.freezing import frozen_shards
from weaviate_orm.migrations.rebuild.rebuild_checks import inactive_tenants
from weaviate_orm.migrations.stored_schema import StoredCollection
from weaviate_orm.migrations.work import STOPS, Strategy
from weaviate_orm.schema.collection import CollectionSpec

_LISTED = 10


def stored_objects(client: Client, stored: StoredCollection) -> int:
    """Return the number of objects of a collection: of all its tenants that are active."""
    if not stored.spec.is_multi_tenant:
        return count_objects(client.transport, stored.physical)
    tenants = client.tenants.get(stored.physical)
    active = tenants.keys() - inactive_tenants(tenants)
    return sum(count_objects(client.transport, stored.physical, tenant) for tenant in active)


def obstacle(client: Client, stored: StoredCollection, target: CollectionSpec, strategy: Strategy) -> str | None:
    """Return why a collection cannot be changed in some way at present, and what to do; None where it can."""
    if strategy not in ("reindex", "backfill", *STOPS):
        return None
    if stored.spec.is_multi_tenant and (inactive := inactive_tenants(client.tenants.get(stored.physical))):
        listed = f"{', '.join(inactive[:_LISTED])}{' and others' if len(inactive) > _LISTED else ''}"
        return f"{target.name} has inactive tenants: {listed}. Activate them, and deactivate them afterwards"
    if strategy in STOPS and (shards := frozen_shards(client.transport, stored.physical)):
        return (
            f"the shards {', '.join(shards[:_LISTED])} of {stored.physical} take no writes: a rebuild that was killed "
            f"goes on with the next run; else the server has too little room for a second copy, or somebody has set it"
        )
    return None


def missing_tenants(change: CollectionChange, target: CollectionSpec) -> str | None:
    """Return why objects cannot go into tenants, and what to do; None where something says into which."""
    if not target.is_multi_tenant or change.row_change is not None:
        return None
    return (
        f"nothing says which tenant each object of {target.name} gets: write a migration file with "
        f"RebuildCollection(…, transform=…), whose function sets row.tenant"
    )


def not_aliased(name: str, purpose: str) -> str:
    """Return why a collection cannot be copied while others use it, and what to do."""
    return (
        f"{name} is reached by its own name, so that it cannot be {purpose}. Put it behind an alias first "
        f"(weaviate-orm rebuild {name} --to-alias), or allow a rebuild offline, while nobody uses it"
    )

"""What operations will do on a server as it is, and what they cost. Nothing is changed."""

from __future__ import annotations

from typing import Final

import attrs

from weaviate_orm.client.client import Client
from weaviate_orm.migrations.collection_change import CollectionChange, collection_change
from weaviate_orm.migrations.data_loss import lost_data
from weaviate_orm.migrations.evolving import evolution_of, is_vectorized_by_copy, revectorized, target_of
from weaviate_orm.migrations.obstacles import missing_tenants, not_aliased, obstacle, stored_objects
from weaviate_orm.migrations.operations import (
    CreateCollection,
    DeleteCollection,
    Operation,
    RebuildCollection,
    RenameCollection,
    UpdateObjects,
)
from weaviate_orm.migrations.schema_state import SchemaState
from weaviate_orm.migrations.stored_schema import StoredCollection, StoredSchema
from weaviate_orm.migrations.work import Work
from weaviate_orm.schema.capabilities import Capabilities
from weaviate_orm.schema.collection import CollectionSpec
from weaviate_orm.schema.creation import AddClassProperty, AddClassVector
from weaviate_orm.schema.evolution import BuildPropertyIndex, Evolution

_GAP: Final = (
    "the name leads nowhere for some milliseconds, in which reads are refused, and a batch under way may be lost: let "
    "writers pause"
)


class Assessment:
    """Says what operations will do, one after the other: each is taken for done before the next.

    Args:
        client: the server.
        capabilities: what it does in place.
        offline: whether a collection may be rebuilt under its own name.
    """

    def __init__(self, client: Client, capabilities: Capabilities, offline: bool) -> None:
        self._client = client
        self._capabilities = capabilities
        self._offline = offline
        self._schema = StoredSchema(client)
        self._changed: dict[str, CollectionSpec] = {}

    def work(self, operation: Operation, before: SchemaState, after: SchemaState) -> Work:
        """Return what an operation will do on the server as it is, and what it costs. Nothing is changed.

        Args:
            operation: the operation.
            before: the state before it.
            after: the state after it.
        """
        reversible = operation.reverse(before) is not None
        renames = operation.rename_vectors if isinstance(operation, RebuildCollection) else {}
        destructive = operation.destructive or bool(lost_data(before, after, renames))
        work = Work(operation.describe(), "nothing", reversible=reversible, destructive=destructive)
        change = collection_change(operation, before, after)
        if change is not None:
            return self._change_work(work, change)
        if isinstance(operation, CreateCollection):
            exists = self._schema.collection(operation.spec.name) is not None
            return attrs.evolve(work, strategy="nothing" if exists else "create", collection=operation.spec.name)
        if isinstance(operation, (DeleteCollection, RenameCollection, UpdateObjects)):
            return self._objects_work(work, operation)
        return attrs.evolve(work, strategy="call")

    def _objects_work(self, work: Work, operation: DeleteCollection | RenameCollection | UpdateObjects) -> Work:
        name = operation.collection
        stored = self._schema.collection(name)
        work = attrs.evolve(work, collection=name)
        if stored is None:  # deleted before, or not created yet
            return work
        work = attrs.evolve(work, objects=stored_objects(self._client, stored))
        if isinstance(operation, RenameCollection):
            blocked = None if stored.spec.alias else not_aliased(name, "renamed")
            return attrs.evolve(work, strategy="rebuild", blocked=blocked)
        return attrs.evolve(work, strategy="delete" if isinstance(operation, DeleteCollection) else "backfill")

    def _change_work(self, work: Work, change: CollectionChange) -> Work:
        name = change.desired.name
        stored = self._schema.collection(name)
        if stored is None:  # an operation before it creates the collection
            return attrs.evolve(work, strategy="in place", collection=name, objects=0)
        spec = self._changed.get(name, stored.spec)
        work = self._planned_work(work, change, stored, spec)
        if work.blocked is None:
            blocked = obstacle(self._client, stored, self._changed[name], work.strategy)
            work = attrs.evolve(work, blocked=blocked)
        return work

    def _planned_work(
        self, work: Work, change: CollectionChange, stored: StoredCollection, spec: CollectionSpec
    ) -> Work:
        name = change.desired.name
        target = self._changed[name] = target_of(change, spec)
        evolution = evolution_of(change, spec, self._capabilities)
        objects = stored_objects(self._client, stored)
        work = attrs.evolve(work, collection=name, objects=objects)
        if change.desired.alias and not spec.alias:
            return attrs.evolve(work, strategy="rebuild", reasons=(f"{name} gets an alias",), warnings=(_GAP,))
        changes_tenancy = target.is_multi_tenant is not spec.is_multi_tenant
        can_copy = spec.alias or (self._offline and not changes_tenancy)
        if evolution.rebuild_reasons or (objects and can_copy and is_vectorized_by_copy(change, evolution)):
            return attrs.evolve(
                work,
                strategy="tenancy rebuild" if changes_tenancy else "rebuild" if spec.alias else "offline rebuild",
                vectorizes=bool(objects) and bool(revectorized(spec, target, change.rename_vectors)),
                reasons=evolution.rebuild_reasons
                or (f"stored objects get {name}.vectors.{change.vectorized} in a copy only",),
                blocked=not_aliased(name, "rebuilt while others use it")
                if not can_copy
                else missing_tenants(change, target)
                if changes_tenancy
                else None,
            )
        if objects and (change.fill_property is not None or change.fill_vector is not None):
            return attrs.evolve(work, strategy="backfill")
        if any(isinstance(request, BuildPropertyIndex) for request in evolution.requests):
            return attrs.evolve(work, strategy="reindex")
        if evolution.requests:
            return attrs.evolve(work, strategy="in place", warnings=tuple(_misses(change, evolution, objects)))
        return work


def _misses(change: CollectionChange, evolution: Evolution, objects: int) -> list[str]:
    if not objects:
        return []
    properties = {member.name for member in change.desired.properties}
    added = [request.property_json["name"] for request in evolution.requests if isinstance(request, AddClassProperty)]
    warnings = [
        f"filters on null do not find the {objects:,} stored objects by {name}: give it a default or a function"
        for name in added
        if name in properties
    ]
    vectors = [request.vector_name for request in evolution.requests if isinstance(request, AddClassVector)]
    warnings += [
        f"searches of the vector {name} do not find the {objects:,} stored objects until they get one"
        for name in vectors
    ]
    return warnings

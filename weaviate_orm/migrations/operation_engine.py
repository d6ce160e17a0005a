"""Operations carried out on a server: what each will do there, and doing it.

An operation is a way to a state, and not a list of requests: what the server has is compared with what it shall have,
the difference is made, and both are compared again. So an operation that was interrupted is carried out again.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from weaviate_orm.cached_property import cached_property
from weaviate_orm.client.capability_probes import capabilities_of
from weaviate_orm.client.client import Client
from weaviate_orm.exceptions import MigrationError, SettingsNotChangedError
from weaviate_orm.migrations.assessment import Assessment
from weaviate_orm.migrations.collection_change import CollectionChange, collection_change
from weaviate_orm.migrations.evolving import evolution_of, is_vectorized_by_copy, revectorized, target_of
from weaviate_orm.migrations.filling import Checkpoint, change_objects
from weaviate_orm.migrations.obstacles import missing_tenants, not_aliased, stored_objects
from weaviate_orm.migrations.operations import (
    CreateCollection,
    DeleteCollection,
    Operation,
    RenameCollection,
    RunPython,
    UpdateObjects,
)
from weaviate_orm.migrations.patches import Patch, missing_property_patch, missing_vector_patch, property_patch
from weaviate_orm.migrations.rebuild.alias_conversion import convert_to_alias
from weaviate_orm.migrations.rebuild.behind_alias import rebuild
from weaviate_orm.migrations.rebuild.class_bodies import creatable
from weaviate_orm.migrations.rebuild.collection_move import Rebuilding
from weaviate_orm.migrations.rebuild.offline import rebuild_offline, resume_offline
from weaviate_orm.migrations.rebuild.rebuild_plan import referrers
from weaviate_orm.migrations.rebuild.rebuild_progress import RebuildProgress
from weaviate_orm.migrations.rebuild.switch_resumption import resume_switch
from weaviate_orm.migrations.rebuild.tenancy import rebuild_tenancy
from weaviate_orm.migrations.schema_requests import send_request
from weaviate_orm.migrations.schema_state import SchemaState
from weaviate_orm.migrations.stored_schema import StoredCollection, StoredSchema
from weaviate_orm.migrations.work import Work
from weaviate_orm.schema.capabilities import Capabilities
from weaviate_orm.schema.collection import CollectionSpec
from weaviate_orm.schema.diff import differences
from weaviate_orm.schema.evolution import Evolution
from weaviate_orm.schema.renaming import renamed_class
from weaviate_orm.session.collection_places import place_collections

Progress = Callable[[RebuildProgress], None]


class Engine:
    """Carries out operations on a server.

    Args:
        client: the server.
        offline: whether a collection that is not behind an alias may be rebuilt under its own name, which takes it
            away from others meanwhile.
        progress: called with the progress of what takes long.
    """

    def __init__(self, client: Client, *, offline: bool = False, progress: Progress | None = None) -> None:
        self._client = client
        self._offline = offline
        self._progress = progress

    @cached_property
    def capabilities(self) -> Capabilities:
        """What the server does in place; asked once."""
        return capabilities_of(self._client.transport)

    def work(self, operation: Operation, before: SchemaState, after: SchemaState) -> Work:
        """Return what an operation will do on the server as it is, and what it costs. Nothing is changed."""
        return self.assessment().work(operation, before, after)

    def assessment(self) -> Assessment:
        """Return what says of several operations, one after the other, what they will do."""
        return Assessment(self._client, self.capabilities, self._offline)

    def apply(
        self,
        operation: Operation,
        before: SchemaState,
        after: SchemaState,
        checkpoint: Checkpoint | None = None,
    ) -> None:
        """Carry out an operation.

        Args:
            operation: the operation.
            before: the state before it.
            after: the state after it.
            checkpoint: where an operation on many objects goes on after an interruption.

        Raises:
            MigrationError: it cannot be carried out here; says why, and what to do.
            MigrationRowError: a function of the migration raised an error for a stored object.
            SettingsNotChangedError: the server answered 200, and did not make a change.
            TransportError: the server refused a change, or is not reached.
        """
        resume_switch(self._client)  # of a rebuild that was killed when names of several collections were put over
        change = collection_change(operation, before, after)
        if change is not None:
            self._change(change)
        elif isinstance(operation, CreateCollection):
            self._create(operation.spec)
        elif isinstance(operation, DeleteCollection):
            self._delete(operation.collection)
        elif isinstance(operation, RenameCollection):
            self._rename(operation)
        elif isinstance(operation, UpdateObjects):
            stored = self._stored(operation.collection)
            self._fill(operation.collection, stored, property_patch(operation.change), operation.batch, checkpoint)
        elif isinstance(operation, RunPython):
            operation.forward(self._client)

    # -- whole collections

    def _create(self, spec: CollectionSpec) -> None:
        schema = StoredSchema(self._client)
        # not in an old copy of a collection of this name
        physical = place_collections([spec], schema.classes, schema.aliases).physical(spec.name)
        if physical not in schema.classes:
            self._client.schema.create_class(renamed_class(spec.to_json(), _physical(schema, spec.name, physical)))
        if spec.alias and spec.name not in schema.aliases:
            self._client.alias.create(alias_name=spec.name, target_collection=physical)
        self._client.transport.collection_names.refresh()
        self._compare(CollectionChange(spec), self._stored(spec.name).spec)

    def _delete(self, name: str) -> None:
        schema = StoredSchema(self._client)
        # a class that an alias names no more is an old copy, which cleanup deletes after a crash between the two
        if name in schema.aliases:
            self._client.alias.delete(alias_name=name)
        self._client.schema.delete_class(schema.physical(name))
        self._client.transport.collection_names.refresh()

    def _rename(self, operation: RenameCollection) -> None:
        old, new = operation.collection, operation.new_name
        schema = StoredSchema(self._client)
        if old not in schema.aliases and new in schema.aliases:
            return
        if old not in schema.aliases:
            raise MigrationError(not_aliased(old, "renamed"))
        source = schema.aliases[old]
        if new not in schema.aliases:
            self._client.alias.create(alias_name=new, target_collection=source)
        if schema.aliases.get(new, source) == source:
            rebuildings = [
                Rebuilding(
                    new if physical == source else schema.logical(physical),
                    physical,
                    renamed_class(
                        creatable(schema.classes[physical]),
                        lambda name: new if name == source else schema.logical(name),
                    ),
                )
                for physical in (source, *referrers([source], schema.classes))
            ]
            rebuild(self._client, rebuildings, progress=self._progress)
        self._client.alias.delete(alias_name=old)
        self._client.transport.collection_names.refresh()

    # -- the members and settings of a collection

    def _change(self, change: CollectionChange) -> None:
        name = change.desired.name
        if self._offline:
            resume_offline(self._client, name, progress=self._progress)
        schema = StoredSchema(self._client)
        stored = _existing(schema, name)
        if change.desired.alias and not stored.spec.alias:
            convert_to_alias(self._client, name, progress=self._progress)
            self._client.transport.collection_names.refresh()
            schema = StoredSchema(self._client)
            stored = _existing(schema, name)
        evolution = evolution_of(change, stored.spec, self.capabilities)
        if evolution.rebuild_reasons or self._is_copied(change, evolution, stored):
            self._rebuild(change, schema, stored)
        else:
            for request in evolution.requests:
                send_request(self._client, stored.physical, schema.physical, request)
        stored = self._stored(name)
        self._compare(change, stored.spec)
        if change.fill_property is not None:
            property_name, fill = change.fill_property
            self._fill(name, stored, missing_property_patch(property_name, fill))
        if change.fill_vector is not None:
            vector, fill = change.fill_vector
            self._fill(name, stored, missing_vector_patch(vector, fill), vectors=True)

    def _is_copied(self, change: CollectionChange, evolution: Evolution, stored: StoredCollection) -> bool:
        """Return whether stored objects get a new vector, which takes a copy, and there are such objects."""
        can_copy = stored.spec.alias or self._offline
        return can_copy and is_vectorized_by_copy(change, evolution) and stored_objects(self._client, stored) > 0

    def _rebuild(self, change: CollectionChange, schema: StoredSchema, stored: StoredCollection) -> None:
        name = change.desired.name
        target = target_of(change, stored.spec)
        changes_tenancy = target.is_multi_tenant is not stored.spec.is_multi_tenant
        if not (stored.spec.alias or (self._offline and not changes_tenancy)):
            raise MigrationError(not_aliased(name, "rebuilt while others use it"))
        if changes_tenancy and (reason := missing_tenants(change, target)):
            raise MigrationError(reason)
        references = {reference.name for reference in stored.spec.references}
        rebuilding = Rebuilding(
            name,
            stored.physical,
            creatable(target.class_json()),
            change.row_change,
            revectorized(stored.spec, target, change.rename_vectors),
            {old: change.rename.get(old) for old in (*change.rename, *change.drop) if old in references},
        )
        if changes_tenancy:
            rebuild_tenancy(self._client, rebuilding, progress=self._progress)
        elif stored.spec.alias:
            rebuild(self._client, [rebuilding], progress=self._progress)
        else:
            rebuild_offline(self._client, rebuilding, progress=self._progress)
        self._client.transport.collection_names.refresh()

    def _compare(self, change: CollectionChange, stored: CollectionSpec) -> None:
        remaining = [
            (difference.path, difference.desired, difference.actual)
            for difference in differences(change.desired, stored)
        ]
        names = {member.name for member in stored.members} - {member.name for member in change.desired.members}
        remaining += [(f"{stored.name}.{name}", None, "there") for name in change.drop if name in names]
        if remaining:
            raise SettingsNotChangedError(stored.name, remaining)

    # -- objects

    def _fill(
        self,
        name: str,
        stored: StoredCollection,
        patch: Patch,
        batch: int = 500,
        checkpoint: Checkpoint | None = None,
        *,
        vectors: bool = False,
    ) -> None:
        report = None
        if self._progress is not None:
            report = partial(_report, self._progress, name, stored_objects(self._client, stored))
        change_objects(
            self._client, stored.physical, patch, batch=batch, vectors=vectors, checkpoint=checkpoint, report=report
        )

    def _stored(self, name: str) -> StoredCollection:
        return _existing(StoredSchema(self._client), name)


def _report(progress: Progress, name: str, total: int, done: int) -> None:
    progress(RebuildProgress("filling", name, None, done, total, None))


def _physical(schema: StoredSchema, logical: str, physical: str) -> Callable[[str], str]:
    return lambda name: physical if name == logical else schema.physical(name)


def _existing(schema: StoredSchema, name: str) -> StoredCollection:
    stored = schema.collection(name)
    if stored is None:
        raise MigrationError(f"the server has no collection {name}")
    return stored

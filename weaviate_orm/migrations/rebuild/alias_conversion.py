"""A collection that is reached by its own name gets an alias in its place."""

from __future__ import annotations

from weaviate_orm.client.client import Client
from weaviate_orm.exceptions import MigrationError
from weaviate_orm.migrations.rebuild.behind_alias import AliasRebuild
from weaviate_orm.migrations.rebuild.class_bodies import logical_body
from weaviate_orm.migrations.rebuild.collection_move import Rebuilding, RebuildReport
from weaviate_orm.migrations.rebuild.rebuild_progress import Report
from weaviate_orm.migrations.rebuild.switch_resumption import resume_switch


def convert_to_alias(
    client: Client, logical: str, *, verify: bool = True, progress: Report | None = None
) -> RebuildReport | None:
    """Copy a collection to ``{logical}_1``, and make an alias of its name; with it, the collections that refer to it.

    For some milliseconds the name leads nowhere, because no alias can have the name of a class: reads are refused then
    (``absent`` of the report is how long). Objects that a write stores under the name meanwhile, in a class that the
    server creates for them (auto-schema), are moved to the new collection. The old collection is deleted; the server
    acknowledges a batch that it has begun at that moment, and does not store it (measured on Weaviate 1.39), so that
    writers had better pause.

    Arguments and errors are those of ``rebuild``. Returns None where the name is an alias already.
    """
    resume_switch(client)
    if client.alias.exists(alias_name=logical):
        return None
    if not client.schema.exists(logical):
        raise MigrationError(f"the server has no collection {logical}")
    rebuilding = Rebuilding(logical, logical, logical_body(client.schema.get(logical), client.alias.list_all()))
    return AliasRebuild(client, verify, progress, converts=True).run([rebuilding])

"""The new collections of a rebuild: created, or those of an earlier run."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from weaviate_orm.client.client import Client
from weaviate_orm.exceptions import MigrationError
from weaviate_orm.migrations.rebuild.class_bodies import OBJECT_TTL, creation_steps, fingerprint
from weaviate_orm.migrations.rebuild.collection_move import CollectionMove
from weaviate_orm.migrations.rebuild.marks import CopyingMark, named_collections
from weaviate_orm.migrations.rebuild.rebuild_plan import physical_body
from weaviate_orm.migrations.rebuild.switching import forget_copying
from weaviate_orm.schema.properties import is_reference
from weaviate_orm.types import JSONObject


def create_targets(
    client: Client, moves: Sequence[CollectionMove], classes: Mapping[str, JSONObject], aliases: Mapping[str, str]
) -> None:
    """Create the new collections, unless an earlier run has; one that differs from what is to be made is made anew."""
    bodies = {move: physical_body(move, moves, aliases) for move in moves}
    marks = {move: CopyingMark(move.logical, fingerprint(move.rebuilding.body), move.target) for move in moves}
    missing = []
    for move in moves:
        stored = classes.get(move.target)
        if stored is not None and aliases.get(marks[move].alias) != move.target:
            if move.target in named_collections(aliases):
                raise MigrationError(f"{move.target} is no copy of {move.logical}: a name leads to it")
            client.schema.delete_class(move.target)
            stored = None
        if stored is None:
            missing.append(move)
    for move in missing:
        create_class(client, {**bodies[move], "properties": _values(bodies[move])})
    for move in missing:
        for member in bodies[move].get("properties") or ():
            if is_reference(member):  # its collection may have been missing until now
                client.schema.add_property(move.target, member)
    for move in missing:
        forget_copying(client, move.logical)
        client.alias.create(alias_name=marks[move].alias, target_collection=move.target)


def create_class(client: Client, body: JSONObject) -> None:
    """Create a class, with what the server takes only afterwards."""
    first, later = creation_steps(body)
    client.schema.create_class(first)
    if later:
        client.schema.update_config(body["class"], later)


def add_ttl(client: Client, move: CollectionMove) -> None:
    """Let the objects of a complete copy expire as the rebuild says."""
    settings = move.rebuilding.body.get(OBJECT_TTL)
    if settings and settings.get("enabled", True):
        client.schema.update_config(move.target, {OBJECT_TTL: settings})


def _values(body: JSONObject) -> list[JSONObject]:
    return [member for member in body.get("properties") or () if not is_reference(member)]

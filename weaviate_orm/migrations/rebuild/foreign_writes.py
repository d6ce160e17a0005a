"""Objects of writers in a class that the server created for them, under a name that was free for a moment."""

from __future__ import annotations

from weaviate_orm.client.client import Client
from weaviate_orm.migrations.rebuild.collection_move import CollectionMove, Rebuilding
from weaviate_orm.migrations.rebuild.copy_state import CopyState
from weaviate_orm.migrations.rebuild.freezing import freeze
from weaviate_orm.migrations.rebuild.object_copying import ObjectCopying
from weaviate_orm.migrations.rebuild.object_translation import ObjectTranslation
from weaviate_orm.migrations.rebuild.rebuild_checks import check_nodes


def move_objects(client: Client, source: str, target: str) -> int:
    """Copy all objects of a class to another one, where they replace older ones; return how many they are.

    Properties that only the source has are dropped: the server has guessed them.
    """
    classes = {name: client.schema.get(name) for name in (source, target)}
    freeze(client.transport, [source])
    move = CollectionMove(Rebuilding(target, source, classes[target]), target)
    state = CopyState(move, ObjectTranslation(move.rebuilding, classes[source], classes[target], {}))
    with ObjectCopying(client.transport, lambda _, __: None, check_nodes(client)) as copying:
        copying.copy_all(state)
    return len(state.copied)

"""``reflect()``: models from a live server."""

from __future__ import annotations

from collections.abc import Sequence

from weaviate_orm.client.client import Client
from weaviate_orm.client.stored_classes import read_classes
from weaviate_orm.exceptions import PermissionDeniedError, UnknownNameError
from weaviate_orm.http.features import server_version
from weaviate_orm.migrations.reflection.logical_names import logical_schema, with_targets
from weaviate_orm.migrations.reflection.module_of_models import models_source


def reflect(client: Client, collections: Sequence[str] = ()) -> str:
    """Return the source of a module with a model for each collection of the server, whoever made it.

    Nothing is created or changed. Comments name what no model can state.

    Args:
        client: of the server.
        collections: the names of collections, or of their aliases; those that they refer to come with them. By default
            all.

    Raises UnknownNameError for a collection that the server does not have.
    """
    schema = logical_schema(read_classes(client).values(), client.alias.list_all())
    if collections:
        names = [body["class"] for body in schema.collections]
        for name in collections:
            if name not in names:
                raise UnknownNameError("collection", name, names)
        schema = with_targets(schema, collections)
    return models_source(schema, version=server_version(client.transport), nodes=_nodes(client))


def _nodes(client: Client) -> int:
    """Return how many nodes the cluster has; one where that is not for this user to read."""
    try:
        return len(client.cluster.get_nodes_status())
    except PermissionDeniedError:
        return 1

"""The classes of a server, as it describes them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from weaviate_orm.client.client import Client
from weaviate_orm.exceptions import NotWeaviateError
from weaviate_orm.types import JSONObject


def read_classes(client: Client) -> dict[str, JSONObject]:
    """Return the JSON of all classes of a server by their physical names.

    Raises NotWeaviateError for an answer without a list of classes: a server that answers {} to everything is no
    Weaviate.
    """
    schema = client.schema.get()
    if "classes" not in schema:
        raise NotWeaviateError(f"{client.url} has no list of classes in its schema", method="GET", url=client.url)
    return {body["class"]: body for body in schema["classes"] or ()}


def has_tenants(body: Mapping[str, Any]) -> bool:
    """Return whether the objects of a class belong to tenants."""
    return bool((body.get("multiTenancyConfig") or {}).get("enabled"))


def has_replicas(body: Mapping[str, Any]) -> bool:
    """Return whether several nodes have the objects of a class."""
    return bool((body.get("replicationConfig") or {}).get("factor", 1) > 1)

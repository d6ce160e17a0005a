"""Whether a class is the one that it was: another one may have been created under its name.

A write to a class that was deleted creates one anew, as the server guesses it from the objects (auto-schema).
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from typing import Any

from weaviate_orm.client.stored_classes import has_tenants
from weaviate_orm.http.transport import Transport
from weaviate_orm.migrations.rebuild.freezing import shards
from weaviate_orm.types import JSONObject

OF_TENANTS = "tenants"
"""The identity of all classes with tenants: their shards are these. Auto-schema creates none of them."""


def class_identity(transport: Transport, body: Mapping[str, Any]) -> str:
    """Return what tells a class from others of its name: its shards have random names, which it keeps.

    ``body``: the JSON of the class.
    """
    if has_tenants(body):
        return OF_TENANTS
    names = ",".join(sorted(shard["name"] for shard in shards(transport, body["class"])))
    return hashlib.sha256(names.encode()).hexdigest()[:12]


def is_same_definition(body: JSONObject, other: JSONObject) -> bool:
    """Return whether two classes of the server were created by the same JSON, whatever their names are."""
    return _definition(body) == _definition(other)


def _definition(body: JSONObject) -> JSONObject:
    definition = {key: value for key, value in body.items() if key not in ("class", "objectTtlConfig")}
    members = definition.get("properties") or ()
    return {**definition, "properties": sorted(members, key=lambda member: str(member["name"]))}

"""The JSON of classes: as the server has them, and as they are created. Pure."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from typing import Any

import orjson

from weaviate_orm.client.stored_classes import has_tenants
from weaviate_orm.http.collection_names import logical_names
from weaviate_orm.schema.collection import CollectionSpec
from weaviate_orm.schema.properties import without_shards
from weaviate_orm.schema.renaming import renamed_class
from weaviate_orm.types import JSONObject

OBJECT_TTL = "objectTtlConfig"
"""The key of the settings by which objects expire."""


def creatable(stored: Mapping[str, Any]) -> JSONObject:
    """Return the JSON to create a class like a stored one, without what the server keeps of its shards."""
    body = CollectionSpec.from_json(stored).class_json()
    body["properties"] = [without_shards(member) for member in body["properties"]]
    if has_tenants(body):
        body.pop("shardingConfig", None)  # zeros, by which the server says that there is none
    return body


def logical_body(stored: Mapping[str, Any], aliases: Mapping[str, str]) -> JSONObject:
    """Return the JSON to create a class like a stored one, with the logical names of collections behind aliases."""
    names = logical_names(aliases)
    return creatable(renamed_class(stored, lambda name: names.get(name, name)))


def creation_steps(body: Mapping[str, Any]) -> tuple[JSONObject, JSONObject]:
    """Return the JSON of a class to create, and the settings that are added afterwards.

    A class with an unnamed vector and named ones is created with the unnamed one (measured on Weaviate 1.39).
    """
    later: JSONObject = {}
    first = without_ttl(body)
    if first.get("vectorConfig") and first.get("vectorIndexType"):
        later["vectorConfig"] = first.pop("vectorConfig")
    return first, later


def without_ttl(body: Mapping[str, Any]) -> JSONObject:
    """Return the JSON of a class whose objects do not expire: those of a copy must not before those of the source."""
    return {key: value for key, value in body.items() if key != OBJECT_TTL}


def fingerprint(body: Mapping[str, Any]) -> str:
    """Return a digest of the JSON of a class. The server's JSON of that class does not tell it: it adds defaults."""
    return hashlib.sha256(orjson.dumps(body, option=orjson.OPT_SORT_KEYS)).hexdigest()[:12]

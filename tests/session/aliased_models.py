"""Models of which some are behind aliases, and a rebuild by hand: what the mapper has to bear."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

import attrs

from weaviate_orm import Client, Field, Model, Ref, Vector, field, ref, vector
from weaviate_orm.schema.collection_options import InvertedIndexSpec, MultiTenancySpec
from weaviate_orm.schema.renaming import renamed_class


class Publisher(Model):
    """A plain one, to which aliased ones refer."""

    name: Field[str] = field(tokenization="field")

    class Meta:
        name = "TestAliasedPublisher"


class Writer(Model):
    name: Field[str] = field(tokenization="field")
    stories: Ref[list[Story]] = ref(factory=list, inverse="writer")

    class Meta:
        name = "TestAliasedWriter"
        alias = True
        key = "name"


@attrs.define
class Scene:
    place: str
    line: int


class Story(Model):
    title: Field[str]
    pages: Field[int | None] = field(default=None)
    genres: Field[list[str]] = field(factory=list)
    scenes: Field[list[Scene]] = field(factory=list)
    revision: Field[int] = field(default=0)
    writer: Ref[Writer | None] = ref(default=None, inverse="stories")
    publisher: Ref[Publisher | None] = ref(default=None)
    related: Ref[list[Story]] = ref(factory=list)
    about: Ref[list[Writer | Publisher]] = ref(factory=list)
    shape: Vector = vector(default=None)

    class Meta:
        name = "TestAliasedStory"
        alias = True
        version = "revision"
        inverted_index = InvertedIndexSpec(index_null_state=True, index_property_length=True)


class Draft(Model):
    """Nothing refers to it but drafts, so that a rebuild is of this collection alone."""

    title: Field[str]
    pages: Field[int | None] = field(default=None)
    writer: Ref[Writer | None] = ref(default=None)
    related: Ref[list[Draft]] = ref(factory=list)
    shape: Vector = vector(default=None)

    class Meta:
        name = "TestAliasedDraft"
        alias = True


class Review(Model):
    """A plain one that refers to an aliased one."""

    text: Field[str]
    story: Ref[Story | None] = ref(default=None, on_delete="cascade")

    class Meta:
        name = "TestAliasedReview"


class Room(Model):
    """With tenants; its objects refer to one another, and out of the tenant."""

    name: Field[str] = field(tokenization="field")
    next: Ref[Room | None] = ref(default=None)
    writer: Ref[Writer | None] = ref(default=None)

    class Meta:
        name = "TestAliasedRoom"
        alias = True
        multi_tenancy = MultiTenancySpec(auto_tenant_creation=True)


MODELS = (Publisher, Writer, Story, Draft, Review, Room)


def freeze(client: Client, collection: str, status: str = "READONLY") -> None:
    """Have the server refuse writes of a physical collection, or allow them again."""
    for shard in client.schema.get_class_shards(collection):
        client.schema.update_class_shard(collection, status, shard["name"])


def stored_objects(client: Client, collection: str) -> list[dict[str, Any]]:
    """Return the objects of a physical collection as the server has them."""
    params = {"class": collection, "limit": 10_000, "include": "vector"}
    bodies: list[dict[str, Any]] = client.transport.request("GET", "/objects", params=params).json(object)["objects"]
    return bodies


def rebuild(client: Client, name: str, *, frozen: Callable[[], object] = lambda: time.sleep(0.3)) -> str:
    """Put the alias over to a copy, frozen meanwhile; return the physical name of the copy.

    ``frozen`` is called while the old collection is frozen, and before it is copied.
    """
    old = client.alias.list_all()[name]
    stem, _, number = old.rpartition("_")
    new = f"{stem}_{int(number) + 1}"
    body = client.schema.get(old)
    client.schema.create_class(renamed_class(body, lambda collection: new if collection == old else collection))
    freeze(client, old)
    frozen()
    copies = stored_objects(client, old)
    objects, references = [], []
    for copy in copies:
        properties = dict(copy["properties"])
        for member, value in copy["properties"].items():
            if isinstance(value, list) and value and isinstance(value[0], dict) and "beacon" in value[0]:
                source = f"weaviate://localhost/{new}/{copy['id']}/{member}"
                beacons = [item["beacon"].replace(f"/{old}/", f"/{new}/") for item in properties.pop(member)]
                references += [{"from": source, "to": beacon} for beacon in beacons]
        kept = {key: copy[key] for key in ("id", "vector", "vectors") if copy.get(key)}
        objects.append({"class": new, "properties": properties, **kept})
    _send(client, "/batch/objects", objects)
    _send(client, "/batch/references", references)
    assert client.alias.update(alias_name=name, new_target_collection=new)
    return new


def _send(client: Client, path: str, items: list[dict[str, Any]]) -> None:
    for begin in range(0, len(items), 500):
        part = items[begin : begin + 500]
        body = {"objects": part} if path == "/batch/objects" else part
        outcomes = client.transport.request("POST", path, json=body).json(object)
        assert {outcome["result"]["status"] for outcome in outcomes} == {"SUCCESS"}, outcomes

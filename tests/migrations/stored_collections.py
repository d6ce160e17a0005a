"""Collections behind aliases, by the server's own JSON: made, filled, and read whole."""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from weaviate_orm.client.client import Client
from weaviate_orm.migrations.rebuild.class_bodies import creatable
from weaviate_orm.migrations.rebuild.collection_move import Rebuilding
from weaviate_orm.schema.renaming import renamed_class
from weaviate_orm.types import JSONObject


def id_of(number: int) -> str:
    """The id of a number; ids lie in its order."""
    return str(uuid.UUID(int=number))


def beacon(collection: str, number: int) -> str:
    return f"weaviate://localhost/{collection}/{id_of(number)}"


def text(name: str, **settings: Any) -> JSONObject:
    return {"name": name, "dataType": ["text"], **settings}


def reference(name: str, *targets: str) -> JSONObject:
    return {"name": name, "dataType": [*targets]}


def create(client: Client, logical: str, properties: Sequence[JSONObject], **settings: Any) -> str:
    """Create ``{logical}_1`` and its alias; return its physical name."""
    physical = f"{logical}_1"
    client.schema.create_class({"class": physical, "vectorizer": "none", "properties": [*properties], **settings})
    client.alias.create(alias_name=logical, target_collection=physical)
    return physical


def store(
    client: Client,
    collection: str,
    objects: Mapping[int, JSONObject],
    *,
    vectors: Mapping[int, Any] | None = None,
    tenant: str | None = None,
) -> None:
    """Store objects by the numbers of their ids; the vector of one is a list, or lists by their names."""
    items = []
    for number, properties in objects.items():
        item: JSONObject = {"class": collection, "id": id_of(number), "properties": properties}
        vector = (vectors or {}).get(number)
        if vector is not None:
            item["vectors" if isinstance(vector, dict) else "vector"] = vector
        items.append(item | ({"tenant": tenant} if tenant else {}))
    send(client, "/batch/objects", {"objects": items})


def refer(client: Client, source: str, name: str, links: Iterable[tuple[int, str]], tenant: str | None = None) -> None:
    """Add references, as pairs of a number and a beacon."""
    of_tenant = {"tenant": tenant} if tenant else {}
    send(
        client,
        "/batch/references",
        [{"from": f"{beacon(source, number)}/{name}", "to": to, **of_tenant} for number, to in links],
    )


def send(client: Client, path: str, body: Any) -> None:
    answer = client.transport.request("POST", path, json=body).json()
    assert [item["result"] for item in answer if item["result"].get("errors")] == []


def stored(client: Client, collection: str, tenant: str | None = None) -> dict[str, JSONObject]:
    """All objects of a collection by their ids, without what every write changes."""
    objects: dict[str, JSONObject] = {}
    after = ""
    while True:
        params = {"class": collection, "limit": 1000, "after": after, "include": "vector", "tenant": tenant}
        page = client.transport.request("GET", "/objects", params=params).json()["objects"]
        if not page:
            return objects
        for body in page:
            properties = {name: _without_href(value) for name, value in body["properties"].items() if value != []}
            objects[body["id"]] = {
                "properties": properties,
                "vector": body.get("vector"),
                "vectors": body.get("vectors"),
            }
        after = page[-1]["id"]


def _without_href(value: Any) -> Any:
    if isinstance(value, list) and value and isinstance(value[0], dict) and "beacon" in value[0]:
        return [item["beacon"] for item in value]
    return value


def rebuilding(client: Client, logical: str, *members: JSONObject, **settings: Any) -> Rebuilding:
    """A rebuild of a collection as it is, but for some properties; ``drop`` names others that go."""
    names = {physical: alias for alias, physical in client.alias.list_all().items()}
    source = client.alias.get(alias_name=logical) or logical
    body = creatable(renamed_class(client.schema.get(source), lambda name: names.get(name, name)))
    drop = {*settings.pop("drop", ()), *(member["name"] for member in members)}
    body["class"] = logical
    body["properties"] = [member for member in body["properties"] if member["name"] not in drop] + [*members]
    return Rebuilding(logical, source, body, **settings)

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import datetime, timezone
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import numpy as np
import pytest

from weaviate_orm.client.client import Client
from weaviate_orm.exceptions import (
    ObjectAlreadyExistsException,
    ObjectExistsError,
    UnexpectedStatusCodeException,
    ValidationError,
)
from weaviate_orm.types import ConsistencyLevel


@pytest.fixture
def article(client: Client, unique: str) -> str:
    """The name of a class with a title, a word count and no vectorizer."""
    properties = [{"name": "title", "dataType": ["text"]}, {"name": "words", "dataType": ["int"]}]
    client.schema.create_class({"class": unique, "vectorizer": "none", "properties": properties})
    return unique


@pytest.fixture
def created(client: Client, article: str) -> str:
    """The id of an article."""
    return client.data_object.create({"title": "Vogue", "words": 7}, article, vector=[1, 2, 3])


def test_create_and_get(client: Client, article: str) -> None:
    uuid = client.data_object.create({"title": "Vogue"}, article)
    found = client.data_object.get_by_id(uuid, class_name=article)
    assert found is not None
    assert found["id"] == uuid == str(UUID(uuid))
    assert found["class"] == article
    assert found["properties"] == {"title": "Vogue"}
    assert "vector" not in found


@pytest.mark.parametrize("kind", [str, UUID, "weaviate://localhost/{}".format, "http://x/v1/objects/{}".format])
def test_an_id_of_ones_own(client: Client, article: str, kind: Callable[[str], str | UUID]) -> None:
    uuid = str(uuid4())
    assert client.data_object.create({"title": "Vogue"}, article, kind(uuid)) == uuid
    assert client.data_object.exists(kind(uuid), article)


def test_an_id_that_is_taken(client: Client, article: str, created: str) -> None:
    with pytest.raises(ObjectAlreadyExistsException, match=created) as caught:
        client.data_object.create({"title": "Elle"}, article, created)
    assert isinstance(caught.value, ObjectExistsError)
    assert caught.value.status_code == 422
    found = client.data_object.get_by_id(created, class_name=article)
    assert found is not None
    assert found["properties"]["title"] == "Vogue"


@pytest.mark.parametrize("make", [list, tuple, np.array, lambda numbers: np.array([numbers], dtype=np.float32)])
def test_vectors_of_several_kinds(client: Client, article: str, make: Callable[[list[float]], Any]) -> None:
    uuid = client.data_object.create({}, article, vector=make([1.0, 0.5]))
    found = client.data_object.get_by_id(uuid, with_vector=True, class_name=article)
    assert found is not None
    assert found["vector"] == [1.0, 0.5]


def test_named_vectors(client: Client, unique: str) -> None:
    none = {"vectorizer": {"none": {}}, "vectorIndexType": "hnsw"}
    client.schema.create_class({"class": unique, "vectorConfig": {"one": none, "two": none}})
    uuid = client.data_object.create({}, unique, vector={"one": [1, 2], "two": (3, 4, 5)})
    found = client.data_object.get_by_id(uuid, with_vector=True, class_name=unique)
    assert found is not None
    assert found["vectors"] == {"one": [1, 2], "two": [3, 4, 5]}


def test_values_that_json_lacks(client: Client, unique: str) -> None:
    types = {"at": "date", "key": "uuid", "many": "number[]"}
    properties = [{"name": name, "dataType": [kind]} for name, kind in types.items()]
    client.schema.create_class({"class": unique, "vectorizer": "none", "properties": properties})
    at, key = datetime(2024, 2, 29, 12, tzinfo=timezone.utc), uuid4()
    uuid = client.data_object.create({"at": at, "key": key, "many": np.array([0.5])}, unique)
    found = client.data_object.get_by_id(uuid, class_name=unique)
    assert found is not None
    assert datetime.fromisoformat(found["properties"]["at"].replace("Z", "+00:00")) == at
    assert found["properties"]["key"] == str(key)
    assert found["properties"]["many"] == [0.5]


def test_what_json_cannot_hold_is_refused(client: Client, article: str) -> None:
    with pytest.raises(ValidationError, match="JSON"):
        client.data_object.create({"title": object()}, article)


def test_an_object_comes_from_a_file(client: Client, article: str, tmp_path: Path) -> None:
    file = tmp_path / "article.json"
    file.write_text(json.dumps({"title": "näïve 🙂"}), encoding="utf-8")
    uuid = client.data_object.create(str(file), article)
    found = client.data_object.get_by_id(uuid, class_name=article)
    assert found is not None
    assert found["properties"] == {"title": "näïve 🙂"}


def test_update_merges_and_keeps_the_vector(client: Client, article: str, created: str) -> None:
    client.data_object.update({"words": 8}, article, created)
    found = client.data_object.get_by_id(created, None, True, article)
    assert found is not None
    assert found["properties"] == {"title": "Vogue", "words": 8}
    assert found["vector"] == [1, 2, 3]
    client.data_object.update({"words": None}, article, created, vector=[3, 2, 1])
    found = client.data_object.get_by_id(created, None, True, article)
    assert found is not None
    assert found["properties"] == {"title": "Vogue"}
    assert found["vector"] == [3, 2, 1]


def test_replace_puts_another_object_in_its_place(client: Client, article: str, created: str) -> None:
    client.data_object.replace({"words": 8}, article, created)
    found = client.data_object.get_by_id(created, None, True, article)
    assert found is not None
    assert found["properties"] == {"words": 8}
    assert not found.get("vector")


def test_changing_what_is_not_there(client: Client, article: str) -> None:
    for change in (client.data_object.update, client.data_object.replace):
        missing = uuid4()
        with pytest.raises(UnexpectedStatusCodeException) as caught:
            change({"words": 8}, article, missing)
        # Weaviate 1.35 has another status for a replacement
        assert caught.value.status_code == 404 or f"500: no object with id '{missing}'" in str(caught.value)


def test_delete_and_exists(client: Client, article: str, created: str) -> None:
    assert client.data_object.exists(created, article)
    client.data_object.delete(created, article)
    assert not client.data_object.exists(created, article)
    assert client.data_object.get_by_id(created, class_name=article) is None
    client.data_object.delete(created, article)


def test_without_a_class_the_server_looks_everywhere(client: Client, article: str, created: str) -> None:
    assert client.data_object.exists(created)
    found = client.data_object.get(created)
    assert found is not None
    assert found["class"] == article
    client.data_object.delete(created)
    assert not client.data_object.exists(created)


def test_pages(client: Client, article: str) -> None:
    ids = sorted(client.data_object.create({"title": "same", "words": count}, article) for count in range(5))

    def page(**settings: Any) -> list[Any]:
        found = client.data_object.get(class_name=article, **settings)
        assert found is not None
        return [(item["id"], item["properties"]["words"]) for item in found["objects"]]

    assert sorted(uuid for uuid, _ in page()) == ids
    up = {"properties": "words"}
    down = {"properties": ["title", "words"], "order_asc": [True, False]}
    assert [words for _, words in page(sort=up)] == [0, 1, 2, 3, 4]
    assert [words for _, words in page(sort=down, limit=2)] == [4, 3]
    assert [words for _, words in page(sort={"properties": ["words"], "order_asc": False}, limit=2, offset=1)] == [3, 2]
    assert up == {"properties": "words"}
    walked: list[str] = []
    while batch := page(limit=2, after=walked[-1] if walked else UUID(int=0)):
        walked += [uuid for uuid, _ in batch]
    assert walked == ids


@pytest.mark.parametrize(
    "settings",
    [
        {"limit": 0},
        {"offset": -1},
        {"sort": {}},
        {"sort": {"properties": []}},
        {"sort": {"properties": ["a", "b"], "order_asc": [True]}},
        {"after": "no uuid"},
        {"node_name": "n1", "consistency_level": "ONE"},
        {"consistency_level": "MOST"},
    ],
)
def test_what_no_page_can_be_is_refused(client: Client, article: str, settings: dict[str, Any]) -> None:
    with pytest.raises(ValueError):  # noqa: PT011 - v3 raised ValueErrors too
        client.data_object.get(class_name=article, **settings)


@pytest.mark.parametrize("settings", [{"limit": True}, {"offset": "1"}, {"sort": "title"}, {"class_name": 7}])
def test_what_has_the_wrong_type_is_refused(client: Client, settings: dict[str, Any]) -> None:
    with pytest.raises(TypeError):
        client.data_object.get(**settings)


def test_a_node_and_additional_properties(client: Client, article: str, created: str) -> None:
    node = client.cluster.get_nodes_status()[0]["name"]
    found = client.data_object.get(created, ["classification", "vector"], class_name=article, node_name=node)
    assert found is not None
    assert found["vector"] == [1, 2, 3]


@pytest.mark.parametrize("level", [ConsistencyLevel.ALL, "QUORUM", "ONE"])
def test_consistency_levels_reach_the_server(client: Client, article: str, level: ConsistencyLevel | str) -> None:
    objects = client.data_object
    uuid = objects.create({"title": "a"}, article, consistency_level=level)
    objects.update({"title": "b"}, article, uuid, consistency_level=level)
    objects.replace({"title": "c"}, article, uuid, consistency_level=level)
    found = objects.get_by_id(uuid, class_name=article, consistency_level=level)
    assert found is not None
    assert found["properties"] == {"title": "c"}
    assert objects.exists(uuid, article, level)
    objects.delete(uuid, article, level)
    assert not objects.exists(uuid, article, level)


def test_tenants_keep_their_objects_apart(client: Client, unique: str) -> None:
    properties = [{"name": "title", "dataType": ["text"]}]
    tenancy = {"class": unique, "vectorizer": "none", "properties": properties, "multiTenancyConfig": {"enabled": True}}
    client.schema.create_class(tenancy)
    client.tenants.create(unique, ["acme", "globex"])
    objects = client.data_object
    uuid = objects.create({"title": "a"}, unique, tenant="acme")
    objects.update({"title": "b"}, unique, uuid, tenant="acme")
    objects.replace({"title": "c"}, unique, uuid, tenant="acme")
    found = objects.get(class_name=unique, tenant="acme")
    assert found is not None
    assert [item["properties"]["title"] for item in found["objects"]] == ["c"]
    assert objects.exists(uuid, unique, tenant="acme")
    assert not objects.exists(uuid, unique, tenant="globex")
    assert objects.get_by_id(uuid, class_name=unique, tenant="globex") is None
    objects.delete(uuid, unique, tenant="acme")
    assert not objects.exists(uuid, unique, tenant="acme")


def test_validate(client: Client, article: str) -> None:
    assert client.data_object.validate({"title": "a"}, article) == {"valid": True, "error": None}
    answer = client.data_object.validate({"title": 7}, article, uuid4())
    assert answer["valid"] is False
    assert "title" in answer["error"][0]["message"]
    stored = client.data_object.get(class_name=article)
    assert stored is not None
    assert stored["objects"] == []

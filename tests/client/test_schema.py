from __future__ import annotations

import json
import random
import threading
from collections.abc import Iterator
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from weaviate_orm.client.client import Client
from weaviate_orm.exceptions import (
    SchemaValidationError,
    SchemaValidationException,
    SettingsNotChangedError,
    UnexpectedStatusCodeException,
    ValidationError,
)
from weaviate_orm.http.features import PROPERTY_INDEX_REMOVAL, Feature


def library(prefix: str) -> dict[str, Any]:
    """Two classes that refer to each other, and one to itself."""
    author, book = f"{prefix}Author", f"{prefix}Book"
    return {
        "classes": [
            {
                "class": author,
                "description": "who writes",
                "properties": [
                    {"name": "name", "dataType": ["text"], "tokenization": "field"},
                    {"name": "books", "dataType": [book], "description": "what they wrote"},
                    {"name": "teacher", "dataType": [author]},
                ],
                "vectorConfig": {"portrait": {"vectorizer": {"none": {}}, "vectorIndexType": "flat"}},
            },
            {
                "class": book,
                "properties": [
                    {"name": "title", "dataType": ["text"], "indexSearchable": False},
                    {"name": "author", "dataType": [author]},
                ],
                "vectorizer": "none",
                "invertedIndexConfig": {"indexNullState": True},
                "multiTenancyConfig": {"enabled": False},
            },
        ]
    }


class Quiet(SimpleHTTPRequestHandler):
    headers_seen: list[dict[str, str]]

    def do_GET(self) -> None:
        self.headers_seen.append(dict(self.headers))
        super().do_GET()

    def log_message(self, format: str, *args: Any) -> None:
        pass


@pytest.fixture
def web(tmp_path: Path) -> Iterator[str]:
    """The address of a web server that gives away the files of ``tmp_path``."""
    Quiet.headers_seen = []
    with ThreadingHTTPServer(("127.0.0.1", 0), partial(Quiet, directory=str(tmp_path))) as served:
        thread = threading.Thread(target=served.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{served.server_port}"
        served.shutdown()
        thread.join()


def test_a_schema_with_cycles_is_created_and_nothing_is_dropped(client: Client, unique: str) -> None:
    schema = library(unique)
    client.schema.create(schema)
    author, book = (client.schema.get(described["class"]) for described in schema["classes"])
    assert author["description"] == "who writes"
    assert author["vectorConfig"]["portrait"]["vectorIndexType"] == "flat"
    properties = {prop["name"]: prop for prop in author["properties"]}
    assert properties["name"]["tokenization"] == "field"
    assert properties["books"]["dataType"] == [f"{unique}Book"]
    assert properties["books"]["description"] == "what they wrote"
    assert properties["teacher"]["dataType"] == [f"{unique}Author"]
    assert book["invertedIndexConfig"]["indexNullState"] is True
    assert [prop["indexSearchable"] for prop in book["properties"]] == [False, False]


def test_names_may_begin_with_a_small_letter(client: Client, unique: str) -> None:
    small = unique[0].lower() + unique[1:]
    client.schema.create(library(small))
    properties = {prop["name"]: prop for prop in client.schema.get(f"{small}Book")["properties"]}
    assert properties["author"]["dataType"] == [f"{unique}Author"]
    assert client.schema.exists(f"{small}Author")
    client.schema.delete_class(f"{small}Author")
    assert not client.schema.exists(f"{unique}Author")


def test_the_document_is_left_as_it_is(client: Client, unique: str) -> None:
    schema = library(unique)
    before = json.dumps(schema)
    client.schema.create(schema)
    client.schema.update_config(f"{unique}Author", {"description": "changed"})
    assert json.dumps(schema) == before


@pytest.mark.parametrize("kind", [str, Path])
def test_a_schema_comes_from_a_file(client: Client, unique: str, tmp_path: Path, kind: type) -> None:
    file = tmp_path / "schema.json"
    file.write_text(json.dumps(library(unique)))
    client.schema.create(kind(file))
    assert client.schema.contains(kind(file))


def test_a_schema_comes_from_a_url_whose_host_learns_no_key(
    client: Client, unique: str, tmp_path: Path, web: str
) -> None:
    (tmp_path / "schema.json").write_text(json.dumps(library(unique)))
    client.schema.create(f"{web}/schema.json")
    assert client.schema.exists(f"{unique}Book")
    assert [{"Authorization"} & set(headers) for headers in Quiet.headers_seen] == [set()]
    with pytest.raises(UnexpectedStatusCodeException) as caught:
        client.schema.create(f"{web}/missing.json")
    assert caught.value.status_code == 404


@pytest.mark.parametrize(
    ("document", "problem"),
    [
        ({}, "no list of classes"),
        ({"class": "Article"}, "no list of classes"),
        ({"classes": [{"properties": []}]}, "number 0 .* no name"),
        ({"classes": [{"class": "A", "properties": [{"dataType": ["text"]}]}]}, "class A .* without a 'name'"),
    ],
)
def test_what_is_no_schema_is_refused_before_anything_is_sent(
    client: Client, document: dict[str, Any], problem: str
) -> None:
    before = classes_by_name(client)
    with pytest.raises(SchemaValidationException, match=problem) as caught:
        client.schema.create(document)
    assert isinstance(caught.value, SchemaValidationError)
    assert classes_by_name(client) == before


def test_a_file_must_be_there_and_hold_an_object(client: Client, tmp_path: Path) -> None:
    with pytest.raises(ValidationError, match=r"nowhere\.json"):
        client.schema.create(tmp_path / "nowhere.json")
    for content, problem in (("{", "not JSON"), ("[]", "a JSON list")):
        (tmp_path / "wrong.json").write_text(content)
        with pytest.raises(ValidationError, match=problem):
            client.schema.create(str(tmp_path / "wrong.json"))
    with pytest.raises(TypeError, match="int"):
        client.schema.create(7)  # type: ignore[arg-type]


def test_a_class_that_exists_is_refused_by_the_server(client: Client, unique: str) -> None:
    client.schema.create_class({"class": unique})
    with pytest.raises(UnexpectedStatusCodeException, match=unique) as caught:
        client.schema.create_class({"class": unique})
    assert caught.value.status_code == 422


def test_contains_compares_classes_and_the_names_of_properties(client: Client, unique: str) -> None:
    schema = library(unique)
    assert not client.schema.contains(schema)
    client.schema.create(schema)
    assert client.schema.contains()
    assert client.schema.contains(schema)
    assert client.schema.contains({"class": f"{unique}Book"})
    assert client.schema.contains({"class": f"{unique}Book", "properties": [{"name": "title"}]})
    assert not client.schema.contains({"class": f"{unique}Book", "properties": [{"name": "pages"}]})
    assert not client.schema.contains({"class": f"{unique}Shelf"})


def test_without_classes_it_contains_nothing(empty: Client) -> None:
    assert not empty.schema.contains()
    assert empty.schema.contains({"classes": []})
    assert empty.schema.get() == {"classes": []}


def test_delete_all(empty: Client) -> None:
    empty.schema.create(library("All"))
    empty.schema.delete_all()
    assert empty.schema.get() == {"classes": []}


def test_get_of_a_class_that_is_not_there(client: Client, unique: str) -> None:
    assert not client.schema.exists(unique)
    with pytest.raises(UnexpectedStatusCodeException) as caught:
        client.schema.get(unique)
    assert caught.value.status_code == 404


def test_an_empty_name_deletes_nothing(client: Client, unique: str) -> None:
    client.schema.create_class({"class": unique})
    for name in ("", ".", ".."):
        with pytest.raises(ValidationError):
            client.schema.delete_class(name)
    assert client.schema.exists(unique)


def test_update_config_changes_what_it_names_and_nothing_else(client: Client, unique: str) -> None:
    client.schema.create_class({"class": unique, "vectorIndexConfig": {"ef": 50, "dynamicEfMin": 77}})
    client.schema.update_config(unique, {"vectorIndexConfig": {"ef": 100}, "description": "new"})
    changed = client.schema.get(unique)
    assert changed["vectorIndexConfig"]["ef"] == 100
    assert changed["vectorIndexConfig"]["dynamicEfMin"] == 77
    assert changed["description"] == "new"


def test_update_config_adds_a_named_vector(client: Client, unique: str) -> None:
    none = {"vectorizer": {"none": {}}, "vectorIndexType": "hnsw"}
    client.schema.create_class({"class": unique, "vectorConfig": {"first": none}})
    client.schema.update_config(unique, {"vectorConfig": {"second": none}})
    assert set(client.schema.get(unique)["vectorConfig"]) == {"first", "second"}


def test_update_config_waits_for_an_index_that_is_rebuilt(client: Client, unique: str) -> None:
    client.schema.create_class({"class": unique, "vectorizer": "none"})
    numbers = random.Random(7)
    objects = [{"class": unique, "vector": [numbers.random() for _ in range(64)]} for _ in range(3000)]
    client.transport.request("POST", "/batch/objects", json={"objects": objects})
    quantized = {"enabled": True, "trainingLimit": 2500, "segments": 16}
    client.schema.update_config(unique, {"vectorIndexConfig": {"pq": quantized}})
    client.schema.update_config(unique, {"vectorIndexConfig": {"ef": 99}})
    assert client.schema.get(unique)["vectorIndexConfig"]["ef"] == 99
    client.data_object.create({}, unique, vector=[0.5] * 64)


def test_what_cannot_change_is_refused_by_the_server(client: Client, unique: str) -> None:
    client.schema.create_class({"class": unique})
    with pytest.raises(UnexpectedStatusCodeException) as caught:
        client.schema.update_config(unique, {"vectorIndexConfig": {"efConstruction": 7}})
    assert caught.value.status_code == 422


NAMED = {"vectorizer": {"none": {}}, "vectorIndexType": "hnsw"}

IGNORES = Feature("ignoring some changes; older servers refuse or make them", (1, 39, 0))


@pytest.mark.needs(IGNORES)
@pytest.mark.parametrize(
    ("described", "change", "path", "stored"),
    [
        (
            {"vectorConfig": {"a": NAMED}},
            {"vectorConfig": {"a": {"vectorIndexType": "flat"}}},
            "vectorConfig.a.vectorIndexType",
            "hnsw",
        ),
        ({}, {"replicationConfig": {"asyncEnabled": True}}, "replicationConfig.asyncEnabled", False),
        ({}, {"invertedIndexConfig": {"usingBlockMaxWAND": False}}, "invertedIndexConfig.usingBlockMaxWAND", True),
        (
            {"moduleConfig": {"generative-dummy": {}}},
            {"moduleConfig": None},
            "moduleConfig",
            {"generative-dummy": {}},
        ),
        (
            {"moduleConfig": {"generative-dummy": {}}},
            {"moduleConfig": {"generative-dummy": None, "reranker-dummy": {}}},
            "moduleConfig.generative-dummy",
            {},
        ),
    ],
)
def test_what_the_server_accepts_and_does_not_change_is_an_error(
    client: Client, unique: str, described: dict[str, Any], change: dict[str, Any], path: str, stored: object
) -> None:
    client.schema.create_class({"class": unique, **described})
    with pytest.raises(SettingsNotChangedError, match=rf"answered 200 .* {unique}, .*{path} is") as caught:
        client.schema.update_config(unique, change)
    ((refused, _, held),) = caught.value.settings
    assert (refused, held) == (path, stored)


@pytest.mark.needs(IGNORES)
def test_what_is_not_changed_keeps_the_rest_from_changing(client: Client, unique: str) -> None:
    client.schema.create_class({"class": unique, "vectorConfig": {"a": NAMED}})
    with pytest.raises(SettingsNotChangedError, match=r"description is None.*leave it out"):
        client.schema.update_config(unique, {"description": "new", "vectorConfig": {"a": {"vectorIndexType": "flat"}}})
    client.schema.update_config(unique, {"description": "new"})


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        ({"rq": {"enabled": False}, "bq": {"enabled": True}}, "rq cannot be replaced by bq; .* not loaded"),
        ({"bq": {"enabled": True}}, "rq cannot be replaced by bq"),
        ({"rq": {"enabled": False}}, "rq cannot be switched off; .* stays compressed"),
    ],
)
@pytest.mark.parametrize("named", [False, True])
def test_a_quantizer_stays(client: Client, unique: str, named: bool, change: dict[str, Any], problem: str) -> None:
    def described(config: dict[str, Any]) -> dict[str, Any]:
        return (
            {"vectorConfig": {"a": {**NAMED, "vectorIndexConfig": config}}} if named else {"vectorIndexConfig": config}
        )

    client.schema.create_class({"class": unique, **described({"rq": {"enabled": True}})})
    before = client.schema.get(unique)
    with pytest.raises(ValidationError, match=problem) as caught:
        client.schema.update_config(unique, described(change))
    assert str(caught.value.field).endswith("vectorIndexConfig")
    assert client.schema.get(unique) == before
    client.schema.update_config(unique, described({"ef": 77, "rq": {"enabled": True, "rescoreLimit": 9}}))


def test_update_config_takes_what_the_server_stores_in_another_form(client: Client, unique: str) -> None:
    properties = [{"name": name, "dataType": ["text"]} for name in ("second", "first")]
    client.schema.create_class({"class": unique, "properties": properties})
    properties = client.schema.get(unique)["properties"]
    properties[0]["description"] = "new"
    stopwords = {"preset": "en", "additions": [], "removals": ["the"]}
    changes = {"bm25": {"b": 1, "k1": 2}, "stopwords": stopwords}
    client.schema.update_config(unique, {"properties": properties, "invertedIndexConfig": changes})
    stored = client.schema.get(unique)
    assert {prop["name"]: prop.get("description") for prop in stored["properties"]} == {"second": "new", "first": None}
    assert stored["invertedIndexConfig"]["bm25"] == {"b": 1, "k1": 2}


def classes_by_name(client: Client) -> dict[str, Any]:
    """The schema; the server lists its classes in any order."""
    return {held["class"]: held for held in client.schema.get()["classes"]}


@pytest.mark.needs(PROPERTY_INDEX_REMOVAL)
def test_properties_are_added_and_their_indexes_dropped(client: Client, unique: str, tmp_path: Path) -> None:
    client.schema.create_class({"class": unique})
    client.schema.property.create(unique, {"name": "first", "dataType": ["text"]})
    (tmp_path / "second.json").write_text('{"name": "second", "dataType": ["int"], "indexRangeFilters": true}')
    client.schema.property.create(unique, str(tmp_path / "second.json"))
    client.schema.add_property(unique, {"name": "third", "dataType": [unique]})
    client.schema.delete_property_index(unique, "first", "searchable")
    client.schema.delete_property_index(unique, "second", "rangeFilters")
    properties = {prop["name"]: prop for prop in client.schema.get(unique)["properties"]}
    assert properties["first"]["indexSearchable"] is False
    assert properties["first"]["indexFilterable"] is True
    assert properties["second"]["indexRangeFilters"] is False
    assert properties["third"]["dataType"] == [unique]


def test_shards_are_read_and_made_read_only(client: Client, unique: str) -> None:
    client.schema.create_class({"class": unique, "vectorizer": "none", "shardingConfig": {"desiredCount": 2}})
    shards = client.schema.get_class_shards(unique)
    assert [shard["status"] for shard in shards] == ["READY", "READY"]
    assert client.schema.update_class_shard(unique, "READONLY") == [{"status": "READONLY"}] * 2
    with pytest.raises(UnexpectedStatusCodeException, match="read-only"):
        client.data_object.create({}, unique)
    assert client.schema.update_class_shard(unique, "READY", shards[0]["name"]) == {"status": "READY"}
    statuses = {shard["name"]: shard["status"] for shard in client.schema.get_class_shards(unique)}
    assert statuses == {shards[0]["name"]: "READY", shards[1]["name"]: "READONLY"}


def test_the_shard_of_one_tenant(client: Client, unique: str) -> None:
    client.schema.create_class({"class": unique, "multiTenancyConfig": {"enabled": True}})
    client.tenants.create(unique, ["acme", "globex"])
    assert [shard["name"] for shard in client.schema.get_class_shards(unique, tenant="acme")] == ["acme"]

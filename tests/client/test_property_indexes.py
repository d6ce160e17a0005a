from __future__ import annotations

import pytest

from weaviate_orm.client.client import Client
from weaviate_orm.exceptions import OperationFailedError, UnexpectedStatusCodeException
from weaviate_orm.http.features import PROPERTY_REINDEX, VECTOR_INDEX_REMOVAL
from weaviate_orm.types import JSONObject

NONE = {"vectorizer": {"none": {}}, "vectorIndexType": "hnsw"}


@pytest.fixture
def article(empty: Client) -> str:
    """A class with a text and a number, one object, and two named vectors."""
    empty.schema.create_class(
        {
            "class": "Article",
            "properties": [{"name": "title", "dataType": ["text"]}, {"name": "length", "dataType": ["int"]}],
            "vectorConfig": {"first": NONE, "second": NONE},
        }
    )
    empty.data_object.create({"title": "Deep sea", "length": 3}, "Article", vector={"first": [1, 0], "second": [0, 1]})
    return "Article"


def indexes(client: Client, class_name: str) -> dict[str, dict[str, JSONObject]]:
    """The indexes by their properties and types."""
    properties = client.schema.get_property_indexes(class_name)
    return {prop["name"]: {index["type"]: index for index in prop.get("indexes") or ()} for prop in properties}


@pytest.mark.needs(PROPERTY_REINDEX)
def test_a_tokenization_changes_in_place(empty: Client, article: str) -> None:
    reports: list[JSONObject] = []
    task = empty.schema.update_property_index(
        "article",
        "title",
        "searchable",
        tokenization="field",
        wait_for_completion=True,
        progress=reports.append,
        wait_timeout=300,
    )
    assert task["status"] == "FINISHED"
    assert task == reports[-1] == empty.tasks.get(task_id=task["id"])
    assert task in empty.tasks.list_all()["reindex"]
    assert {index["tokenization"] for index in indexes(empty, article)["title"].values()} == {"field"}
    unchanged = empty.schema.update_property_index(
        article, "title", "searchable", tokenization="field", wait_for_completion=True
    )
    assert unchanged == {"status": "NO_OP"}


@pytest.mark.needs(PROPERTY_REINDEX)
def test_an_index_is_dropped_made_and_rebuilt(empty: Client, article: str) -> None:
    schema = empty.schema
    schema.delete_property_index(article, "length", "filterable")
    assert indexes(empty, article)["length"] == {}
    for name in ("filterable", "rangeFilters"):
        started = schema.update_property_index(article, "length", name)
        assert started["status"] == "STARTED"
        assert empty.tasks.wait(task_id=started["taskId"], wait_timeout=300)["status"] == "FINISHED"
    assert set(indexes(empty, article)["length"]) == {"filterable", "rangeFilters"}
    for name in ("filterable", "rangeFilters"):
        rebuilt = schema.rebuild_property_index(article, "length", name, wait_for_completion=True, wait_timeout=300)
        assert rebuilt["status"] == "FINISHED"
    assert schema.cancel_property_index_task(article, "length", "filterable") == {"status": "NO_OP"}
    where = {"path": ["length"], "operator": "Equal", "valueInt": 3}
    assert empty.batch.delete_objects(article, where)["results"]["successful"] == 1


@pytest.mark.needs(PROPERTY_REINDEX)
def test_an_index_of_some_tenants(empty: Client) -> None:
    empty.schema.create_class(
        {
            "class": "Shared",
            "multiTenancyConfig": {"enabled": True},
            "properties": [{"name": "length", "dataType": ["int"]}],
        }
    )
    empty.tenants.create("Shared", ["acme", "globex"])
    task = empty.schema.rebuild_property_index(
        "Shared", "length", "filterable", tenants=["acme", "globex"], wait_for_completion=True, wait_timeout=300
    )
    assert sorted(task["payload"]["tenants"]) == ["acme", "globex"]


@pytest.mark.needs(PROPERTY_REINDEX)
def test_an_inactive_tenant_makes_the_task_fail(empty: Client) -> None:
    empty.schema.create_class(
        {
            "class": "Shared",
            "multiTenancyConfig": {"enabled": True},
            "properties": [{"name": "title", "dataType": ["text"]}],
        }
    )
    empty.tenants.create("Shared", ["acme", "globex"])
    empty.transport.request("PUT", "/schema/Shared/tenants", json=[{"name": "acme", "activityStatus": "INACTIVE"}])
    with pytest.raises(OperationFailedError, match="acme") as caught:
        empty.schema.update_property_index(
            "Shared", "title", "searchable", tokenization="field", wait_for_completion=True, wait_timeout=300
        )
    assert caught.value.status["status"] == "FAILED"


@pytest.mark.needs(PROPERTY_REINDEX)
def test_what_has_no_index(empty: Client, article: str) -> None:
    for call, status in (
        (lambda: empty.schema.get_property_indexes("Missing"), 404),
        (lambda: empty.schema.update_property_index(article, "title", "rangeFilters"), 400),
        (lambda: empty.schema.update_property_index(article, "missing", "filterable"), 404),
        (lambda: empty.schema.rebuild_property_index(article, "title", "unheard-of"), 422),
        (lambda: empty.schema.cancel_property_index_task(article, "missing", "filterable"), 404),
    ):
        with pytest.raises(UnexpectedStatusCodeException) as caught:
            call()
        assert caught.value.status_code == status


@pytest.mark.needs(VECTOR_INDEX_REMOVAL)
def test_the_index_of_a_vector_is_deleted(empty: Client, article: str) -> None:
    empty.schema.delete_vector_index(article, "second")
    assert empty.schema.get(article)["vectorConfig"]["second"]["vectorIndexType"] == "none"
    (task,) = empty.tasks.list_all()["drop-vector-index"]
    assert task["payload"]["targets"] == ["second"]
    assert empty.tasks.wait(task_id=task["id"], wait_timeout=300)["status"] == "FINISHED"
    for class_name, vector in ((article, "missing"), ("Missing", "first")):
        with pytest.raises(UnexpectedStatusCodeException) as caught:
            empty.schema.delete_vector_index(class_name, vector)
        assert caught.value.status_code == 422


@pytest.mark.needs(PROPERTY_REINDEX)
def test_a_server_that_does_not_rebuild_indexes(client: Client, unique: str) -> None:
    client.schema.create_class(
        {"class": unique, "properties": [{"name": "title", "dataType": ["text"]}], "vectorConfig": {"first": NONE}}
    )
    with pytest.raises(UnexpectedStatusCodeException, match="RUNTIME_REINDEX_ENABLED"):
        client.schema.update_property_index(unique, "title", "searchable", tokenization="field")
    with pytest.raises(UnexpectedStatusCodeException, match="RUNTIME_REINDEX_ENABLED"):
        client.schema.rebuild_property_index(unique, "title", "searchable")
    with pytest.raises(UnexpectedStatusCodeException, match="ENABLE_EXPERIMENTAL_ALTER_SCHEMA_DROP_VECTOR_INDEX"):
        client.schema.delete_vector_index(unique, "first")
    assert set(indexes(client, unique)["title"]) == {"filterable", "searchable"}


@pytest.mark.needs(PROPERTY_REINDEX)
def test_a_task_that_does_not_exist(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    assert client.tasks.get(task_id="missing") is None
    monkeypatch.setattr("weaviate_orm.client.tasks.LISTED_AFTER", 0.0)
    with pytest.raises(OperationFailedError, match="lists no task 'missing'"):
        client.tasks.wait(task_id="missing")

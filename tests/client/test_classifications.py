from __future__ import annotations

from uuid import uuid4

import pytest

from weaviate_orm.client.classifications import ConfigBuilder
from weaviate_orm.client.client import Client
from weaviate_orm.exceptions import UnexpectedStatusCodeException, ValidationError
from weaviate_orm.types import JSONObject
from weaviate_orm.util import generate_local_beacon


@pytest.fixture
def classes(client: Client, unique: str) -> dict[str, str]:
    """The ids of two kinds, an article of each, and two without one: near the first, near the second."""
    kind, article = f"{unique}Kind", f"{unique}Article"
    text = {"name": "text", "dataType": ["text"]}
    client.schema.create(
        {
            "classes": [
                {"class": kind, "vectorizer": "none", "properties": [text]},
                {
                    "class": article,
                    "vectorizer": "none",
                    "properties": [text, {"name": "kind", "dataType": [kind]}],
                },
            ]
        }
    )
    create = client.data_object.create
    ids = {"first": create({"text": "1"}, kind, vector=[1, 0]), "second": create({"text": "2"}, kind, vector=[0, 1])}
    for name, vector in (("first", [1, 0.1]), ("second", [0.1, 1])):
        create({"text": "known", "kind": [generate_local_beacon(ids[name], kind)]}, article, vector=vector)
    ids["like first"] = create({"text": "one"}, article, vector=[1, 0.2])
    ids["like second"] = create({"text": "two"}, article, vector=[0.2, 1])
    return ids


def knn(client: Client, unique: str) -> ConfigBuilder:
    builder = client.classification.schedule().with_type("knn").with_class_name(f"{unique}Article").with_k(1)
    return builder.with_classify_properties(["kind"]).with_based_on_properties(["text"])


def kind_of(client: Client, unique: str, uuid: str) -> str | None:
    found = client.data_object.get_by_id(uuid, class_name=f"{unique}Article")
    assert found is not None
    kinds = found["properties"].get("kind") or [{"beacon": ""}]
    return str(kinds[0]["beacon"]).rpartition("/")[2] or None


def test_objects_get_the_kind_of_their_neighbours(client: Client, unique: str, classes: dict[str, str]) -> None:
    reports: list[JSONObject] = []
    done = knn(client, unique).with_settings({"k": 1}).with_wait_for_completion(reports.append).do()
    assert done["status"] == "completed"
    assert done["meta"]["countSucceeded"] == 2
    assert reports[-1] == done
    for name in ("first", "second"):
        assert kind_of(client, unique, classes[f"like {name}"]) == classes[name]
    assert client.classification.is_complete(done["id"])
    assert not client.classification.is_failed(done["id"])
    assert not client.classification.is_running(done["id"])


def test_filters_choose_the_objects(client: Client, unique: str, classes: dict[str, str]) -> None:
    def equal(text: str) -> JSONObject:
        return {"path": ["text"], "operator": "Equal", "valueText": text}

    builder = knn(client, unique).with_source_where_filter(equal("one")).with_training_set_where_filter(equal("known"))
    builder.with_wait_for_completion().do()
    assert kind_of(client, unique, classes["like first"]) == classes["first"]
    assert kind_of(client, unique, classes["like second"]) is None


def test_without_waiting_it_is_only_begun(client: Client, unique: str, classes: dict[str, str]) -> None:
    begun = knn(client, unique).do()
    assert begun["status"] == "running"
    assert client.classification.get(begun["id"])["class"] == f"{unique}Article"


def test_zeroshot_takes_a_filter_of_targets(client: Client, unique: str, classes: dict[str, str]) -> None:
    only = {"path": ["text"], "operator": "Equal", "valueText": "2"}
    builder = client.classification.schedule().with_type("zeroshot").with_class_name(f"{unique}Article")
    builder = builder.with_classify_properties(["kind"]).with_based_on_properties(["text"])
    builder.with_target_where_filter(only).with_wait_for_completion().do()
    assert kind_of(client, unique, classes["like first"]) == classes["second"]


def test_what_is_missing_is_named(client: Client) -> None:
    with pytest.raises(ValidationError, match="lacks type, class, basedOnProperties, classifyProperties"):
        client.classification.schedule().do()
    with pytest.raises(ValidationError, match=r"lacks .*k"):
        client.classification.schedule().with_type("knn").do()


def test_what_the_server_refuses(client: Client, unique: str, classes: dict[str, str]) -> None:
    with pytest.raises(UnexpectedStatusCodeException, match="nothing"):
        knn(client, unique).with_classify_properties(["nothing"]).do()
    with pytest.raises(UnexpectedStatusCodeException) as caught:
        client.classification.get(uuid4())
    assert caught.value.status_code == 404

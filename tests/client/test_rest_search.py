from __future__ import annotations

from typing import Any

import pytest

from weaviate_orm.client.client import Client
from weaviate_orm.exceptions import QueryError, UnexpectedStatusCodeException, UnknownNameError
from weaviate_orm.http.features import REST_SEARCH
from weaviate_orm.testing import recorded_requests
from weaviate_orm.types import HybridFusion, JSONObject

pytestmark = pytest.mark.needs(REST_SEARCH)

SEA, PEAK = "00000000-0000-0000-0000-000000000001", "00000000-0000-0000-0000-000000000002"


@pytest.fixture
def article(empty: Client) -> str:
    """A class with two objects, of which the second refers to the first."""
    empty.schema.create(
        {
            "classes": [
                {
                    "class": "Article",
                    "vectorizer": "text2vec-transformers",
                    "properties": [
                        {"name": "title", "dataType": ["text"]},
                        {"name": "related", "dataType": ["Article"]},
                    ],
                }
            ]
        }
    )
    empty.data_object.create({"title": "deep sea"}, "Article", SEA)
    empty.data_object.create({"title": "high mountain"}, "Article", PEAK)
    empty.data_object.reference.add(PEAK, "related", SEA, "Article", "Article")
    return "Article"


def ids(results: list[JSONObject]) -> list[str]:
    return [result["id"] for result in results]


def test_by_words(empty: Client, article: str) -> None:
    (found,) = empty.search.bm25("article", "sea", return_metadata=["score", "creationTime"])
    assert found["id"] == SEA
    assert found["properties"] == {"title": "deep sea"}
    assert set(found["metadata"]) == {"score", "creationTime"}
    assert empty.search.bm25(article, "sea", query_properties="title^2", return_properties=[]) == [
        {"id": SEA, "properties": {}}
    ]
    where = {"path": "title", "operator": "ContainsAny", "valueTextList": ["high", "low"]}
    assert ids(empty.search.bm25(article, "sea mountain", where=where)) == [PEAK]


def test_by_meaning(empty: Client, article: str) -> None:
    found = empty.search.near_text(article, "ocean", return_metadata="distance", consistency_level="ONE")
    assert ids(found) == [SEA, PEAK]
    distances = [result["metadata"]["distance"] for result in found]
    assert ids(empty.search.near_text(article, ["ocean", "water"], limit=1)) == [SEA]
    assert ids(empty.search.near_text(article, "ocean", offset=1)) == [PEAK]
    assert ids(empty.search.near_text(article, "ocean", distance=sum(distances) / 2)) == [SEA]
    assert ids(empty.search.near_text(article, "ocean", certainty=1 - sum(distances) / 4)) == [SEA]


def test_near_an_object(empty: Client, article: str) -> None:
    found = empty.search.near_object(article, PEAK, return_properties=["title", "related.title"])
    assert ids(found) == [PEAK, SEA]
    assert found[0]["references"] == {"related": [{"title": "deep sea"}]}
    assert ids(empty.search.near_object(article, PEAK, auto_limit=1, limit=1)) == [PEAK]


@pytest.mark.parametrize("fusion", [None, *HybridFusion])
def test_hybrid(empty: Client, article: str, fusion: HybridFusion | None) -> None:
    found = empty.search.hybrid(article, "mountain", alpha=0.5, fusion_type=fusion, query_properties=["title"])
    assert ids(found) == [PEAK, SEA]
    assert ids(empty.search.hybrid(article, "mountain", alpha=0)) == [PEAK]
    assert ids(empty.search.hybrid(article, "mountain", max_vector_distance=0.6)) == [PEAK]


def test_counts(empty: Client, article: str) -> None:
    assert empty.aggregate.count("article") == 2
    where = {"path": ["title"], "operator": "Equal", "valueText": "sea"}
    assert empty.aggregate.count(article, where=where) == 1
    assert empty.aggregate.count_by(article, "title", where=where) == [
        {"groupedBy": {"path": ["title"], "value": "deep sea"}, "count": 1}
    ]
    assert len(empty.aggregate.count_by(article, "title")) == 2
    assert len(empty.aggregate.count_by(article, "title", limit=1)) == 1
    (group,) = empty.aggregate.count_by(article, "related")
    assert group["groupedBy"]["value"].endswith(f"/Article/{SEA}")


def test_a_tenant_and_a_named_vector(empty: Client) -> None:
    vectors = {name: {"vectorizer": {"none": {}}, "vectorIndexType": "hnsw"} for name in ("first", "second")}
    empty.schema.create_class(
        {
            "class": "Shared",
            "multiTenancyConfig": {"enabled": True},
            "properties": [{"name": "title", "dataType": ["text"]}],
            "vectorConfig": vectors,
        }
    )
    empty.tenants.create("Shared", ["acme", "globex"])
    empty.data_object.create({"title": "sea"}, "Shared", SEA, {"first": [1, 0], "second": [0, 1]}, tenant="acme")
    assert ids(empty.search.near_object("Shared", SEA, target_vector="second", tenant="acme")) == [SEA]
    assert empty.search.bm25("Shared", "sea", tenant="globex") == []
    assert empty.aggregate.count("Shared", tenant="acme") == 1
    assert empty.aggregate.count_by("Shared", "title", tenant="globex") == []


def test_what_is_refused_before_it_is_sent(empty: Client, article: str) -> None:
    unknown: Any = {"propertys": ["title"]}
    with recorded_requests(empty) as requests:
        with pytest.raises(UnknownNameError, match="'propertys'"):
            empty.search.bm25(article, "sea", **unknown)
        with pytest.raises(QueryError):
            empty.search.bm25(article, "sea", where={"operator": "And", "operands": []})
        with pytest.raises(QueryError):
            empty.aggregate.count(article, where={"operator": "And", "operands": []})
    assert requests == []


def test_what_the_server_refuses(empty: Client, article: str) -> None:
    for call, status in (
        (lambda: empty.search.bm25("Missing", "sea"), 404),
        (lambda: empty.search.bm25(article, "sea", return_properties="missing"), 400),
        (lambda: empty.search.near_object(article, "00000000-0000-0000-0000-000000000009"), 400),
        (lambda: empty.aggregate.count("Missing"), 404),
        (lambda: empty.aggregate.count_by(article, "missing"), 400),
    ):
        with pytest.raises(UnexpectedStatusCodeException) as caught:
            call()
        assert caught.value.status_code == status


def test_a_server_without_these_searches(client: Client, unique: str) -> None:
    client.schema.create_class({"class": unique})
    for call in (
        lambda: client.search.bm25(unique, "sea"),
        lambda: client.search.near_text(unique, "sea"),
        lambda: client.search.near_object(unique, SEA),
        lambda: client.search.hybrid(unique, "sea"),
        lambda: client.aggregate.count(unique),
    ):
        with pytest.raises(UnexpectedStatusCodeException, match="EXPERIMENTAL_REST_SEARCH_ENABLED") as caught:
            call()
        assert caught.value.status_code == 422

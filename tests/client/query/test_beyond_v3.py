"""What v3 could not ask: each query is valid GraphQL, and its answer from the server is the right one."""

from __future__ import annotations

from datetime import datetime, timezone
from typing import Any
from uuid import UUID

import graphql
import numpy as np
import pytest

from tests.client.query.builder_cases import ARTICLE, FIRST, POINT, PUBLICATION, SECOND, SHARED, where
from tests.client.query.conftest import NAMED
from weaviate_orm.client.client import Client
from weaviate_orm.client.query import AdditionalProperties, AggregateBuilder, GetBuilder, LinkTo, Query
from weaviate_orm.http.features import AND_CROSS
from weaviate_orm.testing import recorded_requests

SEA, MONEY = "Sailing the sea", "Money and banks"


def rows(builder: GetBuilder | AggregateBuilder) -> list[Any]:
    graphql.parse(builder.build())
    answer = builder.do()
    assert "errors" not in answer
    ((_, found),) = next(iter(answer["data"].values())).items()
    return list(found)


def titles(builder: GetBuilder) -> list[str]:
    return [row["title"] for row in rows(builder)]


def names(builder: GetBuilder) -> list[str]:
    return [row["name"] for row in rows(builder)]


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        ({"operator": "Not", "operands": [where(["title"], "Like", valueText="*sea*")]}, [MONEY]),
        (where(["tags"], "ContainsNone", valueText=["sea"]), [MONEY]),
        (where(["tags"], "ContainsNone", valueTextArray=("money", "gold")), [SEA]),
        (where(["published"], "ContainsAny", valueBooleanArray=[True]), [SEA]),
        (where(["date"], "ContainsAny", valueDateList=[datetime(2020, 1, 2, 3, 4, 5, tzinfo=timezone.utc)]), [SEA]),
        (where(["date"], "Equal", valueDate=datetime(2020, 1, 2, 3, 4, 5, tzinfo=timezone.utc)), [SEA]),
        (where(["id"], "Equal", valueText=UUID(SECOND)), [MONEY]),
        (where(["id"], "ContainsAny", valueText=[UUID(FIRST)]), [SEA]),
        (where(["wordCount"], "IsNull", valueBoolean=True), [MONEY]),
        (where(["inPublication"], "Equal", valueInt=1), [SEA]),
        (where(["len(title)"], "Equal", valueInt=len(SEA)), [SEA, MONEY]),
        (where(["rating"], "GreaterThan", valueNumber=np.float32(2)), [SEA]),
        (where(["wordCount"], "Equal", valueInt=np.int64(1100)), [SEA]),
        ({"path": "title", "operator": "Like", "valueText": "*sea*"}, [SEA]),
    ],
)
def test_filters(library: Client, content: dict[str, Any], expected: list[str]) -> None:
    assert sorted(titles(library.query.get(ARTICLE, ["title"]).with_where(content))) == sorted(expected)


def named(library: Client) -> GetBuilder:
    return library.query.get(NAMED, ["name"]).with_additional("distance")


SHAPE, COLOR = [1.0, 0.0], [0.0, 1.0, 0.0]
BOTH = ["shape", "color"]


def test_target_vectors(library: Client) -> None:
    assert names(named(library).with_near_text({"concepts": ["ocean"], "targetVectors": ["meaning"]})) == [
        "sea",
        "money",
    ]
    assert names(named(library).with_near_vector({"vector": np.array([0, 1]), "targetVectors": "shape"})) == [
        "money",
        "sea",
    ]
    assert names(named(library).with_hybrid("nothing", 1, SHAPE, target_vectors="shape")) == ["sea", "money"]
    counted = library.query.aggregate(NAMED).with_meta_count()
    near = {"vector": SHAPE, "distance": 0.5, "targetVectors": ["shape"]}
    assert rows(counted.with_near_vector(near)) == [{"meta": {"count": 1}}]


@pytest.mark.parametrize(
    ("combination", "nearest", "distance"),
    [
        ({"combinationMethod": "minimum"}, {"sea", "money"}, 0),
        ({"combinationMethod": "sum"}, {"sea", "money"}, 1),
        ({"combinationMethod": "average"}, {"sea", "money"}, 0.5),
        ({"combinationMethod": "manualWeights", "weights": {"shape": 2, "color": 0.25}}, {"sea"}, 0.25),
        ({"combinationMethod": "relativeScore", "weights": {"shape": 0.25, "color": 2}}, {"money"}, 0.25),
    ],
)
def test_combined_targets(library: Client, combination: dict[str, Any], nearest: set[str], distance: float) -> None:
    near = {
        "vectorPerTarget": {"shape": SHAPE, "color": COLOR},
        "targets": {"targetVectors": BOTH, **combination},
    }
    first = rows(named(library).with_near_vector(near))[0]
    assert first["name"] in nearest
    assert first["_additional"]["distance"] == pytest.approx(distance)


def test_several_vectors_for_a_target(library: Client) -> None:
    near = {
        "vectorPerTarget": {"shape": [SHAPE, [0.0, 1.0]], "color": COLOR},
        "targets": {
            "targetVectors": ["shape", "shape", "color"],
            "combinationMethod": "manualWeights",
            "weights": {"shape": [0.25, 0.5], "color": 1},
        },
    }
    found = {row["name"]: row["_additional"]["distance"] for row in rows(named(library).with_near_vector(near))}
    assert found == {"money": pytest.approx(0.25), "sea": pytest.approx(1.5)}


def test_near_an_object_by_several_vectors(library: Client) -> None:
    near = {"id": UUID(SECOND), "targets": {"targetVectors": BOTH, "combinationMethod": "sum"}}
    assert names(named(library).with_near_object(near)) == ["money", "sea"]


def test_hybrid_extras(library: Client) -> None:
    def hybrid(query: str, **options: Any) -> list[str]:
        return titles(library.query.get(ARTICLE, ["title"]).with_hybrid(query, **options))

    assert hybrid("sea money", alpha=0, bm25_search_operator={"operator": "And"}) == []
    any_two = {"operator": "Or", "minimumOrTokensMatch": 2}
    assert hybrid("sea sailing money", alpha=0, bm25_search_operator=any_two) == [SEA]
    assert hybrid("sea", alpha=1, searches=[{"nearText": {"concepts": ["money in the bank"]}}]) == [MONEY, SEA]
    assert hybrid("sea", alpha=1, max_vector_distance=0.9) == [SEA]
    found = named(library).with_hybrid("", 1, SHAPE, targets={"targetVectors": ["shape"]})
    assert names(found) == ["sea", "money"]
    vector_search = [{"nearVector": {"vector": [0.0, 1.0]}}]
    found = named(library).with_hybrid("", 1, searches=vector_search, target_vectors=["shape"])
    assert names(found) == ["money", "sea"]


def test_words_that_must_match(library: Client) -> None:
    def bm25(query: str, **options: Any) -> list[str]:
        return titles(library.query.get(ARTICLE, ["title"]).with_bm25(query, ["title"], **options))

    assert sorted(bm25("sea money")) == [MONEY, SEA]
    assert bm25("sea money", search_operator={"operator": "And"}) == []
    assert bm25("sea sailing money", search_operator={"operator": "Or", "minimumOrTokensMatch": 2}) == [SEA]


@pytest.mark.needs(AND_CROSS)
def test_words_that_must_match_in_any_property(library: Client) -> None:
    query = library.query.get(ARTICLE, ["title"])
    assert titles(query.with_bm25("sea sailing", ["title"], search_operator={"operator": "AndCross"})) == [SEA]


def test_rerank(library: Client) -> None:
    for query in (None, 'what "it" is'):
        found = library.query.get(ARTICLE, ["title"]).with_near_text({"concepts": ["x"]}).with_rerank("title", query)
        assert [row["_additional"]["rerank"][0]["score"] for row in rows(found)] == [len(SEA), len(MONEY)]


def test_groups_that_are_near(library: Client) -> None:
    search = {"concepts": ["sea"]}
    merged = library.query.get(ARTICLE, ["title"]).with_near_text(search).with_group("merge", 1)
    assert titles(merged) == [f"{SEA} ({MONEY})"]
    closest = library.query.get(ARTICLE, ["title"]).with_near_text(search).with_group("closest", 1)
    assert titles(closest) == [SEA]


def test_generate_with_debug_and_other_metadata(library: Client) -> None:
    builder = library.query.get(ARTICLE, ["title"]).with_near_text({"concepts": ["sea"]}).with_limit(1)
    builder = builder.with_additional(AdditionalProperties(uuid=True)).with_generate("Say {title}", debug=True)
    (row,) = rows(builder)
    assert row["_additional"]["id"] == FIRST
    assert f"Say {SEA}" in row["_additional"]["generate"]["singleResult"]
    assert set(row["_additional"]["generate"]) == {"error", "singleResult", "debug"}


def test_settings_of_a_provider(modular: Client) -> None:
    openai = {"model": "gpt-5", "temperature": 0.5, "reasoningEffort": "low", "stop": ["a", 'b"']}
    builder = modular.query.get("V3Asked", ["name"]).with_generate("Say {name}", "All?", settings={"openai": openai})
    assert 'openai:{model:"gpt-5",temperature:0.5,reasoningEffort:low,stop:["a", "b\\""]}' in builder.build()
    (row,) = rows(builder)
    assert "X-Openai-Api-Key" in row["_additional"]["generate"]["error"]


def test_figures_of_a_hybrid_search(library: Client) -> None:
    builder = library.query.aggregate(ARTICLE).with_meta_count().with_hybrid("sea", 0).with_object_limit(5)
    assert rows(builder) == [{"meta": {"count": 1}}]


@pytest.mark.parametrize("filtered", [False, True])
def test_an_object_limit_without_a_search_is_left_out(library: Client, filtered: bool) -> None:
    builder = library.query.aggregate(ARTICLE).with_meta_count().with_object_limit(1)
    if filtered:
        builder = builder.with_where(where(["id"], "ContainsAny", valueText=[FIRST, SECOND]))
    assert "objectLimit" not in builder.build()
    assert rows(builder) == [{"meta": {"count": 2}}]


def test_what_is_returned(library: Client) -> None:
    builder = library.query.get(ARTICLE, ("title", LinkTo("inPublication", PUBLICATION, "name")))
    found = rows(builder.with_where(where(["id"], "Equal", valueText=FIRST)))
    assert found == [{"title": SEA, "inPublication": [{"name": "Vogue"}]}]
    link = LinkTo("inPublication", PUBLICATION, ["name", "location {latitude}"])
    (row,) = rows(library.query.get(ARTICLE, link).with_where(where(["id"], "Equal", valueText=FIRST)))
    assert row["inPublication"][0]["location"]["latitude"] == pytest.approx(51.51)


def test_several_queries_in_one_request(library: Client) -> None:
    get = library.query.get
    answer = library.query.multi_get(
        [
            get(ARTICLE, ["title"]).with_alias("first").with_where(where(["id"], "Equal", valueText=FIRST)),
            get(ARTICLE, ["title"]).with_alias("second").with_where(where(["id"], "Equal", valueText=SECOND)),
            get(POINT, ["name"]).with_near_vector({"vector": [0.0, 1.0, 0.0]}).with_limit(1),
        ]
    ).do()
    assert answer["data"]["Get"] == {"first": [{"title": SEA}], "second": [{"title": MONEY}], POINT: [{"name": "two"}]}


def test_another_tenant_has_other_objects(library: Client) -> None:
    assert names(library.query.get(SHARED, ["name"]).with_tenant("acme")) == ["one"]
    assert names(library.query.get(SHARED, ["name"]).with_tenant("other")) == []


def test_an_answer_with_errors_is_returned(library: Client) -> None:
    (error,) = library.query.get(ARTICLE, ["title", "nothing"]).do()["errors"]
    assert error["message"].startswith(f'Cannot query field "nothing" on type "{ARTICLE}".')
    assert "Syntax Error" in library.query.raw("{")["errors"][0]["message"]
    assert library.query.raw(f"{{Get{{{POINT}(limit: 1){{__typename}}}}}}") == {
        "data": {"Get": {POINT: [{"__typename": POINT}]}}
    }


def test_several_texts_go_in_one_request(library: Client) -> None:
    good = f"{{Get{{{POINT}(limit: 1){{__typename}}}}}}"
    with recorded_requests(library) as requests:
        first, second, third = library.query.raw_batch([good, "{Get{Missing{name}}}", good])
    assert len(requests) == 1
    assert first == third == {"data": {"Get": {POINT: [{"__typename": POINT}]}}}
    assert "Missing" in second["errors"][0]["message"]


def test_a_builder_keeps_what_it_was_given(query: Query) -> None:
    """As v3's do: changing a dict or a list afterwards changes no query."""
    tags, vector = ["sea"], [1.0]
    content = where(["tags"], "ContainsAny", valueText=tags)
    near = {"vector": vector}
    builder = query.get(ARTICLE, ["title"]).with_where(content).with_near_vector(near)
    settings = {"dimensions": 2}
    openai = {"stop": tags}
    builder.with_additional(({"featureProjection": "vector"}, settings)).with_generate("x", settings={"openai": openai})
    before = builder.build()
    settings["dimensions"] = 3
    openai["stop"] = []
    content["operator"] = "ContainsAll"
    tags.append("boat")
    vector.append(2.0)
    near["vector"] = []
    assert builder.build() == before

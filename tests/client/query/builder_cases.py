"""Queries of every kind, as code that runs on the v3 client and on ours alike.

``v3_texts.json`` holds what ``build()`` of weaviate-client 3.26.7 gives for those below ``V3``.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

ARTICLE, PUBLICATION, POINT, SHARED, REPLICATED = "V3Article", "V3Publication", "V3Point", "V3Shared", "V3Replicated"
FIRST, SECOND = "c1f401b4-c7e6-5a27-9077-92bf21d97b2d", "36ddd591-2dee-4e7e-a3cc-eb86d30a4303"
MEDIUM = Path(__file__)

Case = Callable[[Any, Any], Any]
"""Of ``client.query`` and of a namespace with ``LinkTo``, ``AdditionalProperties``, ``HybridFusion``,
``ConsistencyLevel`` and ``medium``, the path of a file."""


def where(path: list[str], operator: str, **value: Any) -> dict[str, Any]:
    return {"path": path, "operator": operator, **value}


def articles(content: dict[str, Any]) -> Case:
    return lambda query, names: query.get(ARTICLE, ["title"]).with_where(content)


def near_text(**content: Any) -> Case:
    return lambda query, names: query.get(ARTICLE, ["title"]).with_near_text(content)


def additional(*properties: Any) -> Case:
    def case(query: Any, names: Any) -> Any:
        builder = query.get(ARTICLE, ["title"]).with_near_text({"concepts": ["sea"]})
        for each in properties:
            builder = builder.with_additional(each)
        return builder

    return case


LONG = where(["wordCount"], "GreaterThan", valueInt=1000)
SEA = where(["title"], "Like", valueText="*sea*")

V3: dict[str, Case] = {
    # what is returned
    "one property": lambda query, names: query.get(ARTICLE, "title"),
    "properties": lambda query, names: query.get(ARTICLE, ["title", "wordCount", "tags"]),
    "a small class name": lambda query, names: query.get("v3Article", ["title"]),
    "metadata as a property": lambda query, names: query.get(ARTICLE, ["title", "_additional {id distance}"]),
    "a fragment": lambda query, names: query.get(ARTICLE, ["inPublication { ... on V3Publication { name } }"]),
    "parts of a place": lambda query, names: query.get(PUBLICATION, ["name", "location {latitude longitude}"]),
    "a link": lambda query, names: query.get(ARTICLE, ["title", names.LinkTo("inPublication", PUBLICATION, ["name"])]),
    "links in links": lambda query, names: query.get(
        ARTICLE,
        [
            names.LinkTo(
                "inPublication",
                PUBLICATION,
                ["name", names.LinkTo("articles", ARTICLE, ["title", "wordCount", "_additional {id}"])],
            )
        ],
    ),
    "an alias": lambda query, names: query.get(ARTICLE, ["title"]).with_alias("found").with_limit(1),
    "additional, one": additional("id"),
    "additional, several": additional(["vector", "id", "certainty", "distance"]),
    "additional, calls": additional("id", ["distance"]),
    "additional, nested": additional({"classification": ["scope", "id"]}, "id"),
    "additional, nested one": additional({"classification": "id"}),
    "additional, settings": additional(
        "id", ({"featureProjection": ["vector"]}, {"dimensions": 2, "algorithm": "tsne", "perplexity": 1})
    ),
    "additional, text with settings": additional("featureProjection(dimensions: 2){vector}"),
    "additional, alone": lambda query, names: query.get(ARTICLE).with_additional(["id", "creationTimeUnix"]),
    "additional, class": lambda query, names: (
        query.get(ARTICLE, ["title"])
        .with_additional(names.AdditionalProperties(uuid=True, vector=True, creationTimeUnix=True))
        .with_limit(2)
    ),
    "additional, class of searches": lambda query, names: (
        query.get(ARTICLE, ["title"])
        .with_additional(
            names.AdditionalProperties(
                lastUpdateTimeUnix=True, distance=True, certainty=True, score=True, explainScore=True
            )
        )
        .with_near_text({"concepts": "sea"})
    ),
    "additional, class alone": lambda query, names: query.get(ARTICLE).with_additional(
        names.AdditionalProperties(uuid=True)
    ),
    # filters
    "Equal": articles(where(["title"], "Equal", valueText="Sailing the sea")),
    "NotEqual": articles(where(["title"], "NotEqual", valueString="Sailing")),
    "quotes": articles(where(["title"], "Equal", valueText='say "no"')),
    "signs": articles(where(["title"], "Equal", valueText="a'b{c}(d)[e]: $f, #g ! @h ... &|")),
    "GreaterThan": articles(LONG),
    "GreaterThanEqual": articles(where(["rating"], "GreaterThanEqual", valueNumber=1.5)),
    "LessThan": articles(where(["rating"], "LessThan", valueNumber=1e-7)),
    "LessThanEqual": articles(where(["rating"], "LessThanEqual", valueNumber=-2)),
    "Like": articles(SEA),
    "IsNull": articles(where(["wordCount"], "IsNull", valueBoolean=True)),
    "boolean": articles(where(["published"], "Equal", valueBoolean=False)),
    "date": articles(where(["date"], "LessThan", valueDate="2021-01-02T03:04:05.678Z")),
    "WithinGeoRange": lambda query, names: query.get(PUBLICATION, ["name"]).with_where(
        where(
            ["location"],
            "WithinGeoRange",
            valueGeoRange={"geoCoordinates": {"latitude": 51.51, "longitude": -0.09}, "distance": {"max": 2000}},
        )
    ),
    "ContainsAny": articles(where(["tags"], "ContainsAny", valueText=["sea", "sail boat"])),
    "ContainsAll": articles(where(["tags"], "ContainsAll", valueTextArray=["sea"])),
    "ContainsAll, list": articles(where(["tags"], "ContainsAll", valueTextList=["sea", "boat"])),
    "ContainsAny, strings": articles(where(["tags"], "ContainsAny", valueStringList=["sea", "boat"])),
    "ContainsAny, ints": articles(where(["wordCount"], "ContainsAny", valueInt=[900, 1100])),
    "ContainsAny, int list": articles(where(["wordCount"], "ContainsAny", valueIntList=[900])),
    "ContainsAny, numbers": articles(where(["rating"], "ContainsAny", valueNumberArray=[1.5, 4.5])),
    "And": articles({"operator": "And", "operands": [LONG, SEA]}),
    "Or in And": articles(
        {
            "operator": "And",
            "operands": [LONG, {"operator": "Or", "operands": [SEA, where(["id"], "Equal", valueText=FIRST)]}],
        }
    ),
    "by reference": articles(where(["inPublication", "V3Publication", "name"], "Equal", valueText="Vogue")),
    "by count of references": articles(where(["inPublication"], "GreaterThan", valueInt=0)),
    "by length": articles(where(["len(title)"], "GreaterThan", valueInt=5)),
    "by time": articles(where(["_creationTimeUnix"], "GreaterThan", valueText="1600000000000")),
    # searches
    "nearText": near_text(concepts=["fashion"], certainty=0.7),
    "nearText, one": near_text(concepts="fashion"),
    "nearText, distance": near_text(concepts=["sea", "boats"], distance=0.9),
    "nearText, moved": near_text(
        concepts=["fashion"],
        moveAwayFrom={"concepts": ["finance"], "force": 0.45},
        moveTo={"concepts": ["haute couture", "art"], "force": 0.85},
    ),
    "nearText, moved by objects": near_text(
        concepts=["fashion"],
        moveTo={"objects": [{"id": FIRST}, {"beacon": f"weaviate://localhost/{ARTICLE}/{SECOND}"}], "force": 0.85},
        moveAwayFrom={"concepts": "finance", "objects": {"id": SECOND}, "force": 0.1},
    ),
    "nearVector": lambda query, names: query.get(POINT, ["name"]).with_near_vector({"vector": [0.1, 0.25, 1e-5]}),
    "nearVector, ints": lambda query, names: query.get(POINT, ["name"]).with_near_vector({"vector": [1, 0, 0]}),
    "nearVector, certainty": lambda query, names: query.get(POINT, ["name"]).with_near_vector(
        {"vector": [1.0, 0.0, 0.0], "certainty": 0.5}
    ),
    "nearVector, distance": lambda query, names: query.get(POINT, ["name"]).with_near_vector(
        {"vector": [1.0, 0.0, 0.0], "distance": 0.5}
    ),
    "nearObject": lambda query, names: query.get(ARTICLE, ["title"]).with_near_object({"id": FIRST, "certainty": 0.2}),
    "nearObject, beacon": lambda query, names: query.get(ARTICLE, ["title"]).with_near_object(
        {"beacon": f"weaviate://localhost/{ARTICLE}/{FIRST}", "distance": 0.9}
    ),
    "bm25": lambda query, names: query.get(ARTICLE, ["title"]).with_bm25("sea"),
    "bm25, properties": lambda query, names: query.get(ARTICLE, ["title"]).with_bm25('"the" sea', ["title^3", "tags"]),
    "hybrid": lambda query, names: query.get(ARTICLE, ["title"]).with_hybrid("sea"),
    "hybrid, all": lambda query, names: query.get(POINT, ["name"]).with_hybrid(
        "one", 0.25, [0.5, 1.0, 0.0], ["name"], names.HybridFusion.RELATIVE_SCORE
    ),
    "hybrid, fusion as text": lambda query, names: query.get(ARTICLE, ["title"]).with_hybrid(
        "sea", alpha=1, fusion_type="rankedFusion"
    ),
    # generating
    "generate, single": lambda query, names: (
        query.get(ARTICLE, ["title"]).with_generate(single_prompt="Say {title} in Dutch").with_limit(1)
    ),
    "generate, grouped": lambda query, names: (
        query.get(ARTICLE, ["title"]).with_generate(grouped_task='What is "it" about?').with_limit(2)
    ),
    "generate, both": lambda query, names: (
        query.get(ARTICLE, ["title"])
        .with_generate("Say {title}", "What is it about?", ["title", "tags"])
        .with_additional(["id", "creationTimeUnix"])
    ),
    # the rest
    "limit": lambda query, names: query.get(ARTICLE, ["title"]).with_limit(1),
    "offset": lambda query, names: query.get(ARTICLE, ["title"]).with_limit(2).with_offset(1),
    "no offset": lambda query, names: query.get(ARTICLE, ["title"]).with_offset(0),
    "after": lambda query, names: query.get(ARTICLE, ["title"]).with_limit(2).with_after(FIRST.upper()),
    "autocut": lambda query, names: query.get(ARTICLE, ["title"]).with_near_text({"concepts": ["sea"]}).with_autocut(1),
    "sort": lambda query, names: query.get(ARTICLE, ["title"]).with_sort({"path": ["title"], "order": "asc"}),
    "sorts": lambda query, names: (
        query.get(ARTICLE, ["title"])
        .with_sort([{"path": ["wordCount"], "order": "desc"}, {"path": ["title"], "order": "asc"}])
        .with_sort({"path": ["_creationTimeUnix"], "order": "asc"})
    ),
    "groupBy": lambda query, names: (
        query.get(ARTICLE, ["title", "_additional {group {count groupedBy {value} hits {title}}}"])
        .with_near_text({"concepts": ["sea"]})
        .with_group_by(["published"], 2, 3)
    ),
    "tenant": lambda query, names: query.get(SHARED, ["name"]).with_tenant("acme"),
    "tenant, limited": lambda query, names: query.get(SHARED, ["name"]).with_limit(1).with_tenant("acme"),
    "the order": lambda query, names: (
        query.get(SHARED, ["name"])
        .with_autocut(2)
        .with_tenant("acme")
        .with_near_vector({"vector": [1.0, 0.0]})
        .with_offset(1)
        .with_limit(2)
        .with_where(where(["name"], "Equal", valueText="one"))
    ),
    "the order, words": lambda query, names: (
        query.get(SHARED, ["name"])
        .with_autocut(2)
        .with_tenant("acme")
        .with_bm25("one", ["name"])
        .with_offset(1)
        .with_limit(2)
        .with_where(where(["name"], "Equal", valueText="one"))
    ),
    "several": lambda query, names: query.multi_get(
        [
            query.get(ARTICLE, ["title"]).with_limit(1),
            query.get(PUBLICATION, ["name"]),
            query.get(ARTICLE, ["wordCount"]).with_alias("counts").with_where(LONG),
        ]
    ),
    # figures
    "count": lambda query, names: query.aggregate(ARTICLE).with_meta_count(),
    "figures": lambda query, names: (
        query.aggregate(ARTICLE)
        .with_meta_count()
        .with_fields("wordCount {mean maximum}")
        .with_fields("title {count topOccurrences(limit: 2) {value occurs}}")
    ),
    "count, filtered": lambda query, names: query.aggregate(ARTICLE).with_meta_count().with_where(LONG),
    "figures of groups": lambda query, names: (
        query.aggregate(ARTICLE).with_group_by_filter(["published"]).with_fields("groupedBy {value}").with_limit(2)
    ),
    "figures of groups, filtered": lambda query, names: (
        query.aggregate(ARTICLE)
        .with_where(LONG)
        .with_group_by_filter(["tags"])
        .with_fields("groupedBy {value path}")
        .with_meta_count()
    ),
    "count of near text": lambda query, names: (
        query.aggregate(ARTICLE).with_near_text({"concepts": ["sea"]}).with_object_limit(2).with_meta_count()
    ),
    "count of near vector": lambda query, names: (
        query.aggregate(POINT).with_near_vector({"vector": [1.0, 0.0, 0.0], "distance": 0.5}).with_meta_count()
    ),
    "count of near object": lambda query, names: (
        query.aggregate(ARTICLE).with_near_object({"id": FIRST}).with_object_limit(2).with_meta_count()
    ),
    "count of a tenant": lambda query, names: query.aggregate(SHARED).with_meta_count().with_tenant("acme"),
    "figures of a tenant's groups": lambda query, names: (
        query.aggregate(SHARED).with_meta_count().with_tenant("acme").with_group_by_filter(["name"]).with_limit(1)
    ),
}

REPLICATION: dict[str, Case] = {
    "consistency level": lambda query, names: query.get(ARTICLE, ["title"]).with_consistency_level(
        names.ConsistencyLevel.ONE
    ),
    "consistency level, tenant": lambda query, names: (
        query.get(SHARED, ["name"])
        .with_tenant("acme")
        .with_limit(1)
        .with_consistency_level(names.ConsistencyLevel.QUORUM)
    ),
}
"""V3's as well. They need a class with replicas, and so a server with company."""

MEDIA: dict[str, Case] = {
    "nearImage": lambda query, names: query.get("V3Bound", ["name"]).with_near_image({"image": str(names.medium)}),
    "nearImage, base64": lambda query, names: query.get("V3Bound", ["name"]).with_near_image(
        {"image": "aGVsbG8=", "certainty": 0.5}, encode=False
    ),
    "nearAudio": lambda query, names: query.get("V3Bound", ["name"]).with_near_audio({"audio": str(names.medium)}),
    "nearVideo": lambda query, names: query.get("V3Bound", ["name"]).with_near_video(
        {"video": str(names.medium), "distance": 0.5}
    ),
    "nearDepth": lambda query, names: query.get("V3Bound", ["name"]).with_near_depth({"depth": "aGVsbG8="}, False),
    "nearThermal": lambda query, names: query.get("V3Bound", ["name"]).with_near_thermal(
        {"thermal": "aGVsbG8="}, False
    ),
    "nearIMU": lambda query, names: query.get("V3Bound", ["name"]).with_near_imu({"imu": "aGVsbG8="}, False),
    "count of nearImage": lambda query, names: (
        query.aggregate("V3Bound").with_meta_count().with_near_image({"image": "aGVsbG8=", "certainty": 0.5}, False)
    ),
    "count of nearIMU": lambda query, names: (
        query.aggregate("V3Bound").with_meta_count().with_near_imu({"imu": "aGVsbG8="}, False).with_object_limit(3)
    ),
    "count of nearAudio": lambda query, names: (
        query.aggregate("V3Bound").with_meta_count().with_near_audio({"audio": "aGVsbG8="}, False).with_object_limit(3)
    ),
    "count of nearVideo": lambda query, names: (
        query.aggregate("V3Bound").with_meta_count().with_near_video({"video": "aGVsbG8="}, False).with_object_limit(3)
    ),
    "count of nearDepth": lambda query, names: (
        query.aggregate("V3Bound").with_meta_count().with_near_depth({"depth": "aGVsbG8="}, False).with_object_limit(3)
    ),
    "count of nearThermal": lambda query, names: (
        query.aggregate("V3Bound")
        .with_meta_count()
        .with_near_thermal({"thermal": "aGVsbG8="}, False)
        .with_object_limit(3)
    ),
}
"""V3's as well. Their module calls a service that is not there: the server reads the query, and says so."""

QUESTIONS: dict[str, Case] = {
    "ask": lambda query, names: query.get("V3Asked", ["name"]).with_ask({"question": "Who?"}),
    "ask, all": lambda query, names: query.get("V3Asked", ["name"]).with_ask(
        {"question": 'Who is "it"?', "certainty": 0.5, "properties": ["name"], "rerank": True}
    ),
}
"""V3's as well, for a server with a qna module."""

"""What counts as a difference, of which kind, and that the real server agrees with the kind."""

from __future__ import annotations

import copy
from typing import Any

import attrs
import pytest

from weaviate_orm.client.client import Client
from weaviate_orm.exceptions import UnexpectedStatusError
from weaviate_orm.http.features import HFRESH, Feature
from weaviate_orm.schema.collection import CollectionSpec
from weaviate_orm.schema.collection_options import (
    BM25,
    InvertedIndexSpec,
    MultiTenancySpec,
    ReplicationSpec,
    ShardingSpec,
    Stopwords,
)
from weaviate_orm.schema.datatypes import DataType
from weaviate_orm.schema.diff import ADD, BACKFILL, CHANGE, REBUILD, REINDEX, UNMAPPED, DifferenceKind, differences
from weaviate_orm.schema.indexes import bq, flat, hfresh, hnsw, rq, sq, uncompressed
from weaviate_orm.schema.modules import module
from weaviate_orm.schema.properties import FIXED_SETTINGS, PropertySpec, ReferenceSpec
from weaviate_orm.schema.vectors import VectorSpec

INNER = PropertySpec("inner", DataType.INT)
TITLE = PropertySpec("title", DataType.TEXT)
COUNT = PropertySpec("count", DataType.INT)
NESTED = PropertySpec("nested", DataType.OBJECT, nested=(INNER,))
LAYOUT: dict[str, Any] = {
    "properties": (TITLE, COUNT, NESTED),
    "references": (ReferenceSpec("related", ("Article",)),),
}

# (what is there besides LAYOUT, what the model states instead, the paths of the differences, their kind)
CASES: list[tuple[dict[str, Any], dict[str, Any], list[str], Any]] = [
    ({}, {"description": "News"}, ["description"], CHANGE),
    ({}, {"properties": (attrs.evolve(TITLE, description="Headline"),)}, ["title.description"], CHANGE),
    ({}, {"properties": (attrs.evolve(TITLE, tokenization="field"),)}, ["title.tokenization"], REINDEX),
    ({}, {"properties": (attrs.evolve(TITLE, data_type=DataType.TEXT_ARRAY),)}, ["title.data_type"], REBUILD),
    ({}, {"properties": (attrs.evolve(COUNT, index_filterable=False),)}, ["count.index_filterable"], CHANGE),
    ({}, {"properties": (attrs.evolve(COUNT, index_range_filters=True),)}, ["count.index_range_filters"], REINDEX),
    (
        {},
        {"properties": (attrs.evolve(NESTED, nested=(INNER, PropertySpec("more", DataType.INT))),)},
        ["nested.more"],
        REBUILD,
    ),
    (
        {},
        {"properties": (attrs.evolve(NESTED, nested=(PropertySpec("inner", DataType.TEXT),)),)},
        ["nested.inner.data_type"],
        REBUILD,
    ),
    ({}, {"references": (ReferenceSpec("related", ("Article",), "See also"),)}, ["related.description"], CHANGE),
    ({}, {"references": (ReferenceSpec("title", ("Article",)),), "properties": ()}, ["title"], REBUILD),
    ({}, {"generative": module("generative-dummy")}, ["generative"], CHANGE),
    ({}, {"reranker": module("reranker-dummy")}, ["reranker"], CHANGE),
    ({}, {"inverted_index": InvertedIndexSpec(index_null_state=True)}, ["inverted_index.indexNullState"], REBUILD),
    ({}, {"inverted_index": InvertedIndexSpec(index_timestamps=True)}, ["inverted_index.indexTimestamps"], REBUILD),
    (
        {},
        {"inverted_index": InvertedIndexSpec(index_property_length=True)},
        ["inverted_index.indexPropertyLength"],
        REBUILD,
    ),
    ({}, {"inverted_index": InvertedIndexSpec(bm25=BM25(b=0.3))}, ["inverted_index.bm25.b"], CHANGE),
    (
        {},
        {"inverted_index": InvertedIndexSpec(stopwords=Stopwords("none", ("a",)))},
        ["inverted_index.stopwords.preset", "inverted_index.stopwords.additions"],
        CHANGE,
    ),
    ({}, {"multi_tenancy": MultiTenancySpec()}, ["multi_tenancy.enabled"], REBUILD),
    (
        {"multi_tenancy": MultiTenancySpec()},
        {"multi_tenancy": MultiTenancySpec(auto_tenant_creation=True)},
        ["multi_tenancy.autoTenantCreation"],
        CHANGE,
    ),
    (
        {},
        {"replication": ReplicationSpec(deletion_strategy="DeleteOnConflict")},
        ["replication.deletionStrategy"],
        CHANGE,
    ),
    ({}, {"replication": ReplicationSpec(factor=3)}, ["replication.factor"], REBUILD),
    ({}, {"sharding": ShardingSpec(desired_count=2)}, ["sharding.desiredCount"], REBUILD),
    ({}, {"vectors": (VectorSpec(None, module("ref2vec-centroid")),)}, ["vector.vectorizer"], REBUILD),
    ({}, {"vectors": (VectorSpec(None, None, flat()),)}, ["vector.index.type"], REBUILD),
    ({}, {"vectors": (VectorSpec(None, None, hnsw(distance="dot")),)}, ["vector.index.distance"], REBUILD),
    ({}, {"vectors": (VectorSpec(None, None, hnsw(ef_construction=64)),)}, ["vector.index.efConstruction"], REBUILD),
    ({}, {"vectors": (VectorSpec(None, None, hnsw(max_connections=8)),)}, ["vector.index.maxConnections"], REBUILD),
    (
        {},
        {"vectors": (VectorSpec(None, None, hnsw(cleanup_interval_seconds=9)),)},
        ["vector.index.cleanupIntervalSeconds"],
        REBUILD,
    ),
    (
        {},
        {"vectors": (VectorSpec(None, None, hnsw(ef=9, dynamic_ef_max=90)),)},
        ["vector.index.ef", "vector.index.dynamicEfMax"],
        CHANGE,
    ),
    (
        {},
        {"vectors": (VectorSpec(None, None, hnsw(filter_strategy="sweeping")),)},
        ["vector.index.filterStrategy"],
        CHANGE,
    ),
    ({}, {"vectors": (VectorSpec(None, None, hnsw(quantizer=sq())),)}, ["vector.index.sq.enabled"], CHANGE),
    (
        {"vectors": (VectorSpec(None, None, hnsw(quantizer=sq())),)},
        {"vectors": (VectorSpec(None, None, hnsw(quantizer=sq(rescore_limit=5))),)},
        ["vector.index.sq.rescoreLimit"],
        CHANGE,
    ),
    (
        {"vectors": (VectorSpec(None, None, hnsw(quantizer=rq(bits=8))),)},
        {"vectors": (VectorSpec(None, None, hnsw(quantizer=rq(bits=1))),)},
        ["vector.index.rq.bits"],
        REBUILD,
    ),
    (
        {"vectors": (VectorSpec(None, None, hnsw(quantizer=sq())),)},
        {"vectors": (VectorSpec(None, None, hnsw(quantizer=rq())),)},
        ["vector.index.rq.enabled"],
        REBUILD,
    ),
    (
        {"vectors": (VectorSpec(None, None, flat(quantizer=uncompressed())),)},
        {"vectors": (VectorSpec(None, None, flat(quantizer=bq())),)},
        ["vector.index.bq.enabled"],
        REBUILD,
    ),
    (
        {"vectors": (VectorSpec(None, None, flat(quantizer=bq())),)},
        {"vectors": (VectorSpec(None, None, flat(quantizer=bq(rescore_limit=9))),)},
        ["vector.index.bq.rescoreLimit"],
        CHANGE,
    ),
    (
        {"vectors": (VectorSpec(None, None, hfresh()),)},
        {"vectors": (VectorSpec(None, None, hfresh(replicas=5)),)},
        ["vector.index.replicas"],
        REBUILD,
    ),
    (
        {"vectors": (VectorSpec(None, None, hfresh()),)},
        {"vectors": (VectorSpec(None, None, hfresh(search_probe=5)),)},
        ["vector.index.searchProbe"],
        CHANGE,
    ),
    ({}, {"vectors": (VectorSpec("extra"),)}, ["vectors.extra"], BACKFILL),
    ({}, {"vectors": (VectorSpec("default"),)}, ["vectors.default"], REBUILD),
    ({"vectors": (VectorSpec("a"),)}, {"vectors": (VectorSpec("b"),)}, ["vectors.b"], BACKFILL),
]


@pytest.fixture
def there(client: Client, unique: str, request: pytest.FixtureRequest) -> CollectionSpec:
    """LAYOUT with what a case adds to it, created."""
    spec = CollectionSpec(
        unique,
        properties=LAYOUT["properties"],
        references=(ReferenceSpec("related", (unique,)),),
        **request.param,
    )
    client.schema.create_class(spec.to_json())
    return spec


def _case(case: tuple[dict[str, Any], dict[str, Any], list[str], Any]) -> Any:
    """A parameter of the test, with the feature that its server needs."""
    stored, _, paths, _ = case
    needs = []
    if any(vector.index is not None and vector.index.type == "hfresh" for vector in stored.get("vectors", ())):
        needs = [pytest.mark.needs(HFRESH)]
    elif paths == ["vector.index.rq.bits"]:
        needs = [pytest.mark.needs(Feature("fixed bits of a quantizer", (1, 36, 0)))]
    return pytest.param(*case, id=",".join(paths), marks=needs)


@pytest.mark.parametrize(("there", "stated", "paths", "kind"), [*map(_case, CASES)], indirect=["there"])
def test_a_difference_and_whether_the_server_changes_it(
    client: Client, there: CollectionSpec, stated: dict[str, Any], paths: list[str], kind: DifferenceKind
) -> None:
    stated = dict(stated)
    if "references" in stated:
        stated["references"] = tuple(attrs.evolve(each, targets=(there.name,)) for each in stated["references"])
    wanted = CollectionSpec(there.name, **stated)
    before = client.schema.get(there.name)

    found = differences(wanted, CollectionSpec.from_json(before))

    assert [(each.path, each.kind) for each in found] == [(f"{there.name}.{path}", kind) for path in paths]

    # indexes of properties have requests of their own
    in_place = kind is not REBUILD and not any(path.endswith(FIXED_SETTINGS) for path in paths)
    body = _merged(before, wanted.to_json())
    try:
        client.transport.request("PUT", f"/schema/{there.name}", json=body)
    except UnexpectedStatusError:
        assert not in_place
    left = differences(wanted, CollectionSpec.from_json(client.schema.get(there.name)))
    assert left == (() if in_place else found)


def _merged(there: dict[str, Any], stated: dict[str, Any]) -> dict[str, Any]:
    """What a PUT sends: the server's JSON with what the model states written over it."""
    merged = copy.deepcopy(there)
    named_vectors = bool(stated.get("vectorConfig"))
    for key, value in stated.items():
        if key == "properties":
            by_name = {each["name"]: each for each in merged["properties"]}
            for each in value:
                by_name[each["name"]] = by_name.get(each["name"], {}) | each
            merged["properties"] = list(by_name.values())
        elif isinstance(value, dict) and isinstance(merged.get(key), dict):
            merged[key] = _merged(merged[key], value)
        elif not (named_vectors and key == "vectorizer"):
            merged[key] = value
    if not named_vectors and "vectorConfig" in merged:
        merged.pop("vectorizer", None)
    return merged


def test_missing_members_can_be_added() -> None:
    wanted = CollectionSpec("Article", **LAYOUT)
    found = differences(wanted, CollectionSpec("Article"))
    assert [(each.path, each.kind) for each in found] == [
        ("Article.title", BACKFILL),
        ("Article.count", BACKFILL),
        ("Article.nested", BACKFILL),
        ("Article.related", ADD),
    ]
    assert str(found[0]) == "Article.title is missing on the server"


@pytest.mark.parametrize("targets", [("Author",), ("Author", "Editor", "Reader")])
def test_targets_are_fixed(targets: tuple[str, ...]) -> None:
    wanted = CollectionSpec("Article", references=(ReferenceSpec("by", targets),))
    actual = CollectionSpec("Article", references=(ReferenceSpec("by", ("Editor", "Author")),))
    (found,) = differences(wanted, actual)
    assert (found.path, found.kind) == ("Article.by.targets", REBUILD)


def test_the_order_of_targets_means_nothing() -> None:
    wanted = CollectionSpec("Article", references=(ReferenceSpec("by", ("Author", "Editor")),))
    actual = CollectionSpec("Article", references=(ReferenceSpec("by", ("Editor", "Author")),))
    assert differences(wanted, actual) == ()


def test_what_is_only_on_the_server_is_no_difference() -> None:
    actual = CollectionSpec(
        "Article",
        description="News",
        vectors=(VectorSpec(None, module("text2vec-openai"), hnsw(distance="dot")),),
        generative=module("generative-dummy"),
        multi_tenancy=MultiTenancySpec(),
        inverted_index=InvertedIndexSpec(index_null_state=True),
        **LAYOUT,
    )
    assert differences(CollectionSpec("Article"), actual) == ()


def test_members_of_nested_objects_that_only_the_server_has_are_told() -> None:
    more = PropertySpec("more", DataType.INT)
    deep = PropertySpec("deep", DataType.OBJECT_ARRAY, nested=(INNER,))
    wanted = CollectionSpec("Article", properties=(attrs.evolve(NESTED, nested=(INNER, deep)),))
    there = attrs.evolve(NESTED, nested=(more, INNER, attrs.evolve(deep, nested=(INNER, more))))
    found = differences(wanted, CollectionSpec("Article", properties=(there,)))
    assert [(each.path, each.kind) for each in found] == [
        ("Article.nested.deep.more", UNMAPPED),
        ("Article.nested.more", UNMAPPED),
    ]
    assert str(found[1]) == "Article.nested.more is on the server and not in the model"


def test_a_vector_of_the_name_default_is_the_unnamed_one() -> None:
    transformers = module("text2vec-transformers")
    stored = CollectionSpec("Article", vectors=(VectorSpec("default", transformers, hnsw(distance="dot")),))
    assert differences(CollectionSpec("Article", vectors=(VectorSpec(None, transformers),)), stored) == ()
    wanted = CollectionSpec("Article", vectors=(VectorSpec(None, None, hnsw(distance="cosine")),))
    assert [str(difference) for difference in differences(wanted, stored)] == [
        "Article.vector.vectorizer is 'text2vec-transformers' on the server and 'none' in the model",
        "Article.vector.index.distance is 'dot' on the server and 'cosine' in the model",
    ]


@pytest.mark.parametrize("names", [("default", "other"), ("other",)])
def test_named_vectors_are_not_the_unnamed_one(names: tuple[str, ...]) -> None:
    wanted = CollectionSpec("Article", vectors=(VectorSpec(),))
    stored = CollectionSpec("Article", vectors=tuple(map(VectorSpec, names)))
    (difference,) = differences(wanted, stored)
    assert (difference.path, difference.kind) == ("Article.vector", REBUILD)
    assert difference.actual == f"named: {', '.join(names)}"


def test_32_bit_floats_are_no_difference() -> None:
    wanted = CollectionSpec("Article", inverted_index=InvertedIndexSpec(bm25=BM25(b=0.123456789)))
    actual = CollectionSpec("Article", inverted_index=InvertedIndexSpec(bm25=BM25(b=0.12345679)))
    assert differences(wanted, actual) == ()


def test_quantization_by_the_servers_default_is_seen_where_the_model_wants_none() -> None:
    wanted = CollectionSpec("Article", vectors=(VectorSpec(None, None, hnsw(quantizer=uncompressed())),))
    actual = CollectionSpec("Article", vectors=(VectorSpec(None, None, hnsw(quantizer=rq())),))
    (found,) = differences(wanted, actual)
    assert str(found) == "Article.vector.index.rq.enabled is True on the server and False in the model"
    assert differences(wanted, CollectionSpec("Article", vectors=(VectorSpec(None, None, hnsw()),))) == ()


class TestVectorized:
    SKIPPED = attrs.evolve(TITLE, vectorize=False)

    def _spec(self, title: PropertySpec, **vector: Any) -> CollectionSpec:
        return CollectionSpec("Article", properties=(title,), vectors=(VectorSpec(None, **vector),))

    def test_is_fixed(self) -> None:
        transformers = module("text2vec-transformers")
        (found,) = differences(
            self._spec(TITLE, vectorizer=transformers), self._spec(self.SKIPPED, vectorizer=transformers)
        )
        assert (found.path, found.kind) == ("Article.title.vectorize", REBUILD)

    def test_means_nothing_without_a_vectorizer(self) -> None:
        assert differences(self._spec(self.SKIPPED), self._spec(TITLE)) == ()

    def test_means_nothing_where_the_vector_names_its_properties(self) -> None:
        vector = {"vectorizer": module("text2vec-transformers"), "source_properties": ("title",)}
        assert differences(self._spec(TITLE, **vector), self._spec(self.SKIPPED, **vector)) == ()

    def test_source_properties_are_fixed(self) -> None:
        vector = {"vectorizer": module("text2vec-transformers")}
        (found,) = differences(self._spec(TITLE, **vector, source_properties=("title",)), self._spec(TITLE, **vector))
        assert (found.path, found.kind) == ("Article.vector.vectorizer.properties", REBUILD)

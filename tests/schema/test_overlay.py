"""A collection as a model states it, laid over the one that the server has."""

from __future__ import annotations

import attrs

from weaviate_orm.schema import (
    BM25,
    CollectionSpec,
    DataType,
    IndexSpec,
    InvertedIndexSpec,
    MultiTenancySpec,
    PropertySpec,
    ReferenceSpec,
    ShardingSpec,
    VectorSpec,
    differences,
    hnsw,
    module,
    pq,
    rq,
    uncompressed,
)
from weaviate_orm.schema.defaults import with_defaults
from weaviate_orm.schema.overlay import overlaid

TITLE = PropertySpec("title", DataType.TEXT, description="Headline", tokenization="word", index_filterable=True)
STORED = CollectionSpec(
    "Article",
    description="Texts",
    properties=(TITLE, PropertySpec("old", DataType.INT)),
    references=(ReferenceSpec("author", ("Author",), "Who"),),
    vectors=(VectorSpec("a", index=hnsw(ef=50, quantizer=rq())), VectorSpec("b")),
    generative=module("generative-dummy"),
    inverted_index=InvertedIndexSpec(index_null_state=True, bm25=BM25(0.5, 1.0)),
    sharding=ShardingSpec(desired_count=2),
)


def test_what_a_model_leaves_open_stays() -> None:
    assert overlaid(CollectionSpec("Article"), STORED) == STORED
    spec = overlaid(CollectionSpec("Article", properties=(PropertySpec("title", DataType.TEXT),)), STORED)
    assert spec == STORED


def test_what_a_model_states_takes_its_place() -> None:
    title = PropertySpec("title", DataType.TEXT, tokenization="field")
    desired = CollectionSpec(
        "Article",
        properties=(title, PropertySpec("new", DataType.DATE)),
        references=(ReferenceSpec("author", ("Author", "Article")),),
        vectors=(VectorSpec("a", index=hnsw(ef=60)),),
        inverted_index=InvertedIndexSpec(index_timestamps=True),
    )
    spec = overlaid(desired, STORED)
    assert [member.name for member in spec.members] == ["title", "old", "new", "author"]
    assert spec.properties[0] == attrs.evolve(TITLE, tokenization="field")
    assert spec.references == (ReferenceSpec("author", ("Author", "Article"), "Who"),)
    assert [vector.name for vector in spec.vectors] == ["a", "b"]
    assert spec.vectors[0].index is not None
    assert spec.vectors[0].index.settings["ef"] == 60
    assert spec.vectors[0].index.settings["rq"]["enabled"] is True
    assert spec.inverted_index == InvertedIndexSpec(
        index_null_state=True, index_property_length=False, index_timestamps=True, bm25=BM25(0.5, 1.0)
    )
    assert differences(desired, spec) == ()


def test_a_quantizer_takes_the_place_of_another() -> None:
    for index, quantizers in ((hnsw(quantizer=pq()), ["pq"]), (hnsw(quantizer=uncompressed()), [])):
        spec = overlaid(CollectionSpec("Article", vectors=(VectorSpec("a", index=index),)), STORED)
        assert spec.vectors[0].index is not None
        settings = spec.vectors[0].index.settings
        assert [name for name in ("pq", "bq", "sq", "rq") if settings.get(name, {}).get("enabled")] == quantizers


def test_members_are_left_out_and_renamed() -> None:
    desired = CollectionSpec("Article", properties=(PropertySpec("headline", DataType.TEXT),))
    spec = overlaid(desired, STORED, drop=["old", "author"], drop_vectors=["b"], rename={"title": "headline"})
    assert spec.properties == (attrs.evolve(TITLE, name="headline"),)
    assert spec.references == ()
    assert [vector.name for vector in spec.vectors] == ["a"]


def test_a_property_of_another_type_takes_no_settings_over() -> None:
    desired = CollectionSpec("Article", properties=(PropertySpec("title", DataType.INT),))
    assert overlaid(desired, STORED).properties[0] == PropertySpec("title", DataType.INT)
    as_reference = CollectionSpec("Article", references=(ReferenceSpec("title", ("Article",)),))
    assert [member.name for member in overlaid(as_reference, STORED).members] == ["old", "author", "title"]


def test_tenants_leave_no_sharding() -> None:
    assert overlaid(CollectionSpec("Article", multi_tenancy=MultiTenancySpec()), STORED).sharding is None


def test_the_unnamed_vector_may_be_stored_as_default() -> None:
    stored = CollectionSpec("Article", vectors=(VectorSpec("default"),))
    desired = CollectionSpec("Article", vectors=(VectorSpec(None, index=hnsw(ef=9)),))
    assert [vector.name for vector in overlaid(desired, stored).vectors] == ["default"]


def test_what_is_stated_no_more_goes_back_to_the_default() -> None:
    before = attrs.evolve(STORED, properties=(attrs.evolve(TITLE, tokenization="field", index_filterable=False),))
    spec = with_defaults(CollectionSpec("Article", properties=(PropertySpec("title", DataType.TEXT),)), before)
    assert spec.description == ""
    assert spec.properties[0].tokenization == "word"
    assert spec.properties[0].index_filterable is True
    assert spec.properties[0].description == ""
    assert spec.inverted_index == InvertedIndexSpec(index_null_state=False, bm25=BM25())


def test_what_the_server_states_is_no_difference_to_itself() -> None:
    settings = {"ef": 100, "pq": {"enabled": False, "centroids": 256}, "rq": {"enabled": True, "bits": 8}}
    stored = CollectionSpec("Article", vectors=(VectorSpec("a", index=IndexSpec("hnsw", settings)),))
    assert differences(stored, stored) == ()
    plain = attrs.evolve(
        stored, vectors=(VectorSpec("a", index=IndexSpec("hnsw", settings | {"rq": {"enabled": False}})),)
    )
    (difference,) = differences(plain, stored)
    assert (difference.path, difference.desired) == ("Article.vectors.a.index.rq.enabled", False)


def test_members_of_nested_objects_are_dropped_by_their_paths() -> None:
    inner = PropertySpec(
        "inner", DataType.OBJECT, nested=(PropertySpec("a", DataType.INT), PropertySpec("b", DataType.INT))
    )
    outer = PropertySpec("outer", DataType.OBJECT, nested=(inner, PropertySpec("b", DataType.INT)))
    stored = CollectionSpec("Article", properties=(outer,))
    less = attrs.evolve(outer, nested=(attrs.evolve(inner, nested=inner.nested[1:]),))
    desired = CollectionSpec("Article", properties=(less,))
    assert overlaid(desired, stored) == stored
    assert overlaid(desired, stored, drop=["outer.inner.a", "outer.b"]) == desired

"""Specs refuse what cannot work, and become the JSON that they should."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from weaviate_orm.exceptions import MappingError
from weaviate_orm.schema.collection import CollectionSpec
from weaviate_orm.schema.collection_options import BM25, InvertedIndexSpec, MultiTenancySpec, ShardingSpec, Stopwords
from weaviate_orm.schema.datatypes import DataType
from weaviate_orm.schema.indexes import bq, dynamic, flat, hfresh, hnsw, multi_vector, muvera, pq, rq, sq, uncompressed
from weaviate_orm.schema.modules import Module, module
from weaviate_orm.schema.properties import PropertySpec, ReferenceSpec
from weaviate_orm.schema.settings import camel_case
from weaviate_orm.schema.vectors import VectorSpec

TITLE = PropertySpec("title", DataType.TEXT)
TRANSFORMERS = module("text2vec-transformers")


@pytest.mark.parametrize("data_type", DataType)
def test_data_types(data_type: DataType) -> None:
    assert data_type.is_array == (data_type.value[-2:] == "[]")
    assert not data_type.element.is_array
    assert data_type.value in (data_type.element.value, f"{data_type.element.value}[]")
    assert f"{data_type}" == str(data_type) == data_type.value


@pytest.mark.parametrize(
    ("name", "key"),
    [
        ("model", "model"),
        ("max_tokens", "maxTokens"),
        ("top_k", "topK"),
        ("base_url", "baseURL"),
        ("inference_url", "inferenceUrl"),
        ("endpoint_url", "endpointURL"),
        ("use_gpu", "useGPU"),
        ("alreadyCamel", "alreadyCamel"),
    ],
)
def test_keys(name: str, key: str) -> None:
    assert camel_case(name) == key


class TestProperties:
    def test_only_what_is_stated_is_sent(self) -> None:
        assert TITLE.to_json() == {"name": "title", "dataType": ["text"]}

    def test_all_that_is_stated_is_sent(self) -> None:
        spec = PropertySpec(
            "title", DataType.TEXT, "Headline", "field", index_filterable=False, index_searchable=True, vectorize=False
        )
        assert spec.to_json(["text2vec-openai", "text2vec-cohere"]) == {
            "name": "title",
            "dataType": ["text"],
            "description": "Headline",
            "tokenization": "field",
            "indexFilterable": False,
            "indexSearchable": True,
            "moduleConfig": {
                "text2vec-openai": {"skip": True, "vectorizePropertyName": False},
                "text2vec-cohere": {"skip": True, "vectorizePropertyName": False},
            },
        }

    def test_skip_needs_a_vectorizer(self) -> None:
        """The server refuses a property's settings for a module that the collection does not use."""
        assert "moduleConfig" not in PropertySpec("title", DataType.TEXT, vectorize=False).to_json()

    @pytest.mark.parametrize(
        ("keywords", "reason"),
        [
            ({"data_type": DataType.INT, "tokenization": "word"}, "text and text"),
            ({"data_type": DataType.TEXT, "tokenization": "words"}, "one of word, lowercase"),
            ({"data_type": DataType.DATE, "index_searchable": True}, "index_searchable"),
            ({"data_type": DataType.TEXT, "index_range_filters": True}, "int, number and date"),
            ({"data_type": DataType.INT_ARRAY, "index_range_filters": True}, "int, number and date"),
            ({"data_type": DataType.OBJECT}, "need nested"),
            ({"data_type": DataType.TEXT, "nested": (TITLE,)}, "take none"),
            ({"data_type": DataType.OBJECT, "nested": (PropertySpec("p", DataType.GEO_COORDINATES),)}, "'p' cannot"),
            ({"data_type": DataType.OBJECT_ARRAY, "nested": (TITLE, TITLE)}, "same name"),
            (
                {"data_type": DataType.OBJECT, "nested": (PropertySpec("p", DataType.TEXT, tokenization="trigram"),)},
                "'p' cannot have the tokenization",
            ),
        ],
    )
    def test_refused(self, keywords: dict[str, Any], reason: str) -> None:
        with pytest.raises(MappingError, match=reason) as caught:
            PropertySpec("subject", **keywords)
        assert "'subject'" in str(caught.value)

    @pytest.mark.parametrize(
        ("targets", "reason"), [((), "no target"), (("Author", "Author"), "twice"), (("author",), "upper-case")]
    )
    def test_references_refused(self, targets: tuple[str, ...], reason: str) -> None:
        with pytest.raises(MappingError, match=reason):
            ReferenceSpec("authors", targets)

    def test_a_data_type_of_tomorrow_is_named(self) -> None:
        with pytest.raises(MappingError, match="'hologram'"):
            PropertySpec.from_json({"name": "x", "dataType": ["hologram"]})


class TestIndexes:
    def test_stated_settings(self) -> None:
        assert hnsw(distance="dot", ef=100, filter_strategy="sweeping", quantizer=pq(segments=4)).settings == {
            "distance": "dot",
            "ef": 100,
            "filterStrategy": "sweeping",
            "pq": {"enabled": True, "segments": 4},
        }
        assert hnsw(quantizer=uncompressed()).settings == {"skipDefaultQuantization": True}
        assert hnsw(multi_vector=muvera(ksim=3)).settings == {
            "multivector": {"enabled": True, "muvera": {"enabled": True, "ksim": 3}}
        }
        assert hnsw(multi_vector=multi_vector()).settings == {"multivector": {"enabled": True}}
        assert hfresh(max_posting_size_kb=60).settings == {"maxPostingSizeKB": 60}
        assert dynamic(threshold=10, flat=flat(quantizer=bq(cache=True))).settings == {
            "threshold": 10,
            "flat": {"bq": {"enabled": True, "cache": True}},
        }

    @pytest.mark.parametrize(
        ("make", "reason"),
        [
            (lambda: flat(quantizer=sq()), "not by sq"),
            (lambda: flat(quantizer=pq()), "not by pq"),
            (lambda: hfresh(quantizer=bq()), "not by bq"),
            (lambda: hnsw(quantizer=bq(cache=True)), "bq of a hnsw index has no setting cache"),
            (lambda: hnsw(quantizer=rq(cache=True)), "no setting cache"),
            (lambda: dynamic(hnsw=flat()), "takes hnsw"),
            (lambda: dynamic(flat=flat(distance="dot")), "one distance"),
        ],
    )
    def test_refused(self, make: Callable[[], object], reason: str) -> None:
        with pytest.raises(MappingError, match=reason):
            make()


class TestVectors:
    @pytest.mark.parametrize(
        ("keywords", "reason"),
        [
            ({"name": "a-b"}, "cannot be named"),
            ({"source_properties": ("title",)}, "need a vectorizer"),
            ({"vectorizer": TRANSFORMERS, "source_properties": ()}, "no property"),
            ({"dimensions": 0}, "positive"),
        ],
    )
    def test_refused(self, keywords: dict[str, Any], reason: str) -> None:
        with pytest.raises(MappingError, match=reason):
            VectorSpec(**keywords)

    def test_none_is_no_module(self) -> None:
        with pytest.raises(MappingError, match="vectorizer=None"):
            Module("none")

    def test_dimensions_are_not_sent(self) -> None:
        assert VectorSpec("a", dimensions=3).to_json() == {"vectorIndexType": "hnsw", "vectorizer": {"none": {}}}


class TestCollections:
    def test_the_vectorizer_is_always_said(self) -> None:
        assert CollectionSpec("Article").to_json() == {"class": "Article", "properties": [], "vectorizer": "none"}

    def test_unnamed_vector(self) -> None:
        spec = CollectionSpec(
            "Article",
            properties=(TITLE,),
            vectors=(VectorSpec(None, TRANSFORMERS, flat(), ("title",)),),
            generative=module("generative-dummy"),
        )
        assert spec.to_json() == {
            "class": "Article",
            "properties": [
                {
                    "name": "title",
                    "dataType": ["text"],
                    "moduleConfig": {"text2vec-transformers": {"skip": False, "vectorizePropertyName": False}},
                }
            ],
            "vectorizer": "text2vec-transformers",
            "vectorIndexType": "flat",
            "vectorIndexConfig": {},
            "moduleConfig": {"text2vec-transformers": {"properties": ["title"]}, "generative-dummy": {}},
        }

    def test_named_vectors(self) -> None:
        spec = CollectionSpec("Article", vectors=(VectorSpec("a", TRANSFORMERS), VectorSpec("b")))
        body = spec.to_json()
        assert "vectorizer" not in body
        assert body["vectorConfig"] == {
            "a": {"vectorIndexType": "hnsw", "vectorizer": {"text2vec-transformers": {}}},
            "b": {"vectorIndexType": "hnsw", "vectorizer": {"none": {}}},
        }

    def test_numbers_that_the_server_leaves_out_are_0(self) -> None:
        assert InvertedIndexSpec.from_json({"bm25": {"k1": 1.2}}).bm25 == BM25(b=0.0, k1=1.2)
        assert InvertedIndexSpec.from_json({"bm25": {"b": 0.75}}).bm25 == BM25(b=0.75, k1=0.0)

    def test_other_settings(self) -> None:
        spec = CollectionSpec(
            "Article",
            description="News",
            inverted_index=InvertedIndexSpec(index_null_state=True, bm25=BM25(b=0.5), stopwords=Stopwords("none")),
            multi_tenancy=MultiTenancySpec(auto_tenant_creation=True),
        )
        body = spec.to_json()
        assert body["description"] == "News"
        assert body["invertedIndexConfig"] == {
            "indexNullState": True,
            "bm25": {"b": 0.5, "k1": 1.2},
            "stopwords": {"preset": "none", "additions": [], "removals": []},
        }
        assert body["multiTenancyConfig"] == {"enabled": True, "autoTenantCreation": True}

    @pytest.mark.parametrize(
        ("keywords", "reason"),
        [
            ({"properties": (TITLE, PropertySpec("tiTle", DataType.INT))}, "one name"),
            ({"properties": (TITLE,), "references": (ReferenceSpec("title", ("Article",)),)}, "one name"),
            ({"properties": (PropertySpec("id", DataType.INT),)}, "keeps that name"),
            ({"vectors": (VectorSpec("a"), VectorSpec("a"))}, "same name"),
            ({"vectors": (VectorSpec(), VectorSpec("a"))}, "not with both"),
            ({"multi_tenancy": MultiTenancySpec(), "sharding": ShardingSpec(2)}, "leave out the sharding"),
            ({"vectors": (VectorSpec(None, TRANSFORMERS, None, ("body",)),)}, "'body', which is not there"),
            (
                {
                    "properties": (PropertySpec("title", DataType.TEXT, vectorize=False),),
                    "vectors": (VectorSpec(None, TRANSFORMERS, None, ("title",)),),
                },
                "vectorize=False",
            ),
        ],
    )
    def test_refused(self, keywords: dict[str, Any], reason: str) -> None:
        with pytest.raises(MappingError, match=reason):
            CollectionSpec("Article", **keywords).to_json()

    def test_auto_tenants_need_tenants(self) -> None:
        with pytest.raises(MappingError, match="enabled=True"):
            MultiTenancySpec(enabled=False, auto_tenant_creation=True)

    def test_a_property_of_tomorrow_hides_no_other(self) -> None:
        spec = CollectionSpec.from_json(
            {
                "class": "Article",
                "properties": [{"name": "new", "dataType": ["hologram"]}, {"name": "title", "dataType": ["text"]}],
            }
        )
        assert spec.properties == (TITLE,)

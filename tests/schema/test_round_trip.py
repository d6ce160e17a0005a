"""What is created and read back is what was wanted: ``differences(spec, what the server made of it)`` is empty."""

from __future__ import annotations

import contextlib
from typing import Any

import attrs
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from weaviate_orm.client.client import Client
from weaviate_orm.exceptions import MappingError, UnexpectedStatusError
from weaviate_orm.http.features import HFRESH, server_version
from weaviate_orm.schema.collection import CollectionSpec
from weaviate_orm.schema.collection_options import (
    BM25,
    AsyncReplicationSpec,
    InvertedIndexSpec,
    MultiTenancySpec,
    ObjectTTLSpec,
    ReplicationSpec,
    ShardingSpec,
    Stopwords,
    TokenizerUserDict,
)
from weaviate_orm.schema.datatypes import DataType
from weaviate_orm.schema.diff import differences
from weaviate_orm.schema.indexes import (
    IndexSpec,
    Quantizer,
    bq,
    dynamic,
    flat,
    hfresh,
    hnsw,
    multi_vector,
    muvera,
    pq,
    rq,
    sq,
    uncompressed,
)
from weaviate_orm.schema.names import check_property_name
from weaviate_orm.schema.properties import PropertySpec, ReferenceSpec
from weaviate_orm.schema.text_analyzer import TextAnalyzer
from weaviate_orm.schema.unknown import unknown_members
from weaviate_orm.schema.vectors import VectorSpec
from weaviate_orm.vectorizers import Generative, Reranker, Text2Vec


def _allowed(name: str) -> bool:
    with contextlib.suppress(MappingError):
        check_property_name(name)
        return not name.endswith("_temp")
    return False


names = st.from_regex(r"[a-z][A-Za-z0-9_]{0,8}", fullmatch=True).filter(_allowed)
flags = st.none() | st.booleans()
prose = st.none() | st.text(st.characters(codec="utf-8", exclude_characters="\0"), min_size=1, max_size=30)
counts = st.none() | st.integers(1, 200)


def unique_by_name(items: Any, **limits: Any) -> Any:
    return st.lists(items, unique_by=lambda item: item.name.lower(), **limits).map(tuple)


@st.composite
def properties(draw: st.DrawFn, depth: int = 2) -> PropertySpec:
    kinds = [kind for kind in DataType if kind is not DataType.BLOB_HASH]
    if depth < 2:
        kinds = [kind for kind in kinds if kind not in (DataType.GEO_COORDINATES, DataType.PHONE_NUMBER)]
    if depth == 0:
        kinds = [kind for kind in kinds if kind.element is not DataType.OBJECT]
    data_type = draw(st.sampled_from(kinds))
    is_text = data_type.element is DataType.TEXT
    ranged = data_type in (DataType.INT, DataType.NUMBER, DataType.DATE)
    top = depth == 2
    return PropertySpec(
        draw(names),
        data_type,
        description=draw(prose),
        tokenization=draw(
            st.sampled_from([None, "word", "lowercase", "whitespace", "field", *(["trigram"] if top else [])])
        )
        if is_text
        else None,
        index_filterable=draw(flags) if data_type is not DataType.BLOB else None,
        index_searchable=draw(flags) if is_text else draw(st.sampled_from([None, False])),
        index_range_filters=draw(flags) if ranged and top else None,
        vectorize=draw(st.booleans()) if top else True,
        vectorize_name=draw(st.booleans()) if top else False,
        nested=draw(unique_by_name(properties(depth - 1), min_size=1, max_size=3))
        if data_type.element is DataType.OBJECT
        else (),
    )


distances = st.sampled_from([None, "cosine", "dot", "l2-squared", "manhattan", "hamming"])
hnsw_quantizers: st.SearchStrategy[Quantizer | None] = st.sampled_from(
    [None, uncompressed(), pq(segments=2, training_limit=500), bq(), sq(rescore_limit=9), rq(bits=8, rescore_limit=7)]
)
flat_quantizers: st.SearchStrategy[Quantizer | None] = st.sampled_from(
    [None, uncompressed(), bq(rescore_limit=3, cache=True), rq(bits=1, cache=False)]
)
hnsw_indexes = st.builds(
    hnsw,
    distance=distances,
    ef=counts,
    ef_construction=st.none() | st.integers(4, 200),
    max_connections=st.none() | st.integers(4, 64),
    dynamic_ef_min=counts,
    dynamic_ef_factor=counts,
    flat_search_cutoff=counts,
    filter_strategy=st.sampled_from([None, "acorn", "sweeping"]),
    vector_cache_max_objects=counts,
    cleanup_interval_seconds=counts,
    skip=flags,
    quantizer=hnsw_quantizers,
)
flat_indexes = st.builds(flat, distance=distances, vector_cache_max_objects=counts, quantizer=flat_quantizers)
hfresh_indexes = st.builds(
    hfresh, distance=st.sampled_from([None, "cosine", "l2-squared"]), replicas=st.none() | st.integers(1, 8)
)
indexes: st.SearchStrategy[IndexSpec | None] = st.none() | hnsw_indexes | flat_indexes | hfresh_indexes
multi_vector_indexes = st.sampled_from([hnsw(multi_vector=multi_vector()), hnsw(multi_vector=muvera(ksim=3))])
vectorizers = st.sampled_from(
    [None, Text2Vec.transformers(), Text2Vec.transformers(pooling_strategy="cls", vectorize_class_name=True)]
)


@st.composite
def vectors(draw: st.DrawFn, sources: tuple[str, ...], name: str | None = None) -> VectorSpec:
    vectorizer = draw(vectorizers)
    if name is not None and vectorizer is None and draw(st.booleans()):
        return VectorSpec(name, None, draw(multi_vector_indexes))
    chosen = draw(st.none() | st.lists(st.sampled_from(sources), min_size=1, unique=True)) if sources else None
    return VectorSpec(
        name, vectorizer, draw(indexes), tuple(chosen) if chosen and vectorizer is not None else None, draw(counts)
    )


@st.composite
def collections(draw: st.DrawFn, name: str = "Article") -> CollectionSpec:
    members = draw(unique_by_name(properties(), max_size=5))
    taken = {member.name.lower() for member in members}
    links = draw(unique_by_name(names.map(lambda each: ReferenceSpec(each, (name,))), max_size=2))
    sources = tuple(member.name for member in members if member.data_type.element is DataType.TEXT and member.vectorize)
    vector_names = draw(st.lists(names.filter(lambda each: each != "default"), max_size=3, unique=True))
    tenants = draw(st.none() | st.builds(MultiTenancySpec, st.just(True), flags, flags))
    return CollectionSpec(
        name,
        draw(prose),
        members,
        tuple(link for link in links if link.name.lower() not in taken),
        tuple(draw(vectors(sources, each)) for each in vector_names)
        or draw(st.just(()) | vectors(sources).map(lambda each: (each,))),
        generative=draw(st.none() | st.just(Generative.dummy())),
        reranker=draw(st.none() | st.just(Reranker.dummy())),
        inverted_index=draw(
            st.none()
            | st.builds(
                InvertedIndexSpec,
                flags,
                flags,
                flags,
                st.none() | st.builds(BM25, st.floats(0, 1, width=32, allow_subnormal=False), st.floats(0.5, 3)),
                st.none()
                | st.sampled_from([Stopwords(), Stopwords("none", ("a",)), Stopwords("en", ("zap",), ("the",))]),
            )
        ),
        multi_tenancy=tenants,
        replication=draw(
            st.none()
            | st.builds(
                ReplicationSpec, st.sampled_from([None, 1]), flags, st.sampled_from([None, "TimeBasedResolution"])
            )
        ),
        sharding=draw(st.none() | st.just(ShardingSpec(2))) if tenants is None else None,
    )


def _holds(there: Any, stated: Any) -> bool:
    """Whether JSON has all that other JSON states: an oracle that knows nothing of specs."""
    if isinstance(stated, dict):
        return isinstance(there, dict) and all(_holds(there.get(key), value) for key, value in stated.items())
    if isinstance(stated, list) and stated and isinstance(stated[0], dict):
        by_name = {each["name"]: each for each in there or ()}
        return all(_holds(by_name.get(each["name"]), each) for each in stated)
    if isinstance(stated, float):
        return bool((there or 0.0) == pytest.approx(stated, rel=1e-6))  # the server leaves out what is 0
    return bool(there == stated or not (there or stated))  # the server leaves out what is false or empty


@pytest.mark.slow
@given(collections())
def test_json_and_back_loses_nothing(spec: CollectionSpec) -> None:
    again = CollectionSpec.from_json(spec.to_json())
    assert differences(spec, again) == ()
    assert _holds(again.to_json(), spec.to_json())
    assert CollectionSpec.from_json(again.to_json()) == again


@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(st.data())
def test_the_server_gives_back_what_was_wanted(client: Client, unique: str, data: st.DataObject) -> None:
    spec = data.draw(collections(unique))
    needed = {*spec.vectorizers, *(each.name for each in (spec.generative, spec.reranker) if each is not None)}
    if not needed <= set(client.get_meta()["modules"]):
        spec = attrs.evolve(spec, vectors=(), generative=None, reranker=None)
    if not HFRESH.is_in(server_version(client.transport)):
        spec = attrs.evolve(spec, vectors=tuple(map(_without_hfresh, spec.vectors)))
    client.schema.create_class(spec.to_json())
    try:
        there = client.schema.get(unique)
    finally:
        client.schema.delete_class(unique)
    assert differences(spec, CollectionSpec.from_json(there)) == ()
    there["replicationConfig"].pop("asyncEnabled", None)
    stated = attrs.evolve(spec, replication=spec.replication and attrs.evolve(spec.replication, async_enabled=None))
    assert _holds(there, stated.to_json())


def _without_hfresh(vector: VectorSpec) -> VectorSpec:
    return attrs.evolve(vector, index=None) if vector.index and vector.index.type == "hfresh" else vector


def test_dynamic_indexes(client: Client, unique: str) -> None:
    index = dynamic(distance="dot", threshold=5, hnsw=hnsw(ef=9, quantizer=sq()), flat=flat(quantizer=bq(cache=True)))
    spec = CollectionSpec(unique, vectors=(VectorSpec(None, None, index),))
    try:
        client.schema.create_class(spec.to_json())
    except UnexpectedStatusError as error:
        if "async indexing" not in str(error):
            raise
        pytest.skip("the server runs without ASYNC_INDEXING")
    there = CollectionSpec.from_json(client.schema.get(unique))
    assert differences(spec, there) == ()
    for other in (dynamic(distance="cosine"), dynamic(hnsw=hnsw(ef=8)), dynamic(flat=flat(quantizer=rq()))):
        assert len(differences(attrs.evolve(spec, vectors=(VectorSpec(None, None, other),)), there)) == 1


_BY_NAMES = ("moduleConfig", "stopwordPresets", "vectorizer")
"""Objects whose members have names of users' choice."""


def _with_unknown(draw: st.DrawFn, body: Any) -> Any:
    """Return JSON with random members in its objects."""
    if isinstance(body, list):
        return [_with_unknown(draw, element) for element in body]
    if not isinstance(body, dict):
        return body
    extended = {key: value if key in _BY_NAMES else _with_unknown(draw, value) for key, value in body.items()}
    return extended | draw(st.just({}) | unknowns)


SETTINGS: list[dict[str, Any]] = [
    {"object_ttl": ObjectTTLSpec("_creationTimeUnix", 90), "replication": ReplicationSpec(3)},
    {"replication": ReplicationSpec(1, async_config=AsyncReplicationSpec(frequency=9))},
    {"properties": (PropertySpec("t", DataType.TEXT, text_analyzer=TextAnalyzer(True, ("é",), "fr")),)},
    {"references": (ReferenceSpec("by", ("Article", "Author"), disable_duplicated_references=True),)},
]
INDEX = InvertedIndexSpec(
    stopword_presets={"fr": ("le",)},
    tokenizer_user_dict=(TokenizerUserDict("kagome_ja", {"a": "b"}),),
    cleanup_interval_seconds=9,
)


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.text(max_size=3), inner, max_size=2),
    max_leaves=4,
)
unknowns = st.dictionaries(st.text("xyz", min_size=1, max_size=3).map("new_{}".format), json_values, max_size=2)


@st.composite
def class_bodies(draw: st.DrawFn) -> dict[str, Any]:
    """JSON of a class as a newer server may write it."""
    spec = draw(
        collections() | st.sampled_from([CollectionSpec("Article", inverted_index=INDEX, **each) for each in SETTINGS])
    )
    body = spec.to_json()
    extended = {
        key: value if key in ("vectorConfig", "moduleConfig") else _with_unknown(draw, value)
        for key, value in body.items()
    }
    if "vectorConfig" in body:
        extended["vectorConfig"] = {
            name: {
                **draw(unknowns),
                **vector,
                "vectorIndexConfig": {**draw(unknowns), **vector.get("vectorIndexConfig", {})},
            }
            for name, vector in body["vectorConfig"].items()
        }
    newer = draw(st.lists(st.sampled_from(["decimal", "geoShape[]"]), max_size=2, unique=True))
    extended["properties"] += [{"name": f"z{kind[:3]}", "dataType": [kind], **draw(unknowns)} for kind in newer]
    return extended | draw(unknowns)


def _by_name(body: dict[str, Any]) -> dict[str, Any]:
    return body | {"properties": {member["name"]: member for member in body.get("properties") or ()}}


@pytest.mark.slow
@settings(suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
@given(class_bodies())
def test_what_no_spec_describes_is_kept(body: dict[str, Any]) -> None:
    spec = CollectionSpec.from_json(body)
    again = spec.class_json()
    assert unknown_members(_by_name(body), _by_name(again)) == {}
    assert CollectionSpec.from_json(again) == spec


@settings(max_examples=15, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(st.data())
def test_a_class_of_the_server_is_created_from_its_spec(client: Client, unique: str, data: st.DataObject) -> None:
    spec = attrs.evolve(data.draw(collections(unique)), vectors=(), generative=None, reranker=None)
    stored: list[dict[str, Any]] = []
    for _ in range(2):
        client.schema.create_class(spec.to_json())
        try:
            stored.append(client.schema.get(unique))
        finally:
            client.schema.delete_class(unique)
        spec = CollectionSpec.from_json(stored[-1])
        assert unknown_members(_by_name(stored[-1]), _by_name(spec.class_json())) == {}
    first, second = map(_by_name, stored)
    assert unknown_members(first, second) == unknown_members(second, first) == {}

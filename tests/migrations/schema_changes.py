"""The changes of a collection that the table of docs/reference/schema-changes.md lists."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import attrs

from weaviate_orm.migrations.work import Strategy
from weaviate_orm.schema import (
    BM25,
    CollectionSpec,
    DataType,
    IndexSpec,
    InvertedIndexSpec,
    MultiTenancySpec,
    ObjectTTLSpec,
    PropertySpec,
    ReferenceSpec,
    ReplicationSpec,
    ShardingSpec,
    Stopwords,
    TextAnalyzer,
    TokenizerUserDict,
    VectorSpec,
    bq,
    flat,
    hnsw,
    module,
    rq,
    sq,
    uncompressed,
)

Alter = Callable[[CollectionSpec], CollectionSpec]

VECTORIZER = module("text2vec-transformers")
TITLE = PropertySpec("title", DataType.TEXT)
BODY = PropertySpec("body", DataType.TEXT)
PAGES = PropertySpec("pages", DataType.TEXT)
COUNT = PropertySpec("count", DataType.INT)
INNER = PropertySpec("inner", DataType.TEXT)
NESTED = PropertySpec("nested", DataType.OBJECT, nested=(INNER,))
VECTORS = (
    VectorSpec("own", index=hnsw(ef=100, quantizer=uncompressed())),
    VectorSpec("made", VECTORIZER, source_properties=("title",)),
)


def base(name: str, author: str) -> CollectionSpec:
    """The collection that is changed."""
    return CollectionSpec(
        name,
        properties=(TITLE, BODY, PAGES, COUNT, NESTED),
        references=(ReferenceSpec("next", (name,)), ReferenceSpec("author", (author,))),
        vectors=VECTORS,
        alias=True,
    )


@attrs.frozen(eq=False)
class SchemaChange:
    """A change, and how it is carried out.

    Attributes:
        id: its name in the table.
        alter: makes the changed collection.
        able: how a server with runtime reindex and the dropping of vectors does it.
        plain: how a server as it comes does it.
        first: what the collection has before, besides the base.
        rename: new names of members.
        strict: whether what only the server has is removed.
        values: what becomes of the properties of an object.
        vectorized: the vectors that are made anew; of those only that they are there is compared.
        needs: settings of the server without which the change is refused.
    """

    id: str
    alter: Alter
    able: Strategy = "in place"
    plain: Strategy | None = None
    first: Alter = lambda spec: spec
    rename: Mapping[str, str] = attrs.field(factory=dict)
    strict: bool = False
    values: Callable[[dict[str, Any]], dict[str, Any]] = dict
    vectorized: frozenset[str] = frozenset()
    dropped: frozenset[str] = frozenset()

    def strategy(self, is_able: bool) -> Strategy:
        return self.able if is_able or self.plain is None else self.plain


def with_property(old: PropertySpec, **settings: Any) -> Alter:
    def alter(spec: CollectionSpec) -> CollectionSpec:
        return attrs.evolve(
            spec,
            properties=tuple(
                attrs.evolve(member, **settings) if member.name == old.name else member for member in spec.properties
            ),
        )

    return alter


def adding(*members: PropertySpec) -> Alter:
    return lambda spec: attrs.evolve(spec, properties=(*spec.properties, *members))


def without(name: str) -> Alter:
    return lambda spec: attrs.evolve(
        spec, properties=tuple(member for member in spec.properties if member.name != name)
    )


def setting(**settings: Any) -> Alter:
    return lambda spec: attrs.evolve(spec, **settings)


def index_of(name: str, index: IndexSpec, **settings: Any) -> Alter:
    return lambda spec: attrs.evolve(
        spec,
        vectors=tuple(
            attrs.evolve(vector, index=index, **settings) if vector.name == name else vector for vector in spec.vectors
        ),
    )


def described_reference(spec: CollectionSpec) -> CollectionSpec:
    return attrs.evolve(spec, references=(spec.references[0], attrs.evolve(spec.references[1], description="Who")))


def another_target(spec: CollectionSpec) -> CollectionSpec:
    author = spec.references[1]
    return attrs.evolve(
        spec, references=(spec.references[0], attrs.evolve(author, targets=(*author.targets, spec.name)))
    )


def new_reference(spec: CollectionSpec) -> CollectionSpec:
    return attrs.evolve(spec, references=(*spec.references, ReferenceSpec("related", (spec.name,))))


def inverted(**settings: Any) -> Alter:
    return setting(inverted_index=InvertedIndexSpec(**settings))


def vectors(*specs: VectorSpec) -> Alter:
    return setting(vectors=specs)


def renamed(values: dict[str, Any], old: str, new: str) -> dict[str, Any]:
    return {new if name == old else name: value for name, value in values.items()}


MADE = frozenset({"made"})

CHANGES = [
    SchemaChange("collection-description", setting(description="Texts")),
    SchemaChange("property-description", with_property(TITLE, description="Headline")),
    SchemaChange("nested-description", with_property(NESTED, nested=(attrs.evolve(INNER, description="Inside"),))),
    SchemaChange("reference-description", described_reference),
    SchemaChange("add-property", adding(PropertySpec("new", DataType.DATE))),
    SchemaChange("add-object", adding(PropertySpec("more", DataType.OBJECT_ARRAY, nested=(INNER,)))),
    SchemaChange("add-reference", new_reference),
    SchemaChange(
        "add-nested-property",
        with_property(NESTED, nested=(INNER, PropertySpec("more", DataType.INT))),
        "rebuild",
    ),
    SchemaChange("add-target", another_target, "rebuild"),
    SchemaChange(
        "drop-property",
        without("body"),
        "rebuild",
        strict=True,
        values=lambda values: {name: value for name, value in values.items() if name != "body"},
    ),
    SchemaChange(
        "drop-nested-property",
        with_property(NESTED, nested=(INNER,)),
        "rebuild",
        first=with_property(NESTED, nested=(INNER, PropertySpec("more", DataType.INT))),
        strict=True,
    ),
    SchemaChange(
        "rename-property",
        with_property(BODY, name="text"),
        "rebuild",
        rename={"body": "text"},
        values=lambda values: renamed(values, "body", "text"),
    ),
    SchemaChange(
        "change-data-type",
        with_property(PAGES, data_type=DataType.INT),
        "rebuild",
        values=lambda values: values | {"pages": int(values["pages"])},
    ),
    SchemaChange(
        "keep-out-of-vector",
        with_property(BODY, vectorize=False),
        "rebuild",
        vectorized=frozenset({"all"}),
        first=lambda spec: attrs.evolve(spec, vectors=(*VECTORS, VectorSpec("all", VECTORIZER))),
    ),
    SchemaChange("tokenization", with_property(TITLE, tokenization="field"), "reindex", "rebuild"),
    SchemaChange("text-analyzer", with_property(TITLE, text_analyzer=TextAnalyzer(ascii_fold=True)), "rebuild"),
    SchemaChange(
        "filterable-on",
        with_property(TITLE, index_filterable=True),
        "reindex",
        "rebuild",
        first=with_property(TITLE, index_filterable=False),
    ),
    SchemaChange(
        "searchable-on",
        with_property(TITLE, index_searchable=True),
        "reindex",
        "rebuild",
        first=with_property(TITLE, index_searchable=False),
    ),
    SchemaChange("range-filters-on", with_property(COUNT, index_range_filters=True), "reindex", "rebuild"),
    SchemaChange("index-off", with_property(TITLE, index_searchable=False)),
    SchemaChange("null-state", inverted(index_null_state=True), "rebuild"),
    SchemaChange("property-length", inverted(index_property_length=True), "rebuild"),
    SchemaChange("timestamps", inverted(index_timestamps=True), "rebuild"),
    SchemaChange("bm25", inverted(bm25=BM25(0.5, 1.0))),
    SchemaChange("stopwords", inverted(stopwords=Stopwords("none", additions=("foo",)))),
    SchemaChange("stopword-presets", inverted(stopword_presets={"own": ("foo", "bar")})),
    SchemaChange("user-dictionary", inverted(tokenizer_user_dict=(TokenizerUserDict("kagome_ja", {"a": "b"}),))),
    SchemaChange("cleanup-interval", inverted(cleanup_interval_seconds=30)),
    SchemaChange("add-generative", setting(generative=module("generative-dummy"))),
    SchemaChange(
        "change-generative",
        setting(generative=module("generative-openai", model="other")),
        first=setting(generative=module("generative-openai", model="one")),
    ),
    SchemaChange(
        "replace-generative",
        setting(generative=module("generative-openai")),
        "rebuild",
        first=setting(generative=module("generative-dummy")),
    ),
    SchemaChange(
        "drop-generative",
        setting(generative=None),
        "rebuild",
        first=setting(generative=module("generative-dummy")),
        strict=True,
    ),
    SchemaChange(
        "object-ttl",
        setting(object_ttl=ObjectTTLSpec("until")),
        first=adding(PropertySpec("until", DataType.DATE)),
    ),
    SchemaChange(
        "object-ttl-off",
        setting(object_ttl=None),
        first=lambda spec: setting(object_ttl=ObjectTTLSpec("until"))(
            adding(PropertySpec("until", DataType.DATE))(spec)
        ),
        strict=True,
    ),
    SchemaChange("add-reranker", setting(reranker=module("reranker-dummy"))),
    SchemaChange(
        "replace-reranker",
        setting(reranker=module("reranker-cohere")),
        "rebuild",
        first=setting(reranker=module("reranker-dummy")),
    ),
    SchemaChange(
        "vectorizer-source",
        vectors(VECTORS[0], attrs.evolve(VECTORS[1], source_properties=("body",))),
        "rebuild",
        vectorized=MADE,
    ),
    SchemaChange(
        "vectorizer-settings",
        vectors(VECTORS[0], VectorSpec("made", module("text2vec-transformers", vectorize_collection_name=True))),
        "rebuild",
        vectorized=MADE,
    ),
    SchemaChange("vectorizer-off", vectors(VECTORS[0], VectorSpec("made")), "rebuild"),
    SchemaChange("add-vector", vectors(*VECTORS, VectorSpec("new"))),
    SchemaChange(
        "add-vectorizer-vector",
        vectors(*VECTORS, VectorSpec("new", VECTORIZER)),
        "rebuild",
        vectorized=frozenset({"new"}),
    ),
    SchemaChange("drop-vector", vectors(VECTORS[1]), "in place", "rebuild", strict=True, dropped=frozenset({"own"})),
    SchemaChange("index-type", index_of("own", flat()), "rebuild"),
    SchemaChange("ef", index_of("own", hnsw(ef=64))),
    SchemaChange("distance", index_of("own", hnsw(distance="dot")), "rebuild"),
    SchemaChange("ef-construction", index_of("own", hnsw(ef_construction=64)), "rebuild"),
    SchemaChange("max-connections", index_of("own", hnsw(max_connections=8)), "rebuild"),
    SchemaChange("quantizer-on", index_of("own", hnsw(quantizer=rq()))),
    SchemaChange(
        "quantizer-off",
        index_of("own", hnsw(quantizer=uncompressed())),
        "rebuild",
        first=index_of("own", hnsw(quantizer=sq())),
    ),
    SchemaChange(
        "quantizer-replaced",
        index_of("own", hnsw(quantizer=bq())),
        "rebuild",
        first=index_of("own", hnsw(quantizer=rq())),
    ),
    SchemaChange(
        "flat-quantizer",
        index_of("own", flat(quantizer=bq())),
        "rebuild",
        first=index_of("own", flat(quantizer=uncompressed())),
    ),
    SchemaChange("auto-tenants", setting(multi_tenancy=MultiTenancySpec(auto_tenant_creation=True))),
    SchemaChange("deletion-strategy", setting(replication=ReplicationSpec(deletion_strategy="DeleteOnConflict"))),
    SchemaChange(
        "index-type-unnamed",
        lambda spec: attrs.evolve(spec, vectors=(VectorSpec(None, index=flat()),)),
        "rebuild",
        first=lambda spec: attrs.evolve(spec, vectors=(VectorSpec(None, index=hnsw()),)),
    ),
    SchemaChange("virtual-shards", setting(sharding=ShardingSpec(virtual_per_physical=64)), "rebuild"),
    SchemaChange("shards", setting(sharding=ShardingSpec(desired_count=2)), "rebuild"),
]

"""The source of models, of JSON that no server here makes: other versions, modules and settings."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.migrations.source_modules import imported, models_of
from weaviate_orm.migrations.reflection import server_defaults
from weaviate_orm.migrations.reflection.logical_names import LogicalSchema, logical_schema
from weaviate_orm.migrations.reflection.module_of_models import models_source
from weaviate_orm.schema.collection import CollectionSpec
from weaviate_orm.schema.diff import differences


def test_an_index_that_needs_asynchronous_indexing() -> None:
    hnsw, flat = server_defaults.INDEXES["hnsw"], server_defaults.INDEXES["flat"]
    settings = {
        "distance": "dot",
        "threshold": 500,
        "hnsw": {**hnsw, "distance": "dot", "ef": 77, "rq": {"enabled": True, "bits": 1, "rescoreLimit": 512}},
        "flat": {**flat, "distance": "dot"},
    }
    body = {"class": "Article", "vectorizer": "none", "vectorIndexType": "dynamic", "vectorIndexConfig": settings}
    source = models_source(LogicalSchema((body,)), version=(1, 39, 2))
    assert source.endswith(
        "class Article(Model):\n    class Meta:\n        index = dynamic(\n"
        '            distance="dot", threshold=500, hnsw=hnsw(ef=77, quantizer=rq(bits=1))\n        )\n'
    )


def test_settings_that_are_not_known_are_stated() -> None:
    body = {
        "class": "Article",
        "vectorizer": "text2vec-new",
        "moduleConfig": {"text2vec-new": {"depth": 3}},
        "vectorIndexType": "newer",
        "vectorIndexConfig": {"width": 9},
        "newConfig": {"on": True},
        "properties": [{"name": "shape", "dataType": ["polygon"]}, {"name": "hash", "dataType": ["blobHash"]}],
    }
    source = models_source(LogicalSchema((body,)), version=(1, 45, 0))
    assert '        vectorizer = Module("text2vec-new", {"depth": 3})\n' in source
    assert '        index = IndexSpec("newer", {"width": 9})\n' in source
    assert '    # not mapped: newConfig: {"on":true}\n' in source
    assert "    # not mapped: shape: no Python type for polygon\n" in source
    assert "    # not mapped: hash: no Python type for blobHash\n" in source


@pytest.mark.parametrize(
    ("version", "strategy", "stated"),
    [
        ((1, 35, 2), "NoAutomatedResolution", False),
        ((1, 35, 2), "TimeBasedResolution", True),
        ((1, 37, 0), "TimeBasedResolution", True),
        ((1, 39, 2), "TimeBasedResolution", False),
    ],
)
def test_defaults_are_those_of_the_version(version: tuple[int, ...], strategy: str, stated: bool) -> None:
    body = {"class": "Article", "vectorizer": "none", "replicationConfig": {"deletionStrategy": strategy}}
    source = models_source(LogicalSchema((body,)), version=version)
    assert (f'replication = ReplicationSpec(deletion_strategy="{strategy}")' in source) is stated


def test_shards_are_stated_where_they_are_not_as_many_as_nodes() -> None:
    body = {"class": "Article", "vectorizer": "none", "shardingConfig": {"desiredCount": 3, "virtualPerPhysical": 128}}
    assert "sharding" not in models_source(LogicalSchema((body,)), version=(1, 39, 2), nodes=3)
    assert "ShardingSpec(desired_count=3)" in models_source(LogicalSchema((body,)), version=(1, 39, 2), nodes=1)


STATED: list[tuple[dict[str, Any], str]] = [
    (
        {"vectorizer": "multi2vec-clip", "moduleConfig": {"multi2vec-clip": {"imageFields": ["photo"]}}},
        'vectorizer = Multi2Vec.clip(image_fields=["photo"])',
    ),
    (
        {
            "vectorizer": "multi2vec-clip",
            "moduleConfig": {
                "multi2vec-clip": {
                    "imageFields": ["photo"],
                    "textFields": ["title"],
                    "weights": {"textFields": [0.2]},
                }
            },
        },
        'Multi2Vec.clip(image_fields=["photo"], text_fields={"title": 0.2})',
    ),
    (
        {
            "vectorizer": "text2vec-openai",
            "moduleConfig": {"text2vec-openai": {"model": "m", "baseURL": "http://inference"}},
        },
        'vectorizer = Text2Vec.openai(model="m", base_url="http://inference")',
    ),
    (
        {"vectorizer": "text2vec-openai", "moduleConfig": {"text2vec-openai": {"model": "m", "newer": True}}},
        'vectorizer = Module("text2vec-openai", {"model": "m", "newer": True})',
    ),
    ({"vectorizer": "text2vec-databricks"}, 'vectorizer = Module("text2vec-databricks")'),
    (
        {
            "vectorizer": "text2vec-openai",
            "moduleConfig": {"text2vec-openai": {"properties": ["title"]}},
        },
        'vectorizer = Module("text2vec-openai", {"properties": ["title"]})',
    ),
    (
        {
            "vectorConfig": {
                "colbert": {
                    "vectorizer": {"none": {}},
                    "vectorIndexType": "hnsw",
                    "vectorIndexConfig": {"multivector": {"enabled": True, "muvera": {"enabled": True, "ksim": 5}}},
                }
            }
        },
        "colbert: Vector = vector(default=None, index=hnsw(multi_vector=muvera(ksim=5)))",
    ),
    (
        {
            "vectorConfig": {
                "text": {
                    "vectorizer": {"text2vec-openai": {"properties": ["title", "to"]}},
                    "vectorIndexType": "hnsw",
                }
            },
            "properties": [{"name": "title", "dataType": ["text"]}, {"name": "to", "dataType": ["Article"]}],
        },
        'vectorizer=Module("text2vec-openai", {"properties": ["title", "to"]})',
    ),
    (
        {
            "objectTtlConfig": {"enabled": True, "deleteOn": "expiresAt", "defaultTtl": 60},
            "properties": [{"name": "expiresAt", "dataType": ["date"]}],
        },
        'object_ttl = ObjectTTLSpec(delete_on="expires_at", default_ttl=60)',
    ),
    (
        {
            "objectTtlConfig": {"enabled": True, "deleteOn": "_creationTimeUnix", "defaultTtl": 60},
            "invertedIndexConfig": {"indexTimestamps": True},
        },
        'ObjectTTLSpec(delete_on="created_at", default_ttl=60)',
    ),
    (
        {
            "invertedIndexConfig": {
                "stopwordPresets": {"dutch": ["de", "het"]},
                "tokenizerUserDict": [
                    {"tokenizer": "kagome_ja", "replacements": [{"source": "a", "target": "b"}]},
                ],
            }
        },
        'tokenizer_user_dict=(\n                TokenizerUserDict(tokenizer="kagome_ja", replacements={"a": "b"}),',
    ),
    (
        {"replicationConfig": {"factor": 3, "asyncEnabled": True, "asyncConfig": {"frequency": 500}}},
        "ReplicationSpec(\n            factor=3, async_config=AsyncReplicationSpec(frequency=500)\n        )",
    ),
    (
        {
            "properties": [
                {"name": "to", "dataType": ["Article"], "description": "d", "disableDuplicatedReferences": True}
            ]
        },
        'ref(\n        factory=list, description="d", disable_duplicated_references=True\n    )',
    ),
    (
        {"properties": [{"name": "t", "dataType": ["text"], "textAnalyzer": {"asciiFold": True}}]},
        "text_analyzer=TextAnalyzer(ascii_fold=True)",
    ),
]


@pytest.mark.parametrize(("settings", "stated"), STATED, ids=[row[1].split("(")[0] for row in STATED])
def test_settings_are_stated(settings: dict[str, Any], stated: str, tmp_path: Path) -> None:
    body = {"class": "Article", **({} if "vectorConfig" in settings else {"vectorizer": "none"}), **settings}
    source = models_source(LogicalSchema((body,)), version=(1, 39, 2))
    assert stated in source
    assert "not mapped" not in source
    with imported(source, tmp_path) as module:
        (model,) = models_of(module)
        assert differences(model.__mapper__.collection, CollectionSpec.from_json(body), strict=True) == ()


NOTES: list[tuple[dict[str, Any], str]] = [
    (
        {
            "properties": [
                {"name": "o", "dataType": ["object"], "nestedProperties": [{"name": "h", "dataType": ["blobHash"]}]}
            ]
        },
        "o.h: no Python type for blobHash",
    ),
    ({"properties": [{"name": "t", "dataType": ["text"], "newer": 1}]}, 't: {"newer":1}'),
    (
        {
            "vectorConfig": {
                "v": {"vectorizer": {"none": {}}, "vectorIndexType": "hnsw", "newer": 1},
            }
        },
        'v: {"newer":1}',
    ),
]


@pytest.mark.parametrize(("settings", "note"), NOTES, ids=[row[1].split(":")[0] for row in NOTES])
def test_what_no_model_states_is_noted(settings: dict[str, Any], note: str) -> None:
    body = {"class": "Article", **({} if "vectorConfig" in settings else {"vectorizer": "none"}), **settings}
    source = models_source(LogicalSchema((body,)), version=(1, 39, 2))
    assert f"    # not mapped: {note}\n" in source
    compile(source, "models", "exec")


def test_what_the_package_keeps_for_itself_is_left_out() -> None:
    classes = [{"class": name} for name in ("Article_2", "WeaviateOrmMigration", "Article_1")]
    aliases = {
        "Article": "Article_2",
        "WeaviateOrmReplaced_Article_1": "Article_1",
        "WeaviateOrmMigrationLock": "WeaviateOrmMigration",
    }
    schema = logical_schema(classes, aliases)
    assert [body["class"] for body in schema.collections] == ["Article"]
    assert schema.aliased == {"Article"}
    assert schema.notes == ("Article_1 is a copy of Article that no alias leads to.",)


def test_names_that_classes_cannot_have() -> None:
    classes = [{"class": name, "vectorizer": "none"} for name in ("Model", "None", "Field")]
    source = models_source(logical_schema(classes, {}), version=(1, 39, 2))
    for name in ("Model", "None", "Field"):
        assert f'class {name}Model(Model):\n    class Meta:\n        name = "{name}"\n' in source

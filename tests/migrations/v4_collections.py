"""Bodies of ``POST /v1/schema`` as the official client 4.24 makes them; ``{}`` in names stands for a prefix."""

from __future__ import annotations

from typing import Any, Final

_OF_VECTORIZED: Final = {"skip": False, "vectorizePropertyName": True}

_UNREAD: Final = {"skip_vectorization": False, "vectorize_property_name": True}
"""What the client sends of properties beside named vectors; the server reads no such keys."""

BODIES: Final[tuple[dict[str, Any], ...]] = (
    {
        "vectorConfig": {"default": {"vectorizer": {"none": {}}, "vectorIndexType": "hnsw"}},
        "class": "{}Plain",
        "properties": [{"name": "title", "dataType": ["text"], **_UNREAD}],
    },
    {
        "description": "What was written.",
        "invertedIndexConfig": {
            "bm25": {"b": 0.7, "k1": 1.25},
            "indexTimestamps": True,
            "indexNullState": True,
            "stopwords": {"preset": "none", "additions": ["x"]},
        },
        "vectorizer": "text2vec-transformers",
        "moduleConfig": {"text2vec-transformers": {"poolingStrategy": "masked_mean", "vectorizeClassName": True}},
        "vectorIndexType": "hnsw",
        "class": "{}Article",
        "properties": [
            {
                "name": "title",
                "dataType": ["text"],
                "tokenization": "lowercase",
                "moduleConfig": {"text2vec-transformers": _OF_VECTORIZED},
            },
            {
                "name": "wordCount",
                "dataType": ["int"],
                "indexRangeFilters": True,
                "moduleConfig": {"text2vec-transformers": _OF_VECTORIZED},
            },
            {
                "name": "body",
                "dataType": ["text"],
                "indexSearchable": False,
                "moduleConfig": {"text2vec-transformers": {"skip": True, "vectorizePropertyName": True}},
            },
            {
                "name": "meta",
                "dataType": ["object"],
                "nestedProperties": [
                    {"name": "source", "dataType": ["text"], **_UNREAD},
                    {"name": "when", "dataType": ["date"], **_UNREAD},
                ],
                "moduleConfig": {"text2vec-transformers": _OF_VECTORIZED},
            },
            {"name": "tags", "dataType": ["text[]"], "moduleConfig": {"text2vec-transformers": _OF_VECTORIZED}},
        ],
    },
    {
        "vectorConfig": {
            "title": {
                "vectorizer": {
                    "text2vec-transformers": {
                        "poolingStrategy": "masked_mean",
                        "vectorizeClassName": True,
                        "properties": ["title"],
                    }
                },
                "vectorIndexType": "hnsw",
                "vectorIndexConfig": {"rq": {"enabled": True, "bits": 8}},
            },
            "own": {
                "vectorizer": {"none": {}},
                "vectorIndexType": "flat",
                "vectorIndexConfig": {"bq": {"enabled": True, "cache": True}},
            },
        },
        "class": "{}Named",
        "properties": [
            {"name": "title", "dataType": ["text"], **_UNREAD},
            {"name": "body", "dataType": ["text"], **_UNREAD},
        ],
    },
    {
        "multiTenancyConfig": {"enabled": True, "autoTenantCreation": True},
        "vectorConfig": {"default": {"vectorizer": {"none": {}}, "vectorIndexType": "hnsw"}},
        "class": "{}Of_tenants",
        "properties": [
            {"name": "title", "dataType": ["text"], **_UNREAD},
            {"name": "hasAuthor", "dataType": ["{}Plain"]},
            {"name": "about", "dataType": ["{}Plain", "{}Article"]},
        ],
    },
    {
        "replicationConfig": {"factor": 1, "deletionStrategy": "DeleteOnConflict"},
        "shardingConfig": {"desiredCount": 2, "key": "_id", "strategy": "hash", "function": "murmur3"},
        "vectorConfig": {
            "default": {
                "vectorizer": {"none": {}},
                "vectorIndexType": "hnsw",
                "vectorIndexConfig": {"ef": 77, "distance": "dot", "filterStrategy": "sweeping"},
            }
        },
        "moduleConfig": {"generative-dummy": {}, "reranker-dummy": {}},
        "class": "{}Sharded",
        "properties": [],
    },
)


def bodies(prefix: str) -> list[dict[str, Any]]:
    """The bodies, with names that begin with a prefix."""
    return [_named(body, prefix) for body in BODIES]


def _named(value: Any, prefix: str) -> Any:
    if isinstance(value, dict):
        return {key: _named(item, prefix) for key, item in value.items()}
    if isinstance(value, list):
        return [_named(item, prefix) for item in value]
    return value.replace("{}", prefix) if isinstance(value, str) else value

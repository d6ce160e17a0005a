"""What the server fills in by itself where a collection states nothing, measured on Weaviate 1.35.2 and 1.39.2."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

Version = tuple[int, ...]

_HNSW: Final[Mapping[str, Any]] = {
    "cleanupIntervalSeconds": 300,
    "distance": "cosine",
    "dynamicEfFactor": 8,
    "dynamicEfMax": 500,
    "dynamicEfMin": 100,
    "ef": -1,
    "efConstruction": 128,
    "filterStrategy": "acorn",
    "flatSearchCutoff": 40000,
    "maxConnections": 32,
    "multivector": {
        "aggregation": "maxSim",
        "enabled": False,
        "muvera": {"dprojections": 16, "enabled": False, "ksim": 4, "repetitions": 10},
    },
    "pq": {
        "bitCompression": False,
        "centroids": 256,
        "encoder": {"distribution": "log-normal", "type": "kmeans"},
        "segments": 0,
        "trainingLimit": 100000,
    },
    "rq": {"bits": 8, "rescoreLimit": 20},
    "skip": False,
    "skipDefaultQuantization": False,
    "sq": {"rescoreLimit": 20, "trainingLimit": 100000},
    "vectorCacheMaxObjects": 1000000000000,
}

_FLAT_QUANTIZER: Final[Mapping[str, Any]] = {"cache": False, "rescoreLimit": -1}

_FLAT: Final[Mapping[str, Any]] = {
    "bq": _FLAT_QUANTIZER,
    "distance": "cosine",
    "rq": {"bits": 8, **_FLAT_QUANTIZER},
    "skipDefaultQuantization": False,
    "vectorCacheMaxObjects": 1000000000000,
}

INDEXES: Final[Mapping[str, Mapping[str, Any]]] = {
    "hnsw": _HNSW,
    "flat": _FLAT,
    "dynamic": {"distance": "cosine", "hnsw": _HNSW, "flat": _FLAT, "threshold": 10000},
    "hfresh": {
        "distance": "cosine",
        "maxPostingSizeKB": 48,
        "replicas": 4,
        "rq": {"enabled": True, "bits": 1, "rescoreLimit": 350},
        "searchProbe": 256,
    },
}
"""The settings of each index, by its type; of quantizers, those of one that is enabled."""

RESCORE_LIMIT_OF_ONE_BIT: Final = 512
"""The rescoreLimit of rotational quantization with one bit, in an hnsw index."""

MODULES: Final[Mapping[str, Mapping[str, Any]]] = {
    "text2vec-transformers": {"poolingStrategy": "masked_mean", "vectorizeClassName": True},
}

VIRTUAL_PER_PHYSICAL: Final = 128

CLEANUP_INTERVAL_SECONDS: Final = 60

INVERTED_INDEX_UNKNOWN: Final[Mapping[str, Any]] = {"usingBlockMaxWAND": True}

REFERENCE_UNKNOWN: Final[Mapping[str, Any]] = {
    "indexFilterable": True,
    "indexRangeFilters": False,
    "indexSearchable": False,
}


def deletion_strategy(version: Version) -> str | None:
    """Return the strategy that a server takes where none is stated; None where that was not measured."""
    if version >= (1, 39):
        return "TimeBasedResolution"
    return "NoAutomatedResolution" if version < (1, 36) else None


def without_defaults(settings: Mapping[str, Any], defaults: Mapping[str, Any]) -> dict[str, Any]:
    """Return the settings that differ from the defaults, at every level; null and empty ones say nothing.

    >>> without_defaults({"a": 1, "b": {"c": 2, "d": 3}, "e": None}, {"a": 1, "b": {"c": 2, "d": 0}})
    {'b': {'d': 3}}
    """
    stated: dict[str, Any] = {}
    for key, value in settings.items():
        default = defaults.get(key)
        if isinstance(value, Mapping) and isinstance(default, Mapping):
            if inner := without_defaults(value, default):
                stated[key] = inner
        elif value not in (None, "", [], {}) and (key not in defaults or value != default):
            stated[key] = value
    return stated

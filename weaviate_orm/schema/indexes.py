"""Vector indexes: how they are built, compressed and searched.

One function an index type and one a quantizer; a setting that is not given takes the server's default. See
docs.weaviate.io, "Vector index" and "Vector quantization", for what each setting does.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final, Literal

import attrs

from weaviate_orm.exceptions import MappingError
from weaviate_orm.schema.settings import plain_settings, stated

Distance = Literal["cosine", "dot", "l2-squared", "manhattan", "hamming"]
"""How far two vectors are apart; the server's default is ``cosine``."""

QUANTIZERS: Final = ("pq", "bq", "sq", "rq")
"""The server's keys of the quantizers."""


@attrs.frozen
class IndexSpec:
    """A vector index: its type and its ``vectorIndexConfig``, under the server's own keys."""

    type: str
    settings: Mapping[str, Any] = attrs.field(factory=dict, converter=plain_settings, hash=False)


@attrs.frozen
class Quantizer:
    """How an index compresses. Made by :func:`pq`, :func:`bq`, :func:`sq`, :func:`rq` and :func:`uncompressed`."""

    kind: Literal["pq", "bq", "sq", "rq", "none"]
    settings: Mapping[str, Any] = attrs.field(factory=dict, hash=False)


@attrs.frozen
class MultiVector:
    """An index over several vectors an object. Made by :func:`multi_vector`."""

    settings: Mapping[str, Any] = attrs.field(hash=False)


def pq(
    *,
    segments: int | None = None,
    centroids: int | None = None,
    training_limit: int | None = None,
    encoder: Literal["kmeans", "tile"] | None = None,
    encoder_distribution: Literal["log-normal", "normal"] | None = None,
) -> Quantizer:
    """Product quantization: segments of a vector become the nearest of some centroids. Only for ``hnsw``.

    Args:
        segments: how many; the server's default derives it from the dimensions.
        centroids: how many each segment has; default 256.
        training_limit: objects that it learns from; default 100,000.
        encoder: default ``kmeans``.
        encoder_distribution: for ``tile``; default ``log-normal``.
    """
    named = stated({"type": encoder, "distribution": encoder_distribution})
    return Quantizer(
        "pq",
        stated(
            {"segments": segments, "centroids": centroids, "training_limit": training_limit, "encoder": named or None}
        ),
    )


def bq(*, rescore_limit: int | None = None, cache: bool | None = None) -> Quantizer:
    """Binary quantization: one bit a dimension.

    Args:
        rescore_limit: candidates that are compared again uncompressed; only for ``flat``.
        cache: whether compressed vectors stay in memory; only for ``flat``, default False.
    """
    return Quantizer("bq", stated({"rescore_limit": rescore_limit, "cache": cache}))


def sq(*, training_limit: int | None = None, rescore_limit: int | None = None) -> Quantizer:
    """Scalar quantization: eight bits a dimension. Only for ``hnsw``.

    Args:
        training_limit: objects that it learns from; default 100,000.
        rescore_limit: candidates that are compared again uncompressed; default 20.
    """
    return Quantizer("sq", stated({"training_limit": training_limit, "rescore_limit": rescore_limit}))


def rq(*, bits: int | None = None, rescore_limit: int | None = None, cache: bool | None = None) -> Quantizer:
    """Rotational quantization; it needs no training.

    Args:
        bits: of a dimension: 8, the default, or fewer where the server has it.
        rescore_limit: candidates that are compared again uncompressed.
        cache: whether compressed vectors stay in memory; only for ``flat``, default False.
    """
    return Quantizer("rq", stated({"bits": bits, "rescore_limit": rescore_limit, "cache": cache}))


def uncompressed() -> Quantizer:
    """Disable compression, also where the server's DEFAULT_QUANTIZATION enables it."""
    return Quantizer("none")


def muvera(*, ksim: int | None = None, dprojections: int | None = None, repetitions: int | None = None) -> MultiVector:
    """Fold the vectors of an object into one (MUVERA encoding).

    Args:
        ksim: at most 10; default 4.
        dprojections: default 16.
        repetitions: default 10.
    """
    encoding = stated({"ksim": ksim, "dprojections": dprojections, "repetitions": repetitions})
    return MultiVector({"enabled": True, "muvera": {"enabled": True, **encoding}})


def multi_vector() -> MultiVector:
    """Store several vectors of an object, compared by the sum of their best matches (MaxSim)."""
    return MultiVector({"enabled": True})


def hnsw(
    *,
    distance: Distance | None = None,
    ef: int | None = None,
    ef_construction: int | None = None,
    max_connections: int | None = None,
    dynamic_ef_min: int | None = None,
    dynamic_ef_max: int | None = None,
    dynamic_ef_factor: int | None = None,
    flat_search_cutoff: int | None = None,
    filter_strategy: Literal["acorn", "sweeping"] | None = None,
    vector_cache_max_objects: int | None = None,
    cleanup_interval_seconds: int | None = None,
    skip: bool | None = None,
    quantizer: Quantizer | None = None,
    multi_vector: MultiVector | None = None,
) -> IndexSpec:
    """Build a graph in memory: fast for large collections. The server's default index.

    Args:
        distance: default ``cosine``.
        ef: candidates of a search; default -1, which lets ``dynamic_ef_…`` decide from the limit of the query.
        ef_construction: candidates while building; default 128.
        max_connections: edges of a node; default 32.
        dynamic_ef_min: default 100.
        dynamic_ef_max: default 500.
        dynamic_ef_factor: default 8.
        flat_search_cutoff: filters that leave fewer objects search those one by one; default 40,000.
        filter_strategy: default ``acorn``.
        vector_cache_max_objects: vectors kept in memory; default 1e12.
        cleanup_interval_seconds: between removals of deleted objects; default 300.
        skip: True builds no index, for a collection that is never searched by vector.
        quantizer: :func:`pq`, :func:`bq`, :func:`sq`, :func:`rq` or :func:`uncompressed`.
        multi_vector: :func:`multi_vector` or :func:`muvera`; only for named vectors.

    >>> hnsw(distance="dot", quantizer=rq(bits=8)).settings
    {'distance': 'dot', 'rq': {'enabled': True, 'bits': 8}}
    """
    settings = stated(
        {
            "distance": distance,
            "ef": ef,
            "ef_construction": ef_construction,
            "max_connections": max_connections,
            "dynamic_ef_min": dynamic_ef_min,
            "dynamic_ef_max": dynamic_ef_max,
            "dynamic_ef_factor": dynamic_ef_factor,
            "flat_search_cutoff": flat_search_cutoff,
            "filter_strategy": filter_strategy,
            "vector_cache_max_objects": vector_cache_max_objects,
            "cleanup_interval_seconds": cleanup_interval_seconds,
            "skip": skip,
        }
    )
    if multi_vector is not None:
        settings["multivector"] = multi_vector.settings
    return IndexSpec("hnsw", settings | _compression("hnsw", quantizer))


def flat(
    *,
    distance: Distance | None = None,
    vector_cache_max_objects: int | None = None,
    quantizer: Quantizer | None = None,
) -> IndexSpec:
    """Compare with every vector, without a graph. For small collections and tenants.

    Args:
        distance: default ``cosine``.
        vector_cache_max_objects: default 1e12.
        quantizer: :func:`bq`, :func:`rq` or :func:`uncompressed`.
    """
    settings = stated({"distance": distance, "vector_cache_max_objects": vector_cache_max_objects})
    return IndexSpec("flat", settings | _compression("flat", quantizer))


def dynamic(
    *,
    distance: Distance | None = None,
    threshold: int | None = None,
    hnsw: IndexSpec | None = None,
    flat: IndexSpec | None = None,
) -> IndexSpec:
    """Begins as ``flat`` and becomes ``hnsw`` when it grows. The server has to run with ASYNC_INDEXING=true.

    Args:
        distance: of both; default ``cosine``.
        threshold: objects at which it changes; default 10,000.
        hnsw: settings of the later index.
        flat: settings of the first one.

    Raises MappingError when the two are of other types or give a distance of their own.
    """
    settings = stated({"distance": distance, "threshold": threshold})
    for kind, index in (("hnsw", hnsw), ("flat", flat)):
        if index is None:
            continue
        if index.type != kind:
            raise MappingError(f"a dynamic index takes {kind}(…) as {kind}, not {index.type}(…)")
        if "distance" in index.settings:
            raise MappingError(f"a dynamic index has one distance: give it to dynamic(…), not to {kind}(…)")
        settings[kind] = index.settings
    return IndexSpec("dynamic", settings)


def hfresh(
    *,
    distance: Literal["cosine", "l2-squared"] | None = None,
    max_posting_size_kb: int | None = None,
    replicas: int | None = None,
    search_probe: int | None = None,
    quantizer: Quantizer | None = None,
) -> IndexSpec:
    """Clusters of vectors on disk, for collections that do not fit in memory (since Weaviate 1.36, a preview).

    Args:
        distance: default ``cosine``.
        max_posting_size_kb: of a cluster; default 48.
        replicas: clusters that hold the same vector; default 4.
        search_probe: clusters that a search reads; default 256.
        quantizer: :func:`rq`; the server always has it on, with one bit.
    """
    settings = stated({"distance": distance, "replicas": replicas, "search_probe": search_probe})
    if max_posting_size_kb is not None:
        settings["maxPostingSizeKB"] = max_posting_size_kb
    return IndexSpec("hfresh", settings | _compression("hfresh", quantizer))


_QUANTIZER_SETTINGS: Final[Mapping[str, Mapping[str, frozenset[str]]]] = {
    "hnsw": {
        "pq": frozenset({"segments", "centroids", "trainingLimit", "encoder"}),
        "bq": frozenset(),
        "sq": frozenset({"trainingLimit", "rescoreLimit"}),
        "rq": frozenset({"bits", "rescoreLimit"}),
        "none": frozenset(),
    },
    "flat": {
        "bq": frozenset({"rescoreLimit", "cache"}),
        "rq": frozenset({"bits", "rescoreLimit", "cache"}),
        "none": frozenset(),
    },
    "hfresh": {"rq": frozenset({"bits", "rescoreLimit"})},
}


def _compression(index_type: str, quantizer: Quantizer | None) -> dict[str, Any]:
    if quantizer is None:
        return {}
    by_kind = _QUANTIZER_SETTINGS[index_type]
    if quantizer.kind not in by_kind:
        raise MappingError(f"a {index_type} index compresses by {' or '.join(by_kind)}, not by {quantizer.kind}")
    # the server takes and forgets a setting that its index does not have
    if unknown := quantizer.settings.keys() - by_kind[quantizer.kind]:
        raise MappingError(f"{quantizer.kind} of a {index_type} index has no setting {', '.join(sorted(unknown))}")
    if quantizer.kind == "none":
        return {"skipDefaultQuantization": True}
    return {quantizer.kind: {"enabled": True, **quantizer.settings}}

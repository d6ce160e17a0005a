"""Vector indexes as calls of the functions of ``weaviate_orm.schema``."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping
from typing import Any

from weaviate_orm.exceptions import MappingError
from weaviate_orm.migrations.python_source import Expression, call, literal
from weaviate_orm.migrations.reflection.imports import Imports
from weaviate_orm.migrations.reflection.server_defaults import (
    INDEXES,
    RESCORE_LIMIT_OF_ONE_BIT,
    without_defaults,
)
from weaviate_orm.schema import indexes
from weaviate_orm.schema.indexes import QUANTIZERS, IndexSpec, MultiVector, Quantizer
from weaviate_orm.schema.settings import camel_case
from weaviate_orm.schema.vectors import DEFAULT_INDEX

FUNCTIONS = frozenset(
    {"bq", "dynamic", "flat", "hfresh", "hnsw", "multi_vector", "muvera", "pq", "rq", "sq", "uncompressed"}
)
"""The functions that the source of an index may call."""

_MODULE = "weaviate_orm.schema"

_UNSTATED = "trackDefaultQuantization"
"""What the server notes for itself about DEFAULT_QUANTIZATION."""

_OWN_SPELLING = {"max_posting_size_kb": "maxPostingSizeKB"}


def index_source(index: IndexSpec | None, imports: Imports) -> Expression | None:
    """Return the call that makes an index; None where the server makes the same by itself."""
    if index is None:
        return None
    stated = stated_settings(index)
    if index.type == DEFAULT_INDEX and not stated:
        return None
    return _index(IndexSpec(index.type, stated), imports)


def stated_settings(index: IndexSpec) -> dict[str, Any]:
    """Return the settings of an index that its server did not fill in by itself."""
    defaults = INDEXES.get(index.type, {})
    settings = {key: value for key, value in index.settings.items() if key != _UNSTATED}
    for inner in ("hnsw", "flat"):
        if index.type == "dynamic" and inner in settings:
            settings[inner] = stated_settings(IndexSpec(inner, settings[inner]))
            if settings[inner].get("distance") == settings.get("distance"):
                del settings[inner]["distance"]
    enabled = {key for key in QUANTIZERS if isinstance(settings.get(key), Mapping) and settings[key].get("enabled")}
    stated = without_defaults(
        {key: value for key, value in settings.items() if key not in QUANTIZERS or key in enabled}, defaults
    )
    quantizer = stated.get("rq", {})
    if index.type == "hnsw" and quantizer.get("bits") == 1:
        if quantizer.get("rescoreLimit") == RESCORE_LIMIT_OF_ONE_BIT:
            del quantizer["rescoreLimit"]
        elif "rescoreLimit" not in quantizer:
            quantizer["rescoreLimit"] = settings["rq"].get("rescoreLimit")
    if not index.settings.get("multivector", {}).get("enabled"):
        stated.pop("multivector", None)
    elif not index.settings["multivector"].get("muvera", {}).get("enabled"):
        stated["multivector"].pop("muvera", None)
    return stated


def _index(index: IndexSpec, imports: Imports) -> Expression:
    function: Callable[..., IndexSpec] | None = getattr(indexes, index.type, None) if index.type in INDEXES else None
    if function is not None:
        values, sources = _arguments(function, index.settings)
        for argument, builder in (("quantizer", _quantizer), ("multi_vector", _multi_vector)):
            if (built := builder(index.settings)) is not None:
                values[argument], sources[argument] = built
        if index.type == "dynamic":
            for inner in ("hnsw", "flat"):
                if inner in index.settings:
                    values[inner] = IndexSpec(inner, index.settings[inner])
                    sources[inner] = _index(values[inner], imports)
        if _makes(function, values, index):
            for name in _functions(sources):
                imports.use(_MODULE, name)
            return call(imports.use(_MODULE, index.type), **sources)
    return call(imports.use(_MODULE, "IndexSpec"), literal(index.type), literal(index.settings))


def _functions(sources: Mapping[str, Expression]) -> list[str]:
    return [
        source.opening[:-1]
        for argument in ("quantizer", "multi_vector")
        if not isinstance(source := sources.get(argument, ""), str)
    ]


def _makes(function: Callable[..., IndexSpec], keywords: Mapping[str, Any], index: IndexSpec) -> bool:
    try:
        return function(**keywords).settings == index.settings
    except (TypeError, MappingError):
        return False


def _arguments(
    function: Callable[..., Any], settings: Mapping[str, Any]
) -> tuple[dict[str, Any], dict[str, Expression]]:
    """Return the arguments that stand for plain settings: their values, and their source."""
    values = {}
    for parameter in inspect.signature(function).parameters:
        value = settings.get(_OWN_SPELLING.get(parameter) or camel_case(parameter))
        if value is not None and not isinstance(value, Mapping):
            values[parameter] = value
    return values, {parameter: literal(value) for parameter, value in values.items()}


def _quantizer(settings: Mapping[str, Any]) -> tuple[Quantizer, Expression] | None:
    kinds = [kind for kind in QUANTIZERS if kind in settings]
    if settings.get("skipDefaultQuantization") and not kinds:
        return indexes.uncompressed(), call("uncompressed")
    if len(kinds) != 1:
        return None
    (kind,) = kinds
    encoder = settings[kind].get("encoder", {})
    plain = {**settings[kind], "encoder": encoder.get("type"), "encoderDistribution": encoder.get("distribution")}
    function: Callable[..., Quantizer] = getattr(indexes, kind)
    values, sources = _arguments(function, plain)
    return function(**values), call(kind, **sources)


def _multi_vector(settings: Mapping[str, Any]) -> tuple[MultiVector, Expression] | None:
    if "multivector" not in settings:
        return None
    encoding = settings["multivector"].get("muvera")
    if encoding is None:
        return indexes.multi_vector(), call("multi_vector")
    values, sources = _arguments(indexes.muvera, encoding)
    return indexes.muvera(**values), call("muvera", **sources)

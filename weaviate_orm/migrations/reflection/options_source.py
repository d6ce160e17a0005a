"""The options of a collection as the statements of ``class Meta``."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import attrs

from weaviate_orm.migrations.python_source import Expression, call, literal, tuple_of
from weaviate_orm.migrations.reflection import server_defaults
from weaviate_orm.migrations.reflection.imports import Imports
from weaviate_orm.schema.collection_options import (
    BM25,
    CREATION_TIME,
    UPDATE_TIME,
    InvertedIndexSpec,
    MultiTenancySpec,
    ObjectTTLSpec,
    ReplicationSpec,
    ShardingSpec,
    Stopwords,
    TokenizerUserDict,
)

_MODULE = "weaviate_orm.schema"

_TIMES = {CREATION_TIME: "created_at", UPDATE_TIME: "updated_at"}


def spec_call(spec: Any, imports: Imports, **replaced: Expression) -> Expression:
    """Return the call that makes a spec: what differs from the defaults of its class.

    Args:
        spec: an instance of an attrs class of ``weaviate_orm.schema``.
        imports: where its name is noted.
        replaced: the source of arguments that are not plain values.
    """
    values = [
        attribute.name
        for attribute in attrs.fields(type(spec))
        if attribute.name in replaced or getattr(spec, attribute.name) != _default(attribute)
    ]
    arguments = {name: replaced[name] if name in replaced else literal(getattr(spec, name)) for name in values}
    return call(imports.use(_MODULE, type(spec).__name__), **arguments)


def _default(attribute: attrs.Attribute[Any]) -> Any:
    default: Any = attribute.default
    return default.factory() if hasattr(default, "factory") else default


def inverted_index_source(spec: InvertedIndexSpec | None, imports: Imports) -> Expression | None:
    """Return what is stated of the inverted index; None where it is the server's default."""
    if spec is None:
        return None
    stated = InvertedIndexSpec(
        index_null_state=spec.index_null_state or None,
        index_property_length=spec.index_property_length or None,
        index_timestamps=spec.index_timestamps or None,
        bm25=None if spec.bm25 is not None and _is_default(spec.bm25) else spec.bm25,
        stopwords=None if spec.stopwords == Stopwords() else spec.stopwords,
        stopword_presets=spec.stopword_presets,
        tokenizer_user_dict=spec.tokenizer_user_dict,
        cleanup_interval_seconds=_unless(spec.cleanup_interval_seconds, server_defaults.CLEANUP_INTERVAL_SECONDS),
        unknown=server_defaults.without_defaults(spec.unknown, server_defaults.INVERTED_INDEX_UNKNOWN),
    )
    if stated == InvertedIndexSpec():
        return None
    nested: dict[str, Expression] = {}
    if stated.bm25 is not None:
        nested["bm25"] = spec_call(stated.bm25, imports)
    if stated.stopwords is not None:
        nested["stopwords"] = spec_call(stated.stopwords, imports)
    if stated.tokenizer_user_dict is not None:
        nested["tokenizer_user_dict"] = tuple_of(_user_dict(item, imports) for item in stated.tokenizer_user_dict)
    return spec_call(stated, imports, **nested)


def _user_dict(spec: TokenizerUserDict, imports: Imports) -> Expression:
    return spec_call(spec, imports)


def _is_default(bm25: BM25) -> bool:
    return round(bm25.b, 6) == BM25().b and round(bm25.k1, 6) == BM25().k1  # the server has 32-bit floats


def _unless(value: Any, default: Any) -> Any:
    return None if value == default else value


def multi_tenancy_source(spec: MultiTenancySpec | None, imports: Imports) -> Expression | None:
    """Return what is stated of tenants; None where there are none."""
    if spec is None or not spec.enabled:
        return None
    return spec_call(
        attrs.evolve(
            spec,
            auto_tenant_creation=spec.auto_tenant_creation or None,
            auto_tenant_activation=spec.auto_tenant_activation or None,
        ),
        imports,
    )


def replication_source(
    spec: ReplicationSpec | None, version: server_defaults.Version, imports: Imports
) -> Expression | None:
    """Return what is stated of replicas; None where it is the default of a server of this version."""
    if spec is None:
        return None
    stated = attrs.evolve(
        spec,
        factor=_unless(spec.factor, 1),
        async_enabled=None,
        deletion_strategy=_unless(spec.deletion_strategy, server_defaults.deletion_strategy(version)),
    )
    if stated == ReplicationSpec():
        return None
    nested = {"async_config": spec_call(stated.async_config, imports)} if stated.async_config is not None else {}
    return spec_call(stated, imports, **nested)


def sharding_source(spec: ShardingSpec | None, nodes: int, imports: Imports) -> Expression | None:
    """Return what is stated of shards; None where it is the default of a cluster of so many nodes."""
    if spec is None:
        return None
    stated = ShardingSpec(
        desired_count=_unless(spec.desired_count, nodes),
        virtual_per_physical=_unless(spec.virtual_per_physical, server_defaults.VIRTUAL_PER_PHYSICAL),
    )
    return None if stated == ShardingSpec() else spec_call(stated, imports)


def object_ttl_source(spec: ObjectTTLSpec | None, attributes: Mapping[str, str], imports: Imports) -> Expression | None:
    """Return when objects expire; None where they do not, or by a property that has no attribute."""
    if spec is None or not spec.delete_on:
        return None
    attribute = _TIMES.get(spec.delete_on) or attributes.get(spec.delete_on)
    if attribute is None:
        return None
    stated = attrs.evolve(spec, delete_on=attribute, filter_expired_objects=spec.filter_expired_objects or None)
    return spec_call(stated, imports)

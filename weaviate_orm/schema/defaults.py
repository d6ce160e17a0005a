"""Settings that were stated and are not any more: the server's defaults take their places. Pure."""

from __future__ import annotations

from typing import Any

import attrs

from weaviate_orm.schema.collection import CollectionSpec
from weaviate_orm.schema.collection_options import BM25, InvertedIndexSpec, MultiTenancySpec, Stopwords
from weaviate_orm.schema.datatypes import DataType
from weaviate_orm.schema.properties import PropertySpec


def with_defaults(after: CollectionSpec, before: CollectionSpec) -> CollectionSpec:
    """Return a collection that states the server's default for each setting that only the one before states.

    >>> stated = CollectionSpec("Article", properties=(PropertySpec("a", DataType.TEXT, tokenization="field"),))
    >>> left_open = CollectionSpec("Article", properties=(PropertySpec("a", DataType.TEXT),))
    >>> with_defaults(left_open, stated).properties[0].tokenization
    'word'
    """
    properties = {member.name: member for member in before.properties}
    references = {member.name: member for member in before.references}
    index = after.inverted_index
    if before.inverted_index is not None:
        index = _index_options(index or InvertedIndexSpec(), before.inverted_index)
    tenancy = after.multi_tenancy
    if tenancy is None and before.is_multi_tenant:
        tenancy = MultiTenancySpec(enabled=False)
    expiry = after.object_ttl
    if expiry is None and before.object_ttl is not None:
        expiry = attrs.evolve(before.object_ttl, enabled=False)
    return attrs.evolve(
        after,
        description=_text(after.description, before.description),
        properties=tuple(
            _property(member, properties[member.name]) if member.name in properties else member
            for member in after.properties
        ),
        references=tuple(
            attrs.evolve(member, description=_text(member.description, references[member.name].description))
            if member.name in references
            else member
            for member in after.references
        ),
        inverted_index=index,
        multi_tenancy=tenancy,
        object_ttl=expiry,
    )


def _property(after: PropertySpec, before: PropertySpec) -> PropertySpec:
    is_text = after.data_type.element is DataType.TEXT
    defaults: dict[str, Any] = {
        "tokenization": "word" if is_text else None,
        "index_filterable": True,
        "index_searchable": is_text,
        "index_range_filters": False,
    }
    settings = {
        name: default
        for name, default in defaults.items()
        if getattr(after, name) is None and getattr(before, name) is not None
    }
    return attrs.evolve(after, description=_text(after.description, before.description), **settings)


def _index_options(after: InvertedIndexSpec, before: InvertedIndexSpec) -> InvertedIndexSpec:
    defaults: dict[str, Any] = {
        "index_null_state": False,
        "index_property_length": False,
        "index_timestamps": False,
        "bm25": BM25(),
        "stopwords": Stopwords(),
        "cleanup_interval_seconds": 60,
    }
    settings = {
        name: default
        for name, default in defaults.items()
        if getattr(after, name) is None and getattr(before, name) is not None
    }
    return attrs.evolve(after, **settings)


def _text(after: str | None, before: str | None) -> str | None:
    return "" if after is None and before else after

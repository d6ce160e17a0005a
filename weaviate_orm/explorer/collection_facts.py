"""What the schema says of a collection, line by line. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import attrs

from weaviate_orm.explorer.catalogue import CatalogueEntry
from weaviate_orm.schema.properties import PropertySpec
from weaviate_orm.schema.vectors import DEFAULT_INDEX, VectorSpec
from weaviate_orm.shown_values import shortened


@attrs.frozen
class CollectionFacts:
    """Tables of texts: the properties (name, attribute, type, notes), the vectors (name, vectorizer, index, notes),
    and the settings (name, value)."""

    properties: tuple[tuple[str, str, str, str], ...]
    vectors: tuple[tuple[str, str, str, str], ...]
    settings: tuple[tuple[str, str], ...]


def collection_facts(entry: CatalogueEntry) -> CollectionFacts:
    """Return what the schema says of a collection."""
    spec = entry.spec
    attributes = {member.spec.name: attribute for attribute, member in entry.entity.properties.items()}
    references = {member.spec.name: attribute for attribute, member in entry.entity.references.items()}
    properties = [
        *(
            (member.name, attributes.get(member.name, ""), str(member.data_type), ", ".join(_notes(member)))
            for member in spec.properties
        ),
        *(
            (member.name, references.get(member.name, ""), " | ".join(member.targets), member.description or "")
            for member in spec.references
        ),
        *((member["name"], "", ", ".join(member["dataType"]), "") for member in spec.unknown.get("properties", ())),
    ]
    return CollectionFacts(tuple(properties), tuple(map(_vector_fact, spec.vectors)), tuple(_settings(entry)))


def _notes(spec: PropertySpec) -> Iterator[str]:
    if spec.description:
        yield spec.description
    if spec.tokenization:
        yield f"tokenization {spec.tokenization}"
    indexes = {"filters": spec.index_filterable, "words": spec.index_searchable, "ranges": spec.index_range_filters}
    if present := [name for name, is_there in indexes.items() if is_there]:
        yield f"indexed for {', '.join(present)}"
    if spec.nested:
        yield f"with {', '.join(member.name for member in spec.nested)}"


def _vector_fact(spec: VectorSpec) -> tuple[str, str, str, str]:
    index = spec.index.type if spec.index is not None else DEFAULT_INDEX
    distance = spec.index.settings.get("distance", "") if spec.index is not None else ""
    return (
        spec.name or "the unnamed vector",
        spec.vectorizer.name if spec.vectorizer is not None else "brought by the client",
        f"{index}, {distance}" if distance else index,
        f"of {', '.join(spec.source_properties)}" if spec.source_properties else "",
    )


def _settings(entry: CatalogueEntry) -> Iterator[tuple[str, str]]:
    spec = entry.spec
    if entry.aliases:
        yield "aliases", ", ".join(entry.aliases)
    for name, module in (("generative", spec.generative), ("reranker", spec.reranker)):
        if module is not None:
            yield name, module.name
    for module in spec.modules:
        yield "module", module.name
    for name in ("inverted_index", "multi_tenancy", "replication", "sharding", "object_ttl"):
        value = getattr(spec, name)
        if value is not None:
            yield name, ", ".join(_stated(value))


def _stated(value: Any) -> Iterator[str]:
    for field in attrs.fields(type(value)):
        setting = getattr(value, field.name)
        if setting is not None and setting != {} and setting != ():
            yield f"{field.name} {shortened(setting)}"

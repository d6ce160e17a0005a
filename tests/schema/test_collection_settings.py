"""Settings of collections, properties and references: stored as stated, changed where the server changes them."""

from __future__ import annotations

from typing import Any

import attrs
import pytest

from weaviate_orm import Client
from weaviate_orm.exceptions import MappingError, UnexpectedStatusError
from weaviate_orm.http.features import ASYNC_REPLICATION_SETTINGS, TEXT_ANALYZERS, Feature
from weaviate_orm.schema import (
    AsyncReplicationSpec,
    CollectionSpec,
    DataType,
    Difference,
    DifferenceKind,
    InvertedIndexSpec,
    ObjectTTLSpec,
    PropertySpec,
    ReferenceSpec,
    ReplicationSpec,
    TextAnalyzer,
    TokenizerUserDict,
    differences,
)

REBUILD, CHANGE = DifferenceKind.REBUILD, DifferenceKind.CHANGE
TIMES = InvertedIndexSpec(index_timestamps=True)
EXPIRES = PropertySpec("expires", DataType.DATE)
TITLE = PropertySpec("title", DataType.TEXT)
FRENCH = InvertedIndexSpec(stopword_presets={"fr": ["le", "la"], "en": ["zap"]})
FOLDED = TextAnalyzer(ascii_fold=True, ascii_fold_ignore=("é", "ø"))


def _title(analyzer: TextAnalyzer | None) -> tuple[PropertySpec, ...]:
    return (attrs.evolve(TITLE, text_analyzer=analyzer),)


def _nested(analyzer: TextAnalyzer | None) -> tuple[PropertySpec, ...]:
    return (PropertySpec("inner", DataType.OBJECT, nested=_title(analyzer)),)


def _index(**settings: Any) -> dict[str, Any]:
    return {"inverted_index": InvertedIndexSpec(**settings)}


def _dictionary(**replacements: str) -> dict[str, Any]:
    return _index(tokenizer_user_dict=(TokenizerUserDict("kagome_kr", replacements),))


def _replication(**settings: Any) -> dict[str, Any]:
    return {"replication": ReplicationSpec(async_config=AsyncReplicationSpec(**settings))}


needs_analyzers = pytest.mark.needs(TEXT_ANALYZERS)
# 1.35.2 lacks it, 1.39.2 has it
needs_unique_references = pytest.mark.needs(Feature("references without duplicates", (1, 36, 0)))

# what is there, what is stated then, where they differ, and whether the server changes it
CASES = [
    pytest.param(
        {"object_ttl": ObjectTTLSpec("_creationTimeUnix", 100)},
        {"object_ttl": ObjectTTLSpec("_lastUpdateTimeUnix", 200, filter_expired_objects=True)},
        ["object_ttl.deleteOn", "object_ttl.defaultTtl", "object_ttl.filterExpiredObjects"],
        CHANGE,
        id="object TTL",
    ),
    pytest.param(
        {"object_ttl": ObjectTTLSpec("expires", -5), "properties": (EXPIRES,)},
        {"object_ttl": ObjectTTLSpec("expires", -5, enabled=False), "properties": (EXPIRES,)},
        ["object_ttl.enabled"],
        CHANGE,
        id="object TTL off",
    ),
    pytest.param(
        {"inverted_index": TIMES},
        {"object_ttl": ObjectTTLSpec("_creationTimeUnix", 100)},
        ["object_ttl.deleteOn", "object_ttl.defaultTtl", "object_ttl.enabled"],
        CHANGE,
        id="object TTL of times that are indexed",
    ),
    pytest.param(
        {},
        {"object_ttl": ObjectTTLSpec("_creationTimeUnix", 100)},
        ["object_ttl.deleteOn", "object_ttl.defaultTtl", "object_ttl.enabled"],
        REBUILD,
        id="object TTL of times that are not indexed",
    ),
    pytest.param(
        _index(cleanup_interval_seconds=7),
        _index(cleanup_interval_seconds=8),
        ["inverted_index.cleanupIntervalSeconds"],
        CHANGE,
        id="cleanup",
    ),
    pytest.param(
        _dictionary(a="b", c="d"),
        _dictionary(a="x"),
        ["inverted_index.tokenizerUserDict"],
        CHANGE,
        id="user dictionary",
    ),
    pytest.param(
        {"inverted_index": FRENCH},
        _index(stopword_presets={"fr": ["un"], "de": ["der"]}),
        ["inverted_index.stopwordPresets.fr", "inverted_index.stopwordPresets.de"],
        CHANGE,
        id="stopword presets",
        marks=needs_analyzers,
    ),
    pytest.param(
        _replication(hashtree_height=9, frequency=40_000),
        _replication(hashtree_height=3, propagation_limit=10),
        ["replication.asyncConfig.hashtreeHeight", "replication.asyncConfig.propagationLimit"],
        CHANGE,
        id="async replication",
        marks=pytest.mark.needs(ASYNC_REPLICATION_SETTINGS),
    ),
    pytest.param(
        {"properties": _title(FOLDED)},
        {"properties": _title(TextAnalyzer())},
        ["title.text_analyzer"],
        REBUILD,
        id="text analyzer off",
        marks=needs_analyzers,
    ),
    pytest.param(
        {"properties": _title(None)},
        {"properties": _title(FOLDED)},
        ["title.text_analyzer"],
        REBUILD,
        id="text analyzer on",
        marks=needs_analyzers,
    ),
    pytest.param(
        {"properties": _nested(FOLDED)},
        {"properties": _nested(TextAnalyzer(ascii_fold=True))},
        ["inner.title.text_analyzer"],
        REBUILD,
        id="text analyzer of a nested property",
        marks=needs_analyzers,
    ),
    pytest.param(
        {"properties": _title(TextAnalyzer(stopword_preset="fr")), "inverted_index": FRENCH},
        {"properties": _title(TextAnalyzer(stopword_preset="en")), "inverted_index": FRENCH},
        ["title.text_analyzer"],
        REBUILD,
        id="stopword preset",
        marks=needs_analyzers,
    ),
    pytest.param(
        {"references": (ReferenceSpec("related", ("Article",), disable_duplicated_references=True),)},
        {"references": (ReferenceSpec("related", ("Article",), disable_duplicated_references=False),)},
        ["related.disable_duplicated_references"],
        REBUILD,
        id="duplicated references",
        marks=needs_unique_references,
    ),
]


def _spec(name: str, stated: dict[str, Any]) -> CollectionSpec:
    links = tuple(attrs.evolve(link, targets=(name,)) for link in stated.get("references", ()))
    attributes: dict[str, Any] = {**stated, "references": links}
    return CollectionSpec(name, **attributes)


def _stored(client: Client, name: str) -> CollectionSpec:
    return CollectionSpec.from_json(client.schema.get(name))


def _create(client: Client, spec: CollectionSpec) -> None:
    try:
        client.schema.create_class(spec.to_json())
    except UnexpectedStatusError as error:
        if "OBJECTS_TTL_DELETE_SCHEDULE" not in str(error):
            raise
        pytest.skip("the server runs without OBJECTS_TTL_DELETE_SCHEDULE")


@pytest.mark.parametrize(("first", "second", "paths", "kind"), CASES)
def test_settings_are_stored_and_changed(
    client: Client, unique: str, first: dict[str, Any], second: dict[str, Any], paths: list[str], kind: DifferenceKind
) -> None:
    _create(client, _spec(unique, first))
    stored = _stored(client, unique)
    assert differences(_spec(unique, first), stored) == ()
    assert differences(CollectionSpec(unique), stored) == ()

    desired = _spec(unique, second)
    found = differences(desired, stored)
    assert [(difference.path, difference.kind) for difference in found] == [
        (f"{unique}.{path}", kind) for path in paths
    ]

    changed = _changed(stored, desired, found)
    try:
        client.transport.request("PUT", f"/schema/{unique}", json=changed.class_json())
    except UnexpectedStatusError:
        assert kind is REBUILD
    remaining = differences(desired, _stored(client, unique))
    assert remaining == (found if kind is REBUILD else ())


def _changed(stored: CollectionSpec, desired: CollectionSpec, found: tuple[Difference, ...]) -> CollectionSpec:
    """Return the stored collection with the attributes that the desired one has otherwise."""
    options = [attribute for attribute in ("object_ttl", "properties", "references") if getattr(desired, attribute)]
    changed = attrs.evolve(stored, **{attribute: getattr(desired, attribute) for attribute in options})
    if desired.inverted_index is not None and stored.inverted_index is not None:
        own = {
            attribute.name: value
            for attribute in attrs.fields(InvertedIndexSpec)
            if (value := getattr(desired.inverted_index, attribute.name)) and attribute.name != "unknown"
        }
        if "stopword_presets" in own:
            own["stopword_presets"] = {**(stored.inverted_index.stopword_presets or {}), **own["stopword_presets"]}
        changed = attrs.evolve(changed, inverted_index=attrs.evolve(stored.inverted_index, **own))
    if desired.replication is not None and stored.replication is not None:
        async_config = desired.replication.async_config
        changed = attrs.evolve(changed, replication=attrs.evolve(stored.replication, async_config=async_config))
    return changed


@needs_unique_references
def test_no_duplicated_references(client: Client, unique: str) -> None:
    spec = _spec(unique, {"references": (ReferenceSpec("related", (unique,), disable_duplicated_references=True),)})
    client.schema.create_class(spec.to_json())
    here = client.data_object.create({}, unique)
    for _ in range(2):
        client.data_object.reference.add(here, "related", here, unique, unique)
    stored = client.data_object.get_by_id(here, class_name=unique)
    assert stored is not None
    assert len(stored["properties"]["related"]) == 1


@pytest.mark.parametrize(
    ("stated", "reason"),
    [
        ({"object_ttl": ObjectTTLSpec("expires")}, "'expires', which is neither"),
        ({"object_ttl": ObjectTTLSpec("title"), "properties": (TITLE,)}, "'title', which is neither"),
        (
            {
                "object_ttl": ObjectTTLSpec("_creationTimeUnix", 60),
                "inverted_index": InvertedIndexSpec(index_timestamps=False),
            },
            "needs index_timestamps=True",
        ),
        ({"properties": _title(TextAnalyzer(stopword_preset="fr"))}, r"'fr', which is none of en, none; declare it"),
    ],
)
def test_what_no_collection_can_be_created_with(stated: dict[str, Any], reason: str) -> None:
    with pytest.raises(MappingError, match=reason):
        CollectionSpec("Article", **stated).to_json()


@pytest.mark.parametrize(
    ("options", "reason"),
    [
        ({"data_type": DataType.INT}, "text and text"),
        ({"index_filterable": False, "index_searchable": False}, "needs an index"),
        ({"tokenization": "gse"}, "not for the tokenization 'gse'"),
        ({"tokenization": "field", "text_analyzer": TextAnalyzer(stopword_preset="en")}, "'word', not 'field'"),
    ],
)
def test_where_no_text_analyzer_is_possible(options: dict[str, Any], reason: str) -> None:
    with pytest.raises(MappingError, match=reason):
        attrs.evolve(TITLE, **{"text_analyzer": FOLDED} | options)


def test_letters_are_ignored_by_folding_alone() -> None:
    with pytest.raises(MappingError, match="needs ascii_fold=True"):
        TextAnalyzer(ascii_fold_ignore=("é",))


def test_a_stopword_preset_has_words() -> None:
    with pytest.raises(MappingError, match="'fr' has no word"):
        InvertedIndexSpec(stopword_presets={"fr": []})

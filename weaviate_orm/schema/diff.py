"""How the collection on the server differs from the one that a model wants.

Only what the model states is compared: None is no statement, and what exists only on the server is no difference, but
for members of nested objects: a nested object is one value. The strict comparison names that too.
What can be changed in place, and how, was measured on Weaviate 1.39.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from enum import Enum
from typing import Any, Final, TypeAlias

import attrs

from weaviate_orm.schema.collection import CollectionSpec
from weaviate_orm.schema.indexes import QUANTIZERS, IndexSpec
from weaviate_orm.schema.modules import Module
from weaviate_orm.schema.properties import FIXED_SETTINGS, PropertySpec, ReferenceSpec
from weaviate_orm.schema.text_analyzer import TextAnalyzer
from weaviate_orm.schema.vectors import DEFAULT_NAME, VectorSpec


class DifferenceKind(Enum):
    """What it takes to make the server's collection like the model's."""

    ADD = "add"
    """A reference is missing; it is added in place."""
    BACKFILL = "backfill"
    """A property or a named vector is missing. It is added in place, and stored objects have no value until they get
    one: filters on null and searches of the vector do not find them."""
    CHANGE = "change"
    """A setting that the server changes in place."""
    REINDEX = "reindex"
    """An index of a property that a server with runtime reindex makes of the stored objects; any other needs a
    rebuild."""
    REBUILD = "rebuild"
    """What the server cannot change: the objects have to be copied into a new collection, or the model changed."""
    UNMAPPED = "unmapped"
    """What only the server has. It may stay: objects keep it when they are changed."""


_Described: TypeAlias = CollectionSpec | PropertySpec | ReferenceSpec

ADD, BACKFILL, CHANGE = DifferenceKind.ADD, DifferenceKind.BACKFILL, DifferenceKind.CHANGE
REINDEX, REBUILD, UNMAPPED = DifferenceKind.REINDEX, DifferenceKind.REBUILD, DifferenceKind.UNMAPPED


@attrs.frozen
class Difference:
    """One difference; its ``str`` is a sentence.

    Attributes:
        path: where, as ``Article.title.tokenization``; settings of indexes and modules have the server's names.
        desired: what the model states; the whole spec of a property, reference or vector that is missing; None for what
            only the server has.
        actual: what the server has; None when it has nothing there.
        kind: what it takes to resolve it.

    >>> str(Difference("Article.title.tokenization", "field", "word", REINDEX))
    "Article.title.tokenization is 'word' on the server and 'field' in the model"
    """

    path: str
    desired: Any
    actual: Any
    kind: DifferenceKind

    def __str__(self) -> str:
        if isinstance(self.desired, (PropertySpec, ReferenceSpec, VectorSpec)):
            return f"{self.path} is missing on the server"
        if self.kind is UNMAPPED:
            return f"{self.path} is on the server and not in the model"
        actual = "not set" if self.actual is None else repr(self.actual)
        return f"{self.path} is {actual} on the server and {self.desired!r} in the model"


def differences(desired: CollectionSpec, actual: CollectionSpec, *, strict: bool = False) -> tuple[Difference, ...]:
    """Return all that the server's collection lacks or has otherwise than the model states, in the model's order.

    Args:
        desired: the collection of the model.
        actual: the collection of the server.
        strict: also return the members, vectors, modules and the expiry that only the server has.
    """
    unmapped = _unmapped(desired, actual) if strict else ()
    return (*_collection(desired, actual), *unmapped)


def _unmapped(desired: CollectionSpec, actual: CollectionSpec) -> Iterator[Difference]:
    name = desired.name
    stated = {member.name for member in desired.members}
    for member in actual.members:
        if member.name not in stated:
            yield Difference(f"{name}.{member.name}", None, member, UNMAPPED)
    for body in actual.unknown.get("properties", ()):
        if body["name"] not in stated:
            yield Difference(f"{name}.{body['name']}", None, ", ".join(body["dataType"]), UNMAPPED)
    vectors = {vector.name for vector in desired.vectors}
    if None in vectors or not vectors:
        vectors |= {None, DEFAULT_NAME}
    for vector in actual.vectors:
        if vector.name not in vectors:
            path = f"{name}.vector" if vector.name is None else f"{name}.vectors.{vector.name}"
            yield Difference(path, None, vector, UNMAPPED)
    for attribute in ("generative", "reranker"):
        module = getattr(actual, attribute)
        if module is not None and getattr(desired, attribute) is None:
            yield Difference(f"{name}.{attribute}", None, module, UNMAPPED)
    modules = {module.name for module in desired.modules}
    for module in actual.modules:
        if module.name not in modules:
            yield Difference(f"{name}.modules.{module.name}", None, module, UNMAPPED)
    if actual.object_ttl is not None and actual.object_ttl.enabled and desired.object_ttl is None:
        yield Difference(f"{name}.object_ttl", None, actual.object_ttl.to_json(), UNMAPPED)


def _collection(desired: CollectionSpec, actual: CollectionSpec) -> Iterator[Difference]:
    name = desired.name
    yield from _description(name, desired, actual)
    yield from _members(desired, actual)
    for vector in desired.vectors:
        yield from _vector(name, vector, {other.name: other for other in actual.vectors})
    yield from _replaceable_module(f"{name}.generative", desired.generative, actual.generative)
    yield from _replaceable_module(f"{name}.reranker", desired.reranker, actual.reranker)
    others = {module.name: module.settings for module in actual.modules}
    for module in desired.modules:
        path = f"{name}.modules.{module.name}"
        if module.name not in others:
            yield Difference(path, dict(module.settings), None, CHANGE)
        else:
            yield from _settings(path, module.settings, others[module.name], REBUILD)
    for attribute, mutable in _MUTABLE_SETTINGS.items():
        stated, stored = getattr(desired, attribute), getattr(actual, attribute)
        if stated is not None:
            for key, value, other in changed_leaves(stated.to_json(), stored.to_json() if stored is not None else {}):
                if key != "asyncEnabled":  # newer servers derive it
                    kind = CHANGE if key.split(".")[0] in mutable else REBUILD
                    yield Difference(f"{name}.{attribute}.{key}", value, other, kind)
    yield from _object_ttl(f"{name}.object_ttl", desired, actual)


def _object_ttl(path: str, desired: CollectionSpec, actual: CollectionSpec) -> Iterator[Difference]:
    if desired.object_ttl is None:
        return
    indexes_times = actual.inverted_index is not None and actual.inverted_index.index_timestamps
    kind = REBUILD if desired.object_ttl.needs_timestamps and not indexes_times else CHANGE
    stored = actual.object_ttl.to_json() if actual.object_ttl is not None else {}
    yield from _settings(path, desired.object_ttl.to_json(), stored, kind)


_MUTABLE_SETTINGS: Final[Mapping[str, frozenset[str]]] = {
    "inverted_index": frozenset(
        {"bm25", "stopwords", "stopwordPresets", "tokenizerUserDict", "cleanupIntervalSeconds"}
    ),
    "multi_tenancy": frozenset({"autoTenantCreation", "autoTenantActivation"}),
    "replication": frozenset({"deletionStrategy", "asyncConfig"}),
    "sharding": frozenset(),
}


def _members(desired: CollectionSpec, actual: CollectionSpec) -> Iterator[Difference]:
    stored_members = {member.name: member for member in actual.members}
    others = {member["name"]: member["dataType"] for member in actual.unknown.get("properties", ())}
    reads_all_text = any(vector.vectorizer and vector.source_properties is None for vector in desired.vectors)
    for member in desired.members:
        path, stored = f"{desired.name}.{member.name}", stored_members.get(member.name)
        if member.name in others:
            yield Difference(path, _type_of(member), ", ".join(others[member.name]), REBUILD)
        elif stored is None:
            yield Difference(path, member, None, ADD if isinstance(member, ReferenceSpec) else BACKFILL)
        elif isinstance(member, PropertySpec) and isinstance(stored, PropertySpec):
            yield from _property(path, member, stored)
            if reads_all_text:
                yield from _value(f"{path}.vectorize", member.vectorize, stored.vectorize, REBUILD)
            if desired.vectorizers:
                yield from _value(f"{path}.vectorize_name", member.vectorize_name, stored.vectorize_name, REBUILD)
        elif isinstance(member, ReferenceSpec) and isinstance(stored, ReferenceSpec):
            yield from _description(path, member, stored)
            yield from _value(f"{path}.targets", sorted(member.targets), sorted(stored.targets), REBUILD)
            desired_flag, flag = (spec.disable_duplicated_references for spec in (member, stored))
            yield from _value(f"{path}.disable_duplicated_references", desired_flag, flag or False, REBUILD)
        else:
            yield Difference(path, _type_of(member), _type_of(stored), REBUILD)


def _type_of(member: PropertySpec | ReferenceSpec) -> str:
    return member.data_type.value if isinstance(member, PropertySpec) else f"reference to {', '.join(member.targets)}"


def _index_kind(attribute: str, desired: PropertySpec, actual: PropertySpec, nested: bool) -> DifferenceKind:
    """Return what it takes to change a setting of the indexes of a property."""
    if nested or attribute == "text_analyzer" or desired.data_type is not actual.data_type:
        return REBUILD
    if attribute == "tokenization":
        # the indexes that exist are built again; without one there is nothing by which the server would change it
        return REINDEX if actual.index_filterable or actual.index_searchable else REBUILD
    return REINDEX if getattr(desired, attribute) else CHANGE


def _property(path: str, desired: PropertySpec, actual: PropertySpec, nested: bool = False) -> Iterator[Difference]:
    yield from _value(f"{path}.data_type", desired.data_type.value, actual.data_type.value, REBUILD)
    yield from _description(path, desired, actual)
    for attribute in FIXED_SETTINGS:
        stated, stored = getattr(desired, attribute), getattr(actual, attribute)
        if isinstance(stated, TextAnalyzer):
            stored = stored or TextAnalyzer()
        yield from _value(f"{path}.{attribute}", stated, stored, _index_kind(attribute, desired, actual, nested))
    if desired.data_type is actual.data_type:
        members = {inner.name: inner for inner in actual.nested}
        for inner in desired.nested:
            if inner.name in members:
                yield from _property(f"{path}.{inner.name}", inner, members[inner.name], nested=True)
            else:
                yield Difference(f"{path}.{inner.name}", inner, None, REBUILD)
        mapped = {inner.name for inner in desired.nested}
        for inner in actual.nested:
            if inner.name not in mapped:
                yield Difference(f"{path}.{inner.name}", None, inner, UNMAPPED)


def _vector(collection: str, desired: VectorSpec, stored: Mapping[str | None, VectorSpec]) -> Iterator[Difference]:
    path = f"{collection}.vector" if desired.name is None else f"{collection}.vectors.{desired.name}"
    actual = stored.get(desired.name)
    if desired.name is None and actual is None and stored:
        actual = stored.get(DEFAULT_NAME) if len(stored) == 1 else None
        if actual is None:
            names = ", ".join(map(str, stored))
            yield Difference(path, "the unnamed vector", f"named: {names}", REBUILD)
            return
    if actual is None:
        # the unnamed vector answers to "default", so that no named one beside it can be called so
        impossible = desired.name is None or (desired.name == DEFAULT_NAME and None in stored)
        yield Difference(path, desired, None, REBUILD if impossible else BACKFILL)
        return
    name, other = (vector.vectorizer.name if vector.vectorizer else "none" for vector in (desired, actual))
    if name != other:
        yield Difference(f"{path}.vectorizer", name, other, REBUILD)
    else:
        yield from _settings(f"{path}.vectorizer", desired.settings(), actual.settings(), REBUILD)
    if desired.index is not None:
        yield from index_differences(f"{path}.index", desired.index, actual.index or IndexSpec("hnsw"))


_FIXED_INDEX_SETTINGS: Final[Mapping[str, frozenset[str]]] = {
    "hnsw": frozenset({"distance", "efConstruction", "maxConnections", "cleanupIntervalSeconds", "rq.bits"}),
    "flat": frozenset({"distance", "rq.bits"}),
    "dynamic": frozenset({"distance"}),
    "hfresh": frozenset({"distance", "replicas", "rq.bits"}),
}


def index_differences(path: str, desired: IndexSpec, actual: IndexSpec) -> Iterator[Difference]:
    """Yield the settings that the server's index of a vector has otherwise than the model states."""
    if desired.type != actual.type:
        yield Difference(f"{path}.type", desired.type, actual.type, REBUILD)
        return
    enabled = [name for name in QUANTIZERS if _is_enabled(actual, name)]
    fixed = _FIXED_INDEX_SETTINGS.get(desired.type, frozenset())
    for key, value in desired.settings.items():
        if key == "skipDefaultQuantization":
            for name in enabled if value and not any(_is_enabled(desired, name) for name in QUANTIZERS) else ():
                yield Difference(f"{path}.{name}.enabled", False, True, REBUILD)
        elif key in QUANTIZERS and isinstance(value, Mapping) and value.get("enabled") is False:
            # as a server states it; the other settings of one that is off mean nothing
            if key in enabled:
                yield Difference(f"{path}.{key}.enabled", False, True, REBUILD)
        elif key in QUANTIZERS and key not in enabled:
            # only a graph that is not compressed yet can be compressed
            possible = desired.type == "hnsw" and not enabled
            yield Difference(f"{path}.{key}.enabled", True, False, CHANGE if possible else REBUILD)
        elif key in ("hnsw", "flat"):
            yield from index_differences(
                f"{path}.{key}", IndexSpec(key, value), IndexSpec(key, actual.settings.get(key) or {})
            )
        else:
            for leaf, new, old in changed_leaves({key: value}, actual.settings):
                # the server would take new multi-vector settings, but not encode again what it stores
                kind = REBUILD if leaf in fixed or key == "multivector" else CHANGE
                yield Difference(f"{path}.{leaf}", new, old, kind)


def _is_enabled(index: IndexSpec, quantizer: str) -> bool:
    settings = index.settings.get(quantizer)
    return isinstance(settings, Mapping) and bool(settings.get("enabled"))


def _replaceable_module(path: str, desired: Module | None, actual: Module | None) -> Iterator[Difference]:
    if desired is None:
        return
    if actual is None:
        yield Difference(path, desired.name, None, CHANGE)
    elif actual.name != desired.name:
        # the server would store the new module beside the old one, and never remove that
        yield Difference(path, desired.name, actual.name, REBUILD)
    else:
        yield from _settings(path, desired.settings, actual.settings, CHANGE)


def _description(path: str, desired: _Described, actual: _Described) -> Iterator[Difference]:
    if desired.description is not None and desired.description != (actual.description or ""):
        yield Difference(f"{path}.description", desired.description, actual.description, CHANGE)


def _value(path: str, desired: Any, actual: Any, kind: DifferenceKind) -> Iterator[Difference]:
    if desired is not None and desired != actual:
        yield Difference(path, desired, actual, kind)


def _settings(
    path: str, desired: Mapping[str, Any], actual: Mapping[str, Any], kind: DifferenceKind
) -> Iterator[Difference]:
    for key, value, other in changed_leaves(desired, actual):
        yield Difference(f"{path}.{key}", value, other, kind)


def changed_leaves(desired: Mapping[str, Any], actual: Mapping[str, Any]) -> Iterator[tuple[str, Any, Any]]:
    """Yield the dotted keys whose values differ from those that are desired, with both values."""
    for key, value in desired.items():
        other = actual.get(key)
        if isinstance(value, Mapping) and isinstance(other, Mapping):
            for inner, *values in changed_leaves(value, other):
                yield (f"{key}.{inner}", *values)
        elif not _same(value, other):
            yield key, value, other


def _same(value: Any, other: Any) -> bool:
    if isinstance(value, list) and isinstance(other, list):
        return len(value) == len(other) and all(map(_same, value, other))
    if isinstance(value, float) and isinstance(other, (int, float)):
        return math.isclose(value, other, rel_tol=1e-6)  # the server keeps some settings as 32-bit floats
    return bool(value == other)

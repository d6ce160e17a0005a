"""How the collection on the server differs from the one that a model wants.

Only what the model states is compared: None is no statement, and what exists only on the server is no difference, but
for members of nested objects: a nested object is one value.
What can be changed in place was measured on Weaviate 1.39, by ``PUT /v1/schema/{class}``.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from enum import Enum
from typing import Any, Final

import attrs

from weaviate_orm.schema.collection import CollectionSpec
from weaviate_orm.schema.indexes import IndexSpec
from weaviate_orm.schema.modules import Module
from weaviate_orm.schema.properties import FIXED_SETTINGS, PropertySpec, ReferenceSpec
from weaviate_orm.schema.vectors import DEFAULT_NAME, VectorSpec


class DifferenceKind(Enum):
    """What it takes to make the server's collection like the model's."""

    ADD = "add"
    """A property, a reference or a named vector is missing; it can be added in place."""
    CHANGE = "change"
    """A setting that the server changes in place."""
    BREAKING = "breaking"
    """What the server cannot change: the collection has to be created anew, or the model changed."""
    UNMAPPED = "unmapped"
    """A member of a nested object that only the server has. It may stay: objects keep it when they are changed."""


ADD, CHANGE, BREAKING = DifferenceKind.ADD, DifferenceKind.CHANGE, DifferenceKind.BREAKING
UNMAPPED = DifferenceKind.UNMAPPED


@attrs.frozen
class Difference:
    """One difference; its ``str`` is a sentence.

    Attributes:
        path: where, as ``Article.title.tokenization``; settings of indexes and modules have the server's names.
        wanted: what the model states; the whole spec of a property, reference or vector that is missing; None for a
            member that it does not map.
        actual: what the server has; None when it has nothing there.
        kind: what it takes to mend it.

    >>> str(Difference("Article.title.tokenization", "field", "word", BREAKING))
    "Article.title.tokenization is 'word' on the server and 'field' in the model"
    """

    path: str
    wanted: Any
    actual: Any
    kind: DifferenceKind

    def __str__(self) -> str:
        if isinstance(self.wanted, (PropertySpec, ReferenceSpec, VectorSpec)):
            return f"{self.path} is missing on the server"
        if self.kind is UNMAPPED:
            return f"{self.path} is on the server and not in the model"
        there = "not set" if self.actual is None else repr(self.actual)
        return f"{self.path} is {there} on the server and {self.wanted!r} in the model"


def differences(wanted: CollectionSpec, actual: CollectionSpec) -> tuple[Difference, ...]:
    """All that the server's collection lacks or has otherwise than the model states, in the model's order."""
    return tuple(_collection(wanted, actual))


def _collection(wanted: CollectionSpec, actual: CollectionSpec) -> Iterator[Difference]:
    name = wanted.name
    yield from _value(f"{name}.description", wanted.description, actual.description, CHANGE)
    yield from _members(wanted, actual)
    for vector in wanted.vectors:
        yield from _vector(name, vector, {each.name: each for each in actual.vectors})
    yield from _replaceable_module(f"{name}.generative", wanted.generative, actual.generative)
    yield from _replaceable_module(f"{name}.reranker", wanted.reranker, actual.reranker)
    others = {each.name: each.settings for each in actual.modules}
    for module in wanted.modules:
        path = f"{name}.modules.{module.name}"
        if module.name not in others:
            yield Difference(path, dict(module.settings), None, CHANGE)
        else:
            yield from _settings(path, module.settings, others[module.name], BREAKING)
    for attribute, mutable in _MUTABLE_SETTINGS.items():
        stated, there = getattr(wanted, attribute), getattr(actual, attribute)
        if stated is not None:
            for key, one, other in _leaves(stated.to_json(), there.to_json() if there is not None else {}):
                if key != "asyncEnabled":  # newer servers derive it
                    kind = CHANGE if key.split(".")[0] in mutable else BREAKING
                    yield Difference(f"{name}.{attribute}.{key}", one, other, kind)


_MUTABLE_SETTINGS: Final[Mapping[str, frozenset[str]]] = {
    "inverted_index": frozenset({"bm25", "stopwords"}),
    "multi_tenancy": frozenset({"autoTenantCreation", "autoTenantActivation"}),
    "replication": frozenset({"deletionStrategy"}),
    "sharding": frozenset(),
}


def _members(wanted: CollectionSpec, actual: CollectionSpec) -> Iterator[Difference]:
    there = {member.name: member for member in actual.members}
    reads_all_text = any(vector.vectorizer and vector.source_properties is None for vector in wanted.vectors)
    for member in wanted.members:
        path, found = f"{wanted.name}.{member.name}", there.get(member.name)
        if found is None:
            yield Difference(path, member, None, ADD)
        elif isinstance(member, PropertySpec) and isinstance(found, PropertySpec):
            yield from _property(path, member, found)
            if reads_all_text:
                yield from _value(f"{path}.vectorize", member.vectorize, found.vectorize, BREAKING)
            if wanted.vectorizers:
                yield from _value(f"{path}.vectorize_name", member.vectorize_name, found.vectorize_name, BREAKING)
        elif isinstance(member, ReferenceSpec) and isinstance(found, ReferenceSpec):
            yield from _value(f"{path}.description", member.description, found.description, CHANGE)
            yield from _value(f"{path}.targets", sorted(member.targets), sorted(found.targets), BREAKING)
        else:
            yield Difference(path, _type_of(member), _type_of(found), BREAKING)


def _type_of(member: PropertySpec | ReferenceSpec) -> str:
    return member.data_type.value if isinstance(member, PropertySpec) else f"reference to {', '.join(member.targets)}"


def _property(path: str, wanted: PropertySpec, actual: PropertySpec) -> Iterator[Difference]:
    yield from _value(f"{path}.data_type", wanted.data_type.value, actual.data_type.value, BREAKING)
    yield from _value(f"{path}.description", wanted.description, actual.description, CHANGE)
    for attribute in FIXED_SETTINGS:
        yield from _value(f"{path}.{attribute}", getattr(wanted, attribute), getattr(actual, attribute), BREAKING)
    if wanted.data_type is actual.data_type:
        there = {inner.name: inner for inner in actual.nested}
        for inner in wanted.nested:
            if inner.name in there:
                yield from _property(f"{path}.{inner.name}", inner, there[inner.name])
            else:
                yield Difference(f"{path}.{inner.name}", inner, None, BREAKING)
        mapped = {inner.name for inner in wanted.nested}
        for inner in actual.nested:
            if inner.name not in mapped:
                yield Difference(f"{path}.{inner.name}", None, inner, UNMAPPED)


def _vector(collection: str, wanted: VectorSpec, there: Mapping[str | None, VectorSpec]) -> Iterator[Difference]:
    path = f"{collection}.vector" if wanted.name is None else f"{collection}.vectors.{wanted.name}"
    actual = there.get(wanted.name)
    if wanted.name is None and actual is None and there:
        actual = there.get(DEFAULT_NAME) if len(there) == 1 else None
        if actual is None:
            names = ", ".join(map(str, there))
            yield Difference(path, "the unnamed vector", f"named: {names}", BREAKING)
            return
    if actual is None:
        # the unnamed vector answers to "default", so that no named one beside it can be called so
        impossible = wanted.name is None or (wanted.name == DEFAULT_NAME and None in there)
        yield Difference(path, wanted, None, BREAKING if impossible else ADD)
        return
    name, other = (each.vectorizer.name if each.vectorizer else "none" for each in (wanted, actual))
    if name != other:
        yield Difference(f"{path}.vectorizer", name, other, BREAKING)
    else:
        yield from _settings(f"{path}.vectorizer", wanted.settings(), actual.settings(), BREAKING)
    if wanted.index is not None:
        yield from _index(f"{path}.index", wanted.index, actual.index or IndexSpec("hnsw"))


_QUANTIZERS: Final = ("pq", "bq", "sq", "rq")

_FIXED_INDEX_SETTINGS: Final[Mapping[str, frozenset[str]]] = {
    "hnsw": frozenset({"distance", "efConstruction", "maxConnections", "cleanupIntervalSeconds", "rq.bits"}),
    "flat": frozenset({"distance", "rq.bits"}),
    "dynamic": frozenset({"distance"}),
    "hfresh": frozenset({"distance", "replicas", "rq.bits"}),
}


def _index(path: str, wanted: IndexSpec, actual: IndexSpec) -> Iterator[Difference]:
    if wanted.type != actual.type:
        yield Difference(f"{path}.type", wanted.type, actual.type, BREAKING)
        return
    enabled = [name for name in _QUANTIZERS if actual.settings.get(name, {}).get("enabled")]
    fixed = _FIXED_INDEX_SETTINGS.get(wanted.type, frozenset())
    for key, value in wanted.settings.items():
        if key == "skipDefaultQuantization":
            for name in enabled:
                yield Difference(f"{path}.{name}.enabled", False, True, BREAKING)
        elif key in _QUANTIZERS and key not in enabled:
            # only a graph that is not compressed yet can be compressed
            possible = wanted.type == "hnsw" and not enabled
            yield Difference(f"{path}.{key}.enabled", True, False, CHANGE if possible else BREAKING)
        elif key in ("hnsw", "flat"):
            yield from _index(f"{path}.{key}", IndexSpec(key, value), IndexSpec(key, actual.settings.get(key) or {}))
        else:
            for leaf, one, other in _leaves({key: value}, actual.settings):
                # the server would take new multi-vector settings, but not encode again what it stores
                kind = BREAKING if leaf in fixed or key == "multivector" else CHANGE
                yield Difference(f"{path}.{leaf}", one, other, kind)


def _replaceable_module(path: str, wanted: Module | None, actual: Module | None) -> Iterator[Difference]:
    if wanted is None:
        return
    if actual is None or actual.name != wanted.name:
        yield Difference(path, wanted.name, actual and actual.name, CHANGE)
    else:
        yield from _settings(path, wanted.settings, actual.settings, CHANGE)


def _value(path: str, wanted: Any, actual: Any, kind: DifferenceKind) -> Iterator[Difference]:
    if wanted is not None and wanted != actual:
        yield Difference(path, wanted, actual, kind)


def _settings(
    path: str, wanted: Mapping[str, Any], actual: Mapping[str, Any], kind: DifferenceKind
) -> Iterator[Difference]:
    for key, one, other in _leaves(wanted, actual):
        yield Difference(f"{path}.{key}", one, other, kind)


def _leaves(wanted: Mapping[str, Any], actual: Mapping[str, Any]) -> Iterator[tuple[str, Any, Any]]:
    """The dotted keys whose values differ, with both values."""
    for key, one in wanted.items():
        other = actual.get(key)
        if isinstance(one, Mapping) and isinstance(other, Mapping):
            for inner, left, right in _leaves(one, other):
                yield f"{key}.{inner}", left, right
        elif not _same(one, other):
            yield key, one, other


def _same(one: Any, other: Any) -> bool:
    if isinstance(one, list) and isinstance(other, list):
        return len(one) == len(other) and all(map(_same, one, other))
    if isinstance(one, float) and isinstance(other, (int, float)):
        return math.isclose(one, other, rel_tol=1e-6)  # the server keeps some settings as 32-bit floats
    return bool(one == other)

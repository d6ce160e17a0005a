"""What to ask of the server so that a collection becomes what a model states, while its objects stay. Pure.

Measured on Weaviate 1.39: an index of a property is dropped at once; a tokenization is changed by the index that
exists, and both indexes of a text change together; an index of another tokenization than the other one is refused.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from typing import Any, Final, Literal, TypeAlias

import attrs

from weaviate_orm.schema.capabilities import Capabilities
from weaviate_orm.schema.collection import CollectionSpec
from weaviate_orm.schema.creation import AddClassProperty, AddClassVector
from weaviate_orm.schema.diff import REBUILD, REINDEX, Difference, differences
from weaviate_orm.schema.overlay import overlaid
from weaviate_orm.schema.properties import PropertySpec, ReferenceSpec
from weaviate_orm.schema.vectors import VectorSpec

_Member: TypeAlias = PropertySpec | ReferenceSpec

IndexName: TypeAlias = Literal["filterable", "searchable", "rangeFilters"]

INDEX_ATTRIBUTES: Final[Mapping[str, IndexName]] = {
    "index_filterable": "filterable",
    "index_searchable": "searchable",
    "index_range_filters": "rangeFilters",
}
"""The server's names of the indexes of a property, by the attributes of a PropertySpec."""


@attrs.frozen
class ChangeClass:
    """``PUT /v1/schema/{collection}`` of the class with these settings.

    Attributes:
        collection: its name.
        settings: the members of the class's JSON that change, nested as there.
        descriptions: new descriptions of properties and references, by their names; nested ones by dotted names.
    """

    collection: str
    settings: dict[str, Any]
    descriptions: dict[str, str]


@attrs.frozen
class DropPropertyIndex:
    """``DELETE /v1/schema/{collection}/properties/{property}/index/{index}``."""

    collection: str
    property_name: str
    index: IndexName


@attrs.frozen
class BuildPropertyIndex:
    """``PUT /v1/schema/{collection}/properties/{property}/index/{index}``, with a tokenization where there is one."""

    collection: str
    property_name: str
    index: IndexName
    tokenization: str | None = None


@attrs.frozen
class DropClassVector:
    """``DELETE /v1/schema/{collection}/vectors/{vector}/index``."""

    collection: str
    vector_name: str


EvolutionRequest: TypeAlias = (
    AddClassProperty | AddClassVector | BuildPropertyIndex | ChangeClass | DropClassVector | DropPropertyIndex
)


@attrs.frozen
class Evolution:
    """What it takes to make the server's collection like the model's.

    Attributes:
        requests: what changes it in place, in order; nothing where it has to be rebuilt.
        rebuild_reasons: why it has to be rebuilt, as sentences; nothing where it has not.
        differences: all differences.
    """

    requests: tuple[EvolutionRequest, ...] = ()
    rebuild_reasons: tuple[str, ...] = ()
    differences: tuple[Difference, ...] = ()


def plan_evolution(
    desired: CollectionSpec,
    actual: CollectionSpec,
    capabilities: Capabilities,
    *,
    drop: Collection[str] = (),
    drop_vectors: Collection[str | None] = (),
    drop_modules: Collection[str] = (),
    rename: Collection[str] = (),
    rename_vectors: Collection[str] = (),
) -> Evolution:
    """Return how a collection becomes what a model states.

    Args:
        desired: the collection of the model.
        actual: the collection of the server.
        capabilities: what the server does in place.
        drop: properties and references to remove, which takes a rebuild; members of nested objects by dotted names.
        drop_vectors: vectors to remove.
        drop_modules: modules to remove, which takes a rebuild.
        rename: members that get another name, which takes a rebuild.
        rename_vectors: vectors that get another name, which takes a rebuild.
    """
    name = desired.name
    changes = differences(desired, actual)
    stored_members = {*(member.name for member in actual.members), *_nested_names(actual.properties)}
    stored_vectors = {vector.name for vector in actual.vectors}
    reasons = [str(change) for change in changes if _needs_rebuild(change, capabilities)]
    reasons += [f"{name}.{member} is dropped" for member in drop if member in stored_members]
    reasons += [f"{name}.{member} is renamed" for member in rename if member in stored_members]
    reasons += [f"{name}.vectors.{vector} is renamed" for vector in rename_vectors if vector in stored_vectors]
    stored_modules = [
        module.name for module in (actual.generative, actual.reranker, *actual.modules) if module is not None
    ]
    reasons += [f"{name} loses the module {module}" for module in drop_modules if module in stored_modules]
    dropped = [vector for vector in drop_vectors if vector in stored_vectors]
    reasons += [
        f"{name}.vectors.{vector} is dropped" for vector in dropped if vector is None or not capabilities.vector_removal
    ]
    if reasons:
        return Evolution((), tuple(reasons), changes)
    requests = (*_requests(desired, actual, changes), *(DropClassVector(name, str(vector)) for vector in dropped))
    return Evolution(requests, (), changes)


def _nested_names(properties: Iterable[PropertySpec], path: str = "") -> Iterator[str]:
    """Yield the dotted names of the members of nested objects."""
    for member in properties:
        for inner in member.nested:
            yield f"{path}{member.name}.{inner.name}"
        yield from _nested_names(member.nested, f"{path}{member.name}.")


def _needs_rebuild(change: Difference, capabilities: Capabilities) -> bool:
    if change.kind is REINDEX:
        return not capabilities.reindex
    if change.path.rpartition(".")[2] in INDEX_ATTRIBUTES and change.desired is False:
        return change.kind is REBUILD or not capabilities.index_removal
    return change.kind is REBUILD


def _requests(
    desired: CollectionSpec, actual: CollectionSpec, changes: tuple[Difference, ...]
) -> Iterator[EvolutionRequest]:
    name = desired.name
    for change in changes:
        if isinstance(change.desired, (PropertySpec, ReferenceSpec)):
            yield AddClassProperty(name, desired.property_json(change.desired))
    target = overlaid(desired, actual)
    yield from _class_change(target, actual)
    for change in changes:
        if isinstance(change.desired, VectorSpec):
            yield AddClassVector(name, str(change.desired.name), change.desired.to_json())
    stored = {member.name: member for member in actual.properties}
    for member in target.properties:
        if member.name in stored:
            yield from _index_changes(name, member, stored[member.name])


def _class_change(target: CollectionSpec, actual: CollectionSpec) -> Iterator[ChangeClass]:
    """Yield the change of settings, if there is one. Members and vectors that only one of both has are no settings."""
    stored = {vector.name: vector for vector in actual.vectors}
    vectors = tuple(vector for vector in target.vectors if vector.name in stored)
    body, stored_body = attrs.evolve(target, vectors=vectors).class_json(), actual.class_json()
    settings = {
        key: value
        for key, value in body.items()
        if key not in ("class", "properties") and value != stored_body.get(key)
    }
    if (target.description or "") != (actual.description or ""):
        settings["description"] = target.description or ""
    descriptions = dict(_descriptions(target.members, actual.members))
    if settings or descriptions:
        yield ChangeClass(target.name, settings, descriptions)


def _descriptions(target: Iterable[_Member], actual: Iterable[_Member], path: str = "") -> Iterator[tuple[str, str]]:
    """Yield the new descriptions of members, also of nested ones, by their dotted names."""
    stored = {member.name: member for member in actual}
    for member in target:
        other = stored.get(member.name)
        if other is None:
            continue
        if (member.description or "") != (other.description or ""):
            yield f"{path}{member.name}", member.description or ""
        if isinstance(member, PropertySpec) and isinstance(other, PropertySpec):
            yield from _descriptions(member.nested, other.nested, f"{path}{member.name}.")


def _index_changes(collection: str, target: PropertySpec, actual: PropertySpec) -> Iterator[EvolutionRequest]:
    remaining: list[IndexName] = []
    dropped: list[IndexName] = []
    for attribute, index in INDEX_ATTRIBUTES.items():
        if getattr(actual, attribute):
            (dropped if getattr(target, attribute) is False else remaining).append(index)
    if target.tokenization != actual.tokenization:
        # both indexes of a text change together; one that is dropped anyway may serve for it
        yield BuildPropertyIndex(collection, target.name, (remaining or dropped)[0], target.tokenization)
    for index in dropped:
        yield DropPropertyIndex(collection, target.name, index)
    for attribute, index in INDEX_ATTRIBUTES.items():
        if getattr(target, attribute) and not getattr(actual, attribute):
            yield BuildPropertyIndex(
                collection, target.name, index, target.tokenization if index == "searchable" else None
            )

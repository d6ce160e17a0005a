"""A collection as a model states it, laid over the one that the server has: what the model leaves open stays. Pure."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from typing import Any, Final, TypeVar

import attrs

from weaviate_orm.schema.collection import CollectionSpec
from weaviate_orm.schema.collection_options import (
    InvertedIndexSpec,
    MultiTenancySpec,
    ObjectTTLSpec,
    ReplicationSpec,
    ShardingSpec,
)
from weaviate_orm.schema.diff import changed_leaves, index_differences
from weaviate_orm.schema.indexes import QUANTIZERS, IndexSpec
from weaviate_orm.schema.modules import Module
from weaviate_orm.schema.properties import FIXED_SETTINGS, PropertySpec, ReferenceSpec
from weaviate_orm.schema.settings import merged
from weaviate_orm.schema.vectors import DEFAULT_NAME, VectorSpec

_Member = TypeVar("_Member", PropertySpec, ReferenceSpec)
_Options = TypeVar("_Options", InvertedIndexSpec, MultiTenancySpec, ObjectTTLSpec, ReplicationSpec, ShardingSpec)


def overlaid(
    desired: CollectionSpec,
    actual: CollectionSpec,
    *,
    drop: Collection[str] = (),
    drop_vectors: Collection[str | None] = (),
    drop_modules: Collection[str] = (),
    rename: Mapping[str, str] | None = None,
) -> CollectionSpec:
    """Return the collection with all that a model states, and with all else that the server's has.

    Args:
        desired: the collection of the model.
        actual: the collection of the server.
        drop: members of the server's collection that are left out; of nested objects by dotted names.
        drop_vectors: vectors of the server's collection that are left out.
        drop_modules: generative modules, rerankers and others of the server's collection that are left out.
        rename: new names of members of the server's collection.

    >>> from weaviate_orm.schema import DataType
    >>> stored = CollectionSpec("Article", description="Texts", properties=(PropertySpec("a", DataType.INT),))
    >>> model = CollectionSpec("Article", properties=(PropertySpec("b", DataType.INT),))
    >>> spec = overlaid(model, stored)
    >>> spec.description, [member.name for member in spec.properties]
    ('Texts', ['a', 'b'])
    """
    rename = rename or {}
    others = [member for member in actual.unknown.get("properties", ()) if member["name"] not in drop]
    stated = {member.name for member in desired.members}
    # with tenants, the server states a sharding of zeros
    left_out = {"properties", "shardingConfig"} if actual.is_multi_tenant else {"properties"}
    unknown = {key: value for key, value in actual.unknown.items() if key not in left_out}
    if others := [member for member in others if member["name"] not in stated]:
        unknown["properties"] = others
    kinds = {member.name: type(member) for member in desired.members}
    vectors = tuple(_vectors(desired, actual, drop_vectors))
    vectorizers = [vector.vectorizer.name for vector in vectors if vector.vectorizer is not None]
    references = _members(desired.references, actual.references, drop, rename, kinds)
    return attrs.evolve(
        desired,
        description=desired.description if desired.description is not None else actual.description,
        properties=tuple(_members(desired.properties, actual.properties, drop, rename, kinds)),
        references=tuple(_without_modules(reference, vectorizers) for reference in references),
        vectors=vectors,
        generative=_module(desired.generative, _remaining(actual.generative, drop_modules)),
        reranker=_module(desired.reranker, _remaining(actual.reranker, drop_modules)),
        modules=tuple(_modules(desired.modules, [item for item in actual.modules if item.name not in drop_modules])),
        inverted_index=_options(InvertedIndexSpec, desired.inverted_index, actual.inverted_index),
        multi_tenancy=_tenancy(desired.multi_tenancy, actual.multi_tenancy),
        replication=_options(ReplicationSpec, desired.replication, actual.replication),
        sharding=None
        if (desired.multi_tenancy or actual.multi_tenancy or MultiTenancySpec(enabled=False)).enabled
        else _sharding(desired.sharding, actual.sharding),
        object_ttl=_options(ObjectTTLSpec, desired.object_ttl, actual.object_ttl),
        alias=desired.alias or actual.alias,
        unknown=merged(unknown, desired.unknown),
    )


def _members(
    desired: tuple[_Member, ...],
    actual: tuple[_Member, ...],
    drop: Collection[str],
    rename: Mapping[str, str],
    kinds: Mapping[str, type],
    path: str = "",
) -> Iterator[_Member]:
    stated = {member.name: member for member in desired}
    for member in actual:
        name = rename.get(member.name, member.name)
        if name in stated:
            yield _member(stated.pop(name), attrs.evolve(member, name=name), drop, f"{path}{member.name}.")
        elif path + member.name not in drop and name not in kinds:
            yield attrs.evolve(member, name=name)
    yield from stated.values()


def _member(desired: _Member, actual: _Member, drop: Collection[str], path: str) -> _Member:
    if isinstance(desired, PropertySpec) and isinstance(actual, PropertySpec):
        return _property(desired, actual, drop, path)
    if isinstance(desired, ReferenceSpec) and isinstance(actual, ReferenceSpec):
        return _reference(desired, actual)
    return desired


def _property(desired: PropertySpec, actual: PropertySpec, drop: Collection[str], path: str) -> PropertySpec:
    if desired.data_type is not actual.data_type:
        return desired
    names = ("description", *FIXED_SETTINGS)
    settings: dict[str, Any] = {
        name: getattr(actual, name) if getattr(desired, name) is None else getattr(desired, name) for name in names
    }
    nested = tuple(_members(desired.nested, actual.nested, drop, {}, {}, path))
    return attrs.evolve(desired, **settings, nested=nested, unknown=merged(actual.unknown, desired.unknown))


def _reference(desired: ReferenceSpec, actual: ReferenceSpec) -> ReferenceSpec:
    description = desired.description if desired.description is not None else actual.description
    flag = desired.disable_duplicated_references
    return attrs.evolve(
        desired,
        description=description,
        disable_duplicated_references=actual.disable_duplicated_references if flag is None else flag,
        unknown=merged(actual.unknown, desired.unknown),
    )


def _vectors(desired: CollectionSpec, actual: CollectionSpec, drop: Collection[str | None]) -> Iterator[VectorSpec]:
    stated = {vector.name: vector for vector in desired.vectors}
    # the server takes "default", where it is the only one, for the unnamed vector
    if None in stated and [vector.name for vector in actual.vectors] == [DEFAULT_NAME]:
        stated = {DEFAULT_NAME: attrs.evolve(stated.pop(None), name=DEFAULT_NAME), **stated}
    for vector in actual.vectors:
        if vector.name in stated:
            yield _vector(stated.pop(vector.name), vector)
        elif vector.name not in drop:
            yield vector
    yield from stated.values()


def _vector(desired: VectorSpec, actual: VectorSpec) -> VectorSpec:
    sources = desired.source_properties
    if desired.vectorizer is not None and actual.vectorizer is not None:
        vectorizer = _module(desired.vectorizer, actual.vectorizer)
        if desired.vectorizer.name == actual.vectorizer.name and sources is None:
            sources = actual.source_properties
    else:
        vectorizer = desired.vectorizer
    return attrs.evolve(
        desired,
        vectorizer=vectorizer,
        source_properties=sources,
        index=_index(desired.index, actual.index),
        unknown=merged(actual.unknown, desired.unknown) if vectorizer == actual.vectorizer else desired.unknown,
    )


def _index(desired: IndexSpec | None, actual: IndexSpec | None) -> IndexSpec | None:
    if desired is None or actual is None:
        return desired or actual
    if desired.type != actual.type:
        return desired
    if not any(index_differences("", desired, actual)):
        return actual
    settings = dict(actual.settings)
    if "skipDefaultQuantization" in desired.settings or any(name in desired.settings for name in QUANTIZERS):
        # a vector has one quantizer
        settings = {
            name: value for name, value in settings.items() if name not in QUANTIZERS or name in desired.settings
        }
    return IndexSpec(desired.type, merged(settings, desired.settings))


def _module(desired: Module | None, actual: Module | None) -> Module | None:
    if desired is None or actual is None:
        return desired or actual
    if desired.name != actual.name:
        return desired
    if not any(changed_leaves(desired.settings, actual.settings)):
        return actual
    return Module(desired.name, merged(actual.settings, desired.settings))


def _remaining(module: Module | None, drop: Collection[str]) -> Module | None:
    return None if module is None or module.name in drop else module


def _modules(desired: Iterable[Module], actual: Iterable[Module]) -> Iterator[Module]:
    stated = {module.name: module for module in desired}
    for module in actual:
        yield _module(stated.pop(module.name, None), module) or module
    yield from stated.values()


def _options(cls: type[_Options], desired: _Options | None, actual: _Options | None) -> _Options | None:
    if desired is None or actual is None:
        return desired or actual
    if not any(changed_leaves(desired.to_json(), actual.to_json())):
        return actual
    return cls.from_json(merged(actual.to_json(), desired.to_json()))


def _tenancy(desired: MultiTenancySpec | None, actual: MultiTenancySpec | None) -> MultiTenancySpec | None:
    spec = _options(MultiTenancySpec, desired, actual)
    # what else a collection with tenants says means nothing without
    return spec if spec is None or spec.enabled or spec is actual else MultiTenancySpec(enabled=False)


_COUNTED: Final = ("actualCount", "actualVirtualCount", "desiredVirtualCount")
"""What the server computes of the number of shards."""


def _sharding(desired: ShardingSpec | None, actual: ShardingSpec | None) -> ShardingSpec | None:
    spec = _options(ShardingSpec, desired, actual)
    if spec is None or spec is actual:
        return spec
    return ShardingSpec.from_json({key: value for key, value in spec.to_json().items() if key not in _COUNTED})


def _without_modules(reference: ReferenceSpec, modules: Collection[str]) -> ReferenceSpec:
    """Return a reference without the settings that the server keeps with it for modules that are gone."""
    settings = reference.unknown.get("moduleConfig")
    if not settings or settings.keys() <= set(modules):
        return reference
    remaining = {name: value for name, value in settings.items() if name in modules}
    others = {key: value for key, value in reference.unknown.items() if key != "moduleConfig"}
    return attrs.evolve(reference, unknown=others | ({"moduleConfig": remaining} if remaining else {}))

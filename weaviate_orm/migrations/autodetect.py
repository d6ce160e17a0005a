"""What changes one state into another: the operations of a new migration file. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

import attrs

from weaviate_orm.migrations.conversions import leave_out
from weaviate_orm.migrations.member_changes import MemberChanges, altered_settings
from weaviate_orm.migrations.operations import (
    AddProperty,
    AddReference,
    AddVector,
    AlterCollection,
    AlterProperty,
    AlterReference,
    AlterVector,
    CreateCollection,
    DeleteCollection,
    DropIndex,
    DropVector,
    Operation,
    RebuildCollection,
    RenameCollection,
)
from weaviate_orm.migrations.operations.collections import ALTERABLE
from weaviate_orm.migrations.reachable import reachable
from weaviate_orm.migrations.renames import Ask, never, renamed_collections
from weaviate_orm.migrations.schema_state import SchemaState
from weaviate_orm.schema.collection import CollectionSpec
from weaviate_orm.schema.creation import creation_order, unresolved
from weaviate_orm.schema.evolution import INDEX_ATTRIBUTES
from weaviate_orm.schema.properties import PropertySpec, ReferenceSpec
from weaviate_orm.schema.vectors import VectorSpec


def detect(before: SchemaState, after: SchemaState, ask: Ask = never) -> tuple[Operation, ...]:
    """Return the operations that change one state into another, in an order in which they can run.

    Args:
        before: the state that the migration files lead to.
        after: the state that the models describe.
        ask: whether something was renamed; it is asked of all that is gone while something new is of its kind and type.
    """
    operations: list[Operation] = []
    for old, new in renamed_collections(before.collections, after.collections, ask).items():
        rename = RenameCollection(old, new)
        before = rename.mutate(before)
        operations.append(rename)
    operations += _creations(after.collections, before.collections)
    for name, spec in after.collections.items():
        if name in before.collections:
            operations += _changes(before.collections[name], spec, ask)
    operations += _deletions([spec for name, spec in before.collections.items() if name not in after.collections])
    return tuple(operations)


def _creations(desired: Mapping[str, CollectionSpec], existing: Mapping[str, CollectionSpec]) -> Iterator[Operation]:
    """Yield the creation of collections; references that close a circle are added afterwards."""
    created = set(existing)
    later: list[AddReference] = []
    for spec in creation_order([spec for name, spec in desired.items() if name not in existing], existing):
        created.add(spec.name)
        missing = unresolved(spec, created)
        first = tuple(reference for reference in spec.references if reference not in missing)
        yield CreateCollection(attrs.evolve(spec, references=first))
        later += [AddReference(spec.name, reference) for reference in missing]
    yield from later


def _deletions(removed: Iterable[CollectionSpec]) -> Iterator[Operation]:
    """Yield the deletion of collections, each after those that refer to it.

    In a circle of them, one is copied first, without objects and without the references that close the circle.
    """
    remaining = {spec.name: spec for spec in removed}
    while remaining:
        referred = {name: _targets(spec) & remaining.keys() - {name} for name, spec in remaining.items()}
        free = sorted(remaining.keys() - set[str]().union(*referred.values()))
        if not free:
            circular = [name for name, targets in referred.items() if name in reachable(targets, referred)]
            name = min(circular, key=lambda name: (len(referred[name]), name))
            spec = remaining[name]
            open_ones = tuple(item for item in spec.references if not referred[name].intersection(item.targets))
            dropped = tuple(item.name for item in spec.references if item not in open_ones)
            remaining[name] = attrs.evolve(spec, references=open_ones)
            yield RebuildCollection(remaining[name], drop=dropped, transform=leave_out, transform_back=leave_out)
        for name in free:
            del remaining[name]
            yield DeleteCollection(name)


def _targets(spec: CollectionSpec) -> set[str]:
    return {target for reference in spec.references for target in reference.targets}


def _changes(old: CollectionSpec, new: CollectionSpec, ask: Ask) -> Iterator[Operation]:
    """Yield the operations for a collection that is in both states."""
    members = MemberChanges.between(old, new, ask)
    if members.need_rebuild:
        yield RebuildCollection(
            new,
            members.renames,
            members.drop,
            members.convert,
            convert_back=members.convert_back,
            rename_vectors=members.vector_renames,
        )
        return
    settings = {name: getattr(new, name) for name in ALTERABLE if _setting(old, name) != _setting(new, name)}
    expiry = {name: settings.pop(name) for name in ("object_ttl",) if name in settings}
    if settings:
        yield AlterCollection(new.name, settings)
    for was, now in members.pairs:
        yield from _member_changes(new.name, was, now)
    if expiry:  # after the properties that it may name
        yield AlterCollection(new.name, expiry)


def _member_changes(collection: str, old: Any, new: Any) -> Iterator[Operation]:
    """Yield the operations for a property, a reference or a vector; of one that is new, ``old`` is None."""
    settings = altered_settings(old, new) if old is not None and new is not None else {}
    if isinstance(new, PropertySpec):
        if old is None:
            yield AddProperty(collection, new)
        for attribute, index in INDEX_ATTRIBUTES.items():
            if settings.get(attribute) is False:
                del settings[attribute]
                yield DropIndex(collection, new.name, index)
        if settings:
            yield AlterProperty(collection, new.name, settings)
    elif isinstance(new, ReferenceSpec):
        yield AddReference(collection, new) if old is None else AlterReference(collection, new.name, settings)
    elif isinstance(new, VectorSpec):
        yield AddVector(collection, new) if old is None else AlterVector(collection, new.name, settings)
    elif old is not None:
        yield DropVector(collection, old.name)


def _setting(spec: CollectionSpec, name: str) -> Any:
    value = getattr(spec, name)
    return sorted(value, key=lambda module: module.name) if name == "modules" else value  # in no order

"""What an operation means for a collection, in terms that do not depend on the server. Pure."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, Final

import attrs

from weaviate_orm.migrations.operations import (
    AddProperty,
    AddReference,
    AddVector,
    AlterCollection,
    AlterProperty,
    AlterReference,
    AlterVector,
    DropIndex,
    DropVector,
    Operation,
    RebuildCollection,
)
from weaviate_orm.migrations.row import Row
from weaviate_orm.migrations.schema_state import SchemaState
from weaviate_orm.schema.collection import CollectionSpec
from weaviate_orm.schema.datatypes import DataType
from weaviate_orm.schema.defaults import with_defaults
from weaviate_orm.schema.properties import PropertySpec

Fill = Callable[[Row], Any]
"""Returns the value or the vector that a stored object gets; None for none."""


@attrs.frozen(eq=False)
class CollectionChange:
    """A collection as it shall be, and what becomes of its objects.

    Attributes:
        desired: the collection afterwards.
        drop: properties and references that are removed; members of nested objects by dotted names.
        drop_vectors: vectors that are removed.
        drop_modules: modules that are removed.
        rename: new names of properties and references.
        rename_vectors: new names of named vectors.
        row_change: makes the new row of a stored one, where the operation says how; it runs in a rebuild only.
        fill_property: the property that stored objects get, and by what.
        fill_vector: the vector that stored objects get, and by what.
        vectorized: a new vector that the server's vectorizer makes of stored objects, which takes a rebuild.
    """

    desired: CollectionSpec
    drop: tuple[str, ...] = ()
    drop_vectors: tuple[str, ...] = ()
    drop_modules: tuple[str, ...] = ()
    rename: Mapping[str, str] = attrs.field(factory=dict)
    rename_vectors: Mapping[str, str] = attrs.field(factory=dict)
    row_change: Callable[[Row], Row | None] | None = None
    fill_property: tuple[str, Fill] | None = None
    fill_vector: tuple[str, Fill] | None = None
    vectorized: str | None = None


_OF_A_COLLECTION: Final = (
    AddProperty,
    AddReference,
    AddVector,
    AlterCollection,
    AlterProperty,
    AlterReference,
    AlterVector,
    DropIndex,
    DropVector,
    RebuildCollection,
)


def collection_change(operation: Operation, before: SchemaState, after: SchemaState) -> CollectionChange | None:
    """Return what an operation changes of one collection; None for one that creates, deletes, renames or calls."""
    if not isinstance(operation, _OF_A_COLLECTION):
        return None
    name = operation.collection
    old, new = before.collection(name), after.collection(name)
    change = CollectionChange(with_defaults(new, old), drop_modules=_gone_modules(old, new))
    if isinstance(operation, RebuildCollection):
        return attrs.evolve(
            change,
            drop=(*operation.drop, *_gone_members(old.properties, new.properties, operation.rename)),
            drop_vectors=_gone_vectors(old, new),
            rename=operation.rename,
            rename_vectors=operation.rename_vectors,
            row_change=_row_change(operation),
        )
    if isinstance(operation, AddProperty) and (fill := _property_fill(operation)) is not None:
        return attrs.evolve(change, fill_property=(operation.property.name, fill))
    if isinstance(operation, AddVector):
        vector = str(operation.vector.name)
        if operation.vector.vectorizer is not None:
            return attrs.evolve(change, vectorized=vector)
        return change if operation.fill is None else attrs.evolve(change, fill_vector=(vector, operation.fill))
    if isinstance(operation, DropVector):
        return attrs.evolve(change, drop_vectors=(operation.vector,))
    return change


def _gone_members(
    before: Sequence[PropertySpec], after: Sequence[PropertySpec], rename: Mapping[str, str], path: str = ""
) -> Iterator[str]:
    """Yield the dotted names of members of nested objects that go, while the object stays."""
    others = {member.name: member for member in after}
    for member in before:
        other = others.get(rename.get(member.name, member.name) if not path else member.name)
        if other is None and path:
            yield path + member.name
        elif other is not None and other.data_type is member.data_type:
            yield from _gone_members(member.nested, other.nested, rename, f"{path}{member.name}.")


def _gone_vectors(before: CollectionSpec, after: CollectionSpec) -> tuple[str, ...]:
    names = {vector.name for vector in after.vectors}
    return tuple(vector.name for vector in before.vectors if vector.name is not None and vector.name not in names)


def _gone_modules(before: CollectionSpec, after: CollectionSpec) -> tuple[str, ...]:
    """Return the modules that go: one in whose place another comes is a difference by itself."""
    gone = {module.name for module in before.modules} - {module.name for module in after.modules}
    for attribute in ("generative", "reranker"):
        module = getattr(before, attribute)
        if module is not None and getattr(after, attribute) is None:
            gone.add(module.name)
    return tuple(sorted(gone))


def _property_fill(operation: AddProperty) -> Fill | None:
    if operation.fill is not None:
        return operation.fill
    default = operation.default
    return None if default is None else lambda row: default


def _row_change(operation: RebuildCollection) -> Callable[[Row], Row | None] | None:
    """Return the function of a rebuild: renames first, then conversions, then the function of the operation."""
    spec = operation.spec
    references = {reference.name for reference in spec.references}
    renames = {old: new for old, new in operation.rename.items() if new not in references}
    vector_renames: dict[str | None, str] = dict(operation.rename_vectors.items())
    if not (renames or vector_renames or operation.convert or operation.transform):
        return None

    def change(row: Row) -> Row | None:
        values = {renames.get(name, name): value for name, value in row.properties.items()}
        for name, convert in operation.convert.items():
            if values.get(name) is not None:
                values[name] = convert(values[name])
        row = attrs.evolve(row, vectors={vector_renames.get(name, name): value for name, value in row.vectors.items()})
        result: Row | None = attrs.evolve(row, properties=dict(values), vectors=dict(row.vectors))
        if operation.transform is not None and result is not None:
            result = operation.transform(result)
        return None if result is None else _without_outdated_vectors(spec, row, result, renames)

    return change


def _without_outdated_vectors(spec: CollectionSpec, old: Row, new: Row, renames: Mapping[str, str]) -> Row:
    """Return a row without the vectors of which a source changed: the server's vectorizer makes them anew."""
    before = {renames.get(name, name): value for name, value in old.properties.items()}
    changed = {name for name in {*before, *new.properties} if before.get(name) != new.properties.get(name)}
    texts = [
        member.name for member in spec.properties if member.vectorize and member.data_type.element is DataType.TEXT
    ]
    for vector in spec.vectors:
        sources = vector.source_properties if vector.source_properties is not None else texts
        is_old = new.vectors.get(vector.name) == old.vectors.get(vector.name)  # and no new one of the function
        if vector.vectorizer is not None and is_old and changed.intersection(sources):
            new.vectors.pop(vector.name, None)
    return new

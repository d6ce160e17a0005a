"""What a collection loses when it becomes another: vectors, and members of nested objects. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterator, Sequence

from weaviate_orm.migrations.schema_state import SchemaState
from weaviate_orm.schema.collection import CollectionSpec
from weaviate_orm.schema.datatypes import DataType
from weaviate_orm.schema.properties import PropertySpec


def lost_data(before: SchemaState, after: SchemaState, renamed_vectors: Collection[str] = ()) -> tuple[str, ...]:
    """Return the paths of vectors and nested members that are gone from collections and properties that stay.

    A nested member may be renamed by a function, which cannot be seen: one that is gone is no loss where another one of
    its type is new in the same object.

    Args:
        before: the state before.
        after: the state after.
        renamed_vectors: the names before of the vectors that are renamed.
    """
    return tuple(
        path
        for name, spec in before.collections.items()
        if (other := after.collections.get(name)) is not None and other is not spec
        for path in _lost(spec, other, renamed_vectors)
    )


def _lost(before: CollectionSpec, after: CollectionSpec, renamed_vectors: Collection[str]) -> Iterator[str]:
    vectors = {*(vector.name for vector in after.vectors), *renamed_vectors}
    for vector in before.vectors:
        if vector.name is not None and vector.name not in vectors:
            yield f"{before.name}.vectors.{vector.name}"
    yield from _lost_members(before.properties, after.properties, before.name)


def _lost_members(before: Sequence[PropertySpec], after: Sequence[PropertySpec], path: str) -> Iterator[str]:
    others = {member.name: member for member in after}
    for member in before:
        if member.nested and member.name in others:
            inner = f"{path}.{member.name}"
            names = {nested.name for nested in member.nested}
            new = Counter(nested.data_type for nested in others[member.name].nested if nested.name not in names)
            yield from _gone(member.nested, others[member.name].nested, new, inner)
            yield from _lost_members(member.nested, others[member.name].nested, inner)


def _gone(
    before: Sequence[PropertySpec], after: Sequence[PropertySpec], new: Counter[DataType], path: str
) -> Iterator[str]:
    names = {member.name for member in after}
    for member in before:
        if member.name not in names:
            new[member.data_type] -= 1
            if new[member.data_type] < 0:
                yield f"{path}.{member.name}"

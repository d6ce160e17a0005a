"""The operation that copies a collection into one of another shape."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

import attrs

from weaviate_orm.exceptions import MigrationError
from weaviate_orm.migrations.row import Row
from weaviate_orm.migrations.schema_state import SchemaState, member_of, vector_of
from weaviate_orm.schema.collection import CollectionSpec

Convert = Callable[[Any], Any]
Transform = Callable[[Row], Row | None]


def _renames(names: Mapping[str, str]) -> dict[str, str]:
    return dict(names)


def _conversions(functions: Mapping[str, Convert]) -> dict[str, Convert]:
    return dict(functions)


def _names(names: Iterable[str]) -> tuple[str, ...]:
    return (names,) if isinstance(names, str) else tuple(names)


@attrs.frozen
class RebuildCollection:
    """Copy a collection into a new one, which takes its place; for all that the server does not change in place.

    Ids, vectors and cross-references are kept. Vectors of which the source or the vectorizer changes are made again.

    Attributes:
        spec: the collection as it is afterwards.
        rename: the new names of properties and references, by their names before.
        rename_vectors: the new names of named vectors, by their names before.
        drop: the properties and references that are not copied. Vectors and members of nested objects that ``spec``
            has not are not copied either.
        convert: a function of the value, as JSON, by the new name of a property.
        transform: a function of a row as it is to be stored; it returns the row, or None to leave the object out.
        convert_back: as ``convert``, by the names before, to undo the rebuild.
        transform_back: as ``transform``, to undo the rebuild.
    """

    spec: CollectionSpec
    rename: Mapping[str, str] = attrs.field(factory=dict, converter=_renames)
    drop: tuple[str, ...] = attrs.field(default=(), converter=_names)
    convert: Mapping[str, Convert] = attrs.field(factory=dict, converter=_conversions)
    transform: Transform | None = None
    convert_back: Mapping[str, Convert] = attrs.field(factory=dict, converter=_conversions)
    transform_back: Transform | None = None
    rename_vectors: Mapping[str, str] = attrs.field(factory=dict, converter=_renames)

    @property
    def collection(self) -> str:
        """The name of the collection."""
        return self.spec.name

    @property
    def destructive(self) -> bool:
        """Whether properties are dropped, or objects may be left out."""
        return bool(self.drop) or self.transform is not None

    def mutate(self, state: SchemaState) -> SchemaState:
        """Return the state with the new collection. Raises MigrationError for names that it does not have."""
        before = state.collection(self.collection)
        for name in (*self.rename, *self.drop):
            member_of(before, name)
        for name in (*self.rename.values(), *self.convert):
            member_of(self.spec, name)
        for old, new in self.rename_vectors.items():
            vector_of(before, old)
            vector_of(self.spec, new)
        copied = {
            self.rename.get(member.name, member.name) for member in before.members if member.name not in self.drop
        }
        if lost := copied - {member.name for member in self.spec.members}:
            raise MigrationError(
                f"{self.collection} has {', '.join(sorted(lost))} before the rebuild and not after it; name it in drop "
                f"or in rename"
            )
        return state.with_collection(self.spec)

    def reverse(self, before: SchemaState) -> RebuildCollection | None:
        """Return the rebuild to the shape before; None where a function has no counterpart."""
        back = {new: old for old, new in self.rename.items()}
        converted = {back.get(name, name) for name in self.convert}
        if not converted <= set(self.convert_back) or (self.transform is not None and self.transform_back is None):
            return None
        names_before = {member.name for member in before.collection(self.collection).members}
        added = [member.name for member in self.spec.members if back.get(member.name, member.name) not in names_before]
        return RebuildCollection(
            before.collection(self.collection),
            rename=back,
            drop=tuple(added),
            convert=self.convert_back,
            transform=self.transform_back,
            convert_back=self.convert,
            transform_back=self.transform,
            rename_vectors={new: old for old, new in self.rename_vectors.items()},
        )

    def describe(self) -> str:
        """Return what it does."""
        renames = [*self.rename.items(), *self.rename_vectors.items()]
        changes = [f"rename {old} to {new}" for old, new in renames]
        changes += [f"drop {name}" for name in self.drop]
        changes += [f"convert {name}" for name in self.convert]
        changes += ["transform each object"] if self.transform is not None else []
        return f"Rebuild {self.collection}" + (f": {', '.join(changes)}" if changes else "")

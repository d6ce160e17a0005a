"""Operations on whole collections."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

import attrs

from weaviate_orm.exceptions import MigrationError, UnknownNameError
from weaviate_orm.migrations.schema_state import SchemaState
from weaviate_orm.schema.collection import CollectionSpec
from weaviate_orm.schema.properties import ReferenceSpec

ALTERABLE: Final = (
    "alias",
    "description",
    "generative",
    "inverted_index",
    "modules",
    "multi_tenancy",
    "object_ttl",
    "replication",
    "reranker",
    "sharding",
)
"""The attributes of a CollectionSpec that AlterCollection takes."""


def altered(target: str, settings: Mapping[str, Any], names: tuple[str, ...]) -> dict[str, Any]:
    """Return settings as a dict. Raises UnknownNameError for one that is not among the names."""
    for name in settings:
        if name not in names:
            raise UnknownNameError(f"{target} setting", name, names)
    return dict(settings)


@attrs.frozen
class CreateCollection:
    """Create a collection. Its cross-references lead to collections that exist, or to itself."""

    spec: CollectionSpec
    destructive = False

    def mutate(self, state: SchemaState) -> SchemaState:
        """Return the state with the collection."""
        for reference in self.spec.references:
            for target in reference.targets:
                if target != self.spec.name:
                    state.collection(target)
        return state.with_new(self.spec)

    def reverse(self, before: SchemaState) -> DeleteCollection:
        """Return its deletion."""
        return DeleteCollection(self.spec.name)

    def describe(self) -> str:
        """Return what it does."""
        return f"Create {self.spec.name}"


@attrs.frozen
class DeleteCollection:
    """Delete a collection with all of its objects. No other collection may refer to it."""

    collection: str
    destructive = True

    def mutate(self, state: SchemaState) -> SchemaState:
        """Return the state without the collection."""
        if referrers := state.referrers(self.collection):
            raise MigrationError(
                f"{self.collection} cannot be deleted: {', '.join(referrers)} refer to it; drop these references first"
            )
        return state.without(self.collection)

    def reverse(self, before: SchemaState) -> CreateCollection:
        """Return the creation of the collection, without its objects."""
        return CreateCollection(before.collection(self.collection))

    def describe(self) -> str:
        """Return what it does."""
        return f"Delete {self.collection} and all of its objects"


@attrs.frozen
class RenameCollection:
    """Give a collection another name. Ids stay, also those that were made of a key and of the name before."""

    collection: str
    new_name: str
    destructive = False

    def mutate(self, state: SchemaState) -> SchemaState:
        """Return the state with the collection, and the references to it, under the new name."""
        renamed = attrs.evolve(state.collection(self.collection), name=self.new_name)
        if self.new_name in state.collections:
            raise MigrationError(f"{self.collection} cannot become {self.new_name}: there is a collection of this name")
        return SchemaState(
            {
                self.new_name if name == self.collection else name: self._retargeted(
                    renamed if name == self.collection else spec
                )
                for name, spec in state.collections.items()
            }
        )

    def _retargeted(self, spec: CollectionSpec) -> CollectionSpec:
        return attrs.evolve(spec, references=tuple(map(self._renamed, spec.references)))

    def _renamed(self, reference: ReferenceSpec) -> ReferenceSpec:
        targets = tuple(self.new_name if target == self.collection else target for target in reference.targets)
        return attrs.evolve(reference, targets=targets)

    def reverse(self, before: SchemaState) -> RenameCollection:
        """Return the renaming back."""
        return RenameCollection(self.new_name, self.collection)

    def describe(self) -> str:
        """Return what it does."""
        return f"Rename {self.collection} to {self.new_name}"


@attrs.frozen
class AlterCollection:
    """Change settings of a collection.

    Attributes:
        collection: its name.
        settings: attributes of :class:`~weaviate_orm.schema.CollectionSpec` with their new values: ``description``,
            ``generative``, ``reranker``, ``modules``, ``inverted_index``, ``multi_tenancy``, ``replication``,
            ``sharding``, ``object_ttl``, ``alias``. None goes back to the server's default.
    """

    collection: str
    settings: Mapping[str, Any] = attrs.field()
    destructive = False

    def __attrs_post_init__(self) -> None:
        altered(f"{self.collection}", self.settings, ALTERABLE)

    def mutate(self, state: SchemaState) -> SchemaState:
        """Return the state with the settings."""
        return state.with_collection(attrs.evolve(state.collection(self.collection), **self.settings))

    def reverse(self, before: SchemaState) -> AlterCollection:
        """Return the change to the settings before."""
        spec = before.collection(self.collection)
        return AlterCollection(self.collection, {name: getattr(spec, name) for name in self.settings})

    def describe(self) -> str:
        """Return what it does."""
        return f"Alter {', '.join(self.settings)} of {self.collection}"

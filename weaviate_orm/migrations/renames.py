"""What may have been renamed, and the questions about it. Pure."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from difflib import SequenceMatcher
from typing import Literal, TypeVar

import attrs

from weaviate_orm.schema.collection import CollectionSpec
from weaviate_orm.schema.properties import PropertySpec, ReferenceSpec
from weaviate_orm.schema.vectors import VectorSpec


@attrs.frozen
class RenameQuestion:
    """Whether something was renamed, or one thing removed and another added. Its ``str`` is the question.

    Attributes:
        kind: of what may have been renamed.
        collection: that it belongs to; of a collection its old name.
        old: the name before; of a member of a nested object with those of the properties around it.
        new: the name after.

    >>> str(RenameQuestion("property", "Article", "title", "headline"))
    'Was the property Article.title renamed to headline?'
    """

    kind: Literal["collection", "property", "reference", "vector"]
    collection: str
    old: str
    new: str

    def __str__(self) -> str:
        path = self.old if self.kind == "collection" else f"{self.collection}.{self.old}"
        return f"Was the {self.kind} {path} renamed to {self.new}?"


Ask = Callable[[RenameQuestion], bool]
"""Answers whether something was renamed."""

Member = TypeVar("Member", PropertySpec, ReferenceSpec)


def never(question: RenameQuestion) -> bool:
    """Answer that nothing was renamed: what is gone was removed, and what is new was added."""
    return False


def renamed_collections(
    old: Mapping[str, CollectionSpec], new: Mapping[str, CollectionSpec], ask: Ask
) -> dict[str, str]:
    """Return the new names of collections that were renamed, by their old names.

    Asked is about collections that have members in common, or have none at all; the most alike first.
    """
    renames: dict[str, str] = {}
    for name, spec in new.items():
        gone = [other for other in old if other not in new and other not in renames]
        shares = {other: _share(old[other], spec) for other in gone if name not in old}
        candidates = [other for other, share in shares.items() if share > 0]
        for other in sorted(candidates, key=lambda other: (-shares[other], -_likeness(other, name))):
            if ask(RenameQuestion("collection", other, other, name)):
                renames[other] = name
                break
    return renames


def _share(old: CollectionSpec, new: CollectionSpec) -> float:
    """Return the share of the members that two collections have in common, from 0 to 1."""
    members, others = ({(member.name, _kind(member)) for member in spec.members} for spec in (old, new))
    return len(members & others) / len(members | others) if members | others else 1.0


def _kind(member: PropertySpec | ReferenceSpec) -> str:
    return member.data_type.value if isinstance(member, PropertySpec) else "reference"


def renamed_members(
    collection: str, old: Sequence[Member], new: Sequence[Member], ask: Ask, path: str = ""
) -> dict[str, str]:
    """Return the new names of properties, or of references, that were renamed, by their old names.

    Asked is about properties of one type, and references to the same collections; the most alike first.

    Args:
        collection: that they belong to.
        old: the members before.
        new: the members after.
        ask: whether one was renamed.
        path: the names of the properties around them, with a dot after each.
    """
    renames: dict[str, str] = {}
    names, others = {member.name for member in new}, {member.name for member in old}
    for member in new:
        gone = [other for other in old if other.name not in names and other.name not in renames]
        candidates = [other for other in gone if member.name not in others and _alike(other, member)]
        for other in sorted(candidates, key=lambda other: -_likeness(other.name, member.name)):
            kind: Literal["property", "reference"] = "property" if isinstance(member, PropertySpec) else "reference"
            if ask(RenameQuestion(kind, collection, path + other.name, path + member.name)):
                renames[other.name] = member.name
                break
    return renames


def renamed_vectors(collection: str, old: Sequence[VectorSpec], new: Sequence[VectorSpec], ask: Ask) -> dict[str, str]:
    """Return the new names of named vectors that were renamed, by their old names.

    Asked is about vectors that are made and indexed in the same way.
    """
    renames: dict[str, str] = {}
    names, others = {vector.name for vector in new}, {vector.name for vector in old}
    for vector in new:
        gone = [other for other in old if other.name not in names and other.name not in renames]
        candidates = [other for other in gone if vector.name not in others and _is_like(other, vector)]
        for other in sorted(candidates, key=lambda other: -_likeness(str(other.name), str(vector.name))):
            if ask(RenameQuestion("vector", collection, str(other.name), str(vector.name))):
                renames[str(other.name)] = str(vector.name)
                break
    return renames


def _is_like(old: VectorSpec, new: VectorSpec) -> bool:
    named = old.name is not None and new.name is not None
    return named and (old.vectorizer, old.index) == (new.vectorizer, new.index)


def _alike(old: PropertySpec | ReferenceSpec, new: PropertySpec | ReferenceSpec) -> bool:
    if isinstance(old, PropertySpec) and isinstance(new, PropertySpec):
        return old.data_type is new.data_type
    return isinstance(old, ReferenceSpec) and isinstance(new, ReferenceSpec) and {*old.targets} == {*new.targets}


def _likeness(name: str, other: str) -> float:
    return SequenceMatcher(None, name.lower(), other.lower()).ratio()

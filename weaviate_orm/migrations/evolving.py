"""A change of a collection against what the server has: in place, or by a copy. Pure."""

from __future__ import annotations

from collections.abc import Mapping

from weaviate_orm.migrations.collection_change import CollectionChange
from weaviate_orm.schema.capabilities import Capabilities
from weaviate_orm.schema.collection import CollectionSpec
from weaviate_orm.schema.evolution import Evolution, plan_evolution
from weaviate_orm.schema.overlay import overlaid


def evolution_of(change: CollectionChange, stored: CollectionSpec, capabilities: Capabilities) -> Evolution:
    """Return which requests make a change, or why it takes a rebuild."""
    return plan_evolution(
        change.desired,
        stored,
        capabilities,
        drop=change.drop,
        drop_vectors=change.drop_vectors,
        drop_modules=change.drop_modules,
        rename=[old for old, new in change.rename.items() if old != new],
        rename_vectors=[*change.rename_vectors],
    )


def is_vectorized_by_copy(change: CollectionChange, evolution: Evolution) -> bool:
    """Return whether stored objects get a new vector in a copy of the collection only."""
    path = f"{change.desired.name}.vectors.{change.vectorized}"
    return change.vectorized is not None and path in [difference.path for difference in evolution.differences]


def target_of(change: CollectionChange, stored: CollectionSpec) -> CollectionSpec:
    """Return the whole collection after a change: what it states, and all else as the server has it."""
    return overlaid(
        change.desired,
        stored,
        drop=change.drop,
        drop_vectors=change.drop_vectors,
        drop_modules=change.drop_modules,
        rename=change.rename,
    )


def revectorized(stored: CollectionSpec, target: CollectionSpec, renames: Mapping[str, str]) -> frozenset[str | None]:
    """Return the vectors that a rebuild does not copy, because the server's vectorizer makes them anew.

    ``renames``: the new names of vectors.
    """
    names_after: dict[str | None, str] = dict(renames.items())
    before = {names_after.get(vector.name, vector.name): vector for vector in stored.vectors}
    names: set[str | None] = set()
    for vector in target.vectors:
        old = before.get(vector.name)
        if vector.vectorizer is None:
            continue
        if old is None or (old.vectorizer, old.settings()) != (vector.vectorizer, vector.settings()):
            names.add(vector.name)
    return frozenset(names)

"""What to ask of the server, and in which order, so that the collections of the models exist.

Measured on Weaviate 1.39: a class may be created with references to itself and to classes that exist; a reference to
one that does not exist is refused. So references go with the create where they can, and those that close a cycle are
added afterwards, one request each.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final, TypeAlias

import attrs

from weaviate_orm.exceptions import MappingError, SchemaMismatchError
from weaviate_orm.schema.collection import CollectionSpec
from weaviate_orm.schema.diff import ADD, BACKFILL, REBUILD, REINDEX, differences
from weaviate_orm.schema.properties import ReferenceSpec
from weaviate_orm.schema.vectors import VectorSpec


@attrs.frozen
class CreateClass:
    """``POST /v1/schema`` with this body."""

    spec_json: dict[str, Any]


@attrs.frozen
class AddClassProperty:
    """``POST /v1/schema/{collection}/properties`` with this body."""

    collection: str
    property_json: dict[str, Any]


@attrs.frozen
class AddClassVector:
    """Read the class, put this under its name into ``vectorConfig``, and ``PUT /v1/schema/{collection}`` all of it."""

    collection: str
    vector_name: str
    vector_json: dict[str, Any]


Step: TypeAlias = CreateClass | AddClassProperty | AddClassVector


def plan_creation(desired: Sequence[CollectionSpec], existing: Mapping[str, CollectionSpec]) -> tuple[Step, ...]:
    """Return the fewest requests after which every desired collection exists with all it states.

    What exists gets its missing properties, references and named vectors. Settings that the server could change in
    place are left alone; :func:`~weaviate_orm.schema.differences` names them.

    Args:
        desired: the collections of the models, in any order.
        existing: the server's collections, by name.

    Raises:
        MappingError: two desired collections have one name, or a reference has a target that nobody declares.
        SchemaMismatchError: a collection exists and differs in what the server cannot change.
    """
    _check_targets(desired, existing)
    new = [spec for spec in desired if spec.name not in existing]
    creates: list[Step] = []
    additions: list[Step] = []
    created = set(existing)
    for spec in creation_order(new, created):
        created.add(spec.name)
        later = unresolved(spec, created)
        first = tuple(reference for reference in spec.references if reference not in later)
        creates.append(CreateClass(attrs.evolve(spec, references=first).to_json()))
        additions += [AddClassProperty(spec.name, spec.property_json(reference)) for reference in later]
    for spec in desired:
        if spec.name in existing:
            additions += _additions(spec, existing[spec.name])
    return (*creates, *additions)


def _additions(desired: CollectionSpec, actual: CollectionSpec) -> Iterable[Step]:
    changes = differences(desired, actual)
    if breaking := [str(change) for change in changes if change.kind in (REBUILD, REINDEX)]:
        raise SchemaMismatchError(desired.name, breaking)
    for change in changes:
        if change.kind is BACKFILL and isinstance(change.desired, VectorSpec):
            yield AddClassVector(desired.name, str(change.desired.name), change.desired.to_json())
        elif change.kind in (ADD, BACKFILL):
            yield AddClassProperty(desired.name, desired.property_json(change.desired))


def _check_targets(desired: Sequence[CollectionSpec], existing: Mapping[str, CollectionSpec]) -> None:
    names = [spec.name for spec in desired]
    for name in names:
        if names.count(name) > 1:
            raise MappingError(f"two models are named {name}; a collection belongs to one")
    declared = set(names) | set(existing)
    for spec in desired:
        for reference in spec.references:
            for target in reference.targets:
                if target not in declared:
                    raise MappingError(
                        f"{spec.name}.{reference.name} points to {target}, which no model declares and the server does "
                        f"not have; declare it, or create it in the same call"
                    )


def unresolved(spec: CollectionSpec, existing: Iterable[str]) -> list[ReferenceSpec]:
    """Return the references that cannot go with the create of a collection, when only these exist."""
    reachable = {*existing, spec.name}
    return [reference for reference in spec.references if not reachable.issuperset(reference.targets)]


_EXACT_UP_TO: Final = 10
"""Collections in cycles up to which every order is weighed (2^10 sets); beyond, the cheapest next."""


def creation_order(new: Sequence[CollectionSpec], existing: Iterable[str]) -> list[CollectionSpec]:
    """Order collections so that few references have to be added later."""
    created, pending = set(existing), list(new)
    order: list[CollectionSpec] = []
    while pending:
        # those without references to add later never cost, so they go first
        ready = [spec for spec in pending if not unresolved(spec, created)]
        if not ready and len(pending) <= _EXACT_UP_TO:
            return order + _best_order(pending, created)
        chosen = ready or [min(pending, key=lambda spec: len(unresolved(spec, created)))]
        order += chosen
        created.update(spec.name for spec in chosen)
        pending = [spec for spec in pending if spec not in chosen]
    return order


def _best_order(specs: Sequence[CollectionSpec], existing: Iterable[str]) -> list[CollectionSpec]:
    """Find the order with the fewest references to add later, from the best order of each smaller set."""
    best: dict[frozenset[str], tuple[int, list[CollectionSpec]]] = {frozenset(): (0, [])}
    for _ in specs:
        longer: dict[frozenset[str], tuple[int, list[CollectionSpec]]] = {}
        for placed, (cost, order) in best.items():
            for spec in specs:
                if spec.name in placed:
                    continue
                total = cost + len(unresolved(spec, {*existing, *placed}))
                grown = placed | {spec.name}
                if grown not in longer or total < longer[grown][0]:
                    longer[grown] = (total, [*order, spec])
        best = longer
    ((_, order),) = best.values()
    return order

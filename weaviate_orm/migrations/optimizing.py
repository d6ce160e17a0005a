"""Fewer operations that lead to the same state. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import attrs

from weaviate_orm.exceptions import WeaviateORMError
from weaviate_orm.migrations.operations import (
    AddProperty,
    AlterCollection,
    AlterProperty,
    AlterReference,
    AlterVector,
    CreateCollection,
    DeleteCollection,
    DropIndex,
    Operation,
    RenameCollection,
    RunPython,
)
from weaviate_orm.migrations.schema_state import SchemaState

_ALTERING = (AlterCollection, AlterProperty, AlterReference, AlterVector)


def optimized(operations: Sequence[Operation], before: SchemaState) -> tuple[Operation, ...]:
    """Return operations of the same effect, fewer where possible.

    A collection is created as later operations leave it: it has no objects until then, so that functions of stored
    objects have nothing to do. Calls of functions are passed by nothing.

    Args:
        operations: the operations.
        before: the state before them.
    """
    current = tuple(operations)
    goal = _state(current, before)
    while True:
        shorter = next((other for other in _shorter(current, before) if _leads_to(other, before, goal)), None)
        if shorter is None:
            return current
        current = shorter


def _shorter(operations: tuple[Operation, ...], before: SchemaState) -> Iterator[tuple[Operation, ...]]:
    """Yield the operations with two of them merged, in each way that may have the same effect."""
    states = [*_states(operations, before)]
    for first, operation in enumerate(operations):
        for second in range(first + 1, len(operations)):
            later = operations[second]
            if isinstance(later, RunPython):
                break
            if not _touches(later, operation):
                continue
            merged = _merged(operation, later, states[second + 1])
            if merged is not None:
                yield (*operations[:first], *merged, *operations[first + 1 : second], *operations[second + 1 :])
            if not isinstance(operation, CreateCollection):
                break  # nothing of the collection passes another operation on it


def _touches(later: Operation, operation: Operation) -> bool:
    return getattr(later, "collection", None) == _name(operation)


def _name(operation: Operation) -> str | None:
    name: str | None = getattr(operation, "collection", None)
    return operation.spec.name if isinstance(operation, CreateCollection) else name


def _merged(first: Operation, second: Operation, after: SchemaState) -> tuple[Operation, ...] | None:
    """Return what has the effect of two operations on one collection; None where nothing has."""
    if isinstance(first, CreateCollection):
        if isinstance(second, DeleteCollection):
            return ()
        name = second.new_name if isinstance(second, RenameCollection) else first.spec.name
        return (CreateCollection(after.collection(name)),)
    if isinstance(first, _ALTERING) and type(first) is type(second) and _member(first) == _member(second):
        return (attrs.evolve(second, settings={**first.settings, **getattr(second, "settings", {})}),)
    if isinstance(first, AddProperty) and isinstance(second, (AlterProperty, DropIndex)):
        properties = {member.name: member for member in after.collection(first.collection).properties}
        if second.property == first.property.name:
            return (attrs.evolve(first, property=properties[second.property]),)
    return None


def _member(operation: Operation) -> tuple[object, ...]:
    return tuple(getattr(operation, name, None) for name in ("property", "reference", "vector"))


def _states(operations: Sequence[Operation], state: SchemaState) -> Iterator[SchemaState]:
    yield state
    for operation in operations:
        state = operation.mutate(state)
        yield state


def _state(operations: Sequence[Operation], before: SchemaState) -> SchemaState:
    *_, state = _states(operations, before)
    return state


def _leads_to(operations: Sequence[Operation], before: SchemaState, goal: SchemaState) -> bool:
    try:
        return _state(operations, before) == goal
    except WeaviateORMError:
        return False

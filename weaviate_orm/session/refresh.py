"""Objects set back: to their snapshots, to the server's values, or to nothing loaded."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from weaviate_orm.exceptions import NotFoundError, describe
from weaviate_orm.model.instance_codec import decode_properties
from weaviate_orm.model.mapper import Mapper
from weaviate_orm.model.state import state_of
from weaviate_orm.session.reads.loader import Values


def restore(instance: Any) -> None:
    """Set loaded values back to the snapshot, and forget values that were only assigned."""
    mapper: Mapper = instance.__mapper__
    state = state_of(instance)
    values = vars(instance)
    for attribute in mapper.properties:
        values.pop(attribute, None)
    values.update(decode_properties(mapper, state.snapshot))
    for attribute in (*mapper.reference_names, *state.vectors):
        values.pop(attribute, None)
    state.links = {}
    state.link_changes = {}
    state.doubtful = frozenset()
    state.vectors = {}
    state.elements = {}


def overwrite(instance: Any, row: Values) -> None:
    """Set all properties to those of a row, and forget all other values.

    Raises StoredValueError for a value that its field cannot hold; the instance is then unchanged.
    """
    state = state_of(instance)
    times, snapshot = state.times, dict(row)
    values = decode_properties(instance.__mapper__, row, state.id)
    expire(instance, None)
    state.snapshot = snapshot
    state.times = times
    vars(instance).update(values)


def expire(instance: Any, attributes: Iterable[str] | None) -> None:
    """Forget the values of some attributes, or of all; they load when they are read."""
    mapper: Mapper = instance.__mapper__
    state = state_of(instance)
    values = vars(instance)
    if attributes is None:
        attributes = (*mapper.properties, *mapper.reference_names, *mapper.vector_fields)
        state.forget_stored()
    names = set(attributes)
    for attribute in names:
        values.pop(attribute, None)
    state.snapshot = _without(state.snapshot, names)
    state.links = _without(state.links, names)
    state.link_changes = _without(state.link_changes, names)
    state.doubtful = frozenset(key for key in state.doubtful if key[0] not in names)
    state.vectors = _without(state.vectors, names)
    state.elements = _without(state.elements, names)


def not_found(instance: Any) -> NotFoundError:
    """Return the error of an object that another program deleted."""
    return NotFoundError(f"{describe(instance)} is not on the server any more")


def _without(mapping: Mapping[str, Any], names: set[str]) -> Mapping[str, Any]:
    return {name: value for name, value in mapping.items() if name not in names}

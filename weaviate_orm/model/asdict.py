"""``asdict()``: the loaded values of an object, and of what it refers to, as dicts."""

from __future__ import annotations

import copy
import dataclasses
from collections import deque
from collections.abc import Iterable
from typing import Any
from uuid import UUID

import attrs

from weaviate_orm.exceptions import ConfigurationError, SessionError
from weaviate_orm.model.declared import DeclaredReference, DeclaredVector
from weaviate_orm.model.mapper import UNNAMED_VECTOR
from weaviate_orm.model.model import Model
from weaviate_orm.model.registered_types import registered_of
from weaviate_orm.model.state import state_of
from weaviate_orm.query.resolve import reference_path


def asdict(instance: Model, *, depth: int | None = None, refs: Iterable[Any] | None = None) -> dict[str, Any]:
    """Convert an object to a dict: its id and its loaded values, by attribute. Sends no request.

    Nested objects, coordinates and phone numbers are dicts, tuples are lists, vectors are lists of floats, and an
    object that a reference leads to is a dict like this one. Each object is written out once, nearest to ``instance``;
    anywhere else it is ``{"id": …}``, so that circles end.

    ::

        asdict(book)  # {"id": UUID("…"), "title": "Emma", "shelf": {"id": UUID("…"), "label": "left"}}
        asdict(book, refs=[])  # {"id": UUID("…"), "title": "Emma"}
        asdict(book, refs=["shelf__room"])  # the shelf, and its room, wherever they stand

    Args:
        depth: write out what is so many references away from ``instance``, and give what is farther by its id; by
            default all that is loaded.
        refs: the references to write out, as ``include()`` takes them, each in full however often an object comes; all
            others are left out, and so are those that are not loaded.

    Raises:
        SessionError: ``instance`` is no instance of a model.
        ConfigurationError: both ``depth`` and ``refs``.
        UnknownNameError, QueryError: ``refs`` names what is no reference.
    """
    if not isinstance(instance, Model):
        raise SessionError(f"asdict() takes instances of models, not {instance!r}")
    if refs is None:
        return _all_loaded(instance, depth)
    if depth is not None:
        raise ConfigurationError("asdict() takes a depth or refs, not both: refs say how far they lead")
    chosen: _Chosen = {}
    for reference in refs:
        below = chosen
        for step in reference_path(instance.__mapper__.entity, reference):
            below = below.setdefault(step.attribute, {})
    return _written_out(instance, chosen)


_Chosen = dict[str, "_Chosen"]
"""References by name, each with those of its targets."""


def _written_out(instance: Model, references: _Chosen) -> dict[str, Any]:
    row = {**_identity(instance), **_values(instance)}
    for name, below in references.items():
        if name not in vars(instance):
            continue
        value = vars(instance)[name]
        if isinstance(value, (list, tuple)):
            row[name] = [_written_out(target, below) for target in value]
        else:
            row[name] = None if value is None else _written_out(value, below)
    return row


def _all_loaded(instance: Model, depth: int | None) -> dict[str, Any]:
    written: dict[int, dict[str, Any]] = {id(instance): _identity(instance)}
    waiting: deque[tuple[Model, int]] = deque([(instance, 0)])

    def refer(target: Model, distance: int) -> dict[str, Any]:
        if id(target) in written or (depth is not None and distance > depth):
            return _identity(target)
        waiting.append((target, distance))
        return written.setdefault(id(target), _identity(target))

    while waiting:
        current, distance = waiting.popleft()
        row = written[id(current)]
        row.update(_values(current))
        for name, declared in current.__declared__.items():
            if not isinstance(declared, DeclaredReference) or name not in vars(current):
                continue
            value = vars(current)[name]
            if isinstance(value, (list, tuple)):
                row[name] = [refer(target, distance + 1) for target in value]
            else:
                row[name] = None if value is None else refer(value, distance + 1)
    return written[id(instance)]


def _values(instance: Model) -> dict[str, Any]:
    """Return the loaded properties and vectors."""
    values = vars(instance)
    row = {
        name: _vector(values[name]) if isinstance(declared, DeclaredVector) else without_classes(values[name])
        for name, declared in instance.__declared__.items()
        if name in values and not isinstance(declared, DeclaredReference)
    }
    if values.get(UNNAMED_VECTOR) is not None:
        row[UNNAMED_VECTOR] = _vector(values[UNNAMED_VECTOR])
    return row


def _identity(instance: Model) -> dict[str, Any]:
    """Return the id, or None while nothing has fixed it."""
    fixed = state_of(instance).id
    return {"id": UUID(fixed) if fixed is not None else None}


def without_classes(value: Any) -> object:
    """Return a copy of a value of a property, with nested objects as dicts and tuples as lists."""
    if isinstance(value, (list, tuple)):
        return [without_classes(element) for element in value]
    if registered_of(value) is None:
        if attrs.has(type(value)):
            return {field.name: without_classes(getattr(value, field.name)) for field in attrs.fields(type(value))}
        if dataclasses.is_dataclass(value):
            return {field.name: without_classes(getattr(value, field.name)) for field in dataclasses.fields(value)}
    if isinstance(value, dict):
        return {copy.deepcopy(key): without_classes(item) for key, item in value.items()}
    return copy.deepcopy(value)


def _vector(value: Any) -> object:
    if value is None:
        return None
    return value.tolist() if hasattr(value, "tolist") else [_vector(item) if _is_row(item) else item for item in value]


def _is_row(value: object) -> bool:
    return hasattr(value, "tolist") or isinstance(value, (list, tuple))

"""``asdict()``: the loaded values of an object, and of what it refers to, as dicts."""

from __future__ import annotations

import copy
from collections import deque
from typing import Any
from uuid import UUID

import attrs

from weaviate_orm.exceptions import SessionError
from weaviate_orm.model.declared import DeclaredReference, DeclaredVector
from weaviate_orm.model.mapper import UNNAMED_VECTOR
from weaviate_orm.model.model import Model
from weaviate_orm.model.state import state_of


def asdict(instance: Model, *, depth: int | None = None) -> dict[str, Any]:
    """Convert an object to a dict: its id and its loaded values, by attribute. Sends no request.

    Nested objects, coordinates and phone numbers are dicts, vectors are lists of floats, and an object that a reference
    leads to is a dict like this one. Each object is written out once, nearest to ``instance``; anywhere else it is
    ``{"id": …}``, so that circles end.

    ::

        asdict(book)  # {"id": UUID("…"), "title": "Emma", "shelf": {"id": UUID("…"), "label": "left"}}

    Args:
        depth: write out what is so many references away from ``instance``, and give what is farther by its id; by
            default all that is loaded.

    Raises SessionError for what is no instance of a model.
    """
    if not isinstance(instance, Model):
        raise SessionError(f"asdict() takes instances of models, not {instance!r}")
    written: dict[int, dict[str, Any]] = {id(instance): _identity(instance)}
    waiting: deque[tuple[Model, int]] = deque([(instance, 0)])

    def refer(target: Model, distance: int) -> dict[str, Any]:
        if id(target) in written or (depth is not None and distance > depth):
            return _identity(target)
        waiting.append((target, distance))
        return written.setdefault(id(target), _identity(target))

    while waiting:
        current, distance = waiting.popleft()
        values, row = vars(current), written[id(current)]
        for name, declared in current.__declared__.items():
            if name not in values:
                continue
            value = values[name]
            if not isinstance(declared, DeclaredReference):
                row[name] = _vector(value) if isinstance(declared, DeclaredVector) else _plain(value)
            elif isinstance(value, (list, tuple)):
                row[name] = [refer(target, distance + 1) for target in value]
            else:
                row[name] = None if value is None else refer(value, distance + 1)
        if values.get(UNNAMED_VECTOR) is not None:
            row[UNNAMED_VECTOR] = _vector(values[UNNAMED_VECTOR])
    return written[id(instance)]


def _identity(instance: Model) -> dict[str, Any]:
    """Return the id, or None while nothing has fixed it."""
    fixed = state_of(instance).id
    return {"id": UUID(fixed) if fixed is not None else None}


def _plain(value: Any) -> object:
    if isinstance(value, (list, tuple)):
        return [_plain(element) for element in value]
    if attrs.has(type(value)):
        return attrs.asdict(value)
    return copy.deepcopy(value)


def _vector(value: Any) -> object:
    if value is None:
        return None
    return value.tolist() if hasattr(value, "tolist") else [_vector(item) if _is_row(item) else item for item in value]


def _is_row(value: object) -> bool:
    return hasattr(value, "tolist") or isinstance(value, (list, tuple))

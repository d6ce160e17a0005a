"""Columns of values as Arrow takes them."""

from __future__ import annotations

from enum import Enum
from typing import Any
from uuid import UUID

import attrs


def plain_column(column: list[Any]) -> list[Any]:
    """The values, with UUIDs as text and attrs classes as dicts."""
    return [_plain(value) for value in column]


def _plain(value: Any) -> Any:
    if isinstance(value, UUID):
        return str(value)
    if isinstance(value, Enum):
        return value.value
    if isinstance(value, (list, tuple)):
        return [_plain(each) for each in value]
    if attrs.has(type(value)):
        return attrs.asdict(value, value_serializer=lambda _, __, inner: _plain(inner))
    return value

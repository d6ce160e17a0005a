"""What to send for a stored object that a function changes. Pure."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from weaviate_orm.migrations.row import Row

Patch = Callable[[Row], "Mapping[str, Any] | None"]
"""Returns what to send for a row, ``properties`` or ``vectors``; None for nothing."""


def property_patch(change: Callable[[Row], Mapping[str, Any] | None]) -> Patch:
    def patch(row: Row) -> Mapping[str, Any] | None:
        properties = change(row)
        return None if properties is None else {"properties": dict(properties)}

    return patch


def missing_property_patch(name: str, fill: Callable[[Row], Any]) -> Patch:
    def patch(row: Row) -> Mapping[str, Any] | None:
        value = fill(row) if row.get(name) is None else None
        return None if value is None else {"properties": {name: value}}

    return patch


def missing_vector_patch(name: str, fill: Callable[[Row], Any]) -> Patch:
    def patch(row: Row) -> Mapping[str, Any] | None:
        vector = fill(row) if not row.vectors.get(name) else None
        return None if vector is None else {"vectors": {name: vector}}

    return patch

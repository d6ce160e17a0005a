"""One stored object, as the functions of migrations get it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import attrs

__all__ = ["Row"]


def stored_vectors(body: Mapping[str, Any]) -> dict[str | None, Any]:
    """Return the vectors of the server's JSON of an object, by name; the unnamed one has the name None."""
    unnamed = {None: body["vector"]} if body.get("vector") else {}
    return {**(body.get("vectors") or {}), **unnamed}


@attrs.define
class Row:
    """One stored object. A function of a migration may change it, or return another one.

    Attributes:
        id: its id, which stays.
        properties: its values as the server's JSON has them, without the references.
        vectors: its vectors by their names; the unnamed one has the name None.
        tenant: its tenant, if it has one.

    >>> row = Row("28f3f61b-b524-45e0-9bbe-2c1550bf73d2", {"title": "A title"})
    >>> row["title"], row.get("summary")
    ('A title', None)
    """

    id: str
    properties: dict[str, Any]
    vectors: dict[str | None, Any] = attrs.field(factory=dict)
    tenant: str | None = None

    def __getitem__(self, name: str) -> Any:
        """Return a property; raises KeyError where the object has none of that name."""
        return self.properties[name]

    def get(self, name: str, default: Any = None) -> Any:
        """Return a property, or a default where the object has none of that name."""
        return self.properties.get(name, default)

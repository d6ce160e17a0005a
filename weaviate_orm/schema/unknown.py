"""What the server's JSON has and a spec does not describe: kept by the spec, and sent back.

So a spec of any server's class becomes that class again. Null and empty members are left out: they say nothing to the
server.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import attrs

from weaviate_orm.schema.settings import plain_settings

_EMPTY: tuple[Any, ...] = (None, "", [], {})


def unknown_field() -> Any:
    """Return the attrs attribute for the members of the server's JSON that a spec does not describe."""
    return attrs.field(factory=dict, converter=plain_settings, hash=False, kw_only=True)


def unknown_members(body: Mapping[str, Any], described: Mapping[str, Any]) -> dict[str, Any]:
    """Return the members of the server's JSON that a description lacks or has otherwise, at any depth of objects.

    Merged over the description (``schema/settings.py``), they give the server's JSON again.

    >>> unknown_members({"a": 1, "b": {"c": 2, "d": 3}, "e": None}, {"a": 1, "b": {"c": 2}})
    {'b': {'d': 3}}
    """
    members: dict[str, Any] = {}
    for key, value in body.items():
        other = described.get(key)
        if isinstance(value, Mapping) and isinstance(other, Mapping):
            if inner := unknown_members(value, other):
                members[key] = inner
        elif value not in _EMPTY and not (key in described and value == other):
            members[key] = value
    return members

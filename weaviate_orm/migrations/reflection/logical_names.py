"""The collections of a server by their logical names: those of aliases, where these lead to ``{logical}_{n}``."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import attrs

from weaviate_orm.http.collection_names import is_numbered
from weaviate_orm.schema.renaming import renamed_class
from weaviate_orm.types import JSONObject

OWN_PREFIX = "WeaviateOrm"
"""How the names of collections begin that this package keeps for itself."""


@attrs.frozen
class LogicalSchema:
    """Collections by their logical names.

    Attributes:
        collections: the server's JSON of each, with the logical names of itself and of its references' targets.
        aliased: the logical names of those that are reached by an alias.
        notes: what the server has besides.
    """

    collections: tuple[JSONObject, ...]
    aliased: frozenset[str] = frozenset()
    notes: tuple[str, ...] = ()


def logical_schema(classes: Iterable[Mapping[str, Any]], aliases: Mapping[str, str]) -> LogicalSchema:
    """Return the collections of a server.

    Args:
        classes: its JSON of them.
        aliases: its collections by their aliases.
    """
    logical: dict[str, str] = {}
    notes: list[str] = []
    for alias, physical in sorted(aliases.items()):
        if alias.startswith(OWN_PREFIX):
            continue
        if is_numbered(physical, alias) and physical not in logical:
            logical[physical] = alias
        else:
            notes.append(f"The alias {alias} leads to {physical}; no model states it.")
    names = frozenset(logical.values())
    collections = []
    for body in classes:
        name = body["class"]
        old = next((alias for alias in names if is_numbered(name, alias)), None)
        if name.startswith(OWN_PREFIX):
            continue
        if name not in logical and old is not None:
            notes.append(f"{name} is a copy of {old} that no alias leads to.")
            continue
        collections.append(renamed_class(body, lambda name: logical.get(name, name)))
    return LogicalSchema(tuple(collections), names, tuple(notes))


def with_targets(schema: LogicalSchema, names: Sequence[str]) -> LogicalSchema:
    """Return the collections of these names, and those that they refer to, in the order of the schema."""
    bodies = {body["class"]: body for body in schema.collections}
    reached: dict[str, None] = {}
    pending = list(names)
    while pending:
        name = pending.pop()
        if name not in reached and name in bodies:
            reached[name] = None
            pending += (target for member in bodies[name].get("properties") or () for target in member["dataType"])
    return attrs.evolve(
        schema, collections=tuple(body for body in schema.collections if body["class"] in reached), notes=()
    )

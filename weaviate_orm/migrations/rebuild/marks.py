"""Marks of rebuilds in the server: aliases, which stay whatever happens to the program that made them. Pure.

An alias is decided by all nodes, takes no room, and changes nothing of its collection.
"""

from __future__ import annotations

from collections.abc import Mapping

from weaviate_orm.http.collection_names import SWITCHING

_COPYING = "WeaviateOrmRebuild_"
_REPLACED = "WeaviateOrmReplaced_"
_SWITCHING = f"{SWITCHING}_"
_ALL = (_COPYING, _REPLACED, _SWITCHING, SWITCHING)


def copying_mark(logical: str, body: str) -> str:
    """Return the alias of a collection that is being filled, and that a logical name will lead to.

    ``body``: the fingerprint of its JSON. A rebuild into another collection begins anew.
    """
    return f"{_COPYING}{body}_{logical}"


def replaced_mark(physical: str) -> str:
    """Return the alias of a collection that is replaced when its logical name is put over."""
    return f"{_REPLACED}{physical}"


def switching_mark(logical: str) -> str:
    """Return the alias of a collection that is complete, and whose logical name is put over with others."""
    return f"{_SWITCHING}{logical}"


def is_mark(alias: str) -> bool:
    """Return whether an alias is a mark, and no name of a collection."""
    return alias.startswith(_ALL)


def copying_targets(aliases: Mapping[str, str]) -> dict[str, str]:
    """Return the collections that are being filled, by logical names."""
    return {mark.partition("_")[2]: target for mark, target in _marked(_COPYING, aliases).items()}


def copying_marks(logical: str, aliases: Mapping[str, str]) -> list[str]:
    """Return the aliases of the collections that are being filled for a logical name."""
    return [f"{_COPYING}{mark}" for mark in _marked(_COPYING, aliases) if mark.partition("_")[2] == logical]


def switching_targets(aliases: Mapping[str, str]) -> dict[str, str]:
    """Return the complete collections of a switch that has begun, by logical names."""
    return _marked(_SWITCHING, aliases)


def replaced_collections(aliases: Mapping[str, str]) -> list[str]:
    """Return the collections that are replaced, or will be."""
    return list(_marked(_REPLACED, aliases).values())


def _marked(prefix: str, aliases: Mapping[str, str]) -> dict[str, str]:
    return {alias[len(prefix) :]: physical for alias, physical in aliases.items() if alias.startswith(prefix)}

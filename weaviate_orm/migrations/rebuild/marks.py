"""Marks of rebuilds in the server: aliases, which stay whatever happens to the program that made them. Pure.

An alias is decided by all nodes, takes no room, and changes nothing of its collection.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Literal, get_args

import attrs

from weaviate_orm.http.collection_names import SWITCHING

OfflineStep = Literal["Copying", "Complete", "Filling"]
"""How far an offline rebuild is: the second collection is being filled from the original; it is complete; the original
is gone, and the new one is being filled from the second."""

_COPYING = "WeaviateOrmRebuild"
_REPLACED = "WeaviateOrmReplaced"
_OFFLINE = "WeaviateOrmOffline"
_ALL = tuple(
    f"{kind}_" for kind in (_COPYING, _REPLACED, SWITCHING, *(f"{_OFFLINE}{step}" for step in get_args(OfflineStep)))
)


@attrs.frozen
class CopyingMark:
    """Marks a collection that is being filled, and that a logical name will lead to.

    Attributes:
        logical: the logical name.
        body: the fingerprint of the JSON of the class. A rebuild into another one begins anew.
        target: the collection.
    """

    logical: str
    body: str
    target: str

    @property
    def alias(self) -> str:
        """The alias."""
        return f"{_COPYING}_{self.body}_{self.logical}"


@attrs.frozen
class SwitchingMark:
    """Marks a complete collection whose logical name is put over, with others of the same switch.

    Attributes:
        logical: the logical name.
        identity: that of the class which has the logical name now; empty where it is an alias.
        target: the collection.
    """

    logical: str
    identity: str
    target: str

    @property
    def alias(self) -> str:
        """The alias."""
        return f"{SWITCHING}_{self.identity}_{self.logical}"


@attrs.frozen
class OfflineMark:
    """Marks the second collection of an offline rebuild.

    Attributes:
        step: how far it is.
        identity: that of the original class.
        body: the fingerprint of the JSON of the new class.
        original: the name of both.
        copy: the second collection.
    """

    step: OfflineStep
    identity: str
    body: str
    original: str
    copy: str

    @property
    def alias(self) -> str:
        """The alias."""
        return f"{_OFFLINE}{self.step}_{self.identity}_{self.body}_{self.original}"


def replaced_mark(physical: str) -> str:
    """Return the alias of a collection that is replaced when its logical name is put over."""
    return f"{_REPLACED}_{physical}"


def is_mark(alias: str) -> bool:
    """Return whether an alias is a mark, and no name of a collection."""
    return alias == SWITCHING or alias.startswith(_ALL)


def named_collections(aliases: Mapping[str, str]) -> set[str]:
    """Return the collections that a name leads to."""
    return {physical for alias, physical in aliases.items() if not is_mark(alias)}


def copying_marks(aliases: Mapping[str, str]) -> list[CopyingMark]:
    """Return the marks of the collections that are being filled."""
    return [
        CopyingMark(rest.partition("_")[2], rest.partition("_")[0], target)
        for rest, target in _marked(_COPYING, aliases)
    ]


def switching_marks(aliases: Mapping[str, str]) -> list[SwitchingMark]:
    """Return the marks of a switch, which has begun once there is SWITCHING too."""
    return [
        SwitchingMark(rest.partition("_")[2], rest.partition("_")[0], target)
        for rest, target in _marked(SWITCHING, aliases)
    ]


def offline_marks(aliases: Mapping[str, str]) -> list[OfflineMark]:
    """Return the marks of offline rebuilds; of one with several, the last step comes last."""
    marks = []
    for step in get_args(OfflineStep):
        for rest, copy in _marked(f"{_OFFLINE}{step}", aliases):
            identity, body, original = rest.split("_", 2)
            marks.append(OfflineMark(step, identity, body, original, copy))
    return marks


def replaced_collections(aliases: Mapping[str, str]) -> list[str]:
    """Return the collections that are replaced, or will be."""
    return [physical for _, physical in _marked(_REPLACED, aliases)]


def _marked(kind: str, aliases: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    for alias, physical in aliases.items():
        if alias.startswith(f"{kind}_"):
            yield alias[len(kind) + 1 :], physical

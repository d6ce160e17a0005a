"""What is to be rebuilt, and what was."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import attrs

from weaviate_orm.migrations.row import Row
from weaviate_orm.types import JSONObject

Change = Callable[[Row], "Row | None"]
"""Makes the new row of a stored one; None leaves it out."""


@attrs.frozen(eq=False)
class Rebuilding:
    """One collection to rebuild.

    Attributes:
        logical: its logical name.
        source: the physical name that it has now.
        body: the JSON of the class to create; it has logical names, its own and those of its references.
        change: makes the new row of each stored one, or None to leave it out. It is called again where a rebuild is
            resumed, so it has to return the same for the same row.
        revectorized: the vectors that are not copied; the server's vectorizer makes them.
        references: the new names of references, by the old ones; None leaves a reference out.
    """

    logical: str
    source: str
    body: JSONObject = attrs.field(repr=False)
    change: Change | None = None
    revectorized: frozenset[str | None] = frozenset()
    references: Mapping[str, str | None] = attrs.field(factory=dict)


@attrs.frozen(eq=False)
class CollectionMove:
    """One collection of a rebuild, and the physical name that it gets.

    Attributes:
        rebuilding: the collection.
        target: the physical name of the new collection.
        is_aliased: whether the logical name is an alias of the source; else it is the source's own name.
    """

    rebuilding: Rebuilding
    target: str
    is_aliased: bool = True

    @property
    def logical(self) -> str:
        """The logical name."""
        return self.rebuilding.logical

    @property
    def source(self) -> str:
        """The physical name of the collection that is copied."""
        return self.rebuilding.source


@attrs.frozen
class RebuiltCollection:
    """One collection that was rebuilt.

    Attributes:
        logical: its logical name.
        source: the physical name of the old copy, which refuses writes until it is deleted by ``cleanup``.
        target: the physical name of the new one.
        objects: how many objects it has.
        left_out: how many rows the function of the rebuild left out.
    """

    logical: str
    source: str
    target: str
    objects: int
    left_out: int


@attrs.frozen
class RebuildReport:
    """What a rebuild did.

    Attributes:
        collections: the collections, with those that refer to them.
        copied: how often an object was copied; those that changed meanwhile count again.
        passes: how often the collections were scanned for changes.
        seconds: how long it took.
        frozen: for how many of these writes were refused, at a time.
        absent: for how many a name led nowhere, or to a part of the objects: where a class becomes an alias, or is
            rebuilt offline.
        late: objects that were written to an old copy after its last pass, because the server was restarted at that
            moment or a tenant was new; they were copied afterwards.
    """

    collections: tuple[RebuiltCollection, ...]
    copied: int
    passes: int
    seconds: float
    frozen: float
    absent: float = 0.0
    late: int = 0

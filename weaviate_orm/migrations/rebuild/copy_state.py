"""What of a collection, or of one of its tenants, is copied."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import islice

import attrs

from weaviate_orm.migrations.rebuild.collection_move import CollectionMove
from weaviate_orm.migrations.rebuild.object_translation import ObjectTranslation

UNKNOWN_TIME = 0
"""Of an object that the target has, and that has to be copied again."""


@attrs.frozen
class Changes:
    """What a scan of the source has found.

    Attributes:
        stored: how many objects it has.
        changed: the ids of those that are not copied as they are, in their order.
        removed: the ids of copies of objects that it does not have any more.
    """

    stored: int
    changed: Sequence[str]
    removed: Sequence[str]

    def __len__(self) -> int:
        return len(self.changed) + len(self.removed)


@attrs.define
class CopyState:
    """The copies of one collection, or of one of its tenants.

    Every write moves the time of an object, so a copy is as the source has it while that has the same time. Two writes
    within a millisecond have one time, so that of a copy counts only when it was settled.

    Attributes:
        move: the collection.
        translation: how its objects become those of the target.
        tenant: the tenant, if it has any.
        copied: the time that each object had in the source when it was copied, by its id; all that the target has.
        left_out: the same of the rows that the function of the rebuild leaves out.
        copies: how many objects were sent.
        keeps_others: whether objects that only the target has stay.
    """

    move: CollectionMove
    translation: ObjectTranslation = attrs.field(repr=False)
    tenant: str | None = None
    copied: dict[str, int] = attrs.field(factory=dict, repr=False)
    left_out: dict[str, int] = attrs.field(factory=dict, repr=False)
    copies: int = 0
    keeps_others: bool = False

    def changes(self, times: Mapping[str, int]) -> Changes:
        """Return what has changed, by the times that the objects of the source have now."""
        copied, left_out = self.copied, self.left_out
        changed = [
            id for id, time in times.items() if copied.get(id, UNKNOWN_TIME) != time and left_out.get(id) != time
        ]
        for id in left_out.keys() - times.keys():
            del left_out[id]
        return Changes(len(times), changed, sorted(copied.keys() - times.keys()))

    def ranges(self, parts: int, least: int) -> list[tuple[str, str | None]]:
        """Return ranges of ids with about as many objects each, as the id before the first, and the last.

        Args:
            parts: how many ranges.
            least: the objects from which on there is more than one.
        """
        if len(self.copied) < least:
            return [("", None)]
        ids = sorted(islice(self.copied, 0, None, len(self.copied) // 1000))
        bounds = [ids[len(ids) * part // parts] for part in range(1, parts)]
        return list(zip(["", *bounds], [*bounds, None], strict=True))

    @property
    def title(self) -> str:
        """Its name in messages."""
        return self.move.logical if self.tenant is None else f"{self.move.logical} (tenant {self.tenant})"

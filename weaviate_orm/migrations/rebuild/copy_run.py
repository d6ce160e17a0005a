"""Collections copied in passes, until little is left that others have changed meanwhile."""

from __future__ import annotations

import math
import time
from collections.abc import Mapping, Sequence

from weaviate_orm.client.client import Client
from weaviate_orm.client.stored_classes import has_tenants
from weaviate_orm.exceptions import MigrationError, OperationTimeoutError
from weaviate_orm.migrations.rebuild.collection_move import CollectionMove
from weaviate_orm.migrations.rebuild.comparison import compare_ids, compare_objects, count_objects, miscounted
from weaviate_orm.migrations.rebuild.copy_state import Changes, CopyState
from weaviate_orm.migrations.rebuild.freezing import indexing_shards
from weaviate_orm.migrations.rebuild.object_copying import ObjectCopying
from weaviate_orm.migrations.rebuild.object_translation import ObjectTranslation
from weaviate_orm.migrations.rebuild.rebuild_progress import ProgressMeter
from weaviate_orm.migrations.rebuild.replicas import ReplicatedObjects, replicated_objects
from weaviate_orm.types import JSONObject

FEW_CHANGES = 300
"""Changes of a pass after which the last one is short enough for writers to wait."""

MOST_PASSES = 12

SHRINKING = 0.7
"""The part of the last pass's changes below which another pass is worth its time."""

SECONDS_TO_INDEX = 600.0


class CopyRun:
    """One run of a rebuild: what of its collections is copied, in this process.

    Args:
        client: the server.
        moves: the collections.
        classes: the JSON of the old and the new classes, by their physical names.
        copying: reads and sends.
        meter: counts.
        physical: the new physical names in references by the old ones; by default those of the moves.
        keeps_others: whether objects that only the new collections have stay.

    Attributes:
        passes: how often the collections were scanned for changes.
        is_behind: whether the last pass had too little time.
    """

    def __init__(
        self,
        client: Client,
        moves: Sequence[CollectionMove],
        classes: Mapping[str, JSONObject],
        copying: ObjectCopying,
        meter: ProgressMeter,
        *,
        physical: Mapping[str, str] | None = None,
        keeps_others: bool = False,
    ) -> None:
        self._client = client
        self._moves = moves
        self._classes = classes
        self._copying = copying
        self._meter = meter
        self._keeps_others = keeps_others
        if physical is None:
            physical = {move.source: move.target for move in moves}
        self._translations = {
            move.source: ObjectTranslation(move.rebuilding, classes[move.source], classes[move.target], physical)
            for move in moves
        }
        self._states: dict[tuple[str, str | None], CopyState] = {}
        self.passes = 0
        self.is_behind = False

    @property
    def states(self) -> list[CopyState]:
        """The copies of all collections and tenants."""
        return list(self._states.values())

    @property
    def copies(self) -> int:
        """How many objects were sent."""
        return sum(state.copies for state in self._states.values())

    @property
    def replicated(self) -> list[ReplicatedObjects]:
        """What of the old collections has replicas."""
        return replicated_objects(self._classes, self._states)

    def of(self, move: CollectionMove) -> list[CopyState]:
        """Return the copies of a collection."""
        return [state for state in self._states.values() if state.move is move]

    def begin(self) -> None:
        """Copy all, or what an earlier run has not: one collection, and one tenant, after the other."""
        self.follow_tenants()
        for state in self.states:
            self._meter.total += count_objects(self._client.transport, state.move.source, state.tenant)
        for state in self.states:
            if count_objects(self._client.transport, state.move.target, state.tenant):
                self._meter.enter("comparing", state.move.logical, state.tenant)
                compare_objects(state, self._copying.reader)
                self._meter.resume(sum(1 for time in state.copied.values() if time))
        for state in self.states:
            self._meter.enter("copying", state.move.logical, state.tenant)
            if not state.copied:
                self._copying.copy_all(state)

    def follow(self) -> None:
        """Copy what changes meanwhile, until that is little, or does not become less."""
        before: int | None = None
        for _ in range(MOST_PASSES):
            count = self.catch_up()
            if count <= FEW_CHANGES or (before is not None and count > SHRINKING * before):
                return
            before = count

    def catch_up(self, seconds: float = math.inf) -> int:
        """Copy what has changed since the last pass; return how many objects that were.

        ``seconds``: the most for copying; ``is_behind`` tells afterwards whether that was too little.
        """
        self.follow_tenants()
        self._observe_clock()
        scans = self._copying.scan(self.states)
        deadline = time.monotonic() + seconds
        # not by all(…), which would skip collections
        completed = [self._copying.copy_changes(state, changes, deadline) for state, changes in scans]
        self.is_behind = not all(completed)
        self.passes += 1
        return sum(len(changes) for _, changes in scans)

    def follow_tenants(self) -> None:
        """Give the new collections the tenants of the old ones, as these are now."""
        self.add_tenants()
        for move in self._moves:
            if has_tenants(self._classes[move.source]):
                tenants = self._client.tenants.get(move.source).keys()
                if self._keeps_others:
                    continue
                if surplus := self._client.tenants.get(move.target).keys() - tenants:
                    self._client.tenants.remove(move.target, sorted(surplus))
                for state in self.of(move):
                    if state.tenant not in tenants:
                        del self._states[move.source, state.tenant]

    def add_tenants(self) -> None:
        """Give the new collections the tenants that the old ones have got."""
        for move in self._moves:
            for tenant in self._add_tenants(move):
                if (move.source, tenant) not in self._states:
                    self._states[move.source, tenant] = CopyState(
                        move, self._translations[move.source], tenant, keeps_others=self._keeps_others
                    )

    def _add_tenants(self, move: CollectionMove) -> list[str | None]:
        """Return the tenants of a collection, which the new one gets too; of one without tenants, None."""
        if not has_tenants(self._classes[move.source]):
            return [None]
        tenants = self._client.tenants.get(move.source)
        copied = self._client.tenants.get(move.target)
        missing = [tenant for name, tenant in tenants.items() if name not in copied]
        if missing:
            self._client.tenants.create(move.target, missing)
        return [*tenants]

    def verify_ids(self) -> None:
        """Correct the record of ids that others have added to the new collections, or deleted from them."""
        for state in self.states:
            compare_ids(state, self._copying.reader)

    def verify_objects(self) -> None:
        """Compare all objects. Raises MigrationError for one that the server does not store as it was sent."""
        for state in self.states:
            self._meter.enter("verifying", state.move.logical, state.tenant)
            wrong = compare_objects(state, self._copying.reader)
            if wrong:
                self._copying.copy_changes(state, Changes(len(state.copied), sorted(wrong), ()))
                again = set(compare_objects(state, self._copying.reader)) & set(wrong)
                if again:
                    raise MigrationError(
                        f"{state.title}: {len(again):,} objects of {state.move.target} are not as they were sent, such "
                        f"as {min(again)}: the server writes a value in another way. Return it as the server answers "
                        f"it, or rebuild without comparing all objects; nothing was put over"
                    )

    def miscounted(self) -> str | None:
        """Return what is wrong where collections do not have as many objects as were copied."""
        replicated = {(objects.collection, objects.tenant) for objects in self.replicated}
        reasons = (
            miscounted(self._client.transport, state, is_replicated=(state.move.source, state.tenant) in replicated)
            for state in self.states
        )
        return next(filter(None, reasons), None)

    def check_counts(self) -> None:
        """Raise MigrationError unless all collections have as many objects as were copied."""
        reason = self.miscounted()
        if reason is not None:
            raise MigrationError(reason)

    def wait_for_indexes(self) -> None:
        """Wait until searches in the new collections find all vectors. Raises OperationTimeoutError."""
        deadline = time.monotonic() + SECONDS_TO_INDEX
        targets = [move.target for move in self._moves]
        while indexing := indexing_shards(self._client.transport, targets):
            self._meter.enter("indexing")
            if time.monotonic() > deadline:
                raise OperationTimeoutError(
                    f"{len(indexing):,} shards of {', '.join(targets)} have not indexed all vectors after "
                    f"{SECONDS_TO_INDEX:g} seconds. Run the rebuild again: it goes on where it is",
                    status={"indexing": indexing},
                )
            time.sleep(0.2)

    def _observe_clock(self) -> None:
        """Read an object that was just copied: its time is the server's."""
        for state in self._states.values():
            id = next(reversed(state.copied), None)
            if id is not None:
                self._copying.reader.fetch(state.move.target, state.tenant, [id])
                return

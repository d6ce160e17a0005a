"""Rebuild a collection under its own name: copied to a second one, deleted, created anew, and copied back.

The collection is not there, or only in parts, from its deletion to the end; that is announced downtime. A complete copy
exists at each point, and marks say how far it is, so that the next run goes on from there:

    Copying     the second collection is being filled from the original, which others may use until the last pass
    Complete    the second collection has all, and the original is deleted, or will be
    Filling     the original is gone; the new collection of its name is created, and filled from the second one
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping

from weaviate_orm.client.client import Client
from weaviate_orm.client.paths import path
from weaviate_orm.exceptions import MigrationError, TransportError
from weaviate_orm.http.retry import NO_RETRY
from weaviate_orm.migrations.rebuild.class_bodies import fingerprint, logical_body
from weaviate_orm.migrations.rebuild.class_identity import class_identity, is_same_definition
from weaviate_orm.migrations.rebuild.collection_move import (
    CollectionMove,
    Rebuilding,
    RebuildReport,
    RebuiltCollection,
)
from weaviate_orm.migrations.rebuild.comparison import is_empty
from weaviate_orm.migrations.rebuild.copy_run import CopyRun
from weaviate_orm.migrations.rebuild.copy_state import CopyState
from weaviate_orm.migrations.rebuild.foreign_writes import move_objects
from weaviate_orm.migrations.rebuild.freezing import READY, freeze, is_frozen, set_status
from weaviate_orm.migrations.rebuild.interrupted_writes import writes_resumed
from weaviate_orm.migrations.rebuild.marks import OfflineMark, OfflineStep, offline_marks
from weaviate_orm.migrations.rebuild.object_copying import ObjectCopying
from weaviate_orm.migrations.rebuild.rebuild_checks import check_move, check_nodes, check_room
from weaviate_orm.migrations.rebuild.rebuild_plan import physical_body
from weaviate_orm.migrations.rebuild.rebuild_progress import ProgressMeter, Report
from weaviate_orm.migrations.rebuild.replicas import repair_replicas
from weaviate_orm.migrations.rebuild.targets import add_ttl, create_class
from weaviate_orm.migrations.rebuild.termination import raised_termination

FREEZES = 5
"""How often the last pass is tried: a server that restarts takes writes again."""


def rebuild_offline(
    client: Client, rebuilding: Rebuilding, *, verify: bool = True, progress: Report | None = None
) -> RebuildReport:
    """Rebuild a collection under its own name, with downtime; references of others to it stay.

    Writes are refused from the last pass to the deletion, and had better stop before: the server acknowledges a batch
    that it has begun at that moment, and does not store it (measured on Weaviate 1.39). Those that come before the end
    to objects that are not copied back yet are replaced by these.

    Arguments and errors are those of ``rebuild``; a run that did not come to its end is resumed by the same call.
    """
    return OfflineRebuild(client, rebuilding, verify, progress).run()


def resume_offline(client: Client, logical: str, *, progress: Report | None = None) -> bool:
    """Bring an offline rebuild to its end that was killed when the original was copied; return whether there was one.

    The second collection says what the new one is like, but for when its objects expire.
    """
    aliases = client.alias.list_all()
    marks = [mark for mark in offline_marks(aliases) if mark.original == logical and mark.step != "Copying"]
    if not marks:
        return False
    mark = marks[-1]
    if client.schema.exists(mark.copy):
        body = logical_body({**client.schema.get(mark.copy), "class": logical}, aliases)
    else:
        body = {"class": logical}  # only marks remain
    run = OfflineRebuild(client, Rebuilding(logical, logical, body), False, progress)
    run.continue_body(mark.body)
    run.run()
    return True


class OfflineRebuild:
    """A run of an offline rebuild; arguments as for :func:`rebuild_offline`."""

    def __init__(self, client: Client, rebuilding: Rebuilding, verify: bool, progress: Report | None) -> None:
        self._client = client
        self._transport = client.transport
        self._rebuilding = rebuilding
        self._original = rebuilding.source
        self._copy = f"{rebuilding.source}_copy"
        self._body = fingerprint(rebuilding.body)
        self._verify = verify
        self._meter = ProgressMeter(progress)
        self._begun = time.monotonic()
        self._copies = self._passes = self._left_out = 0
        self._frozen = 0.0

    def continue_body(self, body: str) -> None:
        """Take the fingerprint of the run that has begun: what the server stores has another one."""
        self._body = body

    def run(self) -> RebuildReport:
        """Rebuild the collection."""
        self._nodes = check_nodes(self._client)
        with raised_termination():
            mark = self._mark()
            if mark is None or (mark.step != "Filling" and self._is_original(mark.identity)):
                self._copy_out(mark)
            deleted = time.monotonic()
            # without the second collection a run was killed when it had done all but removing the marks
            objects = self._fill() if self._client.schema.exists(self._copy) else 0
            self._remove_marks()
        return RebuildReport(
            collections=(
                RebuiltCollection(self._rebuilding.logical, self._original, self._original, objects, self._left_out),
            ),
            copied=self._copies,
            passes=self._passes,
            seconds=time.monotonic() - self._begun,
            frozen=self._frozen,
            absent=time.monotonic() - deleted,
        )

    # -- marks

    def _mark(self) -> OfflineMark | None:
        """Return how far an earlier run has come."""
        marks = [mark for mark in offline_marks(self._client.alias.list_all()) if mark.original == self._original]
        if not marks:
            # an empty one is of a run that was killed before it could mark it
            if self._client.schema.exists(self._copy) and not is_empty(self._client, self._copy):
                raise MigrationError(
                    f"there is a collection {self._copy}, which no offline rebuild has made; delete it, or give it "
                    f"another name"
                )
            return None
        mark = marks[-1]
        if mark.body != self._body and not (mark.step == "Copying" and self._is_original(mark.identity)):
            raise MigrationError(
                f"{self._original} is in the middle of an offline rebuild into another collection than this one, which "
                f"is complete in {self._copy}; finish that one first, by the migration that has begun it"
            )
        if mark.step == "Copying" and not self._is_original(mark.identity):
            raise MigrationError(
                f"{self._original} was deleted or created anew during its offline rebuild, of which {self._copy} has a "
                f"part. Delete the one that is not needed, and run it again"
            )
        return mark

    def _set_mark(self, step: OfflineStep, identity: str) -> None:
        mark = OfflineMark(step, identity, self._body, self._original, self._copy)
        aliases = self._client.alias.list_all()
        if mark.alias not in aliases:
            self._client.alias.create(alias_name=mark.alias, target_collection=self._copy)
        self._remove_marks(mark)

    def _remove_marks(self, current: OfflineMark | None = None) -> None:
        for mark in offline_marks(self._client.alias.list_all()):
            if mark.original == self._original and mark != current:
                self._client.alias.delete(alias_name=mark.alias)

    def _is_original(self, identity: str) -> bool:
        if not self._client.schema.exists(self._original):
            return False
        return class_identity(self._transport, self._client.schema.get(self._original)) == identity

    # -- the way out

    def _copy_out(self, mark: OfflineMark | None) -> None:
        """Copy the original to the second collection, and delete it."""
        if not self._client.schema.exists(self._original):
            raise MigrationError(f"the server has no collection {self._original}")
        body = self._client.schema.get(self._original)
        move = CollectionMove(self._rebuilding, self._copy)
        check_move(self._client, move, body, () if mark is None else (move.logical,))
        identity = class_identity(self._transport, body)
        with writes_resumed(self._client, lambda: [self._original] if self._is_original(identity) else []):
            set_status(self._transport, [self._original], READY)  # a run that was killed may have refused them
            if mark is None or mark.body != self._body:
                self._client.schema.delete_class(self._copy)
                create_class(self._client, physical_body(move, (), self._aliases()))
                self._set_mark("Copying", identity)
            check_room(self._client, [self._copy])
            self._copy_in_passes(move, lambda run: self._delete_original(run, identity))

    def _delete_original(self, run: CopyRun, identity: str) -> None:
        """Refuse writes, copy the rest, and delete the original."""
        for _ in range(FREEZES):
            repair_replicas(self._transport, run.replicated)
            begun = time.monotonic()
            freeze(self._transport, [self._original])
            self._meter.enter("frozen")
            run.catch_up()
            if self._is_complete(run, identity) and self._delete(identity):
                self._frozen = time.monotonic() - begun
                self._left_out = sum(len(state.left_out) for state in run.states)
                self._meter.enter("dropped")
                return
            set_status(self._transport, [self._original], READY)
            run.follow()
        raise MigrationError(f"{self._original} took writes again before it could be deleted, {FREEZES} times")

    def _is_complete(self, run: CopyRun, identity: str) -> bool:
        """Mark the second collection as complete; return False if the server has taken writes again meanwhile."""
        if not is_frozen(self._transport, [self._original]):
            return False
        run.check_counts()
        self._set_mark("Complete", identity)
        return is_frozen(self._transport, [self._original])

    def _delete(self, identity: str) -> bool:
        """Delete the original; not again after an error, when a server that restarted would have taken writes."""
        try:
            self._transport.request("DELETE", path("schema", self._original), retry=NO_RETRY)
        except TransportError:
            return not self._is_original(identity)
        return True

    # -- the way back

    def _fill(self) -> int:
        """Create the new collection, and copy the objects back; return how many they are."""
        self._set_mark("Filling", "gone")
        aliases = self._aliases()
        rebuilding = Rebuilding(self._rebuilding.logical, self._copy, self._rebuilding.body)
        move = CollectionMove(rebuilding, self._original)
        if self._client.schema.exists(self._original):
            present, copied = self._client.schema.get(self._original), self._client.schema.get(self._copy)
            if not is_same_definition(present, copied):
                # a writer had the server create it
                move_objects(self._client, self._original, self._copy)
                self._client.schema.delete_class(self._original)
        if not self._client.schema.exists(self._original):
            create_class(self._client, physical_body(move, (), aliases))
        run = self._copy_in_passes(move, _complete, keeps_others=True)
        add_ttl(self._client, move)
        self._transport.collection_names.expire()
        self._client.schema.delete_class(self._copy)
        return sum(len(state.copied) for state in run.states)

    def _copy_in_passes(
        self, move: CollectionMove, finish: Callable[[CopyRun], None], *, keeps_others: bool = False
    ) -> CopyRun:
        classes = {name: self._client.schema.get(name) for name in (move.source, move.target)}
        self._meter.restart()
        with ObjectCopying(self._transport, self._advance, self._nodes) as copying:
            run = CopyRun(self._client, [move], classes, copying, self._meter, physical={}, keeps_others=keeps_others)
            run.begin()
            run.follow()
            if self._verify:
                run.verify_objects()
            run.verify_ids()
            run.follow()
            finish(run)
        self._copies += run.copies
        self._passes += run.passes
        return run

    def _aliases(self) -> Mapping[str, str]:
        return self._client.alias.list_all()

    def _advance(self, state: CopyState, copied: int) -> None:
        self._meter.advance(state.move.logical, state.tenant, copied)


def _complete(run: CopyRun) -> None:
    run.check_counts()
    run.wait_for_indexes()

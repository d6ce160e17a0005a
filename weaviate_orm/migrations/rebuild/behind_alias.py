"""Rebuild collections behind their aliases, while others read and write them.

Passes copy what is not copied as it is, until that is little. Then the server refuses writes to the old collections,
a last pass copies the rest, and the aliases are put over. Reads go on all the time; writes that were refused go through
when they are repeated. A run that was killed leaves nothing to be remembered: the next one compares the new collections
with the old ones.
"""

from __future__ import annotations

import time
from collections.abc import Iterable, Mapping, Sequence

from weaviate_orm.client.client import Client
from weaviate_orm.client.stored_classes import read_classes
from weaviate_orm.exceptions import MigrationError, TransportError
from weaviate_orm.http.collection_names import SWITCHING
from weaviate_orm.migrations.rebuild.collection_move import CollectionMove, Rebuilding, RebuildReport, RebuiltCollection
from weaviate_orm.migrations.rebuild.copy_run import CopyRun
from weaviate_orm.migrations.rebuild.copy_state import CopyState
from weaviate_orm.migrations.rebuild.foreign_writes import move_objects
from weaviate_orm.migrations.rebuild.freezing import READY, freeze, frozen_shards, is_frozen, set_status
from weaviate_orm.migrations.rebuild.interrupted_writes import writes_resumed
from weaviate_orm.migrations.rebuild.late_writes import copy_late_writes
from weaviate_orm.migrations.rebuild.marks import copying_marks, is_mark, named_collections, offline_marks
from weaviate_orm.migrations.rebuild.object_copying import ObjectCopying
from weaviate_orm.migrations.rebuild.rebuild_checks import check_move, check_nodes, check_room
from weaviate_orm.migrations.rebuild.rebuild_plan import plan_moves
from weaviate_orm.migrations.rebuild.rebuild_progress import ProgressMeter, Report
from weaviate_orm.migrations.rebuild.replicas import repair_replicas
from weaviate_orm.migrations.rebuild.switch_resumption import resume_switch
from weaviate_orm.migrations.rebuild.switching import forget_copying, mark_sources, switch
from weaviate_orm.migrations.rebuild.targets import add_ttl, create_targets
from weaviate_orm.migrations.rebuild.termination import raised_termination
from weaviate_orm.types import JSONObject

FREEZES = 30
"""How often the last pass is tried: a server that restarts takes writes again, and writers must not wait for long."""

LONGEST_FREEZE = 4.0
"""The seconds of a last pass for copying. What is left is copied by the next one, between which writers go on."""

SECONDS_BETWEEN_FREEZES = 1.0


def rebuild(
    client: Client,
    collections: Sequence[Rebuilding],
    *,
    verify: bool = False,
    progress: Report | None = None,
) -> RebuildReport:
    """Rebuild collections behind their aliases, and those that refer to them.

    Ids, vectors and references are kept; times of creation and of the last change are those of the copy. An earlier run
    that did not come to its end is resumed. The caller holds the lock of migrations: two runs at once do harm.

    Replicas that differ are made alike: of each object the newest one is copied. A write that is acknowledged in the
    milliseconds in which the replicas become READONLY, one after the other, may be copied after the names are put over.

    Args:
        client: the server.
        collections: what changes.
        verify: compare all objects, before writes are refused; without, ids and counts.
        progress: called with the progress.

    Raises:
        MigrationRowError: the function of a rebuild raised an error for a row, or the server refused one.
        MigrationError: the rebuild cannot be made, or not now; says why, and what to do.
        TransportError: the server is not reached any more.

    After any error the old collections take writes again, as soon as the server can be reached, and what is copied
    stays for the next run.
    """
    return AliasRebuild(client, verify, progress).run(collections)


def resume_writes(client: Client) -> list[str]:
    """Let collections take writes again whose rebuild was killed while it refused them; return their physical names.

    The rebuild is not undone: the next run goes on with it.
    """
    resume_switch(client)
    aliases = client.alias.list_all()
    marked = {mark.logical for mark in copying_marks(aliases)}
    sources = [aliases.get(logical, logical) for logical in sorted(marked)]
    sources += sorted({mark.original for mark in offline_marks(aliases) if mark.step != "Filling"})
    frozen = [source for source in sources if frozen_shards(client.transport, source)]
    set_status(client.transport, frozen, READY)
    return frozen


class AliasRebuild:
    """A run of a rebuild.

    Args:
        client: the server.
        verify: compare all objects.
        progress: called with the progress.
        converts: whether collections that are reached by their own names get aliases.
    """

    def __init__(self, client: Client, verify: bool, progress: Report | None, *, converts: bool = False) -> None:
        self._client = client
        self._transport = client.transport
        self._verify = verify
        self._meter = ProgressMeter(progress)
        self._converts = converts
        self._begun = time.monotonic()
        self._frozen = 0.0
        self._absent = 0.0

    def run(self, collections: Sequence[Rebuilding]) -> RebuildReport:
        """Rebuild collections."""
        client = self._client
        resume_switch(client)
        aliases = client.alias.list_all()
        moves, classes = self._plan(collections, aliases)
        sources = [move.source for move in moves]
        with raised_termination(), writes_resumed(client, lambda: self._current(moves)):
            set_status(self._transport, sources, READY)  # a run that was killed may have refused them
            create_targets(client, moves, classes, aliases)
            check_room(client, [move.target for move in moves])
            mark_sources(client, moves)
            with ObjectCopying(self._transport, self._advance, self._nodes) as copying:
                run = CopyRun(client, moves, read_classes(client), copying, self._meter)
                run.begin()
                late = self._complete(run, moves, copying)
        return RebuildReport(
            collections=tuple(rebuilt(run, move) for move in moves),
            copied=run.copies,
            passes=run.passes,
            seconds=time.monotonic() - self._begun,
            frozen=self._frozen,
            absent=self._absent,
            late=late,
        )

    def _plan(
        self, collections: Sequence[Rebuilding], aliases: Mapping[str, str]
    ) -> tuple[tuple[CollectionMove, ...], dict[str, JSONObject]]:
        """Return what is to be moved, and all classes; raises MigrationError for what keeps it from its end."""
        classes = read_classes(self._client)
        named = named_collections(aliases)
        begun = {
            mark.logical: mark.target
            for mark in copying_marks(aliases)
            if mark.target in classes and mark.target not in named
        }
        copies = {physical for alias, physical in aliases.items() if is_mark(alias)} - named - {*begun}
        live = {name: body for name, body in classes.items() if name not in copies}
        moves = plan_moves(collections, live, aliases, begun, [*classes, *aliases], converts=self._converts)
        self._nodes = check_nodes(self._client)
        for move in moves:
            check_move(self._client, move, classes[move.source], begun)
        return moves, classes

    def _complete(self, run: CopyRun, moves: Sequence[CollectionMove], copying: ObjectCopying) -> int:
        """Copy until the names are put over; return how many objects were written too late."""
        self._prepare(run)
        for _ in range(FREEZES):
            begun = time.monotonic()
            switched = self._switch(run, moves, copying)
            self._frozen = max(self._frozen, time.monotonic() - begun)
            if switched is not None:
                sources = [move.source for move in moves if move.is_aliased]
                return copy_late_writes(self._transport, run, copying, sources, switched)
            set_status(self._transport, [move.source for move in moves], READY)
            if run.is_behind:
                time.sleep(SECONDS_BETWEEN_FREEZES)
            else:
                self._prepare(run)
        names = ", ".join(move.source for move in moves)
        raise MigrationError(
            f"{names} could not be replaced in {FREEZES} attempts: their objects change faster than they are copied, "
            f"or they take writes again, because the server restarts or somebody sets READY. Run it again when that "
            f"has ended"
        )

    def _prepare(self, run: CopyRun) -> None:
        """Copy, verify and index, so that little is left to do while writes are refused."""
        repair_replicas(self._transport, run.replicated)
        run.follow()
        if self._verify:
            run.verify_objects()
        run.verify_ids()
        run.wait_for_indexes()
        run.follow()

    def _switch(self, run: CopyRun, moves: Sequence[CollectionMove], copying: ObjectCopying) -> float | None:
        """Refuse writes, copy the rest, and put the names over.

        Returns the server's time of that, or None if there was too much to copy, or the server has forgotten meanwhile
        to refuse writes.
        """
        sources = [move.source for move in moves]
        freeze(self._transport, sources)
        self._meter.enter("frozen")
        run.catch_up(LONGEST_FREEZE)
        miscounted = None if run.is_behind else run.miscounted()
        if miscounted is not None:
            # what was accepted before the freeze may be stored after it
            run.catch_up(LONGEST_FREEZE)
            miscounted = run.miscounted()
        if run.is_behind or not is_frozen(self._transport, sources):
            return None  # the counts differ by what is not copied, or was written since
        if miscounted is not None:
            raise MigrationError(miscounted)
        run.wait_for_indexes()
        for move in moves:
            add_ttl(self._client, move)
        self._check_names(moves)
        if not is_frozen(self._transport, sources):
            return None
        self._meter.enter("switching")
        switched = copying.clock.now
        try:
            self._absent = switch(self._client, moves, self._rescue)
        except TransportError:
            resume_switch(self._client)
            if not self._are_put_over(moves):
                return None
        for move in moves:
            forget_copying(self._client, move.logical)
        self._transport.collection_names.expire()
        return switched

    def _rescue(self, source: str, target: str) -> int:
        return move_objects(self._client, source, target)

    def _current(self, moves: Sequence[CollectionMove]) -> list[str]:
        """Return the old collections that names still lead to; none in the middle of a switch."""
        aliases = self._client.alias.list_all()
        if SWITCHING in aliases:
            return []
        return [move.source for move in moves if aliases.get(move.logical, move.logical) == move.source]

    def _check_names(self, moves: Iterable[CollectionMove]) -> None:
        """Raise MigrationError where another program has put a name over meanwhile."""
        aliases = self._client.alias.list_all()
        for move in moves:
            if aliases.get(move.logical, move.logical) != move.source:
                raise MigrationError(
                    f"{move.logical} was put over to {aliases.get(move.logical)} by another program during its rebuild"
                )

    def _are_put_over(self, moves: Iterable[CollectionMove]) -> bool:
        aliases = self._client.alias.list_all()
        return all(aliases.get(move.logical) == move.target for move in moves)

    def _advance(self, state: CopyState, copied: int) -> None:
        self._meter.advance(state.move.logical, state.tenant, copied)


def rebuilt(run: CopyRun, move: CollectionMove) -> RebuiltCollection:
    """Return what a run did with a collection."""
    states = run.of(move)
    return RebuiltCollection(
        logical=move.logical,
        source=move.source,
        target=move.target,
        objects=sum(len(state.copied) for state in states),
        left_out=sum(len(state.left_out) for state in states),
    )

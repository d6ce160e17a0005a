"""Rebuild a collection into one with tenants, or without: behind its alias, while writes are refused.

The objects of the two are not in the same places, so that nothing is copied in passes: the new collection is filled at
once from the old one, which takes no writes until its name is put over. A run that was killed begins anew.
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping

from weaviate_orm.batch.engine import batched
from weaviate_orm.batch.outcomes import read_outcomes
from weaviate_orm.client.client import Client
from weaviate_orm.client.stored_classes import has_tenants, read_classes
from weaviate_orm.exceptions import MigrationError, MigrationRowError
from weaviate_orm.migrations.rebuild.collection_move import (
    CollectionMove,
    Rebuilding,
    RebuildReport,
    RebuiltCollection,
)
from weaviate_orm.migrations.rebuild.comparison import count_objects
from weaviate_orm.migrations.rebuild.freezing import READY, freeze, is_frozen, set_status
from weaviate_orm.migrations.rebuild.interrupted_writes import writes_resumed
from weaviate_orm.migrations.rebuild.marks import copying_marks
from weaviate_orm.migrations.rebuild.object_pages import ObjectPage, ObjectReader
from weaviate_orm.migrations.rebuild.object_translation import ObjectCopy, ObjectTranslation
from weaviate_orm.migrations.rebuild.rebuild_checks import check_move, check_nodes
from weaviate_orm.migrations.rebuild.rebuild_plan import next_name, referrers
from weaviate_orm.migrations.rebuild.rebuild_progress import ProgressMeter, Report
from weaviate_orm.migrations.rebuild.replicas import ReplicatedObjects, repair_replicas, replicated_objects
from weaviate_orm.migrations.rebuild.server_clock import ServerClock
from weaviate_orm.migrations.rebuild.switch_resumption import resume_switch
from weaviate_orm.migrations.rebuild.switching import forget_copying, mark_sources, switch
from weaviate_orm.migrations.rebuild.targets import create_targets
from weaviate_orm.migrations.rebuild.termination import raised_termination
from weaviate_orm.schema.properties import is_reference
from weaviate_orm.types import JSONObject, Tenant


def rebuild_tenancy(client: Client, rebuilding: Rebuilding, *, progress: Report | None = None) -> RebuildReport:
    """Rebuild a collection into one with tenants, or without. Writes are refused meanwhile; reads go on.

    The function of the rebuild gives each row its tenant. To a collection without tenants it need not say anything; the
    ids of all tenants have to differ then.

    Raises:
        MigrationRowError: the function raised an error for a row, or gave it no tenant, or the server refused it.
        MigrationError: another collection refers to this one, or several tenants have objects of one id.

    After any error the old collection takes writes again, and the next run begins anew.
    """
    return _TenancyRebuild(client, rebuilding, progress).run()


class _TenancyRebuild:
    def __init__(self, client: Client, rebuilding: Rebuilding, progress: Report | None) -> None:
        self._client = client
        self._transport = client.transport
        self._rebuilding = rebuilding
        self._meter = ProgressMeter(progress)
        self._tenants: set[str] = set()
        self._copied = self._left_out = 0
        self._nodes = 1

    def run(self) -> RebuildReport:
        """Rebuild the collection."""
        begun = time.monotonic()
        resume_switch(self._client)
        move, classes = self._plan()
        with raised_termination(), writes_resumed(self._client, lambda: self._current(move)):
            set_status(self._transport, [move.source], READY)
            create_targets(self._client, [move], classes, self._client.alias.list_all())
            mark_sources(self._client, [move])
            repair_replicas(self._transport, self._replicated(move, classes[move.source]))
            freeze(self._transport, [move.source])
            self._meter.enter("frozen", move.logical)
            self._copy(move)
            self._check(move)
            switch(self._client, [move], lambda source, target: 0)
            forget_copying(self._client, move.logical)
            self._transport.collection_names.expire()
        seconds = time.monotonic() - begun
        collection = RebuiltCollection(move.logical, move.source, move.target, self._copied, self._left_out)
        return RebuildReport((collection,), copied=self._copied, passes=1, seconds=seconds, frozen=seconds)

    def _plan(self) -> tuple[CollectionMove, dict[str, JSONObject]]:
        client, logical, source = self._client, self._rebuilding.logical, self._rebuilding.source
        classes, aliases = read_classes(client), client.alias.list_all()
        if aliases.get(logical) != source:
            raise MigrationError(f"{logical} is no alias of {source}; put it behind one first")
        if others := referrers([source], classes):
            raise MigrationError(
                f"{', '.join(others)} refer to {logical}; the server has no references between a collection with "
                f"tenants and one without. Drop these references first"
            )
        begun = [mark.target for mark in copying_marks(aliases) if mark.logical == logical]
        for target in begun:  # of a run that did not come to its end
            client.schema.delete_class(target)
            classes.pop(target, None)
        forget_copying(client, logical)
        move = CollectionMove(self._rebuilding, next_name(logical, [*classes, *aliases]))
        self._nodes = check_nodes(client)
        check_move(client, move, classes[source], [logical] if begun else [], may_change_tenancy=True)
        return move, classes

    def _copy(self, move: CollectionMove) -> None:
        classes = read_classes(self._client)
        body = classes[move.source]
        translation = ObjectTranslation(self._rebuilding, body, classes[move.target], {move.source: move.target})
        for tenant, page in self._pages(move, body, vectors=True):
            copies = self._translated(translation, tenant, page)
            self._left_out += len(page.objects) - len(copies)
            self._add_tenants(move.target, copies)
            self._send(move, "/batch/objects", [copy.body for copy in copies])
            self._copied += len(copies)
            self._meter.advance(move.logical, tenant, len(copies))
        # within tenants, the server looks for what a reference leads to
        if any(map(is_reference, body.get("properties") or ())):
            for tenant, page in self._pages(move, body, vectors=False):
                copies = self._translated(translation, tenant, page)
                self._send(move, "/batch/references", [item for copy in copies for item in copy.reference_items()])

    def _translated(self, translation: ObjectTranslation, tenant: str | None, page: ObjectPage) -> list[ObjectCopy]:
        copies = (translation.translate(stored, tenant) for stored in page.objects)
        return [copy for copy in copies if copy is not None]

    def _pages(
        self, move: CollectionMove, body: JSONObject, *, vectors: bool
    ) -> Iterator[tuple[str | None, ObjectPage]]:
        reader = ObjectReader(self._transport, ServerClock(self._nodes))
        for tenant in self._source_tenants(move, body):
            for page in reader.pages(move.source, tenant, vectors=vectors):
                yield tenant, page

    def _replicated(self, move: CollectionMove, body: JSONObject) -> list[ReplicatedObjects]:
        return replicated_objects(
            {move.source: body}, [(move.source, tenant) for tenant in self._source_tenants(move, body)]
        )

    def _source_tenants(self, move: CollectionMove, body: JSONObject) -> list[str | None]:
        return [*sorted(self._client.tenants.get(move.source))] if has_tenants(body) else [None]

    def _add_tenants(self, collection: str, copies: list[ObjectCopy]) -> None:
        names = {copy.body["tenant"] for copy in copies if "tenant" in copy.body} - self._tenants
        if names:
            self._client.tenants.create(collection, [Tenant(name) for name in sorted(names)])
            self._tenants |= names

    def _send(self, move: CollectionMove, path: str, items: list[JSONObject]) -> None:
        for part in batched(items, 5000):
            json: object = {"objects": part} if path == "/batch/objects" else part
            answer = self._transport.request("POST", path, json=json, retry=self._transport.batch_retry)
            for item, outcome in zip(part, read_outcomes(answer, part), strict=True):
                if outcome is not None:
                    raise _refusal(move, item, outcome) from outcome

    def _check(self, move: CollectionMove) -> None:
        tenants: list[str | None] = [*sorted(self._tenants)] or [None]
        counts = [count_objects(self._transport, move.target, tenant) for tenant in tenants]
        if sum(counts) != self._copied:
            raise MigrationError(
                f"{self._copied:,} objects of {move.logical} were copied, and {move.target} has {sum(counts):,}: "
                f"several tenants have objects of one id. Nothing was put over; delete all but one of each"
            )
        if not is_frozen(self._transport, [move.source]):
            raise MigrationError(
                f"{move.source} took writes again, because the server was restarted or somebody has set READY; run it "
                f"again"
            )

    def _current(self, move: CollectionMove) -> list[str]:
        return [move.source] if self._client.alias.get(alias_name=move.logical) == move.source else []


def _refusal(move: CollectionMove, item: Mapping[str, object], outcome: Exception) -> MigrationRowError:
    id = str(item["id"]) if "id" in item else str(item["from"]).split("/")[-2]
    return MigrationRowError(
        f"the new collection {move.target} refuses it: {outcome}", collection=move.logical, id=id, tenant=None
    )

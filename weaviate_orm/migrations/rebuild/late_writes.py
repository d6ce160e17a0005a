"""Writes that an old collection took after its last pass.

The server was restarted between two requests, and had forgotten that the collection is frozen; or a tenant was added to
it; or other replicas than the one that was read had acknowledged a write before they were frozen, too. By then the new
collection may have other writes of the same objects: the newest one stays.
"""

from __future__ import annotations

from collections.abc import Sequence

from weaviate_orm.batch.engine import batched
from weaviate_orm.http.transport import Transport
from weaviate_orm.migrations.rebuild.copy_run import CopyRun
from weaviate_orm.migrations.rebuild.copy_state import CopyState
from weaviate_orm.migrations.rebuild.freezing import READY, freeze, is_frozen, set_status
from weaviate_orm.migrations.rebuild.object_copying import FETCHED, ObjectCopying
from weaviate_orm.migrations.rebuild.object_pages import ObjectPage
from weaviate_orm.migrations.rebuild.replicas import repair_replicas
from weaviate_orm.types import JSONObject

ROUNDS = 10


def copy_late_writes(
    transport: Transport, run: CopyRun, copying: ObjectCopying, sources: Sequence[str], switched: float
) -> int:
    """Freeze old collections again where they are not, and copy what they took; return how many objects that were.

    Replicas can be made alike only while the collection takes writes; no name leads to it any more.

    Args:
        transport: the server.
        run: what is copied.
        copying: reads and sends.
        sources: the physical names of the old collections.
        switched: the server's time when the names were put over.
    """
    count = 0
    replicated = [objects for objects in run.replicated if objects.collection in sources]
    if replicated:
        set_status(transport, {objects.collection for objects in replicated}, READY)
        repair_replicas(transport, replicated)
    for _ in range(ROUNDS):
        if is_frozen(transport, sources):
            break
        freeze(transport, sources)
        run.add_tenants()
        for state, changes in copying.scan(run.states):
            count += copy_newer(copying, state, changes.changed, switched)
            count += _delete_older(copying, state, changes.removed, switched)
    return count


def copy_newer(copying: ObjectCopying, state: CopyState, ids: Sequence[str], switched: float = 0.0) -> int:
    """Copy those of some objects that are newer in the source; return how many these are.

    ``switched``: until then the target has only copies, whose times are those of copying.
    """
    count = 0
    for part in batched(ids, FETCHED):
        page = copying.reader.fetch(state.move.source, state.tenant, part)
        copies = _copies(copying, state, part)
        newer = [stored for stored in page.objects if _is_newer(state, stored, copies.get(stored["id"]), switched)]
        copying.copy_page(state, ObjectPage(newer, page.settled))
        count += len(newer)
    return count


def _is_newer(state: CopyState, stored: JSONObject, copy: JSONObject | None, switched: float) -> bool:
    updated = stored["lastUpdateTimeUnix"]
    if copy is None:
        # what was copied, and is gone, was deleted after the switch
        return stored["id"] not in state.copied or updated >= switched
    if copy["lastUpdateTimeUnix"] >= max(updated, switched):
        return False
    expected = state.translation.translate(stored, state.tenant)
    return expected is None or not state.translation.is_stored(expected, copy)


def _delete_older(copying: ObjectCopying, state: CopyState, ids: Sequence[str], switched: float) -> int:
    copies = _copies(copying, state, ids)
    older = [id for id, copy in copies.items() if copy["lastUpdateTimeUnix"] < switched]
    copying.delete(state, older)
    return len(older)


def _copies(copying: ObjectCopying, state: CopyState, ids: Sequence[str]) -> dict[str, JSONObject]:
    page = copying.reader.fetch(state.move.target, state.tenant, ids)
    return {stored["id"]: stored for stored in page.objects}

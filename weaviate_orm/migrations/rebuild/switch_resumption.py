"""A switch that a program began, and was killed before its end."""

from __future__ import annotations

from collections.abc import Sequence

from weaviate_orm.client.client import Client
from weaviate_orm.client.stored_classes import has_tenants, read_classes
from weaviate_orm.http.collection_names import SWITCHING, is_numbered
from weaviate_orm.migrations.rebuild.class_identity import class_identity
from weaviate_orm.migrations.rebuild.collection_move import CollectionMove, Rebuilding
from weaviate_orm.migrations.rebuild.copy_state import CopyState
from weaviate_orm.migrations.rebuild.foreign_writes import move_objects
from weaviate_orm.migrations.rebuild.freezing import freeze, is_frozen
from weaviate_orm.migrations.rebuild.late_writes import copy_newer
from weaviate_orm.migrations.rebuild.marks import SwitchingMark, switching_marks
from weaviate_orm.migrations.rebuild.object_copying import ObjectCopying
from weaviate_orm.migrations.rebuild.object_translation import ObjectTranslation
from weaviate_orm.migrations.rebuild.rebuild_checks import check_nodes
from weaviate_orm.migrations.rebuild.switching import finish_switch


def resume_switch(client: Client) -> None:
    """Finish a switch that was begun; or undo it, where no name is put over and the old collections took writes again.

    Between the death of the program and now the server may have restarted, and so have forgotten to refuse writes.
    """
    aliases = client.alias.list_all()
    if SWITCHING not in aliases:
        return
    marks = switching_marks(aliases)
    sources = {mark: source for mark in marks if (source := _source(client, mark)) is not None}
    if not is_frozen(client.transport, sources.values()):
        if len(sources) == len(marks):
            client.alias.delete(alias_name=SWITCHING)  # so that it has not begun
            return
        freeze(client.transport, sources.values())
        for mark, source in sources.items():
            _copy_later_writes(client, source, mark.target, marks)
    finish_switch(client, lambda source, target: move_objects(client, source, target))


def _source(client: Client, mark: SwitchingMark) -> str | None:
    """Return the old collection of a name that is not put over yet."""
    physical = client.alias.get(alias_name=mark.logical)
    if physical is not None:
        return None if physical == mark.target else physical
    if not client.schema.exists(mark.logical):
        return None
    body = client.schema.get(mark.logical)
    return mark.logical if class_identity(client.transport, body) == mark.identity else None


def _copy_later_writes(client: Client, source: str, target: str, marks: Sequence[SwitchingMark]) -> None:
    """Copy what an old collection took after its last pass. The function of the rebuild is not known any more."""
    classes = read_classes(client)
    physical = {name: mark.target for mark in marks for name in classes if is_numbered(name, mark.logical)}
    move = CollectionMove(Rebuilding(target, source, classes[target]), target)
    translation = ObjectTranslation(move.rebuilding, classes[source], classes[target], physical)
    tenants = [*client.tenants.get(source)] if has_tenants(classes[source]) else [None]
    with ObjectCopying(client.transport, lambda _, __: None, check_nodes(client)) as copying:
        for tenant in tenants:
            state = CopyState(move, translation, tenant)
            copy_newer(copying, state, [*copying.reader.times(source, tenant)])

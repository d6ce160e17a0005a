"""Logical names put over to new collections: several, by one request each, as one step that will be finished.

The step has begun once the alias SWITCHING exists. Then the marks name all collections that belong to it, which are
complete; and clients wait with reading the names until that alias is gone.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from weaviate_orm.client.client import Client
from weaviate_orm.client.paths import path
from weaviate_orm.http.collection_names import SWITCHING
from weaviate_orm.http.retry import NO_RETRY
from weaviate_orm.migrations.rebuild.collection_move import CollectionMove
from weaviate_orm.migrations.rebuild.marks import (
    copying_marks,
    is_mark,
    replaced_mark,
    switching_mark,
    switching_targets,
)


def mark_sources(client: Client, moves: Sequence[CollectionMove]) -> None:
    """Mark the old collections, which ``cleanup`` deletes once no name leads to them."""
    aliases = client.alias.list_all()
    for move in moves:
        if move.is_aliased and replaced_mark(move.source) not in aliases:
            client.alias.create(alias_name=replaced_mark(move.source), target_collection=move.source)


def switch(client: Client, moves: Sequence[CollectionMove]) -> None:
    """Put the names of collections over to the new ones."""
    aliases = client.alias.list_all()
    if len(moves) == 1 and moves[0].is_aliased:
        # not repeated: a server that restarts between the attempts would have taken writes
        _put_over(client, aliases, moves[0].source, moves[0].target, once=True)
        return
    for move in moves:
        mark = switching_mark(move.logical)
        if aliases.get(mark) != move.target:
            client.alias.delete(alias_name=mark)
            client.alias.create(alias_name=mark, target_collection=move.target)
    client.alias.delete(alias_name=SWITCHING)
    client.alias.create(alias_name=SWITCHING, target_collection=moves[0].target)
    for move in moves:
        _put_over(client, aliases, move.source, move.target)
    end_switch(client, {move.logical: move.target for move in moves})


def finish_switch(client: Client) -> dict[str, str]:
    """Finish a switch that a program began and did not end; return the collections by their logical names."""
    aliases = client.alias.list_all()
    if SWITCHING not in aliases:
        return {}
    targets = switching_targets(aliases)
    for logical, target in targets.items():
        if aliases.get(logical) != target:
            _put_over(client, aliases, aliases[logical], target)
    end_switch(client, targets)
    return targets


def end_switch(client: Client, targets: Mapping[str, str]) -> None:
    """Delete the marks of a switch; that it is under way, before its collections."""
    client.alias.delete(alias_name=SWITCHING)
    for logical in targets:
        client.alias.delete(alias_name=switching_mark(logical))
        forget_copying(client, logical)


def forget_copying(client: Client, logical: str) -> None:
    """Delete the marks of a rebuild that has come to its end."""
    for mark in copying_marks(logical, client.alias.list_all()):
        client.alias.delete(alias_name=mark)


def _put_over(client: Client, aliases: Mapping[str, str], source: str, target: str, *, once: bool = False) -> None:
    """Put all aliases of a collection over to another one: its logical name, and others that users have given it."""
    for alias, collection in aliases.items():
        if collection == source and not is_mark(alias):
            client.transport.request(
                "PUT", path("aliases", alias), json={"class": target}, retry=NO_RETRY if once else None
            )

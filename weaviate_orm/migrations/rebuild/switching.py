"""Logical names put over to new collections: several, by one request each, as one step that will be finished.

The step has begun once the alias SWITCHING exists. Then the marks name all collections that belong to it, which are
complete; and clients wait with reading the names until that alias is gone.

A class whose own name becomes an alias is deleted before: no alias can have its name. In that gap of some milliseconds
a write may have the server create a class of that name (auto-schema); its objects are moved to the new collection.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor

from weaviate_orm.client.client import Client
from weaviate_orm.client.paths import path
from weaviate_orm.exceptions import MigrationError, UnexpectedStatusError
from weaviate_orm.http.collection_names import SWITCHING
from weaviate_orm.http.retry import NO_RETRY
from weaviate_orm.migrations.rebuild.class_identity import class_identity
from weaviate_orm.migrations.rebuild.collection_move import CollectionMove
from weaviate_orm.migrations.rebuild.marks import (
    SwitchingMark,
    copying_marks,
    is_mark,
    replaced_mark,
    switching_marks,
)

ATTEMPTS = 50
"""How often a class is deleted that writers have the server create, before its name is given up."""

RACERS = 3
"""Threads that ask for an alias while the class of its name is deleted."""

Rescue = Callable[[str, str], int]
"""Copies the objects of a class that was created in the gap, by its name, to the new collection."""


def mark_sources(client: Client, moves: Sequence[CollectionMove]) -> None:
    """Mark the old collections, which ``cleanup`` deletes once no name leads to them."""
    aliases = client.alias.list_all()
    for move in moves:
        if move.is_aliased and replaced_mark(move.source) not in aliases:
            client.alias.create(alias_name=replaced_mark(move.source), target_collection=move.source)


def switch(client: Client, moves: Sequence[CollectionMove], rescue: Rescue) -> float:
    """Put the names of collections over to the new ones; return the seconds for which a name led nowhere."""
    aliases = client.alias.list_all()
    if len(moves) == 1 and moves[0].is_aliased:
        # not repeated: a server that restarts between the attempts would have taken writes
        _put_over(client, aliases, moves[0].source, moves[0].target, once=True)
        return 0.0
    for mark in switching_marks(aliases):
        client.alias.delete(alias_name=mark.alias)  # of a switch that was killed before it began
    for move in moves:
        identity = "" if move.is_aliased else class_identity(client.transport, client.schema.get(move.source))
        mark = SwitchingMark(move.logical, identity, move.target)
        client.alias.create(alias_name=mark.alias, target_collection=move.target)
    client.alias.create(alias_name=SWITCHING, target_collection=moves[0].target)
    return finish_switch(client, rescue)


def finish_switch(client: Client, rescue: Rescue) -> float:
    """Finish a switch that has begun, by this program or by one that was killed.

    Returns the seconds for which a name led nowhere.
    """
    aliases = client.alias.list_all()
    marks = switching_marks(aliases)
    gap = 0.0
    for mark in marks:
        source = aliases.get(mark.logical)
        if source is None:
            gap += _convert(client, mark, rescue)
        elif source != mark.target:
            _put_over(client, aliases, source, mark.target)
    for mark in marks:
        forget_copying(client, mark.logical)
        client.alias.delete(alias_name=mark.alias)
    client.alias.delete(alias_name=SWITCHING)
    return gap


def forget_copying(client: Client, logical: str) -> None:
    """Delete the marks of a rebuild that has come to its end."""
    for mark in copying_marks(client.alias.list_all()):
        if mark.logical == logical:
            client.alias.delete(alias_name=mark.alias)


def _put_over(client: Client, aliases: Mapping[str, str], source: str, target: str, *, once: bool = False) -> None:
    """Put all aliases of a collection over to another one: its logical name, and others that users have given it."""
    for alias, collection in aliases.items():
        if collection == source and not is_mark(alias):
            client.transport.request(
                "PUT", path("aliases", alias), json={"class": target}, retry=NO_RETRY if once else None
            )


def _convert(client: Client, mark: SwitchingMark, rescue: Rescue) -> float:
    """Make an alias of the name of a class; return the seconds for which the name led nowhere."""
    aliases = client.alias.list_all()
    others = [alias for alias, name in aliases.items() if name == mark.logical and not is_mark(alias)]
    begun = time.monotonic()
    for _ in range(ATTEMPTS):
        if client.schema.exists(mark.logical):
            body = client.schema.get(mark.logical)
            if class_identity(client.transport, body) != mark.identity:
                rescue(mark.logical, mark.target)
        if _replace_by_alias(client, mark):
            seconds = time.monotonic() - begun
            for alias in others:
                client.alias.update(alias_name=alias, new_target_collection=mark.target)
            return seconds
    raise MigrationError(
        f"{mark.logical} cannot become an alias: writers have the server create the class again each time "
        f"(auto-schema). Its objects are in {mark.target}; stop the writers, and run it again"
    )


def _replace_by_alias(client: Client, mark: SwitchingMark) -> bool:
    """Delete a class and create the alias; return False where a writer was faster.

    Threads ask for the alias again and again before the class is gone, so that it comes right after.
    """
    is_deleted = threading.Event()

    def create() -> bool:
        while True:
            is_last = is_deleted.is_set()
            try:
                client.alias.create(alias_name=mark.logical, target_collection=mark.target)
            except UnexpectedStatusError as error:
                if "already exists" not in str(error):
                    raise
                if is_last:
                    return False
            else:
                return True

    with ThreadPoolExecutor(RACERS, thread_name_prefix="weaviate-alias") as pool:
        attempts = [pool.submit(create) for _ in range(RACERS)]
        try:
            client.schema.delete_class(mark.logical)
        finally:
            is_deleted.set()
    results = [attempt.result() for attempt in attempts]
    return any(results)

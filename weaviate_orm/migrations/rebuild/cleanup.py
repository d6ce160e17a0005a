"""Old copies of collections that were rebuilt, and new ones of rebuilds that were given up: deleted when asked for."""

from __future__ import annotations

import time
from collections.abc import Mapping
from typing import Literal

import attrs

from weaviate_orm.client.client import Client
from weaviate_orm.client.stored_classes import read_classes
from weaviate_orm.http.collection_names import MAX_AGE, is_numbered
from weaviate_orm.migrations.rebuild.comparison import is_empty
from weaviate_orm.migrations.rebuild.marks import copying_marks, named_collections, offline_marks, replaced_collections
from weaviate_orm.types import JSONObject

Reason = Literal["replaced", "incomplete", "empty"]
"""Why a copy is not needed: a newer one has its place; its rebuild was not finished; it has no objects."""


@attrs.frozen
class UnusedCopy:
    """A collection that a rebuild has left.

    Attributes:
        physical: its physical name.
        logical: the logical name that it is a copy of.
        reason: why it is not needed.
    """

    physical: str
    logical: str
    reason: Reason


def unused_copies(client: Client) -> list[UnusedCopy]:
    """Return the collections that rebuilds have left and no name leads to.

    A rebuild that has begun counts as given up, also one that runs now: the caller holds the lock of migrations.
    """
    aliases = client.alias.list_all()
    classes = read_classes(client)
    named = named_collections(aliases)
    unused = {
        physical: UnusedCopy(physical, physical.rpartition("_")[0], "replaced")
        for physical in replaced_collections(aliases)
    }
    unused |= {mark.target: UnusedCopy(mark.target, mark.logical, "incomplete") for mark in copying_marks(aliases)}
    for physical in classes:
        logical = physical.rpartition("_")[0]
        if (
            physical not in unused
            and logical in aliases
            and is_numbered(physical, logical)
            and is_empty(client, physical)
        ):
            unused[physical] = UnusedCopy(physical, logical, "empty")
    unused |= _offline_copies(aliases, classes)
    return [copy for copy in unused.values() if copy.physical in classes and copy.physical not in named]


def _offline_copies(aliases: Mapping[str, str], classes: Mapping[str, JSONObject]) -> dict[str, UnusedCopy]:
    """Return the second collections of offline rebuilds that have not deleted the original yet."""
    steps = {mark.original: mark for mark in offline_marks(aliases)}
    return {
        mark.copy: UnusedCopy(mark.copy, mark.original, "incomplete")
        for mark in steps.values()
        if mark.step == "Copying" and mark.original in classes
    }


def delete_unused_copies(client: Client) -> list[UnusedCopy]:
    """Delete the collections of :func:`unused_copies`, with their marks; return them.

    Waits before for as long as clients may use the names that they have read: a batch that is sent to a deleted
    collection would create it again (auto-schema).
    """
    unused = unused_copies(client)
    if any(copy.reason == "replaced" for copy in unused):
        time.sleep(MAX_AGE)
    names = {copy.physical for copy in unused}
    for name in names:
        client.schema.delete_class(name)
    aliases = client.alias.list_all()
    marked = set(aliases.values()) - named_collections(aliases)
    missing = {physical for physical in marked if not client.schema.exists(physical)}
    for alias, physical in aliases.items():
        if physical in missing:
            client.alias.delete(alias_name=alias)
    return unused

"""Which migrations a server has."""

from __future__ import annotations

from typing import Literal

import attrs

from weaviate_orm.client.client import Client
from weaviate_orm.migrations.files import MigrationFiles
from weaviate_orm.migrations.graph import build_graph
from weaviate_orm.migrations.history import HISTORY, History, MigrationRecord
from weaviate_orm.migrations.history_check import changed_files, missing_files


@attrs.frozen
class MigrationStatus:
    """A migration, and whether the server has it.

    Attributes:
        name: of its file.
        state: ``pending`` when nothing was done; else ``planned``, ``running``, ``done`` or ``failed``.
        record: what the history says; None where it says nothing.
        operations: how many operations its file has; None without a file.
        changed: whether the file is not as it was when it was applied.
        missing: whether it is recorded, and has no file.
    """

    name: str
    state: Literal["pending", "planned", "running", "done", "failed"]
    record: MigrationRecord | None = None
    operations: int | None = None
    changed: bool = False
    missing: bool = False


def migration_statuses(client: Client, files: MigrationFiles, *, history: str = HISTORY) -> tuple[MigrationStatus, ...]:
    """Return the migrations in the order of their dependencies; those without a file come last.

    Of a squashed migration and those that it replaces, the ones that are in use on this server are returned.

    Raises MigrationFileError when files do not fit each other.
    """
    records = History(client, history).records()
    graph = build_graph(files.by_name, [name for name, record in records.items() if record.is_applied])
    changed = changed_files(files, records)
    statuses: list[MigrationStatus] = []
    for name, file in graph.files.items():
        record = records.get(name)
        state = "done" if name in graph.applied else record.state if record is not None else "pending"
        statuses.append(MigrationStatus(name, state, record, len(file.migration.operations), name in changed))
    missing = missing_files(files, records)
    statuses += [MigrationStatus(name, records[name].state, records[name], missing=True) for name in missing]
    return tuple(statuses)

"""Folders of migration files."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from weaviate_orm.migrations import Migration, MigrationFiles, Operation
from weaviate_orm.migrations.source import migration_source


def write(
    folder: Path,
    name: str,
    operations: Sequence[Operation] = (),
    dependencies: Sequence[str] = (),
    replaces: Sequence[str] = (),
) -> Path:
    """Write a migration file, and return its path."""
    path = folder / f"{name}.py"
    migration = Migration(dependencies=dependencies, operations=operations, replaces=replaces)
    path.write_text(migration_source(migration), encoding="utf-8")
    return path


def chain(folder: Path, names: Sequence[str], operations: Sequence[Sequence[Operation]] = ()) -> MigrationFiles:
    """Write migration files that depend on each other in their order, and load them."""
    for position, name in enumerate(names):
        write(folder, name, operations[position] if operations else (), names[position - 1 : position])
    return MigrationFiles.load(folder)

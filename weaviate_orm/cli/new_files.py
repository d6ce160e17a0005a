"""New migration files, as text for people and as JSON for programs."""

from __future__ import annotations

from pathlib import Path

from weaviate_orm.cli.output import Output
from weaviate_orm.migrations.making import NewMigration
from weaviate_orm.types import JSONObject


def new_file_json(migration: NewMigration) -> JSONObject:
    """Return a new file, for programs."""
    return {
        "migration": migration.name,
        "path": str(migration.path),
        "operations": [operation.describe() for operation in migration.operations],
        "text": migration.text,
    }


def print_new_file(output: Output, migration: NewMigration, *, written: bool, whole: bool) -> None:
    """Print a new file: all of its text, or what it does."""
    if whole:
        output.text(migration.text.rstrip("\n"))
        return
    output.text(f"{'Wrote' if written else 'Missing:'} {_shown(migration.path)}")
    for operation in migration.operations:
        output.text(f"  {operation.describe()}", "red" if operation.destructive else "")


def _shown(path: Path) -> Path:
    """Return a path relative to the current folder, if it is below."""
    return path.relative_to(Path.cwd()) if path.is_relative_to(Path.cwd()) else path

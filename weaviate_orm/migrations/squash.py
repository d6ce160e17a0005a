"""One migration file in place of several."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import attrs

from weaviate_orm.exceptions import MigrationError, MigrationFileError
from weaviate_orm.migrations.files import MigrationFile, MigrationFiles
from weaviate_orm.migrations.function_sources import function_sources
from weaviate_orm.migrations.graph import build_graph
from weaviate_orm.migrations.making import NewMigration
from weaviate_orm.migrations.migration import Migration
from weaviate_orm.migrations.operations import Operation
from weaviate_orm.migrations.optimizing import optimized
from weaviate_orm.migrations.source import check_writable, migration_source


def squash_migrations(
    files: MigrationFiles, last: str, first: str | None = None, *, name: str | None = None
) -> NewMigration:
    """Return a migration that does the work of several, with fewer operations.

    The files that it replaces stay until each server has applied them, or the new one; then they are deleted, and
    ``replaces`` is removed from the new one. Functions of the files are copied into the new one, with what they use.

    Args:
        files: the migration files.
        last: the last file to be replaced: its name, or how that begins.
        first: the first one; by default the first of all.
        name: the words of the new name; by default those of the last file, after ``squashed``.

    Raises MigrationFileError when there is no such file, or one has a function that cannot be written, as a lambda.
    """
    graph = build_graph(files.by_name)
    last = graph.find(last)
    names = graph.until(last)
    if first is not None:
        first = graph.find(first)
        if first not in names:
            raise MigrationFileError(f"{last} does not come after {first}", file=last)
        names = tuple(name for name in graph.after(first) if name in names)
        names = (first, *names)
    replaced = [graph.files[member] for member in names]
    if len(replaced) < 2:
        raise MigrationFileError(f"there is nothing to squash: it is {last} alone", file=last)
    for file in replaced:
        _check_writable(file)
    needed = (name for member in names for name in sorted(graph.dependencies[member]))
    outside = [*dict.fromkeys(name for name in needed if name not in names)]
    before = graph.state(set[str]().union(*map(graph.until, outside)))
    operations = optimized([step for file in replaced for step in file.migration.operations], before)
    migration = Migration(dependencies=outside, operations=operations, replaces=names)
    new_name = f"{names[0].partition('_')[0]}_squashed_{name or last}"
    if new_name in files.by_name:
        raise MigrationFileError(f"there is a migration file {new_name} already", file=new_name)
    return NewMigration(new_name, _source(migration, replaced), operations, files.directory)


def _check_writable(file: MigrationFile) -> None:
    for operation in file.migration.operations:
        try:
            check_writable(operation, [function for function in functions_of(operation) if _is_of(file, function)])
        except MigrationError as error:
            raise MigrationFileError(f"{file.path} cannot be squashed: {error}", file=file.name) from error


def _source(migration: Migration, files: Sequence[MigrationFile]) -> str:
    functions = [function for operation in migration.operations for function in functions_of(operation)]
    own = [(file, [function for function in functions if _is_of(file, function)]) for file in files]
    sources = function_sources((file, [function.__name__ for function in defined]) for file, defined in own)
    return migration_source(
        migration,
        imports=sources.imports,
        definitions=sources.definitions,
        names=[function for _, defined in own for function in defined],
    )


def _is_of(file: MigrationFile, function: Any) -> bool:
    """Return whether a file defines a function, at its top."""
    name = getattr(function, "__name__", "")
    return getattr(function, "__module__", None) == file.module.__name__ and getattr(file.module, name, 0) is function


def functions_of(operation: Operation) -> Iterator[Any]:
    """Yield the functions of an operation."""
    for attribute in attrs.fields(type(operation)):  # type: ignore[arg-type]
        value = getattr(operation, attribute.name)
        values = value.values() if isinstance(value, dict) else [value]
        yield from (item for item in values if callable(item) and not attrs.has(type(item)))

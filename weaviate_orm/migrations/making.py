"""New migration files: of changed models, of two heads, or empty."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

import attrs

from weaviate_orm.migrations.autodetect import detect
from weaviate_orm.migrations.file_names import new_name
from weaviate_orm.migrations.files import MigrationFiles
from weaviate_orm.migrations.graph import build_graph
from weaviate_orm.migrations.migration import Migration
from weaviate_orm.migrations.operations import Operation
from weaviate_orm.migrations.renames import Ask, never
from weaviate_orm.migrations.schema_state import SchemaState
from weaviate_orm.migrations.source import migration_source
from weaviate_orm.model.model import Model


@attrs.frozen
class NewMigration:
    """A migration file that is not written yet.

    Attributes:
        name: of the file, without the suffix.
        text: its source.
        operations: what it does.
        directory: where it belongs.
    """

    name: str
    text: str = attrs.field(repr=False)
    operations: tuple[Operation, ...]
    directory: Path

    @property
    def path(self) -> Path:
        """Where the file belongs."""
        return self.directory / f"{self.name}.py"

    def write(self) -> Path:
        """Write the file, and the folder with an ``__init__.py`` if there is none. Return the path of the file.

        Raises FileExistsError for a file that is there already.
        """
        self.directory.mkdir(parents=True, exist_ok=True)
        (self.directory / "__init__.py").touch()
        with self.path.open("x", encoding="utf-8") as file:
            file.write(self.text)
        return self.path


def make_migration(
    files: MigrationFiles,
    models: Iterable[type[Model]] | SchemaState | None = None,
    *,
    ask: Ask = never,
    name: str | None = None,
) -> NewMigration | None:
    """Return the migration from what the files lead to, to the models; None when there is no difference.

    Args:
        files: the migration files.
        models: the models, by default all that are defined; or the state that they describe.
        ask: whether something was renamed; by default nothing is taken for renamed.
        name: the words of its name; by default they say what it does.

    Raises:
        MigrationFileError: there are two heads, or a file does not fit the others.
        MappingError: a model that Weaviate cannot hold.
    """
    graph = build_graph(files.by_name)
    head = graph.head
    desired = models if isinstance(models, SchemaState) else SchemaState.of_models(models)
    operations = detect(graph.state(), desired, ask)
    return _new(files, operations, () if head is None else (head,), name) if operations else None


def empty_migration(files: MigrationFiles, *, name: str | None = None) -> NewMigration:
    """Return a migration without operations, for people to write some. Raises MigrationFileError for two heads."""
    head = build_graph(files.by_name).head
    return _new(files, (), () if head is None else (head,), name)


def merge_migration(files: MigrationFiles, *, name: str | None = None) -> NewMigration | None:
    """Return a migration that depends on all heads, so that they are one; None when there is one already.

    Raises MigrationFileError when the heads do not fit each other, as when both add a property of one name.
    """
    graph = build_graph(files.by_name)
    if len(graph.heads) < 2:
        return None
    graph.state()
    return _new(files, (), graph.heads, name or "merge")


def _new(
    files: MigrationFiles, operations: tuple[Operation, ...], dependencies: tuple[str, ...], words: str | None
) -> NewMigration:
    name = new_name([file.number for file in files.by_name.values()], operations, words)
    text = migration_source(Migration(dependencies=dependencies, operations=operations))
    return NewMigration(name, text, operations, files.directory)

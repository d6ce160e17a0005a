"""New migration files: of models, empty ones, and those that join two heads."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from tests.migrations.file_folders import chain, write
from weaviate_orm import Field, Model
from weaviate_orm.exceptions import MigrationFileError
from weaviate_orm.migrations import (
    AddProperty,
    CreateCollection,
    MigrationFiles,
    RebuildCollection,
    SchemaState,
    empty_migration,
    make_migration,
    merge_migration,
)
from weaviate_orm.schema import CollectionSpec, DataType, PropertySpec

ARTICLE = CollectionSpec("Article", properties=(PropertySpec("title", DataType.TEXT),))
PAGES = PropertySpec("pages", DataType.INT)


def state(*properties: PropertySpec) -> SchemaState:
    return SchemaState({"Article": CollectionSpec("Article", properties=properties)})


def test_files_are_made_from_models_until_there_is_no_difference(tmp_path: Path) -> None:
    class Essay(Model):
        title: Field[str]

    folder = tmp_path / "app" / "migrations"
    new = make_migration(MigrationFiles.load(folder), [Essay])
    assert new is not None
    assert new.name == "0001_initial"
    assert not folder.exists()
    path = new.write()
    assert path == folder / "0001_initial.py"
    assert (folder / "__init__.py").exists()
    files = MigrationFiles.load(folder)
    assert make_migration(files, [Essay]) is None
    with pytest.raises(FileExistsError):
        new.write()
    assert list(make_migration(files, []).operations) != []  # type: ignore[union-attr]


def test_the_next_file_depends_on_the_last(tmp_path: Path) -> None:
    files = chain(tmp_path, ["0001_initial"], [[CreateCollection(ARTICLE)]])
    new = make_migration(files, state(*ARTICLE.properties, PAGES))
    assert new is not None
    assert (new.name, new.operations) == ("0002_article_pages", (AddProperty("Article", PAGES),))
    new.write()
    (_, loaded) = MigrationFiles.load(tmp_path).by_name.values()
    assert loaded.migration.dependencies == ("0001_initial",)
    assert loaded.migration.operations == new.operations


def test_renames_are_asked(tmp_path: Path) -> None:
    files = chain(tmp_path, ["0001_initial"], [[CreateCollection(ARTICLE)]])
    desired = state(PropertySpec("headline", DataType.TEXT))
    new = make_migration(files, desired, ask=lambda question: True, name="headline")
    assert new is not None
    assert new.name == "0002_headline"
    assert new.operations == (RebuildCollection(desired.collections["Article"], rename={"title": "headline"}),)
    dropped = make_migration(files, desired)
    assert dropped is not None
    assert dropped.operations == (RebuildCollection(desired.collections["Article"], drop=("title",)),)


def test_an_empty_file(tmp_path: Path) -> None:
    files = chain(tmp_path, ["0001_initial"], [[CreateCollection(ARTICLE)]])
    assert empty_migration(files).name == "0002_custom"
    new = empty_migration(files, name="fill")
    assert "operations" not in new.text
    assert 'dependencies=["0001_initial"]' in new.text


def test_two_heads_are_joined(tmp_path: Path) -> None:
    files = chain(
        tmp_path, ["0001_initial", "0002_pages"], [[CreateCollection(ARTICLE)], [AddProperty("Article", PAGES)]]
    )
    assert merge_migration(files) is None
    other = PropertySpec("other", DataType.TEXT)
    write(tmp_path, "0002_other", [AddProperty("Article", other)], ["0001_initial"])
    files = MigrationFiles.load(tmp_path)
    for make in (make_migration, empty_migration):
        with pytest.raises(MigrationFileError, match="there are 2 heads"):
            make(files)
    new = merge_migration(files)
    assert new is not None
    assert new.name == "0003_merge"
    new.write()
    files = MigrationFiles.load(tmp_path)
    assert files.by_name["0003_merge"].migration.dependencies == ("0002_other", "0002_pages")
    assert make_migration(files, state(*ARTICLE.properties, PAGES, other)) is None


def test_two_heads_that_do_not_fit_each_other(tmp_path: Path) -> None:
    chain(tmp_path, ["0001_initial", "0002_pages"], [[CreateCollection(ARTICLE)], [AddProperty("Article", PAGES)]])
    write(tmp_path, "0002_too", [AddProperty("Article", PAGES)], ["0001_initial"])
    with pytest.raises(MigrationFileError, match=r"0002_too.py: operation 1, AddProperty, does not fit"):
        merge_migration(MigrationFiles.load(tmp_path))


def test_a_file_needs_no_models_of_today(tmp_path: Path) -> None:
    """It loads in a program that has not imported the models."""
    new = make_migration(chain(tmp_path, []), state(PAGES))
    assert new is not None
    path = new.write()
    program = f"import runpy; print(len(runpy.run_path({str(path)!r})['migration'].operations))"
    assert subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True).stdout == "1\n"


def test_a_name_that_is_taken(tmp_path: Path) -> None:
    files = chain(tmp_path, ["0001_initial"])
    assert empty_migration(files, name="initial").name == "0002_initial"

"""Migration files are found and loaded; one that does not load is named, with its line and the cause."""

from __future__ import annotations

import re
import sys
from pathlib import Path

import pytest

from tests.migrations.file_folders import chain, write
from weaviate_orm.exceptions import MigrationFileError
from weaviate_orm.migrations import CreateCollection, MigrationFiles
from weaviate_orm.schema import CollectionSpec


def test_files_of_a_folder_are_loaded(tmp_path: Path) -> None:
    (tmp_path / "__init__.py").write_text("")
    (tmp_path / "helpers.py").write_text("raise SystemExit")
    (tmp_path / "0003_data.json").write_text("{}")
    write(tmp_path, "0002_more", dependencies=["0001_initial"])
    write(tmp_path, "0001_initial", [CreateCollection(CollectionSpec("Article"))])
    files = MigrationFiles.load(tmp_path)
    assert list(files.by_name) == ["0001_initial", "0002_more"]
    first, second = files.by_name.values()
    assert (first.name, first.number, first.path) == ("0001_initial", 1, tmp_path / "0001_initial.py")
    assert first.migration.operations == (CreateCollection(CollectionSpec("Article")),)
    assert first.checksum != second.checksum


def test_files_of_a_package_are_loaded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    package = tmp_path / "blog_app" / "migrations"
    package.mkdir(parents=True)
    for folder in (package.parent, package):
        (folder / "__init__.py").write_text("")
    (package / "filling.py").write_text("def fill(row):\n    return 1\n")
    path = write(package, "0001_initial")
    path.write_text("from .filling import fill\n" + path.read_text())
    monkeypatch.syspath_prepend(tmp_path)
    files = MigrationFiles.load("blog_app.migrations")
    assert files.directory == package
    assert files.by_name["0001_initial"].module.fill(None) == 1
    assert "blog_app.migrations.0001_initial" in sys.modules


def test_a_file_that_is_changed_at_once_is_loaded_anew(tmp_path: Path) -> None:
    path = write(tmp_path, "0001_initial", [CreateCollection(CollectionSpec("ArticleA"))])
    MigrationFiles.load(tmp_path)
    path.write_text(path.read_text().replace("ArticleA", "ArticleB"))
    (operation,) = MigrationFiles.load(tmp_path).by_name["0001_initial"].migration.operations
    assert operation == CreateCollection(CollectionSpec("ArticleB"))


def test_a_folder_that_does_not_exist_has_no_files(tmp_path: Path) -> None:
    assert MigrationFiles.load(tmp_path / "migrations").by_name == {}


@pytest.mark.parametrize("package", ["no_such_package_xyz", "no_such_package_xyz.migrations", "json.decoder"])
def test_a_package_that_cannot_be_imported(package: str) -> None:
    with pytest.raises(MigrationFileError, match=rf"the package of the migrations, {package}, cannot be imported"):
        MigrationFiles.load(package)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("x = 1\nmigration = Migration()\n", r"NameError in line 2: name 'Migration' is not defined"),
        ("migration = (\n", r"does not load: SyntaxError: '\(' was never closed \(.*line 1\)"),
        ("import no_such_module_xyz\n", r"ModuleNotFoundError in line 1: No module named 'no_such_module_xyz'"),
        ("\0", r"does not load"),
        ("x = 1\n", r"has no `migration`; write `migration = Migration\("),
        ("migration = 1\n", r"has a int as `migration`"),
        ("from weaviate_orm.migrations import Migration\nmigration = Migration(dependencies='x')", r"write \['x'\]"),
    ],
)
def test_a_file_that_does_not_load(tmp_path: Path, text: str, message: str) -> None:
    path = tmp_path / "0001_initial.py"
    path.write_text(text)
    with pytest.raises(MigrationFileError, match=message) as caught:
        MigrationFiles.load(tmp_path)
    assert caught.value.file == "0001_initial"
    assert re.search(re.escape(str(path)), str(caught.value))


def test_a_file_whose_text_is_no_utf8(tmp_path: Path) -> None:
    (tmp_path / "0001_initial.py").write_bytes(b"# \xff")
    with pytest.raises(MigrationFileError, match="does not load: UnicodeDecodeError"):
        MigrationFiles.load(tmp_path)


def test_a_chain(tmp_path: Path) -> None:
    files = chain(tmp_path, ["0001_a", "0002_b", "0003_c"])
    assert [file.migration.dependencies for file in files.by_name.values()] == [(), ("0001_a",), ("0002_b",)]

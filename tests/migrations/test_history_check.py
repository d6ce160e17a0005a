"""Which recorded migrations have no file, or another one."""

from __future__ import annotations

from pathlib import Path

from tests.migrations.file_folders import write
from weaviate_orm.migrations import MigrationFiles, MigrationRecord
from weaviate_orm.migrations.history_check import changed_files, missing_files


def records(*items: tuple[str, str | None]) -> dict[str, MigrationRecord]:
    return {name: MigrationRecord(name, "done", replaced_by=other) for name, other in items}


def test_replaced_migrations_need_no_file(tmp_path: Path) -> None:
    write(tmp_path, "0001_all")
    files = MigrationFiles.load(tmp_path)
    assert missing_files(files, records(("0001_a", "0001_squashed"), ("0001_squashed", "0001_all"))) == ()
    assert missing_files(files, records(("0001_a", "0001_squashed"))) == ("0001_a",)
    assert missing_files(files, records(("0001_a", None))) == ("0001_a",)


def test_planned_migrations_need_no_file(tmp_path: Path) -> None:
    write(tmp_path, "0001_all")
    planned = {name: MigrationRecord(name, "planned") for name in ("0001_all", "0002_gone")}
    files = MigrationFiles.load(tmp_path)
    assert (missing_files(files, planned), changed_files(files, planned)) == ((), ())

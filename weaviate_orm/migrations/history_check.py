"""Whether migration files are those that the history says were applied. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from difflib import unified_diff
from typing import Final

from weaviate_orm.exceptions import MigrationFileError
from weaviate_orm.migrations.files import MigrationFile, MigrationFiles
from weaviate_orm.migrations.history import MigrationRecord
from weaviate_orm.migrations.source import operation_source

_SHOWN: Final = 30
"""Lines of a difference in an error."""


def check_history(files: MigrationFiles, records: Mapping[str, MigrationRecord]) -> None:
    """Check that each migration that was applied, or begun, has its file, and that the file is as it was.

    Of a migration that was begun, only the operations that are done have to be as they were, so that the one that
    failed can be mended.

    Raises MigrationFileError for the first that is not.
    """
    check_files_exist(files, records)
    for name in changed_files(files, records):
        _refuse(files.by_name[name], records[name])


def check_files_exist(files: MigrationFiles, records: Mapping[str, MigrationRecord]) -> None:
    """Raise MigrationFileError for a migration that is recorded, and has no file."""
    for name in missing_files(files, records):
        raise MigrationFileError(
            f"{name} is recorded as {records[name].state} on this server, and has no file in {files.directory}: "
            f"migrate with the version that has it. If it belongs to another application, give each of them a history "
            f"of its own",
            file=name,
        )


def missing_files(files: MigrationFiles, records: Mapping[str, MigrationRecord]) -> tuple[str, ...]:
    """Return the names of migrations that are recorded and have no file, nor one that replaces them."""
    present = {*files.by_name}.union(*(file.migration.replaces for file in files.by_name.values()))
    return tuple(
        name
        for name, record in records.items()
        if record.state != "planned" and name not in present and not _is_replaced(record, records, present)
    )


def _is_replaced(record: MigrationRecord, records: Mapping[str, MigrationRecord], present: set[str]) -> bool:
    while record.replaced_by is not None and record.replaced_by not in present:
        if record.replaced_by not in records:
            return False
        record = records[record.replaced_by]
    return record.replaced_by is not None


def changed_files(files: MigrationFiles, records: Mapping[str, MigrationRecord]) -> tuple[str, ...]:
    """Return the names of the files that are not as they were when they were applied."""
    return tuple(
        name for name, record in records.items() if name in files.by_name and _is_changed(files.by_name[name], record)
    )


def _is_changed(file: MigrationFile, record: MigrationRecord) -> bool:
    if record.is_applied:
        return record.checksum != file.checksum
    return record.is_halfway and record.operations != operation_sources(file, len(record.operations))


def operation_sources(file: MigrationFile, count: int) -> tuple[str, ...]:
    """Return the first operations of a file, written without their functions."""
    return tuple(map(operation_source, file.migration.operations[:count]))


def _refuse(file: MigrationFile, record: MigrationRecord) -> None:
    lines = [*_difference(file, record)]
    shown = "\n".join([*lines[:_SHOWN], *(["…"] if len(lines) > _SHOWN else [])])
    when = f" on {record.finished:%Y-%m-%d %H:%M} UTC" if record.finished is not None else ""
    raise MigrationFileError(
        f"{file.path} is not as it was when it was {'applied' if record.is_applied else 'begun'}{when}. Put it back, "
        f"and say what is new in another migration; or, if it does the same, record it as it is (fake=True):\n{shown}",
        file=file.name,
    )


def _difference(file: MigrationFile, record: MigrationRecord) -> Iterator[str]:
    lines = unified_diff(
        record.source.splitlines(), file.text.splitlines(), "as it was", str(file.path), n=1, lineterm=""
    )
    yield from lines

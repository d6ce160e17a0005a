"""``weaviate-orm showmigrations``."""

from __future__ import annotations

import attrs

from weaviate_orm.cli.invocation import HISTORY_NAME, MIGRATIONS, Invocation, command
from weaviate_orm.migrations.migration_status import MigrationStatus, migration_statuses

_SIGNS = {"done": "[X]", "pending": "[ ]", "planned": "[ ]", "running": "[~]", "failed": "[!]"}


@command(MIGRATIONS, HISTORY_NAME)
def showmigrations(invocation: Invocation) -> None:
    """List the migrations, and whether the server has them: [X] applied, [ ] pending, [~] begun, [!] failed."""
    files = invocation.migration_files()
    with invocation.client() as client:
        statuses = migration_statuses(client, files, history=invocation.settings.history)
    invocation.output.document([_json(status) for status in statuses])
    invocation.output.table(
        ("", "", ""), [(_SIGNS[status.state], status.name, _remarks(status)) for status in statuses]
    )
    if not statuses:
        invocation.output.text(f"There are none in {files.directory}.")


def _json(status: MigrationStatus) -> dict[str, object]:
    record = status.record
    times = {} if record is None else {"started": record.started, "finished": record.finished, "owner": record.owner}
    return {**attrs.asdict(status, filter=lambda attribute, _: attribute.name != "record"), **times}


def _remarks(status: MigrationStatus) -> str:
    remarks = []
    record = status.record
    if record is not None and record.is_halfway:
        remarks.append(f"{record.operation} of {status.operations} operations are applied")
        remarks += [record.message] if record.message else []
    elif record is not None and record.finished is not None:
        remarks.append(f"{record.finished:%Y-%m-%d %H:%M} UTC")
    remarks += ["the file was changed since"] if status.changed else []
    remarks += ["it has no file"] if status.missing else []
    return "; ".join(remarks)

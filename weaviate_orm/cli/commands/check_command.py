"""``weaviate-orm check``."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from weaviate_orm.cli.invocation import DIFFERENCES, HISTORY_NAME, MIGRATIONS, MODELS, Invocation, command
from weaviate_orm.client.client import Client
from weaviate_orm.exceptions import DriftError, MigrationFileError
from weaviate_orm.migrations.files import MigrationFiles
from weaviate_orm.migrations.making import make_migration
from weaviate_orm.migrations.migrate import plan_migration
from weaviate_orm.migrations.migration_status import migration_statuses
from weaviate_orm.migrations.model_plan import plan

_TITLES: Mapping[str, str] = {
    "models": "The models say what no migration file does",
    "changed": "Files that are not as they were when they were applied",
    "missing": "Migrations that are applied, and have no file",
    "halfway": "Migrations that were begun, and are not done",
    "pending": "Migrations that are not applied",
    "drift": "The server is not as the applied migrations have made it",
    "server": "The server lacks what the models say",
}
_STEPS: Mapping[str, str] = {
    "models": "weaviate-orm makemigrations",
    "changed": "put them back, and say what is new in another migration",
    "missing": "migrate with the version of the application that has them",
    "halfway": "weaviate-orm migrate",
    "pending": "weaviate-orm migrate",
    "drift": "undo it; or write a migration that says the same, and record it by weaviate-orm migrate --fake",
    "server": "weaviate-orm plan",
}


@command(MODELS, MIGRATIONS, HISTORY_NAME)
def check(invocation: Invocation) -> int:
    """Compare the models, the migration files and the server; exit code 1 where they differ.

    Without models, the files and the server; without migrations, the models and the server. Nothing is changed.
    """
    output = invocation.output
    with invocation.client() as client:
        if invocation.settings.migrations is None:
            steps = plan(invocation.models(), client=client).steps
            findings: dict[str, Sequence[str]] = {"server": [step.work.description for step in steps]}
        else:
            findings = _of_files(invocation, client, invocation.migration_files())
    differing = {kind: [*sentences] for kind, sentences in findings.items() if sentences}
    output.document(differing)
    for kind, sentences in differing.items():
        output.text(f"{_TITLES[kind]}:", "bold")
        for sentence in sentences:
            output.text(f"  {sentence}")
        output.text(f"  → {_STEPS[kind]}", "cyan")
    if not differing:
        output.text("Nothing differs.")
    return DIFFERENCES if differing else 0


def _of_files(invocation: Invocation, client: Client, files: MigrationFiles) -> dict[str, Sequence[str]]:
    history = invocation.settings.history
    missing_migration = make_migration(files, invocation.models()) if invocation.settings.models else None
    statuses = migration_statuses(client, files, history=history)
    drift: Sequence[str] = ()
    try:
        plan_migration(client, files, history=history)
    except DriftError as error:
        drift = error.differences
    except MigrationFileError:
        if not any(status.changed or status.missing for status in statuses):
            raise
    return {
        "models": [operation.describe() for operation in missing_migration.operations] if missing_migration else (),
        "changed": [status.name for status in statuses if status.changed],
        "missing": [status.name for status in statuses if status.missing],
        "halfway": [status.name for status in statuses if status.record is not None and status.record.is_halfway],
        "pending": [status.name for status in statuses if status.state in ("pending", "planned")],
        "drift": drift,
    }

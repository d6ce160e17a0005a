"""``weaviate-orm migrate``."""

from __future__ import annotations

import attrs
import click

from weaviate_orm.cli.invocation import DIFFERENCES, HISTORY_NAME, MIGRATIONS, Invocation, command
from weaviate_orm.cli.progress_display import progress_display
from weaviate_orm.cli.work_lines import print_work, work_json
from weaviate_orm.client.client import Client
from weaviate_orm.migrations.migrate import migrate as migrate_server
from weaviate_orm.migrations.migrate import plan_migration


@command(
    MIGRATIONS,
    HISTORY_NAME,
    click.argument("target", required=False),
    click.option("--plan", "is_planned", is_flag=True, help="Show what would be done; do nothing."),
    click.option("--check", "is_checked", is_flag=True, help="Exit code 1 where something is pending; do nothing."),
    click.option("--fake", is_flag=True, help="Record the migrations as applied, or undone, and do nothing else."),
    click.option("--offline", is_flag=True, help="Allow rebuilds that take a collection without an alias away."),
    click.option("--yes-delete", is_flag=True, help="Allow that stored data is deleted."),
    click.option("--wait", type=float, default=0.0, metavar="SECONDS", help="Wait for another process that migrates."),
)
def migrate(
    invocation: Invocation,
    target: str | None,
    is_planned: bool,
    is_checked: bool,
    fake: bool,
    offline: bool,
    yes_delete: bool,
    wait: float,
) -> int:
    """Apply the migrations, or those up to TARGET; later ones that are applied are undone.

    TARGET is the name of a migration, or how it begins, such as 0003; zero undoes all. A migration that failed half
    way is gone on with.
    """
    output, files = invocation.output, invocation.migration_files()
    with invocation.client() as client:
        if is_planned or is_checked:
            is_pending = _show(invocation, client, target, offline, silent=is_checked and not is_planned)
            return DIFFERENCES if is_pending and is_checked else 0
        with progress_display(output.errors) as progress:
            report = migrate_server(
                client,
                files,
                target,
                wait=wait,
                yes_delete=yes_delete,
                offline=offline,
                fake=fake,
                history=invocation.settings.history,
                progress=progress,
            )
    output.document(attrs.asdict(report))
    for verb, names in (("Applied", report.applied), ("Undone", report.undone), ("Recorded", report.recorded)):
        for name in names:
            output.text(f"{verb} {name}")
    if report == type(report)():
        output.text("Nothing to do.")
    return 0


def _show(invocation: Invocation, client: Client, target: str | None, offline: bool, *, silent: bool) -> bool:
    output = invocation.output
    plan = plan_migration(
        client, invocation.migration_files(), target, offline=offline, history=invocation.settings.history
    )
    steps = [*zip(plan.steps, plan.works, strict=True)]
    output.document(
        {
            "steps": [
                {"migration": step.migration, "number": step.number, "direction": step.direction, **work_json(work)}
                for step, work in steps
            ],
            "squashed": plan.squashed,
        }
    )
    names = dict.fromkeys(step.migration for step in plan.steps)
    if plan.is_empty:
        output.text("Nothing to do.")
    elif silent:
        output.text(f"Pending: {', '.join((*names, *plan.squashed))}")
    else:
        for name in names:
            output.text(name, "bold")
            print_work(output, (work for step, work in steps if step.migration == name), indent="  ")
        for name in plan.squashed:
            output.text(f"{name} will be recorded: all that it replaces is applied.")
    return not plan.is_empty

"""``weaviate-orm plan``."""

from __future__ import annotations

import click

from weaviate_orm.cli.invocation import DIFFERENCES, MODELS, Invocation, command
from weaviate_orm.cli.progress_display import progress_display
from weaviate_orm.cli.work_lines import print_work, work_json
from weaviate_orm.exceptions import ConfigurationError
from weaviate_orm.migrations.model_plan import plan as plan_of


@command(
    MODELS,
    click.option("--strict", is_flag=True, help="Also remove what only the server has."),
    click.option(
        "--rename",
        "renames",
        multiple=True,
        metavar="COLLECTION.OLD=NEW",
        help="A property or reference that was renamed, by the server's names; may be repeated.",
    ),
    click.option("--offline", is_flag=True, help="Allow rebuilds that take a collection without an alias away."),
    click.option("--apply", "is_applied", is_flag=True, help="Carry the plan out, without migration files."),
    click.option("--yes-delete", is_flag=True, help="Allow that stored data is deleted."),
)
def plan(
    invocation: Invocation,
    strict: bool,
    renames: tuple[str, ...],
    offline: bool,
    is_applied: bool,
    yes_delete: bool,
) -> int:
    """Show what it takes to bring the server to the models.

    Nothing is changed without --apply, which is for development; production uses migrations. The exit code is 1 where
    there is something to do.
    """
    output = invocation.output
    models = invocation.models()
    with invocation.client() as client:
        changes = plan_of(models, client=client, strict=strict, rename=dict(map(_pair, renames)), offline=offline)
        output.document({"steps": [work_json(step.work) for step in changes.steps], "applied": is_applied})
        print_work(output, (step.work for step in changes.steps))
        if not changes:
            output.text("Nothing to do: the server has what the models declare.")
        if not is_applied:
            return DIFFERENCES if changes else 0
        with progress_display(output.errors) as progress:
            changes.apply(yes_delete=yes_delete, progress=progress)
    output.text(f"Applied {len(changes)} changes.")
    return 0


def _pair(text: str) -> tuple[str, str]:
    old, separator, new = text.partition("=")
    if not separator or "." not in old:
        raise ConfigurationError(f"--rename takes COLLECTION.OLD=NEW, as Article.title=headline; got {text!r}")
    return old, new

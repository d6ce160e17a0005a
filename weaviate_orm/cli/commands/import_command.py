"""``weaviate-orm import``."""

from __future__ import annotations

from contextlib import nullcontext
from pathlib import Path
from typing import Any, Literal, cast

import click

from weaviate_orm.cli.invocation import DIFFERENCES, MODELS, Invocation, command
from weaviate_orm.cli.model_names import model_of
from weaviate_orm.cli.table_files import FORMATS, format_of, reading
from weaviate_orm.exceptions import ConfigurationError
from weaviate_orm.session.bulk import Progress
from weaviate_orm.session.flush.plan import OnDuplicate
from weaviate_orm.session.progress_bar import progress_bar
from weaviate_orm.session.session import Session


@command(
    MODELS,
    click.argument("model"),
    click.argument("path", metavar="FILE", type=click.Path(exists=True, dir_okay=False, path_type=Path)),
    click.option(
        "--format", "file_format", type=click.Choice(sorted({*FORMATS.values()})), help="By default its name says."
    ),
    click.option("--rename", multiple=True, metavar="COLUMN=ATTRIBUTE", help="May be repeated."),
    click.option("--ignore-unknown", is_flag=True, help="Leave out columns that the model has no attribute for."),
    click.option(
        "--on-duplicate",
        type=click.Choice(["last", "first", "error"]),
        default="error",
        help="Which of several rows of one key, among some thousand, is stored.",
    ),
    click.option(
        "--on-error",
        type=click.Choice(["report", "raise"]),
        default="raise",
        help="Leave out rows that are refused, and report them; or end there, the default.",
    ),
    click.option("--journal", type=click.Path(dir_okay=False, path_type=Path), help="By default FILE.journal."),
    click.option("--no-journal", is_flag=True, help="Begin anew at each run."),
    click.option("--tenant", help="The tenant of the objects."),
    click.option(
        "--batch-size", type=click.IntRange(1), default=500, show_default=True, help="Objects in one request."
    ),
    click.option("--workers", type=click.IntRange(1), default=2, show_default=True, help="Requests at once."),
    name="import",
)
def import_file(
    invocation: Invocation,
    model: str,
    path: Path,
    file_format: str | None,
    rename: tuple[str, ...],
    ignore_unknown: bool,
    on_duplicate: str,
    on_error: str,
    journal: Path | None,
    no_journal: bool,
    tenant: str | None,
    batch_size: int,
    workers: int,
) -> int:
    """Store the rows of FILE (Parquet, JSON lines, CSV) as objects of MODEL.

    The columns are for the attributes of their names; author__id is a reference, by the ids of its objects. Lists,
    vectors and nested objects are JSON in CSV. What was interrupted goes on where it stopped, by the journal.
    """
    output = invocation.output
    chosen = model_of(invocation, model)
    renamed = dict(map(_pair, rename))
    place = None if no_journal else journal or path.with_name(f"{path.name}.journal")
    failures: list[dict[str, Any]] = []
    with (
        reading(
            chosen, path, format_of(path, file_format), renamed, "ignore" if ignore_unknown else "error"
        ) as objects,
        invocation.client() as client,
        Session(client, tenant=tenant, batch_size=batch_size, workers=workers) as session,
        nullcontext() if output.json else progress_bar(objects.total, 0) as move,
    ):

        def report(progress: Progress) -> None:
            if move is not None:
                move(progress)
            for failure in progress.failures:
                failures.append({"error": str(failure), "row": getattr(failure.reason, "row", None)})
                output.errors.print(str(failure), markup=False)

        result = session.bulk_insert(
            objects,
            on_duplicate=cast(OnDuplicate, on_duplicate),
            on_error=cast(Literal["report", "raise"], on_error),
            progress=report,
            journal=place,
        )
    output.document({"stored": result.stored, "failed": result.failed, "failures": failures})
    output.text(f"{result.stored:,} objects stored, {result.failed:,} refused.")
    return DIFFERENCES if result.failed else 0


def _pair(text: str) -> tuple[str, str]:
    column, equals, attribute = text.partition("=")
    if not (column and equals and attribute):
        raise ConfigurationError(f"--rename is COLUMN=ATTRIBUTE, not {text!r}")
    return column, attribute

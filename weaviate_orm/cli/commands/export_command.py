"""``weaviate-orm export``."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from weaviate_orm.cli.invocation import MODELS, Invocation, command
from weaviate_orm.cli.model_names import model_of
from weaviate_orm.cli.table_files import FORMATS, format_of, write_batches
from weaviate_orm.model.tables.bindings import TARGET_ID
from weaviate_orm.session.progress_bar import count_bar
from weaviate_orm.session.session import Session


@command(
    MODELS,
    click.argument("model"),
    click.argument("path", metavar="FILE", type=click.Path(dir_okay=False, path_type=Path)),
    click.option(
        "--format", "file_format", type=click.Choice(sorted({*FORMATS.values()})), help="By default its name says."
    ),
    click.option("--columns", metavar="NAMES", help="Separated by commas; by default all that an import takes."),
    click.option("--vectors/--no-vectors", default=True, help="By default with the vectors."),
    click.option("--tenant", help="The tenant of the objects."),
    click.option(
        "--chunk-size", type=click.IntRange(1, 10_000), default=1000, show_default=True, help="Objects in one request."
    ),
)
def export(
    invocation: Invocation,
    model: str,
    path: Path,
    file_format: str | None,
    columns: str | None,
    vectors: bool,
    tenant: str | None,
    chunk_size: int,
) -> None:
    """Write all objects of MODEL to FILE (Parquet, JSON lines, CSV).

    By default that are their ids, properties, vectors and the ids that references lead to, of which `import` makes
    equal objects. Columns are attributes, and behind references author__name. FILE is replaced when all is written.
    """
    output = invocation.output
    chosen = model_of(invocation, model)
    names = columns.split(",") if columns else all_columns(chosen, vectors=vectors)
    kind = format_of(path, file_format)
    with invocation.client() as client, Session(client, tenant=tenant) as session:
        batches = session.query(chosen).to_arrow_batches(*names, chunk_size=chunk_size)
        with count_bar("reading", shown=not output.json) as move:
            count = write_batches(batches, path, kind, move)
    output.document({"objects": count, "file": str(path)})
    output.text(f"{count:,} objects written to {path}.")


def all_columns(model: Any, *, vectors: bool) -> list[str]:
    """Return the columns that an import makes equal objects of.

    Of two references that are inverses of each other, a list is left out: storing the other one fills it.
    """
    mapper = model.__mapper__
    references = [
        f"{name}{TARGET_ID}"
        for name, reference in mapper.declared_references.items()
        if not (reference.many and name in mapper.inverses)
    ]
    return ["id", *mapper.properties, *references, *(mapper.vector_fields if vectors else ())]

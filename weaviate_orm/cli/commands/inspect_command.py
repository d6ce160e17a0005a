"""``weaviate-orm inspect``."""

from __future__ import annotations

import click

from weaviate_orm.cli.invocation import Invocation, command
from weaviate_orm.migrations.reflection.reflect import reflect


@command(click.argument("collections", nargs=-1, metavar="[COLLECTION]..."))
def inspect(invocation: Invocation, collections: tuple[str, ...]) -> None:
    """Write models of the server's collections to stdout.

    With names, of these collections and those that they refer to. Comments name what no model can state.
    """
    with invocation.client() as client:
        source = reflect(client, collections)
    invocation.output.document({"source": source})
    invocation.output.text(source.rstrip("\n"))

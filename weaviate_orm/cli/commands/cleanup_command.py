"""``weaviate-orm cleanup``."""

from __future__ import annotations

import attrs
import click

from weaviate_orm.cli.invocation import HISTORY_NAME, Invocation, command
from weaviate_orm.migrations.history import History
from weaviate_orm.migrations.lock import locked
from weaviate_orm.migrations.rebuild.cleanup import delete_unused_copies, unused_copies

_REASONS = {"replaced": "a newer one has its place", "incomplete": "its rebuild was given up", "empty": "it is empty"}


@command(HISTORY_NAME, click.option("--dry-run", is_flag=True, help="Only list them."))
def cleanup(invocation: Invocation, dry_run: bool) -> None:
    """Delete the copies of collections that rebuilds have left, and no alias leads to."""
    output = invocation.output
    with invocation.client() as client:
        if dry_run:
            copies = unused_copies(client)
        else:
            with locked(History(client, invocation.settings.history)):
                copies = delete_unused_copies(client)
    output.document({"copies": [attrs.asdict(copy) for copy in copies], "deleted": not dry_run})
    for copy in copies:
        verb = "Would delete" if dry_run else "Deleted"
        output.text(f"{verb} {copy.physical}, a copy of {copy.logical}: {_REASONS[copy.reason]}")
    if not copies:
        output.text("There are none.")

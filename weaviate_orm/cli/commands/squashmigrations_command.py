"""``weaviate-orm squashmigrations``."""

from __future__ import annotations

import click

from weaviate_orm.cli.invocation import MIGRATIONS, Invocation, command
from weaviate_orm.cli.new_files import new_file_json, print_new_file
from weaviate_orm.migrations.squash import squash_migrations


@command(
    MIGRATIONS,
    click.argument("last"),
    click.option("--from", "first", metavar="FIRST", help="The first file to replace; by default the first of all."),
    click.option("--name", metavar="WORDS", help="The words of the file's name; by default those of the last file."),
    click.option("--dry-run", is_flag=True, help="Print the file in place of writing it."),
)
def squashmigrations(invocation: Invocation, last: str, first: str | None, name: str | None, dry_run: bool) -> None:
    """Write one migration file in place of several: all up to LAST, or those from --from on.

    LAST is the name of a migration, or how it begins, such as 0003. The old files stay until each server has applied
    them, or the new one. The server is not asked.
    """
    output = invocation.output
    migration = squash_migrations(invocation.migration_files(), last, first, name=name)
    output.document({**new_file_json(migration), "written": not dry_run})
    if not dry_run:
        migration.write()
    print_new_file(output, migration, written=not dry_run, whole=dry_run)

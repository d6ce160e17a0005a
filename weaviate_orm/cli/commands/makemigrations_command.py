"""``weaviate-orm makemigrations``."""

from __future__ import annotations

import sys

import click

from weaviate_orm.cli.invocation import DIFFERENCES, MIGRATIONS, MODELS, Invocation, command
from weaviate_orm.cli.new_files import new_file_json, print_new_file
from weaviate_orm.migrations.files import MigrationFiles
from weaviate_orm.migrations.making import NewMigration, empty_migration, make_migration, merge_migration
from weaviate_orm.migrations.renames import RenameQuestion


@command(
    MODELS,
    MIGRATIONS,
    click.option(
        "--check", "is_checked", is_flag=True, help="Exit code 1 where a migration is missing; write nothing."
    ),
    click.option("--dry-run", is_flag=True, help="Print the file in place of writing it."),
    click.option("--empty", is_flag=True, help="Write a file without operations, to be filled by hand."),
    click.option("--merge", is_flag=True, help="Write a file that depends on all heads, so that they are one."),
    click.option("--name", metavar="WORDS", help="The words of the file's name; by default they say what it does."),
    click.option("--no-input", is_flag=True, help="Ask nothing: what may have been renamed is removed and added."),
)
def makemigrations(
    invocation: Invocation,
    is_checked: bool,
    dry_run: bool,
    empty: bool,
    merge: bool,
    name: str | None,
    no_input: bool,
) -> int:
    """Write a migration file from what the files lead to, to the models. The server is not asked."""
    output, files = invocation.output, invocation.migration_files()
    questions = RenameQuestions(invocation, asks=not (no_input or output.json) and sys.stdin.isatty())
    migration = _make(invocation, files, questions, empty, merge, name)
    writes = migration is not None and not (is_checked or dry_run)
    file = new_file_json(migration) if migration is not None else {"migration": None, "operations": []}
    output.document({**file, "not_taken_for_renamed": questions.denied, "written": writes})
    if migration is None:
        output.text(f"Nothing to do: {'there is one head' if merge else 'the files say what the models do'}.")
        return 0
    if writes:
        migration.write()
    print_new_file(output, migration, written=writes, whole=dry_run and not is_checked)
    return DIFFERENCES if is_checked else 0


def _make(
    invocation: Invocation,
    files: MigrationFiles,
    questions: RenameQuestions,
    empty: bool,
    merge: bool,
    name: str | None,
) -> NewMigration | None:
    if empty:
        return empty_migration(files, name=name)
    if merge:
        return merge_migration(files, name=name)
    return make_migration(files, invocation.models(), ask=questions, name=name)


class RenameQuestions:
    """Asks whether something was renamed, or says that it was not taken for that.

    Attributes:
        denied: the questions whose answer is no.
    """

    def __init__(self, invocation: Invocation, *, asks: bool) -> None:
        self._output = invocation.output
        self._asks = asks
        self.denied: list[str] = []

    def __call__(self, question: RenameQuestion) -> bool:
        """Return whether it was renamed."""
        if self._asks and click.confirm(str(question), default=False, err=True):
            return True
        self.denied.append(str(question))
        if not self._asks:
            self._output.errors.print(f"{question} Not asked, so taken for removed and added.", markup=False)
        return False

"""The commands of ``weaviate-orm``."""

from __future__ import annotations

import click

from weaviate_orm._version import __version__
from weaviate_orm.cli.commands.check_command import check
from weaviate_orm.cli.commands.cleanup_command import cleanup
from weaviate_orm.cli.commands.create_command import create
from weaviate_orm.cli.commands.doctor_command import doctor
from weaviate_orm.cli.commands.explore_command import explore
from weaviate_orm.cli.commands.export_command import export
from weaviate_orm.cli.commands.import_command import import_file
from weaviate_orm.cli.commands.inspect_command import inspect
from weaviate_orm.cli.commands.makemigrations_command import makemigrations
from weaviate_orm.cli.commands.migrate_command import migrate
from weaviate_orm.cli.commands.plan_command import plan
from weaviate_orm.cli.commands.rebuild_command import rebuild
from weaviate_orm.cli.commands.shell_command import shell
from weaviate_orm.cli.commands.showmigrations_command import showmigrations
from weaviate_orm.cli.commands.squashmigrations_command import squashmigrations
from weaviate_orm.cli.commands.unlock_command import unlock


@click.group(context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.version_option(__version__, prog_name="weaviate-orm")
def application() -> None:
    """Read and change the schema of a Weaviate server, and store and read objects by files.

    Settings are those of [tool.weaviate-orm] in the nearest pyproject.toml; the environment and options override them.

    Exit codes: 0 nothing to do, or done; 1 something differs, is pending or needs attention; 2 an error.
    """


_COMMANDS = (
    check,
    cleanup,
    create,
    doctor,
    explore,
    export,
    import_file,
    inspect,
    makemigrations,
    migrate,
    plan,
    rebuild,
    shell,
    showmigrations,
    squashmigrations,
    unlock,
)
for member in _COMMANDS:
    application.add_command(member)

"""``manage.py weaviate``: the commands of ``weaviate-orm``, with the settings of the project."""

from __future__ import annotations

import argparse
import sys
from contextlib import nullcontext, redirect_stdout
from pathlib import Path
from typing import Any

import click
from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser

from weaviate_orm.cli.application import application
from weaviate_orm.cli.invocation import Invocation, Program, command
from weaviate_orm.cli.project_settings import ProjectSettings
from weaviate_orm.contrib.django.mirrors import Mirror, registered_mirrors
from weaviate_orm.contrib.django.setting_checks import project_models
from weaviate_orm.contrib.django.weaviate_settings import read_setting
from weaviate_orm.session.create_all import create_all
from weaviate_orm.session.default_client import default_client


class Command(BaseCommand):
    """Runs a command of ``weaviate-orm``."""

    help = "Weaviate: schema, migrations, files of objects, mirrors of models. `manage.py weaviate` lists the commands."

    def add_arguments(self, parser: CommandParser) -> None:
        """Leave the arguments to the command."""
        parser.add_argument("arguments", nargs=argparse.REMAINDER, help="the command, and its arguments")

    def handle(self, *_: Any, arguments: list[str], **options: Any) -> None:
        """Run the command. Ends with its exit code where that is not 0."""
        stdout = options.get("stdout")
        try:
            with redirect_stdout(stdout) if stdout is not None else nullcontext():
                code = commands.main(
                    arguments or ["--help"], prog_name="manage.py weaviate", obj=_program(), standalone_mode=False
                )
        except click.ClickException as error:
            raise CommandError(error.format_message(), returncode=error.exit_code) from error
        except click.Abort:
            raise CommandError("Aborted.") from None
        if code:
            sys.exit(code)


@command(click.argument("mirrors", nargs=-1, metavar="[MODEL]..."))
def mirror(invocation: Invocation, mirrors: tuple[str, ...]) -> None:
    """Write the documents of all rows of mirrored models, and delete those of rows that are gone.

    MODEL is the label of a Django model, such as library.Book; by default all that are mirrored. Searches find
    documents all the while.
    """
    output = invocation.output
    chosen = [item for item in registered_mirrors() if not mirrors or _label(item) in map(str.lower, mirrors)]
    if unknown := {label.lower() for label in mirrors} - {*map(_label, chosen)}:
        raise click.ClickException(f"no mirror of {', '.join(sorted(unknown))}")
    create_all(models=project_models())
    reports = []
    for item in chosen:
        report = item.rebuild()
        reports.append({"model": _label(item), "written": report.written, "deleted": report.deleted})
        output.text(f"{item.source._meta.label}: {report.written:,} written, {report.deleted:,} deleted")
    output.document(reports)
    if not chosen:
        output.text("No model is mirrored.")


commands = click.Group(
    "weaviate",
    {**application.commands, "mirror": mirror},
    help="Commands for the schema of Weaviate, by the settings of this project.",
    context_settings=application.context_settings,
)


def _label(mirror: Mirror[Any, Any]) -> str:
    label: str = mirror.source._meta.label_lower
    return label


def _program() -> Program:
    setting = read_setting()
    project = ProjectSettings(
        url=setting.url,
        models=tuple(dict.fromkeys(model.__module__ for model in project_models())),
        migrations=setting.migrations,
        history=setting.history,
        folder=Path(getattr(settings, "BASE_DIR", None) or Path.cwd()),
    )
    return Program(project, default_client)

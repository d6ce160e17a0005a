"""What the commands have in common: options, settings, the client, errors and exit codes."""

from __future__ import annotations

import importlib
import importlib.util
import sys
import traceback
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from functools import wraps
from pathlib import Path
from typing import Any, Final

import attrs
import click

from weaviate_orm.cli.output import Output
from weaviate_orm.cli.project_settings import ProjectSettings, read_settings
from weaviate_orm.client.client import Client
from weaviate_orm.client.config import Config
from weaviate_orm.embedded.options import COMMAND_LINGER, EmbeddedOptions
from weaviate_orm.exceptions import ConfigurationError, DriftError, WeaviateORMError
from weaviate_orm.http.auth import AuthApiKey
from weaviate_orm.http.connections import without_credentials
from weaviate_orm.migrations.files import MigrationFiles
from weaviate_orm.model.model import Model
from weaviate_orm.model.registry import registered

DIFFERENCES: Final = 1
"""The exit code when something differs, is pending, or needs attention."""

FAILED: Final = 2
"""The exit code of errors, and of arguments that do not exist, as click has it."""

INTERRUPTED: Final = 130
"""The conventional exit code of a program that ctrl-C interrupted."""

_EMBEDDED = "embedded://"


@attrs.frozen
class Program:
    """A program that has the commands among its own; the object of their context.

    Attributes:
        settings: in place of those of ``pyproject.toml`` and the environment.
        open_client: opens the client of the program, which closes it.
    """

    settings: ProjectSettings
    open_client: Callable[[], Client]


@attrs.frozen
class Invocation:
    """A command that runs: its settings, where it prints, and what opens its client, where that is not of them."""

    settings: ProjectSettings
    output: Output
    open_client: Callable[[], Client] | None = None

    @contextmanager
    def client(self, *, grpc: bool = True) -> Iterator[Client]:
        """Connect to the server for a block, by gRPC too where its port is set."""
        if self.open_client is not None:
            yield self.open_client()
            return
        settings = self.settings
        url = str(settings.require("url"))
        is_embedded = url.startswith(_EMBEDDED)
        key = None if is_embedded else settings.api_key  # an embedded server has a key of its own
        with Client(
            _resolved(url, settings.folder),
            auth_client_secret=AuthApiKey(key) if key else None,
            additional_headers=settings.header_values,
            additional_config=Config(grpc_port_experimental=settings.grpc_port if grpc else None),
            embedded_options=EmbeddedOptions(linger=COMMAND_LINGER) if is_embedded else None,
        ) as client:
            yield client

    def models(self) -> list[type[Model]]:
        """Import the modules of the models, and return those that are defined or imported there.

        Raises ConfigurationError for a module that cannot be imported, or has no model.
        """
        names = self.settings.require("models")
        modules = [_import(name, self.settings) for name in names]
        imported = {id(value) for module in modules for value in vars(module).values()}
        models = [
            model
            for model in registered()
            if id(model) in imported or any(f"{model.__module__}.".startswith(f"{name}.") for name in names)
        ]
        if not models:
            raise ConfigurationError(f"models = {', '.join(names)}: no model is defined there, or imported")
        return models

    def migration_files(self) -> MigrationFiles:
        """Load the migration files. Raises MigrationFileError for one that does not load.

        A package that cannot be imported is a folder that makemigrations creates, if the one around it is there.
        """
        place: str = self.settings.require("migrations")
        _search(self.settings.folder)
        folder = self.settings.folder / place
        if "/" in place or folder.is_dir():
            return MigrationFiles.load(folder)
        folder = self.settings.folder.joinpath(*place.split("."))
        return MigrationFiles.load(folder if folder.parent.is_dir() and not _is_package(place) else place)


def _resolved(url: str, folder: Path) -> str:
    """Return a URL; the path of an embedded server is relative to the folder of the settings."""
    path = url.removeprefix(_EMBEDDED)
    return f"{_EMBEDDED}{folder / Path(path).expanduser()}" if url.startswith(_EMBEDDED) and path else url


def _is_package(name: str) -> bool:
    try:
        return importlib.util.find_spec(name) is not None
    except ImportError:
        return False


def _search(folder: Path) -> None:
    """Have modules searched in a folder."""
    if str(folder) not in sys.path:
        sys.path.insert(0, str(folder))


def _import(name: str, settings: ProjectSettings) -> Any:
    _search(settings.folder)
    try:
        return importlib.import_module(name)
    except ModuleNotFoundError as error:
        if error.name is not None and f"{name}.".startswith(f"{error.name}."):
            raise ConfigurationError(
                f"models = {name}: there is no module {error.name}, neither in {settings.folder} nor where Python "
                f"finds its packages"
            ) from error
        raise _failed_import(name, error) from error
    except WeaviateORMError:
        raise
    except Exception as error:
        raise _failed_import(name, error) from error


def _failed_import(name: str, error: Exception) -> ConfigurationError:
    frame = traceback.extract_tb(error.__traceback__)[-1]
    return ConfigurationError(
        f"models = {name} cannot be imported: {type(error).__name__}: {error} ({frame.filename}, line {frame.lineno})"
    )


_SERVER_SETTINGS = ("url", "api_key_env", "grpc_port")


def _invocation(stated: Mapping[str, Any], file: Path | None, output: Output) -> Invocation:
    program = click.get_current_context().find_object(Program)
    if program is None or file is not None:
        return Invocation(read_settings(stated, file=file), output)
    settings = attrs.evolve(program.settings, **{name: value for name, value in stated.items() if value})
    is_elsewhere = any(stated.get(name) for name in _SERVER_SETTINGS)
    return Invocation(settings, output, None if is_elsewhere else program.open_client)


_OPTIONS = (
    click.option("--url", metavar="URL", help="The server: http://…, https://… or embedded://PATH."),
    click.option("--api-key-env", metavar="NAME", help="The environment variable that holds the API key."),
    click.option("--grpc-port", type=int, metavar="PORT", help="The port of the server's gRPC interface."),
    click.option(
        "--config",
        "file",
        type=click.Path(exists=True, dir_okay=False, path_type=Path),
        help="The pyproject.toml with [tool.weaviate-orm]; by default the nearest.",
    ),
    click.option("--json", "as_json", is_flag=True, help="Print one JSON document, for programs."),
)

MODELS = click.option("--models", metavar="MODULE", help="The modules of the models, separated by commas.")
MIGRATIONS = click.option("--migrations", metavar="FOLDER", help="The folder of the migration files, or its package.")
HISTORY_NAME = click.option("--history", metavar="COLLECTION", help="The collection of the history of migrations.")

_SETTINGS = ("url", "api_key_env", "grpc_port", "models", "migrations", "history")


def command(*options: Callable[[Any], Any], **keywords: Any) -> Callable[[Callable[..., int | None]], click.Command]:
    """Make a command of a function of an Invocation and the command's own options, which returns the exit code.

    Args:
        options: decorators of click, for the options and arguments.
        keywords: of click.command().
    """

    def decorate(function: Callable[..., int | None]) -> click.Command:
        @wraps(function)
        def run(*, file: Path | None, as_json: bool, **arguments: Any) -> None:
            output = Output(json=as_json)
            stated = {name: arguments.pop(name) for name in _SETTINGS if name in arguments}
            try:
                code = function(_invocation(stated, file, output), **arguments)
            except WeaviateORMError as error:
                output.error(without_credentials(str(error)), type(error).__name__)
                code = DIFFERENCES if isinstance(error, DriftError) else FAILED
            except KeyboardInterrupt:
                code = INTERRUPTED
            click.get_current_context().exit(code or 0)

        decorated: Any = run
        for option in reversed((*options, *_OPTIONS)):
            decorated = option(decorated)
        built: click.Command = click.command(**keywords)(decorated)
        return built

    return decorate

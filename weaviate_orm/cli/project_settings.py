"""The settings of the command: options, before the environment, before ``[tool.weaviate-orm]`` in pyproject.toml."""

from __future__ import annotations

import difflib
import os
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Final

import attrs

from weaviate_orm.exceptions import ConfigurationError
from weaviate_orm.migrations.history import HISTORY
from weaviate_orm.session.default_client import KEY_VARIABLE, URL_VARIABLE

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib  # pyright: ignore[reportMissingImports]  # newer Pythons do without

TABLE: Final = "tool.weaviate-orm"
FILE: Final = "pyproject.toml"

_VARIABLES: Final[Mapping[str, str]] = {
    "url": URL_VARIABLE,
    "models": "WEAVIATE_ORM_MODELS",
    "migrations": "WEAVIATE_ORM_MIGRATIONS",
    "grpc_port": "WEAVIATE_ORM_GRPC_PORT",
    "history": "WEAVIATE_ORM_HISTORY",
}
"""The environment variables of settings, in place of the file's."""


def _texts(value: str | list[str] | tuple[str, ...]) -> tuple[str, ...]:
    return tuple(value.split(",")) if isinstance(value, str) else tuple(value)


@attrs.frozen(kw_only=True)
class ProjectSettings:
    """The settings of the command.

    Attributes:
        url: of the server: ``http://…``, ``https://…`` or ``embedded://PATH``.
        api_key_env: the environment variable that holds the API key.
        grpc_port: the port of gRPC; None does without.
        headers: headers of each request, by the environment variables that hold their values.
        models: the modules of the models.
        migrations: the folder of the migration files, or the name of its package.
        history: the collection of the history of migrations.
        folder: of pyproject.toml, else the current one. Paths are relative to it, and modules are found in it.
        file: that pyproject.toml, if there is one.
        environment: the environment variables.
    """

    url: str | None = None
    api_key_env: str | None = None
    grpc_port: int | None = None
    headers: Mapping[str, str] = attrs.field(factory=dict)
    models: tuple[str, ...] = attrs.field(default=(), converter=_texts)
    migrations: str | None = None
    history: str = HISTORY
    folder: Path
    file: Path | None = None
    environment: Mapping[str, str] = attrs.field(factory=dict, repr=False)

    def require(self, name: str) -> Any:
        """Return a setting. Raises ConfigurationError, with where to set it, where there is none."""
        if value := getattr(self, name):
            return value
        option = name.replace("_", "-")
        variable = f", ${_VARIABLES[name]}" if name in _VARIABLES else ""
        raise ConfigurationError(f"which {option}? give --{option}{variable}, or {option} = … in [{TABLE}] of {FILE}")

    @property
    def api_key(self) -> str | None:
        """The API key. Raises ConfigurationError when the variable that is named does not exist."""
        if self.api_key_env is None:
            return self.environment.get(KEY_VARIABLE) or None
        return self._variable("api-key-env", self.api_key_env)

    @property
    def header_values(self) -> dict[str, str]:
        """The headers with their values. Raises ConfigurationError when a variable does not exist."""
        return {name: self._variable(f"headers.{name}", variable) for name, variable in self.headers.items()}

    def _variable(self, key: str, name: str) -> str:
        value = self.environment.get(name)
        if not value:
            raise ConfigurationError(f"{key} names the environment variable {name}, which is not set")
        return value


def read_settings(
    options: Mapping[str, Any],
    *,
    file: Path | None = None,
    folder: Path | None = None,
    environment: Mapping[str, str] | None = None,
) -> ProjectSettings:
    """Return the settings.

    Args:
        options: of the command line; what is None was not given.
        file: pyproject.toml; by default that of the folder, or of the nearest one above.
        folder: by default the current one.
        environment: by default that of the process.

    Raises ConfigurationError for a key that does not exist, or a value of another type than its own.
    """
    folder = folder or Path.cwd()
    environment = os.environ if environment is None else environment
    file = file or _nearest(folder)
    stated = {} if file is None else _read(file)
    for name, variable in _VARIABLES.items():
        if value := environment.get(variable):
            stated[name] = _port(value, f"${variable}") if name == "grpc_port" else value
    stated |= {name: value for name, value in options.items() if value}
    return ProjectSettings(
        **stated, folder=folder if file is None else file.parent, file=file, environment=dict(environment)
    )


def _nearest(folder: Path) -> Path | None:
    """Return the nearest pyproject.toml, here or above, that has the table."""
    for candidate in (folder, *folder.parents):
        file = candidate / FILE
        if file.is_file() and _table(file) is not None:
            return file
    return None


def _table(file: Path) -> dict[str, Any] | None:
    try:
        content = tomllib.loads(file.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise ConfigurationError(f"{file} cannot be read: {error}") from error
    table: dict[str, Any] | None = content.get("tool", {}).get("weaviate-orm")
    return table


def _read(file: Path) -> dict[str, Any]:
    stated = {}
    for key, value in (_table(file) or {}).items():
        name = key.replace("-", "_")
        if name not in _TYPES or "_" in key:
            keys = sorted(setting.replace("_", "-") for setting in _TYPES)
            near = difflib.get_close_matches(key.replace("_", "-"), keys, n=1)
            hint = f"did you mean {near[0]!r}?" if near else f"there are: {', '.join(keys)}"
            raise ConfigurationError(f"{key!r} is no key of [{TABLE}] in {file}; {hint}")
        description, fits = _TYPES[name]
        if not fits(value):
            raise ConfigurationError(f"{key} of [{TABLE}] in {file} is {description}; got {value!r}")
        stated[name] = value
    return stated


def _port(value: str, where: str) -> int:
    if not value.isdecimal():
        raise ConfigurationError(f"{where} is a port, not {value!r}")
    return int(value)


def _is_text(value: object) -> bool:
    return isinstance(value, str) and bool(value)


def _is_texts(value: object) -> bool:
    return _is_text(value) or (isinstance(value, list) and bool(value) and all(map(_is_text, value)))


def _is_port(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)


def _is_variables(value: object) -> bool:
    return isinstance(value, dict) and all(map(_is_text, value.values()))


_TYPES: Final[Mapping[str, tuple[str, Callable[[object], bool]]]] = {
    "url": ("a text", _is_text),
    "api_key_env": ("the name of an environment variable", _is_text),
    "grpc_port": ("a port", _is_port),
    "headers": ("a table of headers, each with the name of an environment variable", _is_variables),
    "models": ("the name of a module, or a list of such", _is_texts),
    "migrations": ("a folder, or the name of a package", _is_text),
    "history": ("the name of a collection", _is_text),
}
"""The keys of the table: what each of them is, and whether a value is that."""

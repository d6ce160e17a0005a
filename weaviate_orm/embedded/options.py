"""The options of the embedded server."""

from __future__ import annotations

import math
import os
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import attrs

from weaviate_orm.exceptions import ConfigurationError, InvalidVersionError

DEFAULT_VERSION = "1.39.2"
"""The version that is installed when no server is available; the package is tested against it."""

OWN_VARIABLES = {
    "PERSISTENCE_DATA_PATH": "set persistence_data_path",
    "PORT": "set port",
    "GRPC_PORT": "set grpc_port",
    **dict.fromkeys(
        ("CLUSTER_GOSSIP_BIND_PORT", "CLUSTER_DATA_BIND_PORT", "RAFT_PORT", "RAFT_INTERNAL_RPC_PORT", "RAFT_JOIN"),
        "leave it out, these ports are chosen at each start",
    ),
    "TRANSFORMERS_INFERENCE_API": "set vectorizer=False to use another inference service",
}
"""Variables that cannot be passed, because the options set them, and what to do instead."""

LATEST = "latest"
"""The version that means the newest release."""

_VERSION = re.compile(r"\d+\.\d+\.\d+(-[0-9A-Za-z.]+)?")
_HOSTNAME = re.compile(r"[0-9A-Za-z][0-9A-Za-z.-]*")


def v3_data_path() -> Path:
    """Return the folder in which weaviate-client 3 keeps the data of its embedded server.

    ``$XDG_DATA_HOME`` itself where it is set, else ``~/.local/share/weaviate``.
    """
    return Path(os.environ.get("XDG_DATA_HOME") or "~/.local/share/weaviate").expanduser()


def as_path(value: str | Path | None) -> Path | None:
    """Return a path with ``~`` expanded. Raises ConfigurationError for a text that cannot be a path."""
    if value is None:
        return None
    if not _is_passable(str(value)):
        raise ConfigurationError(f"{str(value)!r} is no path: it has a character that is not allowed in paths")
    return Path(value).expanduser()


def _variables(value: Mapping[str, Any] | None) -> dict[str, str]:
    return {name: str(setting) for name, setting in (value or {}).items()}


def _check_variables(_: EmbeddedOptions, __: Any, variables: Mapping[str, str]) -> None:
    for name, value in variables.items():
        if not isinstance(name, str) or not name or "=" in name or not _is_passable(name):
            raise ConfigurationError(f"additional_env_vars has the name {name!r}, which is not allowed for a variable")
        if not _is_passable(value):
            raise ConfigurationError(
                f"additional_env_vars has a value for {name} with a character that is not allowed, such as NUL"
            )


def _is_passable(text: str) -> bool:
    """Return whether a text can be a path, or an argument or a variable of a process."""
    try:
        return b"\0" not in os.fsencode(text)
    except UnicodeEncodeError:
        return False


def _names_only(variables: Mapping[str, str]) -> str:
    return "{" + ", ".join(f"{name}=…" for name in sorted(variables)) + "}"


def _without_prefix(version: str) -> str:
    return version.removeprefix("v") if isinstance(version, str) else version


def _check_version(_: EmbeddedOptions, __: Any, value: str) -> None:
    if not isinstance(value, str) or not (value == LATEST or _VERSION.fullmatch(value)):
        raise InvalidVersionError(
            f'version is {value!r}; write it as MAJOR.MINOR.PATCH, for example "{DEFAULT_VERSION}", or as "{LATEST}". '
            f"To use your own executable, pass its path as binary; an archive must be unpacked first"
        )


def _check_hostname(_: EmbeddedOptions, __: Any, value: str) -> None:
    if not isinstance(value, str) or not _HOSTNAME.fullmatch(value):
        raise ConfigurationError(f'hostname is {value!r}; give a name or an IPv4 address, for example "127.0.0.1"')


def _check_folder(_: EmbeddedOptions, attribute: Any, value: Path | None) -> None:
    if value is not None and value.is_file():
        raise ConfigurationError(f"{attribute.name} is {value}, a file; give a folder, or pass an executable as binary")


def _check_port(_: EmbeddedOptions, attribute: Any, value: int | None) -> None:
    if value is None:
        return
    if isinstance(value, bool) or not isinstance(value, int) or not 1 <= value <= 65535:
        raise ConfigurationError(f"{attribute.name} is {value!r}; give 1 to 65535, or None for a free one")


def _check_timeout(_: EmbeddedOptions, __: Any, value: float) -> None:
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not value > 0:
        raise ConfigurationError(f"startup_timeout is {value!r}; give seconds above 0")


COMMAND_LINGER = 10.0
"""The seconds for which a server waits for the next short command, which would take several to start another."""


def _check_linger(_: EmbeddedOptions, __: Any, value: float) -> None:
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not 0 <= value < math.inf:
        raise ConfigurationError(f"linger is {value!r}; give seconds, 0 or more")


@attrs.frozen
class EmbeddedOptions:
    """Options of the server that ``Client("embedded://", embedded_options=…)`` runs.

    The server inherits from this process' environment only what any program needs (PATH, HOME, locale, proxies,
    certificates); pass further variables as ``additional_env_vars``. It is for development and tests: other users of
    the machine can reach its cluster's ports and drop collections (docs/explanation/security.md).

    The first seven may be given by position, in the order of weaviate-client 3; the others by name only.

    Args:
        persistence_data_path: the data folder, readable by its owner only. None makes a temporary folder, which is
            removed at the end; but a client without a URL, ``Client(embedded_options=EmbeddedOptions())``, then uses
            the folder of weaviate-client 3: ``$XDG_DATA_HOME``, or ``~/.local/share/weaviate``.
        binary_path: the folder in which servers are looked up and installed; None is the user's cache.
        version: the version to install when no server is available, with or without a leading ``v``. "latest" is the
            newest release, or the newest installed version when the releases cannot be reached. A server from
            ``binary``, ``$WEAVIATE_ORM_SERVER`` or PATH is used whatever its version.
        port: the HTTP port; None takes a free port.
        hostname: the interface on which HTTP listens. "0.0.0.0" is every interface, guarded only by the API key.
        additional_env_vars: settings of the server (docs.weaviate.io, "Environment variables"). They override the
            defaults of this package, but ENABLE_MODULES adds to them, and the first of
            AUTHENTICATION_APIKEY_ALLOWED_KEYS becomes ``api_key``.
        grpc_port: the gRPC port, on every interface, guarded by the API key; None takes a free port.
        binary: the server's executable; None locates or installs one.
        vectorizer: also run the local text2vec-transformers service, so that ``near_text`` works without a key.
        linger: the seconds for which the server goes on when the last program has left it, so that many short ones, one
            after the other, do not start it each time. It counts for the program that starts it; one on a temporary
            folder does not linger.
        startup_timeout: the seconds from the start of the process until it is ready, without the installation.
        quiet: print nothing to stderr during an installation.

    Raises:
        InvalidVersionError: ``version`` is not a version.
        ConfigurationError: a value is not valid.

    >>> EmbeddedOptions(port=8080, additional_env_vars={"QUERY_DEFAULTS_LIMIT": 25}).additional_env_vars
    {'QUERY_DEFAULTS_LIMIT': '25'}
    """

    persistence_data_path: Path | None = attrs.field(default=None, converter=as_path)
    binary_path: Path | None = attrs.field(default=None, converter=as_path, validator=_check_folder)
    version: str = attrs.field(default=DEFAULT_VERSION, converter=_without_prefix, validator=_check_version)
    port: int | None = attrs.field(default=None, validator=_check_port)
    hostname: str = attrs.field(default="127.0.0.1", validator=_check_hostname)
    additional_env_vars: Mapping[str, str] = attrs.field(
        default=None, converter=_variables, repr=_names_only, validator=_check_variables
    )
    grpc_port: int | None = attrs.field(default=None, validator=_check_port)
    binary: Path | None = attrs.field(default=None, converter=as_path, kw_only=True)
    vectorizer: bool = attrs.field(default=True, kw_only=True)
    startup_timeout: float = attrs.field(default=60.0, validator=_check_timeout, kw_only=True)
    linger: float = attrs.field(default=0.0, validator=_check_linger, kw_only=True)
    quiet: bool = attrs.field(default=False, kw_only=True)

    def __attrs_post_init__(self) -> None:
        if self.port is not None and self.port == self.grpc_port:
            raise ConfigurationError(f"port and grpc_port are both {self.port}; give two ports")
        for name, advice in OWN_VARIABLES.items():
            if name in self.additional_env_vars and (self.vectorizer or name != "TRANSFORMERS_INFERENCE_API"):
                raise ConfigurationError(f"additional_env_vars has {name}, which the options set: {advice}")

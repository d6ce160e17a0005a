"""How the embedded server is to be run."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import attrs

from weaviate_orm.exceptions import ConfigurationError

DEFAULT_VERSION = "1.39.2"
"""The Weaviate that is installed when none is found; the package is tested against it."""

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
"""Variables that the options set themselves, and what to do in place of passing them."""

_VERSION = re.compile(r"\d+\.\d+\.\d+(-[0-9A-Za-z.]+)?")


def _path(value: str | Path | None) -> Path | None:
    return None if value is None else Path(value).expanduser()


def _variables(value: Mapping[str, Any] | None) -> dict[str, str]:
    return {name: str(setting) for name, setting in (value or {}).items()}


def _names_only(variables: Mapping[str, str]) -> str:
    return "{" + ", ".join(f"{name}=…" for name in sorted(variables)) + "}"


def _check_version(_: EmbeddedOptions, __: Any, value: str) -> None:
    if not isinstance(value, str) or not _VERSION.fullmatch(value):
        raise ConfigurationError(
            f'version is {value!r}; write it as MAJOR.MINOR.PATCH, for example "{DEFAULT_VERSION}"'
        )


def _check_port(_: EmbeddedOptions, attribute: Any, value: int | None) -> None:
    if value is None:
        return
    if isinstance(value, bool) or not isinstance(value, int) or not 1 <= value <= 65535:
        raise ConfigurationError(f"{attribute.name} is {value!r}; give 1 to 65535, or None for a free one")


def _check_timeout(_: EmbeddedOptions, __: Any, value: float) -> None:
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not value > 0:
        raise ConfigurationError(f"startup_timeout is {value!r}; give seconds above 0")


@attrs.frozen(kw_only=True)
class EmbeddedOptions:
    """How ``Client("embedded://", embedded_options=…)`` runs its server.

    The server sees of this process' environment only what any program needs (PATH, HOME, locale, proxies,
    certificates); whatever else it shall see goes into ``additional_env_vars``.

    Args:
        version: the Weaviate to install when none is found. One that is found by ``binary``,
            ``$WEAVIATE_ORM_SERVER`` or on PATH is used whatever its version.
        binary: the server's executable; None finds or installs one.
        persistence_data_path: the folder that keeps the data; None makes a temporary one, removed at the end.
        port: where HTTP listens, on 127.0.0.1; None takes a free port.
        grpc_port: where gRPC listens, on every interface, guarded by the API key; None takes a free port.
        additional_env_vars: the server's settings (docs.weaviate.io, "Environment variables"). They win over ours, but
            ENABLE_MODULES is added to ours, and the first of AUTHENTICATION_APIKEY_ALLOWED_KEYS becomes ``api_key``.
        vectorizer: also run the local text2vec-transformers service, so that ``near_text`` works with no key.
        startup_timeout: seconds from the start of the process until it is ready; installing is not counted.
        quiet: no lines on stderr while something is installed.

    Raises:
        ConfigurationError: a value that cannot work.

    >>> EmbeddedOptions(port=8080, additional_env_vars={"QUERY_DEFAULTS_LIMIT": 25}).additional_env_vars
    {'QUERY_DEFAULTS_LIMIT': '25'}
    """

    version: str = attrs.field(default=DEFAULT_VERSION, validator=_check_version)
    binary: Path | None = attrs.field(default=None, converter=_path)
    persistence_data_path: Path | None = attrs.field(default=None, converter=_path)
    port: int | None = attrs.field(default=None, validator=_check_port)
    grpc_port: int | None = attrs.field(default=None, validator=_check_port)
    additional_env_vars: Mapping[str, str] = attrs.field(factory=dict, converter=_variables, repr=_names_only)
    vectorizer: bool = True
    startup_timeout: float = attrs.field(default=60.0, validator=_check_timeout)
    quiet: bool = False

    def __attrs_post_init__(self) -> None:
        if self.port is not None and self.port == self.grpc_port:
            raise ConfigurationError(f"port and grpc_port are both {self.port}; they need two")
        for name, advice in OWN_VARIABLES.items():
            if name in self.additional_env_vars and (self.vectorizer or name != "TRANSFORMERS_INFERENCE_API"):
                raise ConfigurationError(f"additional_env_vars has {name}, which the options decide: {advice}")

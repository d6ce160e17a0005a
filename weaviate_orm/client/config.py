"""Rarely needed settings of a client, under v3's names."""

from __future__ import annotations

from typing import Any

import attrs

from weaviate_orm.exceptions import ConfigurationError
from weaviate_orm.http.transport import LARGEST_ANSWER


def _positive(_: object, attribute: attrs.Attribute[float | None], value: Any) -> None:
    if value is not None and (isinstance(value, bool) or not isinstance(value, (int, float)) or not value > 0):
        raise ConfigurationError(f"{attribute.name} is a positive number of seconds, or None; got {value!r}")


def _count(_: object, attribute: attrs.Attribute[int], value: Any) -> None:
    if isinstance(value, bool) or not isinstance(value, int) or value < 1:
        raise ConfigurationError(f"{attribute.name} is a whole number from 1, not {value!r}")


def _port(_: object, attribute: attrs.Attribute[int | None], value: Any) -> None:
    if value is not None and (isinstance(value, bool) or not isinstance(value, int) or not 1 <= value <= 65535):
        raise ConfigurationError(f"{attribute.name} is a port from 1 to 65535, or None; not {value!r}")


def _pool(_: object, attribute: attrs.Attribute[ConnectionConfig], value: Any) -> None:
    if not isinstance(value, ConnectionConfig):
        raise ConfigurationError(f"{attribute.name} is a ConnectionConfig, not {type(value).__name__}")


@attrs.frozen
class ConnectionConfig:
    """The size of the connection pool.

    Attributes:
        session_pool_connections: the number of hosts; without effect, as a client has only one host.
        session_pool_maxsize: the most connections to the server; further threads wait for a free connection.

    Raises ConfigurationError for less than one.
    """

    session_pool_connections: int = attrs.field(default=20, validator=_count)
    session_pool_maxsize: int = attrs.field(default=20, validator=_count)


@attrs.frozen
class Config:
    """Rarely needed settings: ``Client(additional_config=…)``.

    Attributes:
        grpc_port_experimental: the port of the server's gRPC interface, on the same host; the same as
            ``Client(grpc=…)``, which goes before it.
        connection_config: the size of the connection pool.
        operation_timeout: the most seconds for a request to the server, with its retries, its waits and a slow
            response; then RequestTimeoutError is raised. None: five times what ``timeout_config`` allows for an
            attempt, which by default is 350 seconds.
        largest_answer: the most bytes of a decompressed response; a larger response raises TransportError.

    Raises ConfigurationError for invalid values.
    """

    grpc_port_experimental: int | None = attrs.field(default=None, validator=_port)
    connection_config: ConnectionConfig = attrs.field(factory=ConnectionConfig, validator=_pool)
    operation_timeout: float | None = attrs.field(default=None, validator=_positive)
    largest_answer: int = attrs.field(default=LARGEST_ANSWER, validator=_count)

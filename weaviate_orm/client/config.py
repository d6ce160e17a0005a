"""Settings of a client that few need, under v3's names."""

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
    """How many connections are kept.

    Attributes:
        session_pool_connections: how many hosts are remembered; a client has one, so that this changes nothing.
        session_pool_maxsize: the most connections to the server; threads beyond it wait for one.

    Raises ConfigurationError for less than one.
    """

    session_pool_connections: int = attrs.field(default=20, validator=_count)
    session_pool_maxsize: int = attrs.field(default=20, validator=_count)


@attrs.frozen
class Config:
    """``Client(additional_config=…)``.

    Attributes:
        grpc_port_experimental: where the server's gRPC interface listens, on the same host. Batches of objects then go
            by it, which saves the server the reading of vectors as text; needs ``pip install "weaviate-mapper[grpc]"``.
            What it cannot carry, or does not answer, goes over HTTP. None: everything does.
        connection_config: the pool of connections.
        operation_timeout: the most seconds for one request to the server, with its repetitions, its waits and however
            slowly it is answered; then RequestTimeoutError. None: five times what ``timeout_config`` allows for one
            attempt, which by default is 350 seconds.
        largest_answer: the most bytes of one answer, decompressed; a larger one is a TransportError.

    Raises ConfigurationError for what cannot be.
    """

    grpc_port_experimental: int | None = attrs.field(default=None, validator=_port)
    connection_config: ConnectionConfig = attrs.field(factory=ConnectionConfig, validator=_pool)
    operation_timeout: float | None = attrs.field(default=None, validator=_positive)
    largest_answer: int = attrs.field(default=LARGEST_ANSWER, validator=_count)

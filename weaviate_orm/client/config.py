"""Settings of a client that few need, under v3's names."""

from __future__ import annotations

import attrs

from weaviate_orm.http.transport import LARGEST_ANSWER


def _positive(instance: object, attribute: attrs.Attribute[float | None], value: float | None) -> None:
    if value is not None and (isinstance(value, bool) or not isinstance(value, (int, float)) or not value > 0):
        raise ValueError(f"{attribute.name} is a positive number of seconds, or None; got {value!r}")


@attrs.frozen
class ConnectionConfig:
    """How many connections are kept.

    Attributes:
        session_pool_connections: how many hosts are remembered; a client has one, so that this changes nothing.
        session_pool_maxsize: the most connections to the server; threads beyond it wait for one.
    """

    session_pool_connections: int = attrs.field(default=20, validator=attrs.validators.ge(1))
    session_pool_maxsize: int = attrs.field(default=20, validator=attrs.validators.ge(1))


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
    """

    grpc_port_experimental: int | None = None
    connection_config: ConnectionConfig = attrs.field(factory=ConnectionConfig)
    operation_timeout: float | None = attrs.field(default=None, validator=_positive)
    largest_answer: int = attrs.field(
        default=LARGEST_ANSWER, validator=[attrs.validators.instance_of(int), attrs.validators.ge(1)]
    )

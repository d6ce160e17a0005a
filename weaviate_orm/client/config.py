"""Settings of a client that few need, under v3's names."""

from __future__ import annotations

import attrs


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
    """

    grpc_port_experimental: int | None = None
    connection_config: ConnectionConfig = attrs.field(factory=ConnectionConfig)

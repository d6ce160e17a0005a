"""Where the gRPC interface of a server is."""

from __future__ import annotations

from importlib.util import find_spec
from typing import Any, Literal, Union
from urllib.parse import urlsplit

from weaviate_orm.exceptions import ConfigurationError

Grpc = Union[int, str, Literal[False], None]
"""A port of the server's host, ``host:port``, False for none, or None for what is known of the server."""


_CLOUD = (".weaviate.cloud", ".weaviate.network")
"""The domains of Weaviate Cloud, where a host of its own answers by gRPC."""


def known_address(url: str, port: int | None) -> int | str | None:
    """Return the address of gRPC that is known of a server; None where none is, or gRPC is not installed.

    ``port``: of a server that was started here.
    """
    address = cloud_address(urlsplit(url).hostname or "") if port is None else port
    if address is None or any(find_spec(name) is None for name in ("grpc", "google", "google.protobuf")):
        return None
    return address


def cloud_address(host: str) -> str | None:
    """Return the address of gRPC of a host of Weaviate Cloud; None of others.

    >>> cloud_address("x.c0.europe.gcp.weaviate.cloud"), cloud_address("x.weaviate.network")
    ('grpc-x.c0.europe.gcp.weaviate.cloud:443', 'x.grpc.weaviate.network:443')
    """
    if not host.endswith(_CLOUD):
        return None
    name, _, domain = host.partition(".")
    return f"{name}.grpc.{domain}:443" if host.endswith(".weaviate.network") else f"grpc-{host}:443"


def grpc_address(grpc: Grpc) -> int | str | None:
    """Return the address of gRPC that a client was told; None for none.

    Raises ConfigurationError for what is no address.

    >>> grpc_address(50051), grpc_address("weaviate.example:50051"), grpc_address(False)
    (50051, 'weaviate.example:50051', None)
    """
    if grpc is None or grpc is False:
        return None
    if isinstance(grpc, str) and _is_host_and_port(grpc):
        return grpc
    if isinstance(grpc, bool) or not isinstance(grpc, int) or not 1 <= grpc <= 65535:
        raise ConfigurationError(f'grpc is a port from 1 to 65535, "host:port", or False for none; got {grpc!r}')
    return grpc


def _is_host_and_port(address: str) -> bool:
    try:
        parts: Any = urlsplit(f"//{address}")
        return bool(parts.hostname and parts.port) and parts.netloc == address and "@" not in address
    except ValueError:
        return False

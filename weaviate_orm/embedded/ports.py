"""Free ports."""

from __future__ import annotations

import random
import socket

import attrs

from weaviate_orm.exceptions import EmbeddedServerError

# Below the ports of outgoing connections (Linux 32768, macOS 49152), so that no such connection takes one meanwhile.
_RANGE = range(20000, 32768)


@attrs.frozen
class Ports:
    """The ports of a server. ``cluster`` is the first of four in a row: gossip, data, Raft and Raft's RPC."""

    http: int
    grpc: int
    cluster: int


def is_free(port: int) -> bool:
    """Return whether a server could listen on ``port``, on every interface of this machine."""
    for interface in ("", "127.0.0.1"):  # macOS allows one to be bound while the other is in use
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)  # the port of a closed connection is free
            try:
                probe.bind((interface, port))
                probe.listen(1)
            except OSError:
                return False
    return True


def choose_ports(http: int | None = None, grpc: int | None = None) -> Ports:
    """Choose free ports at random. ``http`` and ``grpc`` are used where they are given.

    Two servers that start at once may choose the same ports. That is rare, and the server whose port is taken is
    started again with others.

    Raises:
        EmbeddedServerError: ``http`` or ``grpc`` is taken.
    """
    for name, port in (("port", http), ("grpc_port", grpc)):
        if port is not None and not is_free(port):
            raise EmbeddedServerError(
                f"{name} {port} is taken; stop the program that listens on it, or give another port"
            )
    chosen = {port for port in (http, grpc) if port is not None}
    cluster = _first_of_free_run(4, chosen)
    chosen |= set(range(cluster, cluster + 4))
    http = http if http is not None else _first_of_free_run(1, chosen)
    chosen.add(http)
    grpc = grpc if grpc is not None else _first_of_free_run(1, chosen)
    return Ports(http=http, grpc=grpc, cluster=cluster)


def _first_of_free_run(length: int, excluded: set[int]) -> int:
    for _ in range(1000):
        first = random.randrange(_RANGE.start, _RANGE.stop - length)
        run = range(first, first + length)
        if excluded.isdisjoint(run) and all(map(is_free, run)):
            return first
    raise EmbeddedServerError(f"no {length} free ports in a row between {_RANGE.start} and {_RANGE.stop}")

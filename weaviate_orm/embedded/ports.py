"""Ports on which nothing listens yet."""

from __future__ import annotations

import random
import socket

import attrs

from weaviate_orm.exceptions import EmbeddedServerError

# Below what systems hand out to clients (Linux 32768, macOS 49152), so that no outgoing connection takes one meanwhile.
_RANGE = range(20000, 32768)


@attrs.frozen
class Ports:
    """The ports of one server. ``cluster`` is the first of four in a row: gossip, data, Raft and Raft's RPC."""

    http: int
    grpc: int
    cluster: int


def is_free(port: int) -> bool:
    """Whether a server could listen on ``port``, on every interface of this machine."""
    for interface in ("", "127.0.0.1"):  # macOS lets the one be bound beside the other
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)  # the port of a closed connection is free
            try:
                probe.bind((interface, port))
                probe.listen(1)
            except OSError:
                return False
    return True


def choose(http: int | None = None, grpc: int | None = None) -> Ports:
    """Free ports, those that are given included.

    Two servers that start at once may still be given the same ports: choosing at random makes it rare, and the one
    that finds a port taken starts anew.

    Raises:
        EmbeddedServerError: a given port is taken.
    """
    for name, port in (("port", http), ("grpc_port", grpc)):
        if port is not None and not is_free(port):
            raise EmbeddedServerError(f"{name} {port} is taken; stop what listens there, or give another one")
    taken = {port for port in (http, grpc) if port is not None}
    cluster = _free_run(4, taken)
    taken |= set(range(cluster, cluster + 4))
    http = http if http is not None else _free_run(1, taken)
    taken.add(http)
    grpc = grpc if grpc is not None else _free_run(1, taken)
    return Ports(http=http, grpc=grpc, cluster=cluster)


def _free_run(length: int, taken: set[int]) -> int:
    for _ in range(1000):
        first = random.randrange(_RANGE.start, _RANGE.stop - length)
        run = range(first, first + length)
        if taken.isdisjoint(run) and all(map(is_free, run)):
            return first
    raise EmbeddedServerError(f"no {length} free ports in a row between {_RANGE.start} and {_RANGE.stop}")

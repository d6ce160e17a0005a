"""Several nodes on one machine: one Weaviate of as many processes, of which some may be in maintenance.

A node in maintenance belongs to the cluster and refuses all data, at once and always (MAINTENANCE_NODES). Killing a
node would be no such thing: the others need a while to notice, and each answer depends on whether they have.
"""

from __future__ import annotations

import contextlib
import secrets
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import attrs
import requests

from weaviate_orm.client.client import Client
from weaviate_orm.embedded.environment import inherited_environment, server_environment
from weaviate_orm.embedded.ports import Ports, choose_ports
from weaviate_orm.embedded.supervisor import Child, Supervisor
from weaviate_orm.http.auth import AuthApiKey

SECONDS_TO_START = 240.0
ATTEMPTS = 5


@attrs.frozen
class Node:
    """One node, and its ports."""

    name: str
    ports: Ports

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.ports.http}"


@attrs.frozen
class Cluster:
    """Nodes that run, and the key that all of them ask for."""

    nodes: Sequence[Node]
    api_key: str = attrs.field(repr=False)
    by_grpc: bool = False

    def client(self, node: int = 0, *, timeout: tuple[float, float] = (10, 60)) -> Client:
        """A client of one node."""
        grpc = self.nodes[node].ports.grpc if self.by_grpc else None
        return Client(self.nodes[node].url, AuthApiKey(self.api_key), timeout_config=timeout, grpc=grpc)


@contextmanager
def running_cluster(binary: Path, *, nodes: int = 3, maintenance: Sequence[int] = ()) -> Iterator[Cluster]:
    """A cluster for the block, on a temporary folder; nodes of these positions are in maintenance."""
    cluster, supervisor = _start_on_free_ports(binary, nodes, maintenance)
    try:
        yield cluster
    finally:
        supervisor.close()


def _start_on_free_ports(binary: Path, nodes: int, maintenance: Sequence[int]) -> tuple[Cluster, Supervisor]:
    for _ in range(ATTEMPTS - 1):
        with contextlib.suppress(_PortTakenError):
            return _start(binary, nodes, maintenance)
    return _start(binary, nodes, maintenance)


class _PortTakenError(Exception):
    """A port was taken between choosing and listening."""


def _start(binary: Path, count: int, maintenance: Sequence[int]) -> tuple[Cluster, Supervisor]:
    nodes = _nodes(count)
    folder = Path(tempfile.mkdtemp(prefix="weaviate-cluster-"))  # the supervisor removes it
    log = folder / "log"
    settings = {
        "RAFT_JOIN": ",".join(f"{node.name}:{node.ports.cluster + 2}" for node in nodes),
        "RAFT_BOOTSTRAP_EXPECT": str(count),
        "MAINTENANCE_NODES": ",".join(nodes[position].name for position in maintenance),
    }
    api_key, password = secrets.token_urlsafe(32), secrets.token_urlsafe(32)
    children = [_child(binary, node, nodes[0], folder, api_key, password, settings) for node in nodes]
    supervisor = Supervisor(children, log=log, remove=folder)
    try:
        # one that is in maintenance lives and is never ready
        probes = [
            f"{node.url}/v1/.well-known/{'live' if position in maintenance else 'ready'}"
            for position, node in enumerate(nodes)
        ]
        _wait_until_answered(probes, supervisor, log)
    except BaseException:
        supervisor.close()
        raise
    return Cluster(nodes, api_key), supervisor


_WAIT_AND_RUN = """
import os, socket, sys, time

for _ in range(2400):
    try:
        socket.create_connection(("127.0.0.1", int(sys.argv[1])), timeout=1).close()
        break
    except OSError:
        time.sleep(0.1)
os.execv(sys.argv[2], sys.argv[2:])
"""


def _nodes(count: int) -> list[Node]:
    while True:
        nodes = [Node(f"node{number}", choose_ports()) for number in range(count)]
        taken = [port for node in nodes for port in _all(node.ports)]
        if len(set(taken)) == len(taken):
            return nodes


def _all(ports: Ports) -> tuple[int, ...]:
    return ports.http, ports.grpc, *range(ports.cluster, ports.cluster + 4)


def _child(
    binary: Path, node: Node, first: Node, folder: Path, api_key: str, password: str, settings: dict[str, str]
) -> Child:
    data = folder / node.name
    data.mkdir()
    own = {**settings, "CLUSTER_HOSTNAME": node.name}
    if node is not first:
        own["CLUSTER_JOIN"] = f"127.0.0.1:{first.ports.cluster}"
    environment = server_environment(
        data=data,
        backups=data / "backups",
        ports=node.ports,
        api_key=api_key,
        cluster_password=password,
        vectorizer_url=None,
        additional=own,
    )
    # a node that is to join ends when the first one does not listen yet
    wait = [] if node is first else [sys.executable, "-c", _WAIT_AND_RUN, str(first.ports.cluster)]
    return Child(
        name=node.name,
        argv=[
            *wait,
            str(binary),
            *("--scheme", "http", "--host", "127.0.0.1", "--port", str(node.ports.http)),
            *("--read-timeout=600s", "--write-timeout=600s"),
        ],
        env={**inherited_environment(), **environment},
    )


def _wait_until_answered(probes: Sequence[str], supervisor: Supervisor, log: Path) -> None:
    deadline = time.monotonic() + SECONDS_TO_START
    waiting = list(probes)
    with requests.Session() as session:
        session.trust_env = False
        while waiting:
            ended = supervisor.wait(0.05)
            last_words = log.read_text()[-3000:]
            if ended is not None and "address already in use" in last_words:
                raise _PortTakenError(last_words)
            assert ended is None, f"{ended}: {last_words}"
            assert time.monotonic() < deadline, f"{waiting[0]} does not answer: {last_words}"
            with contextlib.suppress(requests.RequestException):
                if session.get(waiting[0], timeout=1).ok:
                    waiting.pop(0)

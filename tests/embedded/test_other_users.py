"""What another user of the machine can read and reach: no file, and only ports in docs/explanation/security.md."""

from __future__ import annotations

import json
import os
import stat
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import attrs
import grpc
import psutil
import pytest
import requests

from weaviate_orm.client.client import Client
from weaviate_orm.embedded import EmbeddedOptions, EmbeddedServer, vectorizer
from weaviate_orm.http.auth import AuthApiKey

pytestmark = [
    pytest.mark.usefixtures("binary"),
    pytest.mark.skipif(sys.platform != "linux", reason="looks at processes as Linux shows them"),
]
as_root = pytest.mark.skipif(os.geteuid() != 0, reason="only root can become another user")
NOBODY = 65534

EVERYWHERE = {"::", "0.0.0.0"}
UNGUARDED = {"/", "/backups/commit", "/backups/abort", "/backups/status"}
"""What the data port of the cluster answers to anyone; docs/explanation/security.md names them."""

GUARDED = {
    *(
        "/nodes/status",
        "/nodes/statistics",
        "/indices/Note/shards/x/objects",
        "/replicas/indices/Note/shards/x/objects",
    ),
    *("/backups/can-commit", "/exports/prepare", "/exports/commit", "/exports/abort", "/exports/status"),
    *("/cluster/users/db/", "/cluster/object_ttl/x", "/classifications/transactions/x", "/v1/cluster/join"),
}


@attrs.frozen
class Machine:
    """A server with data and a backup on a folder below one that everybody can enter, and its processes."""

    server: EmbeddedServer
    processes: list[psutil.Process]

    def listening(self) -> set[tuple[str, str, int]]:
        """Protocol, address and port of each socket, as ``ss -ltnup`` shows them."""
        connections = [each for process in self.processes for each in process.net_connections()]
        return {
            ("tcp" if each.type.name == "SOCK_STREAM" else "udp", each.laddr.ip, each.laddr.port)
            for each in connections
            if each.status in (psutil.CONN_LISTEN, psutil.CONN_NONE)
        }

    @property
    def cluster_port(self) -> int:
        [server] = [process for process in self.processes if "--scheme" in process.cmdline()]
        return int(server.environ()["CLUSTER_GOSSIP_BIND_PORT"])

    @property
    def vectorizer(self) -> psutil.Process:
        [service] = [process for process in self.processes if vectorizer.PROGRAM in process.cmdline()]
        return service

    def secrets(self) -> set[str]:
        """Every secret that the processes were given."""
        published = json.loads((self.server.data_path / ".weaviate-orm" / "server.json").read_text())
        [server] = [process for process in self.processes if "--scheme" in process.cmdline()]
        environment = server.environ()
        return {
            self.server.api_key,
            published["join_secret"],
            environment["CLUSTER_BASIC_AUTH_PASSWORD"],
            self.vectorizer.environ()[vectorizer.SECRET_VARIABLE],
        }


@pytest.fixture(scope="module")
def machine(binary: Path) -> Iterator[Machine]:
    umask = os.umask(0)  # nothing depends on it
    try:
        with tempfile.TemporaryDirectory(dir="/tmp") as public:
            os.chmod(public, 0o755)
            before = set(psutil.Process().children(recursive=True))
            with EmbeddedServer(EmbeddedOptions(Path(public, "data"))) as server:
                with Client(server.url, AuthApiKey(server.api_key)) as client:
                    client.schema.create_class({"class": "Note", "vectorizer": "text2vec-transformers"})
                    client.data_object.create({"text": "private"}, "Note")
                    client.backup.create("one", "filesystem", wait_for_completion=True)
                yield Machine(server, list(set(psutil.Process().children(recursive=True)) - before))
    finally:
        os.umask(umask)


def as_nobody(function: Callable[[], Any]) -> Any:
    """The answer of a function that another user's process runs."""
    read, write = os.pipe()
    child = os.fork()
    if child == 0:
        try:
            os.close(read)
            os.setgroups([])
            os.setgid(NOBODY)
            os.setuid(NOBODY)
            answer = {"answer": function()}
        except BaseException as error:
            answer = {"error": repr(error)}
        with open(write, "w") as stream:
            json.dump(answer, stream)
        os._exit(0)
    os.close(write)
    with open(read) as stream:
        said = json.load(stream)
    os.waitpid(child, 0)
    assert "error" not in said, said
    return said["answer"]


def statuses_of(path: Path) -> dict[Path, os.stat_result]:
    """What is known of a folder and everything in it; the server removes a file of its own now and then."""
    statuses: dict[Path, os.stat_result] = {}
    for each in (path, *path.rglob("*")):
        with suppress(FileNotFoundError):
            statuses[each] = each.lstat()
    return statuses


def test_every_file_is_for_the_owner_alone(machine: Machine) -> None:
    files = statuses_of(machine.server.data_path)
    names = {path.name for path in files}
    assert {"data", "raft", "note", "schema.db", "lock", "server.log", "server.json", "backups", "one"} <= names
    others = {str(path): oct(status.st_mode) for path, status in files.items() if status.st_mode & 0o077}
    assert others == {}
    assert {status.st_uid for status in files.values()} == {os.geteuid()}
    assert {stat.S_IMODE(each.st_mode) for each in files.values() if stat.S_ISDIR(each.st_mode)} == {0o700}
    own = machine.server.data_path / ".weaviate-orm"
    assert {stat.S_IMODE(path.stat().st_mode) for path in own.iterdir() if path.is_file()} == {0o600}


def test_the_sockets(machine: Machine) -> None:
    cluster = machine.cluster_port
    loopback = {("tcp", cluster), ("udp", cluster), ("tcp", cluster + 2), ("tcp", cluster + 3)}
    loopback |= {("tcp", int(machine.server.url.rpartition(":")[2]))}
    for process in machine.processes:
        if "--scheme" not in process.cmdline():  # the supervisor and the vectorizer have one each
            [own] = [each for each in process.net_connections("tcp") if each.status == psutil.CONN_LISTEN]
            loopback.add(("tcp", own.laddr.port))
    assert len(loopback) == 7
    sockets = machine.listening()
    assert {(kind, port) for kind, address, port in sockets if address == "127.0.0.1"} == loopback
    everywhere = {(kind, port) for kind, address, port in sockets if address in EVERYWHERE}
    assert everywhere == {("tcp", machine.server.grpc_port), ("tcp", cluster + 1)}
    assert {address for _, address, _ in sockets} <= {"127.0.0.1", *EVERYWHERE}


def test_no_process_stands_in_the_data_folder_or_shows_a_secret(machine: Machine) -> None:
    assert len(machine.processes) == 3
    assert {process.cwd() for process in machine.processes} == {"/"}
    secrets = machine.secrets()
    assert len(secrets) == 4
    assert min(map(len, secrets)) > 30
    arguments = " ".join(argument for process in machine.processes for argument in process.cmdline())
    log = (machine.server.data_path / ".weaviate-orm" / "server.log").read_text()
    with Client(machine.server.url, AuthApiKey(machine.server.api_key)) as client:
        answers = f"{client.schema.get()} {client.get_meta()} {client.cluster.get_nodes_status()}"
    assert [secret for secret in secrets for told in (arguments, log, answers) if secret in told] == []


@as_root
def test_another_user_reads_nothing(machine: Machine) -> None:
    files = [str(path) for path in statuses_of(machine.server.data_path)]
    processes = [process.pid for process in machine.processes]
    files += [f"/proc/{process}/{name}" for process in processes for name in ("environ", "cwd", "fd", "mem", "maps")]

    def read() -> list[str]:
        return [path for path in files if _readable(path)]

    closed = [path for path in files if not path.startswith("/proc") and not _readable(path)]
    assert [path for path in closed if os.path.lexists(path)] == []  # root can
    assert as_nobody(read) == []


def _readable(path: str) -> bool:
    try:
        os.listdir(path) if os.path.isdir(path) else os.close(os.open(path, os.O_RDONLY))
    except OSError:
        return False
    return True


@as_root
def test_another_user_reaches_what_tells_nothing(machine: Machine) -> None:
    url = machine.server.url
    [own] = [each for each in machine.vectorizer.net_connections("tcp") if each.status == psutil.CONN_LISTEN]
    service = f"http://127.0.0.1:{own.laddr.port}"
    guarded = [("GET", f"{url}/v1/{path}") for path in ("meta", "schema", "objects", "nodes", "backups/filesystem/one")]
    guarded += [("POST", f"{url}/v1/{path}") for path in ("graphql", "objects", "batch/objects", "schema")]
    guarded += [("DELETE", f"{url}/v1/schema/Note")]
    guarded += [("GET", f"{service}/{path}") for path in ("", "meta", ".well-known/ready")]
    guarded += [("POST", f"{service}/vectors")]

    def statuses() -> list[int]:
        return [requests.request(method, address, json={}, timeout=60).status_code for method, address in guarded]

    assert set(as_nobody(statuses)) == {401}


@as_root
def test_another_user_reaches_of_the_data_port_what_is_written_down(machine: Machine) -> None:
    data_port = f"http://127.0.0.1:{machine.cluster_port + 1}"

    def statuses() -> dict[str, int]:
        return {path: requests.post(data_port + path, json={}, timeout=60).status_code for path in UNGUARDED | GUARDED}

    answered = as_nobody(statuses)
    assert {path for path, status in answered.items() if status == 401} == GUARDED


def test_grpc_asks_for_the_key_on_every_interface(machine: Machine) -> None:
    with grpc.insecure_channel(f"127.0.0.1:{machine.server.grpc_port}") as channel:
        for method in ("Search", "BatchObjects", "BatchDelete", "TenantsGet", "Aggregate"):
            call = channel.unary_unary(f"/weaviate.v1.Weaviate/{method}")
            with pytest.raises(grpc.RpcError) as caught:
                call(b"", timeout=60)
            assert "unauthorized" in caught.value.details(), method  # pyright: ignore[reportOperatorIssue]


def test_raft_still_takes_commands_of_anyone(machine: Machine) -> None:
    """Should it fail one day, docs/explanation/security.md may promise more."""
    drop = b"\x08\x03\x12\x04Note"  # ApplyRequest: TYPE_DELETE_CLASS, and the class
    with grpc.insecure_channel(f"127.0.0.1:{machine.cluster_port + 3}") as channel:
        channel.unary_unary("/weaviate.internal.cluster.ClusterService/Apply")(drop, timeout=60)
    with Client(machine.server.url, AuthApiKey(machine.server.api_key)) as client:
        assert not client.schema.exists("Note")

"""Starting, serving, failing to start."""

from __future__ import annotations

import os
import signal
import socket
import sys
import threading
from contextlib import suppress
from pathlib import Path
from typing import Any

import attrs
import psutil
import pytest
import requests

from weaviate_orm.client.client import Client
from weaviate_orm.embedded import EmbeddedDB, EmbeddedOptions, EmbeddedServer
from weaviate_orm.embedded import server as server_module
from weaviate_orm.embedded.opener import open_embedded
from weaviate_orm.embedded.ports import Ports, choose_ports
from weaviate_orm.exceptions import ConfigurationError, EmbeddedServerError
from weaviate_orm.http.auth import AuthApiKey

pytestmark = pytest.mark.usefixtures("binary")


def options(path: Path | None = None, **more: object) -> EmbeddedOptions:
    settings: dict[str, Any] = {"startup_timeout": 240, **more}
    return EmbeddedOptions(persistence_data_path=path, vectorizer=False, **settings)


def test_data_survive_a_restart_and_a_folder_has_one_server(tmp_path: Path) -> None:
    with Client("embedded://", embedded_options=options(tmp_path)) as client:
        client.schema.create_class({"class": "Kept", "properties": [{"name": "name", "dataType": ["text"]}]})
        with Client(f"embedded://{tmp_path}", embedded_options=options()) as second:
            assert second.url == client.url
        assert client.is_ready()  # the second one did not stop what the first one uses
        with pytest.raises(ConfigurationError, match="does not match the options: port is"):
            open_embedded(f"embedded://{tmp_path}", options(port=choose_ports().http))
    with pytest.raises(requests.ConnectionError):
        requests.get(client.url, timeout=60)
    with Client(f"embedded://{tmp_path}", embedded_options=options()) as again:
        assert again.schema.exists("Kept")


def test_without_a_url_data_are_kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path))
    with Client(embedded_options=options()) as client:
        client.schema.create_class({"class": "Kept"})
    with Client(embedded_options=options()) as again, Client(embedded_options=options()) as second:
        assert again.schema.exists("Kept")
        assert second.url == again.url


def test_the_interface_is_the_named_one() -> None:
    # another address of loopback; not every system has one
    with EmbeddedServer(options(hostname="127.0.0.2" if sys.platform == "linux" else "localhost")) as server:
        port = server.url.rpartition(":")[2]
        assert requests.get(f"{server.url}/v1/.well-known/ready", timeout=60).ok
        if sys.platform == "linux":
            with pytest.raises(requests.ConnectionError):
                requests.get(f"http://127.0.0.1:{port}/v1/.well-known/ready", timeout=60)


def test_a_server_that_is_started_by_hand(tmp_path: Path) -> None:
    database = EmbeddedDB(options(tmp_path))
    assert not database.is_listening()
    database.ensure_running()
    database.start()
    assert database.api_key is not None
    url = f"http://localhost:{database.options.port}"
    with Client(url, auth_client_secret=AuthApiKey(database.api_key)) as client:
        assert client.is_ready()
    database.stop()
    database.stop()
    assert not database.is_listening()


def test_the_ports_are_the_given_ones_and_each_asks_for_a_secret() -> None:
    ports = choose_ports()
    others = open_beyond_loopback()
    with EmbeddedServer(
        options(
            port=ports.http,
            grpc_port=ports.grpc,
            additional_env_vars={"AUTHENTICATION_APIKEY_ALLOWED_KEYS": "mine"},
        )
    ) as server:
        assert server.url == f"http://127.0.0.1:{ports.http}"
        assert server.api_key == "mine"
        assert "mine" not in repr(server)
        assert requests.get(f"{server.url}/v1/meta", timeout=60).status_code == 401
        wrong = {"Authorization": "Bearer other"}
        assert requests.get(f"{server.url}/v1/meta", headers=wrong, timeout=60).status_code == 401
        right = {"Authorization": "Bearer mine"}
        assert requests.get(f"{server.url}/v1/meta", headers=right, timeout=60).json()["version"]
        with socket.create_connection(("127.0.0.1", server.grpc_port), timeout=60):
            pass
        open_to_all = open_beyond_loopback() - others - {server.grpc_port}
        assert len(open_to_all) == 1  # the cluster's data port
        status = f"http://127.0.0.1:{open_to_all.pop()}/nodes/status"
        assert requests.get(status, headers=right, timeout=60).status_code == 401
        assert server.data_path.is_dir()
    assert not server.data_path.exists()
    server.close()


def open_beyond_loopback() -> set[int]:
    ports = set()
    for child in psutil.Process().children(recursive=True):
        with suppress(psutil.Error):  # one of another test that ends at this moment
            listening = [each for each in child.net_connections() if each.status == psutil.CONN_LISTEN]
            ports |= {each.laddr.port for each in listening if each.laddr.ip != "127.0.0.1"}
    return ports


def test_another_port_is_tried_when_one_is_taken_meanwhile(monkeypatch: pytest.MonkeyPatch) -> None:
    chosen: list[Ports] = []
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen()

        def taken_at_first(http: int | None, grpc: int | None) -> Ports:
            ports = choose_ports(http, grpc)
            chosen.append(ports if chosen else attrs.evolve(ports, cluster=listener.getsockname()[1]))
            return chosen[-1]

        monkeypatch.setattr(server_module, "choose_ports", taken_at_first)
        with EmbeddedServer(options()) as server:
            assert server.url.endswith(f":{chosen[-1].http}")
    assert len(chosen) > 1  # a second one may be taken meanwhile, too


def test_two_that_start_at_once(tmp_path: Path) -> None:
    servers: list[EmbeddedServer] = []
    threads = [threading.Thread(target=lambda: servers.append(EmbeddedServer(options()))) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len({server.url for server in servers}) == 2
    for server in servers:
        assert server.is_running()  # the threads that started them are gone
        server.close()


def test_a_server_that_dies_at_the_start_leaves_its_last_words(tmp_path: Path) -> None:
    with pytest.raises(EmbeddedServerError, match=r"(?s)weaviate ended with exit code 1.*QUERY_DEFAULTS_LIMIT"):
        EmbeddedServer(options(tmp_path, additional_env_vars={"QUERY_DEFAULTS_LIMIT": "many"}))


def test_what_is_no_program_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    broken = tmp_path / "weaviate-server"
    broken.write_bytes(b"\x7fELF broken")
    broken.chmod(0o755)
    with pytest.raises(EmbeddedServerError, match=f"{broken} cannot be run: Exec format error"):
        EmbeddedServer(options(binary=broken))
    assert [path.name for path in tmp_path.iterdir()] == [broken.name]  # the temporary folder is gone


def test_a_start_that_takes_too_long_is_given_up(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    with pytest.raises(EmbeddedServerError, match=r"not ready at .* after 0.01 s"):
        EmbeddedServer(options(startup_timeout=0.01))
    assert list(tmp_path.iterdir()) == []


def test_a_folder_that_cannot_be_made(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(EmbeddedServerError, match="cannot be used"):
        EmbeddedServer(options(tmp_path / "file" / "below"))


@pytest.mark.skipif(sys.platform != "linux", reason="finds the server by /proc")
def test_a_server_that_crashed_is_started_anew(tmp_path: Path) -> None:
    first = open_embedded(f"embedded://{tmp_path}", options())
    lock = tmp_path / ".weaviate-orm" / "lock"
    [crashed] = [int(entry.name) for entry in Path("/proc").iterdir() if entry.name.isdigit() and _serves(entry, lock)]
    os.kill(crashed, signal.SIGKILL)
    while True:  # until the supervisor said so
        second = open_embedded(f"embedded://{tmp_path}", options())
        if second.url != first.url:
            break
        second.close()
    assert requests.get(f"{second.url}/v1/.well-known/ready", timeout=60).ok
    first.close()
    assert requests.get(f"{second.url}/v1/.well-known/ready", timeout=60).ok  # the first one's share was in another
    second.close()


def _serves(process: Path, lock: Path) -> bool:
    try:
        program = (process / "cmdline").read_bytes().split(b"\0")
        return b"--scheme" in program and any(
            os.path.samefile(open_file, lock) for open_file in (process / "fd").iterdir() if open_file.exists()
        )
    except OSError:
        return False

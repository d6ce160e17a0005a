"""One server for all programs of a user that open the same folder, until the last of them ends."""

from __future__ import annotations

import json
import os
import shutil
import signal
import socket
import stat
import subprocess
import sys
import threading
import time
from pathlib import Path
from typing import Any

import attrs
import psutil
import pytest
import requests

from weaviate_orm.client.batch import Batch
from weaviate_orm.client.client import Client
from weaviate_orm.client.config import Config
from weaviate_orm.embedded import EmbeddedOptions, EmbeddedServer
from weaviate_orm.embedded.binary import SERVER_VARIABLE
from weaviate_orm.embedded.folder import open_folder
from weaviate_orm.embedded.published import Published, read_published
from weaviate_orm.embedded.supervisor import join
from weaviate_orm.exceptions import ConfigurationError, EmbeddedServerError
from weaviate_orm.http.auth import AuthApiKey

from .applications import applications, is_free, servers_on, wait_until_free

pytestmark = pytest.mark.usefixtures("binary")


def options(path: Path | None, **more: Any) -> EmbeddedOptions:
    return EmbeddedOptions(path, vectorizer=False, **{"startup_timeout": 240, **more})


def published(path: Path) -> Path:
    return path / ".weaviate-orm" / "server.json"


def answers(url: str) -> bool:
    try:
        return requests.get(f"{url}/v1/.well-known/ready", timeout=60).ok
    except requests.ConnectionError:
        return False


def test_the_server_ends_with_the_last_program_and_not_with_the_first(tmp_path: Path) -> None:
    with applications(tmp_path, 1) as [first]:
        url = first.url()
        with applications(tmp_path, 2) as others:
            assert [other.url() for other in others] == [url, url]
            assert first.end() == 0
            assert answers(url)
            assert others[0].end() == 0
            assert answers(url)
            assert others[1].end() == 0
    assert is_free(tmp_path)
    assert not published(tmp_path).exists()


def test_no_program_that_is_killed_takes_the_server_with_it_or_keeps_it(tmp_path: Path) -> None:
    with applications(tmp_path, 1) as [first]:
        url = first.url()
        with applications(tmp_path, 2) as others:
            assert [other.url() for other in others] == [url, url]
            first.kill()
            others[0].kill()
            assert len(servers_on(tmp_path)) == 1
            assert others[1].process.poll() is None
            assert answers(url)
            others[1].kill()
    wait_until_free(tmp_path)
    assert not published(tmp_path).exists()


def test_programs_that_start_at_once_share_one_server(tmp_path: Path) -> None:
    with applications(tmp_path, 6) as running:
        assert len({application.url() for application in running}) == 1
        assert len(servers_on(tmp_path)) == 1
        assert {application.end() for application in running} == {0}
    assert is_free(tmp_path)


def test_when_the_one_that_starts_the_server_is_killed_another_one_does_it(tmp_path: Path) -> None:
    with applications(tmp_path, 1) as [first]:
        while not servers_on(tmp_path):
            assert first.process.poll() is None
        with applications(tmp_path, 2) as others:
            first.kill()
            assert len({other.url() for other in others}) == 1
            assert len(servers_on(tmp_path)) == 1


def test_one_that_opens_while_the_last_one_leaves(tmp_path: Path) -> None:
    urls = set()
    server = EmbeddedServer(options(tmp_path))
    for number in range(4):
        leaving = threading.Thread(target=server.close)
        leaving.start()
        if number % 2:  # at once, or when the stop has begun
            leaving.join()
        server = EmbeddedServer(options(tmp_path))
        assert answers(server.url)
        assert server.is_running()
        assert len(servers_on(tmp_path)) == 1
        urls.add(server.url)
        leaving.join()
    server.close()
    assert is_free(tmp_path)
    assert len(urls) > 1


def test_threads_of_one_process_share_it_too(tmp_path: Path) -> None:
    servers: list[EmbeddedServer] = []
    threads = [threading.Thread(target=lambda: servers.append(EmbeddedServer(options(tmp_path)))) for _ in range(5)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(servers) == 5
    assert len({server.url for server in servers}) == 1
    for server in servers:
        assert server.is_running()
        assert answers(server.url)
        server.close()
        assert not server.is_running()
    assert is_free(tmp_path)


FORKING = """
import os, sys
from weaviate_orm.embedded import EmbeddedOptions, EmbeddedServer

options = EmbeddedOptions(sys.argv[1], vectorizer=False, startup_timeout=240)
server = EmbeddedServer(options)
if os.fork() == 0:
    assert not server.is_running()  # it is the parent's
    server.close()
    own = EmbeddedServer(options)
    assert own.url == server.url
    print(own.url, flush=True)
    sys.stdin.readline()
    own.close()
    os._exit(0)
os.wait()
"""


def test_a_forked_child_that_opens_the_folder_is_a_user_of_its_own(tmp_path: Path) -> None:
    command = [sys.executable, "-W", "ignore", "-c", FORKING, str(tmp_path)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as parent:
        assert parent.stdout is not None
        url = parent.stdout.readline().strip()
        parent.kill()
        parent.wait()
        time.sleep(1.5)  # longer than the supervisor looks after its parent
        assert answers(url)
        parent.communicate("\n", timeout=240)  # to the child, which has its input
    wait_until_free(tmp_path)


def test_what_is_not_asked_for_may_be_anything_and_what_is_must_be_so(tmp_path: Path) -> None:
    variables = {"QUERY_DEFAULTS_LIMIT": 25, "AUTHENTICATION_APIKEY_ALLOWED_KEYS": "mine", "OPENAI_APIKEY": "s3cret"}
    with EmbeddedServer(options(tmp_path, additional_env_vars=variables)) as first:
        assert "s3cret" not in published(tmp_path).read_text()
        with EmbeddedServer(options(tmp_path)) as second:
            assert (second.url, second.api_key, second.grpc_port) == (first.url, "mine", first.grpc_port)
        same = options(tmp_path, additional_env_vars={"OPENAI_APIKEY": "s3cret"}, grpc_port=first.grpc_port)
        with EmbeddedServer(same) as third:
            assert third.data_path == first.data_path
        for asked, said in (
            ({"version": "1.30.0"}, "version is .*, not 1.30.0"),
            ({"port": 8080}, f"port is {first.url.rpartition(':')[2]}, not 8080"),
            ({"hostname": "localhost"}, "hostname is 127.0.0.1, not localhost"),
            ({"binary": "/srv/weaviate"}, "binary is .*, not /srv/weaviate"),
            ({"additional_env_vars": {"OPENAI_APIKEY": "other", "A": "1"}}, "OPENAI_APIKEY is another; A is not set"),
        ):
            with pytest.raises(ConfigurationError, match=said) as caught:
                EmbeddedServer(options(tmp_path, **asked))
            assert "s3cret" not in str(caught.value)
        with pytest.raises(ConfigurationError, match="it has no vectorizer"):
            EmbeddedServer(EmbeddedOptions(tmp_path))
        assert first.is_running()


def test_what_is_published_is_for_the_owner_alone(tmp_path: Path) -> None:
    before = os.umask(0)
    try:
        with EmbeddedServer(options(tmp_path)):
            status = published(tmp_path).lstat()
            assert stat.S_IMODE(status.st_mode) == 0o600
            assert status.st_uid == os.geteuid()
    finally:
        os.umask(before)


@pytest.mark.parametrize("how", ["open to others", "a link", "a pipe", "a folder", "of another user"])
def test_what_others_may_have_written_is_not_trusted(tmp_path: Path, how: str) -> None:
    path = published(tmp_path)
    path.parent.mkdir()
    path.write_text(json.dumps({"url": "http://127.0.0.1:1"}))
    path.chmod(0o600)
    if how == "open to others":
        path.chmod(0o644)
    elif how == "a link":
        path.rename(path.with_name("elsewhere"))
        path.symlink_to("elsewhere")
    elif how == "a pipe":
        path.unlink()
        os.mkfifo(path, 0o600)
    elif how == "a folder":
        path.unlink()
        path.mkdir(0o700)
    elif os.geteuid() == 0:
        os.chown(path, 1, -1)
    else:
        pytest.skip("only root can give a file away")
    folder = open_folder(tmp_path)
    assert folder.acquire()  # as a server that runs has it; where none does, the file is not read
    try:
        with pytest.raises(EmbeddedServerError, match=r"server\.json is not trusted"):
            EmbeddedServer(options(tmp_path))
    finally:
        folder.release()


def test_what_a_crash_left_is_recognised(tmp_path: Path) -> None:
    with applications(tmp_path, 1) as [killed]:
        url = killed.url()
        [server] = servers_on(tmp_path)
        supervisor = server.parent()
        assert supervisor is not None
        for process in (supervisor, server, psutil.Process(killed.process.pid)):
            process.suspend()  # so that none notices how another one ends
        for process in (supervisor, server, psutil.Process(killed.process.pid)):
            process.kill()
        killed.process.wait()
        wait_until_free(tmp_path)
        assert json.loads(published(tmp_path).read_text())["url"] == url
        with EmbeddedServer(options(tmp_path)) as fresh:
            assert answers(fresh.url)
            assert json.loads(published(tmp_path).read_text())["url"] == fresh.url


WRONG_TYPES = json.dumps({field.name: None for field in attrs.fields(Published)})


@pytest.mark.parametrize("content", ["", "{", "[]", "{}", '{"url": 1}', "[" * 100_000, WRONG_TYPES])
def test_a_damaged_file_says_nothing(tmp_path: Path, content: str) -> None:
    published(tmp_path).parent.mkdir()
    published(tmp_path).write_text(content)
    published(tmp_path).chmod(0o600)
    published(tmp_path).with_name("server.json.c0ffee").write_text(content)
    folder = open_folder(tmp_path)
    assert read_published(folder) is None
    folder.prepare()
    assert [path.name for path in published(tmp_path).parent.iterdir()] == ["lock"]
    folder.release()


def test_a_copy_of_a_folder_has_a_server_of_its_own(tmp_path: Path) -> None:
    with EmbeddedServer(options(tmp_path / "one")) as one:
        shutil.copytree(tmp_path / "one", tmp_path / "two")
        assert json.loads(published(tmp_path / "two").read_text())["url"] == one.url
        with EmbeddedServer(options(tmp_path / "two")) as two:
            assert two.url != one.url


def test_joining_needs_no_executable(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with EmbeddedServer(options(tmp_path)) as first:
        monkeypatch.setenv(SERVER_VARIABLE, str(tmp_path / "gone"))
        with EmbeddedServer(options(tmp_path)) as second:
            assert second.url == first.url


def test_a_temporary_folder_is_private(tmp_path: Path) -> None:
    with EmbeddedServer(options(None)) as server:
        assert not published(server.data_path).exists()
        with pytest.raises(EmbeddedServerError, match=r"locked by a server that could not be joined for 0\.2 s"):
            EmbeddedServer(options(server.data_path, startup_timeout=0.2))


def test_strangers_neither_keep_the_server_nor_hinder_others(tmp_path: Path) -> None:
    server = EmbeddedServer(options(tmp_path))
    port = json.loads(published(tmp_path).read_text())["join_port"]
    strangers = [socket.create_connection(("127.0.0.1", port), timeout=60) for _ in range(60)]
    try:
        for number, stranger in enumerate(strangers):
            if number % 3:
                stranger.sendall(b"x" * 64 + b"\n" if number % 3 == 1 else b"x" * 5000)
        refused = [stranger for number, stranger in enumerate(strangers) if number % 3]
        assert {_answer(stranger) for stranger in refused} == {b""}
        with EmbeddedServer(options(tmp_path)) as second:
            assert second.url == server.url
        server.close()
        assert is_free(tmp_path)
        assert not answers(server.url)
    finally:
        for stranger in strangers:
            stranger.close()


def _answer(connection: socket.socket) -> bytes:
    """What comes after the challenge, until the end."""
    try:
        with connection.makefile("rb") as stream:
            assert len(stream.readline()) == 65
            return stream.read()
    except ConnectionResetError:  # it was closed before all was read
        return b""


def test_who_listens_where_a_supervisor_did_learns_no_secret_and_is_not_believed(tmp_path: Path) -> None:
    content = {
        **{"url": "http://127.0.0.1:1", "grpc_port": 2, "api_key": "k", "version": "1.39.2", "binary": "/weaviate"},
        **{"hostname": "127.0.0.1", "port": 1, "vectorizer": False, "variables": {}, "join_secret": "s3cret"},
    }
    heard: list[bytes] = []

    def impersonate(listener: socket.socket) -> None:
        connection, _ = listener.accept()
        with connection, connection.makefile("rwb") as stream:
            stream.write(b"0" * 64 + b"\n")
            stream.flush()
            heard.append(stream.readline())
            stream.write(b"welcome " + heard[0].split()[-1] + b"\n")
            stream.flush()
            heard.append(stream.read())

    folder = open_folder(tmp_path)
    assert folder.acquire()  # a server that hangs, say, whose supervisor is gone
    with socket.create_server(("127.0.0.1", 0)) as listener:
        content |= {"folder": folder.identity, "join_port": listener.getsockname()[1]}
        published(tmp_path).touch(0o600)
        published(tmp_path).write_text(json.dumps(content))
        thread = threading.Thread(target=impersonate, args=[listener])
        thread.start()
        said = read_published(folder)
        assert said is not None
        assert join(said.join_port, said.join_secret) is None
        thread.join()
    folder.release()
    assert b"s3cret" not in b"".join(heard)
    assert heard[0].count(b" ") == 1
    assert heard[1] == b""


def test_each_program_is_told_that_the_server_crashed_and_the_next_one_starts_another(tmp_path: Path) -> None:
    first, second = EmbeddedServer(options(tmp_path)), EmbeddedServer(options(tmp_path))
    [server] = servers_on(tmp_path)
    server.send_signal(signal.SIGKILL)
    assert first.wait() == second.wait() == "weaviate ended with exit code -9"
    with EmbeddedServer(options(tmp_path)) as third:
        assert third.url != first.url
        first.close()
        second.close()
        assert answers(third.url)


WRONG_ARGUMENTS: list[dict[str, Any]] = [
    {"timeout_config": -1},
    {"additional_headers": {"X-Key": "two\nlines"}},
    {"additional_headers": {"Authorization": "Bearer x"}},  # a warning, which is an error here
    {"additional_headers": {"X-Key": "a"}, "auth_client_secret": "no credentials"},
    {"auth_client_secret": AuthApiKey("another key")},
    {"proxies": "http://127.0.0.1:1"},
    {"startup_period": -1},
    {"additional_config": "no config"},
    {"additional_config": Config(grpc_port_experimental=1)},
]


@pytest.mark.filterwarnings("error::UserWarning")
def test_a_client_that_cannot_be_made_leaves_the_server(tmp_path: Path) -> None:
    with EmbeddedServer(options(tmp_path)):
        [server] = servers_on(tmp_path)
        supervisor = server.parent()
        assert supervisor is not None
        for wrong in WRONG_ARGUMENTS:
            with pytest.raises(Exception):  # noqa: B017, PT011 - whatever it is
                Client(f"embedded://{tmp_path}", embedded_options=options(None), **{"startup_period": 0.1, **wrong})
            joined = [each for each in supervisor.net_connections() if each.status == psutil.CONN_ESTABLISHED]
            assert joined == [], wrong
    assert is_free(tmp_path)


def test_one_that_is_interrupted_leaves_it_too(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupted(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("weaviate_orm.client.client.check_server", interrupted)
    with pytest.raises(KeyboardInterrupt):
        Client(f"embedded://{tmp_path}", embedded_options=options(None))
    assert is_free(tmp_path)


def test_a_client_whose_batch_cannot_be_ended_leaves_it_too(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    client = Client(f"embedded://{tmp_path}", embedded_options=options(None))

    def interrupted(_: Batch) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(Batch, "shutdown", interrupted)
    with pytest.raises(KeyboardInterrupt):
        client.close()
    assert is_free(tmp_path)


def test_the_command_and_a_client_share_a_server(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "weaviate_orm.embedded", "run", "--no-vectorizer", "--path", str(tmp_path)]
    environment = {**os.environ, "WEAVIATE_API_KEY": "chosen"}
    with subprocess.Popen(
        command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
    ) as run:
        assert run.stdout is not None
        url = run.stdout.readline().strip().removeprefix("WEAVIATE_URL=")
        with Client(f"embedded://{tmp_path}", embedded_options=options(None)) as client:
            assert client.url == url
            run.terminate()
            assert run.wait(240) == 0
            assert client.is_ready()
    assert is_free(tmp_path)

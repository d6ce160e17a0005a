"""Many short programs, one after the other, on one embedded server."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import psutil
import pytest

from weaviate_orm.embedded import EmbeddedOptions, EmbeddedServer
from weaviate_orm.embedded.ports import choose_ports
from weaviate_orm.exceptions import ConfigurationError

from .applications import servers_on, wait_until_free

pytestmark = pytest.mark.usefixtures("binary")

LONG = 600.0
"""Seconds in which any machine starts a program."""

PROGRAM = """
import os, signal, sys
from weaviate_orm import Client
from weaviate_orm.embedded import EmbeddedOptions

options = EmbeddedOptions(vectorizer=False, linger=float(sys.argv[2]), startup_timeout=240)
client = Client("embedded://" + sys.argv[1], embedded_options=options)
print(client.url, flush=True)
if sys.argv[3] == "kill":
    os.kill(os.getpid(), signal.SIGKILL)
if sys.argv[3] == "close":
    client.close()
"""


def run(path: Path, linger: float, end: str) -> str:
    """Run a program that uses the server and ends; the address of the server."""
    command = [sys.executable, "-c", PROGRAM, str(path), str(linger), end]
    done = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=False)
    assert done.returncode == (-signal.SIGKILL if end == "kill" else 0)
    return done.stdout.strip()


def stop(path: Path) -> None:
    for server in servers_on(path):
        supervisor = server.parent()
        assert supervisor is not None
        supervisor.terminate()
    wait_until_free(path)


def test_programs_one_after_the_other_have_one_server(tmp_path: Path) -> None:
    try:
        urls = {run(tmp_path, LONG, end) for end in ("close", "exit", "kill", "close", "kill")}
        assert len(urls) == 1
        [server] = servers_on(tmp_path)
        with EmbeddedServer(EmbeddedOptions(tmp_path, vectorizer=False)) as joined:  # whatever its own linger is
            assert {joined.url} == urls
        assert servers_on(tmp_path) == [server]
    finally:
        stop(tmp_path)
    assert not (tmp_path / ".weaviate-orm" / "server.json").exists()


@pytest.mark.parametrize("end", ["close", "kill"])
def test_it_ends_when_nobody_comes(tmp_path: Path, end: str) -> None:
    run(tmp_path, 0.5, end)
    wait_until_free(tmp_path)
    assert servers_on(tmp_path) == []


def test_a_server_that_ends_while_it_lingers_is_started_again(tmp_path: Path) -> None:
    try:
        first = run(tmp_path, LONG, "close")
        [server] = servers_on(tmp_path)
        server.kill()
        psutil.wait_procs([server])
        wait_until_free(tmp_path)
        assert run(tmp_path, LONG, "close") != first
    finally:
        stop(tmp_path)


def test_one_that_lingers_makes_way_for_other_options(tmp_path: Path) -> None:
    try:
        first = run(tmp_path, LONG, "close")
        ports = choose_ports()
        options = EmbeddedOptions(
            tmp_path, vectorizer=False, port=ports.http, additional_env_vars={"LOG_LEVEL": "error"}
        )
        with EmbeddedServer(options) as server:
            assert server.url == f"http://127.0.0.1:{ports.http}" != first
            with pytest.raises(ConfigurationError, match="port is"):  # that is used, and stays
                EmbeddedServer(EmbeddedOptions(tmp_path, vectorizer=False, port=choose_ports().http))
            assert server.is_running()
            assert len(servers_on(tmp_path)) == 1
        assert servers_on(tmp_path) == []
    finally:
        stop(tmp_path)


def test_one_on_a_temporary_folder_does_not_linger() -> None:
    server = EmbeddedServer(EmbeddedOptions(vectorizer=False, linger=LONG))
    server.close()
    assert not server.data_path.exists()


def test_a_program_that_is_forked_keeps_it_no_longer(tmp_path: Path) -> None:
    with EmbeddedServer(EmbeddedOptions(tmp_path, vectorizer=False, linger=0.5)) as server:
        child = os.fork()
        if child == 0:
            signal.pause()
    try:
        wait_until_free(tmp_path)
        assert not server.is_running()
    finally:
        os.kill(child, signal.SIGKILL)
        os.waitpid(child, 0)

"""``weaviate-orm explore``: a process that serves pages, and keeps its key to itself."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from urllib.parse import urlsplit

import pytest
import requests

from tests.cli.conftest import Project
from weaviate_orm import Client
from weaviate_orm.testing import Server

SECONDS = 120


@contextmanager
def explorer(project: Project, *options: str) -> Iterator[tuple[str, subprocess.Popen[str]]]:
    """Run the command for a block; its address."""
    process = subprocess.Popen(
        [sys.executable, "-m", "weaviate_orm", "explore", "--port", "0", "--json", *options],
        cwd=project.folder,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path), **project.environment},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        assert process.stdout is not None
        document = ""
        while not document.endswith("}\n"):
            line = process.stdout.readline()
            assert line, process.communicate()
            document += line
        yield json.loads(document)["address"], process
    finally:
        process.kill()
        process.communicate()


def test_pages_are_served_until_ctrl_c(project: Project, client: Client, server: Server, unique: str) -> None:
    client.schema.create_class({"class": f"{unique}Item", "properties": [{"name": "title", "dataType": ["text"]}]})
    id = client.data_object.create({"title": "a lamp"}, f"{unique}Item")
    with explorer(project) as (address, process):
        assert address.startswith("http://127.0.0.1:")
        assert requests.get(address.partition("?")[0], timeout=SECONDS).status_code == 401
        with requests.Session() as browser:
            overview = browser.get(address, timeout=SECONDS)
            assert f"{unique}Item" in overview.text
            page = browser.get(f"{overview.url}collections/{unique}Item/objects/{id}", timeout=SECONDS)
            assert "a lamp" in page.text
            assert (server.api_key or "?" * 20) not in page.text + str(page.headers)
            assert browser.get(f"{page.url}/edit", timeout=SECONDS).status_code == 403
        assert requests.get(address, headers={"Host": "evil.example"}, timeout=SECONDS).status_code == 403
        process.send_signal(signal.SIGINT)
        output, errors = process.communicate(timeout=SECONDS)
    assert (process.returncode, errors) == (0, "")
    assert (server.api_key or "?" * 20) not in output


def test_write(project: Project, client: Client, unique: str) -> None:
    client.schema.create_class({"class": f"{unique}Item", "properties": [{"name": "title", "dataType": ["text"]}]})
    id = client.data_object.create({"title": "a lamp"}, f"{unique}Item")
    with explorer(project, "--write") as (address, _):
        with requests.Session() as browser:
            overview = browser.get(address, timeout=SECONDS)
            page = browser.get(f"{overview.url}collections/{unique}Item/objects/{id}/edit", timeout=SECONDS)
        assert page.status_code == 200


def test_only_this_machine_is_listened_to(project: Project) -> None:
    with explorer(project) as (address, _):
        port = urlsplit(address).port
        with socket.socket() as elsewhere, pytest.raises((ConnectionRefusedError, TimeoutError)):
            elsewhere.settimeout(5)
            elsewhere.connect(("127.0.0.2", port))


def test_addresses_that_cannot_be_listened_to(project: Project) -> None:
    result = project.run("explore", "--host", "0.0.0.0")
    assert result.exit_code == 2
    assert "--host is the one name by which browsers reach the explorer" in result.stderr
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = str(other.getsockname()[1])
        result = project.run("explore", "--port", port)
    assert result.exit_code == 2
    assert f"--port {port}" in result.stderr
    assert "--port 0 takes any that is free" in result.stderr


def test_without_the_extra(project: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in [name for name in sys.modules if name.startswith(("weaviate_orm.explorer.", "starlette"))]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, "starlette", None)
    result = project.run("explore")
    assert result.exit_code == 2
    assert 'pip install "weaviate-mapper[explorer]"' in result.stderr

"""``embedded://PATH`` in the processes of web servers: one server for all of them, which ends with the last."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from contextlib import suppress
from pathlib import Path

import pytest
import requests

from tests.contrib.uvicorn_servers import uvicorn_process
from weaviate_orm.embedded.ports import choose_ports

from .applications import servers_on, wait_until_free

pytestmark = pytest.mark.usefixtures("binary")

OPENED = """
import os
from weaviate_orm import Client
from weaviate_orm.embedded import EmbeddedOptions

client = Client("embedded://data", embedded_options=EmbeddedOptions(vectorizer=False, startup_timeout=240))

def answer():
    assert client.get_meta()["version"]
    return f"{os.getpid()} {client.url}".encode()
"""

ASGI = f"""{OPENED}
async def app(scope, receive, send):
    if scope["type"] == "http":
        await send({{"type": "http.response.start", "status": 200, "headers": []}})
        await send({{"type": "http.response.body", "body": answer()}})
"""

WSGI = f"""{OPENED}
def app(environment, start_response):
    start_response("200 OK", [])
    return [answer()]
"""


def answers(url: str, count: int) -> set[tuple[str, str]]:
    """The processes that answer, with the address of the server of each, once there are enough of them."""
    processes: set[tuple[str, str]] = set()
    while len(processes) < count:
        try:
            process, address = requests.get(url, timeout=60).text.split()
            processes.add((process, address))
        except requests.RequestException:  # a worker that was killed
            time.sleep(0.05)
    return processes


@pytest.mark.timeout(600)
def test_workers_of_uvicorn(tmp_path: Path) -> None:
    (tmp_path / "main.py").write_text(ASGI, encoding="utf-8")
    data = tmp_path / "data"
    arguments = ["--workers", "2", "--lifespan", "off", "--log-level", "warning", "main:app"]
    with uvicorn_process(arguments, tmp_path / "output", cwd=tmp_path) as running:
        running.wait_for("/")
        first = answers(running.url, 2)
        assert len({address for _, address in first}) == 1
        assert len(servers_on(data)) == 1
        for process, _ in first:  # it makes others in their place
            with suppress(ProcessLookupError):  # it has taken one for dead that was only slow
                os.kill(int(process), signal.SIGKILL)
            assert {address for _, address in answers(running.url, 2)} == {address for _, address in first}
            assert len(servers_on(data)) == 1
    wait_until_free(data)


@pytest.mark.timeout(600)
@pytest.mark.parametrize("preload", [[], ["--preload"]])
@pytest.mark.parametrize("end", [signal.SIGTERM, signal.SIGKILL])
def test_workers_of_gunicorn(tmp_path: Path, preload: list[str], end: signal.Signals) -> None:
    (tmp_path / "main.py").write_text(WSGI, encoding="utf-8")
    data = tmp_path / "data"
    address = f"127.0.0.1:{choose_ports().http}"
    command = [
        *(sys.executable, "-m", "gunicorn", "--bind", address, "--workers", "2", "--threads", "2", *preload),
        *("--timeout", "300", "--no-control-socket", "--log-level", "warning", "main:app"),
    ]
    with subprocess.Popen(command, cwd=tmp_path) as process:
        try:
            both = answers(f"http://{address}", 2)
            assert len({url for _, url in both}) == 1
            assert len(servers_on(data)) == 1
            process.send_signal(end)
            process.wait(240)
        finally:
            process.kill()
    wait_until_free(data)
    assert servers_on(data) == []

"""Applications served by uvicorn: in a thread of the tests, and in processes of its own."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import requests
import uvicorn

from weaviate_orm.embedded.ports import choose_ports

ROOT = Path(__file__).parents[2]


@contextmanager
def served(app: Any) -> Iterator[str]:
    """Serve an application in a thread for a block; its URL."""
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        listening.listen(128)
        server = uvicorn.Server(uvicorn.Config(app, log_level="warning"))
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listening]})
        thread.start()
        try:
            while not server.started and thread.is_alive():
                time.sleep(0.01)
            assert server.started
            yield f"http://127.0.0.1:{listening.getsockname()[1]}"
        finally:
            server.should_exit = True
            thread.join()


class UvicornProcess:
    """``python -m uvicorn`` with some arguments, and what it writes."""

    def __init__(self, arguments: list[str], cwd: Path, environment: Mapping[str, str], output: Path) -> None:
        self.port = choose_ports().http
        self.url = f"http://127.0.0.1:{self.port}"
        self._output = output
        self._file = output.open("wb")
        self.process = subprocess.Popen(
            [sys.executable, "-W", "always::ResourceWarning", "-m", "uvicorn", "--port", str(self.port), *arguments],
            cwd=cwd,
            env={**os.environ, "PYTHONPATH": f"{ROOT}{os.pathsep}{os.environ.get('PYTHONPATH', '')}", **environment},
            stdout=self._file,
            stderr=subprocess.STDOUT,
        )

    def text(self) -> str:
        """What it has written."""
        return self._output.read_text(encoding="utf-8", errors="replace")

    def wait_for(self, path: str, expected: str | None = None) -> str:
        """Wait until it answers, or answers with a text; the answer."""
        while True:
            assert self.process.poll() is None, self.text()
            try:
                # it may take the connection long before there is an application
                response = requests.get(self.url + path, timeout=240)
                if response.ok and expected in (None, response.text):
                    return response.text
            except requests.ConnectionError:
                pass
            time.sleep(0.1)

    def end(self) -> str:
        """End it as a user does, by the keys; what it has written."""
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGINT)
            self.process.wait(timeout=240)
        self._file.close()
        return self.text()


@contextmanager
def uvicorn_process(
    arguments: list[str], output: Path, *, cwd: Path = ROOT, environment: Mapping[str, str] | None = None
) -> Iterator[UvicornProcess]:
    """Run uvicorn for a block; it is killed if the block has not ended it."""
    running = UvicornProcess(arguments, cwd, environment or {}, output)
    try:
        yield running
    finally:
        try:
            running.end()
        finally:
            running.process.kill()
            running.process.wait()

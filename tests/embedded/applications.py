"""Programs that use an embedded server until they are told to end."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psutil

from weaviate_orm.embedded.folder import open_folder

SOURCE = """
import sys
from weaviate_orm import Client
from weaviate_orm.embedded import EmbeddedOptions

options = EmbeddedOptions(vectorizer=False, startup_timeout=240)
with Client("embedded://" + sys.argv[1], embedded_options=options) as client:
    assert client.get_meta()["version"]
    print(client.url, flush=True)
    sys.stdin.readline()
    assert client.get_meta()["version"]
"""


class Application:
    """A process that has opened ``embedded://PATH``."""

    def __init__(self, path: Path) -> None:
        self.process = subprocess.Popen(
            [sys.executable, "-c", SOURCE, str(path)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )

    def url(self) -> str:
        """The server's address, once it has been opened."""
        assert self.process.stdout is not None
        return self.process.stdout.readline().strip()

    def end(self) -> int:
        """Let it close its client and end; the exit code."""
        self.process.communicate("\n", timeout=240)
        return self.process.returncode

    def kill(self) -> None:
        self.process.kill()
        self.process.communicate()


@contextmanager
def applications(path: Path, count: int) -> Iterator[list[Application]]:
    """So many at once; they are killed after the block."""
    running: list[Application] = []
    try:
        for _ in range(count):
            running.append(Application(path))
        yield running
    finally:
        for application in running:
            application.kill()


def servers_on(path: Path) -> list[psutil.Process]:
    """Every Weaviate whose data are in a folder; there must never be two."""
    return [process for process in psutil.process_iter() if _serves(process, path)]


def _serves(process: psutil.Process, path: Path) -> bool:
    try:
        return "--scheme" in process.cmdline() and process.environ().get("PERSISTENCE_DATA_PATH") == str(path.resolve())
    except psutil.Error:
        return False


def is_free(path: Path) -> bool:
    """Whether no process of a server on the folder is left."""
    folder = open_folder(path)
    try:
        return folder.acquire()
    finally:
        folder.release()


def wait_until_free(path: Path) -> None:
    until = time.monotonic() + 240
    while not is_free(path):
        assert time.monotonic() < until, servers_on(path)
        time.sleep(0.02)

"""No server outlives its application, however that ends."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psutil
import pytest
import requests

from weaviate_orm.embedded.supervisor import Child, Supervisor

pytestmark = pytest.mark.usefixtures("binary")

PATIENCE = 240.0
"""Seconds after which an end is not waited for any more; that of a server has 30 before it is killed."""

# The server is started by a thread that ends, one forked child closes it, and another one outlives the application.
APPLICATION = """
import json, os, signal, sys, threading, time
from weaviate_orm.embedded import EmbeddedOptions, EmbeddedServer

signal.signal(signal.SIGINT, signal.default_int_handler)  # what a shell runs in the background ignores it

def start():
    global server
    options = EmbeddedOptions(sys.argv[1] or None, vectorizer=sys.argv[2] == "v", startup_timeout=240)
    server = EmbeddedServer(options)

starter = threading.Thread(target=start)
starter.start()
starter.join()
closing = os.fork()
if closing == 0:
    server.close()
    sys.exit()
os.waitpid(closing, 0)
outliving = os.fork()
if outliving == 0:
    time.sleep(600)
    os._exit(0)
print(json.dumps({"url": server.url, "data": str(server.data_path), "outliving": outliving}), flush=True)
try:
    for _ in range(600):
        time.sleep(1)  # a signal that comes just before it begins is heard after it
except KeyboardInterrupt:
    pass
"""


class Running:
    """An application, and the processes that it started."""

    def __init__(self, process: subprocess.Popen[str], told: dict[str, Any]) -> None:
        self.process = process
        self.url: str = told["url"]
        self.data = Path(told["data"])
        self.outliving = psutil.Process(told["outliving"])
        self.servers = [
            child for child in psutil.Process(process.pid).children(recursive=True) if child.pid != self.outliving.pid
        ]
        self.supervisor = next(child for child in self.servers if child.ppid() == process.pid)


@contextmanager
def application(path: str = "", vectorizer: str = "") -> Iterator[Running]:
    command = [sys.executable, "-c", APPLICATION, path, vectorizer]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        running = Running(process, json.loads(process.stdout.readline()))
        try:
            yield running
        finally:
            for left in (running.outliving, *running.servers):
                if left.is_running():
                    left.kill()
            process.kill()


@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGTERM, signal.SIGKILL])
def test_nothing_is_left(how: signal.Signals) -> None:
    with application(vectorizer="v" if how == signal.SIGKILL else "") as running:
        assert len(running.servers) == (3 if how == signal.SIGKILL else 2)  # the supervisor, Weaviate, the vectorizer
        assert requests.get(f"{running.url}/v1/.well-known/ready", timeout=60).ok
        running.process.send_signal(how)
        running.process.wait(PATIENCE)
        _, left = psutil.wait_procs(running.servers, timeout=PATIENCE)
        assert left == []
        assert not running.data.exists()
        assert running.outliving.is_running()


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells a child of its parent's death")
def test_nothing_is_left_when_the_supervisor_is_killed_too(tmp_path: Path) -> None:
    with application(str(tmp_path)) as running:
        running.process.kill()
        running.supervisor.kill()
        _, left = psutil.wait_procs(running.servers, timeout=PATIENCE)
        assert left == []


def test_the_command_runs_a_server_until_it_is_told_to_stop(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "weaviate_orm.embedded", "run", "--no-vectorizer", "--path", str(tmp_path)]
    environment = {**os.environ, "WEAVIATE_API_KEY": "chosen"}
    with subprocess.Popen(
        command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        url = process.stdout.readline().strip().removeprefix("WEAVIATE_URL=")
        assert process.stdout.readline().strip() == "WEAVIATE_API_KEY=chosen"
        key = {"Authorization": "Bearer chosen"}
        assert requests.get(f"{url}/v1/meta", headers=key, timeout=60).ok
        servers = psutil.Process(process.pid).children(recursive=True)
        process.terminate()
        _, errors = process.communicate(timeout=PATIENCE)
        assert process.returncode == 0, errors
        assert str(tmp_path) in errors
        assert not any(server.is_running() for server in servers)


def test_the_command_tells_errors_in_a_line() -> None:
    command = [sys.executable, "-m", "weaviate_orm.embedded", "run", "--port", "0"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert done.stderr == "error: port is 0; give 1 to 65535, or None for a free one\n"


BEGINNING = """
import os, signal, sys
from pathlib import Path
from weaviate_orm.embedded import supervisor as supervisors

folder = Path(sys.argv[1])
folder.mkdir()
child = supervisors.Child(name="sleeper", argv=[sys.executable, "-c", "import time; time.sleep(600)"], env={})
if sys.argv[2] == "before it says what to run":
    supervisors.Supervisor._send_line = lambda self, line: os.kill(os.getpid(), signal.SIGKILL)
supervisor = supervisors.Supervisor([child], log=folder / "log", remove=folder)
print(supervisor.pid, flush=True)
if sys.argv[2] == "after":
    os.kill(os.getpid(), signal.SIGKILL)
os.kill(supervisor.pid, signal.SIGKILL if sys.argv[2] == "the supervisor" else signal.SIGTERM)
supervisor.wait(None)
supervisor.close()
"""


@pytest.mark.parametrize("killed", ["before it says what to run", "after", "the supervisor", "the supervisor, softly"])
def test_a_temporary_folder_is_removed_whoever_is_killed(tmp_path: Path, killed: str) -> None:
    folder = tmp_path / "temporary"
    with subprocess.Popen([sys.executable, "-c", BEGINNING, str(folder), killed], stdout=subprocess.PIPE) as process:
        process.communicate(timeout=PATIENCE)
        assert (process.returncode == -signal.SIGKILL) == (killed in ("before it says what to run", "after"))
    until = time.monotonic() + PATIENCE
    while folder.exists():
        assert time.monotonic() < until
        time.sleep(0.01)


def test_what_no_process_can_have_ends_the_supervisor_and_its_folder(tmp_path: Path) -> None:
    sleeper = Child(name="sleeper", argv=[sys.executable, "-c", "import time; time.sleep(600)"], env={})
    for argv, env, said in (
        (["/bin/true", "a\0b"], {}, "/bin/true cannot be run: embedded null byte"),
        (["/bin/true"], {"A=B": "1"}, "/bin/true cannot be run: illegal environment variable name"),
        (["/bin/true"], {"A": "\0"}, "/bin/true cannot be run: embedded null byte"),
        (["/bin/true"], {"A": "\ud800"}, "/bin/true cannot be run: .*surrogates not allowed"),
        (["/no/such\nprogram \udcff"], {}, "/no/such program .* cannot be run: No such file or directory"),
    ):
        folder = tmp_path / "temporary"
        folder.mkdir()
        supervisor = Supervisor(
            [sleeper, Child(name="wrong", argv=argv, env=env)], log=folder / "server.log", remove=folder
        )
        ended = supervisor.wait(PATIENCE)
        assert ended is not None
        assert re.fullmatch(said, ended), ended
        children = psutil.Process(supervisor.pid).children()
        supervisor.close()
        assert not any(child.is_running() for child in children)
        assert not folder.exists()

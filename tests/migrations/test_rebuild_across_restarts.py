"""The server killed during a rebuild, while others read and write: the rebuild goes on."""

from __future__ import annotations

import secrets
import subprocess
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
import requests

from weaviate_orm.client.client import Client
from weaviate_orm.embedded.environment import inherited_environment, server_environment
from weaviate_orm.embedded.ports import choose_ports
from weaviate_orm.http.auth import AuthApiKey

from .loaded_collections import loaded

pytestmark = [pytest.mark.heavy, pytest.mark.timeout(1800)]


class KillableServer:
    """A server of its own, which can be killed and started again on the same data and ports."""

    def __init__(self, binary: Path, folder: Path) -> None:
        self.ports = choose_ports()
        self.url = f"http://127.0.0.1:{self.ports.http}"
        self.key = secrets.token_urlsafe(32)
        environment = server_environment(
            data=folder / "data",
            backups=folder / "backups",
            ports=self.ports,
            api_key=self.key,
            cluster_password=secrets.token_urlsafe(32),
            vectorizer_url=None,
            additional={},
        )
        self._environment = {**inherited_environment(), **environment}
        self._program = [str(binary), "--scheme", "http", "--host", "127.0.0.1", "--port", str(self.ports.http)]
        self._log = (folder / "log").open("a+")
        self.start()

    def start(self) -> None:
        """Start it, and wait until it is ready."""
        self._process = subprocess.Popen(self._program, env=self._environment, stdout=self._log, stderr=self._log)
        with requests.Session() as session:
            session.trust_env = False
            while True:
                assert self._process.poll() is None, f"the server has ended: {self._last_words()}"
                try:
                    if session.get(f"{self.url}/v1/.well-known/ready", timeout=5).ok:
                        return
                except requests.RequestException:
                    time.sleep(0.05)

    def _last_words(self) -> str:
        self._log.seek(0)
        return self._log.read()[-3000:]

    def kill(self) -> None:
        """Kill it."""
        self._process.kill()
        self._process.wait()

    def close(self) -> None:
        self.kill()
        self._log.close()


@pytest.fixture
def killable(binary: Path, tmp_path: Path) -> Iterator[KillableServer]:
    (tmp_path / "data").mkdir()
    with closing(KillableServer(binary, tmp_path)) as server:
        yield server


@pytest.mark.parametrize("count", [2_000, pytest.param(20_000, marks=pytest.mark.endurance)])
@pytest.mark.parametrize("phase", ["copying", "frozen"])
def test_nothing_is_lost_when_the_server_is_killed(
    killable: KillableServer, phase: str, count: int, tmp_path: Path
) -> None:
    with Client(killable.url, AuthApiKey(killable.key)) as client:
        with loaded([killable.url], killable.key, client, "Article", count, tmp_path, restarts=True) as load:
            migrator = load.migrator(phase, 1 / 3)
            migrator.wait_until_halted()
            killable.kill()
            migrator.go_on()
            killable.start()
            result = migrator.finish()
        assert client.alias.get(alias_name="Article") == "Article_2"
        assert result["passes"] >= 2

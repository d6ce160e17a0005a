"""Toxiproxy: a proxy that breaks connections on request. Built into the user's cache by ``go install``, once."""

from __future__ import annotations

import os
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import attrs
import requests
from platformdirs import user_cache_path

from weaviate_orm.embedded.ports import choose_ports

SECONDS = 240.0
"""What ends what hangs."""

MODULE = "github.com/Shopify/toxiproxy/v2/cmd/server@v2.12.0"


def installed() -> Path:
    folder = user_cache_path("weaviate-orm-tests") / "toxiproxy-2.12.0"
    if not (folder / "server").exists():
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=folder) as built:  # other processes see it when it is whole
            subprocess.run(["go", "install", MODULE], env={**os.environ, "GOBIN": built}, check=True, timeout=600)
            (Path(built) / "server").replace(folder / "server")
    return folder / "server"


@attrs.frozen
class Proxy:
    """One proxy to one server."""

    url: str
    port: int
    _api: str

    def cut(self) -> None:
        """Close all connections, and take no more."""
        self._enable(False)

    def mend(self) -> None:
        """Take connections again."""
        self._enable(True)

    def _enable(self, enabled: bool) -> None:
        _ask("POST", f"{self._api}/proxies/weaviate", {"enabled": enabled})

    @contextmanager
    def toxic(self, kind: str, stream: str = "downstream", toxicity: float = 1.0, **attributes: Any) -> Iterator[None]:
        """Break connections in a way, within the block."""
        body = {"name": kind, "type": kind, "stream": stream, "toxicity": toxicity, "attributes": attributes}
        _ask("POST", f"{self._api}/proxies/weaviate/toxics", body)
        try:
            yield
        finally:
            _ask("DELETE", f"{self._api}/proxies/weaviate/toxics/{kind}")


@contextmanager
def running(upstream: str) -> Iterator[Proxy]:
    """A proxy to ``host:port``."""
    ports = choose_ports()
    api_port, port = ports.http, ports.grpc
    process = subprocess.Popen(
        [str(installed()), "-host", "127.0.0.1", "-port", str(api_port)],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        env={**os.environ, "LOG_LEVEL": "fatal"},
    )
    api = f"http://127.0.0.1:{api_port}"
    try:
        _wait_until_answered(f"{api}/version", process)
        body = {"name": "weaviate", "listen": f"127.0.0.1:{port}", "upstream": upstream, "enabled": True}
        _ask("POST", f"{api}/proxies", body)
        yield Proxy(f"http://127.0.0.1:{port}", port, api)
    finally:
        process.terminate()
        process.wait(SECONDS)


def _wait_until_answered(url: str, process: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + SECONDS
    while True:
        with suppress(requests.ConnectionError):
            return _ask("GET", url)
        assert process.poll() is None, f"toxiproxy has ended with {process.returncode}"
        assert time.monotonic() < deadline, "toxiproxy does not answer"
        time.sleep(0.05)


def _ask(method: str, url: str, body: object = None) -> None:
    with requests.Session() as session:
        session.trust_env = False  # a proxy of this machine's is none for loopback
        session.request(method, url, json=body, timeout=SECONDS).raise_for_status()

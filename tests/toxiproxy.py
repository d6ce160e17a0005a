"""Toxiproxy: a proxy that breaks connections on request. Built into the user's cache by ``go install``, once."""

from __future__ import annotations

import os
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import attrs
import requests
from filelock import FileLock
from platformdirs import user_cache_path

from weaviate_orm.embedded.ports import choose_ports

MODULE = "github.com/Shopify/toxiproxy/v2/cmd/server@v2.12.0"

PATIENCE = 240.0
"""Seconds after which an answer, or the end of the process, is not waited for any more."""


def installed() -> Path:
    folder = user_cache_path("weaviate-orm-tests") / "toxiproxy-2.12.0"
    folder.mkdir(parents=True, exist_ok=True)
    with FileLock(folder / "lock"):  # a process that comes while another one installs would find half of it
        if not (folder / "server").exists():
            subprocess.run(["go", "install", MODULE], env={**os.environ, "GOBIN": str(folder)}, check=True, timeout=600)
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
        requests.post(f"{self._api}/proxies/weaviate", json={"enabled": enabled}, timeout=PATIENCE).raise_for_status()

    @contextmanager
    def toxic(self, kind: str, stream: str = "downstream", toxicity: float = 1.0, **attributes: Any) -> Iterator[None]:
        """Break connections in a way, within the block."""
        body = {"name": kind, "type": kind, "stream": stream, "toxicity": toxicity, "attributes": attributes}
        requests.post(f"{self._api}/proxies/weaviate/toxics", json=body, timeout=PATIENCE).raise_for_status()
        try:
            yield
        finally:
            requests.delete(f"{self._api}/proxies/weaviate/toxics/{kind}", timeout=PATIENCE).raise_for_status()


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
        _wait_until_answering(f"{api}/version", process)
        body = {"name": "weaviate", "listen": f"127.0.0.1:{port}", "upstream": upstream, "enabled": True}
        requests.post(f"{api}/proxies", json=body, timeout=PATIENCE).raise_for_status()
        yield Proxy(f"http://127.0.0.1:{port}", port, api)
    finally:
        process.terminate()
        process.wait(PATIENCE)


def _wait_until_answering(url: str, process: subprocess.Popen[bytes]) -> None:
    until = time.monotonic() + PATIENCE
    while True:
        assert process.poll() is None, f"toxiproxy ended with status {process.returncode}"
        with suppress(requests.ConnectionError):
            requests.get(url, timeout=PATIENCE)
            return
        assert time.monotonic() < until, f"toxiproxy does not answer at {url}"
        time.sleep(0.05)

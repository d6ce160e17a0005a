"""A server that a test kills and starts again."""

from __future__ import annotations

from pathlib import Path

import psutil

from weaviate_orm.embedded import EmbeddedOptions, EmbeddedServer
from weaviate_orm.embedded.ports import choose_ports

KEY = "a-key-that-outlives-the-server"


class Revivable:
    """A server that can be killed, and started again with the same data at the same address."""

    def __init__(self, folder: Path) -> None:
        ports = choose_ports()
        self.port, self.grpc_port = ports.http, ports.grpc
        self._options = EmbeddedOptions(
            persistence_data_path=folder,
            port=self.port,
            grpc_port=self.grpc_port,
            vectorizer=False,
            startup_timeout=240,
            additional_env_vars={"AUTHENTICATION_APIKEY_ALLOWED_KEYS": KEY},
        )
        self._server = EmbeddedServer(self._options)

    def kill(self) -> None:
        """kill -9 of the server process itself."""
        for process in psutil.process_iter(["name", "cmdline"]):
            if str(self.port) in (process.info["cmdline"] or ()) and "weaviate" in process.info["name"]:
                process.kill()
        self._server.close()

    def revive(self) -> None:
        self._server = EmbeddedServer(self._options)

    def close(self) -> None:
        self._server.close()

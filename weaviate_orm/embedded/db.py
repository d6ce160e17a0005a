"""``EmbeddedDB`` of weaviate-client 3: an embedded server that is started and stopped by hand."""

from __future__ import annotations

import attrs

from weaviate_orm.embedded.opener import resolve
from weaviate_orm.embedded.options import EmbeddedOptions
from weaviate_orm.embedded.server import EmbeddedServer


class EmbeddedDB:
    """A server that does not run before ``start()``. New code uses ``Client("embedded://")``.

    Attributes:
        options: the options, completed by the data folder, and after ``start()`` by the ports.
        api_key: the key that the server requires, unlike that of weaviate-client 3; None before ``start()``.
    """

    def __init__(self, options: EmbeddedOptions) -> None:
        self.options = resolve(None, options)
        self.api_key: str | None = None
        self._server: EmbeddedServer | None = None

    def start(self) -> None:
        """Start the server and wait until it is ready. Do nothing if it runs.

        Raises EmbeddedServerError when it cannot be installed or started.
        """
        if self.is_listening():
            return
        self._server = EmbeddedServer(self.options)
        self.api_key = self._server.api_key
        port = int(self._server.url.rpartition(":")[2])
        self.options = attrs.evolve(self.options, port=port, grpc_port=self._server.grpc_port)

    def ensure_running(self) -> None:
        """Start the server unless it runs, like ``start()``."""
        self.start()

    def is_listening(self) -> bool:
        """Return whether the server runs."""
        return self._server is not None and self._server.is_running()

    def stop(self) -> None:
        """Stop the server and wait for its end. May be called again."""
        server, self._server = self._server, None
        if server is not None:
            server.close()

"""A TCP relay to a server, which cuts connections on demand."""

from __future__ import annotations

import select
import socket
import struct
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from urllib.parse import urlsplit

import attrs


@attrs.frozen
class Cut:
    """Which requests are lost: the first ``passing`` get through, and of the ``count`` next ones the connection is cut.

    With ``answered``, the server has done what was asked, and its answer is lost; else the request is.
    """

    passing: int
    count: int
    answered: bool


class CuttingRelay:
    """A relay to one server. A request is what a client sends until the server says something."""

    def __init__(self, upstream: tuple[str, int]) -> None:
        self._upstream = upstream
        self._lock = threading.Lock()
        self._cut: Cut | None = None
        self._seen = 0
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._open: set[socket.socket] = set()
        self.url = f"http://127.0.0.1:{self._listener.getsockname()[1]}"
        threading.Thread(target=self._accept, daemon=True).start()

    def cut(self, cut: Cut | None) -> None:
        """Break the requests from now on, or no more."""
        with self._lock:
            self._cut, self._seen = cut, 0

    def close(self) -> None:
        """End all connections."""
        self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        with self._lock:
            for each in self._open:
                with suppress(OSError):
                    each.shutdown(socket.SHUT_RDWR)

    def _accept(self) -> None:
        while True:
            try:
                client, _ = self._listener.accept()
            except OSError:
                return
            threading.Thread(target=self._relay, args=(client,), daemon=True).start()

    def _fate(self) -> Cut | None:
        """The cut that the next request meets, or None."""
        with self._lock:
            cut, number = self._cut, self._seen
            self._seen += 1
        return cut if cut is not None and cut.passing <= number < cut.passing + cut.count else None

    def _relay(self, client: socket.socket) -> None:
        with client, socket.create_connection(self._upstream) as server, suppress(OSError):
            for end in (client, server):
                end.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            with self._lock:
                self._open |= {client, server}
            try:
                self._pass_on(client, server)
            finally:
                with self._lock:
                    self._open -= {client, server}

    def _pass_on(self, client: socket.socket, server: socket.socket) -> None:
        asking, fate = False, None
        while True:
            for end in select.select([client, server], [], [])[0]:
                data = end.recv(65536)
                if not data:
                    return
                if end is client and not asking:
                    asking, fate = True, self._fate()
                    if fate is not None and not fate.answered:
                        return _reset(client)
                elif end is server:
                    asking = False
                    if fate is not None:
                        return _reset(client)
                (server if end is client else client).sendall(data)


def _reset(end: socket.socket) -> None:
    """Close a connection at once, as a broken one ends."""
    end.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))


@contextmanager
def relay_to(url: str) -> Iterator[CuttingRelay]:
    """A relay to the server of a URL, for the block."""
    parts = urlsplit(url)
    assert parts.hostname is not None
    assert parts.port is not None
    relay = CuttingRelay((parts.hostname, parts.port))
    try:
        yield relay
    finally:
        relay.close()

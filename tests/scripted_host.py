"""What stands between a client and a server in real networks: a proxy, a redirect, a host that is something else.

A host that means no good is scripted the same way, down to the bytes: ``hostile`` of ``tests/conftest.py``.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import attrs
import requests

Answer = tuple[int, dict[str, str], bytes]

Script = Iterable[bytes]
"""What is sent as it stands, in place of an answer; the connection is closed after it."""


@attrs.frozen
class Request:
    """A request as it arrived; ``path`` is a whole URL where the client takes this for a proxy."""

    method: str
    path: str
    headers: dict[str, str]
    body: bytes = attrs.field(repr=False)


@attrs.frozen
class Host:
    """An address, and what was asked of it."""

    url: str
    requests: list[Request]


@contextmanager
def host(respond: Callable[[Request], Answer | Script], *, keeps_connections: bool = False) -> Iterator[Host]:
    """A host that answers each request with what ``respond`` says."""
    seen: list[Request] = []

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1" if keeps_connections else "HTTP/1.0"
        disable_nagle_algorithm = True

        def answer(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            request = Request(self.command, self.path, {k.lower(): v for k, v in self.headers.items()}, body)
            seen.append(request)
            said = respond(request)
            try:
                if isinstance(said, tuple):
                    self.send(*said)  # pyright: ignore[reportArgumentType]
                else:
                    self.close_connection = True
                    for part in said:
                        self.wfile.write(part)
            except OSError:
                self.close_connection = True  # the client has had enough

        def send(self, status: int, headers: dict[str, str], content: bytes) -> None:
            self.send_response(status)
            for name, value in {"Content-Length": str(len(content)), **headers}.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(content)

        do_GET = do_POST = do_HEAD = do_PUT = do_PATCH = do_DELETE = answer  # noqa: N815

        def log_message(self, format: str, *args: Any) -> None:
            pass

    class Quiet(ThreadingHTTPServer):
        request_queue_size = 128  # of 5, many clients at once wait for seconds

        def handle_error(self, request: Any, client_address: Any) -> None:
            pass  # a client that has had enough

    with Quiet(("127.0.0.1", 0), Handler) as served:
        thread = threading.Thread(target=served.serve_forever, args=(0.02,))
        thread.start()
        try:
            yield Host(f"http://127.0.0.1:{served.server_port}", seen)
        finally:
            served.shutdown()
            thread.join()


def forward(request: Request) -> Answer:
    """What a proxy does: ask for the URL, and give back the answer."""
    headers = {name: value for name, value in request.headers.items() if name not in {"host", "connection"}}
    with requests.Session() as session:
        session.trust_env = False
        answer = session.request(request.method, request.path, headers=headers, data=request.body, timeout=240)
    return answer.status_code, {"Content-Type": answer.headers.get("Content-Type", "")}, answer.content

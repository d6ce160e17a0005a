"""What stands between a client and a server in real networks: a proxy, a redirect, a host that is something else."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import attrs
import requests

Answer = tuple[int, dict[str, str], bytes]


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
def host(respond: Callable[[Request], Answer]) -> Iterator[Host]:
    """A host that answers each request with what ``respond`` says."""
    seen: list[Request] = []

    class Handler(BaseHTTPRequestHandler):
        def answer(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            request = Request(self.command, self.path, {k.lower(): v for k, v in self.headers.items()}, body)
            seen.append(request)
            status, headers, content = respond(request)
            self.send_response(status)
            for name, value in {**headers, "Content-Length": str(len(content))}.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(content)

        do_GET = do_POST = do_HEAD = do_PUT = do_PATCH = do_DELETE = answer  # noqa: N815

        def log_message(self, format: str, *args: Any) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as served:
        thread = threading.Thread(target=served.serve_forever)
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
        answer = session.request(request.method, request.path, headers=headers, data=request.body, timeout=30)
    return answer.status_code, {"Content-Type": answer.headers.get("Content-Type", "")}, answer.content

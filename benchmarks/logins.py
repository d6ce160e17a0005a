"""What a request costs a client that logs in by OpenID Connect, and whether that grows with the requests.

    python benchmarks/logins.py                 # 20,000 requests
    python benchmarks/logins.py --requests 2000

The server is a small one, in a process of its own, which is its own issuer; a token lasts for 2,000 requests,
then the server refuses it. Printed are, for each twentieth of the requests: microseconds a request, and the client's
memory. Both lines are flat.
"""

from __future__ import annotations

import argparse
import json
import multiprocessing
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from multiprocessing.connection import Connection
from pathlib import Path

from weaviate_orm import AuthClientPassword, Client

STEPS = 20
TOKEN_LASTS = 2_000


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    tokens = 0
    left = 0

    def do_GET(self) -> None:
        base = f"http://127.0.0.1:{self.server.server_address[1]}"  # type: ignore[index]
        if self.path.endswith("openid-configuration"):
            self.answer(200, {"href": f"{base}/issuer", "clientId": "c"})
        elif self.path == "/issuer":
            self.answer(200, {"token_endpoint": f"{base}/token"})
        elif Handler.left and self.headers["Authorization"] == f"Bearer {Handler.tokens}":
            Handler.left -= 1
            self.answer(200, {"version": "1.39.2"})
        else:
            self.answer(401, {})

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers["Content-Length"]))
        Handler.tokens += 1
        Handler.left = TOKEN_LASTS
        self.answer(200, {"access_token": str(Handler.tokens), "expires_in": 3600, "token_type": "bearer"})

    def answer(self, status: int, value: object) -> None:
        body = json.dumps(value).encode()
        self.wfile.write(b"HTTP/1.1 %d X\r\nContent-Length: %d\r\n\r\n" % (status, len(body)) + body)

    def log_message(self, format: str, *args: object) -> None:
        pass


def serve(told: Connection) -> None:
    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    told.send(server.server_port)
    server.serve_forever()


def resident() -> float:
    """The megabytes that this process holds."""
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * 4096 / 1e6


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--requests", type=int, default=20_000)
    count = parser.parse_args().requests // STEPS
    context = multiprocessing.get_context("spawn")
    here, there = context.Pipe()
    server = context.Process(target=serve, args=(there,), daemon=True)
    server.start()
    url = f"http://127.0.0.1:{here.recv()}"
    print(f"{'requests':>9} {'µs each':>8} {'MB':>7}")
    with Client(url, AuthClientPassword("user", "password"), startup_period=None) as client:
        for step in range(1, STEPS + 1):
            begun = time.perf_counter()
            for _ in range(count):
                client.get_meta()
            each = (time.perf_counter() - begun) / count
            print(f"{step * count:9,} {each * 1e6:8.0f} {resident():7.1f}")
    server.terminate()


if __name__ == "__main__":
    main()

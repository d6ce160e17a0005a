"""Measure the cost of a request with an OpenID Connect login, and whether it grows with the number of requests.

    python benchmarks/logins.py                 # 20,000 requests
    python benchmarks/logins.py --requests 2000

A small server in another process is also the issuer. It refuses a token after 2,000 requests. For every twentieth of
the requests, it prints the microseconds per request and the client's memory. Both should be constant.
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
REQUESTS_PER_TOKEN = 2_000


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    tokens = 0
    remaining_requests = 0

    def do_GET(self) -> None:
        base = f"http://127.0.0.1:{self.server.server_address[1]}"  # type: ignore[index]
        if self.path.endswith("openid-configuration"):
            self.answer(200, {"href": f"{base}/issuer", "clientId": "c"})
        elif self.path == "/issuer":
            self.answer(200, {"token_endpoint": f"{base}/token"})
        elif Handler.remaining_requests and self.headers["Authorization"] == f"Bearer {Handler.tokens}":
            Handler.remaining_requests -= 1
            self.answer(200, {"version": "1.39.2"})
        else:
            self.answer(401, {})

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers["Content-Length"]))
        Handler.tokens += 1
        Handler.remaining_requests = REQUESTS_PER_TOKEN
        self.answer(200, {"access_token": str(Handler.tokens), "expires_in": 3600, "token_type": "bearer"})

    def answer(self, status: int, value: object) -> None:
        body = json.dumps(value).encode()
        self.wfile.write(b"HTTP/1.1 %d X\r\nContent-Length: %d\r\n\r\n" % (status, len(body)) + body)

    def log_message(self, format: str, *args: object) -> None:
        pass


def serve(parent: Connection) -> None:
    """Serve, and send the port to the parent."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    parent.send(server.server_port)
    server.serve_forever()


def resident_memory() -> float:
    """Return the megabytes of memory that this process uses."""
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * 4096 / 1e6


def main() -> None:
    """Parse the command line, and measure."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--requests", type=int, default=20_000)
    count = parser.parse_args().requests // STEPS
    context = multiprocessing.get_context("spawn")
    receiver, sender = context.Pipe()
    server = context.Process(target=serve, args=(sender,), daemon=True)
    server.start()
    url = f"http://127.0.0.1:{receiver.recv()}"
    print(f"{'requests':>9} {'µs each':>8} {'MB':>7}")
    with Client(url, AuthClientPassword("user", "password"), startup_period=None) as client:
        for step in range(1, STEPS + 1):
            begin = time.perf_counter()
            for _ in range(count):
                client.get_meta()
            seconds = (time.perf_counter() - begin) / count
            print(f"{step * count:9,} {seconds * 1e6:8.0f} {resident_memory():7.1f}")
    server.terminate()


if __name__ == "__main__":
    main()

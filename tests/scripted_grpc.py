"""What may listen at the address of gRPC in place of Weaviate; the adversary of a client, and no mock of a server."""

from __future__ import annotations

import socket
import threading
from collections.abc import Callable, Iterable, Iterator
from concurrent import futures
from contextlib import contextmanager, suppress
from typing import Any

import pytest

Respond = Callable[[bytes, Any], Any]
"""Returns the answer to a message, or its parts where it answers with a stream; the context is gRPC's."""


@contextmanager
def answering(respond: Respond, *, stream: bool = False, asked: list[Any] | None = None) -> Iterator[int]:
    """A gRPC server on loopback that answers every method; yields its port. ``asked`` has the metadata of calls."""
    grpc = pytest.importorskip("grpc")
    handler = grpc.unary_stream_rpc_method_handler if stream else grpc.unary_unary_rpc_method_handler

    class Handler(grpc.GenericRpcHandler):  # type: ignore[misc,name-defined]
        def service(self, details: Any) -> object:
            if asked is not None:
                asked.append(dict(details.invocation_metadata))
            return handler(respond)

    server = grpc.server(futures.ThreadPoolExecutor(4))
    server.add_generic_rpc_handlers((Handler(),))
    port = server.add_insecure_port("127.0.0.1:0")
    server.start()
    try:
        yield port
    finally:
        server.stop(None).wait()


def refusing(code: str, details: str = "no") -> Respond:
    """An answer with a code of gRPC."""
    import grpc

    def respond(_: bytes, context: Any) -> bytes:
        context.abort(getattr(grpc.StatusCode, code), details)
        raise AssertionError("abort() raises")

    return respond


@contextmanager
def listening(converse: Callable[[socket.socket], None]) -> Iterator[int]:
    """A listener on loopback that has a conversation by each connection, in a thread; yields its port."""
    listener = socket.create_server(("127.0.0.1", 0))
    opened: list[socket.socket] = []
    threads: list[threading.Thread] = []

    def talk(connection: socket.socket) -> None:
        with suppress(OSError), connection:  # the client has had enough
            converse(connection)

    def accept() -> None:
        with suppress(OSError):  # it is closed below
            while True:
                connection, _ = listener.accept()
                opened.append(connection)
                threads.append(threading.Thread(target=talk, args=(connection,)))
                threads[-1].start()

    accepting = threading.Thread(target=accept)
    accepting.start()
    try:
        yield listener.getsockname()[1]
    finally:
        listener.shutdown(socket.SHUT_RDWR)
        listener.close()
        accepting.join()
        for connection in opened:
            with suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)
        for thread in threads:
            thread.join()


# HTTP/2, RFC 9113: what a peer needs to answer a request with bytes of its own

_PREFACE = 24
DATA, HEADERS, RST_STREAM, SETTINGS, PING = 0, 1, 3, 4, 6
END_STREAM, END_HEADERS, ACK = 1, 4, 1


def frame(kind: int, flags: int, stream: int, payload: bytes = b"") -> bytes:
    """Return a frame."""
    return len(payload).to_bytes(3, "big") + bytes([kind, flags]) + stream.to_bytes(4, "big") + payload


def fields(**values: str) -> bytes:
    """Return headers, uncompressed (RFC 7541, 6.2.2); ``status`` is the status, and an underscore a hyphen."""
    encoded = b""
    for name, value in values.items():
        key = ":status" if name == "status" else name.replace("_", "-")
        encoded += b"\x00" + _text(key.encode()) + _text(value.encode())
    return encoded


def _text(content: bytes) -> bytes:
    length, encoded = len(content), bytearray()
    if length < 127:
        return bytes([length]) + content
    encoded.append(127)
    length -= 127
    while length >= 128:
        encoded.append(length % 128 + 128)
        length //= 128
    encoded.append(length)
    return bytes(encoded) + content


def http2(respond: Callable[[int], Iterable[bytes]]) -> Callable[[socket.socket], None]:
    """A conversation by HTTP/2 in which each request is answered by frames; ``respond`` gets its stream."""

    def converse(connection: socket.socket) -> None:
        incoming = connection.makefile("rb")
        assert len(incoming.read(_PREFACE)) == _PREFACE
        connection.sendall(frame(SETTINGS, 0, 0))
        while len(head := incoming.read(9)) == 9:
            payload = incoming.read(int.from_bytes(head[:3], "big"))
            kind, flags, stream = head[3], head[4], int.from_bytes(head[5:], "big")
            if kind in (SETTINGS, PING) and not flags & ACK:
                connection.sendall(frame(kind, ACK, 0, payload if kind == PING else b""))
            if kind == HEADERS:
                for part in respond(stream):
                    connection.sendall(part)

    return converse

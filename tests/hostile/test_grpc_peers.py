"""What listens at the address of gRPC is something else, or means no good: seen, said once, and bounded."""

from __future__ import annotations

import logging
import socket
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from itertools import repeat
from typing import Any
from urllib.parse import urlsplit

import pytest

from tests.empty_collections import empty_collections
from tests.scripted_grpc import (
    DATA,
    END_HEADERS,
    END_STREAM,
    HEADERS,
    RST_STREAM,
    answering,
    fields,
    frame,
    http2,
    listening,
    refusing,
)
from weaviate_orm import AuthApiKey, Client, Field, Model, Session
from weaviate_orm.client.config import Config
from weaviate_orm.embedded import EmbeddedOptions, EmbeddedServer
from weaviate_orm.exceptions import (
    AuthenticationError,
    ConnectionFailedError,
    PermissionDeniedError,
    RequestTimeoutError,
    StartUpError,
    TransportError,
    UnexpectedStatusError,
)
from weaviate_orm.http.retry import RetryPolicy
from weaviate_orm.testing import Server, recorded_requests

GRPC_HEADERS = {"status": "200", "content_type": "application/grpc"}


class Buoy(Model):
    number: Field[int]

    class Meta:
        name = "TestGrpcBuoy"


@pytest.fixture(scope="module")
def buoys(client: Client) -> Iterator[None]:
    with empty_collections(client, [Buoy]):
        with Session(client) as session:
            session.add_all([Buoy(number=number) for number in range(3)])
            session.commit()
        yield


def connect(server: Server, grpc: Any, **settings: Any) -> Client:
    secret = AuthApiKey(server.api_key) if server.api_key is not None else None
    return Client(server.url, secret, grpc=grpc, **{"startup_period": None, **settings})


def read(client: Client) -> tuple[list[int], list[str]]:
    """What a query returns, and the wires by which it went."""
    with recorded_requests(client) as requests, Session(client):
        numbers = [buoy.number for buoy in Buoy.query.where(Buoy.number < 9).order_by("number")]
    return numbers, [request.url.partition(":")[0] for request in requests]


def read_by_grpc(client: Client) -> None:
    with Session(client, wire="grpc") as session:
        session.query(Buoy).order_by("number").all()


@pytest.mark.wire
def test_the_port_of_http(server: Server, buoys: None, caplog: pytest.LogCaptureFixture) -> None:
    port = urlsplit(server.url).port
    said = ""
    for period in (0, 5, 60):  # of which a busy machine needs more
        with pytest.raises(StartUpError, match="is that the address") as caught:
            connect(server, port, startup_period=period)
        said = str(caught.value)
        if "http1.x" in said:
            break
    assert "http1.x" in said
    with connect(server, port) as client, caplog.at_level(logging.INFO):
        assert read(client) == ([0, 1, 2], ["grpc", "http"])
        assert read(client) == ([0, 1, 2], ["http"])
    assert caplog.text.count("gRPC does not answer") == 1


@pytest.mark.wire
def test_who_takes_connections_and_says_nothing(server: Server, buoys: None) -> None:
    over = threading.Event()

    def say_nothing(connection: socket.socket) -> None:
        over.wait()

    with listening(say_nothing) as port:
        try:
            with connect(server, port, timeout_config=(0.5, 60)) as client:
                begin = time.monotonic()
                with pytest.raises(ConnectionFailedError) as caught:
                    client.transport.retry = RetryPolicy(attempts=1)
                    read_by_grpc(client)
                assert not caught.value.sent
                # connecting ends as by HTTP: gRPC's own patience is 20 seconds, and that for an answer 60
                assert time.monotonic() - begin < 15
                assert read(client) == ([0, 1, 2], ["grpc", "http"])
        finally:
            over.set()


@pytest.mark.wire
@pytest.mark.parametrize(
    ("status", "kind"),
    [
        (401, AuthenticationError),
        (403, PermissionDeniedError),
        (404, UnexpectedStatusError),
        (502, UnexpectedStatusError),
        (503, UnexpectedStatusError),
        (504, UnexpectedStatusError),
    ],
)
def test_a_proxy_before_the_server_that_has_no_grpc(
    server: Server, buoys: None, status: int, kind: type[UnexpectedStatusError]
) -> None:
    def respond(stream: int) -> Iterable[bytes]:
        yield frame(HEADERS, END_HEADERS | END_STREAM, stream, fields(status=str(status), content_type="text/html"))

    with listening(http2(respond)) as port, connect(server, port) as client:
        client.transport.retry = RetryPolicy(attempts=2, first_wait=0.01)
        with recorded_requests(client) as requests, pytest.raises(kind) as caught:
            read_by_grpc(client)
        assert (caught.value.status_code, caught.value.method) == (status, "POST")
        assert len(requests) == (2 if status > 500 else 1)
        if status not in (401, 403):
            assert read(client) == ([0, 1, 2], ["grpc", "http"])
            assert read(client) == ([0, 1, 2], ["http"])


@pytest.mark.wire
def test_a_stream_that_is_reset(server: Server, buoys: None) -> None:
    def respond(stream: int) -> Iterable[bytes]:
        yield frame(HEADERS, END_HEADERS, stream, fields(**GRPC_HEADERS))
        yield frame(RST_STREAM, 0, stream, (2).to_bytes(4, "big"))

    with listening(http2(respond)) as port, connect(server, port) as client:
        client.transport.retry = RetryPolicy(attempts=2, first_wait=0.01)
        with recorded_requests(client) as requests, pytest.raises(ConnectionFailedError) as caught:
            read_by_grpc(client)
        assert caught.value.sent
        assert len(requests) == 2
        assert read(client) == ([0, 1, 2], ["grpc", "http"])


@pytest.mark.wire
def test_a_server_that_is_asked_too_much_is_waited_for_and_not_asked_by_http(server: Server, buoys: None) -> None:
    refused = refusing("RESOURCE_EXHAUSTED", "too many requests")
    for persistent in (False, True):
        with answering(refused) as port, connect(server, port) as client:
            client.transport.retry = RetryPolicy(attempts=3, first_wait=0.01)
            with (
                recorded_requests(client) as requests,
                pytest.raises(UnexpectedStatusError, match="too many") as caught,
            ):
                read_by_grpc(client) if persistent else read(client)
            assert caught.value.status_code == 429
            assert [request.url.partition(":")[0] for request in requests] == ["grpc"] * 3


@pytest.mark.wire
def test_one_who_is_gone_for_a_while_is_asked_again_and_said_once(
    server: Server, buoys: None, caplog: pytest.LogCaptureFixture
) -> None:
    """The pauses double, and end with an answer."""
    with connect(server, server.grpc_port, startup_period=120) as client, caplog.at_level(logging.INFO):
        rpc: Any = client.transport.rpc
        failure = ConnectionFailedError("gone")
        pauses = []
        for _ in range(9):
            rpc._unused_until = 0.0
            rpc.avoid(failure)
            rpc.avoid(failure)  # another thread, at the same time
            pauses.append(round(rpc._unused_until - time.monotonic(), -1))
        assert pauses == [10, 20, 40, 80, 160, 320, 600, 600, 600]
        assert not rpc.is_usable
        read_by_grpc(client)
        assert rpc.is_usable
        assert read(client) == ([0, 1, 2], ["grpc"])
    said = [record for record in caplog.records if "gRPC does not answer" in record.getMessage()]
    assert [record.levelname for record in said] == ["WARNING"] + ["INFO"] * 8
    assert caplog.text.count("gRPC answers again") == 1


@pytest.mark.wire
def test_the_grpc_of_another_server(server: Server, buoys: None, caplog: pytest.LogCaptureFixture) -> None:
    """It asks for another key: nothing is read from it, and nothing is written to it."""
    options = EmbeddedOptions(vectorizer=False, startup_timeout=240)
    with EmbeddedServer(options) as other, connect(server, other.grpc_port) as client:
        with pytest.raises(AuthenticationError, match=f"grpc://127.0.0.1:{other.grpc_port}"):
            read(client)
        with Session(client) as session, caplog.at_level(logging.WARNING):
            session.add(Buoy(number=10, vector=[1.0, 2.0]))
            session.commit()
        assert "goes over HTTP" in caplog.text
        assert client.schema.exists("TestGrpcBuoy")
        with connect(server, False) as right, Session(right) as session:
            assert [buoy.number for buoy in session.query(Buoy).where(number=10)] == [10]
            assert session.query(Buoy).where(number=10).delete() == 1
        with Client(other.url, AuthApiKey(other.api_key), grpc=False) as direct:
            assert not direct.schema.exists("TestGrpcBuoy")


def endless(stream: int) -> Iterator[bytes]:
    """A message that begins, and goes on for ever."""
    yield frame(HEADERS, END_HEADERS, stream, fields(**GRPC_HEADERS))
    yield frame(DATA, 0, stream, b"\x00" + (2**31 - 1).to_bytes(4, "big"))
    yield from repeat(frame(DATA, 0, stream, bytes(16_000)))


def endless_headers(stream: int) -> Iterator[bytes]:
    """Headers that go on for ever."""
    yield frame(HEADERS, 0, stream, fields(**GRPC_HEADERS))
    yield from repeat(frame(9, 0, stream, fields(x_more="x" * 1000)))


@pytest.mark.parametrize("respond", [endless, endless_headers])
def test_what_has_no_end_is_bounded(server: Server, buoys: None, respond: Callable[[int], Iterator[bytes]]) -> None:
    with (
        listening(http2(respond)) as port,
        connect(server, port, timeout_config=(10, 5), additional_config=Config(largest_answer=10**6)) as client,
    ):
        client.transport.retry = RetryPolicy(attempts=1)
        with pytest.raises(TransportError) as caught:
            read_by_grpc(client)
        assert len(str(caught.value)) < 10_000


def test_messages_without_end(server: Server, buoys: None) -> None:
    with (
        answering(lambda *_: repeat(b""), stream=True) as port,
        connect(server, port, timeout_config=(10, 3)) as client,
    ):
        client.transport.retry = RetryPolicy(attempts=1)
        with pytest.raises((TransportError, RequestTimeoutError)):
            read_by_grpc(client)


def test_a_long_message_of_an_error_arrives(server: Server, buoys: None) -> None:
    from weaviate_orm.http.transport import Call
    from weaviate_orm.query.grpc.search_messages import search_messages

    name = "X" * 100_000
    message = search_messages()["Request"](collection=name).SerializeToString()
    with connect(server, server.grpc_port) as client, pytest.raises(TransportError) as caught:
        rpc: Any = client.transport.rpc
        rpc.read([Call("Search", message, lambda: "a search")], persistent=True)
    assert not isinstance(caught.value, UnexpectedStatusError), caught.value  # it is no 429, which were waited for
    assert name in str(caught.value)


def test_no_key_is_in_what_is_said_and_logged(server: Server, buoys: None, caplog: pytest.LogCaptureFixture) -> None:
    key, other = "hush-key", "hush-other"
    errors: list[BaseException] = []
    with caplog.at_level(logging.DEBUG):
        for port in (9, urlsplit(server.url).port, server.grpc_port):
            settings: dict[str, Any] = {"additional_headers": {"X-OpenAI-Api-Key": other}, "startup_period": None}
            with Client(server.url, AuthApiKey(key), grpc=port, **settings) as client:
                client.transport.retry = RetryPolicy(attempts=2, first_wait=0.01)
                for work in (read_by_grpc, read, lambda c: c.transport.rpc.call("BatchObjects", b"")):
                    try:
                        work(client)
                    except TransportError as error:
                        errors.append(error)
    assert len(errors) >= 4
    shown = caplog.text + "".join(f"{error} {error!r} {_frames(error)}" for error in errors)
    assert "grpc://" in shown
    assert key not in shown
    assert other not in shown


def _frames(error: BaseException | None) -> str:
    """The local variables of all frames that an error and what led to it go through, gRPC's own included."""
    shown, seen = [], set[int]()
    while error is not None and id(error) not in seen:
        seen.add(id(error))
        trace = error.__traceback__
        while trace is not None:
            if "/tests/" not in trace.tb_frame.f_code.co_filename:
                shown += [f"{name}={value!r}" for name, value in trace.tb_frame.f_locals.items()]
            trace = trace.tb_next
        error = error.__cause__ or error.__context__
    return "\n".join(shown)


def test_a_connection_that_is_closed_while_it_is_used(server: Server, buoys: None) -> None:
    begun, over = threading.Event(), threading.Event()

    def respond(_: bytes, context: Any) -> bytes:
        context.add_callback(over.set)
        begun.set()
        over.wait()
        return b""

    errors: list[BaseException] = []
    with answering(respond) as port:
        client = connect(server, port)

        def ask() -> None:
            try:
                read_by_grpc(client)
            except BaseException as error:
                errors.append(error)

        thread = threading.Thread(target=ask)
        thread.start()
        begun.wait()
        client.close()
        thread.join()
    assert [type(error) for error in errors] == [TransportError]
    with pytest.raises(TransportError, match="closed"):
        read_by_grpc(client)


def test_a_name_that_nobody_has(server: Server, buoys: None) -> None:
    with connect(server, "nobody.invalid:50051") as client:
        client.transport.retry = RetryPolicy(attempts=1)
        with pytest.raises(ConnectionFailedError) as caught:
            read_by_grpc(client)
        assert not caught.value.sent
        assert read(client) == ([0, 1, 2], ["grpc", "http"])


@pytest.mark.wire
def test_a_port_that_is_closed_after_each_connection(server: Server, buoys: None) -> None:
    def close(connection: socket.socket) -> None:
        connection.shutdown(socket.SHUT_RDWR)

    with listening(close) as port, connect(server, port) as client:
        assert read(client) == ([0, 1, 2], ["grpc", "http"])
        assert read(client) == ([0, 1, 2], ["http"])

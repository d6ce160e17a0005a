"""Queries by gRPC where it fails: nothing is lost or mixed up, and what HTTP can do goes on by HTTP."""

from __future__ import annotations

import logging
import threading
from collections.abc import Iterator
from concurrent import futures
from pathlib import Path
from typing import Any

import pytest

from tests.empty_collections import empty_collections
from tests.forked_child import in_child
from tests.revivable import KEY, Revivable
from tests.scripted_grpc import answering, refusing
from weaviate_orm import (
    AuthApiKey,
    Client,
    ConfigurationError,
    ConnectionFailedError,
    Field,
    GraphQLError,
    Model,
    NotWeaviateError,
    RequestTimeoutError,
    Session,
    TransportError,
    create_all,
)
from weaviate_orm.client.config import Config
from weaviate_orm.embedded import EmbeddedOptions
from weaviate_orm.exceptions import AuthenticationError, PermissionDeniedError, UnexpectedStatusError
from weaviate_orm.http.grpc import Rpc
from weaviate_orm.http.retry import RetryPolicy
from weaviate_orm.testing import Server, recorded_requests

NOBODY = 9
"""A port where nobody listens."""

THREADS = 16


class Shell(Model):
    number: Field[int]

    class Meta:
        name = "TestGrpcShell"


@pytest.fixture(scope="module")
def shells(server: Server) -> Iterator[Client]:
    """A client whose queries go by gRPC, and 100 objects."""
    if server.grpc_port is None:
        pytest.skip("the port of gRPC is not known")
    with connect(server, server.grpc_port) as client, empty_collections(client, [Shell]):
        with Session(client) as session:
            session.add_all([Shell(number=number) for number in range(100)])
            session.commit()
        yield client


def connect(server: Server, grpc: Any, **settings: Any) -> Client:
    secret = AuthApiKey(server.api_key) if server.api_key is not None else None
    return Client(server.url, auth_client_secret=secret, grpc=grpc, **settings)


def below(number: int) -> Any:
    return Shell.query.where(Shell.number < number).order_by("number")


def wires(client: Client, query: Any) -> list[str]:
    with recorded_requests(client) as requests:
        query.all()
    return [request.url.partition(":")[0] for request in requests]


def test_threads_share_a_channel(shells: Client) -> None:
    def numbers(limit: int) -> list[int]:
        with Session(shells, wire="grpc") as session:
            query = session.query(Shell).where(Shell.number < limit).order_by("number")
            return [shell.number for _ in range(5) for shell in query.all()]

    with futures.ThreadPoolExecutor(THREADS) as pool:
        results = list(pool.map(numbers, range(1, 65)))
    assert results == [list(range(limit)) * 5 for limit in range(1, 65)]


@pytest.mark.wire
def test_a_forked_child_goes_by_http(shells: Client) -> None:
    def of_child() -> object:
        with Session(shells):
            return wires(shells, below(3)), [shell.number for shell in below(3)]

    with Session(shells):
        assert wires(shells, below(3)) == ["grpc"]
    assert in_child(of_child) == "(['http'], [0, 1, 2])"
    with Session(shells):
        assert wires(shells, below(3)) == ["grpc"]


@pytest.mark.wire
def test_where_it_is_not_reached_queries_go_by_http(
    server: Server, shells: Client, caplog: pytest.LogCaptureFixture
) -> None:
    with connect(server, None) as client:
        client.transport.rpc = Rpc(client.transport, NOBODY, cooldown=600.0)  # longer than the test takes
        with Session(client), caplog.at_level(logging.WARNING):
            assert wires(client, below(3)) == ["grpc", "http"]
            assert [shell.number for shell in below(3)] == [0, 1, 2]
            assert wires(client, below(3)) == ["http"]
        assert [record.message for record in caplog.records if "gRPC does not answer" in record.message] != []
        assert sum("gRPC does not answer" in record.message for record in caplog.records) == 1


@pytest.mark.wire
def test_where_it_is_no_weaviate_queries_go_by_http(server: Server, shells: Client) -> None:
    with answering(refusing("UNIMPLEMENTED")) as port, connect(server, port) as client, Session(client):
        assert wires(client, below(3)) == ["grpc", "http"]
        assert wires(client, below(3)) == ["http"]


@pytest.mark.parametrize(
    ("code", "details", "kind"),
    [
        ("UNAUTHENTICATED", "no", AuthenticationError),
        ("UNKNOWN", "extract auth: no", AuthenticationError),
        ("PERMISSION_DENIED", "forbidden", PermissionDeniedError),
        ("RESOURCE_EXHAUSTED", "too many", UnexpectedStatusError),
        ("UNKNOWN", "no such prop", GraphQLError),
        ("INVALID_ARGUMENT", "no such prop", GraphQLError),
        ("INTERNAL", "panic", UnexpectedStatusError),
    ],
)
def test_refusals_are_the_errors_of_http(
    server: Server, shells: Client, code: str, details: str, kind: type[TransportError]
) -> None:
    with (
        answering(refusing(code, details)) as port,
        connect(server, port) as client,
        Session(client, wire="grpc") as session,
        pytest.raises(kind, match=details) as caught,
    ):
        client.transport.retry = RetryPolicy(attempts=2, first_wait=0.01)
        session.query(Shell).order_by("number").all()
    assert caught.value.url is not None
    assert caught.value.url.startswith("grpc://127.0.0.1:")
    if isinstance(caught.value, GraphQLError):
        assert caught.value.messages == (details,)
        assert 'collection: "TestGrpcShell"' in caught.value.document


def test_no_answer_in_time(server: Server, shells: Client) -> None:
    def respond(_: bytes, context: Any) -> bytes:
        over = threading.Event()
        context.add_callback(over.set)
        over.wait(600)
        return b""

    with (
        answering(respond) as port,
        connect(server, port) as client,
        Session(client, wire="grpc") as session,
        pytest.raises(RequestTimeoutError, match="DEADLINE_EXCEEDED"),
    ):
        client.transport.operation_timeout = 1.0  # not before: to connect may take longer
        session.query(Shell).order_by("number").all()


def test_answers_that_are_not_weaviates(server: Server, shells: Client) -> None:
    without_id = b"\x12\x04\x0a\x02\x5a\x00"
    for answer, message in ((b"\xff\xff", "not as Weaviate does"), (without_id, "has no UUID|nothing for 'number'")):
        with (
            answering(lambda *_, answer=answer: answer) as port,
            connect(server, port) as client,
            Session(client, wire="grpc") as session,
            pytest.raises(NotWeaviateError, match=message),
        ):
            session.query(Shell).order_by("number").all()


def test_an_answer_that_is_too_large(server: Server, shells: Client) -> None:
    with (
        connect(server, server.grpc_port, additional_config=Config(largest_answer=1000)) as client,
        Session(client, wire="grpc") as session,
        recorded_requests(client) as requests,
        pytest.raises(TransportError, match=r"larger than max.*largest_answer"),
    ):
        session.query(Shell).order_by("number").all()
    assert len(requests) == 1  # another answer would be as large


@pytest.mark.wire
@pytest.mark.timeout(600)
def test_a_server_that_is_killed_and_started_again(tmp_path: Path, server: Server) -> None:
    revivable = Revivable(tmp_path / "data")
    try:
        url = f"http://127.0.0.1:{revivable.port}"
        with Client(url, AuthApiKey(KEY), grpc=revivable.grpc_port) as client:
            create_all(client, [Shell])
            with Session(client) as session:
                session.add(Shell(number=1))
                session.commit()
            revivable.kill()
            with Session(client, wire="grpc") as session, pytest.raises((ConnectionFailedError, RequestTimeoutError)):
                client.transport.operation_timeout = 1.0
                session.query(Shell).order_by("number").all()
            client.transport.operation_timeout = None
            client.transport.retry = RetryPolicy(attempts=10)  # grpcio 1.66 takes some seconds until it connects again
            revivable.revive()
            for wire in ("grpc", None):
                with Session(client, wire=wire) as session:
                    assert [shell.number for shell in session.query(Shell).order_by("number")] == [1]
    finally:
        revivable.close()


@pytest.mark.parametrize("grpc", [0, True, "host", "host:x", "http://host:1", "a@host:1", 1.5])
def test_what_is_no_address(grpc: Any) -> None:
    with pytest.raises(ConfigurationError, match='"host:port"'):
        Client("http://127.0.0.1:1", grpc=grpc, startup_period=None)


@pytest.mark.wire
def test_the_embedded_server_is_used_by_itself(server: Server) -> None:
    options = EmbeddedOptions(vectorizer=False, startup_timeout=240)
    with (
        Client("embedded://", embedded_options=options) as client,
        empty_collections(client, [Shell]),
        Session(client),
    ):
        assert wires(client, below(3)) == ["grpc"]
    with Client("embedded://", embedded_options=options, grpc=False) as client:
        assert client.transport.rpc is None
    with Client("embedded://", embedded_options=options, proxies={"https": "http://127.0.0.1:9"}) as client:
        assert client.transport.rpc is None


@pytest.mark.parametrize(
    ("url", "address"),
    [
        ("https://x.c0.europe.gcp.weaviate.cloud", "grpc-x.c0.europe.gcp.weaviate.cloud:443"),
        ("https://x.weaviate.network", "x.grpc.weaviate.network:443"),
        ("https://weaviate.example", None),
    ],
)
def test_hosts_of_weaviate_cloud_are_known(url: str, address: str | None) -> None:
    client = Client(url, startup_period=None)
    assert getattr(client.transport.rpc, "target", None) == address
    client.close()


def test_an_address_of_another_host(server: Server, shells: Client) -> None:
    with connect(server, f"127.0.0.1:{server.grpc_port}") as client, Session(client, wire="grpc") as session:
        assert session.query(Shell).count() == 100


def test_false_leaves_it_out(server: Server) -> None:
    with connect(server, False, additional_config=Config(grpc_port_experimental=server.grpc_port)) as client:
        assert client.transport.rpc is None

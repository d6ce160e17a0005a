"""Queries by gRPC over a line that fails, and of a server that is killed: none is lost, and no answer mixed up."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from concurrent import futures
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest

from tests.empty_collections import empty_collections
from tests.revivable import KEY, Revivable
from tests.toxiproxy import Proxy, running
from weaviate_orm import AuthApiKey, Client, ConnectionFailedError, Field, Model, Session, create_all, field
from weaviate_orm.batch.send import send_objects
from weaviate_orm.embedded import EmbeddedOptions, EmbeddedServer
from weaviate_orm.exceptions import RequestTimeoutError, TransportError, UnexpectedStatusError
from weaviate_orm.http.grpc import Rpc
from weaviate_orm.http.retry import NO_RETRY, RetryPolicy
from weaviate_orm.http.transport import Call
from weaviate_orm.query.grpc.search_messages import search_messages
from weaviate_orm.query.grpc.search_replies import read_ids
from weaviate_orm.testing import Server, recorded_requests

pytestmark = pytest.mark.wire

MINUTES = 240.0
"""What ends what hangs."""

THREADS = 16
COUNT = 64
SEARCH: dict[str, Any] = {"collection": "TestGrpcPebble", "metadata": {"id": True}, "is_of_today": True}


class Pebble(Model):
    number: Field[int]
    text: Field[str] = field(default="")

    class Meta:
        name = "TestGrpcPebble"
        dimensions = 2


def pebbles(text: str = "") -> list[Pebble]:
    return [Pebble(number=number, text=f"{number} {text}", vector=[1.0, number]) for number in range(COUNT)]


@pytest.fixture(scope="module")
def stored(server: Server) -> Iterator[None]:
    """64 objects, of which each has a kilobyte of text."""
    with connect(server, server.grpc_port) as client, empty_collections(client, [Pebble]):
        with Session(client) as session:
            session.add_all(pebbles("pebble " * 150))
            session.commit()
        yield


@pytest.fixture(scope="module")
def proxy(server: Server) -> Iterator[Proxy]:
    """The line to the server's gRPC."""
    with running(f"127.0.0.1:{server.grpc_port}") as started:
        yield started


@pytest.fixture
def client(server: Server, stored: None, proxy: Proxy) -> Iterator[Client]:
    """A client of which only gRPC goes by the proxy; it tries gRPC again at once, and HTTP for as long as it takes."""
    with connect(server, None) as client:
        client.timeout_config = (2, 2)
        client.transport.retry = RetryPolicy(attempts=100, longest_wait=0.5)
        client.transport.operation_timeout = MINUTES
        client.transport.rpc = Rpc(client.transport, proxy.port, cooldown=0.01)
        yield client


def connect(server: Server, grpc: Any, **settings: Any) -> Client:
    return Client(server.url, AuthApiKey(str(server.api_key)), grpc=grpc, **settings)


def ask(client: Client, number: int, wire: Any = None) -> None:
    """Ask for some objects that no other thread asks for, and compare."""
    with Session(client, wire=wire) as session:
        query = session.query(Pebble).where(Pebble.number >= number, Pebble.number < COUNT)
        query = query.order_by("number").limit(3)
        numbers = list(range(number, min(number + 3, COUNT)))
        answer = [(pebble.number, pebble.text.split()[0], pebble.text.count("pebble")) for pebble in query]
        assert answer == [(expected, str(expected), 150) for expected in numbers]
        assert session.query(Pebble).where(Pebble.number < number).count() == number


def ask_at_once(client: Client, wire: Any = None) -> list[BaseException]:
    """Ask by 16 threads, each for its own; return the errors of those that were not answered."""
    errors: list[BaseException] = []

    def work(thread: int) -> None:
        for number in range(thread, COUNT, THREADS):
            try:
                ask(client, number, wire)
            except TransportError as error:
                errors.append(error)

    with futures.ThreadPoolExecutor(THREADS) as pool:
        list(pool.map(work, range(THREADS)))
    return errors


def wait_for_grpc(client: Client) -> None:
    """Ask until gRPC answers, by a connection that may have to be made."""
    while True:
        with recorded_requests(client) as requests:
            ask(client, 1)
        if [request.url.partition(":")[0] for request in requests] == ["grpc", "grpc"]:
            return


TOXICS: list[tuple[str, dict[str, Any]]] = [
    ("latency", {"latency": 50, "jitter": 50}),
    ("slicer", {"average_size": 200, "size_variation": 100, "delay": 500}),
    ("bandwidth", {"rate": 200}),
    ("slow_close", {"delay": 500}),
    ("reset_peer", {"timeout": 0}),
    ("reset_peer", {"timeout": 50}),
    ("limit_data", {"bytes": 3000}),
    ("timeout", {"timeout": 50}),
]
HARMLESS = {"latency", "slicer", "bandwidth", "slow_close"}


@pytest.mark.parametrize(("kind", "attributes"), TOXICS)
@pytest.mark.parametrize("stream", ["downstream", "upstream"])
def test_a_line_that_fails(client: Client, proxy: Proxy, kind: str, attributes: dict[str, Any], stream: str) -> None:
    wait_for_grpc(client)
    client.timeout_config = (10, 30) if kind in HARMLESS else (2, 2)
    with proxy.toxic(kind, stream=stream, **attributes):
        assert ask_at_once(client) == []
        client.transport.retry = RetryPolicy(attempts=2, first_wait=0.01)
        errors = ask_at_once(client, "grpc")
        assert {type(error) for error in errors} <= {ConnectionFailedError, RequestTimeoutError}
        if kind in HARMLESS:
            assert errors == []
    client.timeout_config = (10, 30)
    wait_for_grpc(client)
    client.transport.retry = RetryPolicy(attempts=10)
    assert ask_at_once(client, "grpc") == []


def test_a_line_on_which_everything_is_lost_is_left(client: Client, proxy: Proxy) -> None:
    """The connection stays open and is dead: as by HTTP, the next calls go by another one."""
    wait_for_grpc(client)
    client.timeout_config = (1, 1)
    patient, client.transport.retry = client.transport.retry, NO_RETRY
    with proxy.toxic("timeout", timeout=0):
        with pytest.raises(RequestTimeoutError):
            ask(client, 1, "grpc")
        client.transport.retry = patient  # a busy server does not answer 16 threads by HTTP in a second
        assert ask_at_once(client) == []
    client.transport.retry = NO_RETRY
    client.timeout_config = (10, 30)
    wait_for_grpc(client)
    assert ask_at_once(client, "grpc") == []


def test_a_line_that_is_cut_and_mended(client: Client, proxy: Proxy) -> None:
    wait_for_grpc(client)
    over = threading.Event()

    def break_it() -> None:
        for _ in range(5):
            proxy.cut()
            over.wait(0.1)
            proxy.mend()
            over.wait(0.2)

    breaking = threading.Thread(target=break_it)
    breaking.start()
    errors = ask_at_once(client)
    client.transport.retry = RetryPolicy(attempts=30, first_wait=0.05, longest_wait=0.5)
    client.timeout_config = (10, 30)
    errors += ask_at_once(client, "grpc")
    breaking.join()
    assert errors == []
    wait_for_grpc(client)


def test_what_an_operation_takes_is_bounded_on_both_wires_together(client: Client, proxy: Proxy) -> None:
    wait_for_grpc(client)
    client.timeout_config = (60, 60)
    client.transport.operation_timeout = 1.0
    with proxy.toxic("timeout", timeout=0), recorded_requests(client) as requests:
        with pytest.raises(RequestTimeoutError), Session(client):
            Pebble.query.order_by("number").limit(1).all()
        assert [request.url.partition(":")[0] for request in requests] == ["grpc"]


def test_what_a_batch_takes_is_bounded_on_both_wires_together(client: Client, proxy: Proxy) -> None:
    wait_for_grpc(client)
    client.timeout_config = (60, 60)
    client.transport.operation_timeout = 1.0
    id = str(uuid4())
    body = {"class": "TestGrpcPebble", "id": id, "properties": {"number": 5000}, "vector": [1.0, 2.0]}
    with proxy.toxic("timeout", timeout=0), recorded_requests(client) as requests:
        with pytest.raises(RequestTimeoutError):
            send_objects(client.transport, [body])
        assert [request.url.partition(":")[0] for request in requests] == ["grpc"]
    client.transport.operation_timeout = None
    client.data_object.delete(id, class_name="TestGrpcPebble")


def test_calls_that_are_sent_at_once_over_a_line_that_is_cut(client: Client, proxy: Proxy) -> None:
    """Those without an answer are repeated, and the answers stay in their order."""
    client.transport.retry = RetryPolicy(attempts=30, first_wait=0.05, longest_wait=0.5)
    client.timeout_config = (10, 30)
    wait_for_grpc(client)
    request: Any = search_messages()["Request"]
    limits = [1, 40, 2, 60, 3]
    calls = [
        Call("Search", request(**SEARCH, limit=limit).SerializeToString(), partial(str, "a search")) for limit in limits
    ]
    rpc: Any = client.transport.rpc
    requests: list[object] = []

    def cut(request: object) -> None:
        requests.append(request)
        if len(requests) == len(calls):
            proxy.cut()
        elif len(requests) == len(calls) + 3:
            proxy.mend()

    with proxy.toxic("latency", latency=200):
        client.transport.observers.append(cut)
        answers = rpc.read(calls, persistent=True)
        client.transport.observers.remove(cut)
    assert [len(read_ids(answer)) for answer in answers] == limits
    assert len(requests) > len(calls)


@contextmanager
def revived(revivable: Revivable, times: int) -> Iterator[Callable[[], bool]]:
    """A block in which the server is killed and started again so often; yields whether that is over."""
    over = threading.Event()

    def kill_and_revive() -> None:
        try:
            for _ in range(times):
                revivable.kill()
                revivable.revive()
        finally:
            over.set()

    breaking = threading.Thread(target=kill_and_revive)
    breaking.start()
    try:
        yield over.is_set
    finally:
        breaking.join()


@pytest.mark.timeout(900)
def test_a_server_that_is_killed_during_reads_and_commits(tmp_path: Path, server: Server) -> None:
    """Reads return what is stored, commits store each object once, whatever happens in between."""
    revivable = Revivable(tmp_path / "data")
    try:
        url = f"http://127.0.0.1:{revivable.port}"
        with Client(url, AuthApiKey(KEY), grpc=revivable.grpc_port, timeout_config=(5, 30)) as client:
            client.transport.retry = client.transport.batch_retry = RetryPolicy(attempts=400, longest_wait=1.0)
            client.transport.operation_timeout = MINUTES
            create_all(client, [Pebble])
            with Session(client) as session:
                session.add_all(pebbles("pebble " * 150))
                session.commit()
            written: list[int] = []
            with revived(revivable, 2) as is_over:

                def write() -> None:
                    while not is_over():
                        number = 1000 + 100 * len(written)
                        with Session(client) as session:
                            session.add_all(
                                Pebble(number=number + each, text="new", vector=[1.0, each]) for each in range(100)
                            )
                            session.commit()
                        written.append(number)

                writing = threading.Thread(target=write)
                writing.start()
                while not is_over():
                    assert ask_at_once(client) == []
                writing.join()
            assert written
            # no filter: objects of which a server is killed before it indexes them are not indexed when they are stored
            # again, if nothing in them differs (measured on Weaviate 1.39)
            with Session(client):
                new = sorted(each.number for each in Pebble.query.iterator(method="listing") if each.text == "new")
            assert new == [number + each for number in written for each in range(100)]
    finally:
        revivable.close()


@pytest.fixture
def small(tmp_path: Path, server: Server) -> Iterator[EmbeddedServer]:
    """A server whose messages by gRPC are small."""
    small_messages = {"GRPC_MAX_MESSAGE_SIZE": "20000"}
    options = EmbeddedOptions(vectorizer=False, additional_env_vars=small_messages, startup_timeout=MINUTES)
    with EmbeddedServer(options) as started:
        yield started


def test_what_is_too_large_for_the_servers_grpc_goes_by_http(small: EmbeddedServer) -> None:
    with Client(small.url, AuthApiKey(small.api_key), grpc=small.grpc_port) as client:
        create_all(client, [Pebble])
        with recorded_requests(client) as requests, Session(client) as session:
            session.add_all(pebbles("pebble " * 150))
            session.commit()
        assert [each.url.partition(":")[0] for each in requests if "atch" in each.url] == ["grpc", "http"]
        with recorded_requests(client) as requests, Session(client):
            many = Pebble.query.order_by("number").limit(COUNT).all()
            assert [pebble.number for pebble in many] == list(range(COUNT))
            few = Pebble.query.order_by("number").limit(3).all()
            assert [pebble.number for pebble in few] == [0, 1, 2]
        assert [each.url.partition(":")[0] for each in requests] == ["grpc", "http", "grpc"]
        with (
            Session(client, wire="grpc") as session,
            pytest.raises(UnexpectedStatusError, match="GRPC_MAX_MESSAGE_SIZE") as caught,
        ):
            session.query(Pebble).order_by("number").limit(COUNT).all()
        assert caught.value.status_code == 413

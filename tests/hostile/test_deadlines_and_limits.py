"""Waits have ends: whatever a server sends, and however slowly, an operation is over when its time is."""

from __future__ import annotations

import gzip
import threading
import time
from collections.abc import Callable, Iterator

import orjson
import pytest

from tests.hostile.issuer import Respond, issuing
from tests.scripted_host import Answer, Host, Request, Script
from weaviate_orm import (
    AuthApiKey,
    AuthClientPassword,
    Client,
    OperationTimeoutError,
    RequestTimeoutError,
    TransportError,
    ValidationError,
)
from weaviate_orm.client import Shard
from weaviate_orm.client.config import Config
from weaviate_orm.exceptions import LoginError, StartUpError, UnexpectedStatusError
from weaviate_orm.http.congestion import Congestion
from weaviate_orm.http.deadlines import deadline, seconds_left
from weaviate_orm.http.decompression import BodyError, read_body
from weaviate_orm.http.retry import NO_RETRY

pytestmark = pytest.mark.slow  # it waits until deadlines are over

Hostile = Callable[[Respond], Host]

MEGABYTE = 2**20
HEAD = b"HTTP/1.1 200 OK\r\n"


def forever(part: bytes, pause: float = 0.0, first: bytes = b"") -> Iterator[bytes]:
    yield first
    while True:
        yield part
        time.sleep(pause)


SLOW: dict[str, Callable[[], Iterator[bytes]]] = {
    "a body by drops": lambda: forever(b" ", 0.05, HEAD + b"Content-Length: 999999\r\n\r\n"),
    "chunks by drops": lambda: forever(b"1\r\n \r\n", 0.05, HEAD + b"Transfer-Encoding: chunked\r\n\r\n"),
    "a body without a length": lambda: forever(b" ", 0.05, HEAD + b"\r\n"),
    "a status line by drops": lambda: forever(b"H", 0.05),
    "a header by drops": lambda: forever(b"x", 0.05, HEAD + b"X-Long: "),
    "the size of a chunk by drops": lambda: forever(b"0", 0.05, HEAD + b"Transfer-Encoding: chunked\r\n\r\n"),
    "100 Continue now and then": lambda: forever(b"HTTP/1.1 100 Continue\r\n\r\n", 0.05),
    "gzip by drops": lambda: forever(
        gzip.compress(b"")[:10] or b"", 0.05, HEAD + b"Content-Encoding: gzip\r\nContent-Length: 999999\r\n\r\n"
    ),
}


@pytest.mark.parametrize("kind", SLOW)
def test_a_slow_answer_ends_with_the_operation(hostile: Hostile, kind: str) -> None:
    server = hostile(lambda request: SLOW[kind]())
    config = Config(operation_timeout=0.5)
    with Client(server.url, startup_period=None, timeout_config=(5, 5), additional_config=config) as client:
        for call in (client.get_meta, lambda: client.schema.create_class({"class": "A"})):
            with pytest.raises(TransportError) as caught:
                call()
            assert "gzip" in kind or isinstance(caught.value, RequestTimeoutError)


@pytest.mark.parametrize("kind", SLOW)
def test_a_slow_server_is_not_ready(hostile: Hostile, kind: str) -> None:
    server = hostile(lambda request: SLOW[kind]())
    with Client(server.url, startup_period=None, timeout_config=(0.3, 0.3)) as client:
        assert not client.is_ready()
        assert not client.is_live()


def test_a_startup_period_ends_whatever_comes(hostile: Hostile) -> None:
    server = hostile(lambda request: SLOW["a body by drops"]())
    with pytest.raises(StartUpError):
        Client(server.url, startup_period=0.2)


def test_a_slow_version_ends_too(hostile: Hostile) -> None:
    def respond(request: Request) -> Answer | Script:
        return (200, {}, b"{}") if request.path.endswith("ready") else SLOW["a body by drops"]()

    with pytest.raises(TransportError):
        Client(hostile(respond).url, startup_period=0.2, timeout_config=(0.3, 0.3))


def test_a_slow_issuer_ends_for_every_thread(hostile: Hostile) -> None:
    server = hostile(issuing(lambda request: SLOW["a body by drops"]()))
    errors: list[BaseException] = []
    config = Config(operation_timeout=0.6)
    with Client(server.url, AuthClientPassword("a", "b"), startup_period=None, additional_config=config) as client:

        def ask() -> None:
            try:
                client.get_meta()
            except TransportError as error:
                errors.append(error)

        threads = [threading.Thread(target=ask) for _ in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert len(errors) == 8
    assert all(isinstance(error, (LoginError, RequestTimeoutError)) for error in errors)


def test_what_comes_before_a_body_is_bounded(hostile: Hostile) -> None:
    server = hostile(lambda request: forever(b"HTTP/1.1 100 Continue\r\n\r\n" * 1000))
    with Client(server.url, startup_period=None) as client, pytest.raises(TransportError):
        client.transport.request("GET", "/meta", retry=NO_RETRY)


BOMB = gzip.compress(bytes(64 * MEGABYTE))


@pytest.mark.parametrize(
    "script",
    [
        lambda: [HEAD + b"Content-Encoding: gzip\r\nContent-Length: %d\r\n\r\n" % len(BOMB) + BOMB],
        lambda: [HEAD + b"Content-Length: 64000000\r\n\r\n", bytes(64_000_000)],
        lambda: forever(bytes(MEGABYTE), 0, HEAD + b"\r\n"),
        lambda: forever(b"100000\r\n" + bytes(MEGABYTE) + b"\r\n", 0, HEAD + b"Transfer-Encoding: chunked\r\n\r\n"),
        lambda: forever(bytes(MEGABYTE), 0, b"HTTP/1.1 500 No\r\n\r\n"),
        lambda: forever(bytes(MEGABYTE), 0, b"HTTP/1.1 302 No\r\nLocation: /\r\n\r\n"),
        lambda: forever(bytes(MEGABYTE), 0, b"HTTP/1.1 401 No\r\n\r\n"),
    ],
)
def test_an_answer_is_bounded_in_size(hostile: Hostile, script: Callable[[], Script]) -> None:
    server = hostile(lambda request: script())
    config = Config(largest_answer=4 * MEGABYTE)
    with (
        Client(server.url, AuthApiKey("k"), startup_period=None, additional_config=config) as client,
        pytest.raises(TransportError, match="largest_answer"),
    ):
        client.get_meta()
    assert len(server.requests) == 1


def test_bodies_are_decompressed_within_the_bound() -> None:
    content = b"weaviate" * 100_000
    bodies = {
        "": content,
        "identity": content,
        "gzip": gzip.compress(content),
        " GZIP ": gzip.compress(content[:10]) + gzip.compress(content[10:]),
        "x-gzip": gzip.compress(content),
    }
    for encoding, body in bodies.items():
        for size in (1, 7, len(body)):
            if len(body) // size > 100_000:
                continue
            chunks = [body[begin : begin + size] for begin in range(0, len(body), size)]
            assert read_body(chunks, encoding, len(content)) == content
            with pytest.raises(BodyError, match="larger"):
                read_body(chunks, encoding, len(content) - 1)


@pytest.mark.parametrize(
    ("encoding", "body"),
    [("br", b"x"), ("gzip, gzip", b"x"), ("gzip", b"no gzip"), ("gzip", BOMB[:1000]), ("deflate", b"x")],
)
def test_what_cannot_be_decompressed_is_said(encoding: str, body: bytes) -> None:
    with pytest.raises(BodyError):
        read_body([body], encoding, 2**30)


def test_an_empty_body_may_be_said_to_be_compressed() -> None:
    assert read_body([], "gzip", 10) == b""


def test_the_first_of_several_deadlines_holds() -> None:
    assert seconds_left() == float("inf")
    with deadline(100), deadline(1), deadline(50):
        assert seconds_left() <= 1
    assert seconds_left() == float("inf")


def test_a_wait_beyond_the_deadline_is_not_begun(hostile: Hostile) -> None:
    server = hostile(lambda request: (503, {"Retry-After": "29"}, b"{}"))
    config = Config(operation_timeout=28)
    with (
        Client(server.url, startup_period=None, additional_config=config) as client,
        pytest.raises(UnexpectedStatusError, match="503"),
    ):
        client.get_meta()
    assert len(server.requests) == 1


def test_what_is_refused_with_429_holds_all_threads_back(hostile: Hostile) -> None:
    arrived: list[float] = []

    def respond(request: Request) -> Answer:
        arrived.append(time.monotonic())
        return (429, {"Retry-After": "0.5"}, b"{}") if len(arrived) == 1 else (200, {}, b"{}")

    with Client(hostile(respond).url, startup_period=None) as client:
        refused = threading.Thread(target=client.get_meta)
        refused.start()
        while not client.transport.congestion._until:
            time.sleep(0.001)
        client.get_meta()  # of another thread, which was not refused
        refused.join()
    assert len(arrived) == 3
    assert arrived[1] - arrived[0] >= 0.5


def test_a_pause_doubles_for_what_is_refused_after_it_and_no_sooner(monkeypatch: pytest.MonkeyPatch) -> None:
    now = 1000.0
    monkeypatch.setattr("weaviate_orm.http.congestion.time.monotonic", lambda: now)
    congestion = Congestion()
    lengths = []
    for _ in range(8):
        for _ in range(32):  # all that were under way
            congestion.refused(None)
        lengths.append(congestion._until - now)
        congestion.passed()  # one that was sent before the pause says nothing
        now = congestion._until
    assert lengths == [0.25, 0.5, 1, 2, 4, 8, 8, 8]
    congestion.passed()
    congestion.refused(3)
    assert congestion._until - now == 3
    congestion.refused(1e9)
    assert congestion._until - now == 3


WAITS: dict[str, Callable[[Client, float | None], object]] = {
    "a backup": lambda client, timeout: client.backup.create(
        "b", "filesystem", wait_for_completion=True, wait_timeout=timeout
    ),
    "a restore": lambda client, timeout: client.backup.restore(
        "b", "filesystem", wait_for_completion=True, wait_timeout=timeout
    ),
    "an export": lambda client, timeout: client.export.create(
        export_id="e", backend="s3", wait_for_completion=True, wait_timeout=timeout
    ),
    "a classification": lambda client, timeout: (
        client.classification.schedule()
        .with_type("zeroshot")
        .with_class_name("A")
        .with_based_on_properties(["a"])
        .with_classify_properties(["b"])
        .with_wait_for_completion(wait_timeout=timeout)
        .do()
    ),
    "the indexing of vectors": lambda client, timeout: client.batch.wait_for_vector_indexing(
        [Shard("A")], wait_timeout=timeout
    ),
}


NEVER_DONE = {"id": "5b0c5f8e-6d0f-4c29-8f0e-0d3b2c1a9e11", "status": "STARTED", "version": "1.39.2"}


def never_done(request: Request) -> Answer:
    shards = [{"status": "INDEXING", "vectorQueueSize": 7}]
    return 200, {"Content-Type": "application/json"}, orjson.dumps(shards if "/shards" in request.path else NEVER_DONE)


@pytest.mark.parametrize("kind", WAITS)
def test_a_wait_for_work_that_never_ends_has_an_end(hostile: Hostile, kind: str) -> None:
    server = hostile(never_done)
    with Client(server.url, startup_period=None) as client:
        with pytest.raises(OperationTimeoutError, match=r"is not done after 0\.2 seconds, and goes on") as caught:
            WAITS[kind](client, 0.2)
        assert caught.value.status
        requests = len(server.requests)
        for wrong in (-1.0, float("nan")):
            with pytest.raises(ValidationError, match="wait_timeout is a number of seconds"):
                WAITS[kind](client, wrong)
        assert len(server.requests) == requests

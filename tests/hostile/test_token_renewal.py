"""Tokens under load: one renewal and one repetition for everybody, and nothing that grows with the requests."""

from __future__ import annotations

import gc
import threading
import time
import tracemalloc
from collections.abc import Callable
from itertools import pairwise
from typing import Any

import orjson
import pytest

from tests.hostile.issuer import Respond, issuing
from tests.scripted_grpc import answering
from tests.scripted_host import Answer, Host, Request
from weaviate_orm import AuthApiKey, AuthBearerToken, AuthClientPassword, Client, Config, TransportError
from weaviate_orm.batch.send import send_objects
from weaviate_orm.exceptions import AuthenticationError, LoginError
from weaviate_orm.http.auth_token import LONGEST_LIFETIME, UNSTATED_LIFETIME, Token
from weaviate_orm.http.grpc import Rpc
from weaviate_orm.http.shapes import ShapeError
from weaviate_orm.http.transport import Call

Hostile = Callable[[Respond], Host]

THREADS = 32


class Login:
    """The answers of a server and of its issuer to logins. ``accepted``: the tokens that it takes; None: any."""

    def __init__(self) -> None:
        self.tokens = 0
        self.accepted: set[str] | None = None
        self.refuses: Callable[[], bool] = lambda: False
        self.delay: Callable[[], float] = lambda: 0.0
        self._lock = threading.Lock()

    def __call__(self, request: Request) -> Answer:
        if request.path == "/token":
            time.sleep(self.delay())
            if self.refuses():
                return 400, {}, b'{"error": "invalid_grant"}'
            with self._lock:
                self.tokens += 1
                answer = {"access_token": f"T{self.tokens}", "expires_in": 3600, "refresh_token": f"R{self.tokens}"}
            return 200, {}, orjson.dumps(answer)
        token = request.headers.get("authorization", "").removeprefix("Bearer ")
        if self.accepted is not None and token not in self.accepted:
            return 401, {}, b'{"error": [{"message": "no"}]}'
        return 200, {}, b'{"version": "1.39.2"}'


def kinds(host: Host) -> list[str]:
    """What was asked, but for the search for the issuer."""
    asked = [request for request in host.requests if request.path in ("/token", "/v1/meta")]
    return ["token" if request.path == "/token" else request.headers["authorization"] for request in asked]


def test_a_refused_request_is_repeated_once_however_many_went_before(hostile: Hostile) -> None:
    login = Login()
    server = hostile(issuing(login))
    with Client(server.url, AuthClientPassword("u", "p"), startup_period=None) as client:
        for _ in range(20):
            client.get_meta()
        server.requests.clear()
        login.accepted = set()
        with pytest.raises(AuthenticationError):
            client.get_meta()
        assert kinds(server) == ["Bearer T1", "token", "Bearer T2"]
        login.accepted = None
        assert client.get_meta() == {"version": "1.39.2"}


def test_one_renewal_serves_all_that_were_refused(hostile: Hostile) -> None:
    login = Login()
    server = hostile(issuing(login))
    login.delay = lambda: 0.2
    with Client(server.url, AuthClientPassword("u", "p"), startup_period=None) as client:
        client.get_meta()
        server.requests.clear()
        login.accepted = {"T2"}
        run_threads(THREADS, lambda: client.get_meta())
    assert kinds(server).count("token") == 1
    assert kinds(server).count("Bearer T1") <= THREADS
    assert kinds(server).count("Bearer T2") == THREADS


def test_a_bearer_token_that_cannot_be_renewed_is_not_repeated(hostile: Hostile) -> None:
    login = Login()
    login.accepted = set()
    server = hostile(issuing(login))
    with (
        Client(server.url, AuthBearerToken("mine", 3600), startup_period=None) as client,
        pytest.raises(AuthenticationError),
    ):
        client.get_meta()
    assert [request.path for request in server.requests] == ["/v1/meta"]


def grpc_accepting(tokens: set[str], asked: list[Any]) -> Any:
    """A gRPC server that takes some tokens, and appends the metadata of calls; yields its port."""

    def respond(_: bytes, context: Any) -> bytes:
        if dict(context.invocation_metadata())["authorization"] not in tokens:
            context.abort(pytest.importorskip("grpc").StatusCode.UNAUTHENTICATED, "no")
        return b""

    return answering(respond, asked=asked)


def shown_tokens(asked: list[Any]) -> list[str]:
    return [metadata["authorization"] for metadata in asked]


def test_a_refused_call_by_grpc_is_repeated_once_and_not_over_http(hostile: Hostile) -> None:
    login = Login()
    server = hostile(issuing(login))
    asked: list[Any] = []
    body = {"class": "A", "id": "00000000-0000-0000-0000-000000000001", "properties": {}, "vector": [1.0]}
    with (
        grpc_accepting(set(), asked) as port,
        Client(
            server.url,
            AuthClientPassword("u", "p"),
            startup_period=None,
            additional_config=Config(grpc_port_experimental=port),
        ) as client,
    ):
        client.get_meta()
        server.requests.clear()
        login.accepted = set()
        with pytest.raises(AuthenticationError, match=r"grpc://127\.0\.0\.1"):
            send_objects(client.transport, [body])
    assert shown_tokens(asked) == ["Bearer T1", "Bearer T2"]
    assert [request.path for request in server.requests] == ["/token"]


@pytest.mark.parametrize("takes_the_new_one", [True, False])
def test_calls_by_grpc_that_are_sent_at_once_are_refused_once(hostile: Hostile, takes_the_new_one: bool) -> None:
    login = Login()
    server = hostile(issuing(login))
    asked: list[Any] = []
    calls = [Call("Search", b"", lambda: "a search")] * 3
    with (
        grpc_accepting({"Bearer T2"} if takes_the_new_one else set(), asked) as port,
        Client(server.url, AuthClientPassword("u", "p"), startup_period=None, grpc=port) as client,
    ):
        client.get_meta()
        rpc = client.transport.rpc
        assert isinstance(rpc, Rpc)
        rpc.wait(60)
        server.requests.clear()
        if takes_the_new_one:
            assert rpc.read(calls, persistent=True) == [b""] * 3
        else:
            with pytest.raises(AuthenticationError):
                rpc.read(calls, persistent=True)
    assert shown_tokens(asked) == ["Bearer T1"] * 3 + ["Bearer T2"] * (3 if takes_the_new_one else 1)
    assert [request.path for request in server.requests] == ["/token"]


def test_threads_that_are_refused_by_grpc_share_a_renewal(hostile: Hostile) -> None:
    login = Login()
    server = hostile(issuing(login))
    login.delay = lambda: 0.2
    asked: list[Any] = []
    with (
        grpc_accepting({"Bearer T2"}, asked) as port,
        Client(server.url, AuthClientPassword("u", "p"), startup_period=None, grpc=port) as client,
    ):
        client.get_meta()
        server.requests.clear()
        rpc: Any = client.transport.rpc
        run_threads(THREADS, lambda: rpc.read([Call("Search", b"", lambda: "a search")], persistent=True))
    assert [request.path for request in server.requests] == ["/token"]
    assert shown_tokens(asked).count("Bearer T1") <= THREADS
    assert shown_tokens(asked).count("Bearer T2") == THREADS


def test_a_key_that_is_refused_by_grpc_is_shown_once(hostile: Hostile) -> None:
    server = hostile(issuing(Login()))
    asked: list[Any] = []
    with (
        grpc_accepting(set(), asked) as port,
        Client(server.url, AuthApiKey("old"), startup_period=None, grpc=port) as client,
    ):
        rpc: Any = client.transport.rpc
        rpc.wait(60)
        with pytest.raises(AuthenticationError):
            rpc.read([Call("Search", b"", lambda: "a search")], persistent=True)
    assert shown_tokens(asked) == ["Bearer old"]
    assert server.requests == []


@pytest.mark.slow
def test_requests_leave_nothing_behind(hostile: Hostile) -> None:
    server = hostile(issuing(Login()))
    with Client(server.url, AuthClientPassword("u", "p"), startup_period=None) as client:

        def held_after(count: int) -> int:
            for _ in range(count):
                client.get_meta()
            server.requests.clear()
            gc.collect()
            return tracemalloc.get_traced_memory()[0]

        held_after(20)
        tracemalloc.start()
        try:
            held = [held_after(200) for _ in range(4)]
            # a hook for each request were some 200 bytes in each round; caches and other threads take memory in some
            assert min(after - before for before, after in pairwise(held)) < 20_000
        finally:
            tracemalloc.stop()


def run_threads(count: int, work: Callable[[], object]) -> None:
    threads = [threading.Thread(target=work) for _ in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


@pytest.mark.slow
def test_threads_against_an_issuer_that_refuses_delays_and_forgets(hostile: Hostile) -> None:
    besiege(hostile, calls=4)


@pytest.mark.heavy
def test_the_same_for_a_minute(hostile: Hostile) -> None:
    besiege(hostile, seconds=60)


def besiege(hostile: Hostile, *, calls: int | None = None, seconds: float | None = None) -> None:
    """At most three requests for each call, every thread ends, and memory is as it was."""
    login = Login()
    server = hostile(issuing(login))
    turns = iter(range(10**9))
    login.refuses = lambda: next(turns) % 3 == 1
    login.delay = lambda: (next(turns) % 4) * 0.01
    login.accepted = set()
    made, lock = 0, threading.Lock()
    end = time.monotonic() + (seconds or 0.0)
    sent = 0

    def forget() -> None:  # the server takes the newest token, or none
        with lock:
            login.accepted = {f"T{login.tokens}"} if next(turns) % 2 else set()

    with Client(server.url, AuthClientPassword("u", "p"), startup_period=None) as client:

        def work() -> None:
            nonlocal made
            mine = 0
            while mine < calls if calls is not None else time.monotonic() < end:
                try:
                    client.get_meta()
                except (LoginError, AuthenticationError):
                    forget()
                mine += 1
                with lock:
                    made += 1

        def traced() -> int:
            gc.collect()
            return tracemalloc.get_traced_memory()[0]

        with pytest.raises(TransportError):
            client.get_meta()
        tracemalloc.start()
        try:
            sent += len(server.requests)
            made += 1
            server.requests.clear()
            before = traced()
            run_threads(THREADS, work)
            sent += len(server.requests)
            server.requests.clear()
            grown = traced() - before
        finally:
            tracemalloc.stop()
    assert made > THREADS
    # those that look for the issuer are sent once
    assert sent <= 3 * made + 2
    assert grown < 3_000_000  # connections and their buffers


@pytest.mark.parametrize(
    "answer",
    [
        None,
        [],
        {},
        {"access_token": None},
        {"access_token": 7},
        {"access_token": "a\r\nX-Evil: 1"},
        {"access_token": "世"},
        {"access_token": "a", "refresh_token": 7},
        {"access_token": "a", "expires_in": []},
    ],
)
def test_what_is_no_token(answer: Any) -> None:
    with pytest.raises(ShapeError):
        Token.answered(answer, since=0)


@pytest.mark.parametrize(
    ("expires_in", "seconds"),
    [
        (60, 60.0),
        ("60", 60.0),
        (None, UNSTATED_LIFETIME),
        (0, UNSTATED_LIFETIME),
        ("soon", UNSTATED_LIFETIME),
        (float("nan"), UNSTATED_LIFETIME),
        (1e300, LONGEST_LIFETIME),
        (10**400, UNSTATED_LIFETIME),
        ("inf", LONGEST_LIFETIME),
    ],
)
def test_how_long_a_token_lives(expires_in: Any, seconds: float) -> None:
    assert Token.answered({"access_token": "a", "expires_in": expires_in}, since=1000).end == 1000 + seconds

"""A fork during each thing that holds a lock: the child works, and waits for nobody of its parent's."""

from __future__ import annotations

import gc
import logging
import os
import threading
from collections.abc import Callable, Iterator
from concurrent import futures
from contextlib import contextmanager
from typing import Any

import orjson
import pytest

from tests.forked_child import in_child
from tests.hostile.issuer import Respond, issuing
from tests.scripted_host import Answer, Host, Request, Script
from weaviate_orm import AuthClientPassword, Client, Field, Model, Session, configure, listen, unlisten
from weaviate_orm.batch.send import send_objects
from weaviate_orm.cached_property import cached_property
from weaviate_orm.client.config import Config, ConnectionConfig
from weaviate_orm.gc_pause import collection_paused
from weaviate_orm.model.mapper import Mapper
from weaviate_orm.session import default_client, dispatch

pytestmark = [
    pytest.mark.skipif(not hasattr(os, "fork"), reason="nothing forks here"),
    pytest.mark.filterwarnings("ignore:.*fork.*:DeprecationWarning"),
]

Hostile = Callable[[Respond], Host]


class Gate:
    """Where another thread of the parent stands while the child is forked."""

    def __init__(self) -> None:
        self.reached = threading.Event()
        self.opened = threading.Event()

    def stand(self) -> None:
        self.reached.set()
        self.opened.wait()

    @contextmanager
    def during(self, work: Callable[[], object]) -> Iterator[None]:
        """A block while another thread has begun ``work``, and stands within it."""
        thread = threading.Thread(target=work)
        thread.start()
        self.reached.wait()
        try:
            yield
        finally:
            self.opened.set()
            thread.join()

    def holding(self, lock: Any) -> Callable[[], None]:
        def hold() -> None:
            with lock:
                self.stand()

        return hold


def answer(request: Request) -> Answer:
    if request.path.startswith("/v1/batch/objects"):
        objects = orjson.loads(request.body)["objects"]
        return 200, {}, orjson.dumps([{**each, "result": {"status": "SUCCESS"}} for each in objects])
    return 200, {}, b'{"version": "1.39.2"}'


answering = issuing(answer, token="T")


def standing(gate: Gate, path: str) -> Respond:
    """Answers, but for the first request for a path, which waits at the gate."""
    first = threading.Lock()

    def respond(request: Request) -> Answer | Script:
        if request.path.startswith(path) and first.acquire(blocking=False):
            gate.stand()
        return answering(request)

    return respond


BODY = {"class": "A", "id": "00000000-0000-0000-0000-000000000001", "properties": {}, "vector": [1.0]}
VERSION = repr({"version": "1.39.2"})


def test_while_a_token_is_renewed(hostile: Hostile) -> None:
    gate = Gate()
    server = hostile(standing(gate, "/token"))
    with Client(server.url, AuthClientPassword("a", "b"), startup_period=None) as client, gate.during(client.get_meta):
        assert in_child(client.get_meta) == VERSION


def test_while_the_only_connection_is_in_use(hostile: Hostile) -> None:
    gate = Gate()
    config = Config(connection_config=ConnectionConfig(session_pool_maxsize=1))
    server = hostile(standing(gate, "/v1/meta"))
    with Client(server.url, startup_period=None, additional_config=config) as client, gate.during(client.get_meta):
        assert in_child(client.get_meta) == VERSION


def test_while_the_connections_are_made(hostile: Hostile) -> None:
    gate = Gate()
    with Client(hostile(answering).url, startup_period=None) as client:
        with gate.during(gate.holding(client.transport._lock)):
            assert in_child(client.get_meta) == VERSION
        assert client.get_meta() == {"version": "1.39.2"}


def test_while_a_batch_is_under_way(hostile: Hostile) -> None:
    gate = Gate()
    server = hostile(standing(gate, "/v1/batch/objects"))
    with Client(server.url, startup_period=None) as client:
        client.batch.configure(batch_size=1, dynamic=False, num_workers=1, callback=None)

        def fill() -> None:
            for number in range(3):
                client.batch.add_data_object({"n": number}, "A")
            client.batch.flush()

        def work() -> object:
            client.batch.add_data_object({"n": 9}, "A")
            client.batch.flush()
            return client.batch.failed_objects

        with gate.during(fill):
            assert in_child(work) == "[]"
    numbers = [each["properties"]["n"] for request in server.requests for each in orjson.loads(request.body)["objects"]]
    assert sorted(numbers) == [0, 1, 2, 9]


@pytest.mark.parametrize("lock", ["_lock", "_reporting"])
def test_while_the_queue_of_a_batch_is_locked(hostile: Hostile, lock: str) -> None:
    gate = Gate()
    with Client(hostile(answering).url, startup_period=None) as client:
        client.batch.configure(batch_size=1, dynamic=False, num_workers=1, callback=lambda results: None)

        def work() -> object:
            client.batch.add_data_object({"n": 9}, "A")
            client.batch.flush()
            return client.batch.failed_objects

        with gate.during(gate.holding(getattr(client.batch._queue, lock))):
            assert in_child(work) == "[]"


def test_while_a_call_by_grpc_is_under_way(hostile: Hostile) -> None:
    grpc = pytest.importorskip("grpc")
    gate = Gate()

    class Handler(grpc.GenericRpcHandler):  # type: ignore[misc,name-defined]
        def service(self, details: object) -> object:
            def reply(request: bytes, context: object) -> bytes:
                gate.stand()
                return b""

            return grpc.unary_unary_rpc_method_handler(reply)

    server = grpc.server(futures.ThreadPoolExecutor(1))
    server.add_generic_rpc_handlers((Handler(),))
    port = server.add_insecure_port("127.0.0.1:0")
    server.start()
    host = hostile(answering)
    try:
        with (
            Client(host.url, startup_period=None, additional_config=Config(grpc_port_experimental=port)) as client,
            gate.during(lambda: send_objects(client.transport, [BODY])),
        ):
            assert in_child(lambda: send_objects(client.transport, [BODY])) == "[None]"
        assert len(host.requests) == 1  # the child's, which has no connection by gRPC
    finally:
        server.stop(None)


def test_while_something_is_logged(hostile: Hostile) -> None:
    gate = Gate()
    handler = logging.StreamHandler(open(os.devnull, "w"))  # noqa: SIM115 - closed with the handler's stream below
    logger = logging.getLogger("weaviate_orm")
    logger.addHandler(handler)
    try:
        assert handler.lock is not None
        with gate.during(gate.holding(handler.lock)):
            assert in_child(lambda: logger.warning("of the child")) == "None"
    finally:
        logger.removeHandler(handler)
        handler.stream.close()


def test_while_the_default_client_is_set(hostile: Hostile) -> None:
    gate = Gate()
    with Client(hostile(answering).url, startup_period=None) as client:
        configure(client)
        try:
            with gate.during(gate.holding(default_client._lock)):
                assert in_child(lambda: default_client.default_client() is client) == "True"
        finally:
            configure(None)


def test_while_a_listener_is_registered() -> None:
    gate = Gate()

    def heard(session: object) -> None: ...

    def work() -> None:
        listen(Session, "before_flush", heard)
        unlisten(Session, "before_flush", heard)

    with gate.during(gate.holding(dispatch._registering)):
        assert in_child(work) == "None"


@pytest.mark.slow
def test_while_models_are_defined_and_read() -> None:
    stop = threading.Event()

    def define() -> type[Model]:
        class Forked(Model):
            text: Field[str]

            class Meta:
                name = "TestForked"

        assert Forked.query.where(text="a").graphql()
        return Forked

    def keep_defining() -> None:
        while not stop.is_set():
            define()

    thread = threading.Thread(target=keep_defining)
    thread.start()
    try:
        for _ in range(10):
            assert in_child(lambda: define().__name__) == "Forked"
    finally:
        stop.set()
        thread.join()
    # that of functools has a lock, up to Python 3.11, which is held while a mapper reads its model
    assert isinstance(vars(Mapper)["entity"], cached_property)


def test_while_the_collector_is_paused() -> None:
    gate = Gate()
    assert gc.isenabled()

    def read() -> None:
        with collection_paused():
            gate.stand()

    with gate.during(read):
        assert not gc.isenabled()
        assert in_child(gc.isenabled) == "True"
    assert gc.isenabled()

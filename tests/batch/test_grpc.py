"""Batches by gRPC store what batches by HTTP store, and what gRPC cannot do, HTTP does."""

from __future__ import annotations

import logging
import multiprocessing
import sys
from collections.abc import Iterator
from datetime import datetime, timezone
from typing import Any, Literal
from uuid import UUID, uuid4

import numpy as np
import pytest
import requests

from tests.batch.conftest import count
from tests.start_refusals import check_refused
from weaviate_orm import (
    AuthApiKey,
    Client,
    Config,
    ConfigurationError,
    Field,
    Model,
    Session,
    create_all,
    drop_all,
    field,
)
from weaviate_orm.batch.send import send_objects
from weaviate_orm.client import client as client_module
from weaviate_orm.embedded import EmbeddedOptions, EmbeddedServer
from weaviate_orm.exceptions import AuthenticationError, TransportError
from weaviate_orm.http.grpc import Rpc
from weaviate_orm.http.transport import Request
from weaviate_orm.testing import Server, recorded_requests

ID = UUID(int=7)
NOBODY = 9
"""A port where nobody listens."""


@pytest.fixture
def by_grpc(server: Server) -> Iterator[Client]:
    """A client whose batches go by gRPC."""
    if server.grpc_port is None:
        pytest.skip("the port of gRPC is not known")
    with connect(server, server.grpc_port) as connected:
        connected.batch.configure(callback=None)
        yield connected


def connect(server: Server, port: int | None, **settings: Any) -> Client:
    return Client(server.url, AuthApiKey(server.api_key or ""), additional_config=Config(port), **settings)


def wires(sent: list[Request]) -> list[str]:
    """How the batches among what was sent went."""
    return [each.url.partition(":")[0] for each in sent if "atch" in each.url]


@pytest.fixture
def kinds(client: Client, unique: str) -> str:
    """A class with a property of each data type, but references."""
    name = f"{unique}Kinds"
    scalars = ("text", "int", "number", "boolean", "date", "uuid")
    nested = [{"name": "x", "dataType": ["int"]}, {"name": "y", "dataType": ["text[]"]}]
    client.schema.create_class(
        {
            "class": name,
            "vectorizer": "none",
            "properties": [
                *({"name": each, "dataType": [each]} for each in (*scalars, "geoCoordinates", "phoneNumber", "blob")),
                *({"name": f"{each}s", "dataType": [f"{each}[]"]} for each in scalars),
                {"name": "object", "dataType": ["object"], "nestedProperties": nested},
                {"name": "objects", "dataType": ["object[]"], "nestedProperties": nested},
            ],
        }
    )
    return name


VALUES: dict[str, Any] = {
    "text": "a\x00 é 𝄞",
    "int": 2**53 - 1,
    "number": 1e-300,
    "boolean": True,
    "date": "2024-01-02T03:04:05.123456Z",
    "uuid": str(ID),
    "geoCoordinates": {"latitude": 1.5, "longitude": 2},
    "phoneNumber": {"input": "+491701234567"},
    "blob": "aGVsbG8=",
    "texts": ["a", ""],
    "ints": [1, -5, 2**40],
    "numbers": [1.0, 2, 1e300],
    "booleans": [True, False],
    "dates": ["2024-01-02T03:04:05+02:00"],
    "uuids": [str(ID), str(ID)],
    "object": {"x": 7, "y": ["q"]},
    "objects": [{"x": 1}, {"y": []}],
}
CARRIED: list[dict[str, Any]] = [
    VALUES,
    {},
    dict.fromkeys(VALUES),
    {name: [] for name in VALUES if name.endswith("s") and name != "geoCoordinates"},
    {"text": "x" * 100_000},
    {"number": 3},
    {"fields": "a name of protobuf's own"},
    {"boolean": "no boolean"},
    {"date": "no date"},
    {"texts": ["a", None]},
]
LEFT_TO_HTTP: list[dict[str, Any]] = [
    {"number": float("nan")},
    {"numbers": [1.0, float("inf")]},
    {"numbers": (float("nan"),)},
    {"object": {"x": float("nan")}},
    {"int": 2**62},
    {"date": datetime(2024, 1, 2, tzinfo=timezone.utc)},
    {"uuids": [ID]},
    {"ints": np.array([1, 2])},
]


def stored(client: Client, name: str, properties: dict[str, Any]) -> tuple[Any, Any]:
    """What is stored of an object, and why it was refused."""
    client.batch.add_data_object(properties, name, ID, vector=[1.0, 2.0])
    results = client.batch.create_objects()
    found = client.data_object.get_by_id(ID, class_name=name, with_vector=True)
    if found is not None:
        client.data_object.delete(ID, class_name=name)
    return found and (found["properties"], found["vector"]), results[0]["result"].get("errors")


@pytest.mark.parametrize(
    ("properties", "wire"),
    [*((each, "grpc") for each in CARRIED), *((each, "http") for each in LEFT_TO_HTTP)],
)
def test_what_is_stored_is_the_same(
    by_grpc: Client, server: Server, kinds: str, properties: dict[str, Any], wire: str
) -> None:
    by_grpc.batch.configure(batch_size=None, callback=None)
    with connect(server, None) as by_http:
        by_http.batch.configure(batch_size=None, callback=None)
        with recorded_requests(by_grpc) as sent:
            found = stored(by_grpc, kinds, properties)
        assert wires(sent) == [wire]
        assert found == stored(by_http, kinds, properties)


def test_objects_without_vectors_go_by_http(by_grpc: Client, kinds: str) -> None:
    with recorded_requests(by_grpc) as sent, by_grpc.batch as batch:
        batch.add_data_object({"text": "a"}, kinds)
    assert wires(sent) == ["http"]


def test_named_vectors_multi_vectors_and_tenants(by_grpc: Client, unique: str) -> None:
    name = f"{unique}Named"
    multi = {"vectorIndexType": "hnsw", "vectorIndexConfig": {"multivector": {"enabled": True}}}
    by_grpc.schema.create_class(
        {
            "class": name,
            "multiTenancyConfig": {"enabled": True, "autoTenantCreation": True},
            "vectorConfig": {
                "one": {"vectorizer": {"none": {}}, "vectorIndexType": "hnsw"},
                "two": {"vectorizer": {"none": {}}, "vectorIndexType": "hnsw"},
                "many": {"vectorizer": {"none": {}}, **multi},
            },
            "properties": [{"name": "name", "dataType": ["text"]}],
        }
    )
    vectors = {"one": [1.0, 2.0], "two": np.array([0.5, 0.25, 3]), "many": [[1.0, 2.0], [3.0, 4.0]]}
    with recorded_requests(by_grpc) as sent, by_grpc.batch as batch:
        id = batch.add_data_object({"name": "a"}, name, vector=vectors, tenant="acme")
    assert wires(sent) == ["grpc"]
    found = by_grpc.data_object.get_by_id(id, class_name=name, tenant="acme", with_vector=True)
    assert found is not None
    assert found["vectors"] == {"one": [1, 2], "two": [0.5, 0.25, 3], "many": [[1, 2], [3, 4]]}


@pytest.mark.parametrize("level", ["ONE", "QUORUM", "ALL"])
def test_consistency_levels(by_grpc: Client, kinds: str, level: Literal["ONE", "QUORUM", "ALL"]) -> None:
    by_grpc.batch.configure(consistency_level=level, callback=None)  # type: ignore[arg-type]
    with recorded_requests(by_grpc) as sent, by_grpc.batch as batch:
        batch.add_data_object({"text": "a"}, kinds, ID, vector=[1.0])
    assert wires(sent) == ["grpc"]
    assert by_grpc.data_object.exists(ID, class_name=kinds)


def test_one_wrong_vector_among_a_thousand(by_grpc: Client, kinds: str) -> None:
    results: list[dict[str, Any]] = []
    by_grpc.batch.configure(batch_size=200, callback=results.extend)
    wrong = str(uuid4())
    with recorded_requests(by_grpc) as sent, by_grpc.batch as batch:
        for number in range(1000):
            if number == 100:
                batch.add_data_object({"text": "wrong"}, kinds, wrong, vector=[1.0, 2.0, 3.0])
            else:
                batch.add_data_object({"text": str(number)}, kinds, vector=np.array([1.0, number]))
    (error,) = [each for each in results if "errors" in each["result"]]
    assert error["id"] == wrong
    assert "3" in error["result"]["errors"]["error"][0]["message"]
    assert count(by_grpc, kinds) == 999
    assert set(wires(sent)) == {"grpc"}


def test_more_than_a_request_holds_is_cut_by_http(by_grpc: Client, kinds: str) -> None:
    by_grpc.batch.configure(batch_size=20, dynamic=False, num_workers=1, callback=None)
    with recorded_requests(by_grpc) as sent, by_grpc.batch as batch:
        for _ in range(20):
            batch.add_data_object({"text": "x" * 2**20}, kinds, vector=[1.0])
    assert wires(sent) == ["http", "grpc"]  # the rest is little enough
    assert count(by_grpc, kinds) == 20


def test_a_session_flushes_by_grpc(by_grpc: Client, unique: str) -> None:
    class Measured(Model):
        title: Field[str]
        large: Field[int] = field(lossy=True)

        class Meta:
            name = f"{unique}Measured"
            dimensions = 3

    create_all(by_grpc, [Measured])
    try:
        with recorded_requests(by_grpc) as sent, Session(by_grpc) as session:
            session.add_all(
                Measured(title=f"t{number}", large=number, vector=[1.0, 2.0, number]) for number in range(500)
            )
            session.add(Measured(title="large", large=2**62, vector=[1.0, 2.0, 3.0]))
            session.commit()
        assert wires(sent).count("grpc") >= 1
        with Session(by_grpc) as session:
            found = session.query(Measured).with_vector().all()
            assert {(each.title, each.large) for each in found} == {
                ("large", 2**62),
                *((f"t{number}", number) for number in range(500)),
            }
            assert {each.vector[2] for each in found} == set(range(500))  # type: ignore[index]
    finally:
        drop_all(by_grpc, [Measured])


def test_a_port_where_nobody_answers(server: Server) -> None:
    reason = r"no gRPC at .* within \d+ s; is that the address"
    check_refused(lambda period: connect(server, NOBODY, startup_period=period), reason)
    assert server.grpc_port is not None
    connect(server, server.grpc_port, startup_period=240).close()


def test_gRPC_that_is_lost_is_left_alone_for_a_while(  # noqa: N802
    server: Server, kinds: str, caplog: pytest.LogCaptureFixture
) -> None:
    with connect(server, NOBODY, startup_period=None) as client, caplog.at_level(logging.WARNING):
        client.transport.rpc = Rpc(client.transport, NOBODY, cooldown=600.0)  # longer than the batch takes
        client.batch.configure(batch_size=10, dynamic=False, num_workers=1, callback=None)
        with recorded_requests(client) as sent, client.batch as batch:
            for _ in range(50):
                batch.add_data_object({"text": "a"}, kinds, vector=[1.0])
        assert count(client, kinds) == 50
    assert wires(sent) == ["grpc", *["http"] * 5]
    assert "goes over HTTP: UNAVAILABLE" in caplog.text


def test_a_wrong_key_is_refused_as_it_is_by_http(server: Server, kinds: str) -> None:
    config = Config(server.grpc_port)
    with Client(server.url, AuthApiKey("wrong"), startup_period=None, additional_config=config) as client:
        client.batch.configure(batch_size=None, callback=None)
        client.batch.add_data_object({"text": "a"}, kinds, vector=[1.0])
        with recorded_requests(client) as sent, pytest.raises(AuthenticationError) as caught:
            client.batch.create_objects()
        assert wires(sent) == ["grpc", "http"]
        assert "wrong" not in str(caught.value).partition("answered")[0]
        assert client.batch.num_objects() == 1  # nothing is lost
        client.batch.empty_objects()


def test_a_closed_client_says_so(server: Server, kinds: str) -> None:
    client = connect(server, server.grpc_port)
    client.close()
    with pytest.raises(TransportError, match="this client is closed"):
        send_objects(client.transport, [{"class": kinds, "id": str(ID), "vector": [1.0]}])


def test_without_gRPC_installed_it_is_said_how_to_get_it(  # noqa: N802
    server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "grpc", None)
    with pytest.raises(ConfigurationError, match=r'pip install "weaviate-mapper\[grpc\]"'):
        connect(server, server.grpc_port)
    opened = EmbeddedServer(EmbeddedOptions(vectorizer=False))
    monkeypatch.setattr(client_module, "open_url", lambda *_: opened)
    with pytest.raises(ConfigurationError):
        Client("embedded://", additional_config=Config(opened.grpc_port))
    with pytest.raises(requests.ConnectionError):  # the server that was started for it is stopped
        requests.get(opened.url, timeout=60)


def test_proxies_are_not_gone_round(server: Server) -> None:
    with pytest.raises(ConfigurationError, match="does not go through proxies"):
        connect(server, server.grpc_port, proxies="http://127.0.0.1:9", startup_period=None)


def test_a_forked_child_goes_by_http(by_grpc: Client, kinds: str) -> None:
    with by_grpc.batch as batch:
        batch.add_data_object({"text": "a"}, kinds, vector=[1.0])

    def in_child() -> None:
        with recorded_requests(by_grpc) as sent:
            by_grpc.batch.add_data_object({"text": "a"}, kinds, vector=[1.0])
            by_grpc.batch.flush()
        assert wires(sent) == ["http"]

    child = multiprocessing.get_context("fork").Process(target=in_child)
    child.start()
    child.join(240)
    child.kill()
    assert child.exitcode == 0
    with recorded_requests(by_grpc) as sent, by_grpc.batch as batch:
        batch.add_data_object({"text": "a"}, kinds, vector=[1.0])
    assert wires(sent) == ["grpc"]
    assert count(by_grpc, kinds) == 3

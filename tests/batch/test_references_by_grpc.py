"""References by gRPC: stored as those by HTTP are, each once, with an outcome for each, over any line."""

from __future__ import annotations

import itertools
import signal
import threading
import time
from collections.abc import Iterator
from contextlib import suppress
from functools import partial
from typing import Any, Literal
from uuid import UUID

import pytest

from tests.batch.test_network_faults import check_stored, complete, people
from tests.revivable import Revivable
from tests.toxiproxy import running
from weaviate_orm import AuthApiKey, Client, Config, Field, Model, Ref, Session, create_all, drop_all, ref
from weaviate_orm.batch.send import send_references
from weaviate_orm.beacons import make_beacon, make_source
from weaviate_orm.exceptions import AuthenticationError, TransportError
from weaviate_orm.http.grpc import Rpc
from weaviate_orm.http.transport import Request
from weaviate_orm.testing import Server, recorded_requests

IDS = [str(UUID(int=number)) for number in range(1, 6)]


@pytest.fixture
def by_grpc(server: Server) -> Iterator[Client]:
    if server.grpc_port is None:
        pytest.skip("the port of gRPC is not known")
    with Client(server.url, AuthApiKey(server.api_key or ""), additional_config=Config(server.grpc_port)) as connected:
        yield connected


@pytest.fixture
def persons(by_grpc: Client, unique: str) -> str:
    """A class that refers to itself, with five objects."""
    name = f"{unique}Referring"
    by_grpc.schema.create_class(
        {"class": name, "vectorizer": "none", "properties": [{"name": "knows", "dataType": [name]}]}
    )
    for id in IDS:
        by_grpc.data_object.create({}, name, id)
    return name


def reference(name: str, source: str, target: str, property_name: str = "knows", **more: Any) -> dict[str, Any]:
    return {"from": make_source(source, name, property_name), "to": make_beacon(target, name), **more}


def beacons(client: Client, name: str, id: str, **options: Any) -> list[str]:
    found = client.data_object.get_by_id(id, class_name=name, **options)
    assert found is not None
    return [each["beacon"] for each in found["properties"].get("knows") or ()]


def methods(sent: list[Request]) -> list[str]:
    """What was sent, by the last part of each address."""
    return [request.url.rpartition("/")[2].partition("?")[0] for request in sent]


def test_references_are_those_of_http(by_grpc: Client, persons: str) -> None:
    first, second, third, *_ = IDS
    with recorded_requests(by_grpc) as sent:
        outcomes = send_references(by_grpc.transport, [reference(persons, first, other) for other in (second, third)])
    assert outcomes == [None, None]
    assert methods(sent) == ["BatchReferences"]
    by_grpc.transport.rpc, rpc = None, by_grpc.transport.rpc
    assert send_references(by_grpc.transport, [reference(persons, second, third)]) == [None]
    by_grpc.transport.rpc = rpc
    assert beacons(by_grpc, persons, first) == [make_beacon(second, persons), make_beacon(third, persons)]
    assert beacons(by_grpc, persons, second) == [make_beacon(third, persons)]


def test_each_reference_has_its_outcome(by_grpc: Client, persons: str) -> None:
    batch = [
        reference(persons, IDS[0], IDS[1]),
        reference(persons, IDS[0], IDS[1], "unknown"),
        reference(persons, IDS[1], IDS[2]),
        reference(f"{persons}Nowhere", IDS[1], IDS[2]),
    ]
    with recorded_requests(by_grpc) as sent:
        outcomes = send_references(by_grpc.transport, batch)
    assert methods(sent) == ["BatchReferences"]
    by_grpc.transport.rpc, rpc = None, by_grpc.transport.rpc
    expected = send_references(by_grpc.transport, [batch[1], batch[3]])
    by_grpc.transport.rpc = rpc
    assert [outcome is None for outcome in outcomes] == [True, False, True, False]
    assert [str(outcome) for outcome in outcomes if outcome] == list(map(str, expected))
    assert beacons(by_grpc, persons, IDS[1]) == [make_beacon(IDS[2], persons)]


@pytest.mark.parametrize(
    "to",
    [
        "weaviate://elsewhere/{name}/{id}",
        "weaviate://localhost/{name}/{id}/more",
        "http://localhost/{name}/{id}",
    ],
)
def test_other_beacons_go_by_http(by_grpc: Client, persons: str, to: str) -> None:
    beacon = to.format(name=persons, id=IDS[1])
    with recorded_requests(by_grpc) as sent, suppress(TransportError):
        send_references(by_grpc.transport, [{"from": make_source(IDS[0], persons, "knows"), "to": beacon}])
    assert methods(sent) == ["references"]


def test_a_beacon_without_a_class(by_grpc: Client, persons: str) -> None:
    with recorded_requests(by_grpc) as sent:
        outcomes = send_references(
            by_grpc.transport, [{"from": make_source(IDS[0], persons, "knows"), "to": make_beacon(IDS[1])}]
        )
    assert (outcomes, methods(sent)) == ([None], ["BatchReferences"])
    assert beacons(by_grpc, persons, IDS[0]) == [make_beacon(IDS[1], persons)]


@pytest.mark.parametrize("level", ["ONE", "QUORUM", "ALL"])
def test_tenants_and_consistency_levels(by_grpc: Client, unique: str, level: Literal["ONE", "QUORUM", "ALL"]) -> None:
    name = f"{unique}Rented"
    tenancy = {"enabled": True, "autoTenantCreation": True}
    properties = [{"name": "knows", "dataType": [name]}]
    by_grpc.schema.create_class({"class": name, "multiTenancyConfig": tenancy, "properties": properties})
    for id in IDS[:2]:
        by_grpc.data_object.create({}, name, id, tenant="acme")
    batch = [reference(name, IDS[0], IDS[1], tenant="acme"), reference(name, IDS[0], IDS[1], tenant="none")]
    with recorded_requests(by_grpc) as sent:
        outcomes = send_references(by_grpc.transport, batch, {"consistency_level": level})
    assert methods(sent) == ["BatchReferences"]
    assert outcomes[0] is None
    assert "tenant" in str(outcomes[1])
    assert beacons(by_grpc, name, IDS[0], tenant="acme") == [make_beacon(IDS[1], name)]


def test_references_that_were_emptied_before(by_grpc: Client, persons: str) -> None:
    by_grpc.data_object.reference.update(IDS[0], "knows", [], from_class_name=persons, to_class_names=persons)
    assert send_references(by_grpc.transport, [reference(persons, IDS[0], IDS[1])]) == [None]
    assert beacons(by_grpc, persons, IDS[0]) == [make_beacon(IDS[1], persons)]


@pytest.mark.parametrize("wire", ["gRPC", "HTTP"])
@pytest.mark.parametrize("times", [1, 3])
def test_references_that_others_empty_at_the_same_time(
    by_grpc: Client, client: Client, persons: str, wire: str, times: int
) -> None:
    """Each time the reference is added and looked up, another process has emptied it between the two."""
    sender = by_grpc if wire == "gRPC" else client
    empty = partial(
        by_grpc.data_object.reference.update, IDS[0], "knows", [], from_class_name=persons, to_class_names=persons
    )
    left = [None] * times

    def empty_before_lookup(request: Request) -> None:
        if request.method == "GET" and "/objects/" in request.url and left:
            left.pop()
            empty()

    empty()
    sender.transport.observers.append(empty_before_lookup)
    try:
        outcomes = send_references(sender.transport, [reference(persons, IDS[0], IDS[1])])
    finally:
        sender.transport.observers.remove(empty_before_lookup)
    assert (outcomes, left) == ([None], [])
    assert beacons(by_grpc, persons, IDS[0]) == [make_beacon(IDS[1], persons)]


def test_references_whose_answer_was_lost_are_looked_up(by_grpc: Client, persons: str) -> None:
    batch = [reference(persons, IDS[0], IDS[1]), reference(persons, IDS[0], IDS[2])]
    send_references(by_grpc.transport, batch[:1])
    with recorded_requests(by_grpc) as sent:
        send_references(by_grpc.transport, batch, doubtful=[0, 1])
    assert methods(sent)[-1] == "BatchReferences"
    assert beacons(by_grpc, persons, IDS[0]) == [make_beacon(IDS[1], persons), make_beacon(IDS[2], persons)]


def test_a_port_where_nobody_listens_costs_one_attempt(by_grpc: Client, persons: str) -> None:
    by_grpc.transport.rpc = Rpc(by_grpc.transport, 9)
    with recorded_requests(by_grpc) as sent:
        for target in IDS[1:3]:
            assert send_references(by_grpc.transport, [reference(persons, IDS[0], target)]) == [None]
    assert methods(sent)[-2:] == ["references", "references"]
    assert len(beacons(by_grpc, persons, IDS[0])) == 2


def test_a_wrong_key_is_refused(server: Server, persons: str) -> None:
    with (
        Client(
            server.url, AuthApiKey("wrong"), startup_period=None, additional_config=Config(server.grpc_port)
        ) as client,
        pytest.raises(AuthenticationError),
    ):
        send_references(client.transport, [reference(persons, IDS[0], IDS[1])])


def test_a_session_sends_its_references_by_grpc(by_grpc: Client, unique: str) -> None:
    class Linked(Model):
        title: Field[str]
        others: Ref[list[Linked]] = ref(factory=list)

        class Meta:
            name = f"{unique}Linked"

    create_all(by_grpc, [Linked])
    try:
        with Session(by_grpc) as session:
            first = Linked(title="first")
            first.others = [Linked(title=f"t{number}", others=[first]) for number in range(50)]
            session.add(first)
            with recorded_requests(by_grpc) as sent:
                session.commit()
        assert [method for method in methods(sent) if "eferences" in method] == ["BatchReferences"]
        with Session(by_grpc) as session:
            loaded = {linked.title: linked for linked in session.query(Linked).include("others")}
        assert len(loaded["first"].others) == 50
        assert loaded["t7"].others == [loaded["first"]]
    finally:
        drop_all(by_grpc, [Linked])


@pytest.mark.parametrize("workers", [1, 4])
@pytest.mark.parametrize("answered", [False, True], ids=["before it is sent", "while it waits"])
def test_a_commit_that_is_interrupted_in_its_references(
    server: Server, unique: str, workers: int, answered: bool, request: pytest.FixtureRequest
) -> None:
    class Knot(Model):
        number: Field[int]
        others: Ref[list[Knot]] = ref(factory=list)

        class Meta:
            name = f"{unique}Knot"

    numbers = itertools.count(1)
    is_interrupted = threading.Event()

    def press_keys() -> None:
        signal.raise_signal(signal.SIGINT)
        is_interrupted.set()

    def interrupt(sent: Request) -> None:
        number = next(numbers) if "BatchReferences" in sent.url else 0
        if number == 3 and answered:
            threading.Timer(0.5, press_keys).start()
        elif number == 3:
            raise KeyboardInterrupt
        elif number > 3 and answered:  # the commit is not to be over before
            assert is_interrupted.wait(240)

    # processes of pytest-xdist ignore the signal
    request.addfinalizer(partial(signal.signal, signal.SIGINT, signal.getsignal(signal.SIGINT)))
    signal.signal(signal.SIGINT, signal.default_int_handler)
    with running(f"127.0.0.1:{server.grpc_port}") as line:
        config = Config(int(line.url.rpartition(":")[2]))
        with Client(server.url, AuthApiKey(server.api_key or ""), additional_config=config) as client:
            create_all(client, [Knot])
            knots = [Knot(number=number) for number in range(100)]
            with Session(client, batch_size=20, workers=workers) as session:
                session.add_all(knots)
                session.commit()
                for knot, following in itertools.pairwise(knots):
                    knot.others = [following, knots[0]]
                client.transport.observers.append(interrupt)
                with line.toxic("latency", latency=1_000), pytest.raises(KeyboardInterrupt):
                    session.commit()
                client.transport.observers.remove(interrupt)
                assert session.dirty
                session.commit()
                assert session.dirty == ()
            with Session(client) as session:
                stored = {knot.number: [other.number for other in knot.others] for knot in session.query(Knot)}
            expected = {number: sorted([number + 1, 0]) for number in range(99)} | {99: []}
            assert {number: sorted(others) for number, others in stored.items()} == expected
            drop_all(client, [Knot])


@pytest.mark.heavy
@pytest.mark.timeout(900)
def test_references_over_a_failing_line(revivable: Revivable, direct: Client) -> None:
    errors: list[TransportError] = []
    results: list[dict[str, Any]] = []
    count = 8000
    with running(f"127.0.0.1:{revivable.grpc_port}") as line:
        port = int(line.url.rpartition(":")[2])
        direct.timeout_config = (2, 3)
        direct.transport.rpc = rpc = Rpc(direct.transport, port, cooldown=0.2)
        rpc.wait(60)

        def break_things() -> None:
            time.sleep(0.5)
            with line.toxic("reset_peer", timeout=50):
                time.sleep(3)
            with line.toxic("reset_peer", stream="upstream", timeout=20):
                time.sleep(3)
            with line.toxic("timeout", timeout=0):
                time.sleep(5)
            with line.toxic("limit_data", stream="upstream", bytes=5000):
                time.sleep(3)
            with line.toxic("limit_data", bytes=50):
                time.sleep(3)

        breaking = threading.Thread(target=break_things)
        breaking.start()
        with recorded_requests(direct) as sent:
            people(direct, count, errors, results, seconds=20)
        breaking.join()
        direct.timeout_config = (5, 60)
        complete(direct)
    assert {"BatchReferences", "references"} <= set(methods(sent))
    assert any(
        "/objects/" in request.url and request.method == "GET" for request in sent
    )  # what was in doubt was looked up
    check_stored(direct, count, results)

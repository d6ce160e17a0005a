"""Rows of tables are stored without objects, and read while others are on the wire; all else is as with objects."""

from __future__ import annotations

import json
import os
import signal
import threading
from collections.abc import Iterator
from contextlib import nullcontext
from pathlib import Path
from typing import Any

import numpy
import pytest

from tests.empty_collections import empty_collections
from tests.session.library_models import empty
from tests.table_models import MODELS, Lamp, Twin, contents, lamps, numbers
from weaviate_orm import (
    AuthApiKey,
    Client,
    Field,
    FlushError,
    Model,
    Progress,
    Session,
    SessionError,
    TableError,
    create_all,
    listen,
)
from weaviate_orm.exceptions import ConnectionFailedError
from weaviate_orm.http.retry import RetryPolicy
from weaviate_orm.http.transport import Request
from weaviate_orm.model.construction import Constructor
from weaviate_orm.model.tables.table_reader import TableReader
from weaviate_orm.schema import MultiTenancySpec
from weaviate_orm.testing import Server, recorded_requests
from weaviate_orm.types import Tenant

pyarrow = pytest.importorskip("pyarrow")

MINUTES = 300
"""What ends a test that hangs."""


@pytest.fixture(scope="module")
def collections(client: Client) -> Iterator[None]:
    with empty_collections(client, MODELS):
        yield


@pytest.fixture
def session(client: Client, collections: None) -> Iterator[Session]:
    empty(client, MODELS)
    with Session(client) as opened:
        yield opened


@pytest.fixture
def made(monkeypatch: pytest.MonkeyPatch) -> list[object]:
    """The objects that are made."""
    objects: list[object] = []
    make = Constructor.make

    def note(self: Constructor, arguments: Any) -> object:
        instance = make(self, arguments)
        objects.append(instance)
        return instance

    monkeypatch.setattr(Constructor, "make", note)
    return objects


def by_grpc(server: Server) -> Client:
    if server.grpc_port is None:
        pytest.skip("the port of gRPC is not known")
    return Client(server.url, AuthApiKey(server.api_key or ""), grpc=server.grpc_port)


def batch(begin: int, size: int) -> Any:
    vectors = numpy.arange(begin * 4, (begin + size) * 4, dtype=numpy.float32).reshape(size, 4)
    names = [f"{number}" for number in range(begin, begin + size)]
    return pyarrow.RecordBatch.from_pydict({"name": names, "vector": list(vectors)})


def batches(count: int, size: int) -> Iterator[Any]:
    return (batch(size * number, size) for number in range(count))


def sent(requests: list[Request]) -> list[list[str]]:
    """The names in each batch by HTTP."""
    bodies = [json.loads(request.body or b"") for request in requests if request.url.endswith("/batch/objects")]
    return [[body["properties"]["name"] for body in of_batch["objects"]] for of_batch in bodies]


def names(session: Session) -> list[str]:
    return sorted(session.query(Lamp).values_list("name", flat=True), key=int)


@pytest.mark.parametrize("wire", ["http", "grpc"])
def test_rows_are_stored_as_objects_are(
    wire: str, server: Server, client: Client, session: Session, made: list[object]
) -> None:
    session.add_all(lamps(40))
    session.commit()
    session.close()
    table = session.query(Lamp).to_arrow("id", *Lamp.__mapper__.properties, "vector")
    before = {lamp.id: contents(lamp) for lamp in session.query(Lamp).with_vector()}
    session.close()
    empty(client, MODELS)
    made.clear()
    with by_grpc(server) if wire == "grpc" else nullcontext(client) as using:
        assert Session(using, batch_size=7).bulk_insert(Lamp.from_arrow(table)).stored == 40
    assert made == []
    after = {lamp.id: contents(lamp) for lamp in session.query(Lamp).with_vector()}
    assert after == {id: {**values, "maker": None, "beside": [], "sold_by": None} for id, values in before.items()}


def test_named_vectors_go_by_grpc(server: Server, client: Client, session: Session, made: list[object]) -> None:
    rows = [{"name": f"{n}", "left": [n, 0.5], "right": [0.25, n, 1] if n % 2 else None} for n in range(25)]
    with by_grpc(server) as using, recorded_requests(using) as requests:
        assert Session(using, batch_size=5).bulk_insert(Twin.from_rows(rows)).stored == 25
    assert made == []
    assert [request.url.rpartition("/")[2] for request in requests] == ["BatchObjects"] * 5
    stored = {twin.name: (numbers(twin.left), numbers(twin.right)) for twin in session.query(Twin).with_vector()}
    assert stored == {row["name"]: (numbers(row["left"]), numbers(row["right"])) for row in rows}


# -- reading ahead


@pytest.mark.wire("graphql")  # it names requests of HTTP
def test_the_next_step_is_read_while_one_is_on_the_wire_and_no_other(client: Client, session: Session) -> None:
    """A request waits until the step after it is read: without reading ahead, this would not end."""
    small = Session(client, batch_size=100, workers=1)
    read, ahead = [threading.Event() for _ in range(5)], list[tuple[int, int]]()

    def stream() -> Iterator[Any]:
        for number, event in enumerate(read):
            event.set()
            yield batch(100 * number, 100)

    def wait(request: Request) -> None:
        if request.url.endswith("/batch/objects"):
            number = len(ahead)
            assert read[min(number + 1, 4)].wait(MINUTES)
            ahead.append((number, sum(event.is_set() for event in read)))

    client.transport.observers.append(wait)
    try:
        small.bulk_insert(Lamp.from_arrow(stream()))
    finally:
        client.transport.observers.remove(wait)
    assert ahead == [(0, 2), (1, 3), (2, 4), (3, 5), (4, 5)]
    assert session.query(Lamp).count() == 500


@pytest.mark.wire("graphql")  # it names requests of HTTP
def test_each_batch_is_one_request(client: Client, session: Session) -> None:
    small, reports = Session(client, batch_size=10, workers=2), list[Progress]()
    with recorded_requests(client) as requests:
        result = small.bulk_insert(Lamp.from_arrow(batches(7, 15)), progress=reports.append)
    parts = sorted(([int(name) for name in part] for part in sent(requests)), key=min)
    assert parts == [list(range(begin, min(begin + 10, 105))) for begin in range(0, 105, 10)]
    assert [progress.done for progress in reports] == [20, 40, 60, 80, 100, 105]
    assert (result.done, result.stored, result.failed) == (105, 105, 0)


@pytest.mark.wire("graphql")  # it names requests of HTTP
def test_a_worker_goes_on_with_the_next_step_while_another_is_busy(client: Client, session: Session) -> None:
    """The first batch waits until both of the next step have begun: if steps were apart, this would not end."""
    small, begun = Session(client, batch_size=10, workers=2), threading.Barrier(2, timeout=MINUTES)

    def wait(request: Request) -> None:
        if request.url.endswith("/batch/objects") and {"0", "30"} & {*sent([request])[0]}:
            begun.wait()

    client.transport.observers.append(wait)
    try:
        reports: list[Progress] = []
        small.bulk_insert(Lamp.from_arrow(batches(3, 20)), progress=reports.append)
    finally:
        client.transport.observers.remove(wait)
    assert [(progress.done, progress.stored) for progress in reports] == [(20, 20), (40, 40), (60, 60)]
    assert len(names(session)) == 60


@pytest.mark.wire("graphql")  # it names requests of HTTP
def test_a_later_row_of_an_id_overwrites_that_of_an_earlier_step(client: Client, session: Session) -> None:
    """It is not sent while the earlier one is on the wire."""
    small = Session(client, batch_size=5, workers=2)
    rows = [{"name": f"{number % 10}", "count": number} for number in range(100)]
    reports: list[Progress] = []
    done: list[int] = []

    def note(request: Request) -> None:
        if request.url.endswith("/batch/objects"):
            done.append(reports[-1].done if reports else 0)

    client.transport.observers.append(note)
    try:
        small.bulk_insert(Lamp.from_rows(rows), progress=reports.append)
    finally:
        client.transport.observers.remove(note)
    assert done == [10 * (number // 2) for number in range(20)]
    assert {lamp.name: lamp.count for lamp in session.query(Lamp)} == {f"{n}": 90 + n for n in range(10)}


def test_an_error_of_a_stream_comes_after_what_was_read_before_it(
    client: Client, session: Session, tmp_path: Path
) -> None:
    small, journal, reports = Session(client, batch_size=10, workers=1), tmp_path / "journal", list[Progress]()

    def stream() -> Iterator[Any]:
        yield from batches(3, 10)
        raise OSError("cut")

    with pytest.raises(OSError, match="cut"):
        small.bulk_insert(Lamp.from_rows(row for part in stream() for row in part.to_pylist()), journal=journal)
    assert json.loads(journal.read_text())["done"] == len(names(session)) == 30
    with pytest.raises(TableError, match="cannot be read beyond row 30: cut"):
        small.bulk_insert(Lamp.from_arrow(stream()), progress=reports.append)
    assert [progress.done for progress in reports] == [10, 20, 30]


def test_an_error_of_who_is_told_leaves_no_thread(client: Client, session: Session) -> None:
    def refuse(progress: Progress) -> None:
        raise RuntimeError("no more")

    with pytest.raises(RuntimeError, match="no more") as caught:
        Session(client, batch_size=5, workers=1).bulk_insert(Lamp.from_arrow(batches(3, 5)), progress=refuse)
    assert caught.tb is not None  # which holds what was called
    assert not [thread for thread in threading.enumerate() if thread.name.startswith("weaviate-rows")]
    assert len(names(session)) in (5, 10)  # what was on the wire already, and no more


@pytest.mark.wire("graphql")  # it names requests of HTTP
@pytest.mark.parametrize("end", [KeyboardInterrupt, SystemExit])
def test_an_interruption_waits_for_what_is_on_the_wire(
    client: Client, session: Session, tmp_path: Path, end: type[BaseException]
) -> None:
    small, journal = Session(client, batch_size=10, workers=2), tmp_path / "journal"

    def stream() -> Iterator[Any]:
        yield from batches(3, 20)
        raise end

    with recorded_requests(client) as requests, pytest.raises(end):
        small.bulk_insert(Lamp.from_arrow(stream()), journal=journal)
    # the third step was on the wire when the stream ended, or about to be
    assert len(names(session)) == 10 * len(sent(requests)) >= 40
    assert json.loads(journal.read_text())["done"] == 40
    with recorded_requests(client) as requests:
        assert small.bulk_insert(Lamp.from_arrow(batches(5, 20)), journal=journal).done == 100
    assert sorted(int(name) for part in sent(requests) for name in part) == list(range(40, 100))
    assert len(names(session)) == 100


def test_ids_of_rows_without_a_key_are_those_of_the_journal(client: Client, session: Session, tmp_path: Path) -> None:
    small, journal = Session(client, batch_size=10, workers=1), tmp_path / "journal"

    def rows(count: int) -> Iterator[dict[str, Any]]:
        for number in range(count):
            yield {"name": f"{number}"}
        raise KeyboardInterrupt

    # a thousand rows are read at once
    with pytest.raises(KeyboardInterrupt):
        small.bulk_insert(Twin.from_rows(rows(2500)), journal=journal)
    assert session.query(Twin).count() == 2000
    assert json.loads(journal.read_text())["done"] == 1990
    small.bulk_insert(Twin.from_rows({"name": f"{number}"} for number in range(2500)), journal=journal)
    assert session.query(Twin).count() == 2500


def test_a_child_that_is_forked_by_a_stream_sends_nothing(client: Client, session: Session) -> None:
    child = -1

    def rows() -> Iterator[dict[str, Any]]:
        nonlocal child
        for number in range(3000):
            if number == 1500:  # while the first step is on the wire
                child = os.fork()
                if child == 0:
                    signal.alarm(MINUTES)
            yield {"name": f"{number}"}

    try:
        session.bulk_insert(Lamp.from_rows(rows()))
    except BaseException as error:
        if child == 0:
            os._exit(7 if isinstance(error, SessionError) else 8)
        raise
    finally:
        if child == 0:
            os._exit(9)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 7
    assert session.query(Lamp).count() == 3000


# -- refusals


def test_what_the_server_refuses_is_an_object_of_its_row(client: Client, session: Session, made: list[object]) -> None:
    pictures = [b"" if number in (2, 13) else b"x" for number in range(20)]  # Weaviate takes no empty blob
    table = pyarrow.table({"name": [f"{number}" for number in range(20)], "picture": pictures})
    small, reports = Session(client, batch_size=5, workers=1), list[Progress]()
    result = small.bulk_insert(Lamp.from_arrow(table), progress=reports.append)
    assert (result.done, result.stored, result.failed) == (20, 18, 2)
    assert [len(progress.failures) for progress in reports] == [1, 0, 1, 0]
    failure = reports[2].failures[0]
    assert (failure.operation, failure.object.name, failure.object.id) == ("create", "13", Lamp(name="13").id)
    assert failure.object in made
    with pytest.raises(FlushError, match=r"create <Lamp .*name='2'"):
        small.bulk_insert(Lamp.from_arrow(table))
    failure.object.picture = b"y"
    session.add(failure.object)
    session.commit()
    assert len(names(session)) == 19


def test_an_object_without_a_key_keeps_its_id(client: Client, session: Session) -> None:
    rows = [{"name": "a", "left": [1, 2]}, {"name": "b", "right": [1, 2, 3]}, {"name": "c", "right": [1, 2]}]
    (failure,) = session.bulk_insert(Twin.from_rows(rows), on_error="report").failures
    assert failure.object.name == "c"
    assert str(failure.object.id) == failure.object._state.id


def test_a_server_that_is_not_there_ends_it() -> None:
    with Client("http://127.0.0.1:9", startup_period=None) as away, recorded_requests(away) as requests:
        away.transport.batch_retry = RetryPolicy(attempts=1)
        reports: list[Progress] = []
        small = Session(away, batch_size=5, workers=1)
        with pytest.raises(FlushError) as caught:
            small.bulk_insert(Lamp.from_arrow(batches(3, 5)), progress=reports.append)
    assert len([request for request in requests if request.url.endswith("/batch/objects")]) == 1
    assert [failure.object.name for failure in caught.value.failures] == [f"{number}" for number in range(5)]
    assert isinstance(caught.value.failures[0].reason, ConnectionFailedError)
    assert reports == []


# -- objects where they are needed


@pytest.mark.parametrize("event", ["before_insert", "after_insert", "before_commit", "after_flush"])
def test_listeners_are_given_objects(client: Client, session: Session, made: list[object], event: Any) -> None:
    calls: list[Any] = []

    def hear(first: Any, second: Any = None) -> None:
        calls.append(first)

    small = Session(client, batch_size=5, workers=1)
    listen(small, event, hear)
    small.bulk_insert(Lamp.from_arrow(batch(0, 10)))
    assert len(calls) == (10 if event.endswith("insert") else 2)
    assert len(made) == len(names(session)) == 10
    made.clear()
    Session(client).bulk_insert(Lamp.from_arrow(batch(0, 10)))
    assert made == []


def test_a_step_with_a_row_that_is_refused_is_stored_as_objects(
    client: Client, session: Session, made: list[object]
) -> None:
    counts = [0.5 if number == 1500 else 1.0 for number in range(4000)]
    table = pyarrow.table({"name": [f"{number}" for number in range(4000)], "count": counts})
    result = session.bulk_insert(Lamp.from_arrow(table), on_error="report")
    assert (result.done, result.stored, result.failed) == (4000, 3999, 1)
    assert len(made) == 999
    assert session.query(Lamp).count() == 3999


def test_rows_belong_to_the_tenant_of_the_session(client: Client, unique: str, made: list[object]) -> None:
    class Tool(Model):
        title: Field[str]

        class Meta:
            name = f"{unique}Tool"
            multi_tenancy = MultiTenancySpec()

    create_all(client, [Tool])
    client.schema.add_class_tenants(f"{unique}Tool", [Tenant("a"), Tenant("b")])
    rows = [{"title": "x"}, {"title": "y"}]
    with Session(client, tenant="a") as session:
        assert session.bulk_insert(Tool.from_rows(rows)).stored == 2
        assert made == []
        assert [session.query(Tool).tenant(tenant).count() for tenant in "ab"] == [2, 0]
    with pytest.raises(SessionError, match="multi-tenant, and no tenant is named"):
        Session(client).bulk_insert(Tool.from_rows(rows))


def test_a_table_is_read_by_one(client: Client, session: Session) -> None:
    reader: TableReader[Lamp] = Lamp.from_arrow(batches(2, 10))
    assert next(reader).name == "0"
    session.bulk_insert(reader)
    assert names(session) == [f"{number}" for number in range(1, 20)]

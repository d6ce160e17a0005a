"""A partition on the real server: stored whole, stored again, by two at once, half-way, with rows that do not fit."""

from __future__ import annotations

import json
import pickle
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from itertools import count
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest

from tests.distributed.partition_models import (
    MILLS,
    MODELS,
    Cloth,
    Mill,
    Roll,
    Scrap,
    Shop,
    cloth_row,
    mill_id,
    mill_rows,
    stored_form,
)
from tests.distributed.stored_objects import read_all
from tests.empty_collections import empty_collections
from tests.session.library_models import empty
from weaviate_orm import AuthApiKey, Client, ConfigurationError, PartitionError, Session, create_all
from weaviate_orm.distributed import ClientSettings, FailedRow, PartitionReport, store_partition
from weaviate_orm.embedded import EmbeddedOptions, EmbeddedServer
from weaviate_orm.embedded.ports import choose_ports
from weaviate_orm.http.retry import RetryPolicy
from weaviate_orm.http.transport import Request
from weaviate_orm.testing import Server

KEY = "a-key-that-outlives-the-server"
SHOPS = 3
Observer = Callable[[Request], None]


@pytest.fixture(scope="module")
def collections(client: Client) -> Iterator[None]:
    with empty_collections(client, MODELS):
        yield


@pytest.fixture
def settings(server: Server, client: Client, collections: None) -> ClientSettings:
    """Of a server whose mills and shops are stored."""
    empty(client, MODELS)
    settings = ClientSettings(server.url, credentials=partial(str, server.api_key or ""))
    assert store_partition(mill_rows(), Mill, settings).stored == MILLS
    store_partition([{"name": f"Shop {number}"} for number in range(SHOPS)], Shop, settings)
    return settings


def watched(settings: ClientSettings, observer: Observer) -> Callable[[], Client]:
    """Opens clients whose requests are observed."""

    def open_client() -> Client:
        client = settings()
        client.transport.observers.append(observer)
        return client

    return open_client


def roll_rows(count: int) -> list[dict[str, Any]]:
    """Rows with references of each kind; those to other rolls lead back and forth."""
    return [
        {
            "number": number,
            "metres": number / 4,
            "shop__id": shop_id(number),
            "mill__id": mill_id(number) if number % 3 else None,
            "beside__id": [roll_id(number - 1), roll_id(number + 1)] if 0 < number < count - 1 else [],
        }
        for number in range(count)
    ]


def roll_id(number: int) -> str:
    return str(Roll(number=number).id)


def shop_id(number: int) -> str:
    return str(Shop(name=f"Shop {number % SHOPS}").id)


def links(row: dict[str, Any]) -> dict[str, list[str]]:
    """The references of a row, as they are stored."""
    many = {"shop": [row["shop__id"]], "mill": [row["mill__id"]], "beside": sorted(row["beside__id"])}
    return {name: ids for name, ids in many.items() if ids and ids[0]}


def check_rolls(client: Client, rows: list[dict[str, Any]]) -> None:
    stored = read_all(client, Roll)
    assert {id: (values, held) for id, (values, _, held) in stored.items()} == {
        roll_id(row["number"]): ({"number": row["number"], "metres": row["metres"]}, links(row)) for row in rows
    }
    shops = {id: held["rolls"] for id, (_, _, held) in read_all(client, Shop).items() if held}
    assert shops == {
        shop_id(shop): sorted(roll_id(row["number"]) for row in rows if row["shop__id"] == shop_id(shop))
        for shop in range(min(SHOPS, len(rows)))
    }


# -- what a partition may be


def frames(rows: list[dict[str, Any]]) -> Iterator[Any]:
    pandas = pytest.importorskip("pandas")
    yield from (pandas.DataFrame(rows[begin : begin + 4]) for begin in range(0, len(rows), 4))


def batches(rows: list[dict[str, Any]]) -> Iterator[Any]:
    pyarrow = pytest.importorskip("pyarrow")
    yield from pyarrow.Table.from_pylist(rows).to_batches(max_chunksize=4)


KINDS: dict[str, Callable[[list[dict[str, Any]]], Any]] = {
    "rows": list,
    "an iterator of rows": iter,
    "a frame": lambda rows: pytest.importorskip("pandas").DataFrame(rows),
    "an iterator of frames": frames,
    "a list of frames": lambda rows: list(frames(rows)),
    "a table": lambda rows: pytest.importorskip("pyarrow").Table.from_pylist(rows),
    "a batch": lambda rows: pytest.importorskip("pyarrow").RecordBatch.from_pylist(rows),
    "an iterator of batches": batches,
    "a list of batches": lambda rows: list(batches(rows)),
}


@pytest.mark.parametrize("kind", KINDS)
def test_a_partition_is_of_any_kind_of_table(kind: str, client: Client, settings: ClientSettings) -> None:
    rows = [cloth_row(number) for number in range(10)]
    report = store_partition(KINDS[kind](rows), "tests.distributed.partition_models:Cloth", settings)
    assert (report.rows, report.stored, report.failures) == (10, 10, ())
    assert report.seconds > 0
    assert read_all(client, Cloth) == {str(Cloth(**_key(row)).id): stored_form(row) for row in rows}


def _key(row: dict[str, Any]) -> dict[str, Any]:
    return {"number": row["number"], "title": ""}


def test_what_is_no_table_is_refused(settings: ClientSettings) -> None:
    for part in (7, "text", {"number": 1}):
        with pytest.raises(ConfigurationError, match="a partition is a data frame, a table of Arrow, or an iterable"):
            store_partition(part, Roll, settings)


@pytest.mark.parametrize("kind", ["rows", "an iterator of rows", "a list of frames"])
def test_an_empty_partition_sends_nothing(kind: str, settings: ClientSettings) -> None:
    requests: list[Request] = []
    report = store_partition(KINDS[kind]([]), Roll, watched(settings, requests.append))
    assert (report.rows, report.stored, requests) == (0, 0, [])


def test_reports_are_data_and_can_be_added(settings: ClientSettings) -> None:
    first = store_partition([{"number": 1}, {"number": 2, "metres": "long"}], Roll, settings)
    second = store_partition([{"number": 3}], Roll, settings)
    assert PartitionReport.from_json(first.to_json()) == first
    assert isinstance(json.loads(first.to_json()), dict)
    assert pickle.loads(pickle.dumps(first)) == first
    total = PartitionReport.total([first, second])
    assert (total.rows, total.stored, total.failed) == (3, 2, 1)
    assert total.seconds == first.seconds + second.seconds


# -- again, and at once


def test_a_partition_that_is_stored_again_stays_the_same(client: Client, settings: ClientSettings) -> None:
    rows = roll_rows(40)
    for _ in range(3):
        report = store_partition(rows, Roll, settings, batch_size=5)
        assert (report.rows, report.stored, report.failures) == (40, 40, ())
        check_rolls(client, rows)


def test_only_rows_with_references_are_compared(settings: ClientSettings) -> None:
    requests: list[Request] = []
    store_partition([{"number": number} for number in range(20)], Roll, watched(settings, requests.append))
    assert [request.url.rpartition("/v1")[2] for request in requests] == ["/batch/objects"]
    requests.clear()
    rows = [{"number": number, "mill__id": mill_id(number)} for number in range(20)]
    store_partition(rows, Roll, watched(settings, requests.append))
    assert [request.url.rpartition("/v1")[2] for request in requests] == [
        "/batch/objects",
        "/batch/references",
        "/graphql",
    ]


def test_what_a_dead_attempt_had_sent_is_not_there_twice(client: Client, settings: ClientSettings) -> None:
    """Its last request is done by the server after the next attempt has stored the objects anew."""
    rows = roll_rows(12)
    late: list[Request] = []

    def delay(request: Request) -> None:
        if request.url.endswith("/batch/references") and not late:
            late.append(request)
            client.transport.request("POST", "/batch/references", json=json.loads(request.body or b""))

    store_partition(rows, Roll, watched(settings, delay))
    assert late
    stored = read_all(client, Roll)
    assert {id: held for id, (_, _, held) in stored.items()} == {roll_id(row["number"]): links(row) for row in rows}


def test_what_a_dead_attempt_has_emptied_is_filled(client: Client, settings: ClientSettings) -> None:
    """It is killed after it has stored objects of another attempt anew, and before it has added their references."""
    rows = [{**row, "beside__id": []} for row in roll_rows(12)]
    bodies: list[Any] = []

    def empty_again(request: Request) -> None:
        if request.url.endswith("/batch/objects"):
            bodies.append(json.loads(request.body or b""))
        if request.url.endswith("/graphql") and len(bodies) == 1:
            bodies.append(client.transport.request("POST", "/batch/objects", json=bodies[0]))

    store_partition(rows, Roll, watched(settings, empty_again))
    assert len(bodies) == 2
    check_rolls(client, rows)


def test_two_attempts_at_once_store_each_object_once(client: Client, settings: ClientSettings) -> None:
    rows = [{**row, "shop__id": None} for row in roll_rows(60)]
    for _ in range(3):
        with ThreadPoolExecutor(3) as pool:
            reports = list(pool.map(lambda _: store_partition(rows, Roll, settings, batch_size=10), range(3)))
        assert [report.failures for report in reports] == [(), (), ()]
        stored = read_all(client, Roll)
        assert {id: held for id, (_, _, held) in stored.items()} == {
            roll_id(row["number"]): {name: ids for name, ids in links(row).items() if name != "shop"} for row in rows
        }


def test_references_to_what_comes_later_stay(client: Client, settings: ClientSettings) -> None:
    rows = roll_rows(10)
    store_partition(rows[:5], Roll, settings)
    later = {id: held for id, (_, _, held) in read_all(client, Roll).items()}
    assert later[roll_id(4)]["beside"] == sorted([roll_id(3), roll_id(5)])
    store_partition(rows[5:], Roll, settings)
    check_rolls(client, rows)


# -- bad input


def test_a_row_that_does_not_fit_is_in_the_report_and_the_rest_is_stored(
    client: Client, settings: ClientSettings
) -> None:
    rows: list[dict[str, Any]] = [{"number": number, "metres": number / 4} for number in range(30)]
    rows[11]["metres"] = "long"
    rows[12]["number"] = None
    report = store_partition(rows, Roll, settings, batch_size=3)
    assert (report.rows, report.stored, report.failed) == (30, 28, 2)
    first, second = report.failures
    assert (first.row, first.column) == (11, "metres")
    assert first.reason.startswith(
        "create row 11 (number=11), column 'metres': Roll.metres needs a float, got str 'long'. Mend the cell, or leave"
    )
    assert (second.row, second.column) == (12, "number")
    assert len(read_all(client, Roll)) == 28


def test_what_the_server_refuses_is_in_the_report_with_its_row(client: Client, settings: ClientSettings) -> None:
    # Weaviate takes no empty blob
    rows: list[dict[str, Any]] = [{"number": number, "picture": b"" if number == 17 else b"x"} for number in range(30)]
    rows[20]["mill__id"] = "no id"
    report = store_partition(rows, Roll, settings, batch_size=4)
    assert (report.rows, report.stored, report.failed) == (30, 28, 2)
    refused, unfit = report.failures
    assert (refused.row, refused.column, refused.id) == (17, None, roll_id(17))
    assert refused.reason.startswith("create <Roll transient number=17 picture=b''>: invalid blob property 'picture'")
    assert (unfit.row, unfit.column) == (20, "mill__id")
    assert "Roll.mill needs a UUID, got 'no id'" in unfit.reason
    assert len(read_all(client, Roll)) == 28


def test_rows_that_are_stored_without_objects_have_their_places_in_the_report(
    client: Client, settings: ClientSettings
) -> None:
    refused = [3, 17, 18, 29]
    rows = [{"number": number, "picture": b"" if number in refused else b"x"} for number in range(30)]
    report = store_partition(rows, Roll, settings, batch_size=4)
    assert (report.rows, report.stored) == (30, 26)
    assert [(failure.row, failure.id) for failure in report.failures] == [(row, roll_id(row)) for row in refused]
    assert len(read_all(client, Roll)) == 26


def test_duplicates_in_a_partition(client: Client, settings: ClientSettings) -> None:
    rows = [{"number": 1, "metres": 1.0}, {"number": 2}, {"number": 1, "metres": 3.0}]
    for keep, metres in (("last", 3.0), ("first", 1.0)):
        report = store_partition(rows, Roll, settings, on_duplicate=keep)  # type: ignore[arg-type] # pyright: ignore
        assert (report.rows, report.failures) == (3, ())
        assert read_all(client, Roll)[roll_id(1)][0]["metres"] == metres
    report = store_partition(rows, Roll, settings, on_duplicate="error")
    assert [(failure.row, failure.id) for failure in report.failures] == [(2, roll_id(1))]
    assert "the same number" in report.failures[0].reason


def test_rows_that_a_second_attempt_would_store_anew_are_refused(client: Client, settings: ClientSettings) -> None:
    requests: list[Request] = []
    with pytest.raises(ConfigurationError, match=r"row 0: Scrap has no key, and the row no id: .* class Meta"):
        store_partition([{"text": "a"}], Scrap, watched(settings, requests.append))
    assert requests == []
    report = store_partition([{"text": "a", "id": str(UUID(int=7))}], Scrap, settings)
    assert report.stored == 1
    assert list(read_all(client, Scrap)) == [str(UUID(int=7))]


def test_a_refusal_that_is_raised_says_what_is_stored(client: Client, settings: ClientSettings) -> None:
    rows: list[dict[str, Any]] = [{"number": number, "metres": 1.0} for number in range(30)]
    rows[25]["metres"] = "long"
    with pytest.raises(PartitionError, match=r"25 of its rows are done .*then: row 25 \(number=25\)") as caught:
        store_partition(rows, Roll, settings, batch_size=5, on_error="raise")
    error = pickle.loads(pickle.dumps(caught.value))
    assert (error.report.rows, error.report.stored) == (25, 25)
    assert len(read_all(client, Roll)) == 25


# -- the server goes away


def test_a_partition_goes_on_when_the_server_is_back(tmp_path: Path, binary: Path) -> None:
    options = EmbeddedOptions(
        persistence_data_path=tmp_path / "data",
        port=choose_ports().http,
        vectorizer=False,
        startup_timeout=240,
        additional_env_vars={"AUTHENTICATION_APIKEY_ALLOWED_KEYS": KEY},
    )
    rows = roll_rows(200)
    with EmbeddedServer(options) as running:
        url = running.url
        with Client(url, AuthApiKey(KEY)) as client:
            create_all(client, MODELS)
        settings = ClientSettings(url, credentials=partial(str, KEY))
        store_partition([{"name": f"Shop {number}"} for number in range(SHOPS)], Shop, settings)
        batches = count(1)

        def stop(request: Request) -> None:
            if "/batch/" in request.url and next(batches) == 15:  # of two threads, one sees it
                running.close()

        def impatient() -> Client:
            client = watched(settings, stop)()
            client.transport.batch_retry = RetryPolicy(attempts=2, first_wait=0.05)
            return client

        with pytest.raises(
            PartitionError, match=r"was not stored whole by the worker .*store the partition again"
        ) as caught:
            store_partition(rows, Roll, impatient, batch_size=10)
        report = caught.value.report
        assert 0 < report.stored < 200
        assert report.stored == report.rows
        assert len(pickle.dumps(caught.value)) < 20_000
        assert KEY not in str(caught.value)
    with EmbeddedServer(options), Client(url, AuthApiKey(KEY)) as client:
        assert len(read_all(client, Roll)) >= report.stored
        again = store_partition(rows, Roll, settings, batch_size=10)
        assert (again.rows, again.stored, again.failures) == (200, 200, ())
        check_rolls(client, rows)


def test_failed_rows_are_data() -> None:
    row = FailedRow("create row 1: …", 1, "metres")
    assert row == FailedRow(reason="create row 1: …", row=1, column="metres", id=None)


def test_a_session_compares_references_only_where_it_is_asked_to(client: Client, settings: ClientSettings) -> None:
    requests: list[Request] = []
    with watched(settings, requests.append)() as own, Session(own) as session:
        rolls = [Roll(number=number, mill=Mill(name=f"Mill {number}")) for number in range(3)]
        session.bulk_insert(rolls)
    assert not [request for request in requests if request.url.endswith("/graphql")]

"""Tables into the server: duplicates, wrong rows, the journal and a client that is killed, references by ids."""

from __future__ import annotations

import json
import math
import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any
from uuid import UUID

import numpy
import pytest

from tests.empty_collections import empty_collections
from tests.session.library_models import empty
from tests.table_models import MODELS, Lamp, Maker, Seller, Twin
from weaviate_orm import Client, ConfigurationError, Progress, Session, TableError, ValidationError
from weaviate_orm.model.tables.table_reader import TableReader
from weaviate_orm.session.bulk_journal import Journal
from weaviate_orm.testing import Server, recorded_requests

pyarrow = pytest.importorskip("pyarrow")
parquet = pytest.importorskip("pyarrow.parquet")

ROOT = Path(__file__).parents[2]

SCRIPT = """
import itertools, json, os, sys
import pyarrow.parquet
from tests.table_models import Lamp
from weaviate_orm import AuthApiKey, Client, Session
from weaviate_orm.testing import recorded_requests

url, table, journal, last = sys.argv[1:]
key = os.environ.get("BULK_KEY")
batches = itertools.count(1)

def wait(request):
    if request.url.endswith("/batch/objects") and next(batches) == int(last):
        sys.stdin.readline()  # until it is killed

with Client(url, AuthApiKey(key) if key else None) as client, Session(client, batch_size=100) as session:
    client.transport.observers.append(wait)
    with recorded_requests(client) as requests:
        session.bulk_insert(Lamp.from_arrow(pyarrow.parquet.ParquetFile(table)), progress=True, journal=journal)
    bodies = [json.loads(request.body) for request in requests if request.url.endswith("/batch/objects")]
    print(sum(len(body["objects"]) for body in bodies))
"""


@pytest.fixture(scope="module")
def collections(client: Client) -> Iterator[None]:
    with empty_collections(client, MODELS):
        yield


@pytest.fixture
def session(client: Client, collections: None) -> Iterator[Session]:
    empty(client, MODELS)
    with Session(client) as opened:
        yield opened


def table(size: int, **columns: Any) -> Any:
    vectors = numpy.arange(size * 4, dtype=numpy.float32).reshape(size, 4)
    return pyarrow.table({"name": [f"{number}" for number in range(size)], "vector": list(vectors), **columns})


def names(session: Session) -> list[str]:
    return sorted(session.query(Lamp).values_list("name", flat=True), key=int)


# -- rows that are refused


def test_rows_that_fit_no_object_are_reported(client: Client, session: Session) -> None:
    counts = [1.0 if number % 10 else 0.5 for number in range(50)]
    small = Session(client, batch_size=10)
    result = small.bulk_insert(Lamp.from_arrow(table(50, count=counts)), on_error="report")
    assert (result.done, result.stored, result.failed) == (50, 45, 5)
    assert [failure.reason.row for failure in result.failures] == [0, 10, 20, 30, 40]  # type: ignore[attr-defined]
    failure = result.failures[1]
    assert failure.object["name"] == "10"
    assert str(failure).startswith(
        "create row 10 (name='10'), column 'count': Lamp.count needs an int, got float 0.5. Mend the cell, or leave out"
    )
    assert session.query(Lamp).count() == 45


def test_a_row_that_fits_no_object_ends_it_and_what_came_before_is_stored(
    client: Client, session: Session, tmp_path: Path
) -> None:
    counts = [1.0 if number != 25 else 0.5 for number in range(50)]
    small, journal = Session(client, batch_size=10, workers=1), tmp_path / "journal"
    with pytest.raises(TableError, match=r"row 25 \(name='25'\), column 'count'"):
        small.bulk_insert(Lamp.from_arrow(table(50, count=counts)), journal=journal)
    assert names(session) == [f"{number}" for number in range(25)]
    counts[25] = 2.0
    with recorded_requests(client) as requests:
        small.bulk_insert(Lamp.from_arrow(table(50, count=counts)), journal=journal)
    assert len(requests) == 3  # 25 to 34, 35 to 44, 45 to 49
    assert len(names(session)) == 50
    assert not journal.exists()


def test_rows_that_come_through_a_generator_are_not_lost_in_silence(client: Client, session: Session) -> None:
    counts = [1.0, 0.5, 1.0]
    through = (lamp for lamp in Lamp.from_arrow(table(3, count=counts)))
    with pytest.raises(TableError, match="row 1"):
        session.bulk_insert(through, on_error="report")
    assert names(session) == ["0"]


def test_duplicates_of_a_key(client: Client, session: Session) -> None:
    doubled = pyarrow.table({"name": ["a", "b", "a"], "count": [1, 2, 3]})
    for keep, count in (("last", 3), ("first", 1)):
        session.bulk_insert(Lamp.from_arrow(doubled), on_duplicate=keep)  # type: ignore[arg-type] # pyright: ignore
        assert session.query(Lamp).where(name="a").one().count == count
        session.expire_all()
    with pytest.raises(ValidationError, match="the same name"):
        session.bulk_insert(Lamp.from_arrow(doubled))


# -- the journal


@pytest.mark.timeout(900)
@pytest.mark.parametrize("count", [3_000, pytest.param(20_000, marks=pytest.mark.heavy)])
def test_a_client_that_is_killed_goes_on_by_itself(
    count: int, server: Server, session: Session, tmp_path: Path, seed: int
) -> None:
    file, journal = tmp_path / "lamps.parquet", tmp_path / "journal"
    parquet.write_table(table(count), file)
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "BULK_KEY": server.api_key or ""}
    moment = random.Random(seed).uniform(0.2, 0.8) * count

    def done() -> int:
        return int(json.loads(journal.read_text())["done"]) if journal.exists() else 0

    def command(last: int) -> list[str]:
        return [sys.executable, "-c", SCRIPT, server.url, str(file), str(journal), str(last)]

    with subprocess.Popen(
        command(count // 100), cwd=ROOT, env=environment, stdin=subprocess.PIPE, stderr=subprocess.DEVNULL
    ) as running:
        while done() < moment and running.poll() is None:
            time.sleep(0.002)
        running.send_signal(signal.SIGKILL)
    assert running.returncode == -signal.SIGKILL
    reached = done()
    assert 0 < reached < count
    assert session.query(Lamp).count() >= reached
    resumed = subprocess.run(command(0), cwd=ROOT, env=environment, capture_output=True, encoding="utf-8", check=True)
    assert int(resumed.stdout) == count - reached  # nothing is sent again but what was under way
    assert f"{count}/{count}" in resumed.stderr  # the bar
    assert session.query(Lamp).count() == count
    assert not journal.exists()


def interrupted_import(
    session: Session, monkeypatch: pytest.MonkeyPatch, objects: Any, journal: Path, *, after: int
) -> None:
    """Import, and end after some steps are stored, before the last one of these is recorded."""
    record, steps = Journal.record, 0

    def record_or_end(self: Journal, *arguments: Any) -> None:
        nonlocal steps
        steps += 1
        if steps == after:
            raise KeyboardInterrupt
        record(self, *arguments)

    with monkeypatch.context() as patch:
        patch.setattr(Journal, "record", record_or_end)
        with pytest.raises(KeyboardInterrupt):
            session.bulk_insert(objects, journal=journal)


def test_objects_without_a_key_are_stored_once(
    client: Client, session: Session, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    small, journal = Session(client, batch_size=10, workers=1), tmp_path / "journal"

    def twins() -> Iterator[Twin]:
        return (Twin(name=f"{number}") for number in range(50))

    interrupted_import(small, monkeypatch, twins(), journal, after=3)
    assert session.query(Twin).count() == 30
    result = small.bulk_insert(twins(), journal=journal)
    assert (result.done, result.stored) == (50, 30)
    assert session.query(Twin).count() == 50
    small.bulk_insert(twins(), journal=journal)  # a new import
    assert session.query(Twin).count() == 100


def test_a_journal_of_other_objects_is_refused(
    client: Client, session: Session, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    small, journal = Session(client, batch_size=10, workers=1), tmp_path / "journal"
    interrupted_import(small, monkeypatch, Lamp.from_arrow(table(50)), journal, after=3)
    before = journal.read_text()
    with recorded_requests(client) as requests:
        with pytest.raises(
            ConfigurationError, match=r"journal is of another import: its object 19 has the id .*delete"
        ):
            small.bulk_insert(Lamp.from_arrow(table(50).slice(1)), journal=journal)
        with pytest.raises(ConfigurationError, match="it has 20 objects, and here are fewer"):
            small.bulk_insert(Lamp.from_arrow(table(5)), journal=journal)
        with pytest.raises(ConfigurationError, match="object 19 cannot be read now: row 19"):
            small.bulk_insert(Lamp.from_arrow(table(50, count=[0.5] * 50)), journal=journal)
        with pytest.raises(ConfigurationError, match="leave out start, or the journal"):
            small.bulk_insert(Lamp.from_arrow(table(50)), journal=journal, start=20)
        with pytest.raises(ConfigurationError, match="is no journal of a bulk insert"):
            small.bulk_insert([], journal=__file__)
        with pytest.raises(ConfigurationError, match="cannot be written: No such file or directory"):
            small.bulk_insert([Lamp(name="x")], journal=tmp_path / "nowhere" / "journal")
        with pytest.raises(ConfigurationError, match="cannot be read: Is a directory"):
            small.bulk_insert([Lamp(name="x")], journal=tmp_path)
    assert requests == []
    assert journal.read_text() == before


def test_the_last_row_of_a_step_may_be_refused(
    client: Client, session: Session, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    counts = [0.5 if number in (9, 19, 29) else 1.0 for number in range(40)]
    small, journal = Session(client, batch_size=10, workers=1), tmp_path / "journal"
    reports: list[Progress] = []

    def end(progress: Progress) -> None:
        reports.append(progress)
        if len(reports) == 2:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        small.bulk_insert(Lamp.from_arrow(table(40, count=counts)), progress=end, journal=journal)
    result = small.bulk_insert(Lamp.from_arrow(table(40, count=counts)), on_error="report", journal=journal)
    assert (result.done, result.stored, result.failed) == (40, 19, 1)
    assert session.query(Lamp).count() == 37


def test_what_is_no_object_is_refused_with_a_journal_too(session: Session, tmp_path: Path) -> None:
    wrong: Any = [Lamp(name="a"), "b"]
    result = session.bulk_insert(wrong, on_error="report", journal=tmp_path / "journal")
    assert (result.stored, result.failed) == (1, 1)


def test_a_bar_needs_rich(session: Session, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("rich.console", "rich.progress"):
        monkeypatch.setitem(sys.modules, name, None)
    with pytest.raises(ConfigurationError, match='progress=True needs rich: pip install "weaviate-mapper'):
        session.bulk_insert([Lamp(name="a")], progress=True)
    assert session.query(Lamp).count() == 0


def test_a_bar_leaves_refusals_to_be_raised(session: Session, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(TableError):
        session.bulk_insert(Lamp.from_arrow(table(3, count=[1, 2, 0.5])), progress=True)
    result = session.bulk_insert(Lamp.from_arrow(table(3, count=[1, 2, 0.5])), progress=True, on_error="report")
    assert (result.failed, len(result.failures)) == (1, 1)
    assert "1 refused" in capsys.readouterr().err


# -- references


def test_references_by_ids(client: Client, session: Session) -> None:
    ada, seller = Maker(name="Ada"), Seller(name="S")
    session.add_all([ada, seller])
    session.commit()
    session.close()
    ids = [str(Lamp(name=f"{number}").id) for number in range(4)]
    columns = {
        "maker__id": [str(ada.id), None, str(ada.id), None],
        # to a later row, to itself and to an earlier one
        "beside__id": [[ids[3]], [ids[1]], [], [ids[0], ids[1]]],
        "sold_by__id": [f"TestTablesSeller/{seller.id}", f"TestTablesMaker/{ada.id}", None, None],
    }
    with recorded_requests(client) as requests:
        session.bulk_insert(Lamp.from_arrow(table(4, **columns)))
    assert [request.method for request in requests] == ["POST", "POST"]  # nothing is loaded
    stored = session.query(Lamp).include("maker", "beside", "sold_by").order_by("name").all()
    assert [lamp.maker and lamp.maker.name for lamp in stored] == ["Ada", None, "Ada", None]
    assert [[str(other.id) for other in lamp.beside] for lamp in stored] == columns["beside__id"]
    assert [lamp.sold_by and lamp.sold_by.name for lamp in stored] == ["S", "Ada", None, None]
    assert {lamp.name for lamp in session.query(Maker).include("lamps").one().lamps} == {"0", "2"}


@pytest.mark.parametrize(
    ("by_journal", "size"), [(True, 5), (False, 5), (True, 2)], ids=["a journal", "start", "smaller steps"]
)
def test_inverses_are_not_added_twice_after_an_interruption(
    client: Client, session: Session, tmp_path: Path, by_journal: bool, size: int
) -> None:
    """The list of the maker is not stored anew with the lamps."""
    ada = Maker(name="Ada")
    session.add(ada)
    session.commit()
    session.close()
    lamps = partial(Lamp.from_arrow, table(20, maker__id=[str(ada.id)] * 20))
    journal = tmp_path / "journal"
    record = Journal.record

    def record_first(journal: Journal, done: int, last: Any) -> None:
        if done > 5:
            raise KeyboardInterrupt
        record(journal, done, last)

    small = Session(client, batch_size=5, workers=1)
    with pytest.MonkeyPatch.context() as patch, pytest.raises(KeyboardInterrupt):
        # killed after all of the second step is stored, and before it is reported
        patch.setattr(Journal, "record", record_first)
        small.bulk_insert(lamps(), journal=journal)
    options: Any = {"journal": journal} if by_journal else {"start": 5}
    with recorded_requests(client) as requests:
        Session(client, batch_size=size, workers=1).bulk_insert(lamps(), **options)
    body = client.data_object.get_by_id(str(ada.id), class_name="TestTablesMaker")
    assert body is not None
    assert len(body["properties"]["lamps"]) == len({beacon["beacon"] for beacon in body["properties"]["lamps"]}) == 20
    lookups = [request for request in requests if request.method == "GET"]
    assert len(lookups) == math.ceil(5 / size)  # in the steps that may have been sent before


def test_what_is_refused_does_not_come_along_with_later_steps(client: Client, session: Session) -> None:
    ada = Maker(name="Ada")
    session.add(ada)
    session.commit()
    session.close()
    pictures = [b"" if number == 2 else b"x" for number in range(20)]  # Weaviate takes no empty blob
    small, reports = Session(client, batch_size=5, workers=1), list[Progress]()
    lamps = Lamp.from_arrow(table(20, picture=pictures, maker__id=[str(ada.id)] * 20))
    small.bulk_insert(lamps, progress=reports.append)
    assert [{failure.operation for failure in progress.failures} for progress in reports] == [
        {"create", "add reference"},
        *[set()] * 3,
    ]
    assert reports[-1].stored == session.query(Lamp).count() == 19
    assert len(session.query(Maker).include("lamps").one().lamps) == 19


@pytest.mark.wire("graphql")  # it names requests of HTTP
def test_a_journal_is_checked_without_traces(
    client: Client, session: Session, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    ada = Maker(name="Ada")
    session.add(ada)
    session.commit()
    session.close()
    small, journal = Session(client, batch_size=10, workers=1), tmp_path / "journal"
    data = table(40, maker__id=[str(ada.id)] * 40)
    interrupted_import(small, monkeypatch, Lamp.from_arrow(data), journal, after=3)
    with recorded_requests(client) as requests:
        small.bulk_insert(Lamp.from_arrow(data), journal=journal)
    bodies = [json.loads(request.body or b"") for request in requests if request.url.endswith("/batch/objects")]
    assert [len(body["objects"]) for body in bodies] == [10, 10]


def test_the_list_of_two_inverses_follows_from_the_other_side() -> None:
    with pytest.raises(TableError, match=r"Maker.lamps follows from its inverse, Lamp.maker, .* a column maker__id"):
        next(Maker.from_rows([{"name": "a", "lamps__id": []}]))


def test_references_to_later_steps(client: Client, session: Session) -> None:
    ids = [str(Lamp(name=f"{number}").id) for number in range(30)]
    small = Session(client, batch_size=5, workers=1)
    small.bulk_insert(Lamp.from_arrow(table(30, beside__id=[[id] for id in reversed(ids)])))
    stored = session.query(Lamp).include("beside").all()
    assert {lamp.name: [other.name for other in lamp.beside] for lamp in stored} == {
        f"{number}": [f"{29 - number}"] for number in range(30)
    }


def test_a_table_in_a_session(session: Session) -> None:
    session.add_all(Lamp.from_rows([{"name": "a"}, {"name": "b", "beside__id": [str(UUID(int=5))]}]))
    session.commit()
    assert session.query(Lamp).count() == 2
    objects: TableReader[Lamp] = Lamp.from_rows([{"name": "a", "count": 1}, {"name": "c"}])
    session.close()
    session.upsert(objects)
    session.commit()
    assert {lamp.name: lamp.count for lamp in session.query(Lamp)} == {"a": 1, "b": None, "c": None}

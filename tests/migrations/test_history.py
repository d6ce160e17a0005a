"""The history: what is written is read, and nothing is there before it is created."""

from __future__ import annotations

from datetime import datetime, timezone

import pytest

from weaviate_orm.client.client import Client
from weaviate_orm.exceptions import MappingError
from weaviate_orm.migrations.history import History, MigrationRecord
from weaviate_orm.migrations.lock import locked

NOW = datetime(2026, 11, 26, 9, 30, 15, 123456, tzinfo=timezone.utc)


@pytest.fixture
def history(client: Client, unique: str) -> History:
    return History(client, f"{unique}History")


def test_without_a_collection_nothing_is_recorded(history: History) -> None:
    assert not history.exists()
    assert history.records() == {}


def test_a_record_comes_back_as_it_was_written(history: History) -> None:
    history.create()
    history.create()
    record = MigrationRecord(
        "0002_summary",
        "failed",
        "backward",
        operation=2,
        operations=["+ one", "+ two"],
        checksum="c0ffee",
        source="migration = Migration()\n",
        checkpoint={"cursor": "a", "counts": [1, 2]},
        message="of no use",
        owner="ada",
        replaced_by="0001_squashed",
        started=NOW,
        finished=NOW,
    )
    bare = MigrationRecord("0001_initial", "planned")
    for written in (record, bare):
        history.write(written)
    assert history.records() == {"0001_initial": bare, "0002_summary": record}
    history.write(MigrationRecord("0002_summary", "done"))
    assert history.records()["0002_summary"] == MigrationRecord("0002_summary", "done")
    history.delete("0002_summary")
    history.delete("0002_summary")
    assert [*history.records()] == ["0001_initial"]


def test_the_lock_is_no_record(history: History) -> None:
    with locked(history):
        history.write(MigrationRecord("0001_initial", "running"))
        assert [*history.records()] == ["0001_initial"]


def test_more_records_than_a_page(history: History, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("weaviate_orm.migrations.history._PAGE", 2)
    history.create()
    for number in range(5):
        history.write(MigrationRecord(f"{number:04}_x", "done"))
    assert [*history.records()] == [f"{number:04}_x" for number in range(5)]


def test_a_name_that_no_collection_can_have(client: Client) -> None:
    with pytest.raises(MappingError):
        History(client, "No name").create()

"""A migration that is killed, or fails for an object, goes on where it was: under a new lock, from its checkpoint."""

from __future__ import annotations

import multiprocessing
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest

from weaviate_orm.client.client import Client
from weaviate_orm.exceptions import MigrationLockedError, MigrationRowError, MigrationStepError
from weaviate_orm.http.auth import AuthApiKey
from weaviate_orm.migrations import MigrationFiles, migrate, plan_migration
from weaviate_orm.migrations.history import History
from weaviate_orm.migrations.lock import unlock
from weaviate_orm.testing import Server

COUNT = 50
BATCH = 10

FILE = """
import os
import signal
from pathlib import Path

from weaviate_orm.migrations import CreateCollection, Migration, RunPython, UpdateObjects
from weaviate_orm.schema import CollectionSpec, DataType, PropertySpec

FOLDER = Path({folder!r})


def add(client):
    for number in range({count}):
        id = f"00000000-0000-0000-0000-{{number:012}}"
        if not client.data_object.exists(id, {name!r}):
            client.data_object.create({{"number": number}}, {name!r}, id)


def double(row):
    with (FOLDER / "calls.txt").open("a") as file:
        file.write(f"{{row['number']}}\\n")
    if row["number"] == 35 and not (FOLDER / "mended").exists():
        {failure}
    return {{"double": 2 * row["number"]}}


migration = Migration(
    operations=[
        CreateCollection(
            CollectionSpec(
                {name!r},
                properties=(PropertySpec("number", DataType.INT), PropertySpec("double", DataType.INT)),
            ),
        ),
        RunPython(add),
        UpdateObjects({name!r}, double, batch={batch}),
    ],
)
"""


@pytest.fixture
def history(client: Client, unique: str) -> Iterator[History]:
    history = History(client, f"{unique}History")
    yield history
    unlock(history)


def write(folder: Path, unique: str, failure: str) -> MigrationFiles:
    text = FILE.format(folder=str(folder), name=f"{unique}Number", count=COUNT, batch=BATCH, failure=failure)
    (folder / "0001_initial.py").write_text(text)
    return MigrationFiles.load(folder)


def calls(folder: Path) -> list[int]:
    return [int(line) for line in (folder / "calls.txt").read_text().split()]


def check_done(history: History, folder: Path, unique: str, files: MigrationFiles) -> None:
    """All objects are changed, and those before the checkpoint were changed once."""
    assert plan_migration(history.client, files, history=history.name).is_empty
    answer = history.client.data_object.get(class_name=f"{unique}Number", limit=COUNT)
    assert answer is not None
    properties = [body["properties"] for body in answer["objects"]]
    assert sorted(item["double"] for item in properties) == [2 * number for number in range(COUNT)]
    repeated = sorted({number for number in calls(folder) if calls(folder).count(number) > 1})
    assert repeated
    assert set(repeated) <= set(range(30, 40))


def _migrate(server: Server, folder: Path, history: str) -> None:
    secret = AuthApiKey(server.api_key) if server.api_key is not None else None
    with Client(server.url, auth_client_secret=secret) as client:
        migrate(client, MigrationFiles.load(folder), history=history)


def test_a_migrator_is_killed(server: Server, history: History, unique: str, tmp_path: Path) -> None:
    files = write(tmp_path, unique, "os.kill(os.getpid(), signal.SIGKILL)")
    process = multiprocessing.get_context("spawn").Process(target=_migrate, args=(server, tmp_path, history.name))
    process.start()
    process.join()
    assert process.exitcode == -signal.SIGKILL
    record = history.records()["0001_initial"]
    assert (record.state, record.operation) == ("running", 2)
    assert record.checkpoint["after"] == f"00000000-0000-0000-0000-{29:012}"
    with pytest.raises(MigrationLockedError) as caught:
        migrate(history.client, files, history=history.name)
    assert f"process {process.pid}" in str(caught.value.owner)
    assert caught.value.age is not None
    assert unlock(history)
    (tmp_path / "mended").touch()
    assert migrate(history.client, files, history=history.name).applied == ("0001_initial",)
    check_done(history, tmp_path, unique, files)


def test_a_function_that_fails_for_an_object(history: History, unique: str, tmp_path: Path) -> None:
    files = write(tmp_path, unique, 'raise ValueError("odd")')
    with pytest.raises(MigrationStepError, match=r"0001_initial: operation 3 of 3, .*000000000035.*odd") as caught:
        migrate(history.client, files, history=history.name)
    error = caught.value.__cause__
    assert isinstance(error, MigrationRowError)
    assert error.id == f"00000000-0000-0000-0000-{35:012}"
    record = history.records()["0001_initial"]
    assert (record.state, record.operation) == ("failed", 2)
    assert "odd" in record.message
    (tmp_path / "mended").touch()
    migrate(history.client, files, history=history.name)
    check_done(history, tmp_path, unique, files)

"""Migrating a real server: forward, backward, again after a failure; and what is refused before anything is done."""

from __future__ import annotations

import multiprocessing
import re
import threading
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import attrs
import pytest

from tests.migrations.file_folders import chain, write
from weaviate_orm.client.client import Client
from weaviate_orm.exceptions import (
    DestructiveMigrationError,
    DriftError,
    MigrationError,
    MigrationFileError,
    MigrationLockedError,
    MigrationStepError,
    WeaviateORMError,
)
from weaviate_orm.http.auth import AuthApiKey
from weaviate_orm.migrations import (
    AddProperty,
    AddReference,
    CreateCollection,
    DeleteCollection,
    MigrationFiles,
    Operation,
    RebuildCollection,
    RunPython,
    migrate,
    migration_statuses,
    plan_migration,
)
from weaviate_orm.migrations.history import History, MigrationRecord
from weaviate_orm.migrations.lock import locked, unlock
from weaviate_orm.migrations.stored_schema import StoredSchema
from weaviate_orm.schema import CollectionSpec, DataType, PropertySpec, ReferenceSpec
from weaviate_orm.testing import Server

TITLE = PropertySpec("title", DataType.TEXT)
PAGES = PropertySpec("pages", DataType.INT)
NAMES = ["0001_initial", "0002_pages", "0003_author"]


class Place:
    """A folder of migrations, and a history of its own on the server."""

    def __init__(self, client: Client, folder: Path, prefix: str) -> None:
        self.client = client
        self.folder = folder
        self.prefix = prefix
        self.history = History(client, f"{prefix}History")
        self.article = CollectionSpec(f"{prefix}Article", properties=(TITLE,), alias=True)
        wrote = ReferenceSpec("wrote", (self.article.name, f"{prefix}Author"))
        self.author = CollectionSpec(f"{prefix}Author", references=(wrote,), alias=True)

    def files(self, *operations: Sequence[Operation]) -> MigrationFiles:
        return chain(self.folder, NAMES[: len(operations)], operations)

    def usual(self) -> MigrationFiles:
        """Three files, of four operations."""
        return self.files(
            [CreateCollection(self.article)],
            [AddProperty(self.article.name, PAGES, default=1)],
            [
                CreateCollection(self.author),
                AddReference(self.article.name, ReferenceSpec("by", (self.author.name,))),
            ],
        )

    def load(self) -> MigrationFiles:
        return MigrationFiles.load(self.folder)

    def migrate(self, files: MigrationFiles, target: str | None = None, **options: Any) -> Any:
        return migrate(self.client, files, target, history=self.history.name, **options)

    def plan(self, files: MigrationFiles, target: str | None = None) -> Any:
        return plan_migration(self.client, files, target, history=self.history.name)

    def states(self, files: MigrationFiles) -> dict[str, str]:
        statuses = migration_statuses(self.client, files, history=self.history.name)
        return {status.name: status.state for status in statuses}

    def classes(self) -> dict[str, set[str]]:
        """The properties of each collection but old copies, by the name that follows the prefix."""
        collections = StoredSchema(self.client).specs()
        return {
            name.removeprefix(self.prefix): {member.name for member in spec.members}
            for name, spec in collections.items()
            if name.startswith(self.prefix) and name != self.history.name and not re.search(r"_\d+$", name)
        }


@pytest.fixture
def place(client: Client, unique: str, tmp_path: Path) -> Iterator[Place]:
    place = Place(client, tmp_path, unique)
    yield place
    unlock(place.history)


ALL = {"Article": {"title", "pages", "by"}, "Author": {"wrote"}}


def test_forward_and_backward(place: Place) -> None:
    files = place.usual()
    plan = place.plan(files)
    assert [(step.migration, step.number) for step in plan.steps] == [
        ("0001_initial", 1),
        ("0002_pages", 1),
        ("0003_author", 1),
        ("0003_author", 2),
    ]
    assert [work.strategy for work in plan.works] == ["create", "in place", "create", "in place"]
    assert not place.history.exists()
    assert set(place.states(files).values()) == {"pending"}
    report = place.migrate(files)
    assert (report.applied, report.undone) == (tuple(NAMES), ())
    assert place.classes() == ALL
    assert place.states(files) == dict.fromkeys(NAMES, "done")
    assert place.plan(files).is_empty
    assert place.migrate(files).applied == ()
    assert place.history.records()["0001_initial"].started != place.history.records()["0001_initial"].finished
    record = place.history.records()["0003_author"]
    assert (record.operation, len(record.operations), record.message) == (2, 2, "")
    assert record.started is not None
    assert record.finished is not None
    assert record.started <= record.finished
    with pytest.raises(DestructiveMigrationError) as caught:
        place.migrate(files, "0002")
    assert len(caught.value.operations) == 2
    assert place.classes() == ALL
    report = place.migrate(files, "0002", yes_delete=True)
    assert (report.applied, report.undone) == ((), ("0003_author",))
    assert place.classes() == {"Article": {"title", "pages"}}
    assert place.states(files) == {"0001_initial": "done", "0002_pages": "done", "0003_author": "pending"}
    assert place.migrate(files, "0003").applied == ("0003_author",)
    assert place.migrate(files, "zero", yes_delete=True).undone == tuple(reversed(NAMES))
    assert (place.classes(), place.history.records()) == ({}, {})


def test_to_a_target(place: Place) -> None:
    files = place.usual()
    assert place.migrate(files, "0002").applied == ("0001_initial", "0002_pages")
    assert place.migrate(files, "0002_pages") == place.migrate(files, "0002")
    assert place.classes() == {"Article": {"title", "pages"}}


CALLS: list[str] = []


def fail_at_first(client: Client) -> None:
    CALLS.append("call")
    if len(CALLS) == 1:
        raise ValueError("not yet")


def undo(client: Client) -> None:
    CALLS.append("undo")


@pytest.fixture
def failed(place: Place) -> MigrationFiles:
    """Files of which the second has failed at its second operation."""
    CALLS.clear()
    call = RunPython(fail_at_first, undo)
    files = place.files([CreateCollection(place.article)], [AddProperty(place.article.name, PAGES), call, call])
    with pytest.raises(MigrationStepError, match=r"0002_pages: operation 2 of 3, 'Call .*', failed: not yet") as caught:
        place.migrate(files)
    assert (caught.value.migration, caught.value.operation) == ("0002_pages", 2)
    assert isinstance(caught.value.__cause__, ValueError)
    return files


def test_a_failed_migration_goes_on_where_it_failed(place: Place, failed: MigrationFiles) -> None:
    record = place.history.records()["0002_pages"]
    assert (record.state, record.operation, record.message) == ("failed", 1, "ValueError: not yet")
    assert place.states(failed) == {"0001_initial": "done", "0002_pages": "failed"}
    assert [step.number for step in place.plan(failed).steps] == [2, 3]
    assert place.migrate(failed).applied == ("0002_pages",)
    assert CALLS == ["call", "call", "call"]
    assert place.history.records()["0002_pages"].operation == 3


def test_a_failed_migration_is_undone(place: Place, failed: MigrationFiles) -> None:
    with pytest.raises(DestructiveMigrationError):
        place.migrate(failed, "0001")
    place.migrate(failed, "0001", yes_delete=True)
    assert CALLS == ["call", "undo"]
    assert place.classes() == {"Article": {"title"}}
    assert place.states(failed) == {"0001_initial": "done", "0002_pages": "pending"}


def test_what_failed_may_be_mended_and_what_is_done_may_not(place: Place, failed: MigrationFiles) -> None:
    path = failed.by_name["0002_pages"].path
    text = path.read_text()
    path.write_text(text.replace('PropertySpec("pages"', 'PropertySpec("sheets"'))
    with pytest.raises(MigrationFileError, match=r"is not as it was when it was begun .*") as caught:
        place.migrate(place.load())
    assert "-        AddProperty" in str(caught.value)
    assert 'PropertySpec("sheets"' in str(caught.value)
    path.write_text(
        text.replace("RunPython(fail_at_first, backward=undo)", "RunPython(undo)").replace("fail_at_first, ", "")
    )
    place.migrate(place.load())
    assert CALLS == ["call", "undo", "undo"]


def define(files: MigrationFiles, name: str, function: str) -> None:
    """Let a file call a function of its own in place of ``undo``."""
    path = files.by_name[name].path
    (word,) = re.findall(r"def (\w+)", function)
    text = path.read_text().replace("migration = ", f"{function}\n\nmigration = ")
    path.write_text(text.replace("RunPython(undo)", f"RunPython({word})"))


def test_an_interruption_is_recorded(place: Place) -> None:
    files = place.files([CreateCollection(place.article), RunPython(undo)])
    define(files, "0001_initial", "def stop(client):\n    raise KeyboardInterrupt\n")
    with pytest.raises(KeyboardInterrupt):
        place.migrate(place.load())
    record = place.history.records()["0001_initial"]
    assert (record.state, record.operation, record.message) == ("failed", 1, "KeyboardInterrupt: ")


def test_a_server_that_is_otherwise(place: Place) -> None:
    files = place.usual()
    place.migrate(files, "0002")
    physical = f"{place.article.name}_1"
    place.client.schema.add_property(physical, {"name": "extra", "dataType": ["text"]})
    place.client.schema.update_config(physical, {"description": "other"})
    for call in (place.migrate, place.plan):
        with pytest.raises(DriftError, match="the server is not as the applied migrations have made it") as caught:
            call(files)
        (difference,) = caught.value.differences
        assert difference == f"{place.article.name}.extra is on the server and not in the model"
    place.client.schema.delete_class(physical)
    with pytest.raises(DriftError) as caught:
        place.migrate(files)
    assert caught.value.differences == (f"the collection {place.article.name} is missing on the server",)
    assert "drop" not in str(caught.value)
    assert place.states(files)["0003_author"] == "pending"


def test_a_collection_that_is_not_behind_its_alias(place: Place) -> None:
    files = place.files([CreateCollection(place.article)])
    place.client.schema.create_class(place.article.to_json())
    place.migrate(files, fake=True)
    with pytest.raises(DriftError, match="under its own name, and not behind an alias"):
        place.migrate(files)


def test_changed_files(place: Place) -> None:
    files = place.usual()
    place.migrate(files)
    path = files.by_name["0002_pages"].path
    path.write_text("# more\n" + path.read_text())
    place.migrate(place.load())
    path.write_text(path.read_text().replace("default=1", "default=2"))
    changed = place.load()
    with pytest.raises(
        MigrationFileError, match=r"0002_pages.py is not as it was when it was applied on 20\d\d-"
    ) as caught:
        place.migrate(changed)
    assert caught.value.file == "0002_pages"
    assert re_lines(str(caught.value)) == ["-", "+"]
    statuses = migration_statuses(place.client, changed, history=place.history.name)
    assert [status.changed for status in statuses] == [False, True, False]
    assert place.migrate(changed, fake=True).recorded == ("0002_pages",)
    assert place.migrate(changed).applied == ()


def re_lines(text: str) -> list[str]:
    """The signs of the lines that differ."""
    return [line[0] for line in text.splitlines() if line.strip("+- ").startswith("AddProperty")]


def test_a_migration_without_a_file(place: Place) -> None:
    files = place.usual()
    place.migrate(files)
    files.by_name["0003_author"].path.unlink()
    older = place.load()
    with pytest.raises(MigrationFileError, match="0003_author is recorded as done on this server, and has no file"):
        place.migrate(older)
    statuses = migration_statuses(place.client, older, history=place.history.name)
    assert [(status.name, status.missing) for status in statuses] == list(zip(NAMES, [False, False, True], strict=True))


def test_fake(place: Place) -> None:
    files = place.usual()
    place.client.schema.create_class(place.article.to_json() | {"class": f"{place.article.name}_1"})
    place.client.alias.create(alias_name=place.article.name, target_collection=f"{place.article.name}_1")
    assert place.migrate(files, "0001", fake=True).recorded == ("0001_initial",)
    assert place.classes() == {"Article": {"title"}}
    assert place.migrate(files).applied == ("0002_pages", "0003_author")
    report = place.migrate(files, "0002", fake=True)
    assert (report.recorded, report.undone) == ((), ("0003_author",))
    assert place.classes() == ALL
    with pytest.raises(DriftError, match="by is on the server"):
        place.migrate(files)
    place.migrate(files, fake=True)
    assert place.plan(files).is_empty


def test_two_heads(place: Place) -> None:
    place.usual()
    write(place.folder, "0003_other", dependencies=["0002_pages"])
    files = place.load()
    with pytest.raises(MigrationFileError, match="there are 2 heads"):
        place.migrate(files)
    assert not place.history.exists()
    place.migrate(files, "0003_author")
    assert place.migrate(files, "0003_other").applied == ("0003_other",)
    assert place.migrate(files, "0003_other").undone == ()


def test_what_cannot_be_undone_is_said_before_anything_is_done(place: Place) -> None:
    files = place.files([CreateCollection(place.article)], [AddProperty(place.article.name, PAGES)], [RunPython(undo)])
    place.migrate(files)
    with pytest.raises(MigrationError, match="0003_author cannot be undone: nothing undoes its operation 1"):
        place.migrate(files, "0001", yes_delete=True)
    assert set(place.states(files).values()) == {"done"}


def test_what_this_server_cannot_do_is_said_before_anything_is_done(place: Place) -> None:
    spec = attrs.evolve(place.article, alias=False)
    rebuilt = attrs.evolve(spec, properties=(PAGES,))
    files = place.files([CreateCollection(spec)], [RebuildCollection(rebuilt, drop=("title",))])
    place.migrate(files, "0001")
    with pytest.raises(MigrationError, match=r"nothing was done: 0002_pages: Rebuild .*behind an alias first"):
        place.migrate(files, yes_delete=True)
    assert place.classes() == {"Article": {"title"}}
    assert [work.blocked is None for work in place.plan(files).works] == [False]
    place.migrate(files, yes_delete=True, offline=True)
    assert place.classes() == {"Article": {"pages"}}


def test_deleting_takes_a_yes(place: Place) -> None:
    files = place.files([CreateCollection(place.article)], [DeleteCollection(place.article.name)])
    place.migrate(files, "0001")
    with pytest.raises(DestructiveMigrationError) as caught:
        place.migrate(files)
    assert caught.value.operations == (f"0002_pages: Delete {place.article.name} and all of its objects",)
    place.migrate(files, yes_delete=True)
    assert place.classes() == {}


def test_a_migration_that_was_begun_has_to_be_on_the_way(place: Place, failed: MigrationFiles) -> None:
    write(place.folder, "0002_other", dependencies=["0001_initial"])
    with pytest.raises(MigrationError, match="0002_pages was begun, and is not done"):
        place.migrate(place.load(), "0002_other")
    assert place.migrate(place.load(), "0002_pages").applied == ("0002_pages",)


def test_squashed_files(place: Place) -> None:
    files = place.usual()
    place.migrate(files, "0002")
    for name in NAMES[:2]:
        files.by_name[name].path.unlink()
    spec = attrs.evolve(place.article, properties=(TITLE, PAGES))
    write(place.folder, "0001_squashed_0002_pages", [CreateCollection(spec)], replaces=NAMES[:2])
    squashed = place.load()
    assert place.states(squashed) == {"0001_squashed_0002_pages": "done", "0003_author": "pending"}
    report = place.migrate(squashed)
    assert (report.applied, report.recorded) == (("0003_author",), ("0001_squashed_0002_pages",))
    assert place.history.records()["0002_pages"].replaced_by == "0001_squashed_0002_pages"
    place.migrate(squashed, "zero", yes_delete=True)
    assert place.history.records() == {}
    place.migrate(squashed)
    path = squashed.by_name["0001_squashed_0002_pages"].path
    write(place.folder, path.stem, [CreateCollection(spec)])
    write(place.folder, "0003_author", files.by_name["0003_author"].migration.operations, [path.stem])
    assert place.migrate(place.load()).applied == ()
    assert place.migrate(place.load(), "zero", yes_delete=True).undone == ("0003_author", path.stem)


def test_one_works_and_another_leaves_or_waits(place: Place) -> None:
    files = place.usual()
    with locked(place.history):
        with pytest.raises(MigrationLockedError):
            place.migrate(files)
        thread = threading.Thread(target=place.migrate, args=(files,), kwargs={"wait": 240})
        thread.start()
        time.sleep(0.5)
        assert place.classes() == {}
    thread.join()
    assert place.classes() == ALL
    with locked(place.history):
        assert place.migrate(files).applied == ()


def test_what_another_process_does_meanwhile_is_no_drift(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    files = place.usual()
    place.migrate(files, "0001")
    read = History.records

    def read_before_another_migrates(history: History) -> dict[str, MigrationRecord]:
        records = read(history)
        monkeypatch.undo()
        place.migrate(files)
        return records

    monkeypatch.setattr(History, "records", read_before_another_migrates)
    assert place.migrate(files).applied == ()
    assert place.classes() == ALL


def test_who_is_unlocked_stops_before_its_next_step(place: Place) -> None:
    files = place.files([CreateCollection(place.article), RunPython(undo), CreateCollection(place.author)])
    define(
        files,
        "0001_initial",
        "def steal(client):\n"
        "    from weaviate_orm.migrations.history import History\n"
        "    from weaviate_orm.migrations.lock import unlock\n\n"
        f'    unlock(History(client, "{place.history.name}"))\n',
    )
    with pytest.raises(MigrationLockedError, match="was taken from this process"):
        place.migrate(place.load())
    assert place.classes() == {"Article": {"title"}}
    assert place.history.records()["0001_initial"].state == "running"


def _deploy(server: Server, folder: Path, history: str, start: Any, results: Any, wait: float) -> None:
    secret = AuthApiKey(server.api_key) if server.api_key is not None else None
    with Client(server.url, auth_client_secret=secret) as client:
        files = MigrationFiles.load(folder)
        start.wait()
        try:
            results.put(len(migrate(client, files, history=history, wait=wait).applied))
        except MigrationLockedError:
            results.put("left")
        except WeaviateORMError as error:
            results.put(repr(error))


def deploy_at_once(place: Place, server: Server, count: int, wait: float) -> list[Any]:
    context = multiprocessing.get_context("spawn")
    start, results = context.Event(), context.Queue()
    arguments = (server, place.folder, place.history.name, start, results, wait)
    processes = [context.Process(target=_deploy, args=arguments) for _ in range(count)]
    for process in processes:
        process.start()
    time.sleep(1)
    start.set()
    outcomes = [results.get(timeout=280) for _ in processes]
    for process in processes:
        process.join()
    return outcomes


@pytest.mark.parametrize("wait", [0, 240])
def test_several_processes_migrate_at_once(place: Place, server: Server, wait: float) -> None:
    place.usual()
    check_outcomes(place, deploy_at_once(place, server, 4, wait), wait)


def check_outcomes(place: Place, outcomes: list[Any], wait: float) -> None:
    """One process did everything; the others found it done, or left."""
    assert outcomes.count(3) == 1
    others = {outcome for outcome in outcomes if outcome != 3}
    assert others <= ({0} if wait else {0, "left"})
    assert place.classes() == ALL
    assert set(place.states(place.load()).values()) == {"done"}
    assert not place.client.alias.exists(alias_name=place.history.lock_name)


@pytest.mark.heavy
@pytest.mark.timeout(3600)
@pytest.mark.parametrize("rounds", [2, pytest.param(20, marks=pytest.mark.endurance)])
def test_sixteen_processes_migrate_at_once(place: Place, server: Server, rounds: int) -> None:
    files = place.usual()
    for number in range(rounds):
        wait = 240.0 * (number % 2)
        check_outcomes(place, deploy_at_once(place, server, 16, wait), wait)
        place.migrate(files, "zero", yes_delete=True)

"""A collection rebuilt while processes read and write it, and while the rebuild is killed."""

from __future__ import annotations

import json
import random
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import attrs
import pytest

from tests.untraced import untraced_environment
from weaviate_orm.client.client import Client
from weaviate_orm.migrations.rebuild.behind_alias import resume_writes
from weaviate_orm.migrations.rebuild.freezing import is_frozen
from weaviate_orm.session.request_options import FREEZE_TIMEOUT
from weaviate_orm.testing import Server

from .load_programs import AUTHORS, new_properties
from .stored_collections import create, id_of, reference, store, stored, text

ROOT = Path(__file__).parents[2]


@attrs.frozen
class Load:
    """A collection with its writers, and what they have written.

    Attributes:
        urls: the nodes of the server; each program uses another one.
    """

    urls: Sequence[str]
    key: str
    logical: str
    count: int
    folder: Path

    def start(self, role: str, *arguments: str, node: int = 0, **options: Any) -> subprocess.Popen[str]:
        url = self.urls[node % len(self.urls)]
        program = [sys.executable, "-m", "tests.migrations.load_programs", role, url, self.key, self.logical]
        # traced for coverage, writers and migrators take the processors from each other
        return subprocess.Popen([*program, *arguments], cwd=ROOT, text=True, env=untraced_environment(), **options)

    def migrator(self, *, verify: bool = False) -> subprocess.Popen[str]:
        return self.start("migrator", "verify" if verify else "ids", stdout=subprocess.PIPE, stderr=subprocess.PIPE)

    def result(self, name: str) -> dict[str, Any]:
        result: dict[str, Any] = json.loads((self.folder / name).read_text())
        return result


def fill(client: Client, logical: str, count: int, *, replicas: int = 1) -> None:
    """Create the collection and store its objects."""
    author = logical.replace("Article", "Author")
    replication = {"factor": replicas}
    client.schema.create_class(
        {"class": author, "vectorizer": "none", "properties": [text("name")], "replicationConfig": replication}
    )
    store(client, author, {number: {"name": f"a{number}"} for number in range(1, AUTHORS + 1)})
    source = create(
        client,
        logical,
        [
            text("title", tokenization="word"),
            text("year"),
            text("name"),
            {"name": "n", "dataType": ["int"]},
            reference("author", author),
        ],
        replicationConfig=replication,
    )
    chance = random.Random(1)
    for first in range(1, count + 1, 1000):
        numbers = range(first, min(first + 1000, count + 1))
        vectors = {number: [chance.random() for _ in range(16)] for number in numbers}
        store(client, source, {number: new_properties(number) for number in numbers}, vectors=vectors)


@contextmanager
def loaded(
    urls: Sequence[str],
    key: str,
    client: Client,
    logical: str,
    count: int,
    folder: Path,
    *,
    replicas: int = 1,
    restarts: bool = False,
    writers: str = "requests",
) -> Iterator[Load]:
    """Two writers and a reader for a block; afterwards what they have written is compared with what is stored.

    ``writers``: "requests", or "session" for sessions.
    ``restarts``: the server may be away for a while, so that requests fail, and some are done twice.
    """
    fill(client, logical, count, replicas=replicas)
    before = stored(client, f"{logical}_1")
    load = Load(urls, key, logical, count, folder)
    programs = [
        load.start("writer", "0", str(count), str(folder / "writer0"), writers, node=0),
        load.start("writer", "1", str(count), str(folder / "writer1"), writers, node=1),
        load.start("reader", str(folder / "reader"), node=2),
    ]
    try:
        time.sleep(1.0)  # so that they write before the rebuild begins
        yield load
        time.sleep(1.0)  # and after it
    finally:
        for program in programs:
            program.terminate()
        codes = [program.wait() for program in programs]
    assert codes == [0, 0, 0]
    check(client, load, before, restarts=restarts)


def check(client: Client, load: Load, before: dict[str, Any], *, restarts: bool) -> None:
    """Nothing is lost, nothing twice, no reader saw an error or a part."""
    writers = [load.result(f"writer{position}") for position in (0, 1)]
    if not restarts:
        assert [writer["errors"] for writer in writers] == [{}, {}]
    assert min(writer["operations"] for writer in writers) > 20
    reader = load.result("reader")
    assert reader["errors"] == {}
    assert restarts or not reader["lost"]
    assert reader["least"] > 0.7 * load.count
    expected = {**writers[0]["expected"], **writers[1]["expected"]}
    after = stored(client, load.logical)
    assert after.keys() == expected.keys()
    untouched = 0
    for id, (title, number, authors) in expected.items():
        properties = after[id]["properties"]
        linked = [int(beacon[-12:], 16) for beacon in properties.get("author") or ()]
        if restarts:
            linked = list(dict.fromkeys(linked))  # one whose answer was lost may be there twice
        assert (properties["title"], properties["n"], linked) == (title, number, authors)
        if id in before:
            assert properties["year"] == int(before[id]["properties"]["year"])
            assert properties["label"] == before[id]["properties"]["name"]
            assert after[id]["vector"] == before[id]["vector"]
            untouched += title.startswith("Hello")
    assert untouched > load.count / 10
    sys.stdout.write(f"{load.count} objects, {len(after)} afterwards; writers {_figures(writers)}; {reader}\n")


def _figures(writers: Sequence[dict[str, Any]]) -> list[tuple[int, float]]:
    return [(writer["operations"], round(writer["longest wait"], 2)) for writer in writers]


def finish(program: subprocess.Popen[str]) -> dict[str, Any]:
    """Wait for a migrator; return what it did."""
    output, errors = program.communicate()
    assert program.returncode == 0, errors[-3000:]
    result: dict[str, Any] = json.loads(output.splitlines()[-1])
    sys.stdout.write(f"{result}\n")
    return result


def kill_at(program: subprocess.Popen[str], phase: str, part: float = 0.0) -> bool:
    """Kill a migrator when it has copied a part, in a phase; return False if it ended before."""
    assert program.stdout is not None
    for line in program.stdout:
        report = json.loads(line)
        if report.get("phase") == phase and report["done"] >= part * report["total"]:
            program.kill()
            program.communicate()
            return True
    program.communicate()
    return False


COUNTS = [
    2_000,
    pytest.param(20_000, marks=[pytest.mark.heavy, pytest.mark.endurance, pytest.mark.timeout(1800)]),
]


@pytest.mark.parametrize("count", COUNTS)
@pytest.mark.parametrize("verify", [False, True], ids=["ids", "objects"])
def test_nothing_is_lost_while_others_write(
    server: Server, client: Client, names: tuple[str, str], count: int, verify: bool, tmp_path: Path
) -> None:
    with loaded([server.url], server.api_key or "", client, names[0], count, tmp_path) as load:
        finish(load.migrator(verify=verify))
    assert client.alias.get(alias_name=names[0]) == f"{names[0]}_2"
    assert max(load.result(f"writer{position}")["longest wait"] for position in (0, 1)) < FREEZE_TIMEOUT


@pytest.mark.parametrize("count", COUNTS)
def test_sessions_wait_and_go_over_by_themselves(
    server: Server, client: Client, names: tuple[str, str], count: int, tmp_path: Path
) -> None:
    key = server.api_key or ""
    with loaded([server.url], key, client, names[0], count, tmp_path, writers="session") as load:
        assert kill_at(load.migrator(), "frozen")
        finish(load.migrator())
    assert max(load.result(f"writer{position}")["longest wait"] for position in (0, 1)) < FREEZE_TIMEOUT


@pytest.mark.parametrize("count", COUNTS)
def test_a_rebuild_that_was_killed_at_any_point_goes_on(
    server: Server, client: Client, names: tuple[str, str], count: int, tmp_path: Path, seed: int
) -> None:
    chance = random.Random(seed)
    points = sorted(chance.random() for _ in range(4))
    with loaded([server.url], server.api_key or "", client, names[0], count, tmp_path) as load:
        for point in points:
            assert kill_at(load.migrator(), "copying", point)
        assert kill_at(load.migrator(), "frozen")
        assert is_frozen(client.transport, [f"{names[0]}_1"])
        finish(load.migrator())
    # on a busy machine the kill may come when the alias was put over; the next run rebuilds that collection then
    assert client.alias.get(alias_name=names[0]) in (f"{names[0]}_2", f"{names[0]}_3")


def test_writes_go_on_after_a_kill_in_the_freeze(
    server: Server, client: Client, names: tuple[str, str], tmp_path: Path
) -> None:
    with loaded([server.url], server.api_key or "", client, names[0], 2_000, tmp_path) as load:
        assert kill_at(load.migrator(), "frozen")
        assert resume_writes(client) == [f"{names[0]}_1"]
        assert not is_frozen(client.transport, [f"{names[0]}_1"])
        assert resume_writes(client) == []
        time.sleep(1.0)
        finish(load.migrator())


def test_a_rebuild_that_is_told_to_end_lets_writers_go_on(
    server: Server, client: Client, names: tuple[str, str], tmp_path: Path
) -> None:
    load = Load([server.url], server.api_key or "", names[0], 2_000, tmp_path)
    fill(client, names[0], 2_000)
    program = load.migrator()
    assert program.stdout is not None
    while json.loads(program.stdout.readline())["phase"] != "frozen":
        pass
    program.terminate()
    program.communicate()
    assert program.returncode == 143
    assert not is_frozen(client.transport, [f"{names[0]}_1"])
    finish(load.migrator())
    assert len(stored(client, names[0])) == 2_000
    assert id_of(1) in stored(client, f"{names[0]}_2")

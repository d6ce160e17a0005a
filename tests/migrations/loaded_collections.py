"""A collection behind an alias that programs read and write while a test rebuilds it."""

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
from weaviate_orm.migrations.rebuild.replicas import ReplicatedObjects

from .load_programs import AUTHORS, HALTED, UNTOUCHED, new_properties
from .stored_collections import create, reference, store, stored, text

ROOT = Path(__file__).parents[2]


class Migrator:
    """A program that rebuilds the collection."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self._process = process

    def wait_until_halted(self) -> None:
        """Wait until it is where it is to halt."""
        if HALTED not in self._lines():
            pytest.fail(f"it did not halt: {self._errors()}")

    def go_on(self) -> None:
        """Let it go on from where it has halted."""
        assert self._process.stdin is not None
        self._process.stdin.write("\n")
        self._process.stdin.flush()

    def kill(self) -> None:
        """Kill it, where it has halted."""
        self.wait_until_halted()
        with self._process:
            self._process.kill()

    def terminate(self) -> int:
        """Tell it to end, where it has halted; return its exit code."""
        self.wait_until_halted()
        self._process.terminate()
        self._process.wait()
        with self._process:
            return self._process.returncode

    def finish(self) -> dict[str, Any]:
        """Wait for its end; return what it did."""
        with self._process:
            lines = [*self._lines()]
            errors = self._errors()
        assert self._process.returncode == 0, errors
        result: dict[str, Any] = lines[-1]
        sys.stdout.write(f"{result}\n")
        return result

    def _lines(self) -> Iterator[Any]:
        assert self._process.stdout is not None
        return map(json.loads, self._process.stdout)

    def _errors(self) -> str:
        assert self._process.stderr is not None
        return self._process.stderr.read()[-3000:]


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

    def migrator(self, phase: str = "", part: float = 0.0, *, verify: bool = False) -> Migrator:
        """Start a rebuild, which halts in a phase when it has copied a part, or at its START."""
        pipes = dict.fromkeys(("stdin", "stdout", "stderr"), subprocess.PIPE)
        return Migrator(self.start("migrator", "verify" if verify else "ids", phase, str(part), **pipes))

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
        load.start("writer", "0", str(count), str(folder / "writer0"), writers, node=0, stdout=subprocess.PIPE),
        load.start("writer", "1", str(count), str(folder / "writer1"), writers, node=1, stdout=subprocess.PIPE),
        load.start("reader", str(folder / "reader"), node=2, stdout=subprocess.PIPE),
    ]
    try:
        for program in programs:  # they read and write before the rebuild begins
            assert program.stdout is not None
            with program.stdout:
                assert program.stdout.readline() == '"begun"\n'
        yield load
        time.sleep(1.0)  # and after it
    finally:
        for program in programs:
            program.terminate()
        codes = [program.wait() for program in programs]
    assert codes == [0, 0, 0]
    if replicas > 1:
        repair(client, client.alias.get(alias_name=logical) or logical)
    check(client, load, before, restarts=restarts)


def repair(client: Client, collection: str) -> None:
    """Let the replica of a node have what the two others may have acknowledged without it."""
    ReplicatedObjects(collection).repair(client.transport)


def check(client: Client, load: Load, before: dict[str, Any], *, restarts: bool) -> None:
    """Nothing is lost, nothing twice, no reader saw an error or a part."""
    writers = [load.result(f"writer{position}") for position in (0, 1)]
    if not restarts:
        assert [writer["errors"] for writer in writers] == [{}, {}]
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
    assert untouched >= load.count / UNTOUCHED
    sys.stdout.write(f"{load.count} objects, {len(after)} afterwards; writers {_figures(writers)}; {reader}\n")


def _figures(writers: Sequence[dict[str, Any]]) -> list[tuple[int, float]]:
    return [(writer["operations"], round(writer["longest wait"], 2)) for writer in writers]

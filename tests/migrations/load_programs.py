"""Programs that read, write and rebuild a collection at the same time, each in a process of its own.

    python -m tests.migrations.load_programs writer URL KEY LOGICAL NUMBER COUNT FILE

Writers and readers say "begun" when they have done something. They go on until SIGTERM, and write into FILE what they
know of then: a writer, what has to be stored.

A migrator halts where it is told to, until it reads a line: whoever kills it there does not depend on its own speed.
"""

from __future__ import annotations

import json
import os
import random
import signal
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any
from uuid import UUID

from weaviate_orm import Field, Model, Ref, Session, ref
from weaviate_orm.client.client import Client
from weaviate_orm.exceptions import TransportError, WeaviateORMError
from weaviate_orm.http.auth import AuthApiKey
from weaviate_orm.http.retry import RetryPolicy, is_passing
from weaviate_orm.migrations.rebuild.behind_alias import rebuild
from weaviate_orm.migrations.rebuild.rebuild_progress import RebuildProgress
from weaviate_orm.migrations.row import Row

from .stored_collections import beacon, id_of, rebuilding, text

AUTHORS = 10
BATCH = 3
FIRST_NEW = 10_000_000
UNTOUCHED = 10
"""Of as many stored objects, writers leave one as it is."""

FIRST_WRITES = 25
SECONDS_BETWEEN_WRITES = 0.005
"""So that processors are left to the rebuild, and it comes to its end whatever their speed is."""

HALTED = "halted"
START = "start"
PATIENT = RetryPolicy(attempts=30)
"""Waits minutes for a server that is started again on a busy machine."""


def new_properties(number: int) -> dict[str, Any]:
    """The properties of a stored object before the rebuild."""
    return {"title": f"Hello-World {number}", "n": number, "year": str(1900 + number % 100), "name": f"name {number}"}


def changed(row: Row) -> Row:
    """The row of a rebuild that renames a property and changes the type of another one."""
    if "name" in row.properties:
        row.properties["label"] = row.properties.pop("name")
    if "year" in row.properties:
        row.properties["year"] = int(row["year"])
    return row


def main() -> None:
    role, url, key, logical, *rest = sys.argv[1:]
    with Client(url, AuthApiKey(key)) as client:
        PROGRAMS[role](client, logical, *rest)


def say(message: object) -> None:
    """Write a line of JSON, at once."""
    sys.stdout.write(json.dumps(message) + "\n")
    sys.stdout.flush()


def migrate(client: Client, logical: str, verify: str, phase: str = "", part: str = "0") -> None:
    """Rebuild; a line of JSON for each report of the progress, and one for the result.

    Halts at its START, or in a phase when a part is copied.
    """
    client.transport.batch_retry = PATIENT
    is_to_halt = bool(phase)

    def halt() -> None:
        nonlocal is_to_halt
        is_to_halt = False
        say(HALTED)
        sys.stdin.readline()

    def report(progress: RebuildProgress) -> None:
        say({"phase": progress.phase, "done": progress.done, "total": progress.total})
        if is_to_halt and progress.phase == phase and progress.done >= float(part) * progress.total:
            halt()

    if phase == START:
        halt()
    request = rebuilding(
        client,
        logical,
        text("title", tokenization="field"),
        {"name": "year", "dataType": ["int"]},
        text("label"),
        drop=["name"],
        change=changed,
    )
    result = rebuild(client, [request], verify=verify == "verify", progress=report)
    line = {"frozen": result.frozen, "seconds": result.seconds, "copied": result.copied, "late": result.late}
    say(line | {"passes": result.passes})


class Stopped:
    """Whether SIGTERM came, or the tests were killed."""

    def __init__(self) -> None:
        self._is_stopped = False
        self._parent = os.getppid()
        signal.signal(signal.SIGTERM, self._stop)

    def _stop(self, *_: object) -> None:
        self._is_stopped = True

    def __bool__(self) -> bool:
        return self._is_stopped or os.getppid() != self._parent


class Writer:
    """Writes by bare requests to the alias, again and again where they are refused because of a freeze."""

    def __init__(self, client: Client, logical: str, position: int, count: int) -> None:
        self.client = client
        self.logical = logical
        self.position = position
        self.chance = random.Random(position)
        # of every object: its title, its number, and the authors that it refers to
        self.expected: dict[int, list[Any]] = {
            number: [f"Hello-World {number}", number, []] for number in range(1, count + 1) if number % 2 == position
        }
        self.numbers = list(self.expected)
        self.next = FIRST_NEW + position
        self.operations = 0
        self.longest_wait = 0.0
        self.errors: dict[str, int] = {}

    def run(self, stopped: Stopped) -> None:
        while not stopped:
            if self.operations % 200 == 0:
                self.numbers = [number for number in self.expected if number // 2 % UNTOUCHED]
            number = self.chance.choice(self.numbers)
            if number in self.expected:
                self.write(number)
                self.operations += 1
                if self.operations == FIRST_WRITES:
                    say("begun")
                time.sleep(SECONDS_BETWEEN_WRITES)

    def write(self, number: int) -> None:
        roll = self.chance.random()
        if roll < 0.5:
            title = self.expected[number][0] = f"changed {self.chance.random()}"
            body = {"class": self.logical, "properties": {"title": title}}
            self.send("PATCH", f"/objects/{self.logical}/{id_of(number)}", body)
        elif roll < 0.65:
            self.send("POST", "/objects", self.added("new"))
        elif roll < 0.75:
            self.send("DELETE", f"/objects/{self.logical}/{id_of(number)}", None)
            del self.expected[number]
        elif roll < 0.85:
            self.send("POST", "/batch/objects", {"objects": [self.added("batch") for _ in range(BATCH)]})
        else:
            author = self.chance.randrange(1, AUTHORS + 1)
            if author not in self.expected[number][2]:
                self.expected[number][2].append(author)
                source = f"{beacon(self.logical, number)}/author"
                to = beacon(self.logical.replace("Article", "Author"), author)
                self.send("POST", "/batch/references", [{"from": source, "to": to}])

    def added(self, title: str) -> dict[str, Any]:
        self.next += 2
        self.expected[self.next] = [title, self.next, []]
        return {"class": self.logical, "id": id_of(self.next), "properties": {"title": title, "n": self.next}}

    def send(self, method: str, path: str, body: Any) -> None:
        begun = time.monotonic()
        waited = False
        while True:
            reason = self.attempt(method, path, body)
            if reason is None or (waited and "already exists" in reason):
                break  # what is stored at the moment of a freeze may be reported as refused
            waited = True
            if "read-only" not in reason and "read only" not in reason:
                self.errors[reason] = self.errors.get(reason, 0) + 1
                if self.errors[reason] > 2000:
                    raise SystemExit(reason)
            time.sleep(0.05)
        if waited:
            self.longest_wait = max(self.longest_wait, time.monotonic() - begun)

    def attempt(self, method: str, path: str, body: Any) -> str | None:
        """Send a request; return why it was refused, in whole or in part."""
        try:
            answer = self.client.transport.request(method, path, json=body)
        except TransportError as error:
            return f"{method} {str(error)[-200:]}"
        if path.startswith("/batch"):
            refused = [item["result"]["errors"] for item in answer.json() if item["result"].get("errors")]
            if refused:
                return json.dumps(refused[0])
        return None


class SessionWriter(Writer):
    """Writes by sessions, which know nothing of the rebuild but that the models are behind an alias."""

    def __init__(self, client: Client, logical: str, position: int, count: int) -> None:
        super().__init__(client, logical, position, count)
        self.author, self.article = models(logical)

    def write(self, number: int) -> None:
        begun = time.monotonic()
        try:
            with Session(self.client) as session:
                self.change(session, number)
                session.commit()
        except WeaviateORMError as error:
            self.errors[f"{type(error).__name__}: {error}"[:500]] = 1
            raise
        self.longest_wait = max(self.longest_wait, time.monotonic() - begun)

    def change(self, session: Session, number: int) -> None:
        roll = self.chance.random()
        if roll < 0.5:
            title = self.expected[number][0] = f"changed {self.chance.random()}"
            self.stored(session, number).title = title
        elif roll < 0.65:
            session.add(self.new_article("new"))
        elif roll < 0.75:
            session.delete(self.stored(session, number))
            del self.expected[number]
        elif roll < 0.85:
            session.add_all([self.new_article("batch") for _ in range(BATCH)])
        else:
            author = self.chance.randrange(1, AUTHORS + 1)
            if author not in self.expected[number][2]:
                self.expected[number][2].append(author)
                self.stored(session, number).author.append(session.get(self.author, UUID(id_of(author))))

    def stored(self, session: Session, number: int) -> Any:
        return session.get(self.article, UUID(id_of(number)))

    def new_article(self, title: str) -> Any:
        body = self.added(title)
        return self.article(id=UUID(body["id"]), **body["properties"])


def models(logical: str) -> tuple[Any, Any]:
    """The models of the collections, as they are before and after the rebuild."""

    class LoadedAuthor(Model):
        name: Field[str]

        class Meta:
            name = logical.replace("Article", "Author")

    class LoadedArticle(Model):
        title: Field[str]
        n: Field[int]
        author: Ref[list[LoadedAuthor]] = ref(factory=list)

        class Meta:
            name = logical
            alias = True

    return LoadedAuthor, LoadedArticle


def write(client: Client, logical: str, position: str, count: str, file: str, kind: str = "requests") -> None:
    stopped = Stopped()
    writer = (SessionWriter if kind == "session" else Writer)(client, logical, int(position), int(count))
    writer.run(stopped)
    results = {
        "expected": {id_of(number): values for number, values in writer.expected.items()},
        "operations": writer.operations,
        "longest wait": writer.longest_wait,
        "errors": writer.errors,
    }
    Path(file).write_text(json.dumps(results))


def read(client: Client, logical: str, file: str) -> None:
    """Search and count, without any error nor a part of the objects only."""
    stopped = Stopped()
    rounds, count, slowest, least = 0, 0, 0.0, sys.maxsize
    lost: dict[str, int] = {}
    errors: dict[str, int] = {}
    while not stopped:
        begun = time.monotonic()
        documents = [
            f'{{Get{{{logical}(limit:3 bm25:{{query:"hello"}}){{title n}}}}}}',
            f"{{Aggregate{{{logical}{{meta{{count}}}}}}}}",
        ]
        for document in documents:
            try:
                body = client.query.raw(document)
            except TransportError as error:
                reasons, reason = lost if is_passing(error) else errors, str(error)[-300:]
                reasons[reason] = reasons.get(reason, 0) + 1
                continue
            count += 1
            if body.get("errors"):
                text_of_error = json.dumps(body["errors"])[:300]
                errors[text_of_error] = errors.get(text_of_error, 0) + 1
            elif "Aggregate" in body["data"]:
                least = min(least, body["data"]["Aggregate"][logical][0]["meta"]["count"])
        slowest = max(slowest, time.monotonic() - begun)
        if not rounds:
            say("begun")
        rounds += 1
        time.sleep(0.02)
    Path(file).write_text(
        json.dumps({"reads": count, "lost": lost, "slowest": slowest, "least": least, "errors": errors})
    )


PROGRAMS: dict[str, Callable[..., None]] = {"migrator": migrate, "writer": write, "reader": read}


if __name__ == "__main__":
    main()

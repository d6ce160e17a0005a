"""A real application under uvicorn: several workers, many clients at once, and its autoreloader."""

from __future__ import annotations

import inspect
import random
import re
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
import requests
import uvicorn

from tests.contrib.fastapi_notes import Note
from tests.contrib.uvicorn_servers import UvicornProcess, uvicorn_process
from weaviate_orm import Client, Model, Session, drop_all
from weaviate_orm.testing import Server

ORGANIZATIONS = ("acme", "globex", "initech")
CLIENTS = 16
MODELS: list[type[Model]] = [Note]

COMPLAINTS = re.compile(r"Traceback|[Uu]nclosed|never awaited|ERROR|Exception ignored")


def complaints(running: UvicornProcess) -> list[str]:
    """What uvicorn and the application complain of, once they have ended."""
    # the process that watches the workers does not close the socket that they listen on
    own = f"unclosed <socket.socket fd=3, family=2, type=1, proto=0, laddr=('127.0.0.1', {running.port})>"
    return [line for line in running.end().splitlines() if COMPLAINTS.search(line) and own not in line]


@pytest.fixture
def application(server: Server, client: Client, tmp_path: Path) -> Iterator[UvicornProcess]:
    """The application, in two workers that create the collection at once."""
    drop_all(client, MODELS)
    environment = {"WEAVIATE_URL": server.url, "WEAVIATE_API_KEY": server.api_key or ""}
    arguments = ["--workers", "2", "--log-level", "warning", "tests.contrib.fastapi_notes:app"]
    arguments += ["--timeout-keep-alive", "240"]  # else it closes connections that a slow client is about to use
    if "timeout_worker_healthcheck" in inspect.signature(uvicorn.Config).parameters:
        arguments += ["--timeout-worker-healthcheck", "240"]  # a machine may be busy
    with uvicorn_process(arguments, tmp_path / "output", environment=environment) as running:
        running.wait_for("/process")
        yield running
    drop_all(client, MODELS)


def processes_of(running: UvicornProcess) -> list[str]:
    """The two workers, once both accept connections."""
    processes: set[str] = set()
    with ThreadPoolExecutor(8) as threads:
        while len(processes) < 2:
            processes.update(threads.map(running.wait_for, ["/process"] * 8))
    return sorted(processes)


class Visitor:
    """A client that knows which notes it has stored, and checks each answer."""

    def __init__(self, url: str, process: str, number: int, seed: int) -> None:
        self._url = url
        self._process = process
        self._number = number
        self._random = random.Random(seed * 1000 + number)
        self._http = requests.Session()
        self.stored: dict[str, dict[str, dict[str, Any]]] = {name: {} for name in ORGANIZATIONS}
        self.processes: Counter[str] = Counter()
        self.created = 0

    def visit(self, count: int) -> None:
        # a worker may accept every connection that waits, so that each visitor insists on one
        while self._http.get(f"{self._url}/process", timeout=240).text != self._process:
            self._http.close()
        with self._http:
            for _ in range(count):
                self._act()

    def _act(self) -> None:
        organization = self._random.choice(ORGANIZATIONS)
        mine = self.stored[organization]
        path = self._random.choice(["/notes", "/sync/notes"])
        action = self._random.choices(["create", "read", "change", "list", "stray", "delete"], [4, 4, 3, 2, 2, 1])[0]
        if action == "create" or not mine:
            self.created += 1
            body = {"text": f"note {self._number}.{self.created}", "stars": self._number}
            note = self._send("POST", path, organization, 201, json=body).json()
            assert note == {"id": note["id"], "organization": organization, **body}
            mine[note["id"]] = note
            return
        id = self._random.choice(list(mine))
        if action == "read":
            assert self._send("GET", f"{path}/{id}", organization, 200).json() == mine[id]
        elif action == "change":
            mine[id] = {**mine[id], "stars": self._random.randrange(1000)}
            changed = self._send("PATCH", f"{path}/{id}", organization, 200, json={"stars": mine[id]["stars"]})
            assert changed.json() == mine[id]
        elif action == "list":
            listed = self._send("GET", f"{path}?limit=50", organization, 200).json()
            assert {note["organization"] for note in listed["items"]} <= {organization}
        elif action == "stray":
            other = self._random.choice([name for name in ORGANIZATIONS if name != organization])
            self._send("GET", f"{path}/{id}", other, 404)
        else:
            self._send("DELETE", f"{path}/{id}", organization, 204)
            del mine[id]

    def _send(self, method: str, path: str, organization: str, status: int, **options: Any) -> requests.Response:
        headers = {"X-Organization": organization}
        response = self._http.request(method, self._url + path, headers=headers, timeout=240, **options)
        assert response.status_code == status, (method, path, response.text)
        if "X-Process" in response.headers:
            self.processes[response.headers["X-Process"]] += 1
        return response


@pytest.mark.parametrize("count", [320, pytest.param(2000, marks=pytest.mark.heavy)])
def test_many_clients_at_once_find_their_own_objects(
    application: UvicornProcess, client: Client, seed: int, count: int
) -> None:
    for organization in ORGANIZATIONS:  # a tenant is created by the first write
        with Session(client, tenant=organization) as session:
            session.add(Note(text="first", organization=organization))
            session.commit()
    processes = processes_of(application)
    visitors = [Visitor(application.url, processes[number % 2], number, seed) for number in range(CLIENTS)]
    with ThreadPoolExecutor(CLIENTS) as threads:
        list(threads.map(lambda visitor: visitor.visit(count // CLIENTS), visitors))
    for organization in ORGANIZATIONS:
        expected = {id: note for visitor in visitors for id, note in visitor.stored[organization].items()}
        with Session(client, tenant=organization) as session:
            stored = {note.id: note for note in session.query(Note).all() if note.text != "first"}
            assert stored.keys() == {UUID(id) for id in expected}
            for id, note in expected.items():
                assert (stored[UUID(id)].text, stored[UUID(id)].stars) == (note["text"], note["stars"])
                assert stored[UUID(id)].organization == organization
    assert set().union(*(visitor.processes for visitor in visitors)) == set(processes)
    assert complaints(application) == []


SOURCE = """
from fastapi import FastAPI
from weaviate_orm import Field, Model
from weaviate_orm.contrib.fastapi import AsyncSessionDep, weaviate_lifespan
from weaviate_orm.embedded import EmbeddedOptions

class ReloadedNote(Model):
    text: Field[str]

app = FastAPI(
    lifespan=weaviate_lifespan(
        "embedded://./data",
        models=[ReloadedNote],
        embedded_options=EmbeddedOptions(vectorizer=False, startup_timeout=240),
    )
)

@app.get("/count")
async def count(session: AsyncSessionDep) -> str:
    session.add(ReloadedNote(text="a"))
    await session.commit()
    return f"GREETING {await session.query(ReloadedNote).count()}"
"""


@pytest.mark.timeout(600)
def test_the_autoreloader_starts_again_on_the_embedded_server(binary: Path, tmp_path: Path) -> None:
    (tmp_path / "main.py").write_text(SOURCE.replace("GREETING", "first"), encoding="utf-8")
    arguments = ["--reload", "--log-level", "warning", "main:app"]
    with uvicorn_process(arguments, tmp_path / "output", cwd=tmp_path) as running:
        assert running.wait_for("/count") == '"first 1"'
        (tmp_path / "main.new").write_text(SOURCE.replace("GREETING", "second"), encoding="utf-8")
        (tmp_path / "main.new").replace(tmp_path / "main.py")  # at once: half of it is no application
        while not (text := running.wait_for("/count")).startswith('"second'):
            assert text.startswith('"first')
        assert int(text.strip('"').split()[1]) > 1  # the data are those of before
        assert complaints(running) == []

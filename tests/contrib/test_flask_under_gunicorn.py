"""A Flask application under gunicorn: threads, and workers that are forked from a loaded application."""

from __future__ import annotations

import os
import random
import subprocess
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

import pytest
import requests

from tests.contrib.flask_notes import Note, Visit
from tests.empty_collections import empty_collections
from weaviate_orm import Client, Session
from weaviate_orm.embedded.ports import choose_ports
from weaviate_orm.testing import Server

ROOT = Path(__file__).parents[2]
CLIENTS = 16
TENANTS = 5


@contextmanager
def gunicorn(server: Server, log: Path) -> Iterator[str]:
    """Serve the notes by two workers of four threads; end it as a service manager does, and check what it has said."""
    address = f"127.0.0.1:{choose_ports(None, None).http}"
    environment = {**os.environ, "NOTES_URL": server.url, "NOTES_KEY": server.api_key or "", "PYTHONPATH": str(ROOT)}
    command = [
        *(sys.executable, "-X", "dev", "-W", "error::ResourceWarning", "-m", "gunicorn", "--bind", address),
        *("--workers", "2", "--threads", "4", "--preload", "--timeout", "300", "--no-control-socket"),
        *("--keep-alive", "300"),  # else it closes connections that a slow client is about to use
        "tests.contrib.flask_notes:served()",
    ]
    with log.open("w") as output, subprocess.Popen(command, cwd=ROOT, env=environment, stderr=output) as process:
        try:
            while log.read_text().count("Booting worker") < 2:
                assert process.poll() is None, log.read_text()
                time.sleep(0.05)
            yield f"http://{address}"
        finally:
            process.terminate()
            code = process.wait(300)
    said = log.read_text()
    assert code == 0, said
    assert "Warning" not in said, said
    assert "Traceback" not in said, said


def processes_of(url: str) -> list[str]:
    """The two workers, once both accept connections."""
    processes: set[str] = set()
    with ThreadPoolExecutor(8) as pool:
        while len(processes) < 2:
            answers = pool.map(lambda _: requests.get(f"{url}/nothing", timeout=300), range(8))
            processes.update(answer.headers["X-Process"] for answer in answers)
    return sorted(processes)


class Visitor:
    """A client of one tenant, which shares it with others, and knows the notes that are its own."""

    def __init__(self, url: str, process: str, number: int, seed: int) -> None:
        self._url = url
        self._process = process
        self._random = random.Random(seed + number)
        self._session = requests.Session()
        self._session.trust_env = False
        self.tenant = f"t{number % TENANTS}"
        self._name = f"v{number}"
        self.notes: dict[str, str] = {}
        self.visits = 0
        self.processes: set[str] = set()

    def visit(self, count: int) -> None:
        # a worker may accept every connection that waits, so that each visitor insists on one
        while self._session.get(f"{self._url}/nothing", timeout=300).headers["X-Process"] != self._process:
            self._session.close()
        for step in range(count):
            act = self._random.choice(
                [
                    self._create,
                    self._create,
                    self._show,
                    self._index,
                    self._change,
                    self._remove,
                    self._forget,
                    self._stream,
                    self._search,
                    self._count,
                ]
            )
            act(f"{self._name} {step}")
        self._session.close()

    def _send(self, method: str, path: str, *, status: int = 200, json: object = None) -> requests.Response:
        response = self._session.request(method, self._url + path, json=json, timeout=300)
        assert response.status_code == status, (method, path, response.text)
        assert response.headers["X-Session"] == "right", (method, path)
        self.processes.add(response.headers["X-Process"])
        return response

    def _create(self, text: str) -> None:
        note = self._send("POST", f"/{self.tenant}/notes", json={"text": text}, status=201).json()
        assert note["owner"] == self.tenant
        self.notes[note["id"]] = text

    def _own(self, text: str) -> str:
        if not self.notes:
            self._create(text)
        return self._random.choice(list(self.notes))

    def _show(self, text: str) -> None:
        id = self._own(text)
        expected = {"id": id, "text": self.notes[id], "owner": self.tenant}
        assert self._send("GET", f"/{self.tenant}/notes/{id}").json() == expected
        other = f"t{(int(self.tenant[1:]) + 1) % TENANTS}"
        self._send("GET", f"/{other}/notes/{id}", status=404)

    def _index(self, text: str) -> None:
        self._own(text)
        notes = self._send("GET", f"/{self.tenant}/notes").json()["notes"]
        assert {note["owner"] for note in notes} == {self.tenant}
        shown = {note["id"]: note["text"] for note in notes}
        assert shown.items() >= self.notes.items()
        assert "never committed" not in shown.values()

    def _search(self, text: str) -> None:
        id = self._own(text)
        assert self._send("GET", f"/{self.tenant}/search/{self.notes[id]}").json()["id"] == id

    def _change(self, text: str) -> None:
        id = self._own(text)
        self._send("PATCH", f"/{self.tenant}/notes/{id}", json={"text": text})
        self.notes[id] = text

    def _remove(self, text: str) -> None:
        id = self._own(text)
        self._send("DELETE", f"/{self.tenant}/notes/{id}", status=204)
        del self.notes[id]
        self._send("GET", f"/{self.tenant}/notes/{id}", status=404)

    def _forget(self, text: str) -> None:
        how = self._random.choice(["error", "abort"])
        self._send("POST", f"/{self.tenant}/forgotten?how={how}", status=500 if how == "error" else 409)

    def _stream(self, text: str) -> None:
        self._own(text)
        assert set(self._send("GET", f"/{self.tenant}/stream").text.split()) == {self.tenant}

    def _count(self, text: str) -> None:
        self._send("GET", "/visits")
        self.visits += 1


@pytest.mark.parametrize("count", [96, pytest.param(2000, marks=pytest.mark.heavy)])
def test_mixed_requests_of_many_clients(count: int, server: Server, client: Client, seed: int, tmp_path: Path) -> None:
    with empty_collections(client, [Note, Visit]):
        client.tenants.create("FlaskNote", [f"t{number}" for number in range(TENANTS)])
        with gunicorn(server, tmp_path / "log") as url:
            processes = processes_of(url)
            visitors = [Visitor(url, processes[number % 2], number, seed) for number in range(CLIENTS)]
            with ThreadPoolExecutor(CLIENTS) as pool:
                for done in [pool.submit(visitor.visit, count // CLIENTS) for visitor in visitors]:
                    done.result()
            for _ in range(20):  # both processes
                assert requests.get(f"{url}/pending", timeout=300).json() == 0
        assert set.union(*(visitor.processes for visitor in visitors)) == set(processes)
        for number in range(TENANTS):
            with Session(client, tenant=f"t{number}") as session:
                stored = {str(note.id): note.text for note in session.query(Note)}
            assert stored == {
                id: text for visitor in visitors if visitor.tenant == f"t{number}" for id, text in visitor.notes.items()
            }
        with Session(client) as session:
            assert session.query(Visit).count() == sum(visitor.visits for visitor in visitors)

"""Streams of objects: progress, refusals, and a client that is killed in the middle."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.session.library_models import Author, Page, Publication
from weaviate_orm import Client, ConfigurationError, FlushError, Progress, Session
from weaviate_orm.testing import Server, recorded_requests

SCRIPT = """
import os, sys
from tests.session.library_models import Page
from weaviate_orm import AuthApiKey, Client, Session

url, path, count, start = sys.argv[1], sys.argv[2], int(sys.argv[3]), int(sys.argv[4])
key = os.environ.get("BULK_KEY")

def note(progress):
    with open(path, "a") as file:
        print(progress.done, file=file, flush=True)

def pages():
    for number in range(count):
        if not start and number == count * 3 // 4:
            sys.stdin.readline()  # until it is killed
        yield Page(url=f"/{number}")

with Client(url, AuthApiKey(key) if key else None) as client, Session(client, batch_size=100) as session:
    session.bulk_insert(pages(), start=start, progress=note)
"""


def test_it_streams_and_reports(client: Client, session: Session) -> None:
    read = 0
    vogue = Publication(name="Vogue")

    def authors() -> Iterator[Author]:
        nonlocal read
        for number in range(95):
            read += 1
            yield Author(name=f"Author {number}", writes_for=vogue if number == 0 else None)

    reports: list[tuple[Progress, int]] = []
    small = Session(client, batch_size=10, workers=2)
    found = small.bulk_insert(authors(), progress=lambda progress: reports.append((progress, read)))
    assert [(progress.done, had_read) for progress, had_read in reports] == [
        (done, done) for done in (20, 40, 60, 80, 95)
    ]
    assert found == Progress(done=95, stored=96, failed=0)
    assert list(small) == []
    assert session.query(Author).count() == 95
    assert session.query(Author).where(name="Author 0").include("writes_for").all()[0].writes_for is not None


def test_what_is_refused_is_reported_and_the_rest_goes_on(client: Client, session: Session) -> None:
    def authors() -> list[Author]:
        return [Author(name=f"{number}", vector=[1.0] * (2 + (number == 25))) for number in range(50)]

    small = Session(client, batch_size=10)
    reports: list[Progress] = []
    found = small.bulk_insert(authors(), progress=reports.append)
    assert (found.done, found.stored, found.failed) == (50, 49, 1)
    (failure,) = [failure for progress in reports for failure in progress.failures]
    assert failure.object.name == "25"
    with pytest.raises(FlushError):
        small.bulk_insert(authors())
    with pytest.raises(ConfigurationError, match="start is 0 or more"):
        small.bulk_insert([], start=-1)


def test_it_goes_on_from_what_was_reported(client: Client, session: Session) -> None:
    pages = [Page(url=f"/{number}") for number in range(30)]
    with recorded_requests(client) as requests:
        found = session.bulk_insert(pages, start=20)
    assert (found.done, found.stored, len(requests)) == (30, 10, 1)


@pytest.mark.parametrize("count", [4_000, pytest.param(50_000, marks=pytest.mark.heavy)])
def test_a_client_that_is_killed_goes_on(
    count: int, server: Server, client: Client, session: Session, tmp_path: Path
) -> None:
    noted = tmp_path / "progress"
    root = Path(__file__).parents[2]
    environment = {**os.environ, "PYTHONPATH": str(root), "BULK_KEY": server.api_key or ""}

    def done() -> int:
        lines = noted.read_text().splitlines() if noted.exists() else []
        return int(lines[-1]) if lines else 0

    def start(first: int) -> subprocess.Popen[bytes]:
        command = [sys.executable, "-c", SCRIPT, server.url, str(noted), str(count), str(first)]
        return subprocess.Popen(command, cwd=root, env=environment, stdin=subprocess.PIPE)

    with start(0) as running:
        while done() < count // 4 and running.poll() is None:
            time.sleep(0.005)
        running.send_signal(signal.SIGKILL)
    assert running.returncode == -signal.SIGKILL
    reported = done()
    assert count // 4 <= reported < count
    assert session.query(Page).count() >= reported  # nothing is reported that is not stored
    with start(reported) as resumed:
        assert resumed.wait() == 0
    assert session.query(Page).count() == count
    assert session.query(Page).where(url="/0").count() == 1

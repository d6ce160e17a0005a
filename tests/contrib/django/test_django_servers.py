"""The project behind real servers: runserver with its autoreloader, gunicorn with preload, and uvicorn."""

from __future__ import annotations

import os
import random
import re
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from pathlib import Path

import attrs
import psutil
import pytest
import requests

from tests.contrib.django.site.library.documents import Note
from tests.empty_collections import empty_collections
from tests.untraced import untraced_environment
from weaviate_orm import Client, Session
from weaviate_orm.embedded.options import COMMAND_LINGER
from weaviate_orm.embedded.ports import choose_ports
from weaviate_orm.testing import Server

ROOT = Path(__file__).parents[3]
CLIENTS = 16
COUNTS = (160, pytest.param(2000, marks=pytest.mark.heavy))
"""How many requests are sent in all."""
TENANTS = ("a", "b", "c", "d")
WAIT = 300
"""The most seconds for what comes at once."""


@attrs.frozen
class Site:
    """A running site: its address, and its log."""

    url: str
    log: Path
    process: subprocess.Popen[bytes]

    def log_text(self) -> str:
        return self.log.read_text(errors="replace")


@contextmanager
def running(arguments: list[str], port: int, folder: Path, **environment: str) -> Iterator[Site]:
    """Run a server for a block; after it, nothing of it is left."""
    log = folder / "log"
    with log.open("wb") as output:
        process = subprocess.Popen(
            [sys.executable, "-X", "dev", "-m", *arguments],  # which warns of what is not closed
            cwd=folder,
            env={**untraced_environment(), "PYTHONPATH": os.pathsep.join((str(ROOT), str(folder))), **environment},
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    site = Site(f"http://127.0.0.1:{port}", log, process)
    try:
        wait_until_ready(site)
        yield site
    finally:
        process.terminate()
        process.wait(WAIT)


def wait_until_ready(site: Site) -> None:
    deadline = time.monotonic() + WAIT
    while True:
        try:
            if requests.get(site.url, timeout=WAIT).content == b"home":
                return
        except requests.ConnectionError:
            pass
        assert site.process.poll() is None, site.log_text()
        assert time.monotonic() < deadline, site.log_text()
        time.sleep(0.05)


@pytest.fixture
def notes(client: Client) -> Iterator[None]:
    with empty_collections(client, [Note]):
        yield


def visit(site: Site, number: int, count: int) -> dict[str, list[str]]:
    """Store and read notes as one client of many; return the texts that were stored, by tenant."""
    choice = random.Random(number)
    stored: dict[str, list[str]] = {tenant: [] for tenant in TENANTS}
    ids: list[tuple[str, str, str]] = []
    with requests.Session() as browser:
        for place in range(count):
            tenant, prefix = choice.choice(TENANTS), choice.choice(("notes", "anotes"))
            headers = {"X-Tenant": tenant}
            kind = choice.choice(("store", "read", "list", "home", "missing")) if ids else "store"
            if kind == "store":
                text = f"{tenant} {number} {place}"
                answer = browser.post(f"{site.url}/{prefix}/", {"text": text}, headers=headers, timeout=WAIT)
                ids.append((tenant, answer.json()["id"], text))
                stored[tenant].append(text)
            elif kind == "read":
                tenant, id, text = choice.choice(ids)
                answer = browser.get(f"{site.url}/{prefix}/{id}/", headers={"X-Tenant": tenant}, timeout=WAIT)
                assert answer.json() == {"text": text}
            elif kind == "missing":
                other, id, _ = choice.choice(ids)
                headers = {"X-Tenant": choice.choice([name for name in TENANTS if name != other])}
                answer = browser.get(f"{site.url}/{prefix}/{id}/", headers=headers, timeout=WAIT)
                assert answer.status_code == 404
            elif kind == "list":
                texts = browser.get(f"{site.url}/{prefix}/", headers=headers, timeout=WAIT).json()["texts"]
                assert {text[0] for text in texts} <= {tenant}
                assert set(stored[tenant]) <= set(texts)
            else:
                assert browser.get(site.url, timeout=WAIT).content == b"home"
    return stored


def visit_by_many(site: Site, client: Client, count: int) -> None:
    """Have clients send requests side by side, and check that all that they stored is there, each in its tenant."""
    with Session(client) as session:  # a tenant that has no object yet is not listed
        for tenant in TENANTS:
            session.add(Note(text=f"{tenant} first"), tenant=tenant)
        session.commit()
    with ThreadPoolExecutor(CLIENTS) as pool:
        results = list(pool.map(lambda number: visit(site, number, count // CLIENTS), range(CLIENTS)))
    for tenant in TENANTS:
        with Session(client, tenant=tenant):
            texts = Counter(note.text for note in Note.query)
        assert texts == Counter([f"{tenant} first", *(text for result in results for text in result[tenant])])


def check_log(log: str) -> None:
    """Assert that nothing was left pending or open."""
    assert not re.findall(r"(?i)ResourceWarning.*|unclosed.*|not committed.*|Traceback[\s\S]*|never awaited.*", log), (
        log
    )


def servers_on(folder: Path) -> list[psutil.Process]:
    """Return the Weaviate servers whose data are below a folder."""
    servers = []
    for process in psutil.process_iter():
        with suppress(psutil.Error):
            if process.environ().get("PERSISTENCE_DATA_PATH", "").startswith(str(folder)):
                servers.append(process)
    return servers


def environment(server: Server, folder: Path) -> dict[str, str]:
    return {
        "WEAVIATE_URL": server.url,
        "WEAVIATE_API_KEY": server.api_key or "",
        "LIBRARY_DATABASE": str(folder / "database"),
        "DJANGO_SETTINGS_MODULE": "tests.contrib.django.site.settings",
    }


@pytest.mark.parametrize("count", COUNTS)
def test_uvicorn_serves_clients_side_by_side(
    server: Server, client: Client, notes: None, tmp_path: Path, count: int
) -> None:
    port = choose_ports().http
    arguments = ["uvicorn", "tests.contrib.django.site.asgi:application", "--port", str(port), "--lifespan", "off"]
    arguments += ["--timeout-keep-alive", str(WAIT)]  # else it closes connections that a slow client is about to use
    with running(arguments, port, tmp_path, **environment(server, tmp_path)) as site:
        visit_by_many(site, client, count)
    check_log(site.log_text())


@pytest.mark.parametrize("count", COUNTS)
def test_gunicorn_serves_clients_side_by_side(
    server: Server, client: Client, notes: None, tmp_path: Path, count: int
) -> None:
    port = choose_ports().http
    arguments = ["gunicorn", "tests.contrib.django.site.wsgi:application", "--preload", "-b", f"127.0.0.1:{port}"]
    arguments += ["--workers", "2", "--threads", "8", "--keep-alive", str(WAIT), "--timeout", str(WAIT)]
    with running(arguments, port, tmp_path, **environment(server, tmp_path)) as site:
        visit_by_many(site, client, count)
    check_log(site.log_text())


@pytest.mark.timeout(1200)
def test_runserver_reloads_on_one_embedded_server(binary: Path, tmp_path: Path) -> None:
    touched = tmp_path / "reloaded_settings.py"
    touched.write_text("from tests.contrib.django.site.settings import *\n")
    port = choose_ports().http
    arguments = ["django", "runserver", f"127.0.0.1:{port}"]
    values = {
        "WEAVIATE_URL": f"embedded://{tmp_path / 'weaviate'}",
        "LIBRARY_DEBUG": "1",
        "LIBRARY_DATABASE": str(tmp_path / "database"),
        "DJANGO_SETTINGS_MODULE": touched.stem,
    }
    with running(arguments, port, tmp_path, **values) as site:
        subprocess.run(
            [sys.executable, "-m", "django", "weaviate", "create"],
            cwd=tmp_path,
            env={**untraced_environment(), "PYTHONPATH": os.pathsep.join((str(ROOT), str(tmp_path))), **values},
            check=True,
            stdout=subprocess.DEVNULL,
        )
        answer = requests.post(f"{site.url}/notes/", {"text": "one"}, headers={"X-Tenant": "a"}, timeout=WAIT)
        id = answer.json()["id"]
        (weaviate,) = servers_on(tmp_path)
        for _ in range(2):
            restarts = site.log_text().count("Watching for file changes")
            begun = time.monotonic()
            deadline = begun + WAIT
            touch_again = 0.0  # the reloader may not have looked at the file before
            while site.log_text().count("Watching for file changes") == restarts:
                assert time.monotonic() < deadline, site.log_text()
                if time.monotonic() > touch_again:
                    touched.touch()
                    touch_again = time.monotonic() + 15
                time.sleep(0.05)
            wait_until_ready(site)
            answer = requests.get(f"{site.url}/notes/{id}/", headers={"X-Tenant": "a"}, timeout=WAIT)
            assert answer.json() == {"text": "one"}
            (serving,) = servers_on(tmp_path)
            # a reload of a busy machine may take longer than the server waits for another user
            assert serving == weaviate or time.monotonic() - begun > COMMAND_LINGER
            weaviate = serving
    check_log(site.log_text())
    assert psutil.wait_procs(servers_on(tmp_path), WAIT)[1] == []

"""The lock of migrations: one process holds it, others wait or leave, and who is gone is unlocked."""

from __future__ import annotations

import multiprocessing
import threading
import time
from collections.abc import Iterator
from datetime import datetime, timedelta, timezone
from typing import Any

import pytest

from weaviate_orm.client.client import Client
from weaviate_orm.exceptions import MigrationLockedError
from weaviate_orm.http.auth import AuthApiKey
from weaviate_orm.migrations import lock
from weaviate_orm.migrations.history import History
from weaviate_orm.migrations.lock import locked, read_owner, this_process, unlock
from weaviate_orm.testing import Server


@pytest.fixture
def history(client: Client, unique: str) -> Iterator[History]:
    history = History(client, f"{unique}History")
    yield history
    unlock(history)


def test_one_holds_the_lock_and_others_leave(history: History) -> None:
    with locked(history) as held:
        held.check()
        with pytest.raises(MigrationLockedError, match="lock of migrations is held by") as caught, locked(history):
            pytest.fail("two hold it")
        assert caught.value.owner == this_process()
        assert caught.value.age is not None
        assert 0 <= caught.value.age < 600
        held.check()
    assert read_owner(history) is None
    with locked(history):
        pass


def test_others_wait(history: History) -> None:
    order: list[str] = []

    def work() -> None:
        with locked(history, wait=120):
            order.append("second")

    with locked(history):
        thread = threading.Thread(target=work)
        thread.start()
        time.sleep(0.5)
        order.append("first")
    thread.join()
    assert order == ["first", "second"]


def test_a_wait_has_an_end(history: History) -> None:
    with locked(history), pytest.raises(MigrationLockedError, match="held after a wait of 1 s by"):  # noqa: SIM117
        with locked(history, wait=1):
            pytest.fail("two hold it")


def test_an_error_releases_it(history: History) -> None:
    with pytest.raises(KeyboardInterrupt), locked(history):
        raise KeyboardInterrupt
    with locked(history):
        pass


def test_who_was_unlocked_notices_it_and_releases_nothing_of_others(history: History) -> None:
    assert not unlock(history)
    with locked(history) as held:
        assert unlock(history)
        with pytest.raises(MigrationLockedError, match="and nobody holds it now"):
            held.check()
        with locked(history) as other:
            with pytest.raises(MigrationLockedError, match="holds it now"):
                held.renew()
            other.check()


def test_the_other_holder_keeps_it(history: History) -> None:
    with locked(history) as first:
        unlock(history)
        second = locked(history)
        held = second.__enter__()
    held.check()
    with pytest.raises(MigrationLockedError):
        first.check()
    second.__exit__(None, None, None)


def test_it_shows_that_it_lives(history: History, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lock, "_RENEWED_EVERY", 0)
    with locked(history) as held:
        before = read_owner(history)
        held.renew()
        after = read_owner(history)
        assert before is not None
        assert after is not None
        assert before.renewed < after.renewed
        assert before.started == after.started


def test_a_holder_that_has_not_said_who_it_is(history: History) -> None:
    history.create()
    history.client.alias.create(alias_name=history.lock_name, target_collection=history.name)
    with pytest.raises(MigrationLockedError, match="has not said yet who it is") as caught, locked(history):
        pytest.fail("two hold it")
    assert (caught.value.owner, caught.value.age) == (None, None)
    assert unlock(history)


def test_an_age_in_words(history: History) -> None:
    with locked(history):
        owner = read_owner(history)
        assert owner is not None
        long_ago = (datetime.now(timezone.utc) - timedelta(hours=3)).isoformat()
        history.put(
            history.lock_name, (history.get(history.lock_name) or {}) | {"started": long_ago, "renewed": long_ago}
        )
        with (
            pytest.raises(MigrationLockedError, match="for 3 h; its last sign of life was 3 h ago"),
            locked(history),
        ):
            pytest.fail("two hold it")


def _compete(server: Server, name: str, ready: Any, over: Any, results: Any) -> None:
    secret = AuthApiKey(server.api_key) if server.api_key is not None else None
    with Client(server.url, auth_client_secret=secret) as client:
        history = History(client, name)
        ready.wait(240)
        try:
            with locked(history):
                results.put("held")
                over.wait()
        except MigrationLockedError:
            results.put("left")


@pytest.mark.parametrize("count", [4, pytest.param(16, marks=pytest.mark.heavy)])
def test_of_many_processes_one_holds_it(server: Server, client: Client, unique: str, count: int) -> None:
    context = multiprocessing.get_context("spawn")
    ready, over, results = context.Barrier(count), context.Event(), context.Queue()
    arguments = (server, f"{unique}History", ready, over, results)
    processes = [context.Process(target=_compete, args=arguments) for _ in range(count)]
    for process in processes:
        process.start()
    outcomes = [results.get(timeout=240) for _ in processes]
    over.set()  # a process that came after the holder left would hold it too
    for process in processes:
        process.join()
    assert outcomes.count("held") == 1

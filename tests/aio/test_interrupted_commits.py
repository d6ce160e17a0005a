"""Commits whose caller goes away at any request: nothing is sent twice, and the session is usable."""

from __future__ import annotations

import asyncio
import json
import threading
from collections import Counter
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from typing import Any

import anyio
import anyio.to_thread
import pytest

from tests.aio.conftest import Text, Writer
from weaviate_orm import Client
from weaviate_orm.aio import AsyncSession
from weaviate_orm.http.transport import Request

TEXTS, BATCH = 5, 2
WRITES = 5
"""The requests of a commit: the writer, the texts in three batches, their references."""


class Gate:
    """Stops the writing request of a number, before it is sent, until it is opened."""

    def __init__(self, stopped: int) -> None:
        self._stopped = stopped
        self.requests: list[Request] = []
        self.reached, self.opened = threading.Event(), threading.Event()

    def __call__(self, request: Request) -> None:
        if "/batch/" in request.url:
            self.requests.append(request)
            if len(self.requests) == self._stopped:
                self.reached.set()
                assert self.opened.wait(120)

    async def until_reached(self) -> None:
        assert await anyio.to_thread.run_sync(self.reached.wait, 120)

    def sent_items(self) -> Counter[str]:
        """Return how often each object and each reference was sent."""
        bodies = [json.loads(request.body or b"null") for request in self.requests]
        items = [item for body in bodies for item in (body["objects"] if isinstance(body, dict) else body)]
        return Counter(item["id"] if "id" in item else item["from"] for item in items)


@contextmanager
def gate(client: Client, stopped: int) -> Iterator[Gate]:
    stop = Gate(stopped)
    client.transport.observers.append(stop)
    try:
        yield stop
    finally:
        stop.opened.set()
        client.transport.observers.remove(stop)


def new_session(client: Client) -> AsyncSession:
    session = AsyncSession(client, batch_size=BATCH, workers=1)
    writer = Writer(name="Jane Austen")
    session.add_all(Text(title=f"Title {number}", writer=writer) for number in range(TEXTS))
    return session


async def check(session: AsyncSession, stop: Gate) -> None:
    """Check that the objects are stored, that each was sent once, and that the session goes on."""
    await session.commit()
    assert set(stop.sent_items().values()) == {1}
    assert len(stop.sent_items()) == 1 + 2 * TEXTS
    assert not session.new
    assert not session.dirty
    texts = await session.query(Text).include(Text.writer).all()
    assert [text.writer.name for text in texts if text.writer] == ["Jane Austen"] * TEXTS
    texts[0].pages = 7
    await session.commit()
    assert await session.query(Text).where(pages=7).count() == 1


async def cancelled(session: AsyncSession, stop: Gate) -> None:
    async with anyio.create_task_group() as group:
        group.start_soon(session.commit)
        await stop.until_reached()
        group.cancel_scope.cancel()


async def timed_out(session: AsyncSession, stop: Gate) -> None:
    with pytest.raises(TimeoutError):
        with anyio.fail_after(3600) as scope:
            async with anyio.create_task_group() as group:
                group.start_soon(session.commit)
                await stop.until_reached()
                scope.deadline = anyio.current_time()


async def failed_beside(session: AsyncSession, stop: Gate) -> None:
    class Failed(Exception):
        pass

    async def fail() -> None:
        await stop.until_reached()
        raise Failed

    with pytest.raises(BaseException) as caught:  # noqa: PT011  # a group of trio or of asyncio
        async with anyio.create_task_group() as group:
            group.start_soon(fail)
            await session.commit()
    assert caught.group_contains(Failed)


INTERRUPTIONS: list[Callable[[AsyncSession, Gate], Awaitable[None]]] = [cancelled, timed_out, failed_beside]


@pytest.mark.anyio
@pytest.mark.parametrize("number", range(1, WRITES + 1))
@pytest.mark.parametrize("interrupt", INTERRUPTIONS)
async def test_a_commit_whose_caller_goes_is_finished_once(collections: Client, interrupt: Any, number: int) -> None:
    with gate(collections, number) as stop:
        async with new_session(collections) as session:
            await interrupt(session, stop)
            assert len(stop.requests) == number
            stop.opened.set()
            await check(session, stop)


@pytest.mark.anyio
async def test_the_caller_does_not_wait_for_the_request(collections: Client) -> None:
    with gate(collections, 1) as stop:
        session = new_session(collections)
        await cancelled(session, stop)
        assert not stop.opened.is_set()
        stop.opened.set()
        await session.close()


@pytest.mark.parametrize("backend", ["asyncio", "trio"])
@pytest.mark.parametrize("number", range(1, WRITES + 1))
def test_a_commit_goes_on_in_the_next_loop(collections: Client, backend: str, number: int) -> None:
    with gate(collections, number) as stop:
        session = new_session(collections)

        async def end_early() -> None:
            async with anyio.create_task_group() as group:
                group.start_soon(session.commit)
                await stop.until_reached()
                raise KeyError("the program ends")

        with pytest.raises(BaseException) as caught:  # noqa: PT011
            anyio.run(end_early, backend=backend)
        assert caught.group_contains(KeyError)
        stop.opened.set()
        anyio.run(check, session, stop, backend=backend)


@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")  # a task that is destroyed says so
@pytest.mark.parametrize("number", range(1, WRITES + 1))
def test_a_loop_that_is_closed_under_a_commit_holds_nothing(collections: Client, number: int) -> None:
    with gate(collections, number) as stop:
        session = new_session(collections)
        loop = asyncio.new_event_loop()
        loop.set_exception_handler(lambda *_: None)
        task = loop.create_task(session.commit())
        loop.run_until_complete(stop.until_reached())
        loop.close()
        stop.opened.set()
        asyncio.run(check(session, stop))
        del task


@pytest.mark.anyio
async def test_what_fails_after_its_caller_went_is_logged_and_stays(
    collections: Client, caplog: pytest.LogCaptureFixture
) -> None:
    (shard,) = collections.schema.get_class_shards("AioText")
    with gate(collections, 1) as stop:
        async with AsyncSession(collections, freeze_timeout=0.1) as session:
            session.add(Text(title="Emma"))
            await cancelled(session, stop)
            collections.schema.update_class_shard("AioText", status="READONLY", shard_name=shard["name"])
            stop.opened.set()
            await session.run(int)  # after the commit
            assert "a call that was given up has failed: FlushError" in caplog.text
            assert len(session.new) == 1
            collections.schema.update_class_shard("AioText", status="READY", shard_name=shard["name"])
            await session.commit()
            assert await session.query(Text).count() == 1

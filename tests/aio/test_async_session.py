"""The asynchronous session against a real server."""

from __future__ import annotations

import pickle
import threading
import time
from collections.abc import AsyncIterator
from contextvars import ContextVar
from typing import Any

import anyio
import anyio.to_thread
import pytest

from tests.aio.conftest import Text, Writer
from weaviate_orm import Client, Session
from weaviate_orm.aio import AsyncSession
from weaviate_orm.exceptions import MultipleResultsError, NotFoundError, NotLoadedError, SessionError
from weaviate_orm.testing import recorded_requests

pytestmark = pytest.mark.anyio


async def stored(client: Client, *pages: int) -> None:
    async with AsyncSession(client) as session:
        session.add_all(Text(title=f"Title {number}", pages=number) for number in pages)
        await session.commit()


async def test_objects_are_stored_read_changed_and_deleted(collections: Client) -> None:
    async with AsyncSession(collections) as session:
        text = Text(title="Emma", writer=Writer(name="Jane"))
        session.add(text)
        assert text in session
        assert session.new == (text, text.writer)
        await session.commit()
        text.pages = 400
        assert session.dirty == (text,)
        await session.commit()
    async with AsyncSession(collections) as session:
        text = await session.query(Text).where(title="Emma").one()
        assert text.pages == 400
        assert await session.get(Text, text.id) is text
        session.delete(text)
        await session.flush()
        assert await session.query(Text).count() == 0
        assert await session.get(Text, "00000000-0000-0000-0000-000000000000") is None


async def test_each_reading_method(collections: Client) -> None:
    await stored(collections, 1, 2, 300)
    async with AsyncSession(collections) as session:
        query = session.query(Text).order_by("pages")
        assert [text.pages for text in await query.all()] == [1, 2, 300]
        assert [text.pages for text in await query] == [1, 2, 300]
        assert [text.pages async for text in query] == [1, 2, 300]
        assert sorted([text.pages async for text in session.query(Text).iterator(2)]) == [1, 2, 300]
        assert [text.pages for text in await query[1:2].all()] == [2]
        first = await query.first()
        assert first is not None
        assert (first.pages, await query.exists()) == (1, True)
        assert await query.where(pages=5).one_or_none() is None
        with pytest.raises(MultipleResultsError):
            await query.one()
        with pytest.raises(NotFoundError):
            await query.get(pages=5)
        assert list(await query.in_bulk([first.id])) == [first.id]
        assert await query.values_list("pages", flat=True) == [1, 2, 300]
        assert (await query.values("pages"))[0]["pages"] == 1
        assert [hit.object.pages for hit in await session.query(Text).where(pages=2).hits()] == [2]
        text, is_new = await session.query(Text).get_or_create(title="New")
        assert is_new
        assert await session.query(Text).where(title="New").update(pages=7) == 1
        assert (await session.query(Text).update_or_create(title="New", defaults={"pages": 8}))[0] is text
        assert await session.query(Text).where(pages__lt=10).delete() == 3
        assert (await session.query(Text).create(title="Last")).id


async def test_verbs_of_the_model_work(collections: Client) -> None:
    await stored(collections, 1, 300)
    async with AsyncSession(collections) as session:
        assert [text.pages for text in await session.query(Text).long().all()] == [300]
        assert await session.query(Text).has_long() is True
        with pytest.raises(AttributeError, match="nope"):
            session.query(Text).nope()


async def test_what_would_block_the_loop_is_refused(collections: Client) -> None:
    async with AsyncSession(collections) as session:
        session.add(Text(title="Emma", writer=Writer(name="Jane")))
        await session.commit()
    async with AsyncSession(collections) as session:
        text = await session.query(Text).defer("note").one()
        with recorded_requests(collections) as requests:
            with pytest.raises(NotLoadedError, match=r"await session.load\(instance, \"writer\"\)"):
                text.writer  # noqa: B018
            with pytest.raises(NotLoadedError, match="note is not loaded"):
                text.note  # noqa: B018
            with pytest.raises(NotLoadedError, match="would block the event loop"):
                Text.query.all()
            with pytest.raises(NotLoadedError, match="would block the event loop"):
                Text.query.count()
            assert requests == []
        assert (await session.load(text, "writer", "note")) is text
        assert text.writer is not None
        await session.load(text.writer, "name")
        assert text.writer.name == "Jane"
        included = await session.query(Text).include("writer").one()
        assert included is text


async def test_functions_run_in_a_thread_with_the_session_around(collections: Client) -> None:
    await stored(collections, 1, 2)
    seen: ContextVar[str] = ContextVar("seen", default="nothing")
    seen.set("by the caller")

    def count(bound: int) -> tuple[int, str, bool]:
        return Text.query.where(pages__lte=bound).count(), seen.get(), threading.current_thread() is main

    main = threading.current_thread()
    async with AsyncSession(collections) as session:
        assert await session.run(count, 1) == (1, "by the caller", False)
        assert await session.run(lambda: Text.query.first() in session) is True


async def test_objects_are_merged_upserted_and_refreshed(collections: Client) -> None:
    with Session(collections) as sync:
        sync.add(text := Text(title="Emma"))
        sync.commit()
    async with AsyncSession(collections) as session:
        text.pages = 9
        merged = await session.merge(text)
        (again,) = await session.upsert([text])
        assert again is merged
        await session.commit()
        merged.pages = 10
        await session.refresh(merged)
        assert merged.pages == 9


async def test_streams_are_stored(collections: Client) -> None:
    async def texts() -> AsyncIterator[Text]:
        for number in range(1200):
            await anyio.sleep(0)
            yield Text(title=f"Title {number}")

    async with AsyncSession(collections, batch_size=100) as session:
        progress = await session.bulk_insert(texts())
        assert progress.done == 1200
        assert await session.query(Text).count() == 1200
        assert (await session.bulk_insert(Text(title="One") for _ in range(3))).done == 3


async def test_the_loop_goes_on_during_a_call(collections: Client) -> None:
    has_ticked = threading.Event()

    async def tick() -> None:
        for _ in range(20):
            await anyio.sleep(0.005)
        has_ticked.set()

    async with AsyncSession(collections) as session, anyio.create_task_group() as group:
        group.start_soon(tick)
        assert await session.run(has_ticked.wait, 120)


async def test_calls_of_a_session_take_turns(collections: Client) -> None:
    running, most = 0, 0

    def work() -> None:
        nonlocal running, most
        running += 1
        most = max(most, running)
        time.sleep(0.02)
        running -= 1

    async with AsyncSession(collections) as session, anyio.create_task_group() as group:
        for _ in range(5):
            group.start_soon(session.run, work)
    assert most == 1


class SlowCall:
    """A call that notes when it begins and ends, which it does when it may."""

    def __init__(self) -> None:
        self.has_begun, self.may_end = threading.Event(), threading.Event()
        self.has_ended = False

    def __call__(self) -> None:
        self.has_begun.set()
        assert self.may_end.wait(120)
        self.has_ended = True

    async def run_and_cancel(self, session: AsyncSession) -> None:
        """Run it, and cancel who waits for it once it has begun."""
        async with anyio.create_task_group() as group:
            group.start_soon(session.run, self)
            assert await anyio.to_thread.run_sync(self.has_begun.wait, 120)
            group.cancel_scope.cancel()


async def test_a_cancelled_call_frees_its_caller_and_the_next_waits_for_it(collections: Client) -> None:
    async with AsyncSession(collections) as session:
        slow = SlowCall()
        await slow.run_and_cancel(session)
        assert not slow.has_ended
        slow.may_end.set()
        assert await session.run(lambda: slow.has_ended)


async def test_a_call_that_was_given_up_before_its_turn_never_begins(collections: Client) -> None:
    calls: list[str] = []
    async with AsyncSession(collections) as session:
        slow = SlowCall()
        await slow.run_and_cancel(session)
        with anyio.move_on_after(0.05) as scope:
            await session.run(calls.append, "given up")
        assert scope.cancelled_caught
        slow.may_end.set()
        await session.run(calls.append, "last")
    assert calls == ["last"]


async def test_a_cancelled_commit_is_sent_once(collections: Client) -> None:
    async with AsyncSession(collections) as session:
        session.add_all(Text(title=f"Title {number}") for number in range(50))
        with recorded_requests(collections) as requests:
            with anyio.move_on_after(0):
                await session.commit()
            await session.commit()
            assert len([request for request in requests if request.url.endswith("/batch/objects")]) == 1
        assert await session.query(Text).count() == 50
        assert not session.new


async def test_many_sessions_run_side_by_side(collections: Client) -> None:
    await stored(collections, *range(20))
    counts: list[int] = []

    async def read() -> None:
        async with AsyncSession(collections) as session:
            counts.append(len(await session.query(Text).all()))

    async with anyio.create_task_group() as group:
        for _ in range(100):
            group.start_soon(read)
    assert counts == [20] * 100


async def test_what_is_misused_is_told(collections: Client) -> None:
    async with AsyncSession(collections) as session:
        with pytest.raises(TypeError, match="slices"):
            session.query(Text)[3]  # type: ignore[index]
        with pytest.raises(TypeError, match="belongs to its session"):
            pickle.dumps(session.query(Text))
        with pytest.raises(TypeError):
            session.query(Text).run_by(object())
        inner: Any = session._session
        with pytest.raises(SessionError, match=r"await session.commit\(\)"):
            inner.commit()
        assert repr(session).startswith("<AsyncSession new=0")

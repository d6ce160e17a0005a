"""A session for each request, task or thread."""

from __future__ import annotations

import asyncio
import contextvars
import os
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack

import pytest

from tests.session.library_models import Author
from weaviate_orm import Client, ConfigurationError, ScopedSession, Session, configure


@pytest.fixture
def sessions(client: Client, session: Session) -> Iterator[ScopedSession]:
    """Scopes over the empty collections of the library."""
    configure(None)
    scoped = ScopedSession(lambda: Session(client))
    yield scoped
    scoped()  # a test may have removed it
    scoped.remove()


def test_one_scope_has_one_session(sessions: ScopedSession, session: Session) -> None:
    first = sessions()
    assert sessions() is first
    sessions().add(Author(name="Ada"))
    sessions().commit()
    sessions().add(Author(name="Bo"))
    sessions.remove()
    assert list(first) == []
    assert sessions() is not first
    assert [author.name for author in sessions().query(Author)] == ["Ada"]


def test_model_query_reads_through_it(client: Client, session: Session) -> None:
    scoped = ScopedSession(lambda: Session(client))

    def within() -> None:
        with pytest.raises(ConfigurationError):  # there is no session yet, and no client is configured
            Author.query.all()
        scoped().add(Author(name="Ada"))
        (ada,) = Author.query.all()
        assert ada in scoped()
        with Session(client) as block:  # a block goes before it
            assert Author.query.one() in block
        assert Author.query.one() is ada
        scoped.remove()
        with pytest.raises(ConfigurationError):
            Author.query.all()

    configure(None)
    contextvars.Context().run(within)


def test_a_block_around_goes_before_it(sessions: ScopedSession, session: Session) -> None:
    sessions().add(Author(name="Ada"))
    sessions().flush()
    assert Author.query.one() in session  # that of the fixture's block
    sessions.remove()
    assert Author.query.one() in session


def test_threads_have_their_own(sessions: ScopedSession, client: Client) -> None:
    """As a web server's pool of threads: each request begins with nothing, and sees what others committed."""
    leaked: list[object] = []
    barrier = threading.Barrier(8)

    def request(number: int) -> int:
        if number < 8:
            barrier.wait()
        leaked.extend(sessions())
        own = sessions()
        own.add(Author(name=f"Author {number}"))
        if number % 2:
            own.commit()
        assert sessions() is own
        sessions.remove()
        return id(own)

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(request, range(100)))
    assert leaked == []
    names = {author.name for author in sessions().query(Author)}
    assert names == {f"Author {number}" for number in range(1, 100, 2)}


def test_tasks_have_their_own(client: Client, session: Session) -> None:
    scoped = ScopedSession(lambda: Session(client))

    async def request(number: int) -> tuple[Session, Session, Session]:
        own = scoped()
        own.add(Author(name=f"Author {number}"))
        await asyncio.sleep(0)
        child = await asyncio.create_task(child_of())
        in_thread = await asyncio.to_thread(scoped)
        own.commit()
        assert scoped() is own
        scoped.remove()
        return own, child, in_thread

    async def child_of() -> Session:
        return scoped()

    async def main() -> list[tuple[Session, Session, Session]]:
        return await asyncio.gather(*(request(number) for number in range(10)))

    found = asyncio.run(main())
    assert len({id(own) for own, _, _ in found}) == 10
    assert all(own is child is in_thread for own, child, in_thread in found)  # what a task makes is of its scope
    assert session.query(Author).count() == 10


def test_a_scope_is_a_block(sessions: ScopedSession, session: Session) -> None:
    outer = sessions()
    with sessions.scope() as own:
        assert sessions() is own
        assert own is not outer
        own.add(Author(name="Ada"))
        assert Author.query.one() in own
    assert list(own) == []
    assert sessions() is outer
    assert Author.query.one() in session


def test_a_forked_child_begins_anew(sessions: ScopedSession, client: Client, session: Session) -> None:
    sessions().add(Author(name="of the parent"))
    child = os.fork()
    if child == 0:
        code = 1
        try:
            sessions().add(Author(name="of the child"))
            sessions().commit()
            code = 0
        finally:
            os._exit(code)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
    assert session.query(Author).one().name == "of the child"
    sessions().commit()
    assert {author.name for author in session.query(Author)} == {"of the parent", "of the child"}


def test_a_block_may_be_left_in_another_context(client: Client, session: Session) -> None:
    """As frameworks do that run the two halves of a generator in a pool of threads."""
    stack = ExitStack()
    own = contextvars.copy_context().run(stack.enter_context, Session(client))
    own.add(Author(name="Ada"))
    contextvars.copy_context().run(stack.close)
    assert list(own) == []
    assert Author.query.all() == []

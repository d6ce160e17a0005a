"""Which session ``Model.query`` uses where a dependency, and the code that it is for, run in different threads.

Never that of another request, and never none in silence: it is the right one, or SessionError is raised.
"""

from __future__ import annotations

import asyncio
import os
import threading
from collections.abc import AsyncGenerator, Callable, Generator, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager, ExitStack, contextmanager
from contextvars import Context, copy_context
from typing import Any

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, precondition, rule, run_state_machine_as_test

from tests.forked_child import in_child
from tests.session.library_models import Author
from weaviate_orm import Client, ScopedSession, Session, SessionError
from weaviate_orm.aio import AsyncSession
from weaviate_orm.session.current import current_executor, current_session
from weaviate_orm.testing import recorded_requests

Run = Callable[..., Any]


class Thread:
    """A thread of a pool, and two ways to run a function there: in its own context, or in a copy of the caller's."""

    def __init__(self) -> None:
        self._pool = ThreadPoolExecutor(1)

    def bare(self, function: Run, *arguments: object) -> Any:
        return self._pool.submit(function, *arguments).result()

    def copied(self, function: Run, *arguments: object) -> Any:
        result = self._pool.submit(copy_context().run, function, *arguments).result()
        self.bare(int)  # until the context is gone
        return result

    def copied_there(self, function: Run, *arguments: object) -> Any:
        """In a copy of the thread's own context, as a task that was begun there has it."""
        return self.bare(lambda: copy_context().run(function, *arguments))

    def close(self) -> None:
        self._pool.shutdown()


@pytest.fixture
def client() -> Iterator[Client]:
    """A client that nobody answers: which session is around takes no request."""
    with Client("http://127.0.0.1:9", startup_period=None) as offline:
        yield offline


@pytest.fixture
def first() -> Iterator[Thread]:
    thread = Thread()
    yield thread
    thread.close()


@pytest.fixture
def second() -> Iterator[Thread]:
    thread = Thread()
    yield thread
    thread.close()


def dependency(client: Client, tenant: str | None = None) -> Generator[Session]:
    with Session(client, tenant=tenant) as session:
        yield session


def request(client: Client, tenant: str | None = None) -> AbstractContextManager[Session]:
    return contextmanager(dependency)(client, tenant)


def around() -> Session | str | None:
    try:
        return current_session()
    except SessionError:
        return "refused"


def end(block: AbstractContextManager[Session]) -> None:
    block.__exit__(None, None, None)


# -- a dependency in one thread, its endpoint in another

BEGIN: dict[str, Callable[[Thread, Thread], Run]] = {
    "in a thread": lambda first, second: first.bare,
    "in a thread, in a copied context": lambda first, second: first.copied,
    "in a context": lambda first, second: copy_context().run,
}
GO_ON: dict[str, Callable[[Thread, Thread], Run]] = {
    "in that thread": lambda first, second: first.bare,
    "in that thread, in a copied context": lambda first, second: first.copied,
    "in a task of that thread": lambda first, second: first.copied_there,
    "in another thread": lambda first, second: second.bare,
    "in another thread, in a copied context": lambda first, second: second.copied,
    "in the main thread": lambda first, second: lambda function, *arguments: function(*arguments),
    "in an empty context": lambda first, second: Context().run,
}


@pytest.mark.parametrize("begin", BEGIN)
@pytest.mark.parametrize("go_on", GO_ON)
@pytest.mark.parametrize("finish", GO_ON)
def test_an_endpoint_never_gets_a_session_that_may_be_anothers(
    begin: str, go_on: str, finish: str, client: Client, first: Thread, second: Thread
) -> None:
    block = request(client, "a")
    session = BEGIN[begin](first, second)(block.__enter__)
    try:
        assert GO_ON[go_on](first, second)(around) == "refused"
        with pytest.raises(SessionError, match=r"which session\? .*session\.query\(Model\)"):
            GO_ON[go_on](first, second)(Author.query.all)
        assert not session.new
        # a block of the code itself is certain
        with Session(client) as own:
            assert around() is own
        assert first.bare(_own_block, client)
    finally:
        GO_ON[finish](first, second)(end, block)
    for run in GO_ON.values():
        assert run(first, second)(around) is None


def _own_block(client: Client) -> bool:
    with ExitStack() as stack:
        session = stack.enter_context(Session(client))
        with request(client) as inner:
            if around() is not inner:
                return False
        return around() is session


def test_a_block_around_the_code_is_found_in_any_thread(client: Client, first: Thread) -> None:
    class UnitOfWork:
        def __enter__(self) -> Session:
            self._session = Session(client)
            return self._session.__enter__()

        def __exit__(self, *error: object) -> None:
            self._session.__exit__(None, None, None)

    def blocks() -> list[bool]:
        found = []
        with Session(client) as session:
            found.append(around() is session)
        with request(client) as session:
            found.append(around() is session)
            found.append(copy_context().run(around) is session)
        with UnitOfWork() as session:
            found.append(around() is session)
        with contextmanager(lambda: nested())() as session:
            found.append(around() is session)
        found += [around() is session for session in dependency(client)]
        return [*found, around() is None]

    def nested() -> Iterator[Session]:
        with UnitOfWork() as session:
            yield session

    assert blocks() == first.bare(blocks) == first.copied(blocks) == [True] * 7


def test_a_thread_whose_work_begins_within_a_block_has_its_session(client: Client, first: Thread) -> None:
    async def in_threads() -> list[object]:
        with Session(client) as session:
            found = [await asyncio.to_thread(around) is session, around() is session]
            with request(client) as inner:
                found += [await asyncio.to_thread(around) is inner]
            tasks = [asyncio.create_task(asyncio.to_thread(around)) for _ in range(3)]
            return [*found, *(task is session for task in await asyncio.gather(*tasks))]

    assert asyncio.run(in_threads()) == first.bare(asyncio.run, in_threads()) == [True] * 6
    with Session(client) as session:
        assert first.copied(around) is session
        assert first.bare(around) is None


def test_a_dependency_in_a_task_is_found_by_its_endpoint(client: Client, first: Thread) -> None:
    """As frameworks run asynchronous dependencies: as generators of the task itself."""

    async def serve(tenant: str) -> bool:
        async def dependency() -> AsyncGenerator[Session, None]:
            with Session(client, tenant=tenant) as session:
                yield session

        generator = dependency()
        session = await anext(generator)
        await asyncio.sleep(0)
        is_right = around() is session and await asyncio.to_thread(around) is session
        await generator.aclose()
        return is_right and around() is None

    async def server() -> list[bool]:
        return await asyncio.gather(*(serve(f"t{number}") for number in range(20)))

    assert asyncio.run(server()) == first.bare(lambda: asyncio.run(server())) == [True] * 20


def test_an_asynchronous_session_is_found_in_its_threads_beside_strays(client: Client, first: Thread) -> None:
    block = request(client)
    first.copied(block.__enter__)

    async def serve() -> bool:
        async with AsyncSession(client) as session:
            return await session.run(current_session) is current_session()

    assert asyncio.run(serve())
    end(block)


def test_a_generator_that_is_dropped_leaves_nothing(client: Client, first: Thread) -> None:
    def drop() -> None:
        next(dependency(client))

    first.bare(drop)
    assert first.bare(around) is None
    assert around() is None


def test_a_child_has_no_strays(client: Client, first: Thread) -> None:
    block = request(client)
    first.copied(block.__enter__)
    assert around() == "refused"
    assert in_child(around) == "None"
    with Session(client) as session:
        assert in_child(around) == "None"

        def enter() -> object:
            with recorded_requests(client) as requests, pytest.raises(SessionError, match=f"process {os.getppid()}"):
                session.__enter__()
            with Session(client) as own:
                return len(requests), around() is own

        assert in_child(enter) == "(0, True)"
        assert around() is session
    end(block)


# -- scopes


def test_remove_warns_when_it_removes_nothing(client: Client, first: Thread) -> None:
    sessions = ScopedSession(lambda: Session(client))
    with pytest.warns(RuntimeWarning, match="removes nothing"):
        sessions.remove()
    session = first.copied(sessions)
    with pytest.warns(RuntimeWarning, match="removes nothing"):
        first.copied(sessions.remove)
    assert first.copied(sessions) is not session
    assert first.bare(sessions) is first.bare(sessions)
    first.bare(sessions.remove)
    with pytest.warns(RuntimeWarning, match=r"sessions\.scope\(\)"):
        first.bare(sessions.remove)


def test_a_scope_that_was_opened_elsewhere_is_not_made_anew(client: Client, first: Thread, second: Thread) -> None:
    sessions = ScopedSession(lambda: Session(client))

    def dependency() -> Iterator[Session]:
        with sessions.scope() as session:
            yield session

    for begin in (first.bare, first.copied):
        block = contextmanager(dependency)()
        begin(block.__enter__)
        for run in (first.bare, second.bare, first.copied, Context().run):
            with pytest.raises(SessionError, match=r"which session\?"):
                run(sessions)
        assert not copy_context().run(ScopedSession(lambda: Session(client))).new  # other scopes work
        second.bare(end, block)
        outer = second.bare(sessions)
        assert second.bare(sessions) is outer
        second.bare(sessions.remove)


def test_a_scope_that_ends_elsewhere_brings_no_session_there(client: Client, first: Thread, second: Thread) -> None:
    sessions = ScopedSession(lambda: Session(client))
    outer = first.bare(sessions)
    block = sessions.scope()
    first.bare(block.__enter__)
    second.bare(end, block)
    assert second.bare(sessions) is not outer
    for thread in (first, second):
        thread.bare(sessions)
        thread.bare(sessions.remove)


# -- any order


class Requests(RuleBasedStateMachine):
    """Requests of a framework that runs the halves of a dependency, and the endpoint, wherever it likes."""

    def __init__(self, client: Client) -> None:
        super().__init__()
        self._client = client
        self._threads = [Thread(), Thread()]
        self._blocks: list[tuple[AbstractContextManager[Session], Session]] = []
        self._count = 0

    places = st.tuples(st.sampled_from([0, 1]), st.sampled_from(["bare", "copied", "copied_there"]))

    def _run(self, place: tuple[int, str], function: Run, *arguments: object) -> Any:
        thread, how = place
        return getattr(self._threads[thread], how)(function, *arguments)

    @precondition(lambda self: len(self._blocks) < 4)
    @rule(place=places)
    def begin(self, place: tuple[int, str]) -> None:
        self._count += 1
        block = request(self._client, f"t{self._count}")
        self._blocks.append((block, self._run(place, block.__enter__)))

    @precondition(lambda self: self._blocks)
    @rule(place=places, number=st.integers(0, 3))
    def go_on(self, place: tuple[int, str], number: int) -> None:
        _, session = self._blocks[number % len(self._blocks)]
        assert self._run(place, around) in ("refused", session)

    @precondition(lambda self: self._blocks)
    @rule(place=places, number=st.integers(0, 3))
    def finish(self, place: tuple[int, str], number: int) -> None:
        block, _ = self._blocks.pop(number % len(self._blocks))
        self._run(place, end, block)

    @rule(place=places)
    def code_with_a_block_of_its_own(self, place: tuple[int, str]) -> None:
        assert self._run(place, _own_block, self._client)

    @precondition(lambda self: not self._blocks)
    @rule(place=places)
    def nothing_is_around(self, place: tuple[int, str]) -> None:
        assert self._run(place, around) is None

    def teardown(self) -> None:
        for block, _ in self._blocks:
            end(block)
        for thread in self._threads:
            thread.close()


@pytest.mark.slow
def test_requests_in_any_order(client: Client) -> None:
    make: Any = lambda: Requests(client)  # noqa: E731
    run_state_machine_as_test(make, settings=settings(stateful_step_count=30))


@pytest.mark.slow
def test_threads_at_once(client: Client) -> None:
    """Each with blocks of its own kinds, none of which is another's."""
    wrong: list[object] = []
    barrier = threading.Barrier(6)

    def serve(number: int) -> None:
        barrier.wait()
        for _ in range(200):
            with request(client, f"t{number}") as session:
                if current_executor() is not session._executor:
                    wrong.append(number)
            with Session(client) as session, request(client) as inner:
                if around() is not inner or session is inner:
                    wrong.append(number)

    with ThreadPoolExecutor(6) as pool:
        served = [pool.submit(serve, number) for number in range(6)]
        while not all(future.done() for future in served):  # code without a session is not hindered
            if around() is not None:
                wrong.append("outside")
        for future in served:
            future.result()
    assert wrong == []

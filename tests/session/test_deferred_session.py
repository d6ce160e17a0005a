"""Sessions that are opened when they are first needed."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextvars import copy_context

import pytest

from tests.forked_child import in_child
from weaviate_orm import Client, Session, SessionError
from weaviate_orm.session.current import current_session
from weaviate_orm.session.deferred_session import DeferredSession


@pytest.fixture
def client() -> Iterator[Client]:
    """A client without a server: sessions that are opened send nothing."""
    with Client("http://127.0.0.1:9", startup_period=None) as offline:
        yield offline


@pytest.fixture
def opened(client: Client) -> list[Session]:
    return []


@pytest.fixture
def deferred(client: Client, opened: list[Session]) -> DeferredSession:
    def make() -> Session:
        opened.append(Session(client))
        return opened[-1]

    return DeferredSession(make)


def test_it_is_opened_once_when_it_is_needed(deferred: DeferredSession, opened: list[Session]) -> None:
    with deferred.around():
        assert opened == []
        assert current_session() is current_session() is deferred() is deferred.session
    with deferred.around():
        assert current_session() is opened[0]
    assert current_session() is None
    deferred.close()
    assert len(opened) == 1
    assert deferred.session is None


def test_it_is_around_within_another_block_and_another_within_it(deferred: DeferredSession, client: Client) -> None:
    with Session(client) as outer:
        with deferred.around():
            assert current_session() is deferred()
            with Session(client) as inner:
                assert current_session() is inner
            assert current_session() is deferred()
        assert current_session() is outer


def test_threads_of_a_block_share_it(deferred: DeferredSession, opened: list[Session]) -> None:
    found: list[Session | None] = []
    with deferred.around():
        contexts = [copy_context() for _ in range(8)]
        threads = [
            threading.Thread(target=context.run, args=(lambda: found.append(current_session()),))
            for context in contexts
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert set(found) == set(opened)
    assert len(opened) == 1
    assert contexts[0].run(current_session) is None  # the block has ended


def test_a_forked_child_does_not_use_it(deferred: DeferredSession) -> None:
    def look() -> None:
        assert current_session() is None
        with pytest.raises(SessionError, match="forked child"):
            deferred()

    with deferred.around():
        deferred()
        assert in_child(look) == "None"

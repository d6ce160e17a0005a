"""A block of a session that begins and ends in different threads, as dependencies of web frameworks do."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from contextvars import copy_context

import pytest

from weaviate_orm import Client, ScopedSession, Session, SessionError
from weaviate_orm.session.current import current_session


@contextmanager
def dependency(client: Client) -> Iterator[Session]:
    with Session(client) as session:
        yield session


def test_a_thread_in_which_a_block_began_forgets_it_when_it_ended_elsewhere(client: Client) -> None:
    with ThreadPoolExecutor(1) as first, ThreadPoolExecutor(1) as second:
        block = dependency(client)
        first.submit(block.__enter__).result()
        with pytest.raises(SessionError):  # what runs here next may be of another request
            first.submit(current_session).result()
        second.submit(block.__exit__, None, None, None).result()
        assert first.submit(current_session).result() is None
        assert second.submit(current_session).result() is None
        # and the thread takes the next one
        with Session(client) as other:
            assert first.submit(copy_context().run, current_session).result() is other


def test_a_block_within_another_one_gives_back_the_outer(client: Client) -> None:
    with Session(client) as outer:
        with Session(client) as inner, inner:
            assert current_session() is inner
        assert current_session() is outer
    assert current_session() is None


def test_a_scope_that_is_removed_elsewhere_is_forgotten(client: Client) -> None:
    sessions = ScopedSession(lambda: Session(client))
    with ThreadPoolExecutor(1) as first:
        context = copy_context()
        session = context.run(sessions)
        assert context.run(current_session) is session
        first.submit(context.run, sessions.remove).result()
        assert context.run(current_session) is None

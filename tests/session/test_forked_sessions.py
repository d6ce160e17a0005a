"""A session belongs to its process: a forked child sends nothing of its parent's."""

from __future__ import annotations

import contextvars
import os
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from tests.forked_child import in_child
from tests.session.library_models import Article, Author, Page
from weaviate_orm import Client, ScopedSession, Session, SessionError, configure, listen, unlisten
from weaviate_orm.testing import recorded_requests


@pytest.fixture(autouse=True)
def default_client(client: Client) -> Iterator[None]:
    configure(client)
    yield
    configure(None)


@pytest.mark.wire("graphql")  # a forked child goes without gRPC
def test_queries_of_the_child_know_nothing_of_the_parents_block(client: Client, session: Session) -> None:
    session.add(Page(url="of the parent"))

    def work() -> object:
        before = Page.query.count()
        with Session(client) as own:
            own.add(Page(url="of the child"))
            own.commit()
        return before, [page.url for page in Page.query.all()]

    assert in_child(work) == "(0, ['of the child'])"
    with recorded_requests(client) as requests:
        session.commit()
    assert len(requests) == 1
    assert {page.url for page in Page.query.all()} == {"of the parent", "of the child"}


USES: dict[str, Callable[[Session, Page, Article], object]] = {
    "add": lambda session, page, article: session.add(Page(url="b")),
    "add_all": lambda session, page, article: session.add_all([Page(url="b")]),
    "bulk_insert": lambda session, page, article: session.bulk_insert([Page(url="b")]),
    "commit": lambda session, page, article: session.commit(),
    "dangling": lambda session, page, article: list(session.dangling(Article)),
    "delete": lambda session, page, article: session.delete(page),
    "flush": lambda session, page, article: session.flush(),
    "get": lambda session, page, article: session.get(Page, Page(url="b").id),
    "load a reference": lambda session, page, article: article.authors,
    "merge": lambda session, page, article: session.merge(Page(url="b")),
    "query": lambda session, page, article: session.query(Page).all(),
    "count": lambda session, page, article: session.query(Page).count(),
    "query without flush": lambda session, page, article: session.query(Page).first(),
    "refresh": lambda session, page, article: session.refresh(page),
    "update": lambda session, page, article: session.query(Page).update(text="b"),
    "upsert": lambda session, page, article: session.upsert([Page(url="b")]),
}


@pytest.mark.parametrize("use", USES)
@pytest.mark.parametrize("is_pending", [True, False])
def test_the_parents_session_refuses_the_child(use: str, is_pending: bool, client: Client, session: Session) -> None:
    session.add_all([Page(url="a"), Article(title="a", authors=[Author(name="Ada")])])
    session.commit()
    session.close()
    page, article = session.query(Page).one(), session.query(Article).one()
    if is_pending:
        page.text = "of the parent"
        session.add(Page(url="new"))

    def work() -> object:
        with recorded_requests(client) as requests:
            try:
                USES[use](session, page, article)
            except SessionError as error:
                return f"{len(requests)} requests; {error}"
        return "no error"

    said = in_child(work)
    assert said.startswith(f"0 requests; this session belongs to process {os.getpid()}, and this is process ")
    assert "Session(" in said
    session.commit()
    assert session.query(Page).count() == 1 + is_pending


@pytest.mark.wire("graphql")  # a forked child goes without gRPC
def test_the_child_may_leave_the_parents_block(client: Client, session: Session) -> None:
    def work() -> object:
        with recorded_requests(client) as requests:
            session.rollback()
            stack.__exit__(None, None, None)
        return len(requests), Page.query.count()

    with Session(client) as stack:
        stack.add(Page(url="a"))
        session.add(Page(url="b"))
        assert in_child(work) == "(0, 0)"
        stack.commit()
        session.commit()
    assert Page.query.count() == 2


@pytest.mark.wire("graphql")  # a forked child goes without gRPC
def test_a_scope_of_the_child_has_a_session_of_its_own_within_the_parents_block(
    client: Client, session: Session
) -> None:
    scoped = ScopedSession(lambda: Session(client))

    def work() -> object:
        scoped().add(Page(url="of the child"))
        (page,) = Page.query.all()
        return page in scoped(), page in session

    session.add(Page(url="of the parent"))
    assert contextvars.copy_context().run(in_child, work) == "(True, False)"


def test_a_child_that_is_forked_by_a_listener_does_not_go_on_with_the_flush(client: Client, session: Session) -> None:
    parent, children = os.getpid(), list[int]()

    def fork(session: Any) -> None:
        unlisten(session, "before_flush", fork)
        children.append(os.fork())

    session.add(Page(url="a"))
    listen(session, "before_flush", fork)
    with recorded_requests(client) as requests:
        try:
            session.flush()
        except SessionError:
            if os.getpid() != parent:
                os._exit(10 + len(requests))
            raise
        finally:
            if os.getpid() != parent:
                os._exit(1)
    assert os.waitstatus_to_exitcode(os.waitpid(children[0], 0)[1]) == 10
    assert len(requests) == 1
    assert session.query(Page).count() == 1

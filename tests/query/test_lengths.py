"""``len()`` of a query tells the truth, or raises an error that nobody takes for 0."""

from __future__ import annotations

import pytest

from tests.query.book_models import Book
from weaviate_orm import Client, Session
from weaviate_orm.aio import AsyncSession
from weaviate_orm.exceptions import SessionError
from weaviate_orm.testing import recorded_requests


def test_the_length_is_counted(session: Session, client: Client) -> None:
    count = Book.query.count()
    with recorded_requests(client) as requests:
        assert len(Book.query) == count > 2
        assert len(Book.query[1:3]) == 2
        assert len(Book.query[count - 1 : count + 5]) == 1
    assert len(requests) == 3


def test_the_length_of_a_search_is_that_of_its_results(session: Session) -> None:
    assert len(Book.query.near_text("cats")[1:3]) == 2
    query = Book.query.bm25("cats")
    assert len(query) == len(query.all())


def test_a_list_of_a_query_is_one_request(session: Session, client: Client) -> None:
    query = Book.query.order_by("title").only("title").limit(50)
    with recorded_requests(client) as requests:
        assert list(query) == [*query] == sorted(query, key=lambda book: book.title)
        assert tuple(query)
    assert len(requests) == 4


def test_the_length_is_counted_again_after_a_list(session: Session, client: Client) -> None:
    query = Book.query.limit(2)
    assert [book.title for book in query]
    iterator = iter(query)
    with recorded_requests(client) as requests:
        assert len(query) == 2  # of what was just read
        assert requests == []
        next(iterator)
        assert len(query) == 2
    assert len(requests) == 1


def test_an_asynchronous_query_says_how_to_count(client: Client) -> None:
    with pytest.raises(SessionError, match=r"await ….count\(\)"):
        len(AsyncSession(client).query(Book))

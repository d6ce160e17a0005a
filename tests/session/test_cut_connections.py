"""Connections that are cut in the middle of a commit. What was sent may have been done, and the next commit knows."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from tests.empty_collections import empty_collections
from tests.session.cutting_relay import Cut, CuttingRelay, relay_to
from tests.session.stateful import models
from tests.session.stateful.models import MODELS, Book, Person, Review, Shelf, Topic
from tests.session.stateful.store import Store, read
from weaviate_orm import AuthApiKey, Client, FlushError, Session, Status, inspect
from weaviate_orm.exceptions import NotSentError
from weaviate_orm.http import collection_names
from weaviate_orm.http.retry import RetryPolicy
from weaviate_orm.testing import Server, recorded_requests

ONCE = RetryPolicy(attempts=1)


@pytest.fixture(scope="module")
def collections(client: Client) -> Iterator[None]:
    with empty_collections(client, MODELS):
        yield


@pytest.fixture
def relay(server: Server) -> Iterator[CuttingRelay]:
    with relay_to(server.url) as opened:
        yield opened


@pytest.fixture
def session(
    server: Server, client: Client, relay: CuttingRelay, collections: None, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Session]:
    """A session on a connection that can be cut; nothing is repeated."""
    models.empty(client)
    monkeypatch.setattr(collection_names, "MAX_AGE", 1000)
    secret = AuthApiKey(server.api_key) if server.api_key is not None else None
    with Client(relay.url, auth_client_secret=secret) as through, Session(through, workers=1) as opened:
        through.transport.batch_retry = ONCE
        through.transport.collection_names.refresh()  # else the request for them would be cut
        yield opened


@contextmanager
def cut(relay: CuttingRelay, passing: int, *, answered: bool, count: int = 1) -> Iterator[list[Any]]:
    """Some requests of a commit in the block are lost, or their answers; gives what failed."""
    failures: list[Any] = []
    relay.cut(Cut(passing, count, answered))
    with pytest.raises(FlushError) as caught:
        yield failures
    relay.cut(None)
    failures += caught.value.failures


def stored(client: Client) -> Store:
    return read(client)


def test_a_deleted_object_is_taken_out_of_a_list_that_is_loaded_meanwhile(
    client: Client, session: Session, relay: CuttingRelay
) -> None:
    session.add(Topic(word="new", books=[Book(title="one"), Book(title="two")]))
    session.commit()
    session.close()
    topic = session.query(Topic).one()
    book = session.query(Book).where(title="one").one()
    session.delete(book)
    assert (book.shelf, book.topics) == (None, [topic])
    with cut(relay, passing=1, answered=False) as failures:
        session.commit()
    assert [(each.object, each.operation) for each in failures] == [(topic, "remove reference"), (book, "delete")]
    assert [each.title for each in topic.books] == ["two"]
    session.commit()
    assert list(session.dangling(Topic)) == []


def test_a_removal_is_not_forgotten_when_the_deletion_was_never_answered(
    client: Client, session: Session, relay: CuttingRelay
) -> None:
    old = Shelf(label="old", books=[Book(title="three"), Book(title="four")])
    session.add_all([Shelf(label="new", books=[Book(title="one"), Book(title="two")]), old])
    session.commit()
    session.close()
    new, old = (session.query(Shelf).where(label=label).one() for label in ("new", "old"))
    book = session.query(Book).where(title="one").one()
    session.delete(book)
    assert (book.shelf, book.topics) == (new, [])
    old.books.reverse()
    with cut(relay, passing=1, answered=True, count=2) as failures:
        session.commit()
    assert {each.operation for each in failures} == {"replace references", "remove reference", "delete"}
    assert [each.title for each in new.books] == ["two"]  # loaded now, and the deleted one is left out
    session.commit()
    assert list(session.dangling(Shelf)) == []


def test_a_removal_that_was_done_and_never_answered_can_be_taken_back(
    client: Client, session: Session, relay: CuttingRelay
) -> None:
    session.add_all([Topic(word="old", books=[Book(title="one"), Book(title="two")]), Topic(word="new")])
    session.commit()
    session.close()
    old, new = (session.query(Topic).where(word=word).one() for word in ("old", "new"))
    book = session.query(Book).where(title="one").one()
    book.topics = [new]
    assert "books" not in inspect(old).loaded
    with cut(relay, passing=0, answered=True, count=10) as failures:
        session.commit()
    assert "remove reference" in {each.operation for each in failures}
    with recorded_requests(session.client) as requests:
        assert [each.title for each in old.books] == ["two"]  # loaded, without what the server removed
        book.topics = [old]
        assert {each.title for each in old.books} == {"one", "two"}
        session.commit()
    assert session.dirty == ()
    assert requests
    by_key = stored(client).objects
    topics = {record.properties["word"]: record for key, record in by_key.items() if key[0] == "Topic"}
    assert sorted(topics["old"].references["books"]) == sorted(key for key in by_key if key[0] == "Book")
    assert topics["new"].references["books"] == []


def test_what_a_cascade_deletes_goes_before_what_it_refers_to(
    client: Client, session: Session, relay: CuttingRelay
) -> None:
    book = Book(title="one")
    session.add_all([Review(text="good", book=book), Review(text="bad", book=book)])
    session.commit()
    session.close()
    book = session.query(Book).one()
    assert (book.shelf, book.topics) == (None, [])
    session.delete(book)
    with recorded_requests(session.client) as requests, cut(relay, passing=1, answered=False) as failures:
        session.commit()
    assert [request.method for request in requests].count("DELETE") == 1
    assert [type(each.object) for each in failures] == [Review, Review, Book]
    assert isinstance(failures[-1].reason, NotSentError)
    session.rollback()
    assert session.deleted == ()
    assert {each.book for each in session.query(Review)} == {book}
    session.delete(book)
    session.commit()
    assert stored(client).objects == {}


def test_a_change_that_was_never_answered_can_be_taken_back(
    client: Client, session: Session, relay: CuttingRelay
) -> None:
    book = Book(title="before", pages=1, vector=[1.0, 0.0, 0.0])
    session.add(book)
    session.commit()
    book.title, book.vector = "after", [0.0, 1.0, 0.0]
    with cut(relay, passing=0, answered=True):
        session.commit()
    assert inspect(book).status is Status.DIRTY
    book.title, book.vector = "before", [1.0, 0.0, 0.0]
    session.commit()
    assert session.dirty == ()
    (found,) = stored(client).objects.values()
    assert (found.properties["title"], found.vector) == ("before", [1.0, 0.0, 0.0])


def test_a_rollback_after_a_lost_answer_loads_what_the_server_has(
    client: Client, session: Session, relay: CuttingRelay
) -> None:
    book, ada = Book(title="before", vector=[1.0, 0.0, 0.0]), Person(name="Ada")
    session.add_all([book, ada])
    session.commit()
    book.title, book.vector, book.author = "after", [0.0, 1.0, 0.0], ada
    with cut(relay, passing=0, answered=True):
        session.commit()
    session.rollback()
    assert session.dirty == ()
    assert (book.title, book.vector, book.author) == ("after", [0.0, 1.0, 0.0], ada)


@pytest.mark.parametrize("is_loaded", [True, False])
def test_an_added_reference_that_was_never_answered_can_be_taken_back(
    client: Client, session: Session, relay: CuttingRelay, is_loaded: bool
) -> None:
    session.add_all([Topic(word="new"), Book(title="one")])
    session.commit()
    session.close()
    topic, book = session.query(Topic).one(), session.query(Book).one()
    if is_loaded:
        assert topic.books == []
    book.topics.append(topic)
    with cut(relay, passing=0, answered=True):
        session.commit()
    book.topics.remove(topic)
    session.commit()
    assert session.dirty == ()
    assert list(stored(client).edges()) == []


@pytest.mark.parametrize("is_loaded", [True, False])
def test_a_removed_reference_that_was_never_answered_can_be_taken_back(
    client: Client, session: Session, relay: CuttingRelay, is_loaded: bool
) -> None:
    topic = Topic(word="new")
    session.add_all([Book(title="one", topics=[topic]), Book(title="two", topics=[topic])])
    session.commit()
    session.close()
    topic, book = session.query(Topic).one(), session.query(Book).where(title="one").one()
    if is_loaded:
        assert len(topic.books) == 2
    book.topics.remove(topic)
    with cut(relay, passing=1, answered=True):
        session.commit()
    book.topics.append(topic)
    session.commit()
    assert session.dirty == ()
    assert len(list(stored(client).edges())) == 4
    assert stored(client).one_sided() == []


def test_a_new_object_that_is_stored_unknown_to_the_session_is_found_as_itself(
    client: Client, session: Session, relay: CuttingRelay
) -> None:
    ada = Person(name="Ada")
    session.add(ada)
    with cut(relay, passing=0, answered=True):
        session.commit()
    with session.no_autoflush:
        assert session.query(Person).one() is ada
    assert session.get(Person, ada.id) is ada
    assert list(session) == list(session.new) == [ada]
    session.expire_all()
    ada.name = "Ada L."
    session.commit()
    assert session.new == ()
    assert session.query(Person).one() is ada
    assert [each.properties for each in stored(client).objects.values()] == [{"name": "Ada L."}]


@pytest.mark.parametrize("end", ["rollback", "expunge", "delete", "close"])
def test_a_new_object_that_is_stored_and_given_up_is_another(
    client: Client, session: Session, relay: CuttingRelay, end: str
) -> None:
    ada = Person(name="Ada")
    session.add(ada)
    with cut(relay, passing=0, answered=True):
        session.commit()
    if end in ("rollback", "close"):
        getattr(session, end)()
    else:
        getattr(session, end)(ada)
    assert inspect(ada).status is Status.TRANSIENT
    assert list(session) == []
    assert session.query(Person).one() is not ada


def test_a_list_that_is_emptied_after_a_lost_answer_is_written_once(
    client: Client, session: Session, relay: CuttingRelay
) -> None:
    topic = Topic(word="new", books=[Book(title="one"), Book(title="two")])
    session.add(topic)
    session.commit()
    topic.books.pop(0)
    with cut(relay, passing=1, answered=True) as failures:
        session.commit()
    assert [(each.object, each.operation) for each in failures] == [(topic, "remove reference")]
    topic.books.clear()
    session.commit()
    assert session.dirty == ()
    assert list(stored(client).edges()) == []


def test_a_list_keeps_its_order_where_answers_were_lost(client: Client, session: Session, relay: CuttingRelay) -> None:
    topic, old = Topic(word="new"), Book(title="old")
    session.add_all([topic, old])
    session.commit()
    topic.books = [Book(title="new"), old]
    with cut(relay, passing=0, answered=True, count=10):
        session.commit()
    session.commit()
    assert session.dirty == ()
    with Session(client) as other:
        assert [each.title for each in other.query(Topic).one().books] == ["new", "old"]

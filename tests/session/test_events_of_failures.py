"""Events of what fails: told when it is done, and never before."""

from __future__ import annotations

import attrs
import pytest

from tests.scripted_host import Answer, forward, host
from tests.scripted_host import Request as Arrived
from tests.session.conftest import Hear, Log
from tests.session.event_models import Book, Dog, Owner, stored
from weaviate_orm import (
    AuthApiKey,
    Client,
    DeleteDeniedError,
    FlushError,
    Session,
    StaleObjectError,
    ValidationError,
)
from weaviate_orm.http.retry import RetryPolicy
from weaviate_orm.testing import Server


@pytest.fixture
def session(event_session: Session) -> Session:
    return event_session


def test_what_failed_is_told_when_it_is_stored(session: Session, log: Log) -> None:
    stored(session, Dog(name="first", vector=[1.0, 0.0]))
    log.clear()
    odd = Dog(name="odd", vector=[1.0, 2.0, 3.0])
    session.add_all([Dog(name="second", vector=[0.0, 1.0]), odd])
    with pytest.raises(FlushError):
        session.commit()
    assert log == [("before_insert", "second"), ("before_insert", "odd"), ("after_insert", "second")]
    log.clear()
    odd.vector = [0.5, 0.5]
    session.commit()
    session.commit()
    assert log == [("before_insert", "odd"), ("after_insert", "odd")]


def test_an_object_is_inserted_once_though_its_reference_fails(session: Session, log: Log) -> None:
    stored(session, Owner(name="first", vector=[1.0, 0.0]))
    log.clear()
    ada = Owner(name="Ada", vector=[1.0, 2.0, 3.0])
    rex = Dog(name="Rex", owner=ada)
    session.add(rex)
    with pytest.raises(FlushError) as caught:
        session.commit()
    assert {failure.operation for failure in caught.value.failures} == {"create", "add reference"}
    assert [each for each in log if each[0] == "after_insert"] == [("after_insert", "Rex")]
    log.clear()
    ada.vector = [0.5, 0.5]
    session.commit()
    assert [event for event in log if event[0].endswith("insert")] == [
        ("before_insert", "Ada"),
        ("after_insert", "Ada"),
    ]
    assert ("after_update", "Rex") in log  # the stored object has changed


def test_an_update_is_told_once_when_all_of_it_is_done(session: Session, log: Log) -> None:
    rex = Dog(name="Rex")
    stored(session, Owner(name="first", vector=[1.0, 0.0]), rex)
    log.clear()
    rex.name = "Max"
    rex.owner = Owner(name="Ada", vector=[1.0, 2.0, 3.0])
    with pytest.raises(FlushError):
        session.commit()
    assert "after_update" not in dict(log)
    rex.owner.vector = [0.5, 0.5]
    session.commit()
    session.commit()
    assert log.count(("after_update", "Max")) == 1


def test_a_listener_that_raises_afterwards_loses_nothing(session: Session, hear: Hear, log: Log) -> None:
    def fail(dog: Dog, session: Session) -> None:
        raise ValueError(f"about {dog.name}")

    hear(Dog, "after_insert", fail)
    stored(session, Owner(name="o", vector=[1.0, 0.0]))
    session.add_all([Dog(name="first"), Dog(name="second")])
    log.clear()
    with pytest.raises(ValueError, match="about first"):
        session.commit()
    assert [*session.new] == []
    assert [each for each in log if each[0] == "after_insert"] == [
        ("after_insert", "first"),
        ("after_insert", "second"),
    ]
    odd = Owner(name="odd", vector=[1.0, 2.0, 3.0])
    session.add_all([Dog(name="third"), odd])
    with pytest.raises(FlushError) as caught:
        session.commit()
    assert [failure.object for failure in caught.value.failures] == [odd]
    assert str(caught.value.__cause__) == "about third"
    assert [*session.new] == [odd]


def test_what_is_refused_before_it_is_sent_has_not_happened(session: Session, log: Log) -> None:
    book = Book(name="old")
    dog, rival = Dog(name="Rex"), Dog(name="Tim")
    dog.rival = rival
    stored(session, book, dog)
    with Session(session.client) as other:
        theirs = other.get(Book, book.id)
        assert theirs is not None
        theirs.name = "theirs"
        other.commit()
    log.clear()
    book.name = "mine"
    with pytest.raises(StaleObjectError):
        session.commit()
    assert log == [("before_update", "mine")]  # and the objects that were compared are not told as loaded
    session.rollback()
    log.clear()
    session.delete(rival)
    with pytest.raises(DeleteDeniedError):
        session.commit()
    assert log == []
    session.rollback()
    twin = Book(name="twin")
    session.add_all([twin, Book(name="twin", id=twin.id)])
    with pytest.raises(ValidationError):
        session.commit()
    assert "after_insert" not in dict(log)


def test_updates_and_deletions_are_told_when_they_get_through(server: Server, session: Session, log: Log) -> None:
    broken = ["PATCH", "DELETE"]

    def respond(request: Arrived) -> Answer:
        if request.method in broken:
            return 504, {}, b""
        return forward(attrs.evolve(request, path=server.url + request.path))

    with host(respond) as gateway:
        secret = AuthApiKey(server.api_key) if server.api_key else None
        with Client(gateway.url, auth_client_secret=secret) as through, Session(through) as own:
            through.transport.batch_retry = RetryPolicy(attempts=1)
            rex, tim, new = Dog(name="Rex"), Dog(name="Tim"), Dog(name="new")
            stored(own, rex, tim)
            log.clear()
            rex.name = "Max"
            own.delete(tim)
            own.add(new)
            with pytest.raises(FlushError) as caught:
                own.commit()
            assert {failure.operation for failure in caught.value.failures} == {"merge", "delete"}
            assert [each for each in log if each[0].startswith("after")] == [("after_insert", "new")]
            broken.clear()
            log.clear()
            own.commit()
            own.commit()
            assert log == [
                ("before_update", "Max"),
                ("before_delete", "Tim"),
                ("after_update", "Max"),
                ("after_delete", "Tim"),
            ]

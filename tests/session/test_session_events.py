"""Events of sessions: flushes and commits, and what their listeners may do."""

from __future__ import annotations

import pytest

from tests.session.conftest import Hear, Log
from tests.session.event_models import Dog, Owner, names, stored
from weaviate_orm import Client, Flushed, FlushError, Session, SessionError
from weaviate_orm.testing import recorded_requests


@pytest.fixture
def session(event_session: Session) -> Session:
    return event_session


def test_flushes_and_commits(session: Session, hear: Hear) -> None:
    happened: list[str] = []
    results: list[Flushed] = []
    for event in ("before_flush", "before_commit", "after_commit"):
        hear(session, event, lambda session, event=event: happened.append(event))

    def after_flush(session: Session, flushed: Flushed) -> None:
        happened.append("after_flush")
        results.append(flushed)

    hear(session, "after_flush", after_flush)
    session.commit()
    assert happened == ["before_commit", "after_commit"]
    happened.clear()
    rex = Dog(name="Rex")
    session.add(rex)
    session.commit()
    assert happened == ["before_commit", "before_flush", "after_flush", "after_commit"]
    assert results == [Flushed(inserted=(rex,))]
    happened.clear()
    assert rex.tags == []
    session.flush()  # may have changed, and has not
    assert happened == []
    rex.name = "Max"
    session.query(Dog).all()  # flushes
    assert happened == ["before_flush", "after_flush"]
    assert results.pop() == Flushed(updated=(rex,))
    stored(session, Dog(name="even", vector=[1.0, 0.0]))
    session.add(Dog(name="odd", vector=[1.0, 2.0, 3.0]))
    happened.clear()
    with pytest.raises(FlushError):
        session.commit()
    assert happened == ["before_commit", "before_flush", "after_flush"]
    assert results.pop() == Flushed()


def test_before_a_flush_things_are_added_changed_and_deleted(
    client: Client, session: Session, hear: Hear, log: Log
) -> None:
    rex, tim = Dog(name="Rex"), Dog(name="Tim")
    stored(session, rex, tim)
    log.clear()

    def work(session: Session) -> None:
        session.add(Dog(name="new"))
        rex.name = "Max"
        session.delete(tim)

    hear(session, "before_flush", work)
    session.commit()
    assert log == []  # there was nothing to flush
    stored(session, Owner(name="Ada"))
    assert names(client, Dog) == ["Max", "new"]
    assert ("before_insert", "new") in log
    assert ("before_update", "Max") in log
    assert ("before_delete", "Tim") in log


def test_what_is_added_after_a_flush_goes_with_the_commit(client: Client, session: Session, hear: Hear) -> None:
    def trace(session: Session, flushed: Flushed) -> None:
        session.add_all(Owner(name=f"of {each.name}") for each in flushed.inserted if isinstance(each, Dog))

    hear(session, "after_flush", trace)
    session.add(Dog(name="Rex"))
    session.commit()
    assert [*session.new] == []
    assert names(client, Owner) == ["of Rex"]
    session.add(Dog(name="Tim"))
    session.flush()
    assert [owner.name for owner in session.new if isinstance(owner, Owner)] == ["of Tim"]  # a flush is one
    session.rollback()

    def trace_all(session: Session, flushed: Flushed) -> None:
        session.add_all(Owner(name="again") for _ in flushed.inserted)

    hear(session, "after_flush", trace_all)
    session.add(Dog(name="Max"))
    with pytest.raises(SessionError, match="100 flushes of one commit"):
        session.commit()


def test_no_flush_inside_of_a_flush(session: Session, hear: Hear) -> None:
    seen: list[int] = []

    def ask(dog: Dog, session: Session) -> None:
        seen.append(session.query(Dog).count())  # does not flush
        session.flush()

    hear(Dog, "before_insert", ask)
    session.add(Dog(name="Rex"))
    with pytest.raises(SessionError, match="in the middle of a flush, whose listeners cannot flush"):
        session.commit()
    assert seen == [0]
    unheard = Owner(name="Ada")
    hear(session, "after_flush", lambda session, flushed: session.commit())
    session.rollback()
    session.add(unheard)
    with pytest.raises(SessionError, match="in the middle of a flush, whose listeners cannot commit"):
        session.flush()
    hear(session, "before_commit", lambda session: session.flush())
    hear(session, "after_commit", lambda session: session.commit())
    with pytest.raises(SessionError, match="in the middle of a commit, whose listeners cannot commit"):
        session.commit()
    session.query(Owner).all()  # and the session goes on


def test_bulk_inserts_fire_for_their_own_session_too(session: Session, hear: Hear) -> None:
    told: list[tuple[str, bool]] = []
    flushes: list[int] = []
    hear(Dog, "after_insert", lambda dog, step: told.append(("model", step is session)))
    hear(session, "after_insert", lambda dog, step: told.append(("session", step is session)))
    hear(Session, "after_flush", lambda step, flushed: flushes.append(len(flushed.inserted)))
    small = Session(session.client, batch_size=1)
    small.bulk_insert([Owner(name="Ada")])
    session.bulk_insert([Dog(name="Rex"), Dog(name="Tim")])
    assert told == [("model", False), ("session", False)] * 2
    assert flushes == [1, 2]


def test_a_listener_that_raises_in_a_bulk_insert_ends_it(session: Session, hear: Hear) -> None:
    def fail(owner: Owner, session: Session) -> None:
        raise ValueError("no more")

    hear(Owner, "after_insert", fail)
    vectors = ([1.0, 0.0], [1.0, 2.0, 3.0])
    with pytest.raises(FlushError) as caught:
        session.bulk_insert((Owner(name="Ada", vector=each) for each in vectors), progress=lambda progress: None)
    assert str(caught.value.__cause__) == "no more"


def test_what_listeners_add_in_a_bulk_insert_is_stored_though_something_was_refused(
    client: Client, session: Session, hear: Hear
) -> None:
    stored(session, Dog(name="first", vector=[1.0, 0.0]))

    def trace(step: Session, flushed: Flushed) -> None:
        step.add_all(Owner(name=f"of {each.name}") for each in flushed.inserted if isinstance(each, Dog))

    hear(session, "after_flush", trace)
    dogs = [Dog(name="odd", vector=[1.0, 2.0, 3.0]), Dog(name="even", vector=[0.0, 1.0])]
    with recorded_requests(client) as requests:
        found = session.bulk_insert(dogs, progress=lambda progress: None)
    assert (found.stored, found.failed) == (1, 1)
    assert names(client, Owner) == ["of even"]
    assert len(requests) == 3  # vectors of two lengths, and what was added


def test_what_listeners_add_in_a_bulk_insert_is_not_counted_as_the_callers(session: Session, hear: Hear) -> None:
    stored(session, Owner(name="first", vector=[1.0, 0.0]))
    hear(session, "before_flush", lambda step: step.add(Owner(name="odd", vector=[1.0, 2.0, 3.0])))
    found = session.bulk_insert([Dog(name="Rex")], progress=lambda progress: None)
    assert (found.stored, found.failed) == (1, 1)

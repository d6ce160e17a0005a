"""Events of objects: fired for what happens, once, and for nothing else."""

from __future__ import annotations

import pytest

from tests.sent_queries import is_query
from tests.session.conftest import Hear, Log
from tests.session.event_models import Book, Dog, Owner, Shelf, names, stored
from weaviate_orm import Client, Session, SessionError
from weaviate_orm.testing import recorded_requests


@pytest.fixture
def session(event_session: Session) -> Session:
    return event_session


def test_objects_are_inserted_updated_and_deleted(session: Session, log: Log) -> None:
    ada, rex = Owner(name="Ada"), Dog(name="Rex")
    rex.owner = ada
    session.add(rex)
    assert log == []
    session.commit()
    assert log == [("before_insert", "Rex"), ("before_insert", "Ada"), ("after_insert", "Rex"), ("after_insert", "Ada")]
    log.clear()
    rex.tags.append("good")
    ada.name = "Ada"  # assigned, and equal
    session.commit()
    assert log == [("before_update", "Rex"), ("after_update", "Rex")]
    log.clear()
    session.commit()
    assert log == []
    session.delete(rex)
    session.commit()
    assert log == [("before_delete", "Rex"), ("after_delete", "Rex")]


def test_an_object_whose_id_a_new_one_takes_is_deleted(session: Session, log: Log) -> None:
    rex = Dog(name="Rex")
    stored(session, rex)
    log.clear()
    session.delete(rex)
    session.add(Dog(id=rex.id, name="Max"))
    session.commit()
    assert log == [("before_insert", "Max"), ("before_delete", "Rex"), ("after_insert", "Max"), ("after_delete", "Rex")]


def test_a_change_of_properties_and_references_is_one_update(session: Session, log: Log) -> None:
    rex, tim, ada = Dog(name="Rex"), Dog(name="Tim"), Owner(name="Ada")
    stored(session, rex, tim, ada)
    log.clear()
    rex.name = "Max"
    rex.owner = ada
    rex.friends = [tim]
    session.commit()
    assert log == [("before_update", "Max"), ("after_update", "Max")]


def test_only_what_is_read_is_no_update(session: Session, log: Log) -> None:
    stored(session, Dog(name="Rex", tags=["good"]))
    session.close()
    rex = session.query(Dog).one()
    log.clear()
    assert rex.tags == ["good"]
    session.commit()
    assert log == []


def test_listeners_change_what_is_sent(client: Client, session: Session, hear: Hear, log: Log) -> None:
    def tag(dog: Dog, session: Session) -> None:
        dog.tags = [*dog.tags, "tagged"]

    hear(Dog, "before_insert", tag)
    hear(Dog, "before_update", tag)
    rex = Dog(name="Rex")
    with recorded_requests(client) as requests:
        stored(session, rex)
        assert len(requests) == 1
        rex.name = "Max"
        session.commit()
    assert [request.method for request in requests] == ["POST", "PATCH"]
    assert session.dirty == ()
    session.refresh(rex)
    assert (rex.name, rex.tags) == ("Max", ["tagged", "tagged"])
    assert log.count(("after_update", "Max")) == 1


def test_what_a_listener_links_is_stored_with_it_and_told(
    client: Client, session: Session, hear: Hear, log: Log
) -> None:
    def befriend(dog: Dog, session: Session) -> None:
        if len(dog.name) < 4:
            dog.friends = [Dog(name=dog.name + "'")]

    hear(Dog, "before_insert", befriend)
    session.add(Dog(name="A"))
    with recorded_requests(client) as requests:
        session.commit()
    assert len(requests) == 2  # objects, references
    assert names(client, Dog) == ["A", "A'", "A''", "A'''"]
    assert [name for event, name in log if event == "before_insert"] == ["A", "A'", "A''", "A'''"]
    assert sorted(name for event, name in log if event == "after_insert") == ["A", "A'", "A''", "A'''"]


def test_a_listener_that_changes_another_object_makes_it_an_update(session: Session, hear: Hear, log: Log) -> None:
    ada = Owner(name="Ada")
    stored(session, ada)
    log.clear()

    def rename(dog: Dog, session: Session) -> None:
        ada.name = "owner of " + dog.name

    hear(Dog, "before_insert", rename)
    stored(session, Dog(name="Rex"))
    assert log == [
        ("before_insert", "Rex"),
        ("before_update", "owner of Rex"),
        ("after_insert", "Rex"),
        ("after_update", "owner of Rex"),
    ]


def test_listeners_that_never_end_are_stopped(client: Client, session: Session, hear: Hear) -> None:
    def multiply(dog: Dog, session: Session) -> None:
        dog.friends = [Dog(name="another")]

    hear(Dog, "before_insert", multiply)
    session.add(Dog(name="first"))
    with recorded_requests(client) as requests, pytest.raises(SessionError, match="100 times over, <Dog pending"):
        session.commit()
    assert requests == []
    assert len(session.new) == 101


def test_a_listener_takes_back_what_would_have_happened(client: Client, session: Session, hear: Hear, log: Log) -> None:
    kept, changed = Dog(name="kept"), Dog(name="changed")
    stored(session, kept, changed)
    log.clear()
    hear(Dog, "before_insert", lambda dog, session: session.expunge(dog))
    hear(Dog, "before_update", lambda dog, session: session.expire(dog))
    hear(Dog, "before_delete", lambda dog, session: session.add(dog))
    session.delete(kept)
    changed.name = "changed again"
    session.add(Dog(name="new"))
    with recorded_requests(client) as requests:
        session.commit()
    assert [request for request in requests if not is_query(request)] == []  # the rules of references are read
    assert [event for event, _ in log] == ["before_insert", "before_update", "before_delete"]
    assert names(client, Dog) == ["changed", "kept"]


def test_a_listener_that_raises_leaves_all_pending(client: Client, session: Session, hear: Hear, log: Log) -> None:
    rex, tim = Dog(name="Rex"), Dog(name="Tim")
    stored(session, rex, tim)
    log.clear()
    refused = True

    def refuse(dog: Dog, session: Session) -> None:
        if refused:
            raise ValueError("not today")

    hear(Dog, "before_delete", refuse)
    new = Dog(name="new")
    session.add(new)
    rex.name = "Max"
    session.delete(tim)
    with recorded_requests(client) as requests, pytest.raises(ValueError, match="not today"):
        session.commit()
    assert [request for request in requests if not is_query(request)] == []
    assert (session.new, session.dirty, session.deleted) == ((new,), (rex,), (tim,))
    assert not [event for event, _ in log if event.startswith("after")]
    refused = False
    log.clear()
    session.commit()
    assert [each for each in log if each[0].startswith("after")] == [
        ("after_insert", "new"),
        ("after_update", "Max"),
        ("after_delete", "Tim"),
    ]


# -- what deletions and inverses bring


def test_rules_of_deletions_fire(session: Session, log: Log) -> None:
    ada = Owner(name="Ada")
    rex = Dog(name="Rex", owner=ada)
    tim = Dog(name="Tim", friends=[rex])
    stored(session, rex, tim)
    session.expunge(tim)
    log.clear()
    session.delete(ada)
    session.commit()
    assert sorted(log) == [
        ("after_delete", "Ada"),
        ("after_delete", "Rex"),
        ("after_update", "Tim"),
        ("before_delete", "Ada"),
        ("before_delete", "Rex"),
        ("before_update", "Tim"),
        ("load", "Tim"),
    ]


def test_what_listeners_delete_follows_the_rules_and_asks_no_more_than_it_needs(
    client: Client, session: Session, hear: Hear, log: Log
) -> None:
    ada, bob = Owner(name="Ada"), Owner(name="Bob")
    rex = Dog(name="Rex", owner=bob)
    stored(session, ada, rex)
    late = Dog(name="late", owner=ada)

    def queries() -> int:
        return sum(map(is_query, requests))

    with recorded_requests(client) as requests:
        session.delete(ada)
        session.commit()
    once = queries()
    stored(session, ada)
    hear(Owner, "before_delete", lambda owner, session: session.add(late))  # it would lead to what is deleted
    with recorded_requests(client) as requests:
        session.delete(ada)
        session.commit()
    assert queries() == once
    assert late not in session
    stored(session, ada)
    session.expunge(rex)  # only the server knows that it is Bob's
    log.clear()
    hear(Owner, "before_delete", lambda owner, session: session.delete(bob) if owner is ada else None)
    session.delete(ada)
    session.commit()
    assert sorted(name for event, name in log if event == "after_delete") == ["Ada", "Bob", "Rex"]


def test_what_is_deleted_when_something_is_loaded_in_a_flush_follows_the_rules(
    client: Client, session: Session, hear: Hear
) -> None:
    bob = Owner(name="Bob")
    tim = Dog(name="Tim")
    rex, max_ = Dog(name="Rex", friends=[tim]), Dog(name="Max", owner=bob)
    stored(session, rex, max_)
    session.expunge(rex)
    session.expunge(max_)
    hear(Dog, "load", lambda dog, session: session.delete(bob) if dog.name == "Rex" else None)
    session.delete(tim)
    session.commit()
    assert names(client, Dog) == ["Rex"]
    assert names(client, Owner) == []


def test_both_ends_of_a_reference_are_updates(session: Session, log: Log) -> None:
    left = Shelf(name="left")
    stored(session, left)
    log.clear()
    session.add(Book(name="new", shelf=left))
    session.commit()
    assert log == [
        ("before_insert", "new"),
        ("before_update", "left"),
        ("after_insert", "new"),
        ("after_update", "left"),
    ]


# -- loading


def test_load_is_told_once_for_each_object_that_is_made(session: Session, log: Log) -> None:
    ada = Owner(name="Ada")
    rex, tim = Dog(name="Rex", owner=ada), Dog(name="Tim", owner=ada)
    stored(session, rex, tim)
    session.close()
    log.clear()
    dogs = session.query(Dog).order_by("name").all()
    assert log == [("load", "Rex"), ("load", "Tim")]
    log.clear()
    assert dogs[0].owner is dogs[1].owner  # loaded when it is read
    assert log == [("load", "Ada")]
    log.clear()
    session.query(Dog).include("owner").all()
    session.refresh(dogs[0])
    session.expire_all()
    assert dogs[0].name == "Rex"
    assert session.get(Dog, rex.id) is dogs[0]
    assert log == []
    session.close()
    session.get(Dog, rex.id)
    session.get(Dog, rex.id)
    assert log == [("load", "Rex"), ("load", "Rex")]  # nobody held the first one


def test_load_comes_after_the_included_references(client: Client, session: Session, hear: Hear) -> None:
    ada = Owner(name="Ada")
    rex = Dog(name="Rex", owner=ada)
    tim = Dog(name="Tim", friends=[rex], rival=rex)
    stored(session, rex, tim)
    session.close()
    seen: list[tuple[str, list[str]]] = []

    def look(dog: Dog, session: Session) -> None:
        seen.append((dog.name, [friend.name for friend in dog.friends]))

    hear(Dog, "load", look)
    with recorded_requests(client) as requests:
        session.query(Dog).where(name="Tim").include("friends").all()
    # Rex is made by the reference of Tim, and what he lacks loads when it is read
    assert sorted(seen) == [("Rex", []), ("Tim", ["Rex"])]
    assert len(requests) == 2
    session.close()
    seen.clear()
    assert len(session.query(Dog).include("friends").all()) == 2
    assert sorted(name for name, _ in seen) == ["Rex", "Tim"]  # Rex is a row, and a friend


def test_what_a_listener_sets_when_an_object_is_loaded_is_a_change(
    client: Client, session: Session, hear: Hear
) -> None:
    ada = Owner(name="Ada")
    stored(session, Dog(name="Rex", owner=ada))
    session.close()
    hear(Dog, "load", lambda dog, session: setattr(dog, "name", dog.name.upper()))
    (rex,) = session.query(Dog).all()
    assert session.dirty == (rex,)
    session.commit()
    assert names(client, Dog) == ["REX"]


def test_what_is_loaded_and_changed_in_the_middle_of_a_flush_goes_with_it(
    client: Client, session: Session, hear: Hear
) -> None:
    stored(session, Shelf(name="left", books=[Book(name="a"), Book(name="b"), Book(name="c")]))
    session.close()
    left = session.query(Shelf).one()
    taken = session.query(Book).where(Book.name != "c").all()
    for book in taken:
        book.shelf = None
    hear(Book, "load", lambda book, session: setattr(book, "name", book.name.upper()))
    session.commit()  # two left the list, which is loaded for that
    assert [book.name for book in left.books] == ["C"]
    assert names(client, Book) == ["C", "a", "b"]

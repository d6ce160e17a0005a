"""Objects that take the ids of others: of their key, and of what is deleted."""

from __future__ import annotations

from uuid import UUID

import pytest

from tests.session.library_models import Page
from weaviate_orm import Client, FlushError, Session, Status, inspect
from weaviate_orm.testing import recorded_requests


def test_a_deleted_object_that_is_added_again_takes_the_id_of_its_key(client: Client, session: Session) -> None:
    page, given = Page(url="a"), Page(url="b", id=UUID(int=3))
    session.add_all([page, given])
    session.commit()
    for each in (page, given):
        session.delete(each)
    session.commit()
    page.url, given.url = "c", "d"
    session.add_all([page, given])
    session.commit()
    assert page.id == Page(url="c").id
    assert given.id == UUID(int=3)
    with Session(client) as other:
        assert {found.id for found in other.query(Page)} == {page.id, given.id}


def test_a_new_object_takes_the_place_of_one_deleted_by_the_same_commit(client: Client, session: Session) -> None:
    old = Page(url="a", text="old", vector=[1.0, 2.0])
    session.add_all([old, Page(url="b")])
    session.commit()
    session.delete(old)
    new = Page(url="a", text="new")
    session.add(new)
    with recorded_requests(client) as requests:
        session.commit()
    assert [request.method for request in requests] == ["POST"]
    assert (inspect(old).status, inspect(new).status) == (Status.DELETED, Status.PERSISTENT)
    assert session.get(Page, new.id) is new
    with Session(client) as other:
        found = other.query(Page).with_vector().get(new.id)
        assert (found.text, found.vector) == ("new", None)
        assert other.query(Page).count() == 2

    session.delete(new)
    bad = Page(url="a", text="bad", vector=[1.0, 2.0, 3.0])
    session.add(bad)
    with pytest.raises(FlushError) as caught:
        session.commit()
    assert [failure.object for failure in caught.value.failures] == [bad]
    assert (session.new, session.deleted) == ((bad,), (new,))
    session.expunge(bad)
    session.commit()
    assert session.query(Page).one().url == "b"

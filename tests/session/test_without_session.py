"""Queries outside of every session: their objects are detached, and what they write is stored."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.session.library_models import Page
from weaviate_orm import Client, DetachedError, Session, Status, configure, inspect
from weaviate_orm.testing import recorded_requests


@pytest.fixture
def pages(client: Client, session: Session) -> Iterator[Client]:
    """The client as the one by default, with two pages stored and no session around."""
    session.add_all([Page(url="a", text="one", vector=[1.0, 0.0]), Page(url="b", text="two", vector=[0.0, 1.0])])
    session.commit()
    session.__exit__(None, None, None)
    configure(client)
    yield client
    configure(None)
    session.__enter__()


def test_objects_are_detached_and_can_be_added_to_a_session(pages: Client) -> None:
    page = Page.query.get(url="a")
    assert inspect(page).status is Status.DETACHED
    page.text = "changed"
    with Session(pages) as session:
        session.add(page)
        session.commit()
    assert Page.query.get(url="a").text == "changed"


def test_what_was_not_loaded_raises(pages: Client) -> None:
    for page in (Page.query.first(), Page.query.hits()[0].object, *Page.query.iterator(1), *Page.query.all()):
        assert page is not None
        with recorded_requests(pages) as requests, pytest.raises(DetachedError, match="with_vector"):
            page.vector  # noqa: B018
        assert requests == []


def test_within_an_iteration_values_load(pages: Client) -> None:
    assert sorted(page.vector or [] for page in Page.query.iterator(1)) == [[0.0, 1.0], [1.0, 0.0]]  # type: ignore[type-var]


def test_an_object_that_is_updated_or_created_is_stored(pages: Client) -> None:
    page, is_new = Page.query.update_or_create(url="a", defaults={"text": "updated"})
    assert (page.text, is_new) == ("updated", False)
    with recorded_requests(pages) as requests:
        Page.query.update_or_create(url="a", defaults={"text": "updated"})
    assert [request.method for request in requests] == ["POST"]  # nothing to write
    created, is_new = Page.query.update_or_create(url="c", defaults={"text": "new"})
    assert (created.text, is_new) == ("new", True)
    assert {page.url: page.text for page in Page.query} == {"a": "updated", "b": "two", "c": "new"}
    assert Page.query.where(url="b").update(text="of many") == 1
    assert Page.query.get(url="b").text == "of many"
    assert Page.query.get_or_create(url="c")[0].text == "new"
    assert Page.query.where(url="c").delete() == 1
    assert Page.query.count() == 2

"""``created_at`` and ``updated_at`` of objects."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone

import pytest

from tests.session.library_models import Author
from weaviate_orm import Client, DetachedError, NotFoundError, NotLoadedError, Session, ValidationError, inspect
from weaviate_orm.testing import recorded_requests


def _server_times(client: Client, author: Author) -> tuple[datetime, datetime]:
    body = client.data_object.get_by_id(author.id, class_name=Author.__mapper__.collection_name)
    assert body is not None
    created, updated = (
        datetime.fromtimestamp(body[key] / 1000, timezone.utc) for key in ("creationTimeUnix", "lastUpdateTimeUnix")
    )
    return created, updated


def test_an_object_that_is_not_stored_has_none(session: Session) -> None:
    author = Author(name="Ada")
    assert [author.created_at, author.updated_at] == [None, None]
    session.add(author)
    assert [author.created_at, author.updated_at] == [None, None]
    session.commit()
    assert author.created_at is not None
    session.delete(author)
    session.commit()
    assert [author.created_at, author.updated_at] == [None, None]


def test_they_load_for_all_objects_that_came_together(client: Client, session: Session) -> None:
    session.add_all(Author(name=f"{number}") for number in range(5))
    session.commit()
    for read in (session.query(Author).all, session.query(Author).order_by("name").all):
        session.close()
        authors = read()
        expected = [_server_times(client, author) for author in authors]
        with recorded_requests(client) as requests:
            assert [(author.created_at, author.updated_at) for author in authors] == expected
        assert len(requests) == 1
        assert datetime.now(timezone.utc) - expected[0][0] < timedelta(hours=1)


def test_what_is_known_is_not_asked_for(client: Client, session: Session) -> None:
    author = Author(name="Ada")
    session.add(author)
    session.commit()
    session.close()
    loaded = session.get(Author, author.id)
    assert loaded is not None
    (hit,) = session.query(Author).with_metadata("created_at", "updated_at").hits()
    with recorded_requests(client) as requests:
        assert (loaded.created_at, loaded.updated_at) == (hit.created_at, hit.updated_at)
        assert inspect(loaded).created_at == loaded.created_at
    assert requests == []


def test_hits_bring_what_they_tell(client: Client, session: Session) -> None:
    session.add_all([Author(name="Ada"), Author(name="Bob")])
    session.commit()
    session.close()
    hits = session.query(Author).with_metadata("created_at").hits()
    with recorded_requests(client) as requests:
        assert [hit.object.created_at for hit in hits] == [hit.created_at for hit in hits]
        assert requests == []
        assert [hit.object.updated_at for hit in hits] == [_server_times(client, hit.object)[1] for hit in hits]
    assert len(requests) == 1 + 2  # one for both, and two of this test


def test_a_change_makes_the_last_update_unknown(client: Client, session: Session) -> None:
    author = Author(name="Ada")
    session.add(author)
    session.commit()
    created = author.created_at
    author.name = "Eve"
    session.commit()
    with recorded_requests(client) as requests:
        assert author.created_at == created
        assert requests == []
        assert (author.created_at, author.updated_at) == _server_times(client, author)
    assert len(requests) == 2


def test_what_cannot_be_loaded_says_so(session: Session) -> None:
    author = Author(name="Ada")
    session.add(author)
    session.commit()
    session.close()
    with pytest.raises(DetachedError, match=r"created_at is not loaded, and the object belongs to no open session"):
        _ = author.created_at
    refusing = session.query(Author).raiseload().one()
    with pytest.raises(NotLoadedError, match=r"updated_at is not loaded, and the query .* refuses"):
        _ = refusing.updated_at
    with Session(session.client) as other:
        again = other.query(Author).one()
        session.query(Author).delete()
        with pytest.raises(NotFoundError, match="not on the server any more"):
            _ = again.created_at


def test_they_are_not_assigned() -> None:
    author = Author(name="Ada")
    with pytest.raises(ValidationError, match=r"created_at is the server's, and cannot be assigned") as caught:
        author.created_at = datetime.now(timezone.utc)
    assert (caught.value.instance, caught.value.field) == (author, "created_at")

"""Where objects stand, the moves between, and the calls that make them: expunge, expire, merge, inspect."""

from __future__ import annotations

import gc
import itertools
import pickle
from datetime import datetime, timezone
from uuid import uuid4

import pytest

from tests.session.library_models import Article, Author, Page, Publication
from weaviate_orm import (
    NOT_LOADED,
    Change,
    Client,
    FlushError,
    NotFoundError,
    Session,
    SessionError,
    Status,
    UnknownNameError,
    inspect,
)
from weaviate_orm.model.state import MOVES, State
from weaviate_orm.testing import recorded_requests

HELD = [status for status in Status if status is not Status.DIRTY]


@pytest.mark.parametrize(("before", "after"), list(itertools.product(HELD, HELD)))
def test_only_declared_moves_are_made(before: Status, after: Status) -> None:
    state = State()
    state.status = before
    if after in MOVES[before]:
        state.move(after)
        assert state.status is after
    else:
        with pytest.raises(SessionError, match=f"{before.value} cannot become {after.value}; it can become "):
            state.move(after)
        assert state.status is before


def test_each_state_can_be_reached_and_left() -> None:
    assert set(MOVES) == set(HELD)
    assert set().union(*MOVES.values()) == set(HELD)


def test_the_life_of_an_object(client: Client, session: Session) -> None:
    author = Author(name="Ada")

    def status() -> Status:
        return inspect(author).status

    assert status() is Status.TRANSIENT
    session.add(author)
    assert status() is Status.PENDING
    session.commit()
    assert status() is Status.PERSISTENT
    author.name = "Bo"
    assert status() is Status.DIRTY
    author.name = "Ada"
    assert status() is Status.PERSISTENT
    session.expunge(author)
    assert status() is Status.DETACHED
    session.add(author)
    assert status() is Status.PERSISTENT
    session.delete(author)
    session.commit()
    assert status() is Status.DELETED
    session.add(author)
    assert status() is Status.PENDING
    session.rollback()
    assert status() is Status.TRANSIENT


def test_inspect_says_what_is_pending_and_asks_nothing(client: Client, session: Session) -> None:
    ada, bo = Author(name="Ada"), Author(name="Bo")
    session.add_all([Article(title="A", tags=["a"], authors=[ada]), bo])
    session.commit()
    with Session(client) as other:
        article = other.query(Article).include("authors").one()
        stored_bo = other.query(Author).where(name="Bo").one()
        article.title = "B"
        article.tags.append("b")
        article.authors.append(stored_bo)
        article.publication = other.merge(Publication(name="Vogue"))
        article.vector = [1.0, 2.0]
        with other.no_autoflush, recorded_requests(client) as requests:
            found = inspect(article)
        assert requests == []
    assert article.publication is not None
    assert found.status is Status.DIRTY
    assert found.id == article.id
    assert found.session is other
    assert found.loaded >= {"title", "tags", "authors", "publication"}
    assert "about" not in found.loaded
    assert found.changes["title"] == Change("A", "B")
    assert found.changes["tags"] == Change(["a"], ["a", "b"])
    assert found.changes["authors"] == Change([ada.id], [ada.id, bo.id])
    assert found.changes["publication"] == Change(NOT_LOADED, [article.publication.id])
    assert found.changes["vector"] == Change(NOT_LOADED, [1.0, 2.0])
    with pytest.raises(SessionError, match="takes instances of models"):
        inspect("article")  # type: ignore[arg-type]


def test_inspect_knows_the_last_error_until_a_flush_succeeds(session: Session) -> None:
    session.add(Author(name="good", vector=[1.0, 2.0]))
    session.commit()
    bad = Author(name="bad", vector=[1.0])
    session.add(bad)
    with pytest.raises(FlushError) as caught:
        session.commit()
    assert inspect(bad).error is caught.value.failures[0].reason
    bad.vector = None
    session.commit()
    assert inspect(bad).error is None


def test_times_are_known_where_the_server_said_them(client: Client, session: Session) -> None:
    before = datetime.now(timezone.utc)
    author = Author(name="Ada")
    session.add(author)
    session.commit()
    assert inspect(author).created_at is None
    session.refresh(author)
    created, updated = inspect(author).created_at, inspect(author).updated_at
    assert created == updated
    assert created is not None
    assert abs((created - before).total_seconds()) < 60
    author.name = "Bo"
    session.commit()
    assert inspect(author).created_at == created
    assert inspect(author).updated_at is None
    with Session(client) as other:
        found = other.get(Author, author.id)
        assert found is not None
        again = inspect(found).updated_at
        assert again is not None
        assert again >= created


def test_expunge_lets_go_what_is_pending(client: Client, session: Session) -> None:
    stored, new, deleted = (Author(name=name) for name in ("stored", "new", "deleted"))
    session.add_all([stored, deleted])
    session.commit()
    stored.name = "changed"
    session.delete(deleted)
    session.add(new)
    assert set(session) == {stored, new, deleted}
    for each in (stored, new, deleted):
        session.expunge(each)
        assert each not in session
    with recorded_requests(client) as requests:
        session.commit()
    assert requests == []
    assert session.query(Author).count() == 2
    session.add(stored)
    session.commit()  # the change was detached with its object, and comes back with it
    with Session(client) as other:
        assert {author.name for author in other.query(Author)} == {"changed", "deleted"}
    with pytest.raises(SessionError, match="not in this session"):
        session.expunge(new)


def test_a_detached_object_brings_its_vector_back(client: Client, session: Session) -> None:
    author = Author(name="Ada", vector=[1.0, 2.0])
    session.add(author)
    session.commit()
    session.expunge(author)
    author.vector = [3.0, 4.0]
    copied = pickle.loads(pickle.dumps(author))
    session.add(copied)
    session.commit()
    with Session(client) as other:
        assert other.query(Author).with_vector().one().vector == [3.0, 4.0]


def test_expired_values_load_together_when_one_is_read(client: Client, session: Session) -> None:
    session.add_all(Article(title=f"Article {number}", url="u", tags=["a"]) for number in range(3))
    session.commit()
    articles = session.query(Article).all()
    with Session(client) as other:
        for article in other.query(Article):
            article.title += " (2nd)"
        other.commit()
    articles[0].url = "forgotten"
    session.expire_all()
    assert session.dirty == ()
    assert inspect(articles[0]).loaded == frozenset()
    with recorded_requests(client) as requests:
        assert all(article.title.endswith("(2nd)") for article in articles)
        assert [article.url for article in articles] == ["u"] * 3
        assert [article.tags for article in articles] == [["a"]] * 3
    assert len(requests) == 1


def test_single_attributes_expire(client: Client, session: Session) -> None:
    article = Article(title="A", url="u", authors=[Author(name="Ada")])
    session.add(article)
    session.commit()
    article.title, article.url = "B", "v"
    article.authors.clear()
    session.expire(article, "title", "authors")
    assert [author.name for author in article.authors] == ["Ada"]
    assert article.title == "A"
    assert set(inspect(article).changes) == {"url"}
    with pytest.raises(UnknownNameError, match="did you mean 'title'"):
        session.expire(article, "titel")
    with pytest.raises(SessionError, match="not stored by this session"):
        session.expire(Article(title="new"))


def test_an_expired_object_that_is_gone_says_so(client: Client, session: Session) -> None:
    author = Author(name="Ada")
    session.add(author)
    session.commit()
    client.data_object.delete(author.id, "TestLibraryAuthor")
    session.expire(author)
    with pytest.raises(NotFoundError, match="not on the server any more"):
        author.name  # noqa: B018


@pytest.mark.wire("graphql")  # gRPC takes a request for each class of a reference to several
def test_merge_takes_over_a_detached_graph_by_one_query_a_class(client: Client, session: Session) -> None:
    vogue = Publication(name="Vogue")
    articles = [Article(title=f"Article {number}", publication=vogue) for number in range(3)]
    vogue.articles = articles
    session.add(vogue)
    session.commit()
    session.close()
    vogue.name = "Vogue 2"
    articles[1].tags.append("new")
    with Session(client) as other:
        with recorded_requests(client) as requests:
            merged = other.merge(vogue)
        assert len(requests) == 2
        assert merged is not vogue
        assert merged in other
        assert vogue not in other
        assert merged is other.get(Publication, vogue.id)
        assert {id(each) for each in other.dirty} == {id(merged), id(merged.articles[1])}  # the references are equal
        other.commit()
    with Session(client) as other:
        found = other.query(Publication).include("articles").one()
        assert found.name == "Vogue 2"
        assert [article.title for article in found.articles] == ["Article 0", "Article 1", "Article 2"]
        assert found.articles[1].tags == ["new"]


def test_merge_of_what_is_loaded_writes_only_the_difference(client: Client, session: Session) -> None:
    session.add(Page(url="a", text="old"))
    session.commit()
    held = session.query(Page).one()
    with recorded_requests(client) as requests:
        assert session.merge(Page(url="a", text="old")) is held
        session.commit()
        assert requests == []
        assert session.merge(Page(url="a", text="new")) is held
        assert session.merge(held) is held
        session.commit()
    assert [request.method for request in requests] == ["PATCH"]


def test_merge_of_a_transient_object_erases_no_reference(client: Client, session: Session) -> None:
    author = Author(name="Ada", mentor=Author(name="Bo"), vector=[1.0, 2.0])
    session.add(author)
    session.commit()
    gone = author.id
    session.close()
    with Session(client) as other:
        merged = other.merge(Author(id=gone, name="Ada B."))
        other.commit()
        assert merged.mentor is not None
        assert merged.mentor.name == "Bo"
        assert merged.vector == [1.0, 2.0]
    with Session(client) as other:
        assert {author.name for author in other.query(Author)} == {"Ada B.", "Bo"}


def test_merge_stores_what_is_new_and_refuses_what_is_gone(client: Client, session: Session) -> None:
    new = Author(name="Ada", mentor=Author(name="Bo"))
    merged = session.merge(new)
    assert merged is not new
    assert len(session.new) == 2
    session.commit()
    assert merged.mentor is not None
    assert merged.mentor.name == "Bo"
    assert inspect(new).status is Status.TRANSIENT
    session.expunge(merged)
    client.data_object.delete(merged.id, "TestLibraryAuthor")
    with pytest.raises(NotFoundError, match="not on the server any more"):
        session.merge(merged)
    assert session.merge(Author(id=uuid4(), name="given id")) in session.new


def test_a_held_object_keeps_what_it_was_compared_with(session: Session) -> None:
    session.add(Article(title="A"))
    session.commit()
    article = session.query(Article).one()
    article.title = "B"
    identity = id(article)
    del article
    gc.collect()
    assert [id(each) for each in session.dirty] == [identity]

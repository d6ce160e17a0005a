"""References that cannot be as they are: what is refused, and what is no reason to."""

from __future__ import annotations

import pytest

from tests.session.library_models import Article, Author, Publication
from weaviate_orm import Client, Session, SessionError, ValidationError, inspect
from weaviate_orm.testing import recorded_requests


def test_a_reference_to_what_another_session_has_yet_to_store_is_refused(client: Client, session: Session) -> None:
    pending, stored = Author(name="Ada"), Author(name="Bo")
    session.add(stored)
    session.commit()
    session.add(pending)
    with Session(client) as other:
        article = Article(title="A", authors=[stored])
        other.add(article)
        other.commit()
        article.authors.append(pending)
        with (
            recorded_requests(client) as requests,
            pytest.raises(SessionError, match="another session has yet to store"),
        ):
            other.commit()
        with pytest.raises(SessionError, match="another session has yet to store"):
            other.bulk_insert([Article(title="B", authors=[pending])])
        assert requests == []
        session.commit()
        other.commit()
    assert session.query(Article).include("authors").one().authors == [stored, pending]


def test_a_reference_that_a_deletion_leaves_dangling_is_no_obstacle(client: Client, session: Session) -> None:
    ada, bo, cy = (Author(name=name) for name in ("Ada", "Bo", "Cy"))
    article = Article(title="A", authors=[ada, bo])
    session.add_all([article, cy])
    session.commit()
    for author in article.authors[:1]:
        session.delete(author)
    session.commit()
    assert session.dirty == ()
    session.add(Author(name="unrelated"))
    session.commit()
    article.title = "B"
    article.authors.append(cy)
    with recorded_requests(client) as requests:
        session.commit()
    assert [request.method for request in requests] == ["PATCH", "POST"]
    with Session(client) as other:
        found = other.query(Article).include("authors").one()
        assert (found.title, [author.name for author in found.authors]) == ("B", ["Bo", "Cy"])
    article.authors.reverse()  # sets them all, the deleted one too
    with pytest.raises(SessionError, match="which is deleted; take it out"):
        session.commit()
    change = inspect(article).changes["authors"]  # asks nothing, and refuses nothing
    assert (change.old, change.new) == ([ada.id, bo.id, cy.id], [cy.id, bo.id, ada.id])
    article.authors.remove(ada)
    session.commit()
    session.expire(article)
    assert article.authors == [cy, bo]


def test_what_is_no_object_in_a_list_of_references_is_refused_by_the_commit(client: Client, session: Session) -> None:
    for wrong in ("Ada", None, Publication(name="Vogue")):
        article = Article(title="A")
        article.authors.append(wrong)  # type: ignore[arg-type]
        session.add(article)
        with recorded_requests(client) as requests, pytest.raises(ValidationError, match="authors refers to Author"):
            session.commit()
        assert requests == []
        article.authors.clear()
        session.commit()
        article.authors.append(wrong)  # type: ignore[arg-type]
        with pytest.raises(ValidationError, match="authors refers to Author"):
            session.commit()
        session.rollback()
        assert article.authors == []


def test_what_a_detached_object_refers_to_joins_the_session_with_it(client: Client, session: Session) -> None:
    ada, bo = Author(name="Ada"), Author(name="Bo")
    ada.mentor, bo.mentor = bo, ada
    article = Article(title="A", authors=[ada])
    session.add(article)
    session.commit()
    session.close()
    with Session(client) as other:
        other.add(article)
        assert ada in other
        assert bo in other
        assert other.dirty == ()
        bo.name = "Bo, changed"
        with recorded_requests(client) as requests:
            other.commit()
        assert [request.method for request in requests] == ["PATCH"]
    with Session(client) as other:
        held = other.query(Author).where(name="Ada").one()
        other.add(article)  # the session's own Ada stays the one of her id
        assert ada not in other
        assert held in other
        added = Article(title="B", about=[bo])
        bo.name = "Bo, again"
        other.add(added)
        other.commit()
    names = {author.name for author in session.query(Author)}
    assert names == {"Ada", "Bo, again"}

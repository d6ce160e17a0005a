"""The life of objects in a session, against the real server."""

from __future__ import annotations

import copy
import gc
import pickle
from datetime import datetime, timedelta, timezone
from typing import Any
from uuid import UUID, uuid4

import pytest

from tests.session.library_models import Article, Author, Page, Publication
from weaviate_orm import (
    Client,
    DetachedError,
    Field,
    FlushError,
    GeoCoordinates,
    Model,
    NotFoundError,
    Ref,
    Session,
    SessionError,
    Status,
    ValidationError,
    create_all,
    drop_all,
    field,
    inspect,
)
from weaviate_orm.testing import recorded_requests


def test_one_commit_stores_a_cyclic_graph_and_it_comes_back_equal(client: Client, session: Session) -> None:
    born = datetime(1815, 12, 10, tzinfo=timezone(timedelta(hours=1)))
    vogue = Publication(name="Vogue", headquarters=GeoCoordinates(40.7, -74.0))
    ada = Author(name="Ada", born=born, writes_for=vogue)
    ada.mentor = ada
    article = Article(title="On engines 😀", tags=["a", ""], authors=[ada, Author(name="Bo")], publication=vogue)
    article.about = [ada, vogue]
    vogue.articles.append(article)
    session.add(article)
    assert len(session.new) == 4
    session.commit()
    assert (*session.new, *session.dirty, *session.deleted) == ()

    with Session(client) as other:
        found = other.query(Article).include("authors__writes_for", "authors__mentor", "publication", "about").one()
        assert found is not article
        assert (found.id, found.title, found.tags, found.url) == (article.id, article.title, article.tags, "")
        assert [author.name for author in found.authors] == ["Ada", "Bo"]
        again = found.authors[0]
        assert again.born == born
        assert again.mentor is again
        assert again.writes_for is found.publication
        assert found.about == [again, found.publication]
        assert found.publication is not None
        assert found.publication.headquarters == GeoCoordinates(40.7, -74.0)
        assert found.publication.articles == [found]


@pytest.mark.wire("graphql")  # it names requests of HTTP
def test_a_commit_takes_the_fewest_requests(client: Client, session: Session) -> None:
    small = Session(client, batch_size=10)
    authors = [Author(name=f"Author {number}") for number in range(23)]
    articles = [Article(title=f"Article {number}", authors=authors[:3]) for number in range(12)]
    with recorded_requests(client) as requests:
        small.add_all([*authors, *articles])
        small.commit()
        small.commit()
    assert [request.url.rpartition("/v1")[2] for request in requests].count("/batch/objects") == 4  # ceil(35 / 10)
    assert [request.url.rpartition("/v1")[2] for request in requests].count("/batch/references") == 4  # ceil(36 / 10)
    assert len(requests) == 8


def test_identity_is_one_object_for_one_id(session: Session) -> None:
    session.add(Author(name="Ada"))
    session.commit()
    first = session.query(Author).one()
    assert session.query(Author).one() is first
    assert session.get(Author, first.id) is first
    assert session.get(Author, str(first.id)) is first
    assert first in session
    assert Author(name="Bo") not in session


def test_get_asks_once_and_knows_what_is_missing(client: Client, session: Session) -> None:
    author = Author(name="Ada")
    session.add(author)
    session.commit()
    with Session(client) as other, recorded_requests(client) as requests:
        assert other.get(Author, author.id) is other.get(Author, author.id) is not None
        assert len(requests) == 1
        assert other.get(Author, uuid4()) is None
        with pytest.raises(SessionError, match="no UUID"):
            other.get(Author, "nonsense")


def test_only_changes_are_written(client: Client, session: Session) -> None:
    article = Article(title="Old", word_count=2**40, tags=["a"], authors=[Author(name="Ada")])
    session.add(article)
    session.commit()
    with Session(client) as other:
        found = other.query(Article).only("title").one()
        found.title = "Old"
        assert [*other.dirty] == []
        found.title = "New"
        assert [*other.dirty] == [found]
        with recorded_requests(client) as requests:
            other.commit()
            other.commit()
        (merge,) = requests
        assert merge.method == "PATCH"
        assert merge.body is not None
        assert b"Old" not in merge.body
        assert b"tags" not in merge.body
        assert b"authors" not in merge.body
    with Session(client) as other:
        found = other.query(Article).include("authors").one()
        assert (found.title, found.word_count, found.tags) == ("New", 2**40, ["a"])
        assert [author.name for author in found.authors] == ["Ada"]


def test_changes_inside_lists_are_found_even_of_objects_nobody_holds(client: Client, session: Session) -> None:
    session.add_all(Article(title=f"Article {number}", tags=["a"]) for number in range(5))
    session.commit()
    with Session(client) as other:
        for article in other.query(Article):
            article.tags.append("b")
        gc.collect()
        assert len(other.dirty) == 5
        other.commit()
        assert [*other.dirty] == []
    with Session(client) as other:
        assert all(article.tags == ["a", "b"] for article in other.query(Article))


def test_changes_inside_lists_are_found_after_any_commit(client: Client, session: Session) -> None:
    tags, authors = ["a"], [Author(name="Ada")]
    article = Article(title="A", tags=tags, authors=authors)
    session.add(article)
    session.commit()
    for name in ("b", "c"):
        tags.append(name)
        authors.append(Author(name=name))
        session.commit()
    with Session(client) as other:
        found = other.query(Article).include("authors").one()
        assert found.tags == ["a", "b", "c"]
        assert [author.name for author in found.authors] == ["Ada", "b", "c"]
        held = found.tags
        other.commit()
        held.append("d")
        other.commit()
    session.refresh(article)
    assert article.tags == ["a", "b", "c", "d"]
    tags.append("not of the article any more")
    article.tags.append("e")
    session.rollback()
    assert article.tags == ["a", "b", "c", "d"]


def test_a_copy_is_the_same_object_outside_of_every_session(client: Client, session: Session) -> None:
    article = Article(title="A", tags=["a"])
    unsaved = pickle.loads(pickle.dumps(article))
    session.add(article)
    session.commit()
    saved = pickle.loads(pickle.dumps(article))
    assert (saved.id, saved.title, saved.tags) == (article.id, "A", ["a"])
    assert saved not in session
    with pytest.raises(SessionError, match="holds another object"):
        session.add(saved)
    with Session(client) as other:
        other.add(saved)
        assert other.dirty == ()
        saved.title = "B"
        other.commit()
        other.add(unsaved)
        other.commit()
        assert other.query(Article).count() == 2
    assert copy.copy(article).tags is article.tags
    assert copy.deepcopy(article).tags is not article.tags


def test_objects_nobody_holds_are_let_go(session: Session) -> None:
    session.add_all((Author(name=f"Author {number}") for number in range(50)), flush_every=20)
    gc.collect()
    assert list(session) == []
    assert session.query(Author).count() == 50


def test_none_is_written_and_is_not_the_same_as_not_loaded(client: Client, session: Session) -> None:
    article = Article(title="A", word_count=3, publication=Publication(name="Vogue"))
    session.add(article)
    session.commit()
    article.word_count = None
    article.publication = None
    session.commit()
    with Session(client) as other:
        found = other.query(Article).include("publication").one()
        assert found.word_count is None
        assert found.publication is None


def test_references_follow_every_change_of_their_list(client: Client, session: Session) -> None:
    ada, bo, cy, di = (Author(name=name) for name in ("Ada", "Bo", "Cy", "Di"))
    article = Article(title="A", authors=[ada, bo, cy])
    session.add_all([article, di])
    session.commit()

    def stored() -> list[str]:
        with Session(client) as other:
            return [author.name for author in other.query(Article).include("authors").one().authors]

    assert stored() == ["Ada", "Bo", "Cy"]
    for change, names, count in (
        (lambda: article.authors.remove(bo), ["Ada", "Cy"], 1),
        (lambda: article.authors.append(di), ["Ada", "Cy", "Di"], 1),
        (lambda: article.authors.reverse(), ["Di", "Cy", "Ada"], 1),
        (lambda: setattr(article, "authors", [bo]), ["Bo"], 1),
        (lambda: article.authors.extend([ada, Author(name="Ed")]), ["Bo", "Ada", "Ed"], 2),
        (lambda: article.authors.clear(), [], 1),
        (lambda: article.authors.extend([ada, bo, cy, di]), ["Ada", "Bo", "Cy", "Di"], 1),
        (lambda: article.authors.__delitem__(slice(1, 3)), ["Ada", "Di"], 1),
        (lambda: setattr(article, "authors", [di, cy]), ["Di", "Cy"], 1),
    ):
        change()  # type: ignore[no-untyped-call]
        with recorded_requests(client) as requests:
            session.commit()
        assert len(requests) == count
        assert stored() == names


def test_edits_of_one_object_do_not_undo_each_other(client: Client, session: Session) -> None:
    authors = [Author(name=f"Author {number}") for number in range(4)]
    articles = [Article(title="A", authors=list(authors), about=list(authors)) for _ in range(20)]
    session.add_all(articles)
    session.commit()
    session.close()
    with Session(client, workers=8) as busy:
        for article in articles:
            busy.add(article)
            article.title = "B"
            article.authors.remove(authors[0])
            article.about.reverse()
            article.publication = Publication(name="Vogue")
        busy.commit()
    with Session(client) as other:
        for article in other.query(Article).include("authors", "about", "publication"):
            assert article.title == "B"
            assert [author.name for author in article.authors] == ["Author 1", "Author 2", "Author 3"]
            assert [each.name for each in article.about] == [f"Author {number}" for number in (3, 2, 1, 0)]
            assert article.publication is not None


def test_references_that_are_cleared_go_with_the_merge(client: Client, session: Session) -> None:
    article = Article(title="A", authors=[Author(name="Ada")], publication=Publication(name="Vogue"))
    session.add(article)
    session.commit()
    article.title = "B"
    article.authors = []
    article.publication = None
    with recorded_requests(client) as requests:
        session.commit()
        session.commit()
    assert [request.method for request in requests] == ["PATCH"]
    with Session(client) as other:
        found = other.query(Article).include("authors", "publication").one()
        assert (found.title, found.authors, found.publication) == ("B", [], None)


def test_a_reference_may_be_assigned_without_being_loaded(client: Client, session: Session) -> None:
    session.add(Article(title="A", authors=[Author(name="Ada")], publication=Publication(name="Vogue")))
    session.commit()
    with Session(client) as other:
        found = other.query(Article).one()
        with recorded_requests(client) as requests:
            found.publication = Publication(name="Wired")
            other.commit()
        assert len(requests) == 2  # the new publication, and the reference replaced
    with Session(client) as other:
        found = other.query(Article).include("publication", "authors").one()
        assert found.publication is not None
        assert found.publication.name == "Wired"
        assert len(found.authors) == 1


def test_what_is_not_loaded_loads_for_all_that_came_with_it(client: Client, session: Session) -> None:
    vogue = Publication(name="Vogue")
    articles = [
        Article(title=f"{n}", tags=[str(n)], authors=[Author(name=f"{n}")], publication=vogue) for n in range(20)
    ]
    session.add_all(articles)
    session.commit()
    with Session(client) as other:
        found = other.query(Article).only("title").all()
        with recorded_requests(client) as requests:
            assert [[author.name for author in article.authors] for article in found] == [[a.title] for a in found]
            assert len(requests) == 1
            assert [article.tags for article in found] == [[article.title] for article in found]
            assert len(requests) == 2
            assert {article.publication.name for article in found if article.publication} == {"Vogue"}
            assert len(requests) == 3
        assert other.dirty == ()


def test_a_closed_session_leaves_objects_readable_and_says_what_is_missing(client: Client, session: Session) -> None:
    session.add(Article(title="A", authors=[Author(name="Ada")]))
    session.commit()
    with Session(client) as other:
        found = other.query(Article).one()
    assert found.title == "A"
    with pytest.raises(DetachedError, match=r"authors is not loaded.*include\(\)") as caught:
        _ = found.authors
    assert caught.value.instance is found
    assert caught.value.field == "authors"
    session.add(found)  # joins this session, and can load again
    assert [author.name for author in found.authors] == ["Ada"]


def test_deleting(client: Client, session: Session) -> None:
    authors = [Author(name=f"Author {number}") for number in range(30)]
    session.add_all(authors)
    session.commit()
    with recorded_requests(client) as requests:
        for author in authors[:29]:
            session.delete(author)
        assert len(session.deleted) == 29
        session.commit()
    assert len(requests) == 1
    assert [author.id for author in session.query(Author)] == [authors[29].id]
    assert authors[0] not in session
    pending = Author(name="never stored")
    session.add(pending)
    session.delete(pending)
    assert session.new == ()
    session.add(authors[0])  # stored anew
    session.commit()
    assert session.query(Author).count() == 2
    with pytest.raises(SessionError, match="not in this session"):
        session.delete(Author(name="unknown"))


def test_rollback_forgets_what_is_pending_and_restores_what_was_loaded(client: Client, session: Session) -> None:
    stored = Article(title="A", tags=["a"], authors=[Author(name="Ada")])
    session.add(stored)
    session.commit()
    stored.title = "B"
    stored.tags.append("b")
    stored.authors.clear()
    new = Author(name="Bo")
    session.add(new)
    session.rollback()
    with recorded_requests(client) as requests:
        session.commit()
    assert requests == []
    assert (stored.title, stored.tags) == ("A", ["a"])
    assert [author.name for author in stored.authors] == ["Ada"]
    assert new not in session
    session.delete(stored)
    session.rollback()
    assert session.deleted == ()
    assert session.query(Article).count() == 1


def test_rollback_and_dirty_take_what_a_commit_refuses(client: Client, session: Session) -> None:
    article, other = Article(title="A", tags=["a"], vector=[1.0, 0.0]), Article(title="B")
    session.add_all([article, other, gone := Author(name="Ada")])
    session.commit()
    session.delete(gone)
    session.commit()
    article.tags.append(3)  # type: ignore[arg-type]
    article.vector = ["one"]  # type: ignore[list-item]
    other.authors = [gone]
    for _ in range(2):
        with recorded_requests(client) as requests, pytest.raises((ValidationError, SessionError)):
            session.commit()
        assert requests == []
        assert {*session.dirty} == {article, other}
    session.rollback()
    assert session.dirty == ()
    assert (article.tags, article.vector, other.authors) == (["a"], [1.0, 0.0], [])
    article.vector = ["one"]  # type: ignore[list-item]
    with pytest.raises(ValidationError, match="number 0 is 'one'"):
        session.commit()


def test_what_the_class_needs_and_the_server_lacks_is_no_obstacle(client: Client, session: Session) -> None:
    class Caption(Model):
        text: Field[str]
        note: Field[str | None] = field(default=None)
        of: Ref[Publication]

        class Meta:
            name = "TestLibraryCaption"

    drop_all(client, [Caption])
    create_all(client, [Caption])
    client.data_object.create({}, "TestLibraryCaption")
    caption: Any = session.query(Caption).one()
    assert caption.text is None
    assert caption.of is None
    assert session.dirty == ()
    caption.note = "another program stored it without"
    session.commit()
    with Session(client) as other:
        merged = other.merge(caption)
        other.commit()
        assert (merged.text, merged.of) == (None, None)
    with pytest.raises(ValidationError, match="text needs a value"):
        caption.text = None
    with pytest.raises(ValidationError, match="of needs an object"):
        caption.of = None
    caption.text, caption.of = "a text", Publication(name="Vogue")
    session.commit()
    with Session(client) as other:
        found = other.query(Caption).include("of").one()
        assert (found.text, found.of.name, found.note) == ("a text", "Vogue", caption.note)
    drop_all(client, [Caption])


def test_refresh_takes_what_the_server_has(client: Client, session: Session) -> None:
    article = Article(title="A")
    session.add(article)
    session.commit()
    with Session(client) as other:
        found = other.query(Article).one()
        found.title = "B"
        found.publication = Publication(name="Vogue")
        other.commit()
    article.title = "mine"
    session.refresh(article)
    assert article.title == "B"
    assert article.publication is not None
    assert session.dirty == ()
    with Session(client) as other:
        other.delete(other.query(Article).one())
        other.commit()
    with pytest.raises(NotFoundError, match="not on the server any more"):
        session.refresh(article)
    article.title = "mine"
    with pytest.raises(FlushError, match=r"merge Article .* is not on the server any more"):
        session.commit()
    article.authors = [Author(name="Ada")]
    with pytest.raises(FlushError) as caught:
        session.commit()
    assert {type(failure.reason) for failure in caught.value.failures} == {NotFoundError}
    with pytest.raises(SessionError, match="not stored by this session"):
        session.refresh(Article(title="new"))


def test_queries_flush_first_unless_told_not_to(session: Session) -> None:
    session.add(Author(name="Ada"))
    with session.no_autoflush:
        assert session.query(Author).count() == 0
    assert session.query(Author).count() == 1


def test_model_query_reads_through_the_session_around(client: Client, session: Session) -> None:
    session.add(Author(name="Ada"))
    found = Author.query.one()
    assert found in session
    found.name = "Bo"
    session.commit()
    with Session(client):
        assert Author.query.one().name == "Bo"


def test_keys_make_ids_that_follow_the_values_until_they_are_stored(session: Session) -> None:
    page = Page(url="a")
    before = page.id
    page.url = "b"
    assert page.id == Page(url="b").id != before
    session.add(page)
    session.commit()
    assert session.get(Page, Page(url="b").id) is page
    page.url = "c"
    with pytest.raises(ValidationError, match="part of the key"):
        session.commit()
    session.rollback()
    with pytest.raises(ValidationError, match="id of a stored object is fixed"):
        page.id = UUID(int=1)


def test_two_new_objects_of_one_key_are_refused_before_anything_is_sent(client: Client, session: Session) -> None:
    session.add_all([Page(url="a", text="1"), Page(url="a", text="2")])
    with recorded_requests(client) as requests, pytest.raises(ValidationError, match="the same url"):
        session.commit()
    assert requests == []
    session.rollback()
    held = Page(url="a")
    session.add(held)
    session.commit()
    session.add(Page(url="a"))
    with pytest.raises(SessionError, match="holds a stored object of the same id"):
        session.commit()


def test_an_id_may_be_given(session: Session) -> None:
    author = Author(name="Ada", id=UUID(int=7))
    session.add(author)
    session.commit()
    assert session.query(Author).get(UUID(int=7)) is author
    with pytest.raises(ValidationError, match=r"needs a uuid\.UUID"):
        Author(name="Ada", id="7")  # type: ignore[arg-type]


def test_an_object_belongs_to_one_session(client: Client, session: Session) -> None:
    author = Author(name="Ada")
    session.add(author)
    with Session(client) as other, pytest.raises(SessionError, match=r"another session; .* merge\(\)"):
        other.add(author)
    with pytest.raises(SessionError, match="instances of models"):
        session.add("author")  # type: ignore[arg-type]


def test_one_bad_object_among_a_thousand_is_reported_and_pending(client: Client, session: Session) -> None:
    authors = [Author(name=f"Author {number}", vector=[0.0, 1.0]) for number in range(1000)]
    authors[500].vector = [0.0, 1.0, 2.0]
    session.add_all(authors)
    with pytest.raises(FlushError, match="1 operation failed and is still pending") as caught:
        session.commit()
    (failure,) = caught.value.failures
    assert failure.object is authors[500]
    assert failure.operation == "create"
    assert "3" in str(failure.reason)
    assert session.new == (authors[500],)
    with session.no_autoflush:
        assert session.query(Author).count() == 999
    authors[500].vector = [1.0, 0.0]
    with recorded_requests(client) as requests:
        session.commit()
    assert len(requests) == 1
    assert session.query(Author).count() == 1000


def test_references_wait_for_an_object_that_failed(client: Client, session: Session) -> None:
    good = Author(name="good", vector=[1.0, 1.0])
    session.add(good)
    session.commit()
    bad = Author(name="bad", vector=[1.0])
    article = Article(title="A", authors=[good, bad])
    session.add(article)
    with pytest.raises(FlushError) as caught:
        session.commit()
    assert [(each.object, each.operation) for each in caught.value.failures] == [
        (bad, "create"),
        (article, "add reference"),
    ]
    with session.no_autoflush, Session(client) as other:
        assert [author.name for author in other.query(Article).include("authors").one().authors] == ["good"]
    bad.vector = None
    session.commit()
    with Session(client) as other:
        found = other.query(Article).include("authors").one()
        assert [author.name for author in found.authors] == ["good", "bad"]


def test_a_vector_is_not_taken_away_from_a_stored_object(session: Session) -> None:
    author, other = Author(name="Ada", vector=[1.0, 0.0]), Author(name="Bo")
    session.add_all([author, other])
    session.commit()
    with pytest.raises(ValidationError, match="vector cannot be None: Weaviate does not take a vector away"):
        author.vector = None
    assert author.vector == [1.0, 0.0]
    other.vector = [0.0, 1.0]
    other.vector = None  # it has none
    session.expire(author)
    with pytest.raises(ValidationError, match="vector cannot be None"):
        author.vector = None
    author.vector = [0.5, 0.5]
    session.expire(author, "vector")
    assert session.dirty == ()
    assert author.vector == [1.0, 0.0]


def test_a_new_object_takes_the_place_of_a_deleted_one_of_its_id(client: Client, session: Session) -> None:
    old = Page(url="https://example.org", text="old")
    session.add(old)
    session.commit()
    session.delete(old)
    new = Page(url="https://example.org", text="new")
    session.add(new)
    with recorded_requests(client) as requests:
        session.commit()
        session.commit()
    assert len(requests) == 1
    assert (inspect(old).status, inspect(new).status) == (Status.DELETED, Status.PERSISTENT)
    assert list(session) == [new]
    assert session.get(Page, new.id) is new
    with Session(client) as other:
        assert other.query(Page).one().text == "new"
    session.delete(new)
    session.commit()
    assert session.query(Page).count() == 0


def test_a_reference_to_a_deleted_object_is_refused(session: Session) -> None:
    author = Author(name="Ada")
    article = Article(title="A")
    session.add_all([article, author])
    session.commit()
    session.delete(author)
    session.commit()
    article.authors = []
    session.commit()
    article.authors = [author]
    with pytest.raises(SessionError, match="which is deleted"):
        session.commit()
    session.rollback()
    session.add(Article(title="B", authors=[author]))
    with pytest.raises(SessionError, match="which is deleted"):
        session.commit()


def test_wrong_references_are_refused() -> None:
    with pytest.raises(ValidationError, match="authors refers to Author, got Publication"):
        Article(title="A", authors=[Publication(name="Vogue")])  # type: ignore[list-item]
    with pytest.raises(ValidationError, match="publication refers to Publication, got str"):
        Article(title="A", publication="Vogue")  # type: ignore[arg-type]
    with pytest.raises(ValidationError, match="authors needs a list of objects"):
        Article(title="A", authors=Author(name="Ada"))  # type: ignore[arg-type]


@pytest.mark.parametrize("batch_size", [1, 7, 500])
def test_references_keep_their_order_however_they_are_sent(client: Client, session: Session, batch_size: int) -> None:
    authors = [Author(name=f"{number}") for number in range(60)]
    article = Article(title="Many hands", authors=authors[:40])
    session.add_all([article, *authors])
    with Session(client, batch_size=batch_size, workers=4) as own:
        session.close()
        own.add_all([article, *authors])
        own.commit()
        article.authors.extend(authors[40:])
        own.commit()
    body = client.data_object.get_by_id(article.id, class_name="TestLibraryArticle")
    assert body is not None
    beacons = [each["beacon"].rpartition("/")[2] for each in body["properties"]["authors"]]
    assert beacons == [str(author.id) for author in authors]

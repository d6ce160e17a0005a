"""The queries that write: create, get_or_create, update_or_create, update, delete; and upsert."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from uuid import UUID

import pytest

from tests.empty_collections import empty_collections
from tests.sent_queries import is_query
from tests.session.library_models import Article, Author, Page, Publication
from weaviate_orm import (
    Client,
    DeleteDeniedError,
    Field,
    FlushError,
    Model,
    MultipleResultsError,
    QueryError,
    Ref,
    Session,
    SessionError,
    UnknownNameError,
    ValidationError,
    field,
    inspect,
    listen,
    ref,
    unlisten,
)
from weaviate_orm.http.transport import Request
from weaviate_orm.model.state import Status
from weaviate_orm.testing import recorded_requests


class Counted(Model):
    """Has a version, and references with rules and inverses."""

    label: Field[str] = field(tokenization="field")
    amount: Field[int] = field(default=0)
    revision: Field[int | None] = field(default=None)
    parent: Ref[Counted | None] = ref(on_delete="cascade", default=None)
    kept_for: Ref[Holder | None] = ref(on_delete="deny", default=None)

    class Meta:
        name = "TestStoringCounted"
        version = "revision"


class Holder(Model):
    label: Field[str]
    things: Ref[list[Thing]] = ref(inverse="holders", factory=list)

    class Meta:
        name = "TestStoringHolder"


class Thing(Model):
    label: Field[str]
    holders: Ref[list[Holder]] = ref(inverse="things", factory=list)

    class Meta:
        name = "TestStoringThing"


OWN = (Counted, Holder, Thing)


@pytest.fixture
def own(client: Client) -> Iterator[None]:
    with empty_collections(client, OWN):
        yield


def kinds(requests: list[Request]) -> Counter[str]:
    """How many requests there are of each kind; queries are counted by whichever wire they go."""
    return Counter("query" if is_query(each) else _kind(each) for each in requests)


def _kind(request: Request) -> str:
    return f"{request.method} {request.url.rpartition('/v1/')[2].partition('?')[0][:14]}"


# -- one object


def test_create_stores(client: Client, session: Session) -> None:
    with recorded_requests(client) as requests:
        made = session.query(Author).create(name="Ada")
    assert (made in session, inspect(made).status, len(requests)) == (True, Status.PERSISTENT, 1)
    with pytest.raises(ValidationError, match="name"):
        session.query(Author).create(name=3)


@pytest.mark.wire("graphql")  # it names requests of HTTP
def test_get_or_create(client: Client, session: Session) -> None:
    with recorded_requests(client) as requests:
        ada, is_new = session.query(Author).get_or_create(name="Ada", defaults={"mentor": lambda: Author(name="Bo")})
        assert is_new
        assert kinds(requests) == {"query": 1, "POST batch/objects": 1, "POST batch/referenc": 1}
        again, is_new = session.query(Author).get_or_create(name__exact="Ada")
        assert (again, is_new) == (ada, False)
    assert (ada.name, ada.mentor.name if ada.mentor else None) == ("Ada", "Bo")
    session.query(Author).create(name="Ada")
    with pytest.raises(MultipleResultsError):
        session.query(Author).get_or_create(name="Ada")


def test_get_or_create_does_not_replace_an_object_of_the_same_key(client: Client, session: Session) -> None:
    session.query(Page).create(url="/a", text="first")
    with pytest.raises(SessionError, match=r"would take the place of <Page .*look for it by url"):
        session.query(Page).get_or_create(text="second", defaults={"url": "/a"})
    assert session.query(Page).one().text == "first"
    with recorded_requests(client) as requests:
        session.query(Page).get_or_create(url="/b", text__like="x*", defaults={"text": "xyz"})
    assert kinds(requests) == {"query": 1, "POST batch/objects": 1}  # that the key is missing was told


def test_update_or_create(client: Client, session: Session) -> None:
    page, is_new = session.query(Page).update_or_create(url="/a", defaults={"text": "1"}, create_defaults={"text": "0"})
    assert (page.text, is_new) == ("0", True)
    with recorded_requests(client) as requests:
        page, is_new = session.query(Page).update_or_create(url="/a", defaults={"text": "1"})
        assert (page.text, is_new) == ("1", False)
        session.query(Page).update_or_create(url="/a", defaults={"text": "1"})
    assert kinds(requests) == {"query": 2, "PATCH objects/TestLi": 1}


def test_they_run_without_a_session_around(client: Client, session: Session) -> None:
    from weaviate_orm import configure

    configure(client)
    try:
        page, _ = Page.query.get_or_create(url="/a")
        assert Page.query.update_or_create(url="/a", defaults={"text": "x"})[1] is False
        assert Page.query.where(id=page.id).update(text="y") == 1
        assert Page.query.delete() == 1
    finally:
        configure(None)


# -- what matches


def test_update_writes_what_differs(client: Client, session: Session) -> None:
    session.add_all(Article(title=f"{number}", word_count=number % 4) for number in range(20))
    session.commit()
    known = session.query(Article).where(title="3").one()
    with recorded_requests(client) as requests:
        assert session.query(Article).where(word_count__gte=2).update(word_count=3, tags=["long"]) == 10
        assert session.query(Article).where(tags__contains_any=["long"]).update(word_count=3) == 10
    assert kinds(requests) == {"PATCH objects/TestLi": 10, "query": 2}
    assert (known.word_count, known.tags) == (3, ["long"])
    assert [*session.dirty] == []
    assert session.query(Article).where(word_count=3).count() == 10
    known.tags.append("mine")
    assert session.query(Article).where(title="7").one().tags == ["long"]


def test_update_of_more_than_a_page(client: Client, session: Session) -> None:
    session.bulk_insert(Page(url=f"/{number}", text="old") for number in range(2_300))
    # what is written leaves the filter, and is not looked for twice
    assert session.query(Page).where(text="old").update(text="x") == 2_300
    assert session.query(Page).where(text="x").count() == 2_300
    assert session.query(Page).where(text="x").limit(10).update(text="y") == 10
    assert session.query(Page).where(text="y").count() == 10


@pytest.mark.wire("graphql")  # GraphQL alone needs to know whether the vector has a name
def test_update_of_references_and_vectors(client: Client, session: Session) -> None:
    vogue, wired = Publication(name="Vogue"), Publication(name="Wired")
    session.add_all([Article(title="a", publication=vogue), Article(title="b", publication=wired), wired])
    session.commit()
    with recorded_requests(client) as requests:
        assert session.query(Article).update(publication=wired, vector=[7.0, 8.0]) == 2
    # the GET is of the schema: where no object has a vector, they may be under a name
    assert Counter(each.method for each in requests) == {"POST": 1, "GET": 1, "PATCH": 2, "PUT": 1}
    with Session(client) as other:
        articles = other.query(Article).include("publication").with_vector().all()
        assert {each.publication.name for each in articles if each.publication} == {"Wired"}
        assert [list(each.vector or ()) for each in articles] == [[7.0, 8.0]] * 2  # type: ignore[arg-type]


def test_update_counts_versions(client: Client, own: None) -> None:
    with Session(client) as session:
        session.add_all(Counted(label=f"{number}") for number in range(3))
        session.commit()
    with Session(client) as session:
        assert session.query(Counted).update(amount=2) == 3
        assert session.query(Counted).where(label="0").update(parent=session.query(Counted).where(label="1").one()) == 1
        assert {each.label: each.revision for each in session.query(Counted)} == {"0": 3, "1": 2, "2": 2}


def test_what_update_refuses(client: Client, session: Session) -> None:
    session.query(Page).create(url="/a")
    with recorded_requests(client) as requests:
        with pytest.raises(QueryError, match=r"Page\.url makes the id"):
            session.query(Page).update(url="/b")
        with pytest.raises(QueryError, match=r"Page\.id makes the id"):
            session.query(Page).update(id=UUID(int=1))
        with pytest.raises(QueryError, match=r"Counted\.revision is the version"):
            session.query(Counted).update(revision=1)
        with pytest.raises(ValidationError, match="Page: text needs a str"):
            session.query(Page).update(text=3)
        with pytest.raises(UnknownNameError, match="'text'"):
            session.query(Page).update(txet="x")
        with pytest.raises(QueryError, match="needs the values"):
            session.query(Page).update()
    assert requests == []


def test_an_update_that_the_server_refuses(client: Client, session: Session) -> None:
    session.add_all([Author(name="a", vector=[1.0, 2.0]), Author(name="b", vector=[1.0, 2.0])])
    session.commit()
    with pytest.raises(FlushError) as caught:
        session.query(Author).update(vector=[1.0, 2.0, 3.0])
    assert {failure.object.name for failure in caught.value.failures} == {"a", "b"}
    assert len(session.dirty) == 2
    session.rollback()
    assert [*session.dirty] == []


def test_delete_by_filter(client: Client, session: Session) -> None:
    session.add_all(Page(url=f"/{number}", text="old" if number < 7 else "new") for number in range(10))
    session.commit()
    old, new = (session.query(Page).where(text=text).first() for text in ("old", "new"))
    assert old is not None
    assert new is not None
    with recorded_requests(client) as requests:
        by_words = session.query(Page).where(text__contains_all=["old"])
        assert by_words.delete() == 7
        assert by_words.delete() == 0
    assert kinds(requests) == {"DELETE batch/objects": 2}
    assert inspect(old).status is Status.DELETED
    assert inspect(new).status is Status.PERSISTENT
    assert session.query(Page).delete() == 3
    assert session.query(Page).count() == 0


def test_delete_flushes_what_is_pending(session: Session) -> None:
    session.add(Page(url="/a"))
    with session.no_autoflush:
        assert session.query(Page).delete() == 1
    assert session.new == ()


@pytest.mark.heavy
def test_delete_past_10000(client: Client, session: Session) -> None:
    session.bulk_insert(Page(url=f"/{number}", text="many") for number in range(25_000))
    with recorded_requests(client) as requests:
        assert session.query(Page).where(text__contains_all=["many"]).delete() == 25_000
    assert len(requests) == 3
    assert session.query(Page).count() == 0


def test_every_operator_and_type_deletes_what_it_finds(session: Session) -> None:
    vogue = Publication(name="Vogue")
    session.add_all(Article(title=f"{n}", word_count=n, tags=[f"t{n}"], publication=vogue) for n in range(8))
    session.commit()
    query = session.query(Article)
    for condition in (
        (Article.title == "0") | (Article.word_count == 1),
        ~(Article.word_count != 2) & (Article.publication.name == "Vogue"),
        Article.tags.contains_any(["t3"]),
        Article.id.in_([query.where(title="4").one().id]),
        Article.word_count.in_([5]),
        Article.title.like("6*") & (Article.tags.length == 1) & (Article.publication.count == 1),
    ):
        matching = {article.title for article in query.where(condition)}
        left = {article.title for article in query} - matching
        assert matching
        assert query.where(condition).delete() == len(matching)
        assert {article.title for article in query} == left
    assert {article.title for article in query} == {"7"}


def test_delete_of_a_search_an_order_or_a_limit(session: Session) -> None:
    session.add_all(Article(title=f"{number} words", word_count=number) for number in range(6))
    session.commit()
    assert session.query(Article).order_by("-word_count").limit(2).delete() == 2
    assert session.query(Article).bm25("0").delete() == 1
    assert session.query(Article).limit(1).delete() == 1
    assert session.query(Article).count() == 2


def test_delete_follows_the_rules_of_references(client: Client, own: None) -> None:
    with Session(client) as session:
        root, keeper = Counted(label="root"), Holder(label="keeper")
        session.add_all([Counted(label=f"leaf {n}", parent=Counted(label=f"{n}", parent=root)) for n in range(3)])
        session.add(Counted(label="kept", kept_for=keeper))
        session.commit()
        with pytest.raises(DeleteDeniedError):
            session.query(Holder).delete()
        session.rollback()
        assert session.query(Counted).where(label="root").delete() == 1  # it matched; what it brought is not counted
        assert {each.label for each in session.query(Counted)} == {"kept"}
        assert session.query(Counted).delete() == 1


def test_delete_keeps_inverses_in_step(client: Client, own: None) -> None:
    with Session(client) as session:
        things = [Thing(label=f"{number}") for number in range(4)]
        session.add_all([Holder(label="a", things=things), Holder(label="b", things=things[:2])])
        session.commit()
    with Session(client) as session:
        assert session.query(Thing).where(label__in=["0", "2"]).delete() == 2
        assert list(session.dangling(Holder)) == []
        held = {holder.label: {thing.label for thing in holder.things} for holder in session.query(Holder)}
        assert held == {"a": {"1", "3"}, "b": {"1"}}


def test_delete_tells_who_listens(client: Client, session: Session) -> None:
    session.add_all(Page(url=f"/{number}") for number in range(3))
    session.commit()
    told: list[str] = []

    def hear(page: Page, session: Session) -> None:
        told.append(page.url)

    listen(Page, "after_delete", hear)
    try:
        assert session.query(Page).where(url="/1").delete() == 1
    finally:
        unlisten(Page, "after_delete", hear)
    assert told == ["/1"]
    assert session.query(Page).delete() == 2
    assert told == ["/1"]


def test_delete_by_cursor_goes_on_after_what_it_deleted(client: Client, own: None) -> None:
    with Session(client) as session:
        session.add_all(Counted(label=f"{number}") for number in range(2_500))
        session.commit()
    with Session(client) as session:
        assert session.query(Counted).delete() == 2_500
        assert session.query(Counted).count() == 0


def test_grouped_results_are_not_written(session: Session) -> None:
    query = session.query(Author).near_vector([1.0]).group_by("name")
    with pytest.raises(QueryError, match="leave out group_by"):
        query.delete()
    with pytest.raises(QueryError, match="leave out group_by"):
        query.update(name="x")


# -- many objects, some of them stored


@pytest.mark.wire("graphql")  # gRPC looks up what is missing by a request each
def test_upsert_changes_what_is_stored_and_adds_the_rest(client: Client, session: Session) -> None:
    session.add_all(Page(url=f"/{number}", text="old", vector=[1.0, number]) for number in range(4))
    session.commit()
    session.close()
    with Session(client) as other:
        pages = [Page(url=f"/{number}", text="old" if number == 3 else "new") for number in range(2, 6)]
        with recorded_requests(client) as requests:
            merged = other.upsert(pages)
            other.commit()
        assert kinds(requests) == {"query": 1, "POST batch/objects": 1, "PATCH objects/TestLi": 1}
        assert [each.url for each in merged] == [f"/{number}" for number in range(2, 6)]
        assert all(each in other for each in merged)
        texts = dict(other.query(Page).values_list("url", "text"))
        assert texts == {"/0": "old", "/1": "old", "/2": "new", "/3": "old", "/4": "new", "/5": "new"}
        assert merged[0].vector == [1.0, 2.0]


def test_upsert_takes_over_what_is_named(client: Client, session: Session) -> None:
    ada = Author(name="Ada")
    first = Article(title="a", word_count=3, tags=["x"], authors=[ada])
    session.add(first)
    session.commit()
    (merged,) = session.upsert([Article(id=first.id, title="b", url="/b")], update=["title"])
    assert merged is first
    assert (first.title, first.url, first.word_count, first.tags, first.authors) == ("b", "", 3, ["x"], [ada])
    with pytest.raises(UnknownNameError, match="'title'"):
        session.upsert([Article(title="c")], update=["titel"])


def test_of_objects_of_one_id_the_last_holds(client: Client, session: Session) -> None:
    session.add(Page(url="/stored", text="0"))
    session.commit()
    urls = ["/new", "/stored", "/new", "/stored"]
    merged = session.upsert(Page(url=url, text=f"{number}") for number, url in enumerate(urls))
    assert merged[0] is merged[2]
    assert merged[1] is merged[3]
    session.commit()
    assert dict(session.query(Page).values_list("url", "text")) == {"/new": "2", "/stored": "3"}


def test_upsert_brings_what_objects_refer_to(session: Session) -> None:
    ada = Author(id=UUID(int=7), name="Ada")
    session.upsert([Article(id=UUID(int=n), title=f"{n}", authors=[ada]) for n in range(1, 4)])
    session.commit()
    assert session.query(Author).count() == 1
    session.upsert([Article(id=UUID(int=1), title="1", authors=[Author(id=UUID(int=7), name="Ada L.")])])
    session.commit()
    assert session.query(Author).one().name == "Ada L."

"""What queries return besides models: metadata, values, columns, attrs classes; many queries at once; explanations."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta, timezone
from uuid import UUID, uuid4

import attrs
import pytest

from tests.query.book_models import Book, Drawing, Writer
from weaviate_orm import (
    Client,
    Field,
    Model,
    QueryError,
    Ref,
    Session,
    UnknownNameError,
    create_all,
    drop_all,
    gather,
    ref,
)
from weaviate_orm.http.features import QUERY_PROFILE
from weaviate_orm.testing import recorded_requests


def test_a_hit_tells_what_was_asked_for(session: Session) -> None:
    query = Book.query.near_text("cats").with_metadata("created_at", "updated_at", "explain_score")
    hit = query.limit(1).hits()[0]
    assert hit.id == hit.object.id
    now = datetime.now(timezone.utc)
    assert hit.created_at is not None
    assert hit.updated_at is not None
    assert now - timedelta(hours=1) < hit.created_at <= hit.updated_at < now + timedelta(minutes=1)
    assert hit.score is None
    assert hit.classification is None
    plain = Book.query.limit(1).with_metadata("created_at").hits()[0]
    assert plain.created_at is not None
    assert plain.distance is None
    words = Book.query.bm25("cats").with_metadata("explain_score").hits()[0]
    assert words.explain_score


@pytest.mark.needs(QUERY_PROFILE)
def test_the_profile_of_a_query(session: Session) -> None:
    hit = Book.query.near_text("cats").with_metadata("query_profile").limit(1).hits()[0]
    assert "searches" in (hit.query_profile or "")
    explained = Book.query.near_text("cats").explain()
    assert explained.profile[0]["searches"]
    assert explained.profile[0]["name"] in str(explained)


def test_plain_values(client: Client, session: Session) -> None:
    with recorded_requests(client) as requests:
        rows = Book.query.order_by("price").limit(2).values("title", Book.tags, "published", "isbn")
        assert len(requests) == 1
    assert rows[1] == {
        "title": "All about cats",
        "tags": ["pets", "cats"],
        "published": datetime(2001, 5, 1, tzinfo=timezone.utc),
        "isbn": UUID(int=1),
    }
    assert rows[0]["tags"] == []
    everything = Book.query.where(shelf="economy").values()[0]
    assert set(everything) == {"id", *Book.__mapper__.properties}
    assert everything["in_print"] is True
    only = Book.query.only("title").where(shelf="economy").values()[0]
    assert set(only) == {"id", "title"}
    assert Book.query.order_by("price").values_list("title", flat=True)[0] == "Sailing"
    pairs = Book.query.near_text("cats").values_list(Book.id, Book.title, "distance", "certainty")
    assert isinstance(pairs[0][0], UUID)
    assert pairs[0][1] == "All about cats"
    assert 0 < pairs[0][2] < pairs[1][2]
    assert Book.query.where(title="cats").values("created_at")[0]["created_at"] < datetime.now(timezone.utc)
    assert Book.query.limit(0).values() == []


def test_values_of_large_ints_are_true(session: Session) -> None:
    assert sorted(Book.query.values_list("pages", flat=True), key=lambda pages: pages or 0) == [-5, None, 100, 2**40]


def test_columns(session: Session) -> None:
    columns = Book.query.order_by("price").to_dict("title", "price")
    assert columns["price"] == [1.0, 10.5, 20.0, 99.99]
    assert columns["title"][0] == "Sailing"


def test_data_frames_and_arrow_tables(session: Session) -> None:
    pandas = pytest.importorskip("pandas")
    frame = Book.query.order_by("price").to_pandas("title", "price", "published")
    assert isinstance(frame, pandas.DataFrame)
    assert list(frame["price"]) == [1.0, 10.5, 20.0, 99.99]


def test_arrow_tables(session: Session) -> None:
    pyarrow = pytest.importorskip("pyarrow")
    table = Book.query.order_by("price").to_arrow("id", "title", "isbn", "tags", "published")
    assert isinstance(table, pyarrow.Table)
    assert table.column("isbn").to_pylist() == [None, str(UUID(int=1)), None, None]
    assert table.column("tags").to_pylist()[1] == ["pets", "cats"]
    homes = Writer.query.order_by("name").to_arrow("home").to_pylist()
    assert homes[0]["home"]["latitude"] == pytest.approx(51.5)


@attrs.frozen
class Headline:
    title: str
    distance: float
    id: UUID
    note: str = "none"


@attrs.define
class Wrong:
    titel: str


def test_projections_into_classes(session: Session) -> None:
    found = Book.query.near_text("cats").limit(2).into(Headline)
    assert found[0].title == "All about cats"
    assert found[0].note == "none"
    assert found[0].distance < found[1].distance
    assert Book.query.get(found[0].id).title == found[0].title


@pytest.mark.wire("graphql")
def test_objects_of_many_ids(client: Client, session: Session) -> None:
    ids = [book.id for book in Book.query.order_by("price")]
    missing = uuid4()
    with recorded_requests(client) as requests:
        found = Writer.query.in_bulk([])
        assert found == {}
        assert requests == []
        books = Book.query.where(pages__lt=2**31).in_bulk([ids[1], str(ids[0]), missing, ids[1]])
        assert len(requests) == 1
    assert list(books) == [ids[1], ids[0]]
    assert books[ids[0]].title == "Sailing"
    with pytest.raises(QueryError, match="is no UUID"):
        Book.query.in_bulk(["x"])


@pytest.mark.wire("graphql")
def test_several_queries_in_one_request(client: Client, session: Session) -> None:
    with recorded_requests(client) as requests:
        cats, writers, drawings, none = gather(
            Book.query.near_text("cats").limit(1).include("writers").where(pages__lt=1000),
            Writer.query.order_by("name"),
            Drawing.query.near_vector([1, 0], target="shape").limit(1),
            Writer.query.where(name="Nobody"),
        )
        assert len(requests) == 1
    assert [book.title for book in cats] == ["All about cats"]
    assert cats[0].writers == [writers[0]]
    assert [writer.name for writer in writers] == ["Ada", "Bo"]
    assert [drawing.label for drawing in drawings] == ["red line"]
    assert none == []
    # what two queries of one class load differs, and large ints are true in both
    titles, pages = gather(Book.query.only("title"), Book.query.only("pages").where(pages__gt=2**31))
    assert len(titles) == 4
    assert pages[0].pages == 2**40
    assert gather() == ()
    with Session(client) as other, pytest.raises(QueryError, match="queries of one session"):
        gather(session.query(Book), other.query(Writer))


def test_reading_says_how(session: Session) -> None:
    assert Writer.query.explain().reading == "listing"
    assert Writer.query.only(Writer.name).explain().reading == "cursor"
    assert Writer.query.where(name="Ada").explain().reading == "keyset"
    assert Writer.query.order_by("name").explain().reading == "pages"
    explained = Book.query.near_text("cats").explain()
    assert explained.reading == "one request"
    assert "nearText" in explained.document


@pytest.mark.wire("graphql")
def test_iterating_in_small_pages(client: Client, session: Session) -> None:
    def pages(make: Callable[[], object]) -> int:
        with recorded_requests(client) as requests:
            make()
        return len(requests)

    drawings = Drawing.query
    assert {each.label for each in drawings.iterator(2)} == {"red line", "green line", "red dot"}
    assert pages(lambda: list(drawings.iterator(2))) == 2
    red = drawings.where(label__like="r*")
    assert {each.label for each in red.iterator(1)} == {"red line", "red dot"}
    assert pages(lambda: list(red.iterator(1))) == 3
    assert [each.label for each in drawings.order_by("label").iterator(2)] == ["green line", "red dot", "red line"]
    assert [each.label for each in drawings.order_by("label").offset(1).iterator(1)] == ["red dot", "red line"]
    assert len(list(drawings.limit(2).iterator(1))) == 2
    assert len(list(red.limit(2).iterator(1))) == 2
    searched = drawings.near_vector([1, 0], target="shape").limit(3).iterator(2)
    assert [each.label for each in searched] == ["red line", "green line", "red dot"]
    assert list(drawings.limit(0).iterator()) == []
    with pytest.raises(QueryError, match="takes no filter"):
        red.iterator(method="cursor")
    with pytest.raises(QueryError, match="read by pages"):
        drawings.order_by("label").iterator(method="keyset")
    with pytest.raises(QueryError, match="at most 10000"):
        drawings.iterator(20_000)
    assert len(list(drawings.iterator(2, method="keyset"))) == 3
    assert len(list(drawings.iterator(2, method="pages"))) == 3


MISTAKES: list[tuple[Callable[[], object], type[Exception], str]] = [
    (lambda: Book.query.values("titel"), UnknownNameError, "did you mean 'title'"),
    (lambda: Book.query.values("distance"), QueryError, r"comes from near_…\(\)"),
    (lambda: Book.query.near_text("x").values("score"), QueryError, r"comes from bm25\(\) or hybrid\(\)"),
    (lambda: Book.query.values("writers"), UnknownNameError, "Book value 'writers'"),
    (lambda: Book.query.values_list("title", "price", flat=True), QueryError, "is of one name, not of 2"),
    (lambda: Book.query.into(dict), QueryError, "instances of attrs classes"),
    (lambda: Book.query.into(Wrong), UnknownNameError, "did you mean 'title'"),
    (lambda: Book.query.into(Headline), QueryError, "a distance comes from"),
]


@pytest.mark.parametrize(("mistake", "kind", "message"), MISTAKES)
def test_mistakes_are_refused_before_anything_is_sent(
    client: Client, session: Session, mistake: Callable[[], object], kind: type[Exception], message: str
) -> None:
    with recorded_requests(client) as requests, pytest.raises(kind, match=message):
        mistake()
    assert requests == []


class Kind(Model):
    text: Field[str]

    class Meta:
        name = "TestResultKind"


class Item(Model):
    text: Field[str]
    kind: Ref[Kind | None] = ref(default=None)

    class Meta:
        name = "TestResultItem"


def test_a_hit_tells_by_what_it_was_classified(client: Client) -> None:
    drop_all(client, [Item, Kind])
    create_all(client, [Item, Kind])
    with Session(client) as session:
        first = Kind(text="first", vector=[1.0, 0.0])
        session.add(Item(text="known", kind=first, vector=[1.0, 0.1]))
        session.add(Item(text="like it", vector=[1.0, 0.2]))
        session.commit()
        begin = client.classification.schedule().with_type("knn").with_class_name("TestResultItem")
        done = begin.with_classify_properties(["kind"]).with_based_on_properties(["text"]).with_k(1)
        report = done.with_wait_for_completion().do()
        hits = Item.query.order_by("text").with_metadata("classification").hits()
        assert hits[0].classification is None
        found = hits[1].classification
        assert found is not None
        assert found.id == report["id"]
        assert found.classified_fields == ("kind",)
        assert found.completed is not None
        assert found.completed.tzinfo is not None
    drop_all(client, [Item, Kind])

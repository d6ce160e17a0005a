"""Queries against the real server: each way to search, to filter, to order and to load."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timezone
from uuid import UUID, uuid4

import numpy as np
import pytest

from tests.query.book_models import Book, Drawing, Writer
from weaviate_orm import (
    Client,
    GeoCoordinates,
    GraphQLError,
    HybridFusion,
    Move,
    MultipleResultsError,
    NotFoundError,
    QueryError,
    QuerySet,
    Session,
    UnknownNameError,
)
from weaviate_orm.query.filters import Filter
from weaviate_orm.testing import recorded_requests


def titles(query: QuerySet[Book]) -> set[str]:
    return {book.title.split()[-1] for book in query}


CATS, DOGS, MONEY, SAILS = "cats", "work", "markets", "Sailing"

FILTERS: list[tuple[Callable[[], QuerySet[Book]], set[str]]] = [
    (lambda: Book.query.where(Book.shelf == "animals"), {CATS, DOGS}),
    (lambda: Book.query.where(shelf="animals"), {CATS, DOGS}),
    (lambda: Book.query.where(Book.shelf != "animals"), {MONEY, SAILS}),
    (lambda: Book.query.where(shelf__ne="animals"), {MONEY, SAILS}),
    (lambda: Book.query.where(~(Book.shelf == "animals")), {MONEY, SAILS}),
    (lambda: Book.query.where(~~(Book.shelf == "animals")), {CATS, DOGS}),
    (lambda: Book.query.where((Book.shelf == "economy") | (Book.shelf == "sport *?")), {MONEY, SAILS}),
    (lambda: Book.query.where((Book.shelf == "animals") & (Book.price > 15)), {DOGS}),
    (lambda: Book.query.where(Book.shelf == "animals", price__gt=15), {DOGS}),
    (lambda: Book.query.where(shelf="animals").where(price__lte=10.5), {CATS}),
    (lambda: Book.query.where(shelf__in=["economy", "nowhere"]), {MONEY}),
    (lambda: Book.query.where(Book.shelf.in_(["economy", "nowhere"])), {MONEY}),
    (lambda: Book.query.where(Book.title.like("c?t*")), {CATS}),
    (lambda: Book.query.where(title__like="m?ney*"), {MONEY}),
    (lambda: Book.query.where(Book.pages > 2**31), {DOGS}),
    (lambda: Book.query.where(Book.pages == 2**40), {DOGS}),
    (lambda: Book.query.where(Book.pages < 0), {SAILS}),
    (lambda: Book.query.where(Book.pages >= 100), {CATS, DOGS}),
    (lambda: Book.query.where(Book.pages == None), {MONEY}),  # noqa: E711
    (lambda: Book.query.where(pages=None), {MONEY}),
    (lambda: Book.query.where(pages__isnull=False), {CATS, DOGS, SAILS}),
    (lambda: Book.query.where(Book.pages.is_null()), {MONEY}),
    (lambda: Book.query.where(Book.in_print == False), {DOGS}),  # noqa: E712
    (lambda: Book.query.where(Book.published > datetime(2005, 1, 1, tzinfo=timezone.utc)), {DOGS}),
    (lambda: Book.query.where(isbn=UUID(int=1)), {CATS}),
    (lambda: Book.query.where(Book.tags.contains_any(["money", "work"])), {DOGS, MONEY}),
    (lambda: Book.query.where(Book.tags.contains_all(["pets", "work"])), {DOGS}),
    (lambda: Book.query.where(tags__contains_none=["pets"]), {MONEY, SAILS}),
    (lambda: Book.query.where(tags="dogs"), {DOGS}),
    (lambda: Book.query.where(Book.tags.length > 2), {DOGS}),
    (lambda: Book.query.where(tags__len=1), {MONEY}),
    (lambda: Book.query.where(Book.writers.name == "Ada"), {CATS, DOGS}),
    (lambda: Book.query.where(writers__name="Bo"), {DOGS, MONEY}),
    (lambda: Book.query.where(Book.writers.count == 2), {DOGS}),
    (lambda: Book.query.where(writers__count__gte=1), {CATS, DOGS, MONEY}),
    (lambda: Book.query.where(writers__isnull=True), {SAILS}),
    (lambda: Book.query.where(Book.sequel_of.is_null(False)), {DOGS}),
    (lambda: Book.query.where(Book.sequel_of.writers.name == "Ada"), {DOGS}),
    (lambda: Book.query.where(sequel_of__title__like="*cats*"), {DOGS}),
    (lambda: Book.query.where(Book.subject.on(Writer).name == "Ada"), {DOGS}),
    (lambda: Book.query.where(Book.subject.on(Book).shelf == "animals"), {MONEY}),
    (lambda: Book.query.where(Book.writers.home.within(GeoCoordinates(51.5, 0), distance=50_000)), {CATS, DOGS}),
    (lambda: Book.query.where(writers__home__within=(GeoCoordinates(52.4, 4.8), 50_000)), {DOGS, MONEY}),
    (lambda: Book.query.where(Book.created_at > datetime(2020, 1, 1, tzinfo=timezone.utc)), {CATS, DOGS, MONEY, SAILS}),
    (lambda: Book.query.where(Book.updated_at < datetime(2020, 1, 1, tzinfo=timezone.utc)), set()),
]


@pytest.mark.parametrize(("make", "expected"), FILTERS)
def test_filters(session: Session, make: Callable[[], QuerySet[Book]], expected: set[str]) -> None:
    assert titles(make()) == expected
    assert make().count() == len(expected)
    assert make().exists() is bool(expected)


CONDITIONS: list[tuple[Callable[[], Filter], set[str]]] = [
    (lambda: Book.shelf == "animals", {CATS, DOGS}),
    (lambda: Book.shelf != "animals", {MONEY, SAILS}),
    (lambda: Book.price > 15, {DOGS, MONEY}),
    (lambda: Book.price >= 20, {DOGS, MONEY}),
    (lambda: Book.price < 10.5, {SAILS}),
    (lambda: Book.price <= 10.5, {CATS, SAILS}),
    (lambda: Book.pages > 2**31, {DOGS}),
    (lambda: Book.in_print == False, {DOGS}),  # noqa: E712
    (lambda: Book.published < datetime(2005, 1, 1, tzinfo=timezone.utc), {CATS}),
    (lambda: Book.title.like("c?t*"), {CATS}),
    (lambda: Book.pages.is_null(), {MONEY}),
    (lambda: Book.tags.contains_any(["money", "work"]), {DOGS, MONEY}),
    (lambda: Book.tags.contains_all(["pets", "work"]), {DOGS}),
    (lambda: Book.tags.contains_none(["pets"]), {MONEY, SAILS}),
    (lambda: Book.writers.home.within(GeoCoordinates(51.5, 0), distance=50_000), {CATS, DOGS}),
]


@pytest.mark.parametrize(("make", "expected"), CONDITIONS)
def test_conditions_within_conditions(session: Session, make: Callable[[], Filter], expected: set[str]) -> None:
    condition, all_of_them, none_of_them = make(), Book.price > 0, Book.price < 0
    for joined in (
        condition,
        condition & all_of_them,
        condition | none_of_them,
        ~(~condition & all_of_them) & all_of_them,
        (condition | none_of_them) & all_of_them,
        (condition & all_of_them) | none_of_them,
    ):
        query = Book.query.where(joined)
        assert titles(query) == expected
        assert query.count() == len(expected)


def test_filters_by_objects_and_ids(session: Session) -> None:
    ada = Writer.query.get(name="Ada")
    assert titles(Book.query.where(Book.writers == ada)) == {CATS, DOGS}
    assert titles(Book.query.where(writers=ada)) == {CATS, DOGS}
    assert titles(Book.query.where(Book.writers != ada)) == {MONEY, SAILS}
    assert titles(Book.query.where(subject=ada)) == {DOGS}
    cats = Book.query.get(title="All about cats")
    assert titles(Book.query.where(Book.id == cats.id)) == {CATS}
    assert titles(Book.query.where(id__in=[cats.id, str(uuid4())])) == {CATS}


def test_searching_by_meaning(session: Session) -> None:
    first = Book.query.near_text("feline companions").first()
    assert first is not None
    assert first.title == "All about cats"
    hits = Book.query.near_text(["investment", "wealth"]).limit(2).hits()
    assert hits[0].object.title == "Money markets"
    assert hits[0].distance is not None
    assert hits[1].distance is not None
    assert hits[0].distance < hits[1].distance
    assert hits[0].certainty == pytest.approx(1 - hits[0].distance / 2, abs=1e-4)
    assert hits[0].score is None
    close = Book.query.near_text("investment", distance=hits[0].distance + 0.2)
    assert close.where(shelf="animals").count() == 0


def test_moving_a_search(session: Session) -> None:
    plain = Book.query.near_text("animals").limit(1).one()
    assert plain.shelf == "animals"
    moved = Book.query.near_text(
        "animals", move_to=Move("stock market finance", force=1), move_away_from=Move("pets", force=0.9)
    )
    assert moved.limit(1).one().title == "Money markets"
    cats = Book.query.get(title="All about cats")
    toward = Book.query.near_text("sea", move_to=Move(objects=[cats], force=1)).limit(1).one()
    assert toward is cats


def test_searching_by_an_object_and_by_vectors(session: Session) -> None:
    cats = Book.query.with_vector().get(title="All about cats")
    assert [book.title for book in Book.query.near_object(cats).limit(2)] == ["All about cats", "Dogs at work"]
    assert Book.query.near_object(str(cats.id)).limit(1).one() is cats
    vector = cats.vector
    assert vector is not None
    assert len(vector) == 256
    assert Book.query.near_vector(vector).limit(1).one() is cats
    assert Book.query.near_vector(np.array(vector), certainty=0.99).all() == [cats]


def test_named_vectors(session: Session) -> None:
    def label(query: QuerySet[Drawing]) -> list[str]:
        return [drawing.label for drawing in query]

    assert label(Drawing.query.near_vector([1, 0.05], target=Drawing.shape).limit(2)) == ["red line", "green line"]
    assert label(Drawing.query.near_vector(np.array([1, 0, 0]), target="color").limit(2)) == ["red line", "red dot"]
    dot = Drawing.query.with_vector().get(label="red dot")
    assert dot.shape == [0, 1]
    assert dot.color == pytest.approx([0.9, 0.1, 0])
    assert label(Drawing.query.near_object(dot, target=Drawing.color).limit(2)) == ["red dot", "red line"]
    with pytest.raises(QueryError, match=r"several vectors; say which by target=: Drawing\.shape, Drawing\.color"):
        Drawing.query.near_vector([1, 0])
    with pytest.raises(QueryError, match="shape needs 2 dimensions, got 3"):
        Drawing.query.near_vector([1, 0, 0], target=Drawing.shape)
    with pytest.raises(UnknownNameError, match="did you mean 'shape'"):
        Drawing.query.near_vector([1, 0], target="shap")


def test_a_vector_that_was_not_asked_for_loads_for_all(client: Client, session: Session) -> None:
    drawings = Drawing.query.all()
    with recorded_requests(client) as requests:
        assert {len(drawing.shape or ()) for drawing in drawings} == {2}
        assert len(requests) == 1
    assert session.dirty == ()


def test_searching_by_words(session: Session) -> None:
    assert titles(Book.query.bm25("sheep")) == {DOGS}
    assert titles(Book.query.bm25("sheep", properties=["title"])) == set()
    assert titles(Book.query.bm25("cats", properties=[Book.title, "text^2"])) == {CATS}
    hits = Book.query.bm25("cats dogs").hits()
    assert [hit.score for hit in hits] == sorted((hit.score for hit in hits), reverse=True, key=lambda s: s or 0)
    assert hits[0].explain_score is not None
    assert hits[0].distance is None


def test_searching_by_words_and_vectors(session: Session) -> None:
    first = Book.query.hybrid("kittens", alpha=0.5).first()
    assert first is not None
    assert first.title == "All about cats"
    words = Book.query.hybrid("sheep", alpha=0, fusion_type=HybridFusion.RANKED).hits()
    assert [hit.object.title for hit in words] == ["Dogs at work"]
    assert words[0].score is not None
    cats = Book.query.with_vector().get(title="All about cats")
    by_vector = Book.query.hybrid("nothing", alpha=1, vector=cats.vector, properties=["title"]).first()
    assert by_vector is cats


def test_ordering_and_cutting(session: Session) -> None:
    def order(query: QuerySet[Book]) -> list[str]:
        return [book.title for book in query]

    by_price = ["Sailing", "All about cats", "Dogs at work", "Money markets"]
    assert order(Book.query.order_by("price")) == by_price
    assert order(Book.query.order_by(Book.price)) == by_price
    assert order(Book.query.order_by("-price")) == by_price[::-1]
    assert order(Book.query.order_by(Book.in_print.desc(), Book.price.asc()))[-1] == "Dogs at work"
    assert order(Book.query.order_by("price")[1:3]) == by_price[1:3]
    assert order(Book.query.order_by("price").offset(1).limit(2)) == by_price[1:3]
    assert order(Book.query.order_by("price")[:3][1:]) == by_price[1:3]
    assert order(Book.query.order_by("price")[2:2]) == []
    assert Book.query.order_by("price")[3].title == by_price[3]
    with pytest.raises(IndexError):
        Book.query.order_by("price")[4]
    assert Book.query[1:3].count() == 2
    assert Book.query[3:9].count() == 1


def test_one_and_get(session: Session) -> None:
    assert Book.query.where(shelf="economy").one().title == "Money markets"
    assert Book.query.where(shelf="nowhere").one_or_none() is None
    assert Book.query.where(shelf="nowhere").first() is None
    with pytest.raises(NotFoundError, match="no Book matches"):
        Book.query.where(shelf="nowhere").one()
    with pytest.raises(MultipleResultsError, match="several Book objects"):
        Book.query.one()
    with pytest.raises(NotFoundError):
        Book.query.get(uuid4())


def test_a_query_is_one_request(client: Client, session: Session) -> None:
    asked: list[Callable[[], object]] = [
        lambda: Writer.query.all(),
        lambda: list(Drawing.query.with_vector().order_by("label")),
        lambda: Drawing.query.near_vector([1, 0], target="shape").hits(),
        lambda: Book.query.where(pages__lt=2**31).include("writers", "sequel_of__writers").all(),
        lambda: Book.query.where(pages__gt=0).count(),
        lambda: Book.query.exists(),
        lambda: Writer.query.first(),
        lambda: Writer.query[1],
        lambda: Writer.query.get(name="Ada"),
    ]
    for ask in asked:
        with recorded_requests(client) as requests:
            ask()
        assert len(requests) == 1


@pytest.mark.wire("graphql")  # gRPC carries such ints, and takes a request for each class: see test_wires.py
def test_what_graphql_has_in_one_request_and_what_in_two(client: Client, session: Session) -> None:
    with recorded_requests(client) as requests:
        Book.query.where(pages__lt=2**31).include("writers", "sequel_of__writers", "subject").all()
    assert len(requests) == 1
    # one book has an int that GraphQL cannot carry: a second request brings it
    with recorded_requests(client) as requests:
        Book.query.all()
    assert len(requests) == 2


def test_ints_of_any_size_are_true_in_included_objects_too(session: Session) -> None:
    assert Book.query.get(title="Dogs at work").pages == 2**40
    assert {book.pages for book in Book.query} == {100, 2**40, None, -5}


def test_including_references(client: Client, session: Session) -> None:
    with recorded_requests(client) as requests:
        dogs = Book.query.include(Book.writers, Book.sequel_of.writers, "subject").where(title="Dogs at work").one()
        assert [writer.name for writer in dogs.writers] == ["Ada", "Bo"]
        assert dogs.sequel_of is not None
        assert dogs.sequel_of.writers == [dogs.writers[0]]
        assert dogs.subject is dogs.writers[0]
    assert len(requests) == 2  # the second for the large int
    with pytest.raises(QueryError, match="at most 4 references"):
        Book.query.include("sequel_of__sequel_of__sequel_of__sequel_of__sequel_of").all()
    assert Book.query.include("sequel_of__sequel_of__sequel_of__sequel_of").count() == 4


def test_only_loads_what_is_named(client: Client, session: Session) -> None:
    book = Book.query.only(Book.title, "shelf").where(shelf="economy").one()
    assert "price" not in vars(book)
    with recorded_requests(client) as requests:
        assert book.price == 99.99
    assert len(requests) == 1


def test_query_sets_do_not_change(session: Session) -> None:
    base = Book.query.where(shelf="animals")
    before = base.graphql()
    base.where(price__gt=15).order_by("price").limit(1).include("writers").with_vector().only("title")
    assert base.graphql() == before


MISTAKES: list[tuple[Callable[[], object], type[Exception], str]] = [
    (lambda: Book.query.where(titel="x"), UnknownNameError, "Book field 'titel' does not exist; did you mean 'title'"),
    (lambda: Book.query.where(title__gtr="x"), UnknownNameError, "did you mean 'gt'"),
    (lambda: Book.query.where(writers__nam="x"), UnknownNameError, "Writer field 'nam'.*did you mean 'name'"),
    (lambda: Book.writers.nam, UnknownNameError, "Writer field 'nam'"),
    (lambda: Book.query.order_by("prise"), UnknownNameError, "did you mean 'price'"),
    (lambda: Book.query.order_by(Book.writers.name), QueryError, "cannot be sorted by"),
    (lambda: Book.query.only("writers"), QueryError, "is no property"),
    (lambda: Book.query.include("title"), QueryError, "is none"),
    (lambda: Book.query.where(pages="x"), QueryError, "Book.pages Equal: needs an int, got str 'x'"),
    (lambda: Book.query.where(pages=True), QueryError, "needs an int"),
    (lambda: Book.query.where(published__gt=datetime(2020, 1, 1)), QueryError, "naive"),
    (lambda: Book.query.where(price__gt=float("nan")), QueryError, "finite"),
    (lambda: Book.query.where(price__gt=None), QueryError, "only == and != ask for null"),
    (lambda: Book.query.where(pages__like="1*"), QueryError, "asks for text, and this is int"),
    (lambda: Book.query.where(tags__gt="a"), QueryError, "cannot order text"),
    (lambda: Book.query.where(tags__contains_any="pets"), QueryError, "needs a list of values"),
    (lambda: Book.query.where(tags=["pets", "cats"]), QueryError, "for several use contains_any"),
    (lambda: Book.query.where(scans=b"x"), QueryError, "cannot filter by blob"),
    (lambda: Book.query.where(hidden="x"), QueryError, "index_filterable=False"),
    (lambda: Book.query.where(subject__name="x"), QueryError, r"use the expression Book\.subject\.on\(Class\)"),
    (lambda: Book.subject.name, QueryError, r"say which, by \.on\(Writer\) or \.on\(Book\)"),
    (lambda: Book.query.where(writers__len=1), QueryError, "use __count"),
    (lambda: Book.query.where(id="nonsense"), QueryError, "badly formed"),
    (lambda: Book.query.where(True), QueryError, "takes comparisons"),  # type: ignore[arg-type]
    (lambda: Book.query.where(title="\ud83d"), QueryError, "surrogate"),
    (lambda: bool(Book.title == "x"), TypeError, "no truth of its own"),
    (lambda: bool(Book.query), TypeError, r"use \.exists\(\)"),
    (lambda: Book.query.near_text("a").near_text("b"), QueryError, r"use hybrid\(\)"),
    (lambda: Book.query.near_text("a", certainty=0.5, distance=0.5), QueryError, "two names of one bound"),
    (lambda: Book.query.near_text("a", certainty=1.5), QueryError, "from 0 to 1"),
    (lambda: Book.query.near_text([]), QueryError, "at least one concept"),
    (lambda: Move("a", force=2), QueryError, "from 0 to 1"),
    (lambda: Move(force=1), QueryError, "needs concepts or objects"),
    (lambda: Book.query.hybrid(), QueryError, "needs a query, a vector, or both"),
    (lambda: Book.query.hybrid("a", alpha=2), QueryError, "from 0"),
    (lambda: Book.query.bm25("a").order_by("price"), QueryError, "cannot sort"),
    (lambda: Book.query.order_by("price").bm25("a"), QueryError, "cannot sort"),
    (lambda: Book.query.bm25("a").count(), QueryError, "cannot count a bm25"),
    (lambda: Book.query.near_text("a").count(), QueryError, "matches every object"),
    (lambda: Book.query.near_object("x"), QueryError, "needs an object or its UUID"),
    (lambda: Book.query[-1], QueryError, "no negative indexes"),
    (lambda: Book.query[::2], QueryError, "without a step"),
    (lambda: Book.query.limit(-1), QueryError, "whole number from 0"),
]


@pytest.mark.parametrize(("mistake", "kind", "message"), MISTAKES)
def test_mistakes_are_refused_before_anything_is_sent(
    client: Client, session: Session, mistake: Callable[[], object], kind: type[Exception], message: str
) -> None:
    with recorded_requests(client) as requests, pytest.raises(kind, match=message):
        mistake()
    assert requests == []


def test_what_the_server_refuses_is_an_error_though_its_status_is_200(session: Session) -> None:
    with pytest.raises(GraphQLError, match="vector lengths") as caught:
        Book.query.near_vector([1.0, 2.0]).all()
    assert "TestShelfBook" in caught.value.document
    assert caught.value.messages

"""Queries, expressions and results travel between processes; what belongs to a session stays where it is."""

from __future__ import annotations

import copy
import pickle
from collections.abc import Callable
from datetime import datetime, timezone
from typing import Any
from uuid import UUID

import numpy as np
import pytest

from tests.query.book_models import Book, Drawing, Writer
from tests.query.test_managers import Post
from weaviate_orm import (
    Client,
    DetachedError,
    GeoCoordinates,
    Groups,
    Hits,
    Move,
    Q,
    QuerySet,
    Session,
    TargetVectors,
)


def again(value: Any) -> Any:
    return pickle.loads(pickle.dumps(value))


QUERIES: list[Callable[[], QuerySet[Any]]] = [
    lambda: Book.query,
    lambda: Book.query.where(title="cats", pages__gt=1, tags__len__gte=2),
    lambda: Book.query.where((Book.pages > 2**40) & ~Book.title.like("*x*") | Book.in_print.is_null()),
    lambda: Book.query.where(Book.published < datetime(2020, 1, 1, tzinfo=timezone.utc), isbn=UUID(int=1)),
    lambda: Book.query.where(Book.writers.name == "Ada", sequel_of__writers__name__in=["Ada", "Bo"]),
    lambda: Book.query.where(Book.sequel_of.writers.home.within(GeoCoordinates(1, 2), distance=5)),
    lambda: Book.query.where(Book.subject.on(Writer).name == "Ada"),
    lambda: Book.query.where(Q(pages__gt=9) | ~Q(Book.writers.count > 1), tags__contains_any=["a"]),
    lambda: Book.query.where(Book.created_at > datetime(2020, 1, 1, tzinfo=timezone.utc)).order_by(
        "-pages", Book.title
    ),
    lambda: Book.query.near_text(["a", "b"], certainty=0.7, move_to=Move("c", force=0.5, objects=[UUID(int=2)])),
    lambda: Book.query.near_vector(np.array([1.0, 2.0], dtype="float32")).limit(3),
    lambda: Book.query.near_vector([1.0, 2.0]).offset(2).limit(3).with_vector().with_metadata("created_at"),
    lambda: Book.query.near_object(UUID(int=1), distance=0.5).autocut(1),
    lambda: Book.query.bm25("cats", properties=["title^2"]),
    lambda: Book.query.near_text("cats").group_by("shelf", groups=2),
    lambda: Book.query.hybrid("cats", alpha=0.5).rerank("text", "pets").generate("{title}"),
    lambda: Drawing.query.near_vector(
        {"shape": [1.0, 0.0], "color": [1.0, 0.0, 0.0]}, target=TargetVectors.sum("shape", "color")
    ),
    lambda: Book.query.include(Book.writers, Book.sequel_of.writers).only(Book.title).raiseload(),
    lambda: Book.query.defer("text").limit(2),
    lambda: Book.query[3:9],
    lambda: Post.query.long(),
    lambda: Post.drafts.order_by("title"),
]


@pytest.mark.parametrize("make", QUERIES)
def test_a_query_set_asks_the_same(make: Callable[[], QuerySet[Any]]) -> None:
    query = make()
    for other in (again(query), copy.copy(query), copy.deepcopy(query)):
        assert type(other) is type(query)
        assert other.graphql() == query.graphql()
        assert other.limit(1).graphql() == query.limit(1).graphql()


CONDITIONS: list[Callable[[], Any]] = [
    lambda: Book.title == "x",
    lambda: (Book.title == "x") & ~(Book.pages > 1) | Book.id.in_([UUID(int=1)]),
    lambda: Book.tags.length > 2,
    lambda: Book.writers.count > 2,
    lambda: Book.pages.mean(),
    lambda: Book.tags.top(3),
]


@pytest.mark.parametrize("make", CONDITIONS)
def test_what_expressions_make_is_equal(make: Callable[[], Any]) -> None:
    assert again(make()) == make()
    assert copy.deepcopy(make()) == make()


def test_expressions_are_compared_after_unpickling() -> None:
    title, deep, count, narrowed = again(
        (Book.title, Book.sequel_of.writers.name, Book.writers.count, Book.subject.on(Writer))
    )
    assert (title == "x") == (Book.title == "x")
    assert (deep == "x") == (Book.sequel_of.writers.name == "x")
    assert (count > 1) == (Book.writers.count > 1)
    assert (narrowed.name == "x") == (Book.subject.on(Writer).name == "x")
    condition = again(Q(pages__gt=9) | ~Q(Book.title == "x"))
    assert Book.query.where(condition).graphql() == Book.query.where(Q(pages__gt=9) | ~Q(Book.title == "x")).graphql()


def test_a_query_set_is_run_by_the_session_around(client: Client, session: Session) -> None:
    stored = pickle.dumps(session.query(Book).where(title="cats").order_by("title"))
    figure = again(Book.pages.maximum())
    with Session(client) as other:
        (book,) = pickle.loads(stored)
        assert book in other
        assert book not in session
        assert other.query(Book).aggregate(figure) == session.query(Book).aggregate(Book.pages.maximum())


def test_results_are_the_same_and_belong_to_no_session(session: Session) -> None:
    hits = Book.query.bm25("cats").hits()
    other = again(hits)
    assert type(other) is Hits
    assert [(hit.id, hit.score, hit.object.title) for hit in other] == [
        (hit.id, hit.score, hit.object.title) for hit in hits
    ]
    assert again(hits[0]).object.id == hits[0].object.id
    with pytest.raises(DetachedError):
        _ = other[0].object.writers
    groups = Book.query.near_text("cats").group_by("shelf").groups()
    others = again(groups)
    assert type(others) is Groups
    assert [(group.value, len(group.hits)) for group in others] == [(group.value, len(group.hits)) for group in groups]
    explanation = Book.query.explain()
    assert again(explanation) == explanation

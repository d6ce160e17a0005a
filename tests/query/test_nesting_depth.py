"""Conditions by the thousand, and deep ones: they work, or the bound is named. A RecursionError is no answer."""

from __future__ import annotations

import operator
from collections.abc import Callable
from functools import reduce
from typing import Any

import pytest

from tests.query.book_models import Book
from weaviate_orm import Client, Field, Model, Q, QueryError, ValidationError
from weaviate_orm.query.filters import MOST_LEVELS, And, Or

THOUSANDS = 3000


class DeepNote(Model):
    text: Field[str]

    class Meta:
        name = "TestDepthNote"


def alternating(first: Any, other: Callable[[int], Any], depth: int) -> Any:
    joined = first
    for number in range(depth):
        joined = joined & other(number) if number % 2 else joined | other(number)
    return joined


@pytest.mark.slow
def test_thousands_of_conditions_lie_side_by_side() -> None:
    titles = [Book.title == str(number) for number in range(THOUSANDS)]
    for join, kind in ((operator.or_, Or), (operator.and_, And)):
        joined: Any = reduce(join, titles)
        assert type(joined) is kind
        assert (len(joined.operands), joined.levels) == (THOUSANDS, 1)
        named: Any = reduce(join, [Q(title=str(number)) for number in range(THOUSANDS)])
        assert named.levels == 2
        assert Book.query.where(named).graphql() == Book.query.where(joined).graphql()


@pytest.mark.parametrize(
    ("first", "other"),
    [
        (Book.title == "a", lambda number: Book.title == str(number)),
        (Q(title="a"), lambda number: Q(title=str(number))),
        (Q(title="a"), lambda number: Book.title == str(number)),
    ],
)
def test_deep_conditions_are_refused_with_the_bound(first: Any, other: Callable[[int], Any]) -> None:
    deepest = alternating(first, other, MOST_LEVELS - 2)
    assert Book.query.where(deepest).graphql()
    assert Book.query.where(~deepest).graphql()
    for deeper in (alternating(first, other, MOST_LEVELS + 1), alternating(first, other, THOUSANDS)):
        for condition in (deeper, ~deeper, Q(deeper)):
            with pytest.raises(QueryError, match=f"at most {MOST_LEVELS} levels"):
                Book.query.where(condition)


def test_what_is_turned_round_often_does_not_get_deeper() -> None:
    for condition in (Book.title == "a", Q(title="a")):
        turned: Any = condition
        for _ in range(THOUSANDS):
            turned = ~turned
        assert Book.query.where(turned).graphql() == Book.query.where(condition).graphql()


def test_the_server_takes_the_deepest(client: Client) -> None:
    client.schema.create_class({"class": "TestDepth", "properties": [{"name": "a", "dataType": ["int"]}]})
    try:
        where: dict[str, Any] = {"path": ["a"], "operator": "Equal", "valueInt": 1}
        for number in range(MOST_LEVELS):
            where = {"operator": ("And", "Or")[number % 2], "operands": [where, where] if number < 3 else [where]}
        answer = client.query.get("TestDepth", ["a"]).with_where(where).do()
        assert answer == {"data": {"Get": {"TestDepth": []}}}
        assert client.batch.delete_objects("TestDepth", where)["results"]["matches"] == 0
        deeper = {"operator": "And", "operands": [where]}
        with pytest.raises(QueryError, match="at most 100 levels"):
            client.query.get("TestDepth", ["a"]).with_where(deeper)
        with pytest.raises(QueryError, match="at most 100 levels"):
            client.batch.delete_objects("TestDepth", deeper)
    finally:
        client.schema.delete_class("TestDepth")


def test_deep_values_are_refused(client: Client) -> None:
    deep: Any = 1
    for _ in range(THOUSANDS):
        deep = [deep]
    with pytest.raises(ValidationError):
        DeepNote(text=deep)
    with pytest.raises(QueryError):
        Book.query.where(title=deep)
    for call in (
        lambda: client.data_object.create({"a": deep}, "TestDepth"),
        lambda: client.schema.create({"classes": [{"class": "TestDepth", "moduleConfig": {"a": deep}}]}),
    ):
        with pytest.raises(ValidationError):
            call()

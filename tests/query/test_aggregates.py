"""Figures: each against the same figure computed in Python; by groups; of searches."""

from __future__ import annotations

import statistics
from collections import Counter
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta, timezone
from typing import Any

import pytest

from tests.empty_collections import empty_collections
from weaviate_orm import (
    BooleanCounts,
    Client,
    Field,
    GroupResult,
    Model,
    Occurrence,
    QueryError,
    Ref,
    Session,
    field,
    ref,
)
from weaviate_orm.http.features import Feature
from weaviate_orm.testing import recorded_requests


class Seller(Model):
    name: Field[str]

    class Meta:
        name = "TestAggregateSeller"


class Sale(Model):
    """What is summed up."""

    item: Field[str] = field(tokenization="field")
    amount: Field[int | None] = field(default=None, name="amountOfCents")
    price: Field[float] = field(default=0.0)
    paid: Field[bool] = field(default=False)
    sold: Field[datetime | None] = field(default=None)
    tags: Field[list[str]] = field(factory=list, tokenization="field")
    parts: Field[list[int]] = field(factory=list)
    seller: Ref[Seller | None] = ref(default=None)

    class Meta:
        name = "TestAggregateSale"


DAY = datetime(2024, 5, 1, 12, tzinfo=timezone.utc)
ITEMS = ["pen", "ink", "pen", "pad", "pen", "ink", "cap"]
AMOUNTS = [2**40, 7, 7, None, -3, 12, 40]


@pytest.fixture(scope="module")
def sales(client: Client) -> Iterator[None]:
    with empty_collections(client, [Sale, Seller]):
        ada = Seller(name="Ada")
        bo = Seller(name="Bo")
        with Session(client) as session:
            for number, (item, amount) in enumerate(zip(ITEMS, AMOUNTS, strict=True)):
                session.add(
                    Sale(
                        item=item,
                        amount=amount,
                        price=number / 2,
                        paid=number < 2,
                        sold=None if number == 6 else DAY + timedelta(days=number),
                        tags=["a", "b"][: number % 3],
                        parts=[number, 1],
                        seller=ada if number < 3 else bo,
                        vector=[1.0, number / 10],
                    )
                )
            session.commit()
        yield


@pytest.fixture
def session(client: Client, sales: None) -> Iterator[Session]:
    with Session(client) as opened:
        yield opened


def test_figures_are_those_of_python(client: Client, session: Session) -> None:
    amounts = [amount for amount in AMOUNTS if amount is not None]
    prices = [number / 2 for number in range(7)]
    days = [DAY + timedelta(days=number) for number in range(6)]
    expected: list[tuple[Any, Any]] = [
        (Sale.id.count(), 7),
        (Sale.amount.count(), 6),
        (Sale.amount.sum(), sum(amounts)),
        (Sale.amount.mean(), pytest.approx(statistics.mean(amounts))),
        (Sale.amount.median(), statistics.median(amounts)),
        (Sale.amount.mode(), 7),
        (Sale.amount.minimum(), -3),
        (Sale.amount.maximum(), 2**40),
        (Sale.price.mean(), statistics.mean(prices)),
        (Sale.price.sum(), sum(prices)),
        (Sale.price.median(), statistics.median(prices)),
        (Sale.sold.minimum(), days[0]),
        (Sale.sold.maximum(), days[-1]),
        (Sale.sold.count(), 6),
        (Sale.paid.shares(), BooleanCounts(2, 5, pytest.approx(2 / 7), pytest.approx(5 / 7))),  # type: ignore[arg-type]
        (Sale.paid.count(), 7),
        (Sale.item.count(), 7),
        (Sale.item.top(2), [Occurrence("pen", 3), Occurrence("ink", 2)]),
        (Sale.tags.top(), [Occurrence("a", 4), Occurrence("b", 2)]),
        (Sale.parts.sum(), sum(range(7)) + 7),
        (Sale.parts.count(), 14),
        (Sale.parts.mode(), 1),
        (Sale.seller.pointing_to(), ("TestAggregateSeller",)),
    ]
    for figure, value in expected:
        assert Sale.query.aggregate(figure) == value, figure
    with recorded_requests(client) as requests:
        together = Sale.query.aggregate(*(figure for figure, _ in expected))
        assert len(requests) == 1
    assert list(together) == [value for _, value in expected]
    assert isinstance(Sale.query.aggregate(Sale.amount.sum()), int)
    assert isinstance(Sale.query.aggregate(Sale.price.sum()), float)


def test_named_figures_and_filters(session: Session) -> None:
    found = Sale.query.where(item="pen").aggregate(count=Sale.id.count(), most=Sale.amount.maximum())
    assert found == {"count": 3, "most": 2**40}
    count, mean = Sale.query.where(seller__name="Bo").aggregate(Sale.id.count(), Sale.price.mean())
    assert (count, mean) == (4, 2.25)


def test_figures_of_nothing(session: Session) -> None:
    none = Sale.query.where(item="nothing")
    figures = (Sale.id.count(), Sale.amount.count(), Sale.price.mean(), Sale.sold.maximum(), Sale.amount.minimum())
    assert none.aggregate(*figures) == (0, 0, None, None, None)
    assert none.aggregate(Sale.amount.median(), Sale.amount.mode()) == (None, None)
    assert none.aggregate(Sale.item.top()) == []
    assert none.aggregate(Sale.paid.shares()) == BooleanCounts(0, 0, None, None)
    assert none.aggregate_by(Sale.item) == []


def test_groups(session: Session) -> None:
    by_item = Sale.query.aggregate_by(Sale.item, Sale.price.mean())
    assert {group.value: group.count for group in by_item} == Counter(ITEMS)
    assert by_item[0] == GroupResult("pen", 3, 1.0)
    assert [group.value for group in Sale.query.aggregate_by("item", limit=1)] == ["pen"]
    by_paid = Sale.query.aggregate_by(Sale.paid, Sale.id.count(), Sale.amount.sum())
    assert [(group.value, group.result) for group in by_paid] == [(False, (5, 56)), (True, (2, 2**40 + 7))]
    by_amount = Sale.query.where(item="ink").aggregate_by(Sale.amount)
    assert {group.value for group in by_amount} == {7, 12}
    large = Sale.query.where(amount__gt=2**39).aggregate_by(Sale.amount)
    assert [group.value for group in large] == [2**40]
    by_price = Sale.query.where(item="ink").aggregate_by(Sale.price)
    assert {group.value for group in by_price} == {0.5, 2.5}
    by_day = Sale.query.where(item="ink").aggregate_by(Sale.sold)
    assert {group.value for group in by_day} == {DAY + timedelta(days=1), DAY + timedelta(days=5)}
    by_tag = Sale.query.aggregate_by(Sale.tags)
    assert {group.value: group.count for group in by_tag} == {"a": 4, "b": 2}
    ada = Seller.query.get(name="Ada")
    by_seller = Sale.query.aggregate_by(Sale.seller, Sale.amount.maximum())
    assert {group.value: group.result for group in by_seller}[str(ada.id)] == 2**40
    assert by_seller[0].count == 4
    assert by_seller[0].result == 40


def test_figures_of_searches(session: Session) -> None:
    near = Sale.query.near_vector([1, 0])
    assert near.limit(2).aggregate(Sale.id.count(), Sale.price.maximum()) == (2, 0.5)
    distance = near.hits()[2].distance or 0
    assert near_bounded(distance + 1e-6).aggregate(Sale.price.maximum()) == 1.0
    grouped = near.limit(3).aggregate_by(Sale.item)
    assert {group.value: group.count for group in grouped} == {"pen": 2, "ink": 1}
    with pytest.raises(QueryError, match=r"in text alone, and Sale has lists of it \(tags\)"):
        Sale.query.hybrid("pen", alpha=0).limit(9).count()


@pytest.mark.needs(Feature("an unlimited aggregate of a hybrid search", (1, 39, 0)))
def test_figures_of_a_hybrid_search_without_a_limit(session: Session) -> None:
    distance = Sale.query.near_vector([1, 0]).hits()[2].distance or 0
    by_vector = Sale.query.hybrid("pen", alpha=1, vector=[1.0, 0.0], max_vector_distance=distance + 1e-6)
    assert by_vector.aggregate(Sale.id.count()) == 3


def near_bounded(distance: float) -> Any:
    return Sale.query.near_vector([1, 0], distance=distance)


MISTAKES: list[tuple[Callable[[], object], str]] = [
    (lambda: Sale.query.aggregate(), "takes figures"),
    (lambda: Sale.query.aggregate(Sale.item), "is made by an expression"),  # type: ignore[call-overload]
    (lambda: Sale.item.mean(), "Sale.item is text, which has no mean"),
    (lambda: Sale.item.maximum(), "which has no maximum"),
    (lambda: Sale.price.top(), "which has no top"),
    (lambda: Sale.price.shares(), "which has no shares"),
    (lambda: Sale.sold.sum(), "which has no sum"),
    (lambda: Sale.id.sum(), "of the objects their count"),
    (lambda: Sale.seller.name.count(), "properties of the searched class"),
    (lambda: Sale.query.aggregate_by(Sale.seller.name), "is none"),
    (lambda: Sale.query.limit(3).aggregate(Sale.id.count()), "leave out limit and offset"),
    (lambda: Sale.query.bm25("x").aggregate(Sale.id.count()), "cannot count a bm25"),
    (lambda: Sale.query.near_vector([1, 0]).aggregate(Sale.id.count()), "matches every object"),
    (lambda: Sale.query.aggregate(Sale.tags.top(1), Sale.tags.top(2)), "for one limit"),
    (lambda: Sale.query.aggregate_by(Sale.item, limit=0), "from 1"),
]


@pytest.mark.parametrize(("mistake", "message"), MISTAKES)
def test_mistakes_are_refused_before_anything_is_sent(
    client: Client, session: Session, mistake: Callable[[], object], message: str
) -> None:
    with recorded_requests(client) as requests, pytest.raises(QueryError, match=message):
        mistake()
    assert requests == []

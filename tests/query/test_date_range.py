"""Dates outside 1677-09-21 to 2262-04-11: stored and found as they are, but not to be compared by order."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from datetime import date, datetime, timedelta, timezone

import pytest

from tests.empty_collections import empty_collections
from weaviate_orm import (
    Client,
    Field,
    Model,
    Q,
    QueryError,
    Ref,
    ResultError,
    Session,
    field,
    ref,
)
from weaviate_orm.schema.collection_options import InvertedIndexSpec
from weaviate_orm.schema.values import EARLIEST_ORDERED_DATE, LATEST_ORDERED_DATE
from weaviate_orm.testing import recorded_requests

SMALLEST = timedelta(microseconds=1)
UTC = timezone.utc

INSIDE = [
    EARLIEST_ORDERED_DATE,
    datetime(1969, 12, 31, tzinfo=UTC),
    datetime(2020, 1, 1, 1, tzinfo=timezone(timedelta(hours=2))),
    LATEST_ORDERED_DATE,
]
OUTSIDE = [
    datetime.min.replace(tzinfo=UTC),
    datetime(1066, 10, 14, tzinfo=UTC),
    EARLIEST_ORDERED_DATE - SMALLEST,
    LATEST_ORDERED_DATE + SMALLEST,
    datetime(2500, 1, 1, tzinfo=UTC),
    datetime.max.replace(tzinfo=UTC),
]


class Era(Model):
    begins: Field[datetime]
    day: Field[date]
    moments: Field[list[datetime]] = field(factory=list)
    before: Ref[Era | None] = ref(default=None)

    class Meta:
        name = "TestOrderedEra"
        inverted_index = InvertedIndexSpec(index_timestamps=True)


@pytest.fixture(scope="module")
def eras(client: Client) -> Iterator[list[datetime]]:
    with empty_collections(client, [Era]):
        moments = [*INSIDE, *OUTSIDE]
        with Session(client) as session:
            session.add_all(Era(begins=each, day=each.astimezone(UTC).date(), moments=[each]) for each in moments)
            session.commit()
        yield moments


@pytest.fixture
def session(client: Client, eras: list[datetime]) -> Iterator[Session]:
    with Session(client) as opened:
        yield opened


def begins(query: Iterable[Era]) -> list[datetime]:
    return [era.begins for era in query]


def test_they_are_stored_as_they_are(session: Session, eras: list[datetime]) -> None:
    stored = Era.query.all()
    assert {era.begins for era in stored} == set(eras)
    assert {era.day for era in stored} == {each.astimezone(UTC).date() for each in eras}
    assert all(era.moments == [era.begins] for era in stored)


def test_they_are_sorted_without_a_filter(session: Session, eras: list[datetime]) -> None:
    assert begins(Era.query.order_by("begins")) == sorted(eras)
    assert begins(Era.query.order_by("-begins")) == sorted(eras, reverse=True)
    assert begins(Era.query.order_by("begins").limit(2)) == sorted(eras)[:2]
    assert Era.query.order_by("-begins").first() == Era.query.get(begins=max(eras))


@pytest.mark.parametrize("moment", [*INSIDE, *OUTSIDE])
def test_they_are_found_by_equality(session: Session, eras: list[datetime], moment: datetime) -> None:
    assert begins(Era.query.where(begins=moment)) == [moment]
    assert set(begins(Era.query.where(Era.begins != moment))) == set(eras) - {moment}
    assert begins(Era.query.where(Era.begins.in_([moment]))) == [moment]
    assert begins(Era.query.where(Era.moments.contains_any([moment]))) == [moment]
    assert Era.query.get(begins=moment).day == moment.astimezone(UTC).date()


@pytest.mark.parametrize("moment", INSIDE)
def test_dates_within_are_ordered(session: Session, moment: datetime) -> None:
    inside = Q(begins__in=INSIDE)
    assert set(begins(Era.query.where(inside, begins__lt=moment))) == {each for each in INSIDE if each < moment}
    assert set(begins(Era.query.where(inside, begins__lte=moment))) == {each for each in INSIDE if each <= moment}
    assert set(begins(Era.query.where(inside, begins__gt=moment))) == {each for each in INSIDE if each > moment}
    assert set(begins(Era.query.where(inside, begins__gte=moment))) == {each for each in INSIDE if each >= moment}


ORDERS: dict[str, Callable[[datetime], object]] = {
    "<": lambda moment: Era.query.where(Era.begins < moment),
    "<=": lambda moment: Era.query.where(Era.begins <= moment),
    ">": lambda moment: Era.query.where(Era.begins > moment),
    ">=": lambda moment: Era.query.where(Era.begins >= moment),
    "lookup": lambda moment: Era.query.where(begins__lt=moment),
    "not": lambda moment: Era.query.where(~(Era.begins > moment)),
    "beside others": lambda moment: Era.query.where(Q(begins=moment) | Q(begins__gte=moment)),
    "date": lambda moment: Era.query.where(Era.day < moment.date() + timedelta(days=-1 if moment.year > 2000 else 1)),
    "reference": lambda moment: Era.query.where(before__begins__lt=moment),
    "created_at": lambda moment: Era.query.where(Era.created_at < moment),
    "updated_at": lambda moment: Era.query.where(updated_at__gte=moment),
    "delete": lambda moment: Era.query.where(begins__lt=moment).delete(),
}


@pytest.mark.parametrize("name", ORDERS)
@pytest.mark.parametrize("moment", [datetime.min.replace(tzinfo=UTC), datetime.max.replace(tzinfo=UTC)])
def test_an_order_that_weaviate_would_mistake_is_not_sent(
    client: Client, session: Session, name: str, moment: datetime
) -> None:
    refused = pytest.raises(QueryError, match=r"orders dates from 1677-09-21 to 2262-04-11 only.*leave out an open end")
    with recorded_requests(client) as requests, refused:
        ORDERS[name](moment)
    assert requests == []


@pytest.mark.wire("graphql")
def test_nothing_is_written_by_the_order_of_dates_that_weaviate_mistakes(
    client: Client, session: Session, eras: list[datetime]
) -> None:
    before_2020 = datetime(2020, 1, 1, tzinfo=UTC)
    mistaken = (
        Era.query.where(Era.begins < before_2020),
        Era.query.where(begins__gte=before_2020),
        Era.query.where(~(Era.begins >= before_2020)),
        Era.query.where(Q(begins=INSIDE[0]) | Q(begins__lt=before_2020)),
        Era.query.where(day__lt=before_2020.date()),
        Era.query.where(begins__lt=before_2020).order_by("-begins").limit(100),
    )
    for query in mistaken:
        with recorded_requests(client) as requests, pytest.raises(ResultError, match="Nothing was written"):
            query.delete()
        assert [request.url.rpartition("/")[2] for request in requests] == ["graphql"]
        with pytest.raises(ResultError, match=r"the filter finds .* from 1677-09-21 to 2262-04-11 only"):
            query.update(moments=[])
    assert set(begins(Era.query.all())) == set(eras)


@pytest.mark.wire("graphql")
def test_what_is_ordered_rightly_is_written(client: Client, session: Session, eras: list[datetime]) -> None:
    moments = [datetime(year, 1, 1, tzinfo=UTC) for year in (1900, 1950, 2000)]
    session.add_all(Era(begins=each, day=date(1, 1, 1), moments=[each]) for each in moments)
    session.commit()
    added = Era.query.where(Era.moments.contains_any(moments), Era.begins <= moments[1])
    assert added.update(moments=[moments[0]]) == 2
    with recorded_requests(client) as requests:
        assert added.delete() == 2
    assert [request.method for request in requests] == ["POST", "DELETE"]
    assert Era.query.where(begins__in=moments).delete() == 1
    assert set(begins(Era.query.all())) == set(eras)


@pytest.mark.parametrize("moment", [EARLIEST_ORDERED_DATE - SMALLEST, LATEST_ORDERED_DATE + SMALLEST])
def test_the_first_date_outside_is_refused(session: Session, moment: datetime) -> None:
    with pytest.raises(QueryError, match="would find other objects"):
        Era.query.where(Era.begins < moment)

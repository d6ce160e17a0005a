"""More objects than one answer holds: each once, by every way to read them."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from weaviate_orm import Client, Field, Model, ResultError, Session, create_all, drop_all, gather
from weaviate_orm.testing import recorded_requests

COUNT = 12_000


class Row(Model):
    number: Field[int]

    class Meta:
        name = "TestReadingRow"


@pytest.fixture(scope="module")
def rows(client: Client) -> Iterator[None]:
    drop_all(client, [Row])
    create_all(client, [Row])
    with Session(client) as session:
        session.add_all((Row(number=number) for number in range(COUNT)), flush_every=4000)
    yield
    drop_all(client, [Row])


@pytest.fixture
def session(client: Client, rows: None) -> Iterator[Session]:
    with Session(client) as opened:
        yield opened


def test_a_bare_class_is_read_by_the_cursor(client: Client, session: Session) -> None:
    assert {row.number for row in Row.query} == set(range(COUNT))
    with recorded_requests(client) as requests:
        numbers = [row.number for row in Row.query.iterator(5000)]
    assert len(requests) == 3
    assert sorted(numbers) == list(range(COUNT))
    assert len(Row.query.limit(11_000).all()) == 11_000


def test_filtered_objects_are_read_by_keyset(client: Client, session: Session) -> None:
    above = Row.query.where(Row.number >= 1000)
    assert {row.number for row in above} == set(range(1000, COUNT))
    numbers = [row.number for row in above.iterator(3000)]
    assert sorted(numbers) == list(range(1000, COUNT))
    assert sorted(above.values_list("number", flat=True)) == list(range(1000, COUNT))
    many = [row.id for row in above.limit(10_500)]
    assert len(set(many)) == 10_500
    assert len(Row.query.in_bulk(many)) == 10_500


def test_ordered_objects_end_at_ten_thousand_and_say_so(session: Session) -> None:
    ordered = Row.query.order_by("number")
    with pytest.raises(ResultError, match="10,000 Row objects or more"):
        ordered.all()
    read = []
    with pytest.raises(ResultError, match="leave out the order"):
        for row in ordered.iterator(4000):
            read.append(row.number)
    assert read == list(range(10_000))
    assert [row.number for row in ordered.limit(9000).iterator(4000)] == list(range(9000))
    assert [row.number for row in ordered[9995:10_000]] == list(range(9995, 10_000))


def test_only_one_page_is_held(session: Session) -> None:
    most = 0
    for _ in Row.query.iterator(1000):
        most = max(most, sum(1 for _ in session))
    assert most <= 2100


def test_a_gathered_query_of_more_than_an_answer_is_complete(session: Session) -> None:
    everything, few = gather(Row.query, Row.query.where(Row.number < 3))
    assert len(everything) == COUNT
    assert {row.number for row in few} == {0, 1, 2}

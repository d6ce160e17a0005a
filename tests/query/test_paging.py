"""More objects than one answer holds: each once, by every way to read them."""

from __future__ import annotations

from collections.abc import Iterator
from urllib.parse import urlsplit

import pytest

from tests.empty_collections import empty_collections
from weaviate_orm import (
    Client,
    Field,
    Model,
    QueryError,
    Ref,
    ResultError,
    Session,
    TransportError,
    create_all,
    drop_all,
    field,
    gather,
    inspect,
    ref,
)
from weaviate_orm.query.paging import Method
from weaviate_orm.testing import recorded_requests

COUNT = 12_000


class Row(Model):
    number: Field[int]

    class Meta:
        name = "TestReadingRow"


@pytest.fixture(scope="module")
def rows(client: Client) -> Iterator[None]:
    with empty_collections(client, [Row]):
        with Session(client) as session:
            session.add_all((Row(number=number) for number in range(COUNT)), flush_every=4000)
        yield


@pytest.fixture
def session(client: Client, rows: None) -> Iterator[Session]:
    with Session(client) as opened:
        yield opened


@pytest.mark.wire
@pytest.mark.parametrize(
    ("method", "path"), [(None, "/objects"), ("listing", "/objects"), ("cursor", "/graphql"), ("keyset", "/graphql")]
)
def test_a_bare_class_is_listed(client: Client, session: Session, method: Method | None, path: str) -> None:
    with recorded_requests(client) as requests:
        rows = list(Row.query.iterator(5000, method=method))
    assert [urlsplit(request.url).path for request in requests] == [f"/v1{path}"] * 3
    assert sorted(row.number for row in rows) == list(range(COUNT))
    assert [row.id.int for row in rows] == sorted(row.id.int for row in rows)
    assert session.dirty == ()


def test_a_bare_class_is_complete(session: Session) -> None:
    assert {row.number for row in Row.query} == set(range(COUNT))
    assert len(Row.query.limit(11_000).all()) == 11_000


def test_what_is_more_or_less_than_the_objects_is_not_listed(session: Session) -> None:
    rows = Row.query
    for narrower in (rows.only(Row.number), rows.with_vector(), rows.where(Row.number > 1), rows.order_by("number")):
        with pytest.raises(QueryError, match="REST lists whole objects of a class"):
            narrower.iterator(method="listing")
    for row in rows.only(Row.number).limit(3).iterator(2):
        assert row.number is not None


class Elsewhere(Model):
    """What the server holds of another program: fewer properties are mapped than there are."""

    number: Field[int]

    class Meta:
        name = "TestReadingElsewhere"


class Deferring(Model):
    number: Field[int] = field(deferred=True)

    class Meta:
        name = "TestReadingElsewhere"


class Branching(Model):
    number: Field[int]
    next: Ref[list[Elsewhere]] = ref(factory=list)

    class Meta:
        name = "TestReadingElsewhere"


class Linked(Model):
    label: Field[str] = field(name="theLabel")
    number: Field[int | None] = field(default=None)
    tags: Field[list[str]] = field(factory=list)
    next: Ref[Linked | None] = ref(default=None)

    class Meta:
        name = "TestReadingElsewhere"


@pytest.mark.wire
def test_what_is_listed_is_what_the_model_maps(client: Client) -> None:
    drop_all(client, [Linked])
    create_all(client, [Linked])
    with Session(client) as session:
        second = Linked(label="two", tags=["a"])
        session.add(Linked(label="one", number=2**40, next=second))
        session.commit()
    with Session(client) as session:
        first, other = sorted(session.query(Linked).all(), key=lambda each: each.label)
        assert (first.number, first.tags, other.number, other.tags) == (2**40, [], None, ["a"])
        assert "next" not in inspect(first).loaded
        assert (first.next, other.next) == (other, None)
        other.number = 3
        session.commit()
    with Session(client) as session:
        with recorded_requests(client) as requests:
            assert {each.number for each in session.query(Elsewhere)} == {2**40, 3}
        assert [request.method for request in requests] == ["GET"]  # it has ints that GraphQL could not carry
        assert {each.next.label for each in session.query(Linked) if each.next} == {"two"}
        # lists of references, and what is deferred, would come along, unasked
        readings = [session.query(model).explain().reading for model in (Linked, Branching, Deferring)]
        assert readings == ["listing", "cursor", "cursor"]
    drop_all(client, [Linked])


@pytest.mark.wire
def test_a_collection_that_is_not_there_is_named(client: Client) -> None:
    drop_all(client, [Linked])
    with Session(client) as session, pytest.raises(TransportError, match=r"no collection TestReadingElsewhere; create"):
        session.query(Elsewhere).all()


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

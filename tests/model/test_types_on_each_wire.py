"""Types that Weaviate has none of its own for: stored, read back, found, sorted, counted and changed, on each wire."""

from __future__ import annotations

import copy
import dataclasses
import pickle
from collections.abc import Iterator
from datetime import date, time, timedelta
from decimal import Decimal
from pathlib import Path, PurePosixPath
from typing import Any

import pytest

from tests.empty_collections import empty_collections
from tests.model.stored_types_models import (
    MODELS,
    Celsius,
    Cents,
    Colour,
    Deal,
    Interval,
    Shop,
    Slug,
    Thing,
    things,
    types_of,
    values_of,
)
from weaviate_orm import (
    Client,
    GroupResult,
    Occurrence,
    QueryError,
    Session,
    asdict,
)


@pytest.fixture(scope="module")
def stored(client: Client) -> Iterator[None]:
    with empty_collections(client, MODELS):
        with Session(client) as session:
            shop = Shop(name="corner")
            plain, full, third = things()
            full.shop = shop
            session.add_all([plain, full, third, Deal(title="all", things=[plain, full, third])])
            session.add(Deal(title="none"))
            session.commit()
        yield


@pytest.fixture
def session(client: Client, stored: None) -> Iterator[Session]:
    with Session(client) as session:
        yield session


def test_the_schema_says_how_each_is_stored() -> None:
    properties = {each["name"]: each for each in Thing.__mapper__.collection.to_json()["properties"]}
    assert {name: each["dataType"][0] for name, each in properties.items() if name != "shop"} == {
        "name": "text",
        "colour": "text",
        "letter": "text",
        "price": "text",
        "weight": "number",
        "day": "date",
        "opens": "number",
        "lasts": "number",
        "tags": "text[]",
        "codes": "int[]",
        "steps": "number[]",
        "words": "text[]",
        "counts": "object[]",
        "boxes": "object[]",
        "maybe": "object[]",
        "address": "object",
        "addresses": "object[]",
        "box": "object",
        "pair": "object[]",
        "number": "int",
        "short": "text",
        "slug": "text",
        "cents": "int",
        "path": "text",
        "paths": "text[]",
        "heat": "int",
        "outline": "number[]",
        "interval": "object",
        "prices": "text[]",
        "weights": "number[]",
        "times": "number[]",
        "spans": "number[]",
        "paid": "object",
        "at": "date",
        "token": "uuid",
    }
    whole = {name for name, each in properties.items() if each.get("tokenization") == "field"}
    assert whole == {"colour", "letter", "price", "prices", "path", "paths"}
    members = {
        name: {inner["name"]: (inner["dataType"][0], inner.get("tokenization")) for inner in each["nestedProperties"]}
        for name, each in properties.items()
        if each.get("nestedProperties")
    }
    box = {"width": ("int", None), "price": ("text", "field"), "labels": ("text[]", None), "opened": ("number", None)}
    assert members["counts"] == {"key": ("text", "field"), "value": ("int", None)}
    assert members["boxes"] == {"key": ("text", "field"), "value": ("object", None)}
    assert members["maybe"] == {"key": ("int", None), "value": ("text", None)}
    assert members["box"] == members["pair"] == box
    assert members["address"] == {"street": ("text", None), "since": ("date", None), "floors": ("int[]", None)}
    assert members["interval"] == {"low": ("text", "field"), "high": ("text", "field")}


def test_values_come_back_as_what_they_were(session: Session) -> None:
    for written in things():
        by_rest = session.get(Thing, written.id)
        (listed,) = [each for each in session.query(Thing).all() if each.name == written.name]
        by_search = session.query(Thing).where(name=written.name).order_by("name").one()
        for loaded in (by_rest, listed, by_search):
            assert loaded is not None
            values = values_of(loaded)
            assert values == values_of(written)
            assert {name: types_of(value) for name, value in values.items()} == {
                name: types_of(value) for name, value in values_of(written).items()
            }
            assert str(loaded.price) == str(written.price)  # its scale is kept
        assert not session.dirty
        session.expire_all()


def test_values_are_plain_rows_too(session: Session) -> None:
    names = [name for name in Thing.__mapper__.properties if name != "outline"]
    rows = session.query(Thing).order_by("name").values(*names)
    written = sorted(map(values_of, things()), key=lambda each: str(each["name"]))
    assert rows == [{name: each[name] for name in names} for each in written]

    @dataclasses.dataclass
    class Row:
        price: Decimal
        tags: set[str]
        hours: int = 0

    assert session.query(Thing).where(name="full").into(Row) == [Row(Decimal("12.50"), {"new", "in stock", ""})]


@pytest.mark.parametrize(
    ("lookups", "names"),
    [
        ({"colour": Colour.DARK_RED}, ["full"]),
        ({"letter__in": ["b"]}, ["full"]),
        ({"price": Decimal("12.5")}, ["full", "third"]),
        ({"price": Decimal("12.500")}, ["full", "third"]),
        ({"price": Decimal("1.25E+1")}, ["full", "third"]),
        ({"price__ne": Decimal("12.5")}, ["plain"]),
        ({"price": Decimal(0)}, ["plain"]),
        ({"price": Decimal("-0.0")}, ["plain"]),
        ({"price__in": [Decimal(0), Decimal("12.50")]}, ["full", "plain", "third"]),
        ({"price__contains_none": [Decimal(0)]}, ["full", "third"]),
        ({"price__exact": Decimal("12.5")}, ["full", "third"]),
        ({"prices": Decimal("1.5")}, ["full"]),
        ({"prices__contains_all": [Decimal("1.5"), Decimal("-3.0")]}, ["full"]),
        ({"prices__contains_all": [Decimal("1.5"), Decimal("3")]}, []),
        ({"prices__contains_any": [Decimal("7"), Decimal("-3.00")]}, ["full"]),
        ({"weight": Decimal("0.10")}, ["full"]),
        ({"weight__gt": Decimal("1.5")}, ["third"]),
        ({"weight__lte": Decimal("1.5")}, ["full", "plain"]),
        ({"weights": Decimal("2.250")}, ["full"]),
        ({"day__gt": date(2020, 2, 29)}, ["full"]),
        ({"opens": time(23, 59, 59, 999_999)}, ["full"]),
        ({"opens__lt": time(10)}, ["plain"]),
        ({"opens__gte": time(10)}, ["full", "third"]),
        ({"lasts": timedelta(days=-1, microseconds=1)}, ["full"]),
        ({"lasts__lt": timedelta()}, ["full"]),
        ({"lasts__gt": timedelta(hours=1)}, ["third"]),
        ({"tags": "new"}, ["full"]),
        ({"tags__contains_all": {"new", "in stock"}}, ["full"]),
        ({"tags__len": 3}, ["full"]),
        ({"codes": 2**40}, ["full"]),
        ({"codes__contains_any": frozenset({1, 5})}, ["full"]),
        ({"steps": 2.0}, ["full"]),
        ({"steps": ()}, ["plain", "third"]),
        ({"words": "b"}, ["full"]),
        ({"times": time(2, 30)}, ["full"]),
        ({"spans__contains_any": [timedelta(days=400)]}, ["full"]),
        ({"number": 7}, ["full"]),
        ({"short": "few"}, ["full"]),
        ({"slug": Slug("c-d")}, ["full"]),
        ({"cents__gt": Cents(5)}, ["full"]),
        ({"path": PurePosixPath("/tmp/a b")}, ["full"]),
        ({"paths": PurePosixPath("x/y")}, ["full"]),
        ({"heat": Celsius(-40)}, ["full"]),
        ({"heat__lt": Celsius(20)}, ["full"]),
        ({"outline": 1.5}, ["full"]),
    ],
)
def test_filters(session: Session, lookups: dict[str, Any], names: list[str]) -> None:
    query = session.query(Thing).where(**lookups)
    assert [each.name for each in query.order_by("name")] == names
    assert query.count() == len(names)


def test_filters_follow_references(session: Session) -> None:
    query = session.query(Deal)
    for lookups, titles in (
        ({"things__price": Decimal("12.500")}, ["all"]),
        ({"things__price": Decimal("7")}, []),
        ({"things__opens__gt": time(23)}, ["all"]),
    ):
        assert [each.title for each in query.where(**lookups)] == titles, lookups
    assert [each.title for each in query.where(~(Deal.things.price == Decimal("12.50")))] == ["none"]
    with pytest.raises(QueryError, match="use ~ and =="):
        query.where(things__price__ne=Decimal(1))
    with pytest.raises(QueryError, match="one value at a time"):
        query.where(things__prices__contains_all=[Decimal(1), Decimal(2)])


def test_orders(session: Session) -> None:
    query = session.query(Thing)
    for key, names in (
        ("weight", ["full", "plain", "third"]),
        ("-weight", ["third", "plain", "full"]),
        ("opens", ["plain", "third", "full"]),
        ("lasts", ["full", "plain", "third"]),
        ("-lasts", ["third", "plain", "full"]),
    ):
        assert query.order_by(key).values_list("name", flat=True) == names, key
    assert query.order_by("heat", "name").values_list("name", flat=True) == ["full", "plain", "third"]
    assert query.order_by("-day", "name").values_list("name", flat=True) == ["full", "plain", "third"]


@pytest.mark.parametrize(
    ("ask", "reason"),
    [
        (lambda: Thing.query.where(Thing.price > Decimal(1)), r"Thing\.price GreaterThan: .*field\(stored_as=float\)"),
        (lambda: Thing.query.where(price__lte=Decimal(1)), r"stored as text, which keeps its scale"),
        (lambda: Thing.query.order_by("-price"), r"Thing\.price cannot be sorted by: a Decimal .*stored_as=float"),
        (lambda: Thing.query.aggregate(Thing.price.sum()), "which has no sum; that is for int, number. a Decimal"),
        (lambda: Thing.query.aggregate(Thing.price.minimum()), "has no minimum; .*stored_as=float"),
        (lambda: Thing.query.order_by("path"), r"register_type\(…, ordered=True\) says so"),
        (lambda: Thing.query.where(Thing.path < PurePosixPath("/")), "order of PurePosixPath is not known"),
        (lambda: Thing.query.aggregate(Thing.opens.sum()), "has no sum, which would mean nothing"),
        (lambda: Thing.query.where(price=1), r"needs a Decimal, got int 1; that is Decimal\('1'\)"),
        (lambda: Thing.query.where(price=1.5), "needs a Decimal, got float"),
        (lambda: Thing.query.where(slug="a"), r"needs a Slug, got str 'a'; use Slug\(…\)"),
        (lambda: Thing.query.where(heat=20), "needs a Celsius, got int 20"),
        (lambda: Thing.query.where(tags={"a"}), r"compares one value with those of text\[\]"),
        (lambda: Thing.query.where(counts={"a": 1}), r"cannot filter by object\[\]"),
        (lambda: Thing.query.where(Thing.prices.exact([Decimal(1)])), "whole lists are not compared"),
    ],
)
def test_what_has_no_right_answer_is_refused(ask: Any, reason: str) -> None:
    with pytest.raises(QueryError, match=reason):
        ask()


def test_aggregates(session: Session) -> None:
    query = session.query(Thing)
    assert query.aggregate(Thing.weight.sum(), Thing.weight.minimum(), Thing.weight.maximum()) == (
        Decimal("21.6"),
        Decimal("0.1"),
        Decimal("20"),
    )
    assert query.aggregate(Thing.weight.mean(), Thing.weight.median()) == (Decimal("7.2"), Decimal("1.5"))
    assert query.aggregate(Thing.opens.minimum(), Thing.opens.median(), Thing.opens.maximum()) == (
        time(9, 30),
        time(10),
        time(23, 59, 59, 999_999),
    )
    ordinary = query.where(Thing.lasts > timedelta())
    assert ordinary.aggregate(Thing.lasts.sum(), Thing.lasts.mean(), Thing.lasts.maximum()) == (
        timedelta(minutes=150),
        timedelta(minutes=75),
        timedelta(minutes=90),
    )
    assert query.aggregate(Thing.heat.mode(), Thing.cents.mode()) == (Celsius(20), Cents(5))
    assert query.aggregate(Thing.heat.minimum(), Thing.cents.maximum()) == (Celsius(-40), Cents(99))
    assert type(query.aggregate(Thing.cents.maximum())) is Cents
    top = query.aggregate(Thing.price.top())
    assert sorted(top, key=lambda each: str(each.value)) == [
        Occurrence(Decimal("0.00"), 1),
        Occurrence(Decimal("12.5"), 1),
        Occurrence(Decimal("12.50"), 1),
    ]
    assert {str(each.value) for each in top} == {"0.00", "12.5", "12.50"}
    assert sorted(each.value for each in query.aggregate(Thing.tags.top())) == ["", "in stock", "new"]
    groups: list[GroupResult] = query.aggregate_by("opens")
    assert {each.value: each.count for each in groups} == dict.fromkeys([time(9, 30), time(10), time.max], 1)
    assert {each.value for each in query.aggregate_by("slug")} == {Slug("a-b"), Slug("c-d")}
    nothing = query.where(name="nobody")
    assert nothing.aggregate(Thing.lasts.sum(), Thing.weight.mean(), Thing.opens.minimum()) == (None, None, None)


def test_equal_keys_have_equal_ids() -> None:
    one = Thing(name="k", price=Decimal("1.5"), codes=frozenset({1, 2, 300}))
    other = Thing(name="k", price=Decimal("1.500"), codes=frozenset({300, 2, 1}))
    assert one.id == other.id
    assert Thing(name="k", price=Decimal("0")).id == Thing(name="k", price=Decimal("-0.00")).id
    assert one.id != Thing(name="k", price=Decimal("1.51"), codes=frozenset({1, 2, 300})).id


def test_queries_can_be_pickled(session: Session) -> None:
    for query in (
        Thing.query.where(heat__lt=Celsius(20)),
        Thing.query.where(Thing.price == Decimal("12.5"), colour=Colour.DARK_RED).order_by("opens"),
        Thing.query.where(slug=Slug("c-d"), path=PurePosixPath("/tmp/a b")),
        Thing.query.where(Thing.spans.contains_any([timedelta(days=400)])),
    ):
        copied = pickle.loads(pickle.dumps(query))
        assert [each.name for each in copied] == ["full"]
    assert session.query(Thing).aggregate(pickle.loads(pickle.dumps(Thing.heat.minimum()))) == Celsius(-40)


def test_copies_and_dicts() -> None:
    full = things()[1]
    for copied in (copy.deepcopy(full), pickle.loads(pickle.dumps(full))):
        assert values_of(copied) == values_of(full)
    row = asdict(full)
    assert row["tags"] == {"new", "in stock", ""}
    assert row["counts"] == {"b": 2, "a": 1, "": 0}
    assert row["boxes"][Colour.RED] == {"width": 2, "price": None, "labels": set(), "opened": time(1, 2, 3)}
    assert row["paid"] == {"amount": Decimal("3.30"), "currency": "EUR"}
    assert row["interval"] == Interval(Decimal("1.10"), Decimal(2))
    assert row["address"] == {"street": "Rokin", "since": date(1970, 1, 1), "floors": [1, 2]}
    assert row["price"] == Decimal("12.50")


def test_tables_hold_them(session: Session, tmp_path: Path) -> None:
    """What is exported, and imported again, is equal."""
    pyarrow = pytest.importorskip("pyarrow")
    parquet = pytest.importorskip("pyarrow.parquet")
    query = session.query(Thing).order_by("name")
    table = query.to_arrow()
    assert query.to_parquet(tmp_path / "things.parquet") == 3
    written = {thing.name: values_of(thing) for thing in things()}
    rows = [{name: value for name, value in row.items() if name != "shop__id"} for row in query.values()]
    for objects in (
        Thing.from_arrow(table),
        Thing.from_arrow(parquet.read_table(tmp_path / "things.parquet")),
        Thing.from_rows(rows),
        Thing.from_rows(table.to_pylist()),
    ):
        assert {thing.name: values_of(thing) for thing in objects} == written
    columns = {"name": ["x"], "opens": [time(9)], "lasts": [timedelta(1)], "price": [Decimal("1.50")], "tags": [["a"]]}
    (thing,) = Thing.from_arrow(pyarrow.table(columns))
    assert (thing.opens, thing.lasts, str(thing.price), thing.tags) == (time(9), timedelta(1), "1.50", {"a"})

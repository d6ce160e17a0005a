"""Rows, data frames and tables of Arrow as objects: what cells may be, and which error a wrong one is. No server."""

from __future__ import annotations

import json
import math
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import date, datetime, timezone
from enum import Enum
from itertools import islice
from typing import Any, Literal
from uuid import UUID

import attrs
import numpy
import pytest

from tests.table_models import numbers
from weaviate_orm import Field, GeoCoordinates, Model, PhoneNumber, Ref, TableError, Vector, field, ref, vector
from weaviate_orm.exceptions import ArgumentTypeError, ConfigurationError

pandas = pytest.importorskip("pandas")
pyarrow = pytest.importorskip("pyarrow")

WHEN = datetime(2020, 2, 29, 12, 30, 0, 123456, timezone.utc)


class Colour(Enum):
    RED = "red"
    BLUE = "blue"


@attrs.define
class Size:
    width: int
    depth: float | None = None
    made: date | None = None


class Maker(Model):
    name: Field[str]

    class Meta:
        name = "TestTableMaker"


class Shop(Model):
    name: Field[str]

    class Meta:
        name = "TestTableShop"


class Thing(Model):
    """A field of each kind."""

    name: Field[str]
    count: Field[int | None] = field(default=None)
    price: Field[float | None] = field(default=None)
    is_new: Field[bool] = field(default=True)
    when: Field[datetime | None] = field(default=None)
    day: Field[date | None] = field(default=None)
    code: Field[UUID | None] = field(default=None)
    colour: Field[Colour | None] = field(default=None)
    kind: Field[Literal["a", "b"]] = field(default="a")
    place: Field[GeoCoordinates | None] = field(default=None)
    phone: Field[PhoneNumber | None] = field(default=None)
    picture: Field[bytes | None] = field(default=None)
    tags: Field[list[str]] = field(factory=list)
    counts: Field[list[int]] = field(factory=list)
    days: Field[list[date]] = field(factory=list)
    size: Field[Size | None] = field(default=None)
    sizes: Field[list[Size]] = field(factory=list)
    maker: Ref[Maker | None] = ref(default=None)
    makers: Ref[list[Maker]] = ref(factory=list)
    sold_by: Ref[Maker | Shop | None] = ref(default=None)

    class Meta:
        name = "TestTableThing"
        key = "name"
        dimensions = 3


class Plain(Model):
    title: Field[str] = field(name="server_title")
    pages: Field[int | None] = field(default=None)

    class Meta:
        name = "TestTablePlain"


class Twin(Model):
    name: Field[str]
    left: Vector = vector(dimensions=2)
    right: Vector = vector(dimensions=2)

    class Meta:
        name = "TestTableTwin"


FULL: Mapping[str, Any] = {
    "name": "lamp",
    "count": 3,
    "price": 1.5,
    "is_new": False,
    "when": WHEN,
    "day": date(2020, 2, 29),
    "code": UUID(int=7),
    "colour": Colour.BLUE,
    "kind": "b",
    "place": GeoCoordinates(51.5, -0.5),
    "picture": b"\0\1",
    "tags": ["x", ""],
    "counts": [1, 2],
    "days": [date(2020, 1, 1)],
    "size": Size(2, 0.5, date(1999, 1, 1)),
    "sizes": [Size(1), Size(2, 1.0)],
}

STORED: Mapping[str, Any] = {
    **FULL,
    "when": "2020-02-29T12:30:00.123456Z",
    "day": "2020-02-29",
    "code": str(UUID(int=7)),
    "colour": "blue",
    "place": {"latitude": 51.5, "longitude": -0.5},
    "picture": "AAE=",
    "days": ["2020-01-01T00:00:00Z"],
    "size": {"width": 2, "depth": 0.5, "made": "1999-01-01"},
    "sizes": [{"width": 1}, {"width": 2.0, "depth": 1}],
}
"""The same as JSON has it."""


def values(thing: Thing) -> dict[str, Any]:
    return {name: getattr(thing, name) for name in FULL}


def as_rows(cells: Mapping[str, Sequence[Any]]) -> Iterator[Any]:
    return Thing.from_rows(dict(zip(cells, row, strict=True)) for row in zip(*cells.values(), strict=True))


def as_frame(cells: Mapping[str, Sequence[Any]]) -> Iterator[Any]:
    return Thing.from_pandas(pandas.DataFrame({name: list(column) for name, column in cells.items()}))


def as_table(cells: Mapping[str, Sequence[Any]]) -> Iterator[Any]:
    return Thing.from_arrow(pyarrow.table({name: list(column) for name, column in cells.items()}))


EACH = pytest.mark.parametrize("make", [as_rows, as_frame, as_table])
Make = Callable[[Mapping[str, Sequence[Any]]], Iterator[Any]]


def test_values_and_what_is_stored_of_them_are_cells() -> None:
    of_values, of_json = Thing.from_rows([FULL, json.loads(json.dumps(STORED))])
    assert values(of_values) == dict(FULL)
    assert values(of_json) == dict(FULL)
    assert [type(size.width) for size in of_json.sizes] == [int, int]


@pytest.fixture
def chicago(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A local timezone that is not UTC."""
    with monkeypatch.context() as patch:
        patch.setenv("TZ", "America/Chicago")
        time.tzset()
        yield
    time.tzset()


def test_days_do_not_depend_on_the_local_timezone(chicago: None) -> None:
    days = ["2020-01-01", "2020-02-01T00:00:00Z"]
    (thing,) = Thing.from_rows([{"name": "a", "day": days[0], "days": days}])
    assert (thing.day, thing.days) == (date(2020, 1, 1), [date(2020, 1, 1), date(2020, 2, 1)])
    for cells in ({"day": "2020-01-01T00:00:00"}, {"days": ["2020-01-01T00:00:00"]}):
        with pytest.raises(TableError, match=r"no midnight of UTC|needs a date"):
            next(Thing.from_rows([{"name": "a", **cells}]))


def test_columns_of_arrow() -> None:
    table = pyarrow.Table.from_pylist(
        [
            {
                **STORED,
                "when": WHEN,
                "day": date(2020, 2, 29),
                "picture": b"\0\1",
                "days": [date(2020, 1, 1)],
                "size": {"width": 2, "depth": 0.5, "made": date(1999, 1, 1)},
                "sizes": [{"width": 1, "depth": None}, {"width": 2, "depth": 1.0}],
            }
        ]
    )
    (thing,) = Thing.from_arrow(table)
    assert values(thing) == dict(FULL)
    frame = table.to_pandas()
    (thing,) = Thing.from_pandas(frame)
    assert values(thing) == dict(FULL)


def test_a_frame_of_python_values_and_numpy_scalars() -> None:
    (thing,) = Thing.from_pandas(pandas.DataFrame([FULL]))
    assert values(thing) == dict(FULL)
    (thing,) = Thing.from_rows(
        [
            {
                "name": numpy.str_("lamp"),
                "count": numpy.int32(3),
                "price": numpy.float32(1.5),
                "is_new": numpy.bool_(False),
                "when": pandas.Timestamp(WHEN),
                "tags": numpy.array(["x", ""], dtype=object),
                "counts": numpy.array([1.0, 2.0]),
            }
        ]
    )
    assert (thing.name, thing.count, thing.price, thing.is_new, thing.when) == ("lamp", 3, 1.5, False, WHEN)
    assert (thing.tags, thing.counts) == (["x", ""], [1, 2])
    assert {type(value) for value in (thing.name, thing.count, thing.price, thing.is_new, thing.when)} == {
        str,
        int,
        float,
        bool,
        datetime,
    }


@pytest.mark.parametrize(
    "null", [None, math.nan, numpy.float32("nan"), pandas.NaT, pandas.NA, numpy.datetime64("NaT")], ids=repr
)
def test_nulls_are_none_or_the_default(null: Any) -> None:
    (thing,) = Thing.from_rows([{"name": "a", **{name: null for name in FULL if name != "name"}, "vector": null}])
    assert (thing.count, thing.price, thing.when, thing.size, thing.vector) == (None,) * 5
    assert (thing.is_new, thing.kind, thing.tags, thing.sizes) == (True, "a", [], [])
    with pytest.raises(TableError, match=r"row 0.*column 'name': Thing.name is null, and the field needs a value"):
        next(Thing.from_rows([{"name": null}]))


def test_ints_beside_nulls_are_whole_floats_in_pandas() -> None:
    frame = pandas.DataFrame({"name": ["a", "b"], "count": [1, None], "when": [WHEN, None]})
    assert str(frame["count"].dtype) == "float64"
    one, other = Thing.from_pandas(frame)
    assert (one.count, other.count, other.when) == (1, None, None)
    assert type(one.count) is int
    with pytest.raises(
        TableError, match=r"row 1 \(name='b'\), column 'count': Thing.count needs an int, got float 1.5"
    ):
        list(Thing.from_pandas(pandas.DataFrame({"name": ["a", "b"], "count": [1, 1.5]})))


@EACH
def test_vectors(make: Make) -> None:
    things = list(make({"name": ["a", "b", "c"], "vector": [[1.0, 2.0, 3.0], None, [4.0, 5.0, 6.0]]}))
    assert [numbers(thing.vector) for thing in things] == [
        [1.0, 2.0, 3.0],
        None,
        [4.0, 5.0, 6.0],
    ]


@EACH
@pytest.mark.parametrize(
    ("wrong", "reason"),
    [
        ([1.0, math.nan, 3.0], "needs finite numbers that a 32-bit float holds; number 1 is nan"),
        ([1.0, 2.0], "needs 3 dimensions, got 2"),
        ([], "is empty"),
    ],
)
def test_a_wrong_vector_is_the_error_of_its_row(make: Make, wrong: Any, reason: str) -> None:
    right = [1.0, 2.0, 3.0]
    things = make({"name": ["a", "b", "c"], "vector": [right, wrong, right]})
    assert next(things).name == "a"
    with pytest.raises(TableError) as caught:
        next(things)
    assert str(caught.value).startswith(f"row 1 (name='b'), column 'vector': Thing.vector {reason}")
    error = caught.value
    assert (error.row, error.column, error.field) == (1, "vector", "vector")
    assert error.values is not None
    assert error.values["name"] == "b"
    assert next(things).name == "c"  # the rows after it follow
    assert list(things) == []


def test_vectors_of_arrow_are_not_copied() -> None:
    flat = numpy.arange(3000 * 3, dtype=numpy.float32)
    column = pyarrow.FixedSizeListArray.from_arrays(pyarrow.array(flat), 3)
    table = pyarrow.table({"name": [str(number) for number in range(3000)], "vector": column})
    for vectors in (column, column.cast(pyarrow.list_(pyarrow.float32()))):
        table = table.set_column(1, "vector", vectors)
        things = list(islice(Thing.from_arrow(table.slice(1500)), 2))
        assert [thing.name for thing in things] == ["1500", "1501"]
        assert numbers(things[1].vector) == [4503.0, 4504.0, 4505.0]
    assert numpy.shares_memory(numpy.asarray(next(Thing.from_arrow(table)).vector), flat)
    narrow = pyarrow.table({"name": ["a"], "vector": pyarrow.array([[1, 2, 3]], pyarrow.list_(pyarrow.float16()))})
    assert numbers(next(Thing.from_arrow(narrow)).vector) == [1.0, 2.0, 3.0]


def test_named_vectors() -> None:
    table = pyarrow.table({"name": ["a"], "left": [[1.0, 2.0]], "right": [[3.0, 4.0]]})
    (twin,) = Twin.from_arrow(table)
    assert (numbers(twin.left), numbers(twin.right)) == ([1.0, 2.0], [3.0, 4.0])


@EACH
def test_a_value_of_another_type_is_the_error_of_its_row(make: Make) -> None:
    things = make({"name": ["a", "b"], "code": [str(UUID(int=1)), "no uuid"]})
    assert next(things).code == UUID(int=1)
    with pytest.raises(TableError, match=r"^row 1 \(name='b'\), column 'code': Thing.code .*badly formed"):
        next(things)
    with pytest.raises(TableError, match=r"column 'price': Thing.price needs a float, got str '1.5'"):
        next(make({"name": ["a"], "price": ["1.5"]}))
    with pytest.raises(TableError, match=r"column 'name': Thing.name needs a str, got int 1"):
        next(make({"name": [1]}))
    with pytest.raises(TableError, match=r"column 'when': Thing.when needs a datetime with a timezone"):
        next(make({"name": ["a"], "when": [datetime(2020, 1, 1)]}))
    with pytest.raises(TableError, match=r"column 'colour': Thing.colour no value of Colour, which are 'red', 'blue'"):
        next(make({"name": ["a"], "colour": ["green"]}))
    with pytest.raises(TableError, match=r"column 'day': Thing.day no midnight"):
        next(make({"name": ["a"], "day": [WHEN]}))


@pytest.mark.parametrize(
    ("cells", "reason"),
    [
        ({"tags": "x"}, "tags needs a list, got str 'x'"),
        ({"tags": ["x", 1]}, r"tags \[1\] needs a str, got int 1"),
        ({"counts": [1, 1.5]}, r"counts \[1\] needs an int, got float 1.5"),
        ({"size": {"width": "2"}}, "size width: needs an int, got str '2'"),
        ({"size": {"width": 2, "hight": 3}}, "size has 'hight', and the members are width, depth, made"),
        ({"sizes": [{"width": 1}, {"width": None}]}, r"sizes \[1\] width"),
        ({"place": {"latitude": 1.0}}, "place KeyError: 'longitude'"),
        ({"place": {"latitude": 100.0, "longitude": 1.0}}, "place"),
        ({"when": pandas.Timestamp("2020-01-01T00:00:00.000000001Z")}, "when has nanoseconds"),
        ({"when": "yesterday"}, "when Invalid isoformat string"),
        ({"picture": "no base64"}, "picture is not base64"),
        ({"vector": "0.1 0.2 0.3"}, "vector needs a list of floats"),
        ({"id": "x"}, "id needs a UUID, got 'x'"),
        ({"maker__id": "x"}, "maker needs a UUID, got 'x'"),
        ({"makers__id": str(UUID(int=1))}, "makers needs a list of ids"),
        ({"sold_by__id": str(UUID(int=1))}, "sold_by needs TestTableMaker/ID or TestTableShop/ID"),
        ({"price": math.inf}, "price needs a finite number"),
    ],
    ids=repr,
)
def test_what_no_cell_can_be(cells: Any, reason: str) -> None:
    things = Thing.from_rows([{"name": "a"}, {"name": "b", **cells}, {"name": "c"}])
    assert next(things).name == "a"
    with pytest.raises(TableError, match=rf"^row 1 \(.*column '{next(iter(cells))}': Thing.{reason}"):
        next(things)
    assert next(things).name == "c"


def test_references_by_ids() -> None:
    ids = [UUID(int=number) for number in range(1, 4)]
    rows: list[dict[str, Any]] = [
        {
            "name": "a",
            "maker__id": str(ids[0]),
            "makers__id": [str(ids[1]), ids[2]],
            "sold_by__id": f"TestTableShop/{ids[0]}",
        },
        {"name": "b", "maker__id": None, "makers__id": None, "maker": Maker(name="new")} | {"maker__id": ids[0]},
    ]
    one = next(Thing.from_rows(rows[:1]))
    assert one.maker is not None
    assert one.maker.id == ids[0]
    assert [maker.id for maker in one.makers] == ids[1:]
    assert isinstance(one.sold_by, Shop)
    with pytest.raises(TableError, match=r"columns '\w+' and '\w+' are both for Thing.maker: leave one out"):
        next(Thing.from_rows(rows[1:]))
    new = Maker(name="new")
    assert next(Thing.from_rows([{"name": "c", "maker": new}])).maker is new
    again, other = Thing.from_rows([{"name": "d", "maker__id": ids[0]}, {"name": "e", "maker__id": ids[0]}])
    assert again.maker is other.maker  # one object for one id


def test_columns_that_do_not_fit() -> None:
    table = pyarrow.table({"titel": ["a"], "pages": [3]})
    (plain,) = Plain.from_arrow(table, rename={"titel": "title"})
    assert (plain.title, plain.pages) == ("a", 3)
    with pytest.raises(TableError, match=r"column 'titel': Plain has no attribute 'titel'; did you mean 'title'\?"):
        list(Plain.from_arrow(table))
    with pytest.raises(TableError, match=r"the table has no column for Plain.title, which has no default"):
        list(Plain.from_arrow(table, unknown="ignore"))
    with pytest.raises(TableError, match=r"the table has no column 'Titel', which rename names; its columns are titel"):
        list(Plain.from_arrow(table, rename={"Titel": "title"}, unknown="ignore"))
    with pytest.raises(TableError, match="did you mean 'title'"):
        Plain.from_arrow(table, rename={"titel": "titles"})
    with pytest.raises(TableError, match=r"columns 'titel' and 'title' are both for Plain.title: leave one out"):
        list(Plain.from_rows([{"titel": "a", "title": "b"}], rename={"titel": "title"}))
    with pytest.raises(TableError, match=r"^row 1, column 'title': Plain.title is missing, and has no default"):
        list(Plain.from_rows([{"title": "a"}, {"pages": 3}]))
    with pytest.raises(ConfigurationError, match='unknown is "error" or "ignore"'):
        Plain.from_rows([], unknown="skip")  # type: ignore[arg-type] # pyright: ignore[reportArgumentType]
    with pytest.raises(TableError, match="the columns of a data frame are texts, each once"):
        list(Plain.from_pandas(pandas.DataFrame([[1]])))


def test_a_table_that_does_not_fit_stays_an_error() -> None:
    plains = Plain.from_arrow(pyarrow.table({"titel": ["a"] * 3000}))
    for _ in range(2):
        with pytest.raises(TableError, match="'titel'"):
            next(plains)


def test_what_is_no_table() -> None:
    for make, wrong in ((Plain.from_arrow, "x.parquet"), (Plain.from_pandas, "x.csv"), (Plain.from_arrow, 3)):
        with pytest.raises(ArgumentTypeError, match="takes"):
            make(wrong)
    with pytest.raises(ArgumentTypeError, match="row 1 is no mapping of column to cell, but str 'x'"):
        list(Plain.from_rows([{"title": "a"}, "x"]))  # type: ignore[list-item] # pyright: ignore[reportArgumentType]
    for make in (Plain.from_arrow, Plain.from_pandas):
        with pytest.raises(ArgumentTypeError, match="not int 1"):
            list(make([1]))


def test_streams_are_read_as_the_objects_are() -> None:
    read = 0

    def batches() -> Iterator[Any]:
        nonlocal read
        for number in range(10):
            read += 1
            yield pyarrow.RecordBatch.from_pydict({"title": [f"{number}"] * 1500})

    plains = Plain.from_arrow(batches())
    assert len(list(islice(plains, 1501))) == 1501
    assert read == 2
    plains.skip(10_000)
    assert plains.position == 11_501
    assert next(plains).title == "7"
    frames = Plain.from_pandas(pandas.DataFrame({"title": [f"{number}"]}) for number in range(3))
    assert [plain.title for plain in frames] == ["0", "1", "2"]
    reader = pyarrow.RecordBatchReader.from_batches(pyarrow.schema([("title", pyarrow.string())]), batches())
    assert sum(1 for _ in Plain.from_arrow(reader)) == 15_000


def test_errors_of_a_stream_come_after_the_rows_before_it() -> None:
    def rows() -> Iterator[dict[str, str]]:
        yield {"title": "a"}
        raise OSError("gone")

    plains = Plain.from_rows(rows())
    assert next(plains).title == "a"
    with pytest.raises(OSError, match="gone"):
        next(plains)


def test_how_many_rows_there_are() -> None:
    assert Plain.from_rows([{"title": "a"}]).total == 1
    assert Plain.from_rows({"title": "a"} for _ in range(2)).total is None
    assert Plain.from_pandas(pandas.DataFrame({"title": ["a", "b"]})).total == 2
    assert Plain.from_arrow(pyarrow.table({"title": ["a", "b"]})).total == 2
    assert list(Plain.from_rows([])) == list(Plain.from_arrow(pyarrow.table({"title": []}))) == []


def test_the_users_own_checks_name_the_row() -> None:
    class Checked(Model):
        title: Field[str]

        def __attrs_post_init__(self) -> None:
            if self.title == "b":
                raise ValueError("no b here")

        class Meta:
            name = "TestTableChecked"

    with pytest.raises(TableError, match=r"^row 1: Checked no b here"):
        list(Checked.from_rows([{"title": "a"}, {"title": "b"}]))

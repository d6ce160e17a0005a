"""Rows of tables as what is stored of them: the same as of the objects that the rows make. No server."""

from __future__ import annotations

import string
from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta, timezone
from itertools import islice
from typing import Any
from uuid import UUID

import attrs
import numpy
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.model.stored_types_models import Thing, things
from tests.table_models import Colour, Lamp, Maker, Part, Twin, numbers
from weaviate_orm import Field, GeoCoordinates, Model, PhoneNumber, Ref, TableError, Vector, field, ref, vector
from weaviate_orm.embedders import Embedder
from weaviate_orm.model.identity import id_of
from weaviate_orm.model.instance_codec import encode_properties, wire_properties, wire_vectors
from weaviate_orm.model.tables.arrow_arrays import arrow_array
from weaviate_orm.model.tables.table_reader import TableReader

pyarrow = pytest.importorskip("pyarrow")
pytest.importorskip("pandas")

NUMBERS = st.floats(width=32, allow_nan=False, allow_infinity=False)
TIMES = st.datetimes(datetime(1700, 1, 1), datetime(2250, 1, 1), timezones=st.just(timezone.utc))
PARTS = st.builds(Part, st.text(), st.none() | st.integers(1 - 2**53, 2**53 - 1), st.none() | st.dates())
LAMP = st.fixed_dictionaries(
    {"name": st.text(string.printable, min_size=1)},
    optional={
        "note": st.none() | st.text(),
        "count": st.none() | st.integers(1 - 2**53, 2**53 - 1),
        "price": st.none() | st.floats(allow_nan=False, allow_infinity=False),
        "is_new": st.booleans(),
        "when": st.none() | TIMES,
        "day": st.none() | st.dates(),
        "code": st.none() | st.uuids(),
        "colour": st.none() | st.sampled_from(Colour),
        "kind": st.sampled_from(("a", "b")),
        "place": st.none() | st.builds(GeoCoordinates, st.floats(-90, 90), st.floats(-180, 180)),
        "phone": st.none() | st.just(PhoneNumber("+49 171 1234567")),
        "picture": st.none() | st.binary(min_size=1),
        "tags": st.lists(st.text(), max_size=3),
        "days": st.lists(st.dates(), max_size=2),
        "part": st.none() | PARTS,
        "parts": st.lists(PARTS, max_size=2),
        "vector": st.none() | st.lists(NUMBERS, min_size=4, max_size=4),
        "id": st.none() | st.uuids(),
    },
)
TWIN = st.fixed_dictionaries(
    {"name": st.text()},
    optional={
        "left": st.none() | st.lists(NUMBERS, min_size=2, max_size=2),
        "right": st.none() | st.lists(NUMBERS, min_size=1, max_size=3),
    },
)


def body_of(instance: Any) -> dict[str, Any]:
    """What a flush stores of an object; its id where it has a key or an id."""
    mapper = type(instance).__mapper__
    body = {"properties": dict(wire_properties(mapper, encode_properties(instance))), **wire_vectors(instance)}
    if mapper.options.key or instance._state.id is not None:
        body["id"] = id_of(instance)
    return shown(body)


def shown(body: dict[str, Any]) -> dict[str, Any]:
    """A body whose vectors are lists."""
    shown = dict(body)
    if "vector" in body:
        shown["vector"] = numbers(body["vector"])
    if "vectors" in body:
        shown["vectors"] = {name: numbers(vector) for name, vector in body["vectors"].items()}
    return shown


def stored(reader: TableReader[Any], count: int = 10_000) -> list[dict[str, Any]] | None:
    rows = reader.stored_rows(count)
    return None if rows is None else list(map(shown, rows.bodies))


def table_of(model: Any, objects: Sequence[Any]) -> Any:
    """The table that ``to_arrow()`` makes of what the server has."""
    columns: dict[str, Any] = {}
    encoded = [encode_properties(instance) for instance in objects]
    for name, codec in model.__mapper__.codecs.items():
        columns[name] = arrow_array(codec, [row[name] for row in encoded])
    for name in model.__mapper__.vector_fields:
        columns[name] = pyarrow.array([vars(instance)[name] for instance in objects], pyarrow.list_(pyarrow.float32()))
    return pyarrow.table(columns)


def is_unique(rows: Sequence[Any]) -> bool:
    return len({row.get("id") or row["name"] for row in rows}) == len(rows)


@given(st.lists(LAMP, min_size=1, max_size=5).filter(is_unique))
def test_rows_are_stored_as_their_objects_are(rows: list[dict[str, Any]]) -> None:
    lamps = [Lamp(**row) for row in rows]
    assert stored(Lamp.from_rows(rows)) == list(map(body_of, lamps))
    table = table_of(Lamp, lamps).append_column("id", [[str(lamp.id) for lamp in lamps]])
    for make, of_make in ((Lamp.from_arrow, table), (Lamp.from_pandas, table.to_pandas())):
        assert stored(make(of_make)) == list(map(body_of, make(of_make)))
    assert stored(Lamp.from_arrow(table)) == list(map(body_of, lamps))


@given(st.lists(TWIN, min_size=1, max_size=5))
def test_rows_with_named_vectors_are_stored_as_their_objects_are(rows: list[dict[str, Any]]) -> None:
    twins = [Twin(**row) for row in rows]
    table = table_of(Twin, twins)
    for reader in (Twin.from_rows(rows), Twin.from_arrow(table), Twin.from_pandas(table.to_pandas())):
        assert stored(reader) == list(map(body_of, twins))


def test_every_type_is_stored_as_of_objects() -> None:
    names = list(Thing.__mapper__.properties)
    rows = [{name: getattr(thing, name) for name in names} for thing in things()]
    for reader in (Thing.from_rows(rows), Thing.from_arrow(table_of(Thing, things()))):
        assert stored(reader) == list(map(body_of, things()))


@given(
    st.lists(st.integers(0, 3000), min_size=1, max_size=4),
    st.lists(st.integers(1, 2500), min_size=1, max_size=6),
    st.sets(st.integers(0, 9000), max_size=2),
    st.integers(0, 2500),
)
def test_steps_of_any_size_are_the_rows_in_their_order(
    sizes: list[int], counts: list[int], wrong: set[int], start: int
) -> None:
    """Whatever is taken as rows and what as objects, nothing is left out or comes twice, and errors name their rows."""

    def read() -> TableReader[Twin]:
        ends = numpy.cumsum(sizes)
        rows = numpy.arange(ends[-1])
        names = pyarrow.array([None if row in wrong else f"{row}" for row in rows.tolist()], pyarrow.string())
        batches = [
            pyarrow.RecordBatch.from_pydict({"name": names[end - size : end]})
            for size, end in zip(sizes, ends.tolist(), strict=True)
        ]
        reader = Twin.from_arrow(batches)
        reader.skip(start)
        return reader

    def objects(reader: Any, count: int) -> Iterator[Any]:
        for _ in range(count):
            try:
                yield next(reader).name
            except StopIteration:
                return
            except TableError as error:
                yield error.row, error.column

    reader = read()
    taken: list[Any] = []
    for count in counts:
        rows = reader.stored_rows(count)
        if rows is None:
            taken += objects(reader, count)
        else:
            assert len(rows.bodies) == count or start + len(taken) + len(rows.bodies) == sum(sizes)
            taken += [body["properties"]["name"] for body in rows.bodies]
            assert rows.instance(len(rows.bodies) - 1).name == taken[-1]
        assert reader.position == start + len(taken)
    assert taken == list(objects(read(), sum(counts)))


class Noted(Model):
    name: Field[str]

    class Meta:
        name = "TestStoredRowsNoted"

    def __attrs_post_init__(self) -> None:
        self.name += "!"


class Stripped(Model):
    name: Field[str] = field(converter=str.strip)

    class Meta:
        name = "TestStoredRowsStripped"


class Short(Model):
    name: Field[str] = field(validator=attrs.validators.max_len(3))

    class Meta:
        name = "TestStoredRowsShort"


class Counted(Model):
    name: Field[str]
    version: Field[int] = field(default=0)

    class Meta:
        name = "TestStoredRowsCounted"
        version = "version"


class Lengths:
    """A model of embeddings without packages of its own."""

    def embed_documents(self, texts: Sequence[str], /) -> list[list[float]]:
        return [[float(len(text))] for text in texts]

    embed_queries = embed_documents


class Embedded(Model):
    name: Field[str]

    class Meta:
        name = "TestStoredRowsEmbedded"
        vectorizer = Embedder(Lengths())


class EmbeddedByName(Model):
    name: Field[str]
    words: Vector = vector(default=None, vectorizer=Embedder(Lengths()))

    class Meta:
        name = "TestStoredRowsEmbeddedByName"


class Made(Model):
    name: Field[str]
    when: Field[datetime | None] = field(default=datetime(2020, 1, 1, tzinfo=timezone.utc))
    tags: Field[list[str]] = field(factory=lambda: ["new"])
    maker: Ref[Maker | None] = ref(default=None)
    at: Vector = vector(default=None, dimensions=2)

    class Meta:
        name = "TestStoredRowsMade"


@pytest.mark.parametrize("model", [Noted, Stripped, Short, Counted, Embedded, EmbeddedByName])
def test_code_of_a_class_needs_objects(model: Any) -> None:
    reader = model.from_rows([{"name": "a"}])
    assert reader.stored_rows(1) is None
    assert len(list(reader)) == 1


def test_what_only_objects_tell() -> None:
    day = datetime(2020, 1, 1, tzinfo=timezone.utc)
    tables: list[list[dict[str, Any]]] = [
        [{"name": "a", "maker": Maker(name="x")}],
        [{"name": "a", "maker__id": str(UUID(int=1))}],
        [{"name": "a", "when": day.replace(tzinfo=None)}],
        [{"name": "a", "at": [1.0]}],
        [{"name": "a", "at": [1.0, float("inf")]}],
        [{"name": 1}],
        [{}],
        [{"name": "a", "id": UUID(int=1)}, {"name": "b", "id": str(UUID(int=1))}],
    ]
    for rows in tables:
        assert Made.from_rows(rows).stored_rows(10) is None
    assert Lamp.from_rows([{"name": "a"}, {"name": "a"}]).stored_rows(10) is None
    assert Made.from_rows([]).stored_rows(10) is None


def test_defaults_are_those_of_objects() -> None:
    rows: list[dict[str, Any]] = [
        {"name": "a"},
        {"name": "b", "when": None, "tags": None, "at": numpy.array([1, 2]), "maker": None},
    ]
    assert stored(Made.from_rows(rows)) == list(map(body_of, Made.from_rows(rows)))


def test_a_default_that_fails_is_raised_by_the_row_that_it_is_for() -> None:
    calls = 0

    def fail() -> str:
        nonlocal calls
        calls += 1
        raise LookupError("none left")

    class Failing(Model):
        name: Field[str]
        code: Field[str] = field(factory=fail)

        class Meta:
            name = "TestStoredRowsFailing"

    reader = Failing.from_rows([{"name": "a", "code": "x"}, {"name": "b"}])
    assert reader.stored_rows(2) is None
    assert next(reader).code == "x"
    with pytest.raises(LookupError):
        next(reader)


def test_arrays_are_not_copied() -> None:
    flat = pyarrow.array(numpy.arange(40, dtype=numpy.float32))
    table = pyarrow.table(
        {"name": [f"{n}" for n in range(10)], "vector": pyarrow.FixedSizeListArray.from_arrays(flat, 4)}
    )
    rows = Lamp.from_arrow(table).stored_rows(10)
    assert rows is not None
    assert numpy.shares_memory(rows.bodies[3]["vector"], flat.to_numpy())


def test_times_of_any_zone_are_stored_as_of_objects() -> None:
    when = datetime(2020, 1, 1, 12, tzinfo=timezone(timedelta(hours=2)))
    rows = [{"name": "a", "when": when}]
    assert stored(Made.from_rows(rows)) == [body_of(Made(name="a", when=when))]
    assert [made.when for made in islice(Made.from_rows(rows), 1)] == [when]

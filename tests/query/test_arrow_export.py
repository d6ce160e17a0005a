"""Objects as tables: vectors, what references lead to and what hits tell, in columns of the model's types; streams."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest

from tests.empty_collections import empty_collections
from tests.query.book_models import Book, Drawing, Writer
from tests.table_models import MODELS, START, Colour, Lamp, Maker, Part, Seller, Twin, lamps
from weaviate_orm import Client, Field, Model, QueryError, Ref, Session, StoredValueError, UnknownNameError, ref
from weaviate_orm.testing import recorded_requests

pyarrow = pytest.importorskip("pyarrow")
parquet = pytest.importorskip("pyarrow.parquet")

COUNT = 60


class Punch(Model):
    """What a reference that is called ``hit`` leads to."""

    distance: Field[str]

    class Meta:
        name = "TestExportPunch"


class Boxer(Model):
    name: Field[str]
    hit: Ref[Punch | None] = ref(default=None)

    class Meta:
        name = "TestExportBoxer"


@pytest.fixture(scope="module", autouse=True)
def stored_lamps(client: Client) -> Iterator[None]:
    with empty_collections(client, [*MODELS, Punch, Boxer]):
        with Session(client) as session:
            session.add_all(lamps(COUNT))
            session.add_all([Twin(name="a", left=[1.0, 2.0], right=[1.0, 2.0, 3.0]), Twin(name="b")])
            session.add(Boxer(name="Bo", hit=Punch(distance="near")))
            session.commit()
        yield


@pytest.fixture
def lamp_session(client: Client, stored_lamps: None) -> Iterator[Session]:
    with Session(client) as session:
        yield session


COLUMNS = (*("id", *Lamp.__mapper__.properties), "vector", "maker__id", "beside__id", "sold_by__id")


def test_a_table_has_the_types_of_the_model(lamp_session: Session) -> None:
    table = lamp_session.query(Lamp).order_by("name").to_arrow(*COLUMNS)
    types = {field.name: str(field.type) for field in table.schema}
    assert types == {
        "id": "string",
        "name": "string",
        "note": "string",
        "count": "int64",
        "price": "double",
        "is_new": "bool",
        "when": "timestamp[us, tz=UTC]",
        "day": "date32[day]",
        "code": "string",
        "colour": "string",
        "kind": "string",
        "place": "struct<latitude: double, longitude: double>",
        "phone": "struct<input: string, defaultCountry: string, internationalFormatted: string, nationalFormatted: "
        "string, countryCode: int64, national: int64, valid: bool>",
        "picture": "binary",
        "tags": "list<item: string>",
        "days": "list<item: date32[day]>",
        "part": "struct<word: string, length: int64, made: date32[day]>",
        "parts": "list<item: struct<word: string, length: int64, made: date32[day]>>",
        "vector": "fixed_size_list<item: float>[4]",
        "maker__id": "string",
        "beside__id": "list<item: string>",
        "sold_by__id": "string",
    }
    assert lamp_session.query(Lamp).where(name="nothing").to_arrow(*COLUMNS).schema == table.schema
    row = table.slice(3, 1).to_pylist()[0]
    assert row["when"] == START.replace(microsecond=3, day=3, month=3)
    assert (row["day"], row["code"], row["colour"], row["picture"]) == (
        date(1990, 1, 4),
        str(UUID(int=3)),
        "blue",
        bytes(range(4)),
    )
    assert row["part"] == {"word": "w", "length": 3, "made": date(1999, 1, 1)}
    assert row["vector"] == pytest.approx([3.1, 0.0, -1.5, 1e-7])
    assert row["maker__id"] == str(Maker(name='B"o, o').id)
    assert row["sold_by__id"] == f"TestTablesSeller/{Seller(name='S').id}"
    assert row["beside__id"] == [str(Lamp(name="lamp 00002").id)]
    empty = table.slice(1, 1).to_pylist()[0]
    assert {name for name, cell in empty.items() if cell is not None} == {
        *("id", "name", "is_new", "kind", "tags", "days", "parts", "beside__id")
    }


def test_what_values_may_be_called(lamp_session: Session, client: Client) -> None:
    query = lamp_session.query(Lamp).where(name="lamp 00003")
    with recorded_requests(client) as requests:
        (row,) = query.values(
            "name", "colour", "vector", "maker__name", "maker__id", "beside__name", "beside__maker__name"
        )
    assert len(requests) == 1
    assert row["vector"] == pytest.approx([3.1, 0.0, -1.5, 1e-7])
    del row["vector"]
    assert row == {
        "name": "lamp 00003",
        "colour": Colour.BLUE,
        "maker__name": 'B"o, o',
        "maker__id": Maker(name='B"o, o').id,
        "beside__name": ["lamp 00002"],
        "beside__maker__name": [None],
    }
    assert query.values(Lamp.maker.name, Lamp.beside.id) == [
        {"maker__name": 'B"o, o', "beside__id": [Lamp(name="lamp 00002").id]}
    ]
    (loaded,) = query.only("name").include("maker").with_vector().values()
    assert list(loaded) == ["id", "name", "vector", "maker__id", "maker__name"]
    frame = query.to_pandas("name", "vector", "part", "maker__name")
    assert list(frame["vector"][0]) == pytest.approx([3.1, 0.0, -1.5, 1e-7])
    assert frame["part"][0] == Part("w", 3, date(1999, 1, 1))
    assert query.values_list("maker__lamps__name", flat=True)[0][0].startswith("lamp ")


def test_what_is_no_column(lamp_session: Session) -> None:
    query = lamp_session.query(Lamp)
    with pytest.raises(UnknownNameError, match="did you mean 'maker__id'"):
        query.values("maker_id")
    with pytest.raises(UnknownNameError, match="Maker value"):
        query.values("maker__nam")
    with pytest.raises(QueryError, match="leads to several classes, of which a table has only the ids"):
        query.values("sold_by__name")
    with pytest.raises(QueryError, match="leads to several classes, of which a table has only the ids"):
        query.values(Lamp.sold_by.on(Maker).name)
    for name in ("maker", Lamp.maker):
        with pytest.raises(UnknownNameError, match="did you mean 'maker__id'"):
            query.values(name)
    with pytest.raises(QueryError, match="a chunk_size is"):
        query.to_arrow_batches(chunk_size=0)


def test_a_reference_called_hit_hides_nothing(lamp_session: Session) -> None:
    boxers = lamp_session.query(Boxer)
    assert boxers.values("hit__id") == [{"hit__id": lamp_session.query(Punch).one().id}]
    assert boxers.values(Boxer.hit.distance) == [{"hit__distance": "near"}]
    with pytest.raises(QueryError, match="a distance comes from near"):
        boxers.values("hit__distance")
    near = boxers.near_vector([1.0]).include("hit")
    with pytest.raises(QueryError, match="two columns are called 'hit__distance': name the columns, and leave one out"):
        near.values()


def test_named_vectors(lamp_session: Session) -> None:
    table = lamp_session.query(Twin).order_by("name").with_vector().to_arrow()
    assert table.column_names == ["id", "name", "left", "right"]
    assert str(table.schema.field("right").type) == "fixed_size_list<item: float>[3]"
    assert table.column("left").to_pylist() == [[1.0, 2.0], None]
    assert table.column("right").to_pylist() == [[1.0, 2.0, 3.0], None]


def test_hits_in_tables(session: Session) -> None:
    table = Book.query.near_text("cats").limit(2).to_arrow("title", "distance", "hit__certainty", "writers__name")
    assert [str(field.type) for field in table.schema] == ["string", "double", "double", "list<item: string>"]
    assert table.column("writers__name").to_pylist()[0] == ["Ada"]
    everything = Book.query.bm25("cats").with_metadata("created_at").to_arrow()
    assert {"hit__score", "hit__created_at"} <= {*everything.column_names}
    homes = Book.query.to_arrow("title", "writers__home", "subject__id", "sequel_of__title").to_pylist()
    assert any(row["writers__home"] for row in homes)
    assert {row["subject__id"].partition("/")[0] for row in homes if row["subject__id"]} <= {
        "TestShelfWriter",
        "TestShelfBook",
    }
    assert Writer.query.to_arrow("home").num_rows == Writer.query.count()
    assert Drawing.query.with_vector().to_arrow().column_names[-2:] == ["shape", "color"]


def test_streams_hold_a_page_at_a_time(lamp_session: Session, client: Client) -> None:
    with recorded_requests(client) as requests:
        reader = lamp_session.query(Lamp).to_arrow_batches("name", "vector", chunk_size=25)
        assert len(requests) == 1
        sizes = [batch.num_rows for batch in reader]
    assert sizes == [25, 25, 10]
    assert len(requests) == 3
    filtered = lamp_session.query(Lamp).where(is_new=False).to_arrow_batches("name", chunk_size=7)
    assert filtered.read_all().num_rows == COUNT // 3
    limited = lamp_session.query(Lamp).limit(11).to_arrow_batches("name", chunk_size=5)
    assert limited.read_all().num_rows == 11


@pytest.mark.skipif(int(pyarrow.__version__.split(".")[0]) < 26, reason="pyarrow writes no null among its vectors")
def test_parquet_files(lamp_session: Session, tmp_path: Path) -> None:
    path = tmp_path / "lamps.parquet"
    assert lamp_session.query(Lamp).to_parquet(path, *COLUMNS, chunk_size=25) == COUNT
    assert parquet.read_table(path).equals(lamp_session.query(Lamp).to_arrow(*COLUMNS))
    before = path.read_bytes()

    def broken(*_: Any) -> None:
        raise KeyboardInterrupt

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(parquet.ParquetWriter, "write_batch", broken)
        with pytest.raises(KeyboardInterrupt):
            lamp_session.query(Lamp).to_parquet(path)
    assert path.read_bytes() == before  # it is replaced only by a whole file
    assert [file.name for file in tmp_path.iterdir()] == ["lamps.parquet"]


def test_a_stored_value_that_no_field_holds(lamp_session: Session, client: Client) -> None:
    id = str(UUID(int=1))
    odd = {"name": "odd", "colour": "red", "when": "0000-01-01T00:00:00Z"}
    client.data_object.create(odd, "TestTablesLamp", id)
    try:
        query = lamp_session.query(Lamp).where(name="odd")
        with pytest.raises(StoredValueError, match="when is '0000-01-01T00:00:00Z' on the server"):
            query.to_arrow("name", "when")
        assert query.on_error("skip").to_arrow("name", "when").num_rows == 0
        assert query.on_error("defer").to_arrow("name", "when").to_pylist() == [{"name": "odd", "when": None}]
    finally:
        client.data_object.delete(id, "TestTablesLamp")

"""Fields of every type go through tables unchanged: by Arrow, pandas and JSON. No server."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import orjson
import pytest

from tests.model.stored_types_models import Thing, things, types_of, values_of
from weaviate_orm import Field, Model, TableError, field
from weaviate_orm.model.instance_codec import encode_properties
from weaviate_orm.model.tables.arrow_arrays import arrow_array

pyarrow = pytest.importorskip("pyarrow")
pytest.importorskip("pandas")

NAMES = list(Thing.__mapper__.properties)


def table_of(objects: list[Thing]) -> Any:
    """The table that ``to_arrow()`` makes of what the server has."""
    stored = [encode_properties(thing) for thing in objects]
    codecs = Thing.__mapper__.codecs
    return pyarrow.table({name: arrow_array(codecs[name], [row[name] for row in stored]) for name in NAMES})


def by_arrow(objects: list[Thing]) -> Iterator[Thing]:
    return Thing.from_arrow(table_of(objects))


def by_pandas(objects: list[Thing]) -> Iterator[Thing]:
    return Thing.from_pandas(table_of(objects).to_pandas())


def by_json(objects: list[Thing]) -> Iterator[Thing]:
    return Thing.from_rows(map(orjson.loads, map(orjson.dumps, table_of(objects).to_pylist())))


def by_values(objects: list[Thing]) -> Iterator[Thing]:
    return Thing.from_rows([{name: getattr(thing, name) for name in NAMES} for thing in objects])


@pytest.mark.parametrize("way", [by_arrow, by_pandas, by_json, by_values])
def test_every_type_goes_through_a_table(way: Callable[[list[Thing]], Iterator[Thing]]) -> None:
    again = list(way(things()))
    assert list(map(values_of, again)) == list(map(values_of, things()))
    for thing, before in zip(again, things(), strict=True):
        assert {name: types_of(getattr(thing, name)) for name in NAMES} == {
            name: types_of(getattr(before, name)) for name in NAMES
        }
        assert thing.id == before.id


class Converted(Model):
    title: Field[str] = field(converter=lambda value: str(value).strip())
    count: Field[int] = field(converter=int)

    class Meta:
        name = "TestTypesConverted"


def test_a_fields_own_converter_takes_what_the_field_does_not() -> None:
    (converted,) = Converted.from_rows([{"title": " a ", "count": "3"}])
    assert (converted.title, converted.count) == ("a", 3)
    with pytest.raises(TableError, match=r"^row 0, column 'count': Converted.count .*'three'"):
        list(Converted.from_rows([{"title": "a", "count": "three"}]))


def test_a_wrong_value_names_its_member() -> None:
    with pytest.raises(TableError, match=r"column 'price': Thing.price"):
        list(Thing.from_rows([{"name": "a", "price": "cheap"}]))
    with pytest.raises(TableError, match=r"column 'boxes': Thing.boxes \[0\] "):
        list(Thing.from_rows([{"name": "a", "boxes": [{"key": "green", "value": {"width": 1}}]}]))

"""A stored value of another JSON type than its field's is an error of the object, and never a value."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import attrs
import pytest

from weaviate_orm import Client, Field, Model, Session, StoredValueError, field
from weaviate_orm.model.instance_codec import decode_properties

ID = "5b0c5f8e-6d0f-4c29-8f0e-0d3b2c1a9e11"
COLLECTION = "TestStoredTypes"


@attrs.define
class Size:
    width: int = 0
    labels: list[str] = attrs.field(factory=list)


class Box(Model):
    """What somebody took the collection for."""

    name: Field[bool | None] = field(default=None)
    count: Field[str | None] = field(default=None)
    is_open: Field[str | None] = field(name="isOpen", default=None)
    weight: Field[str | None] = field(default=None)
    colors: Field[list[bool]] = field(factory=list)
    size: Field[Size | None] = field(default=None)

    class Meta:
        name = COLLECTION


STORED: dict[str, Any] = {
    "name": "a box",
    "count": 3,
    "isOpen": True,
    "weight": 1.5,
    "colors": ["red", "blue"],
    "size": {"width": 2.5, "labels": ["a"]},
}

TYPES = {"name": "text", "count": "int", "isOpen": "boolean", "weight": "number", "colors": "text[]"}

ERRORS = {
    "name": "name is 'a box' .* which the field cannot hold: needs bool, got str",
    "count": "count is 3 .* which the field cannot hold: needs str, got int",
    "is_open": "is_open is True .* which the field cannot hold: needs str, got bool",
    "weight": "weight is 1.5 .* which the field cannot hold: needs str, got float",
    "colors": r"colors is \['red', 'blue'\] .* which the field cannot hold: \[0\] needs bool, got str",
    "size": r"size is .* which the field cannot hold: width: needs int, got float",
}


@pytest.fixture(scope="module")
def collection(client: Client) -> Iterator[None]:
    nested = [{"name": "width", "dataType": ["number"]}, {"name": "labels", "dataType": ["text[]"]}]
    properties: list[dict[str, Any]] = [{"name": name, "dataType": [kind]} for name, kind in TYPES.items()]
    properties.append({"name": "size", "dataType": ["object"], "nestedProperties": nested})
    client.schema.create_class({"class": COLLECTION, "vectorizer": "none", "properties": properties})
    client.data_object.create(STORED, COLLECTION, ID)
    yield
    client.schema.delete_class(COLLECTION)


READINGS: dict[str, Callable[[Session, str], object]] = {
    "all": lambda session, name: session.query(Box).only(name).all(),
    "hits": lambda session, name: session.query(Box).only(name).hits(),
    "values": lambda session, name: session.query(Box).values(name),
    "iterator": lambda session, name: list(session.query(Box).only(name).iterator()),
    "get": lambda session, name: session.query(Box).only(name).get(id=ID),
}


@pytest.mark.parametrize("reading", READINGS)
@pytest.mark.parametrize("attribute", ERRORS)
def test_a_value_of_another_type_is_an_error(client: Client, collection: None, reading: str, attribute: str) -> None:
    with Session(client) as session, pytest.raises(StoredValueError, match=ERRORS[attribute]) as caught:
        READINGS[reading](session, attribute)
    assert caught.value.field == attribute
    assert caught.value.value == STORED["isOpen" if attribute == "is_open" else attribute]


def test_an_object_by_its_id_and_refresh(client: Client, collection: None) -> None:
    with Session(client) as session:
        with pytest.raises(StoredValueError, match="which the field cannot hold: needs "):
            session.get(Box, ID)
        (box,) = session.query(Box).defer("name", "count", "is_open", "weight", "colors", "size").all()
        for attribute in ERRORS:
            with pytest.raises(StoredValueError, match=ERRORS[attribute]):
                getattr(box, attribute)
        with pytest.raises(StoredValueError, match="which the field cannot hold: needs "):
            session.refresh(box)


JSON: dict[str, Any] = {"text": "red", "array": ["a"], "object": {"a": 1}, "int": 3, "float": 1.5, "boolean": True}

HELD: dict[Any, set[str]] = {
    str: {"text"},
    int: {"int"},
    float: {"int", "float"},
    bool: {"boolean"},
    list[str]: {"array"},
}


METACLASS: Any = type(Model)


@pytest.mark.parametrize("kind", HELD)
@pytest.mark.parametrize("name", JSON)
def test_only_the_json_of_a_type_is_decoded(kind: Any, name: str) -> None:
    body = {"__annotations__": {"value": kind | None}, "value": None, "__module__": __name__}
    mapper = METACLASS("TestDecodedTypes", (Model,), body).__mapper__
    if name in HELD[kind]:
        assert decode_properties(mapper, {"value": JSON[name]}) == {"value": JSON[name]}
    else:
        with pytest.raises(StoredValueError, match="value is "):
            decode_properties(mapper, {"value": JSON[name]})


@pytest.mark.parametrize("value", [["a", 1], ["a", None], "text", {"a": "b"}])
def test_the_elements_of_a_list_are_checked(value: object) -> None:
    body = {"__annotations__": {"value": list[str]}, "__module__": __name__}
    mapper = METACLASS("TestDecodedLists", (Model,), body).__mapper__
    with pytest.raises(StoredValueError):
        decode_properties(mapper, {"value": value})

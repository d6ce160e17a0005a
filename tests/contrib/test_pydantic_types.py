"""Schemas of the types that Weaviate has none of its own for: what validates, what JSON holds, what is written."""

from __future__ import annotations

import json
from datetime import time, timedelta
from decimal import Decimal
from pathlib import PurePosixPath
from typing import Any
from uuid import UUID

import pytest
from pydantic import ValidationError

from tests.model.stored_types_models import Box, Celsius, Cents, Colour, Slug, Thing, things, values_of
from weaviate_orm.contrib.pydantic import ModelSchema, apply, build


class ThingOut(ModelSchema[Thing]): ...


class ThingPatch(ModelSchema[Thing], partial=True): ...


def test_objects_become_json_and_objects_again() -> None:
    for thing in things():
        shown = ThingOut.model_validate(thing)
        body = shown.model_dump_json()
        built = build(ThingOut.model_validate_json(body))
        assert values_of(built) == values_of(thing)
        assert str(built.price) == str(thing.price)


def test_json_holds_what_is_usual_of_each_type() -> None:
    full = things()[1]
    body: dict[str, Any] = json.loads(ThingOut.model_validate(full).model_dump_json())
    assert (body["price"], body["weight"], body["colour"]) == ("12.50", "0.1", "dark red")
    assert (body["opens"], body["day"]) == ("23:59:59.999999", "2020-03-01")
    assert sorted(body["tags"]) == ["", "in stock", "new"]
    assert body["counts"] == {"b": 2, "a": 1, "": 0}
    assert (body["slug"], body["cents"], body["path"], body["heat"]) == ("c-d", 99, "/tmp/a b", 233)
    assert body["interval"] == {"low": "1.10", "high": "2"}
    assert body["outline"] == [0.0, 1.5]
    assert body["address"] == {"street": "Rokin", "since": "1970-01-01", "floors": [1, 2]}
    assert body["paid"] == {"amount": "3.30", "currency": "EUR"}


def test_openapi_says_the_types() -> None:
    for mode in ("validation", "serialization"):
        properties = ThingOut.model_json_schema(mode=mode)["properties"]
        assert properties["tags"]["type"] == properties["codes"]["type"] == properties["steps"]["type"] == "array"
        assert properties["tags"]["uniqueItems"] is True
        assert properties["opens"]["format"] == "time"
        assert properties["lasts"]["format"] == "duration"
        assert properties["heat"]["type"] == "integer"
        assert properties["path"]["type"] == properties["slug"]["type"] == "string"
        assert properties["counts"] == {
            "additionalProperties": {"type": "integer"},
            "title": "Counts",
            "type": "object",
        }
    colours = ThingOut.model_json_schema()["$defs"]["Colour"]
    assert colours["enum"] == ["red", "dark red"]


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("price", "many"),
        ("opens", "25:00"),
        ("tags", ["a", 1]),
        ("counts", {"a": "many"}),
        ("box", {"width": "wide"}),
        ("address", {"since": None}),
        ("heat", "hot"),
        ("colour", "mauve"),
        ("letter", "c"),
    ],
)
def test_other_values_are_refused(name: str, value: Any) -> None:
    with pytest.raises(ValidationError) as caught:
        ThingOut.model_validate({"id": UUID(int=1), "name": "x", name: value})
    assert caught.value.errors()[0]["loc"][0] == name


def test_a_patch_changes_members() -> None:
    full = things()[1]
    patch = ThingPatch.model_validate_json(
        '{"box": {"width": 8}, "address": {"street": "Spui"}, "heat": 293, "slug": "n-e", "tags": ["t"], "cents": 3,'
        ' "path": "/etc", "opens": "08:15", "lasts": "PT90M", "price": "1.10", "boxes": {"red": {"width": 4}}}'
    )
    apply(patch, full)
    assert full.box == Box(8, Decimal("9.990"), {"a", "b"}, time(0))
    assert full.address == {"street": "Spui", "since": things()[1].address["since"], "floors": [1, 2]}  # type: ignore[index]
    assert (full.heat, full.slug, full.cents) == (Celsius(20), Slug("n-e"), Cents(3))
    assert (full.path, full.opens, full.lasts) == (PurePosixPath("/etc"), time(8, 15), timedelta(minutes=90))
    assert (full.tags, str(full.price), full.boxes) == ({"t"}, "1.10", {Colour.RED: Box(4)})

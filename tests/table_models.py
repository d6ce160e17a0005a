"""Models that tables are read into and written from: a field of each kind, vectors, references both ways."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime, timedelta, timezone
from enum import Enum
from typing import Any, Literal
from uuid import UUID

import attrs

from weaviate_orm import Field, GeoCoordinates, Model, PhoneNumber, Ref, Vector, field, ref, vector


class Colour(Enum):
    RED = "red"
    BLUE = "blue"


@attrs.define
class Part:
    word: str
    length: int | None = field(name="partLength", default=None)
    made: date | None = None


class Maker(Model):
    name: Field[str] = field(tokenization="field")
    lamps: Ref[list[Lamp]] = ref(inverse="maker", factory=list)

    class Meta:
        name = "TestTablesMaker"
        key = "name"


class Seller(Model):
    name: Field[str] = field(tokenization="field")

    class Meta:
        name = "TestTablesSeller"
        key = "name"


class Lamp(Model):
    name: Field[str] = field(tokenization="field")
    note: Field[str | None] = field(name="serverNote", default=None)
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
    picture: Field[bytes | None] = field(default=None, deferred=True)
    tags: Field[list[str]] = field(factory=list)
    days: Field[list[date]] = field(factory=list)
    part: Field[Part | None] = field(default=None)
    parts: Field[list[Part]] = field(factory=list)
    maker: Ref[Maker | None] = ref(inverse="lamps", default=None)
    beside: Ref[list[Lamp]] = ref(factory=list)
    sold_by: Ref[Maker | Seller | None] = ref(default=None)

    class Meta:
        name = "TestTablesLamp"
        key = "name"
        dimensions = 4


class Twin(Model):
    """Of named vectors; it has no key."""

    name: Field[str] = field(tokenization="field")
    left: Vector = vector(default=None, dimensions=2)
    right: Vector = vector(default=None)

    class Meta:
        name = "TestTablesTwin"


MODELS: tuple[type[Model], ...] = (Maker, Seller, Lamp, Twin)

START = datetime(2020, 2, 29, 12, 30, tzinfo=timezone.utc)


def lamps(count: int) -> Iterator[Lamp]:
    """Make lamps of which every third has everything, and the others some."""
    makers = [Maker(name=name) for name in ("Ada", 'B"o, o')]
    seller = Seller(name="S")
    before: Lamp | None = None
    for number in range(count):
        values: dict[str, Any] = {}
        if number % 3 == 0:
            values = {
                "note": ["", "null", 'a "b", c\nd', "ünï"][number // 3 % 4],
                "count": number,
                "price": number / 7,
                "is_new": False,
                "when": START + timedelta(microseconds=number, days=number),
                "day": date(1990, 1, 1) + timedelta(days=number),
                "code": UUID(int=number),
                "colour": Colour.BLUE,
                "kind": "b",
                "place": GeoCoordinates(51.5, -0.5),
                "phone": PhoneNumber("+49 171 1234567"),
                "picture": bytes(range(number % 255 + 1)),
                "tags": ["", "x, y", "é"],
                "days": [date(2020, 1, 1)],
                "part": Part("w", number, date(1999, 1, 1)),
                "parts": [Part("v"), Part("w", 3)],
                "maker": makers[number % 2],
                "sold_by": seller if number % 2 else makers[0],
                "vector": [number + 0.1, 0.0, -1.5, 1e-7],
            }
        lamp = Lamp(name=f"lamp {number:05}", **values)
        if before is not None and number % 3 == 0:
            lamp.beside = [before]
        before = lamp
        yield lamp


def numbers(vector: Any) -> list[float] | None:
    """Return a vector as a list."""
    return None if vector is None else [*map(float, vector)]


def contents(lamp: Lamp) -> dict[str, Any]:
    """Return all that is stored of a lamp that is loaded whole."""
    values = {name: getattr(lamp, name) for name in Lamp.__mapper__.properties}
    phone = lamp.phone
    return {
        **values,
        "phone": phone and (phone.input, phone.default_country),
        "id": lamp.id,
        "vector": numbers(lamp.vector),
        "maker": lamp.maker and lamp.maker.id,
        "beside": [other.id for other in lamp.beside],
        "sold_by": lamp.sold_by and (type(lamp.sold_by), lamp.sold_by.id),
    }

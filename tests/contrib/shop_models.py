"""Models of a shop: every kind of property, references one below the other, vectors and versions."""

from __future__ import annotations

from datetime import date, datetime
from enum import Enum
from typing import Literal
from uuid import UUID

import attrs

from weaviate_orm import Field, GeoCoordinates, Model, PhoneNumber, Ref, Vector, field, ref, vector


class Color(Enum):
    RED = "red"
    BLUE = "blue"


@attrs.define
class Side:
    length: int = field(description="In millimetres")


@attrs.define
class Size:
    """How large something is."""

    height: int
    width: int | None = None
    sides: list[Side] = attrs.field(factory=list)

    def __attrs_post_init__(self) -> None:
        if self.height < 0:
            raise ValueError("a height is not negative")


@attrs.frozen
class Weight:
    grams: int
    tare: Side | None = None
    _origin: str = "measured"


class Country(Model):
    """Where makers are."""

    name: Field[str] = field(tokenization="field")
    anthem: Field[str] = field(default="")

    class Meta:
        name = "ContribCountry"


class Maker(Model):
    """Who makes things."""

    name: Field[str] = field(tokenization="field", description="The name of the company")
    address: Field[str] = field(default="")
    country: Ref[Country | None] = ref(default=None)
    makes: Ref[list[Article]] = ref(inverse="maker", factory=list)

    class Meta:
        name = "ContribMaker"


class Article(Model):
    """Something on sale."""

    title: Field[str] = field(tokenization="field")
    body: Field[str] = field(default="", deferred=True)
    price: Field[float] = field(default=1.5)
    count: Field[int | None] = field(default=None)
    sold: Field[bool] = field(default=False)
    color: Field[Color] = field(default=Color.RED)
    kind: Field[Literal["toy", "tool"]] = field(default="toy")
    code: Field[UUID | None] = field(default=None)
    since: Field[datetime | None] = field(default=None)
    day: Field[date | None] = field(default=None)
    tags: Field[list[str]] = field(factory=list)
    picture: Field[bytes | None] = field(default=None)
    place: Field[GeoCoordinates | None] = field(default=None)
    phone: Field[PhoneNumber | None] = field(default=None)
    size: Field[Size | None] = field(default=None)
    sizes: Field[list[Size]] = field(factory=list)
    weight: Field[Weight] = field(factory=lambda: Weight(0))
    maker: Ref[Maker | None] = ref(inverse="makes", default=None, description="Who makes it")
    sellers: Ref[list[Maker]] = ref(factory=list)
    about: Ref[Maker | Country | None] = ref(default=None)
    look: Vector = vector(default=None, dimensions=2)

    class Meta:
        name = "ContribArticle"

    @property
    def headline(self) -> str:
        return f"{self.title} at {self.price}"


class Page(Model):
    """A page of a wiki, which several people change."""

    text: Field[str]
    version: Field[int] = field(default=0)

    class Meta:
        name = "ContribPage"
        version = "version"

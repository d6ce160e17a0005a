"""A model with a property of each type of Python that Weaviate has no type of its own for."""

from __future__ import annotations

import dataclasses
import enum
from collections.abc import Sequence
from datetime import date, datetime, time, timedelta, timezone
from decimal import Decimal
from pathlib import PurePosixPath
from typing import Annotated, Any, Literal, NewType
from uuid import UUID

import attrs
from typing_extensions import NotRequired, TypedDict

from weaviate_orm import Field, Model, Ref, field, ref, register_type
from weaviate_orm.schema.collection_options import InvertedIndexSpec


class Colour(enum.Enum):
    RED = "red"
    DARK_RED = "dark red"


class Slug(str):
    """Letters with hyphens between them."""


class Cents(int):
    """A sum of money."""


@dataclasses.dataclass(frozen=True)
class Money:
    amount: Decimal
    currency: str


class Celsius:
    """Stored as a number of Kelvin, in the same order. It may change in place."""

    def __init__(self, degrees: int) -> None:
        self.degrees = degrees

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Celsius) and other.degrees == self.degrees

    def __hash__(self) -> int:
        return hash(self.degrees)

    def __repr__(self) -> str:
        return f"Celsius({self.degrees})"


class Polygon:
    """Stored as a list of numbers; without an ``__eq__``."""

    def __init__(self, *corners: float) -> None:
        self.corners = list(corners)


@attrs.frozen
class Range:
    low: Decimal
    high: Decimal


class Interval:
    """Stored as an object of an attrs class."""

    def __init__(self, low: Decimal, high: Decimal) -> None:
        self.low, self.high = low, high

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Interval) and (self.low, self.high) == (other.low, other.high)

    def __hash__(self) -> int:
        return hash(self.low)

    def __repr__(self) -> str:
        return f"Interval({self.low}, {self.high})"


register_type(PurePosixPath, stored_as=str, encode=str, decode=PurePosixPath)
register_type(
    Celsius,
    stored_as=int,
    encode=lambda value: value.degrees + 273,
    decode=lambda kelvin: Celsius(kelvin - 273),
    ordered=True,
)
register_type(
    Polygon, stored_as=list[float], encode=lambda value: value.corners, decode=lambda corners: Polygon(*corners)
)
register_type(
    Interval,
    stored_as=Range,
    encode=lambda value: Range(value.low, value.high),
    decode=lambda value: Interval(value.low, value.high),
)


@dataclasses.dataclass
class Box:
    width: int
    price: Decimal | None = None
    labels: set[str] = dataclasses.field(default_factory=set)
    opened: time = time(8)


class Address(TypedDict):
    street: str
    since: date | None
    floors: NotRequired[list[int]]


Number = NewType("Number", int)
Letter = Literal["a", "b"]


class Shop(Model):
    name: Field[str]

    class Meta:
        name = "TestTypesShop"


class Thing(Model):
    name: Field[str]
    colour: Field[Colour] = field(default=Colour.RED)
    letter: Field[Letter] = field(default="a")
    price: Field[Decimal] = field(default=Decimal("0.00"))
    weight: Field[Decimal] = field(default=Decimal("1.5"), stored_as=float)
    day: Field[date] = field(default=date(2020, 2, 29))
    opens: Field[time] = field(default=time(9, 30))
    lasts: Field[timedelta] = field(default=timedelta(hours=1))
    tags: Field[set[str]] = field(factory=set)
    codes: Field[frozenset[int]] = field(default=frozenset())
    steps: Field[tuple[float, ...]] = field(default=())
    words: Field[Sequence[str]] = field(factory=list)
    counts: Field[dict[str, int]] = field(factory=dict)
    boxes: Field[dict[Colour, Box]] = field(factory=dict)
    maybe: Field[dict[int, str | None] | None] = field(default=None)
    address: Field[Address | None] = field(default=None)
    addresses: Field[list[Address]] = field(factory=list)
    box: Field[Box | None] = field(default=None)
    pair: Field[tuple[Box, ...]] = field(default=())
    number: Field[Number] = field(default=Number(1))
    short: Field[Annotated[str, "of few letters"]] = field(default="x")
    slug: Field[Slug] = field(default=Slug("a-b"))
    cents: Field[Cents] = field(default=Cents(5))
    path: Field[PurePosixPath] = field(default=PurePosixPath("/"))
    paths: Field[list[PurePosixPath]] = field(factory=list)
    heat: Field[Celsius] = field(factory=lambda: Celsius(20))
    outline: Field[Polygon | None] = field(default=None)
    interval: Field[Interval | None] = field(default=None)
    prices: Field[list[Decimal]] = field(factory=list)
    weights: Field[tuple[Decimal, ...]] = field(default=(), stored_as=float)
    times: Field[set[time]] = field(factory=set)
    spans: Field[tuple[timedelta, ...]] = field(default=())
    paid: Field[Money | None] = field(default=None)
    at: Field[datetime] = field(default=datetime(2020, 1, 1, tzinfo=timezone.utc))
    token: Field[UUID] = field(default=UUID(int=1))
    shop: Ref[Shop | None] = ref(default=None)

    class Meta:
        name = "TestTypesThing"
        key = ("name", "price", "codes")
        inverted_index = InvertedIndexSpec(index_null_state=True, index_property_length=True)


class Deal(Model):
    things: Ref[list[Thing]] = ref(factory=list)
    title: Field[str]

    class Meta:
        name = "TestTypesDeal"


MODELS: list[type[Model]] = [Shop, Thing, Deal]


def values_of(thing: Thing) -> dict[str, Any]:
    """Return the values of a thing, with those of a class without ``__eq__`` as what they hold."""
    values = {name: getattr(thing, name) for name in Thing.__mapper__.properties}
    outline = values["outline"]
    return {**values, "outline": outline.corners if outline is not None else None}


def types_of(value: Any) -> Any:
    """Return the type of a value, and of what it holds."""
    if isinstance(value, dict):
        return {key: types_of(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return type(value), [types_of(item) for item in value]
    if dataclasses.is_dataclass(value):
        return type(value), {field.name: types_of(getattr(value, field.name)) for field in dataclasses.fields(value)}
    return type(value)


def things() -> list[Thing]:
    """Return things of few and of many values."""
    return [
        Thing(name="plain"),
        Thing(
            name="full",
            colour=Colour.DARK_RED,
            letter="b",
            price=Decimal("12.50"),
            weight=Decimal("0.1"),
            day=date(2020, 3, 1),
            opens=time(23, 59, 59, 999_999),
            lasts=timedelta(days=-1, microseconds=1),
            tags={"new", "in stock", ""},
            codes=frozenset({1, 2**40}),
            steps=(0.5, 2.0, 0.5),
            words=["a", "b"],
            counts={"b": 2, "a": 1, "": 0},
            boxes={Colour.DARK_RED: Box(1, Decimal("1.0"), {"x"}), Colour.RED: Box(2, opened=time(1, 2, 3))},
            maybe={3: None, 1: "one"},
            address={"street": "Rokin", "since": date(1970, 1, 1), "floors": [1, 2]},
            addresses=[{"street": "Dam", "since": None}, {"street": "Spui", "since": None, "floors": []}],
            box=Box(3, Decimal("9.990"), {"a", "b"}, time(0)),
            pair=(Box(1), Box(2, Decimal(5))),
            number=Number(7),
            short="few",
            slug=Slug("c-d"),
            cents=Cents(99),
            path=PurePosixPath("/tmp/a b"),
            paths=[PurePosixPath("x/y"), PurePosixPath("z")],
            heat=Celsius(-40),
            outline=Polygon(0.0, 1.5),
            interval=Interval(Decimal("1.10"), Decimal("2")),
            prices=[Decimal("1.50"), Decimal("-3")],
            weights=(Decimal("2.25"), Decimal("1000000")),
            times={time(1), time(2, 30)},
            spans=(timedelta(seconds=1.5), timedelta(days=400)),
            paid=Money(Decimal("3.30"), "EUR"),
        ),
        Thing(name="third", price=Decimal("12.5"), weight=Decimal("20"), opens=time(10), lasts=timedelta(minutes=90)),
    ]

"""What no type holds is refused, with the field, the value and what to do: annotations, values, stored JSON."""

from __future__ import annotations

import dataclasses
import enum
import sys
from collections.abc import Sequence
from datetime import date, datetime, time, timedelta, timezone
from decimal import Decimal
from typing import Any, Generic, TypeVar

import attrs
import pytest
from typing_extensions import NotRequired, Required, TypedDict

from tests.model.stored_types_models import Address, Box, Celsius, Cents, Colour, Interval, Polygon, Slug, Thing, things
from weaviate_orm import Field, MappingError, Model, StoredValueError, ValidationError, field, register_type
from weaviate_orm.model.instance_codec import decode_properties, encode_properties

T = TypeVar("T")


class Loud(str):
    """Changes what it is made of."""

    def __new__(cls, text: str) -> Loud:
        return super().__new__(cls, text.upper())


class Naive:
    """Registered with ways that fail."""


class Planet(enum.Enum):
    EARTH = (5.9, 6.3)


register_type(Naive, stored_as=int, encode=lambda value: "no int", decode=lambda number: number)
register_type(Planet, stored_as=str, encode=lambda planet: planet.name, decode=lambda name: Planet[name])


class Orbit(Model):
    planet: Field[Planet]
    planets: Field[set[Planet]] = field(factory=set)
    loud: Field[Loud | None] = field(default=None)
    naive: Field[Naive | None] = field(default=None)


@pytest.mark.parametrize(
    ("attribute", "value", "reason"),
    [
        ("price", 1.5, r"price needs a Decimal, got float 1\.5; that is Decimal\('1\.5'\)"),
        ("price", "1.5", "price needs a Decimal, got str '1.5'$"),
        ("price", Decimal("NaN"), "price needs a finite Decimal, got NaN"),
        ("price", Decimal("-Infinity"), "finite Decimal"),
        ("price", Decimal("1" * 39), "at most 38 digits"),
        ("price", Decimal("0E+2"), "at most 38 digits"),
        (
            "weight",
            Decimal("0.12345678901234567"),
            "at most 15 digits, which a number keeps, got 0.12.* without stored_as",
        ),
        ("weight", 1.5, "weight needs a Decimal, got float"),
        ("opens", time(1, tzinfo=timezone.utc), r"opens needs a time without a timezone, .*tzinfo=None"),
        ("opens", datetime(2020, 1, 1), r"opens needs a time, got datetime .*; use its time\(\)"),
        ("opens", 3.0, "opens needs a time, got float"),
        ("lasts", 3, "lasts needs a timedelta, got int 3"),
        ("lasts", timedelta.max, r"lasts takes a timedelta whose microseconds fit .* round it to seconds"),
        ("tags", ["a"], r"tags needs a set, got list \['a'\]; use set\(…\)"),
        ("tags", frozenset({"a"}), "tags needs a set, got frozenset"),
        ("tags", {"a", 1}, "tags has an element that needs a str, got int 1"),
        ("codes", {1}, "codes needs a frozenset, got set"),
        ("steps", [1.0], r"steps needs a tuple, got list \[1.0\]; use tuple\(…\)"),
        ("steps", (1.0, "a"), r"steps \[1\] needs a float, got str 'a'"),
        ("words", "ab", "words needs a list, got str 'ab'$"),
        ("words", {"a"}, "words needs a list, got set"),
        ("counts", {"a": "b"}, r"counts \['a'\] needs an int, got str 'b'"),
        ("counts", {1: 1}, r"counts \[1\] needs a str, got int 1"),
        ("counts", {"a": None}, r"counts \['a'\] needs an int, got NoneType None"),
        ("counts", [("a", 1)], "counts needs a dict, got list"),
        ("boxes", {Colour.RED: Box("w")}, r"boxes \[<Colour.RED: 'red'>\] width: needs an int"),  # type: ignore[arg-type]
        ("boxes", {"red": Box(1)}, r"needs a Colour, got str 'red'; that is Colour\.RED"),
        ("address", {"street": "a"}, "address lacks 'since', which Address requires"),
        (
            "address",
            {"street": "a", "since": None, "sity": "b"},
            "address has 'sity', which Address does not declare; it",
        ),
        ("address", {"street": None, "since": None}, "address street: needs a str, got NoneType"),
        ("address", {"street": "a", "since": None, "floors": None}, "address floors: needs a list, got NoneType"),
        ("address", Box(1), "address needs a dict of Address, got Box"),
        ("box", {"width": 1}, "box needs a Box, got dict"),
        ("box", Box(1, price=1.0), "box price: needs a Decimal, got float"),  # type: ignore[arg-type]
        ("pair", (Box(1), Box(None)), r"pair \[1\] width: needs an int, got NoneType"),  # type: ignore[arg-type]
        ("slug", "a", r"slug needs a Slug, got str 'a'; use Slug\(…\)"),
        ("cents", 5, r"cents needs a Cents, got int 5; use Cents\(…\)"),
        ("cents", True, "cents needs a Cents, got bool True$"),
        ("cents", Cents(2**60), "cents takes ints between"),
        ("path", "/tmp", "path needs a PurePosixPath, got str"),
        ("paths", ["/tmp"], r"paths \[0\] needs a PurePosixPath"),
        ("heat", 20, "heat needs a Celsius, got int 20"),
        ("heat", Celsius("hot"), r"heat Celsius Celsius\(hot\) cannot be stored: its encode, .* raised TypeError"),  # type: ignore[arg-type]
        (
            "outline",
            Polygon("a"),  # type: ignore[arg-type]
            r"outline is stored as what the encode of Polygon returns, which \[0\] needs a float",
        ),
        ("interval", Interval(1, 2), "interval is stored as what .* Interval returns, which low: needs a Decimal"),  # type: ignore[arg-type]
        ("day", None, "day needs a value"),
    ],
)
def test_values(attribute: str, value: Any, reason: str) -> None:
    with pytest.raises(ValidationError, match=reason) as caught:
        setattr(Thing(name="x"), attribute, value)
    assert caught.value.field == attribute
    with pytest.raises(ValidationError, match=reason):
        Thing(**{"name": "x", attribute: value})


@pytest.mark.parametrize(
    ("attribute", "stored", "reason"),
    [
        ("price", "a", "no decimal number"),
        ("price", "NaN", "no finite number"),
        ("price", 1, "needs str, got int"),
        ("opens", 86400, "no number of seconds since midnight"),
        ("opens", -0.5, "no number of seconds since midnight"),
        ("lasts", 1e300, "more seconds than a timedelta holds"),
        ("tags", ["a", 1], r"\[1\] needs str, got int"),
        ("times", [1, 99999], r"\[1\] no number of seconds"),
        ("counts", [{"key": "a", "value": 1}, {"key": "a", "value": 2}], r"\[1\] has the key 'a' twice"),
        ("counts", [{"key": "a", "value": "b"}], r"\[0\] value: needs int"),
        ("counts", ["a"], r"\[0\] needs dict, got str"),
        ("box", {"width": 1, "price": "x"}, "price: no decimal number"),
        ("heat", 1.5, "needs int, got float"),
        ("interval", {"low": "a", "high": "1"}, "low: no decimal number"),
    ],
)
def test_stored_values_of_other_programs(attribute: str, stored: Any, reason: str) -> None:
    with pytest.raises(StoredValueError, match=rf"Thing: {attribute} is .*cannot hold: {reason}"):
        decode_properties(Thing.__mapper__, {attribute: stored})


def test_ways_of_applications_that_fail() -> None:
    with pytest.raises(
        ValidationError, match="naive is stored as what the encode of Naive returns, which needs an int"
    ):
        Orbit(planet=Planet.EARTH, naive=Naive())
    for stored, reason in (
        ({"naive": 1}, "the decode of Naive returned int 1"),
        ({"planet": "MARS"}, "the decode of Planet raised KeyError: 'MARS'"),
        ({"planets": ["EARTH", "MARS"]}, r"\[1\] the decode of Planet raised KeyError"),
        ({"loud": "quiet"}, "of which Loud.* makes another value, Loud 'QUIET'"),
    ):
        with pytest.raises(StoredValueError, match=reason):
            decode_properties(Orbit.__mapper__, dict(stored))


def test_a_registered_enum_is_stored_as_its_application_says() -> None:
    orbit = Orbit(planet=Planet.EARTH, planets={Planet.EARTH})
    encoded = encode_properties(orbit)
    assert (encoded["planet"], encoded["planets"]) == ("EARTH", ["EARTH"])
    assert decode_properties(Orbit.__mapper__, encoded)["planet"] is Planet.EARTH


def _refusal(annotation: Any, **options: Any) -> str:
    typed: Any = Field
    metaclass: Any = type(Model)
    body = {"__annotations__": {"x": typed[annotation]}, "__module__": __name__, "x": field(**options)}
    with pytest.raises(MappingError, match=r"Bad\.x: ") as caught:
        metaclass("Bad", (Model,), body).__mapper__.collection  # noqa: B018
    return str(caught.value)


@dataclasses.dataclass
class Passed:
    a: int
    b: dataclasses.InitVar[int] = 0


@attrs.frozen
class Point:
    x: int


class Absent(TypedDict):
    a: NotRequired[str | None]


class Endless(TypedDict):
    inner: NotRequired[list[Endless]]


@pytest.mark.parametrize(
    ("annotation", "reason"),
    [
        (tuple[int, str], r"has a fixed number of elements, .* tuple\[float, \.\.\.\]"),
        (tuple[int], "has a fixed number of elements"),
        (tuple, r"a tuple says the type of its elements: tuple\[str, \.\.\.\]"),
        (set, r"a set says the type of its elements: set\[str\]"),
        (frozenset, "a frozenset says"),
        (dict, r"a dict says the types of its keys and values: dict\[str, int\]"),
        (Sequence, "a Sequence says"),
        (set[Point], "a set has no order, in which nested objects are stored: declare a list, or a tuple"),
        (set[list[int]], "Weaviate has no arrays of int"),
        (list[dict[str, int]], r"Weaviate has no arrays of object\[\]"),
        (set[int | None], "lists hold no None"),
        (dict[Point, int], "the keys of .* are no single values"),
        (dict[str, object], r"'object' is no type .*register_type\(\) lets a property hold another class"),
        (dict[str, Any], "is no type that Weaviate can hold"),
        (Passed, r"Passed\.b: InitVar is for dataclasses"),
        (Absent, r"Absent\.a may be missing and may be None"),
        (Endless, "Endless contains itself"),
        (complex, "'complex' is no type .* Decimal, Enum"),
    ],
)
def test_annotations(annotation: Any, reason: str) -> None:
    import re

    assert re.search(reason, _refusal(annotation))


def test_options_of_other_types() -> None:
    assert "stored_as=float is for Decimal" in _refusal(int, stored_as=float)
    assert "stored_as=float is for Decimal" in _refusal(Decimal, stored_as=int)
    assert "is compared as a whole, and not by words: leave out tokenization='word'" in _refusal(
        Decimal, tokenization="word"
    )
    assert "lossy is for int" in _refusal(set[str], lossy=True)


class Registered:
    pass


@pytest.mark.parametrize(
    ("cls", "stored_as", "reason"),
    [
        (str, int, "str has its way to be stored, which stays: register a subclass"),
        (Decimal, float, "Decimal has its way to be stored"),
        (list, str, "list has its way"),
        (Thing, str, "Thing is a model: refer to it"),
        (list[int], str, "takes a class, not list"),
        (Registered, Registered, "Registered is stored as itself"),
        (Registered, complex, "Registered is stored_as what no property holds: 'complex' is no type"),
        (Registered, list[list[int]], "Weaviate has no arrays of int"),
    ],
)
def test_what_cannot_be_registered(cls: Any, stored_as: Any, reason: str) -> None:
    with pytest.raises(MappingError, match=reason):
        register_type(cls, stored_as=stored_as, encode=str, decode=cls)


def test_types_that_are_stored_as_each_other() -> None:
    class One:
        pass

    class Other:
        pass

    one: Any = One
    register_type(one, stored_as=int, encode=id, decode=lambda _: One())
    register_type(Other, stored_as=one, encode=lambda _: One(), decode=lambda _: Other())
    with pytest.raises(MappingError, match="One is stored as itself"):
        register_type(one, stored_as=Other, encode=lambda _: Other(), decode=lambda _: One())
    with pytest.raises(MappingError, match="One is stored as itself"):
        register_type(one, stored_as="One", encode=lambda _: One(), decode=lambda _: One())


def test_a_type_is_registered_again() -> None:
    class Again:
        def __init__(self, number: int = 3) -> None:
            self.number = number

    def encoded() -> Any:
        class Holder(Model):
            again: Field[Again]
            many: Field[list[Again]]

        return encode_properties(Holder(again=Again(), many=[Again()]))

    register_type(Again, stored_as=int, encode=lambda value: value.number, decode=Again)
    assert encoded() == {"again": 3, "many": [3]}
    register_type(Again, stored_as=str, encode=lambda value: str(value.number), decode=lambda text: Again(int(text)))
    assert encoded() == {"again": "3", "many": ["3"]}


def test_generic_and_inherited_classes() -> None:
    @dataclasses.dataclass
    class Page(Generic[T]):
        item: T
        items: tuple[T, ...] = ()

    @dataclasses.dataclass(kw_only=True)
    class Wide(Box):
        height: float
        area: float = dataclasses.field(init=False, default=0.0)

        def __post_init__(self) -> None:
            self.area = self.width * self.height

    class Base(TypedDict, total=False):
        a: int
        b: Required[str]

    class Derived(Base):
        c: date

    class Holder(Model):
        page: Field[Page[Decimal]]
        wide: Field[Wide]
        derived: Field[Derived]
        optional: Field[tuple[Page[str], ...]] = field(default=())

    holder = Holder(
        page=Page(Decimal("1.0"), (Decimal(2),)),
        wide=Wide(width=2, height=1.5),
        derived={"b": "x", "c": date(2020, 1, 1)},
        optional=(Page("a", ("b",)),),
    )
    encoded = encode_properties(holder)
    assert encoded["page"] == {"item": "1.0", "items": ["2"]}
    assert encoded["derived"] == {"b": "x", "c": "2020-01-01T00:00:00Z"}
    decoded = decode_properties(Holder.__mapper__, encoded)
    assert decoded == {name: getattr(holder, name) for name in decoded}
    assert decoded["wide"].area == 3.0
    with pytest.raises(ValidationError, match="derived lacks 'b', which Derived requires"):
        holder.derived = {"c": date(2020, 1, 1)}  # type: ignore[typeddict-item] # pyright: ignore[reportAttributeAccessIssue]


def test_things_of_the_models_are_valid() -> None:
    for thing in things():
        decoded = decode_properties(Thing.__mapper__, encode_properties(thing))
        assert decoded["address"] == thing.address
        assert {name for name, value in decoded.items() if value is None} <= set(Thing.__mapper__.properties)
    assert Address.__optional_keys__ | Address.__required_keys__ == {"street", "since", "floors"}
    assert Slug("a") == "a"
    assert sys.getsizeof(Cents(1)) > 0

"""Every value of every data type comes back equal, by REST and by GraphQL."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta, timezone
from typing import Any
from uuid import UUID

import attrs
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.empty_collections import empty_collections
from weaviate_orm import (
    Client,
    Field,
    GeoCoordinates,
    GeoRange,
    Model,
    PhoneNumber,
    QueryError,
    Session,
    ValidationError,
    field,
)

LARGEST = 2**53 - 1


@attrs.define
class Engine:
    maker: str
    power: int | None = None
    ratios: list[float] = attrs.field(factory=list)


@attrs.define
class Car:
    name: str
    engine: Engine | None = None
    engines: list[Engine] = attrs.field(factory=list)


class EveryValue(Model):
    text: Field[str]
    number: Field[float]
    whole: Field[int]
    truth: Field[bool]
    moment: Field[datetime]
    identity: Field[UUID]
    maybe_text: Field[str | None] = field(default=None)
    maybe_whole: Field[int | None] = field(name="maybeWhole", default=None)
    place: Field[GeoCoordinates | None] = field(default=None)
    phone: Field[PhoneNumber | None] = field(default=None)
    data: Field[bytes | None] = field(default=None)
    car: Field[Car | None] = field(default=None)
    cars: Field[list[Car]] = field(factory=list)
    texts: Field[list[str]] = field(factory=list)
    numbers: Field[list[float]] = field(factory=list)
    wholes: Field[list[int]] = field(factory=list)
    truths: Field[list[bool]] = field(factory=list)
    moments: Field[list[datetime]] = field(factory=list)
    identities: Field[list[UUID]] = field(factory=list)

    class Meta:
        name = "TestEveryValue"


texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=40) | st.sampled_from(
    ["", "😀", 'say "no"', "back\\slash", "a\nb\r\n\tc", "\x00\x01\x1f\x7f", "  ", "\u2028", "null", "{a: 1}", "é̀"]
)
wholes = st.integers(-LARGEST, LARGEST) | st.sampled_from(
    [2**31 - 1, 2**31, -(2**31), -(2**31) - 1, LARGEST, -LARGEST, 0]
)
numbers = st.floats(allow_nan=False, allow_infinity=False) | st.sampled_from([5e-324, -1e308, -0.5, 3.0, 0.1, 1e22])
moments = st.datetimes(
    datetime(1, 1, 2),
    datetime(9999, 12, 30),
    timezones=st.timezones() | st.just(timezone(timedelta(hours=5, minutes=45))),
)
engines = st.builds(Engine, maker=texts, power=st.none() | wholes, ratios=st.lists(numbers, max_size=2))
cars = st.builds(Car, name=texts, engine=st.none() | engines, engines=st.lists(engines, max_size=2))
places = st.builds(
    GeoCoordinates,
    st.floats(-90, 90, width=32, allow_subnormal=False),
    st.floats(-180, 180, width=32, allow_subnormal=False),
)
values = st.fixed_dictionaries(
    {
        "text": texts,
        "number": numbers,
        "whole": wholes,
        "truth": st.booleans(),
        "moment": moments,
        "identity": st.uuids(),
        "maybe_text": st.none() | texts,
        "maybe_whole": st.none() | wholes,
        "place": st.none() | places,
        "phone": st.none() | st.sampled_from([PhoneNumber("+31 20 123 4567"), PhoneNumber("020 1234567", "nl")]),
        "data": st.none() | st.binary(min_size=1, max_size=30),
        "car": st.none() | cars,
        "cars": st.lists(cars, max_size=2),
        "texts": st.lists(texts, max_size=3),
        "numbers": st.lists(numbers, max_size=3),
        "wholes": st.lists(wholes, max_size=3),
        "truths": st.lists(st.booleans(), max_size=3),
        "moments": st.lists(moments, max_size=3),
        "identities": st.lists(st.uuids(), max_size=3),
    }
)


def comparable(value: object) -> object:
    """Times as instants: Python calls a time that its zone has twice unequal to the same time in another zone."""
    if isinstance(value, datetime):
        return value.astimezone(timezone.utc)
    return [comparable(item) for item in value] if isinstance(value, list) else value


@pytest.fixture(scope="module")
def collection(client: Client) -> Iterator[None]:
    with empty_collections(client, [EveryValue]):
        yield


@pytest.mark.usefixtures("collection")
@settings(max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(values=values)
def test_values_come_back_equal(client: Client, values: dict[str, Any]) -> None:
    with Session(client) as session:
        stored = EveryValue(**values)
        session.add(stored)
        session.commit()
    with Session(client) as session:
        by_rest = session.get(EveryValue, stored.id)
    with Session(client) as session:
        by_graphql = session.query(EveryValue).get(stored.id)
    for found in (by_rest, by_graphql):
        assert found is not None
        for name, value in values.items():
            assert comparable(getattr(found, name)) == comparable(value), name
            assert type(getattr(found, name)) is type(value), name


@pytest.mark.usefixtures("collection")
@settings(max_examples=15, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(several=st.lists(values, min_size=1, max_size=10))
def test_listed_values_come_back_equal_and_unchanged(client: Client, several: list[dict[str, Any]]) -> None:
    with Session(client) as session:
        stored = [EveryValue(**values) for values in several]
        session.add_all(stored)
        session.commit()
    with Session(client) as session:
        listed = {found.id: found for found in session.query(EveryValue).iterator(50, method="listing")}
        for instance, values in zip(stored, several, strict=True):
            for name, value in values.items():
                found = getattr(listed[instance.id], name)
                assert comparable(found) == comparable(value), name
                assert type(found) is type(value), name
        assert session.dirty == ()


@pytest.mark.parametrize(
    ("name", "value", "reason"),
    [
        ("text", 3, "needs a str, got int 3"),
        ("text", "\ud83d", "half of a surrogate pair"),
        ("text", None, "needs a value"),
        ("number", "1", "needs a float"),
        ("number", float("nan"), "finite"),
        ("number", float("inf"), "finite"),
        ("number", True, "needs a float"),
        ("whole", 3.9, "needs an int"),
        ("whole", True, "needs an int"),
        ("whole", 2**53, r"between -2\^53 and 2\^53"),
        ("truth", "false", "needs a bool"),
        ("moment", datetime(2024, 1, 1), "naive"),
        ("moment", datetime.min.replace(tzinfo=timezone(timedelta(seconds=3601))), "between the years 1 and 9999"),
        ("identity", "not a uuid", "needs a uuid.UUID"),
        ("place", (1.0, 2.0), "needs a GeoCoordinates"),
        ("phone", PhoneNumber("020 1234567"), "default_country"),
        ("data", "text", "needs bytes"),
        ("texts", "text", "needs a list"),
        ("texts", ["a", 1], r"\[1\] needs a str"),
        ("car", Car("a", engine=Engine(3)), "engine: maker: needs a str"),  # type: ignore[arg-type]
        ("cars", [Car("a"), Engine("b")], r"\[1\] needs a Car"),
    ],
)
def test_wrong_values_are_refused_where_they_are_assigned(name: str, value: object, reason: str) -> None:
    good = EveryValue(text="", number=0.0, whole=0, truth=True, moment=datetime.now(timezone.utc), identity=UUID(int=1))
    with pytest.raises(ValidationError, match=reason) as caught:
        setattr(good, name, value)
    assert caught.value.instance is good
    assert caught.value.field == name
    assert str(caught.value) == f"{good!r}: {name} {caught.value.reason}"


def test_geo_coordinates_are_equal_when_their_single_floats_are() -> None:
    assert GeoCoordinates(0.0, 16.7421875) == GeoCoordinates(0.0, 16.742188)
    assert hash(GeoCoordinates(0.0, 16.7421875)) == hash(GeoCoordinates(0.0, 16.742188))
    assert GeoCoordinates(0.0, 16.7421875) != GeoCoordinates(0.0, 16.7422)


def test_geo_coordinates_outside_the_earth_are_refused() -> None:
    with pytest.raises(ValidationError, match="latitude"):
        GeoCoordinates(91, 0)
    with pytest.raises(ValidationError, match="longitude"):
        GeoCoordinates(0, -181)


@pytest.mark.parametrize("distance", [-1, float("nan"), float("inf"), "2000", True])
def test_a_geo_range_that_is_none_is_refused(distance: Any) -> None:
    with pytest.raises(QueryError, match="in metres, from 0"):
        GeoRange(GeoCoordinates(51.51, -0.09), distance)
    with pytest.raises(QueryError, match="center of a geo range needs a GeoCoordinates"):
        GeoRange(distance, 2000)

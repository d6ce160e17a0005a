"""Any value of a type comes back from its JSON as what it was, and equal values are found by the JSON of each other."""

from __future__ import annotations

import dataclasses
from datetime import date, time, timedelta
from decimal import Decimal
from typing import Any

import orjson
from hypothesis import given
from hypothesis import strategies as st

from tests.model.stored_types_models import Address, Box, Celsius, Cents, Colour, Interval, Money, Slug, Thing
from weaviate_orm.model.instance_codec import decode_properties, encode_properties
from weaviate_orm.model.type_codecs import codec_of
from weaviate_orm.query.filters import Comparison

TEXTS = st.text(st.characters(codec="utf-8"), max_size=5)
DECIMALS = st.builds(
    lambda sign, digits, exponent: Decimal((sign, tuple(digits), exponent if any(digits) else -min(abs(exponent), 38))),
    st.integers(0, 1),
    st.lists(st.integers(0, 9), min_size=1, max_size=38).map(lambda digits: [*digits[:1], *digits[1:]]),
    st.integers(-60, 60),
).filter(lambda value: len(value.as_tuple().digits) <= 38)
NUMBERS = st.decimals(-(10**9), 10**9, places=5)
TIMES = st.times()
SPANS = st.timedeltas(timedelta(days=-99_000), timedelta(days=99_000))
BOXES = st.builds(Box, st.integers(-5, 5), st.none() | DECIMALS, st.sets(TEXTS, max_size=3), TIMES)
ADDRESSES: st.SearchStrategy[Any] = st.fixed_dictionaries(
    {"street": TEXTS, "since": st.none() | st.dates()}, optional={"floors": st.lists(st.integers(-9, 9), max_size=3)}
)

VALUES: dict[str, st.SearchStrategy[Any]] = {
    "colour": st.sampled_from(Colour),
    "letter": st.sampled_from("ab"),
    "price": DECIMALS,
    "weight": NUMBERS,
    "day": st.dates(),
    "opens": TIMES,
    "lasts": SPANS,
    "tags": st.sets(TEXTS),
    "codes": st.frozensets(st.integers(-(2**53) + 1, 2**53 - 1)),
    "steps": st.lists(st.floats(allow_nan=False, allow_infinity=False)).map(tuple),
    "words": st.lists(TEXTS),
    "counts": st.dictionaries(TEXTS, st.integers(-99, 99)),
    "boxes": st.dictionaries(st.sampled_from(Colour), BOXES),
    "maybe": st.none() | st.dictionaries(st.integers(-9, 9), st.none() | TEXTS),
    "address": st.none() | ADDRESSES,
    "addresses": st.lists(ADDRESSES, max_size=3),
    "box": st.none() | BOXES,
    "pair": st.lists(BOXES, max_size=3).map(tuple),
    "slug": TEXTS.map(Slug),
    "cents": st.integers(-(2**53) + 1, 2**53 - 1).map(Cents),
    "heat": st.integers(-273, 1000).map(Celsius),
    "interval": st.none() | st.builds(Interval, DECIMALS, DECIMALS),
    "prices": st.lists(DECIMALS),
    "weights": st.lists(NUMBERS).map(tuple),
    "times": st.sets(TIMES),
    "spans": st.lists(SPANS).map(tuple),
    "paid": st.none() | st.builds(Money, DECIMALS, TEXTS),
}


@given(st.fixed_dictionaries(VALUES))
def test_json_holds_every_value(values: dict[str, Any]) -> None:
    thing = Thing(name="x", **values)
    encoded = encode_properties(thing)
    row = decode_properties(Thing.__mapper__, orjson.loads(orjson.dumps(encoded)))
    assert {name: row[name] for name in values} == values
    assert _exact(row["price"]) == _exact(values["price"])
    assert list(map(_exact, row["prices"])) == list(map(_exact, values["prices"]))
    assert {name: type(row[name]) for name in values} == {name: type(value) for name, value in values.items()}
    assert encode_properties(Thing(**{**row})) == encoded


def _exact(value: Decimal) -> Any:
    return value.as_tuple()


@given(DECIMALS, st.integers(0, 5))
def test_equal_decimals_are_found_by_each_other(value: Decimal, zeros: int) -> None:
    sign, digits, exponent = value.as_tuple()
    assert isinstance(exponent, int)
    other = Decimal((sign, (*digits, *[0] * zeros), exponent - zeros))
    codec = codec_of(Decimal)
    try:
        stored = codec.encode(other)
    except ValueError:  # more digits than are stored
        return
    condition: Any = Thing.price == value
    assert isinstance(condition, Comparison)
    assert stored in condition.value
    assert {Decimal(text) for text in condition.value} == {value}
    assert Thing(name="x", price=value).id == Thing(name="x", price=other).id


@given(TIMES, TIMES)
def test_the_order_of_times_is_that_of_what_is_stored(one: time, other: time) -> None:
    encode = codec_of(time).encode
    assert (encode(one) < encode(other), encode(one) == encode(other)) == (one < other, one == other)


@given(SPANS, SPANS)
def test_the_order_of_durations_is_that_of_what_is_stored(one: timedelta, other: timedelta) -> None:
    encode = codec_of(timedelta).encode
    assert (encode(one) < encode(other), encode(one) == encode(other)) == (one < other, one == other)


@given(st.dates(), st.dates())
def test_the_order_of_dates_is_that_of_what_is_stored(one: date, other: date) -> None:
    encode = codec_of(date).encode
    assert (encode(one) < encode(other), encode(one) == encode(other)) == (one < other, one == other)


@given(NUMBERS, NUMBERS)
def test_the_order_of_decimals_is_that_of_numbers(one: Decimal, other: Decimal) -> None:
    encode = Thing.__mapper__.codecs["weight"].encode
    assert (encode(one) < encode(other), encode(one) == encode(other)) == (one < other, one == other)


@given(st.sets(st.integers(-99, 10**9), min_size=1))
def test_equal_sets_have_equal_ids(codes: set[int]) -> None:
    turned = frozenset(sorted(codes, reverse=True))  # another order of the same elements
    assert Thing(name="x", codes=frozenset(codes)).id == Thing(name="x", codes=turned).id


@given(BOXES)
def test_a_dataclass_is_compared_by_its_members(box: Box) -> None:
    codec = codec_of(Box)
    assert codec.same(box, dataclasses.replace(box))
    assert not codec.same(box, dataclasses.replace(box, width=box.width + 1))


def test_the_keys_of_addresses_are_those_of_the_class() -> None:
    assert Address.__required_keys__ | Address.__optional_keys__ == {"street", "since", "floors"}

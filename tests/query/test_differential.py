"""Random filters and orders over 2,000 random objects: the server finds what Python finds.

Where the two could differ, it is the server's way that counts:

- null is unequal to every value, and contains none of them: NotEqual and ContainsNone are the complements of Equal and
  ContainsAny, so that null, and an empty list, pass them;
- an empty list, and an empty text, are null;
- a reference path holds if it holds for any of the objects referred to, NotEqual included: "some writer is not Ada";
- a geo range finds the 800 nearest at most; see the last test.
"""

from __future__ import annotations

import fnmatch
import math
import random
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta, timezone
from typing import Any
from uuid import UUID

import pytest

from tests.empty_collections import empty_collections
from weaviate_orm import Client, Field, GeoCoordinates, Model, Ref, Session, field, ref
from weaviate_orm.query.filters import Filter
from weaviate_orm.schema.collection_options import InvertedIndexSpec

COUNT, TREES = 2000, 300
START = datetime(2024, 1, 1, tzinfo=timezone.utc)
NAMES = ["pen", "pencil", "ink", "cap", "paper clip", "Paper", "clip", "ÿ", "猫"]
TAGS = ["a", "b", "c", "d"]


class Town(Model):
    name: Field[str] = field(tokenization="field")
    size: Field[int | None] = field(default=None)

    class Meta:
        name = "TestDifferentialTown"
        inverted_index = InvertedIndexSpec(index_null_state=True)


class Thing(Model):
    number: Field[int]
    name: Field[str | None] = field(default=None, tokenization="field")
    count: Field[int | None] = field(default=None)
    ranged: Field[int | None] = field(default=None, index_range_filters=True)
    price: Field[float | None] = field(default=None)
    good: Field[bool | None] = field(default=None)
    day: Field[datetime | None] = field(default=None)
    code: Field[UUID | None] = field(default=None)
    tags: Field[list[str]] = field(factory=list, tokenization="field")
    marks: Field[list[int]] = field(factory=list)
    place: Field[GeoCoordinates | None] = field(default=None)
    towns: Ref[list[Town]] = ref(factory=list)

    class Meta:
        name = "TestDifferentialThing"
        inverted_index = InvertedIndexSpec(index_null_state=True, index_property_length=True, index_timestamps=True)


def make_things(rng: random.Random) -> list[Thing]:
    def maybe(value: Any) -> Any:
        return value if rng.random() > 0.15 else None

    towns = [Town(name=f"t{each}", size=maybe(each % 4)) for each in range(12)]
    return [
        Thing(
            id=UUID(int=rng.getrandbits(128), version=4),
            number=number,
            name=maybe(rng.choice(NAMES)),
            count=maybe(rng.choice([-(2**40), -3, 0, 1, 2, 3, 2**31, 2**40])),
            ranged=maybe(rng.randrange(-5, 6)),
            price=maybe(rng.choice([-1.5, 0.0, 0.25, 1e9, 3.0])),
            good=maybe(rng.random() < 0.5),
            day=maybe(START + timedelta(days=rng.randrange(5))),
            code=maybe(UUID(int=rng.randrange(5))),
            tags=rng.sample(TAGS, rng.randrange(4)),
            marks=[rng.randrange(4) for _ in range(rng.randrange(3))],
            place=maybe(GeoCoordinates(rng.uniform(50, 52), rng.uniform(3, 6))),
            towns=rng.sample(towns, rng.randrange(3)),
        )
        for number in range(COUNT)
    ]


@pytest.fixture(scope="module")
def things(client: Client, seed: int) -> Iterator[list[Thing]]:
    with empty_collections(client, [Thing, Town]):
        made = make_things(random.Random(seed))
        with Session(client) as session:
            session.add_all(made)
            session.commit()
            yield made


# -- one tree, twice: as a filter, and as a predicate

Predicate = Callable[[Thing], bool]


def ordered(rng: random.Random, attribute: str, values: list[Any]) -> tuple[Filter, Predicate]:
    value = rng.choice(values)
    expression: Any = getattr(Thing, attribute)

    def of(test: Callable[[Any], bool], null: bool = False) -> Predicate:
        return lambda thing: null if getattr(thing, attribute) is None else test(getattr(thing, attribute))

    some = rng.sample(values, min(2, len(values)))
    choices: list[tuple[Filter, Predicate]] = [
        (expression == value, of(lambda held: held == value)),
        (expression != value, of(lambda held: held != value, null=True)),
        (expression > value, of(lambda held: held > value)),
        (expression >= value, of(lambda held: held >= value)),
        (expression < value, of(lambda held: held < value)),
        (expression <= value, of(lambda held: held <= value)),
        (expression.in_(some), of(lambda held: held in some)),
        (expression.contains_none(some), of(lambda held: held not in some, null=True)),
        (expression.is_null(), lambda thing: getattr(thing, attribute) is None),
        (expression.is_null(False), lambda thing: getattr(thing, attribute) is not None),
    ]
    return rng.choice(choices)


def listed(rng: random.Random, attribute: str, values: list[Any]) -> tuple[Filter, Predicate]:
    expression: Any = getattr(Thing, attribute)
    value, some, length = rng.choice(values), rng.sample(values, 2), rng.randrange(3)
    choices: list[tuple[Filter, Predicate]] = [
        (expression == value, lambda thing: value in getattr(thing, attribute)),
        (expression != value, lambda thing: value not in getattr(thing, attribute)),
        (expression.contains_any(some), lambda thing: bool(set(some) & set(getattr(thing, attribute)))),
        (expression.contains_all(some), lambda thing: set(some) <= set(getattr(thing, attribute))),
        (expression.contains_none(some), lambda thing: not set(some) & set(getattr(thing, attribute))),
        (expression.is_null(), lambda thing: not getattr(thing, attribute)),
        (expression.length > length, lambda thing: len(getattr(thing, attribute)) > length),
        (expression.length == length, lambda thing: len(getattr(thing, attribute)) == length),
        (expression.length <= length, lambda thing: len(getattr(thing, attribute)) <= length),
    ]
    return rng.choice(choices)


def textual(rng: random.Random) -> tuple[Filter, Predicate]:
    part, pattern = (
        rng.choice(["p", "pen", "cl", "P", "er", "猫", "r c"]),
        rng.choice(["p*", "?e*", "*p", "c?p", "*l*"]),
    )

    def of(test: Callable[[str], bool]) -> Predicate:
        return lambda thing: thing.name is not None and test(thing.name)

    choices: list[tuple[Filter, Predicate]] = [
        (Thing.name.like(pattern), of(lambda name: fnmatch.fnmatchcase(name, pattern))),
        (Thing.name.contains(part), of(lambda name: part in name)),
        (Thing.name.startswith(part), of(lambda name: name.startswith(part))),
        (Thing.name.endswith(part), of(lambda name: name.endswith(part))),
        (Thing.name.length > len(part) + 2, of(lambda name: len(name) > len(part) + 2)),
    ]
    return rng.choice(choices)


def metres(one: GeoCoordinates, other: GeoCoordinates) -> float:
    one_lat, other_lat = math.radians(one.latitude), math.radians(other.latitude)
    across = math.radians(other.longitude - one.longitude)
    half = math.sin((other_lat - one_lat) / 2) ** 2
    half += math.cos(one_lat) * math.cos(other_lat) * math.sin(across / 2) ** 2
    return 2 * 6_371_000 * math.asin(math.sqrt(half))


def placed(rng: random.Random) -> tuple[Filter, Predicate]:
    center, distance = GeoCoordinates(rng.uniform(50, 52), rng.uniform(3, 6)), rng.uniform(20_000, 60_000)
    return (
        Thing.place.within(center, distance=distance),
        lambda thing: thing.place is not None and metres(thing.place, center) <= distance,
    )


def referring(rng: random.Random) -> tuple[Filter, Predicate]:
    name, size, number = f"t{rng.randrange(12)}", rng.randrange(4), rng.randrange(3)
    choices: list[tuple[Filter, Predicate]] = [
        (Thing.towns.name == name, lambda thing: any(town.name == name for town in thing.towns)),
        (Thing.towns.name != name, lambda thing: any(town.name != name for town in thing.towns)),
        (Thing.towns.size > size, lambda thing: any(t.size is not None and t.size > size for t in thing.towns)),
        (Thing.towns.size.is_null(), lambda thing: any(town.size is None for town in thing.towns)),
        (Thing.towns.count == number, lambda thing: len(thing.towns) == number),
        (Thing.towns.count > number, lambda thing: len(thing.towns) > number),
        (Thing.towns.is_null(), lambda thing: not thing.towns),
    ]
    return rng.choice(choices)


def identified(rng: random.Random) -> tuple[Filter, Predicate]:
    bound = UUID(int=rng.getrandbits(128), version=4)
    choices: list[tuple[Filter, Predicate]] = [
        (Thing.id > bound, lambda thing: thing.id > bound),
        (Thing.id <= bound, lambda thing: thing.id <= bound),
        (Thing.id != bound, lambda thing: thing.id != bound),
        (Thing.created_at > START, lambda thing: True),
        (Thing.updated_at < START, lambda thing: False),
    ]
    return rng.choice(choices)


def leaf(rng: random.Random) -> tuple[Filter, Predicate]:
    kinds: list[Callable[[], tuple[Filter, Predicate]]] = [
        lambda: ordered(rng, "name", NAMES),
        lambda: ordered(rng, "count", [-(2**40), 0, 2, 2**31, 2**40]),
        lambda: ordered(rng, "ranged", [-5, 0, 3, 5]),
        lambda: ordered(rng, "price", [-1.5, 0.0, 0.25, 1e9]),
        lambda: ordered(rng, "good", [True, False]),
        lambda: ordered(rng, "day", [START + timedelta(days=each) for each in range(5)]),
        lambda: ordered(rng, "code", [UUID(int=each) for each in range(5)]),
        lambda: listed(rng, "tags", TAGS),
        lambda: listed(rng, "marks", [0, 1, 2, 3]),
        lambda: textual(rng),
        lambda: placed(rng),
        lambda: referring(rng),
        lambda: identified(rng),
    ]
    return rng.choice(kinds)()


def tree(rng: random.Random, depth: int) -> tuple[Filter, Predicate]:
    if depth == 0 or rng.random() < 0.2:
        return leaf(rng)
    kind = rng.choice(["and", "or", "not"])
    condition, holds = tree(rng, depth - 1)
    if kind == "not":
        return ~condition, lambda thing: not holds(thing)
    other, other_holds = tree(rng, depth - 1)
    if kind == "and":
        return condition & other, lambda thing: holds(thing) and other_holds(thing)
    return condition | other, lambda thing: holds(thing) or other_holds(thing)


def test_random_filters_find_what_python_finds(client: Client, things: list[Thing], seed: int) -> None:
    rng = random.Random(seed + 1)
    sizes = []
    with Session(client):
        for number in range(TREES):
            condition, holds = tree(rng, depth=number % 4)
            expected = {thing.number for thing in things if holds(thing)}
            found = Thing.query.where(condition).values_list("number", flat=True)
            assert len(found) == len(set(found))
            assert set(found) == expected, f"tree {number}: {Thing.query.where(condition).graphql()}"
            sizes.append(len(expected))
    # the trees are worth the trouble: most of them find some objects and leave others out
    assert sum(0 < size < COUNT for size in sizes) > TREES * 0.8


def test_orders_and_limits_of_filtered_objects_are_those_of_python(
    client: Client, things: list[Thing], seed: int
) -> None:
    rng = random.Random(seed + 2)
    with Session(client):
        for number in range(100):
            condition, holds = tree(rng, depth=number % 3)
            left = [thing for thing in things if holds(thing)]
            limit, offset, descending = rng.choice([1, 2, 10, 100, 5000]), rng.choice([0, 0, 3]), rng.random() < 0.5
            key = rng.choice(["id", "number"])
            expected = sorted(left, key=lambda thing: getattr(thing, key), reverse=descending)[offset : offset + limit]
            query = Thing.query.where(condition).order_by(f"-{key}" if descending else key)
            found = query.offset(offset).limit(limit).values_list("number", flat=True)
            assert found == [thing.number for thing in expected], query.limit(limit).graphql()
            pages = [thing.number for thing in Thing.query.where(condition).iterator(300)]
            assert pages == [thing.number for thing in sorted(left, key=lambda thing: thing.id)]


def test_a_geo_range_finds_the_nearest_800(client: Client, things: list[Thing]) -> None:
    center = GeoCoordinates(51, 4.5)
    distances = sorted(metres(thing.place, center) for thing in things if thing.place is not None)
    assert len(distances) > 1500
    with Session(client):
        found = Thing.query.where(Thing.place.within(center, distance=1e6)).values_list("place", flat=True)
    assert sorted(metres(place, center) for place in found) == pytest.approx(distances[:800], rel=0.02)

"""Ints outside 32 bits come back right, in few requests; from 2^53 on, they are refused or declared lossy."""

from __future__ import annotations

from collections.abc import Iterator
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
    MappingError,
    Model,
    QueryError,
    Ref,
    Session,
    ValidationError,
    field,
    inspect,
    ref,
)
from weaviate_orm.schema.collection_options import ShardingSpec
from weaviate_orm.testing import recorded_requests

LARGEST_LOSSY = 2**63 - 513
"""What is larger rounds to 2^63, which is no int of 64 bits."""


@attrs.define
class Part:
    exact: int | None = None
    rough: int | None = field(default=None, lossy=True)
    roughs: list[int] = field(factory=list, lossy=True)  # noqa: RUF009  it is an attrs field


class Star(Model):
    """Large numbers, exact and rounded."""

    name: Field[str] = field(tokenization="field")
    exact: Field[int] = field(default=0)
    maybe: Field[int | None] = field(default=None)
    rough: Field[int | None] = field(default=None, lossy=True, name="roughly")
    exacts: Field[list[int]] = field(factory=list)
    roughs: Field[list[int]] = field(factory=list, lossy=True)
    part: Field[Part | None] = field(default=None)
    next: Ref[Star | None] = ref(default=None)

    class Meta:
        name = "TestLargeIntStar"
        sharding = ShardingSpec(desired_count=3)


@pytest.fixture
def stars(client: Client) -> Iterator[Client]:
    with empty_collections(client, [Star]):
        yield client


def kept(number: int) -> int:
    """What Weaviate keeps of an int: the nearest 64-bit float."""
    return int(float(number))


@pytest.mark.parametrize("number", [2**53, -(2**53), 2**53 + 1, 2**63, 10**400])
@pytest.mark.parametrize("make", [lambda n: {"exact": n}, lambda n: {"exacts": [1, n]}, lambda n: {"part": Part(n)}])
def test_from_2_to_the_53_on_ints_are_refused_with_the_way_out(number: int, make: Any) -> None:
    with pytest.raises(ValidationError, match=r"lossy=True") as caught:
        Star(name="large", **make(number))
    assert caught.value.field in make(number)
    with pytest.raises(QueryError, match=r"lossy=True"):
        Star.query.where(Star.exact == number)


@pytest.mark.parametrize("number", [2**63 - 512, -(2**63) + 512, 2**63, 10**400])
def test_what_is_no_int_of_64_bits_is_refused_of_lossy_fields_too(number: int) -> None:
    wrongs: list[dict[str, Any]] = [{"rough": number}, {"roughs": [number]}, {"part": Part(rough=number)}]
    for wrong in wrongs:
        with pytest.raises(ValidationError, match=r"between -2\^63 \+ 512 and 2\^63 - 512"):
            Star(name="large", **wrong)


LOSSY = [2**31, 2**53 - 1, 2**53, 2**53 + 1, 2**60, 2**60 + 1, -(2**60) - 1, LARGEST_LOSSY, -LARGEST_LOSSY]


def test_lossy_ints_come_back_as_the_nearest_floats(stars: Client) -> None:
    with Session(stars) as session:
        for number in LOSSY:
            part = Part(exact=2**53 - 1, rough=number, roughs=[number, 1])
            session.add(Star(name=str(number), rough=number, roughs=[3, number], exact=-(2**53) + 1, part=part))
        session.commit()
    with Session(stars) as by_query, Session(stars) as by_id:
        found = by_query.query(Star).all()
        assert len(found) == len(LOSSY)
        for star in (*found, *(by_id.get(Star, star.id) for star in found)):
            assert star is not None
            number = kept(int(star.name))
            assert (star.rough, star.roughs) == (number, [3, number])
            assert (star.exact, star.part) == (-(2**53) + 1, Part(2**53 - 1, number, [number, 1]))
            assert type(star.rough) is int
        assert by_query.dirty == by_id.dirty == ()


def test_a_rounded_value_is_no_change(stars: Client) -> None:
    number = 2**60 + 1
    star = Star(name="one", rough=number, roughs=[number], part=Part(rough=number))
    with Session(stars) as session, recorded_requests(stars) as requests:
        session.add(star)
        session.commit()
        assert star.rough == number  # what was assigned, until it is read back
        star.rough = number + 1  # the same float
        star.roughs[0] = number + 1
        assert session.dirty == ()
        session.commit()
        assert len(requests) == 1
        session.refresh(star)
        assert (star.rough, star.roughs, star.part) == (2**60, [2**60], Part(rough=2**60))
        assert session.dirty == ()
        star.rough = number
        assert session.dirty == ()
        star.rough = number + 1000
        assert inspect(star).changes["rough"].old == 2**60
        session.commit()
        assert session.dirty == ()
    with Session(stars) as session:
        merged = session.merge(Star(id=star.id, name="one", rough=number + 1000, roughs=[number], part=star.part))
        assert merged.rough == number + 1000
        assert session.dirty == ()


@settings(max_examples=30, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(numbers=st.lists(st.integers(-LARGEST_LOSSY, LARGEST_LOSSY), min_size=1, max_size=20))
def test_any_lossy_int_can_be_stored_found_and_stored_again(stars: Client, numbers: list[int]) -> None:
    with Session(stars) as session:
        star = Star(name="any", rough=numbers[0], roughs=numbers)
        session.add(star)
        session.commit()
        session.expire(star)
        assert star.roughs == [kept(number) for number in numbers]
        star.rough, star.roughs = numbers[-1], [*star.roughs, *numbers]
        session.commit()
        assert session.query(Star).where(rough=numbers[-1], id=star.id).count() == 1
        assert session.query(Star).where(Star.roughs.contains_all(numbers), id=star.id).count() == 1


def test_filters_and_figures_of_large_ints(stars: Client) -> None:
    # sums are made of 64-bit floats: beyond 2^53 on their way, they are rounded
    exact = [2**31, 2**40, 2**40, 2**52 - 1, -(2**52) + 1, -(2**31) - 1, 5]
    rough = [2**60 + 1, 2**60, 2**60, 2**62, -(2**61) - 7, 3, 4]
    with Session(stars) as session:
        for number, (one, other) in enumerate(zip(exact, rough, strict=True)):
            session.add(Star(name=str(number), exact=one, maybe=one, rough=other, exacts=[one, 0], roughs=[other]))
        session.commit()
        for figures in (Star.exact, Star.maybe):
            assert Star.query.aggregate(figures.minimum(), figures.maximum()) == (-(2**52) + 1, 2**52 - 1)
            assert Star.query.aggregate(figures.sum(), figures.mode()) == (sum(exact), 2**40)
            assert Star.query.aggregate(figures.median()) == sorted(exact)[3]
        assert Star.query.aggregate(Star.exacts.maximum(), Star.exacts.minimum()) == (2**52 - 1, -(2**52) + 1)
        assert Star.query.aggregate(Star.rough.minimum(), Star.rough.maximum()) == (-(2**61), 2**62)
        assert Star.query.aggregate(Star.rough.mode(), Star.rough.median()) == (2**60, 2**60)
        assert Star.query.aggregate(Star.roughs.maximum()) == 2**62
        by_rough = Star.query.aggregate_by(Star.rough, Star.maybe.sum())
        assert {group.value: group.count for group in by_rough}[2**60] == 3
        assert by_rough[0].result == 2**31 + 2**41
        for number in rough:
            within = [kept(other) for other in rough]
            assert Star.query.where(Star.rough == number).count() == within.count(kept(number))
            assert Star.query.where(Star.rough > number).count() == sum(other > kept(number) for other in within)
            assert Star.query.where(rough__in=[number]).count() == within.count(kept(number))
            assert Star.query.where(Star.roughs.contains_any([number])).count() == within.count(kept(number))


def test_what_others_have_stored_does_not_stand_in_the_way(stars: Client) -> None:
    uuid = stars.data_object.create({"name": "by others", "exact": 2**60 + 1, "exacts": [2**60]}, "TestLargeIntStar")
    with Session(stars) as session:
        star = session.query(Star).one()
        assert float(star.exact) == 2.0**60
        star.name = "renamed"
        assert session.dirty == (star,)
        session.commit()
        with pytest.raises(ValidationError, match="lossy=True"):
            star.exact = 2**60
    properties = (stars.data_object.get_by_id(uuid, class_name="TestLargeIntStar") or {})["properties"]
    assert (properties["name"], float(properties["exact"])) == ("renamed", 2.0**60)


def test_what_cannot_be_lossy() -> None:
    for annotation in (str, float, list[str], bool):
        with pytest.raises(MappingError, match="lossy is for int and lists of int"):

            class Wrong(Model):
                value: Field[annotation] = field(lossy=True)  # type: ignore[valid-type]

            assert Wrong.__mapper__.properties
    for option in ("key", "version"):
        with pytest.raises(MappingError, match="lossy"):
            type(
                "Worse",
                (Model,),
                {
                    "__annotations__": {"number": Field[int]},
                    "number": field(lossy=True),
                    "Meta": type("Meta", (), {option: "number"}),
                },
            )


def test_large_ints_cost_few_requests(stars: Client) -> None:
    with Session(stars) as session:
        for number in range(30):
            large = 2**40 + number
            star = Star(
                id=UUID(int=2 * number),
                name=str(number),
                exact=large,
                maybe=large,
                exacts=[1, large],
                part=Part(large),
            )
            star.next = Star(id=UUID(int=2 * number + 1), name=f"next of {number}", exacts=[large])
            session.add(star)
        session.commit()

    def requests_of(*names: str) -> int:
        with Session(stars) as session, recorded_requests(stars) as requests:
            for star in session.query(Star).only("name", *names).where(Star.name.like("??")).all():
                number = int(star.name)
                for name in names:
                    large = 2**40 + number
                    expected = {"exacts": [1, large], "part": Part(large)}.get(name, large)
                    assert getattr(star, name) == expected
        return len(requests)

    assert requests_of() == 1
    assert requests_of("exact") == 2
    assert requests_of("exact", "maybe") == 2
    assert requests_of("exacts", "part") == 3  # every second of 40
    with Session(stars) as session, recorded_requests(stars) as requests:
        everything = session.query(Star).only("exacts").all()
        assert len(everything) == 60
        assert all(star.exacts[-1] >= 2**40 for star in everything)
        assert len(requests) == 2
    with Session(stars) as session, recorded_requests(stars) as requests:
        few = session.query(Star).where(name__in=["0", "29"]).only("exacts").all()
        assert {star.exacts[1] for star in few} == {2**40, 2**40 + 29}
        assert len(requests) == 3

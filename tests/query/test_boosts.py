"""Results moved by boosts, and chosen for their diversity: the order and the scores are those of the server's code."""

from __future__ import annotations

import math
import random
from collections.abc import Callable, Iterator, Sequence
from datetime import datetime, timedelta, timezone
from typing import Any
from uuid import UUID

import pytest

from tests.empty_collections import empty_collections
from weaviate_orm import (
    AuthApiKey,
    Boost,
    Client,
    Field,
    Hit,
    Model,
    Q,
    QueryError,
    Ref,
    Session,
    Vector,
    field,
    ref,
    vector,
)
from weaviate_orm.http.features import BOOST, DIVERSITY, DIVERSITY_OF_HYBRID
from weaviate_orm.schema.collection_options import InvertedIndexSpec
from weaviate_orm.testing import Server, recorded_requests

pytestmark = pytest.mark.wire  # these say by which wire they go

DAY = timedelta(days=1)
START = datetime(2024, 1, 1, tzinfo=timezone.utc)
WORDS = ("pen", "pencil", "ink", "cap")


class Shop(Model):
    city: Field[str]

    class Meta:
        name = "TestBoostsShop"


class Pen(Model):
    title: Field[str]
    note: Field[str | None] = field(default=None)
    price: Field[float | None] = field(default=None)
    sold: Field[int | None] = field(default=None, name="soldPieces")
    featured: Field[bool | None] = field(default=None)
    since: Field[datetime | None] = field(default=None)
    code: Field[UUID | None] = field(default=None)
    tags: Field[list[str]] = field(factory=list)
    shape: Vector = vector()
    colour: Vector = vector()
    shop: Ref[Shop | None] = ref(default=None)

    class Meta:
        name = "TestBoostsPen"
        inverted_index = InvertedIndexSpec(index_null_state=True, index_property_length=True)


@pytest.fixture(scope="module")
def by_grpc(server: Server) -> Iterator[Client]:
    if server.grpc_port is None:
        pytest.skip("the port of gRPC is not known")
    secret = AuthApiKey(server.api_key) if server.api_key is not None else None
    with Client(server.url, secret, grpc=server.grpc_port) as connected:
        yield connected


def unit(numbers: list[float]) -> list[float]:
    length = math.hypot(*numbers)
    return [number / length for number in numbers]


@pytest.fixture(scope="module")
def pens(by_grpc: Client) -> Iterator[list[Pen]]:
    rng = random.Random(5)

    def maybe(value: Any) -> Any:
        return value if rng.random() > 0.2 else None

    with empty_collections(by_grpc, [Shop, Pen]):
        shops = [Shop(city=city) for city in ("Delft", "Gouda")]
        made = [
            Pen(
                title=" ".join(rng.sample(WORDS, rng.randrange(1, 4))),
                note=maybe(rng.choice(["a", "the a", "A"])),
                price=maybe(rng.choice([-2.5, 0.0, 1.25, 80.0])),
                sold=maybe(rng.randrange(1000)),
                featured=maybe(rng.random() < 0.5),
                since=maybe(START + rng.random() * 30 * DAY),
                shape=unit([rng.random(), rng.random(), rng.random()]),
                colour=[rng.random(), 1.0],
                shop=rng.choice(shops),
            )
            for _ in range(60)
        ]
        with Session(by_grpc) as session:
            session.add_all(made)
            session.commit()
        yield made


# -- the server's scores (usecases/traverser/boost_scorer.go of Weaviate 1.39)


def normalized(scores: Sequence[float]) -> list[float]:
    low, high = min(scores), max(scores)
    return [(score - low) / (high - low) if high > low else 1.0 for score in scores]


def decayed(distance: float, scale: float, offset: float = 0, curve: str = "exp", decay: float = 0.5) -> float:
    beyond = max(0.0, distance - offset)
    if curve == "gauss":
        return math.exp(math.log(decay) * (beyond / scale) ** 2)
    return max(0.0, 1 - (1 - decay) * beyond / scale) if curve == "linear" else decay ** (beyond / scale)


def sized(values: Sequence[float | None], modifier: Callable[[float], float] = float) -> list[float]:
    present = normalized([modifier(value) for value in values if value is not None])
    remaining = iter(present)
    return [0.0 if value is None else next(remaining) for value in values]


def expected(primary: Sequence[float], boosts: Sequence[tuple[float, Sequence[float]]], weight: float) -> list[float]:
    """The scores of results: of the search's own, and of each boost, with its weight, those of all results."""
    total = sum(abs(of_boost) for of_boost, _ in boosts)
    means = [sum(of_boost * scores[place] for of_boost, scores in boosts) / total for place in range(len(primary))]
    return normalized(
        [(1 - weight) * own + weight * mean for own, mean in zip(normalized(primary), means, strict=True)]
    )


CASES: dict[str, tuple[Callable[[], Any], Callable[[list[Pen]], list[float]]]] = {
    "condition": (
        lambda: Pen.featured == True,  # noqa: E712
        lambda pens: [float(pen.featured is True) for pen in pens],
    ),
    "whole text": (lambda: Pen.note == "a", lambda pens: [float(pen.note == "a") for pen in pens]),
    "stopwords": (lambda: Pen.note == "the a", lambda pens: [float(pen.note == "the a") for pen in pens]),
    "membership": (
        lambda: Pen.note.in_(["A", "the a"]),
        lambda pens: [float(pen.note in ("A", "the a")) for pen in pens],
    ),
    "unequal": (
        lambda: Pen.note != "a",
        lambda pens: [float(pen.note is not None and pen.note != "a") for pen in pens],
    ),
    "joined": (
        lambda: Boost.filter(((Pen.price > 0) & ~(Pen.sold < 500)) | Q(featured=True)),
        lambda pens: [
            float(((pen.price or 0) > 0 and not (pen.sold is not None and pen.sold < 500)) or pen.featured is True)
            for pen in pens
        ],
    ),
    "size": (lambda: Boost.numeric_property("price"), lambda pens: sized([pen.price for pen in pens])),
    "logarithm": (
        lambda: Boost.numeric_property(Pen.sold, modifier="log1p"),
        lambda pens: sized([pen.sold for pen in pens], math.log1p),
    ),
    "root": (
        lambda: Boost.numeric_property(Pen.price, modifier="sqrt"),
        lambda pens: sized([pen.price for pen in pens], lambda value: math.sqrt(max(0, value))),
    ),
    "near a number": (
        lambda: Boost.numeric_decay(Pen.sold, origin=300, scale=50),
        lambda pens: [0.0 if pen.sold is None else decayed(abs(pen.sold - 300), 50) for pen in pens],
    ),
    "near a number, with all arguments": (
        lambda: Boost.numeric_decay("sold", origin=0.5, scale=80.5, offset=20, curve="linear", decay=0.3),
        lambda pens: [
            0.0 if pen.sold is None else decayed(abs(pen.sold - 0.5), 80.5, 20, "linear", 0.3) for pen in pens
        ],
    ),
    "near a date": (
        lambda: Boost.time_decay(Pen.since, origin=START + 3 * DAY, scale=2 * DAY),
        lambda pens: [0.0 if pen.since is None else decayed(abs(pen.since - START - 3 * DAY) / DAY, 2) for pen in pens],
    ),
    "near a date, with all arguments": (
        lambda: Boost.time_decay(
            "since", origin=START, scale=timedelta(hours=60.5), offset=DAY, curve="gauss", decay=0.2
        ),
        lambda pens: [
            0.0 if pen.since is None else decayed((pen.since - START) / DAY, 60.5 / 24, 1, "gauss", 0.2) for pen in pens
        ],
    ),
}


def in_places(hits: Sequence[Hit[Pen]], scores: dict[UUID, float]) -> None:
    """Hits have those scores, and come in their order."""
    assert hits
    assert [hit.score for hit in hits] == pytest.approx([scores[hit.id] for hit in hits], abs=2e-4)
    assert [hit.score for hit in hits] == sorted((hit.score or 0.0 for hit in hits), reverse=True)


@pytest.mark.needs(BOOST)
@pytest.mark.parametrize("name", CASES)
def test_a_boost_of_a_vector_search(name: str, by_grpc: Client, pens: list[Pen]) -> None:
    boost, score = CASES[name]
    with Session(by_grpc):
        search = Pen.query.near_vector([1, 0, 0.5], target="shape").limit(100)
        plain = search.hits()
        hits = search.boost(boost(), weight=0.8).hits()
    by_id = {pen.id: pen for pen in pens}
    scores = score([by_id[hit.id] for hit in plain])
    primary = [-(hit.distance or 0.0) for hit in plain]
    blended = dict(zip([hit.id for hit in plain], expected(primary, [(1.0, scores)], 0.8), strict=True))
    assert len(hits) == len(pens)
    in_places(hits, blended)
    assert [hit.id for hit in hits] != [hit.id for hit in plain]
    assert {hit.id: hit.distance for hit in hits} == {hit.id: hit.distance for hit in plain}


@pytest.mark.needs(BOOST)
def test_several_boosts_and_their_weights(by_grpc: Client, pens: list[Pen]) -> None:
    names = {"condition": 2.0, "size": -0.5, "near a date": 1.0}
    boosts = [
        Boost.filter(Pen.featured == True, weight=2),  # noqa: E712
        Boost.numeric_property("price", weight=-0.5),
        Boost.time_decay("since", origin=START + 3 * DAY, scale=2 * DAY),
    ]
    with Session(by_grpc):
        search = Pen.query.near_vector([1, 0, 0.5], target="shape").limit(100)
        plain, hits = search.hits(), search.boost(*boosts).hits()
        inside = Pen.query.near_vector([1, 0, 0.5], target="shape").boost(*boosts, depth=60)
        assert [hit.id for hit in hits[10:30]] == [pen.id for pen in inside.offset(10).limit(20)]
    by_id = {pen.id: pen for pen in pens}
    ordered = [by_id[hit.id] for hit in plain]
    of_boosts = [(weight, CASES[name][1](ordered)) for name, weight in names.items()]
    scores = expected([-(hit.distance or 0.0) for hit in plain], of_boosts, 0.5)
    in_places(hits, dict(zip([hit.id for hit in plain], scores, strict=True)))


@pytest.mark.needs(BOOST)
def test_how_deep_a_boost_looks(by_grpc: Client, pens: list[Pen]) -> None:
    with Session(by_grpc):
        search = Pen.query.near_vector([1, 0, 0.5], target="shape")
        nearest = [pen.id for pen in search.limit(5)]
        best = Boost.numeric_property("sold")
        five = search.boost(best, weight=1, depth=5).limit(5).all()
        all_of_them = search.boost(best, weight=1, depth=100).limit(5).all()
    assert sorted(pen.id for pen in five) == sorted(nearest)
    assert [pen.sold for pen in all_of_them] == sorted((pen.sold or 0 for pen in pens), reverse=True)[:5]


@pytest.mark.needs(BOOST)
def test_a_boost_of_words_of_both_and_of_a_filter_alone(by_grpc: Client, pens: list[Pen]) -> None:
    best = Boost.numeric_property("sold")
    with Session(by_grpc):
        for search in (
            Pen.query.bm25("pen"),
            Pen.query.hybrid("pen", vector=[1, 0, 0.5], target="shape"),
            Pen.query.near_object(pens[0], target="shape"),
            Pen.query.where(Pen.title == "pen"),
            Pen.query.where(Pen.title == "pen").near_vector([1, 0], target="colour").autocut(1),
        ):
            plain = {pen.id for pen in search.limit(60)}
            hits = search.boost(best, weight=1).limit(60).hits()
            assert {hit.id for hit in hits} == plain
            sold = [hit.object.sold for hit in hits if hit.object.sold is not None]
            assert sold == sorted(sold, reverse=True)
            assert max(hit.score or 0 for hit in hits) == 1


@pytest.mark.needs(BOOST)
def test_what_a_boost_reads_need_not_be_loaded(by_grpc: Client, pens: list[Pen]) -> None:
    best = Boost.numeric_property("sold")
    sold = {pen.id: pen.sold or 0 for pen in pens}
    with Session(by_grpc) as session:
        query = Pen.query.near_vector([1, 0, 0.5], target="shape").boost(best, weight=1).limit(10)
        by_name = query.values("title", "score", "id")
        ordered = [sold[row["id"]] for row in by_name]
        assert ordered == sorted(sold.values(), reverse=True)[:10]
        assert list(by_name[0]) == ["title", "score", "id"]
        assert by_name[0]["score"] == 1
        assert "hit__score" in query.values()[0]
        loaded = query.only("title").include("shop").all()
        assert [sold[pen.id] for pen in loaded] == ordered
        with recorded_requests(by_grpc) as requests:
            assert {pen.shop.city for pen in loaded if pen.shop} == {"Delft", "Gouda"}
        assert requests == []
        assert query.exists()
        assert query.first() is loaded[0]
        assert session.query(Pen).where(title="none").boost(best).all() == []


@pytest.mark.needs(BOOST)
def test_a_boosted_query_is_one_request_by_grpc(by_grpc: Client, pens: list[Pen]) -> None:
    query = Pen.query.near_vector([1, 0, 0.5], target="shape").boost(Pen.featured == True)  # noqa: E712
    with Session(by_grpc):
        query.limit(1).all()
        with recorded_requests(by_grpc) as requests:
            assert len(query.all()) == len(pens)  # without a limit too, of which gRPC has its own
        assert [request.url.rpartition("/")[2] for request in requests] == ["Search"]
        explained = query.limit(5).explain()
        assert (explained.wire, explained.why_wire) == ("gRPC", "no other wire has boost()")
        assert explained.document.endswith("} # and by gRPC boost()")
        assert explained.profile
    with Session(by_grpc, wire="grpc"):
        assert len(query.limit(2).all()) == 2


# -- diversity


@pytest.mark.needs(DIVERSITY)
def test_results_that_differ(by_grpc: Client, pens: list[Pen]) -> None:
    def distance(one: Pen, other: Pen) -> float:
        vectors: list[Any] = [one.shape, other.shape]
        product: float = sum(x * y for x, y in zip(*vectors, strict=True))
        return max(0.0, 1 - product)

    with Session(by_grpc):
        search = Pen.query.near_vector([1, 0, 0.5], target="shape").limit(30).with_vector("shape")
        window = search.hits()
        for balance in (0, 0.3, 1):
            hits = search.diversify(6, balance=balance).hits()
            chosen, remaining = [window[0]], list(window[1:])
            while len(chosen) < 6:

                def gain(hit: Hit[Pen], balance: float = balance, chosen: list[Hit[Pen]] = chosen) -> float:
                    apart = min(distance(hit.object, other.object) for other in chosen)
                    return (1 - balance) * apart - balance * (hit.distance or 0.0)

                chosen.append(max(remaining, key=gain))
                remaining.remove(chosen[-1])
            assert [hit.id for hit in hits] == [hit.id for hit in chosen], balance
        assert [pen.id for pen in search.diversify(6, balance=1)] == [hit.id for hit in window[:6]]


@pytest.mark.needs(DIVERSITY_OF_HYBRID)
def test_searches_that_are_diversified(by_grpc: Client, pens: list[Pen]) -> None:
    with Session(by_grpc):
        for search in (
            Pen.query.near_object(pens[0], target="shape"),
            Pen.query.hybrid("pen", vector=[1, 0, 0.5], target="shape"),
        ):
            plain = [pen.id for pen in search.limit(20)]
            varied = [pen.id for pen in search.limit(20).diversify(5, balance=0)]
            assert len(varied) == 5
            assert varied[0] == plain[0]
            assert set(varied) < set(plain)
            assert varied != plain[:5]
            assert len(search.diversify(50).all()) == 50  # of those without a limit
        boosted = Pen.query.near_object(pens[0], target="shape").boost(Boost.numeric_property("sold"), weight=1)
        (pen,) = boosted.limit(20).diversify(1).all()
        assert pen.sold == max(pen.sold or 0 for pen in pens)
        explained = Pen.query.near_object(pens[0], target="shape").limit(9).diversify(2).explain()
        assert explained.why_wire == "no other wire has diversify()"


# -- refusals


def near() -> Any:
    return Pen.query.near_vector([1, 0, 0.5], target="shape")


SIZE = Boost.numeric_property("sold")

REFUSED: dict[str, tuple[Callable[[], Any], str]] = {
    "none": (lambda: Pen.query.boost(), "1 to 20 boosts"),
    "too many": (lambda: Pen.query.boost(*[SIZE] * 21), "got 21"),
    "no boost": (
        lambda: Pen.query.boost("sold"),  # type: ignore[arg-type]
        "comparisons of fields, and what Boost makes, not 'sold'",
    ),
    "weight of all": (lambda: Pen.query.boost(SIZE, weight=1.5), r"weight of boost\(\) is from 0 to 1; got 1.5"),
    "weight of one": (lambda: Boost.numeric_property("sold", weight=0), "not 0, which the server takes for 1"),
    "weight that is none": (lambda: Boost.filter(Pen.sold > 1, weight=math.nan), "is a number; got nan"),
    "depth": (lambda: Pen.query.boost(SIZE, depth=0), "depth of boost.* got 0"),
    "deeper than the server": (lambda: Pen.query.boost(SIZE, depth=10_001), "from 1 to 10,000"),
    "text": (
        lambda: Pen.query.boost(Boost.numeric_property("title")),
        "numeric_property reads int and number, and",
    ),
    "date as a number": (
        lambda: Pen.query.boost(Boost.numeric_decay("since", origin=1, scale=1)),
        "numeric_decay reads",
    ),
    "number as a date": (lambda: Pen.query.boost(Boost.time_decay("sold", scale=DAY)), "time_decay reads date, and"),
    "unknown": (lambda: Pen.query.boost(Boost.numeric_property("size")), "size"),
    "modifier": (lambda: Boost.numeric_property("sold", modifier="ln"), "one of log1p, sqrt; got 'ln'"),  # type: ignore[arg-type]
    "curve": (lambda: Boost.time_decay("since", scale=DAY, curve="sine"), "one of exp, gauss, linear"),  # type: ignore[arg-type]
    "decay": (lambda: Boost.time_decay("since", scale=DAY, decay=0), "above 0, up to 1; got 0"),
    "scale": (lambda: Boost.time_decay("since", scale=-DAY), "scale of time_decay is a timedelta above 0"),
    "scale that is none": (
        lambda: Boost.numeric_decay("sold", origin=1, scale=True),
        "numeric_decay is a number",
    ),
    "scale of 0": (lambda: Boost.numeric_decay("sold", origin=1, scale=0), "is above 0; got 0"),
    "offset": (lambda: Boost.time_decay("since", scale=DAY, offset=-DAY), "offset of time_decay is a timedelta from 0"),
    "offset below 0": (lambda: Boost.numeric_decay("sold", origin=1, scale=1, offset=-1), "is from 0; got -1"),
    "naive date": (
        lambda: Boost.time_decay("since", scale=DAY, origin=datetime(2024, 1, 1)),
        "origin of time_decay needs a datetime with a timezone",
    ),
    "pattern": (lambda: Pen.query.boost(Pen.note.like("a*")), "Pen.note by ==.*not by Like"),
    "null": (lambda: Pen.query.boost(Pen.note.is_null()), "not by IsNull"),
    "null by equality": (lambda: Pen.query.boost(Pen.note == None), "not by IsNull"),  # noqa: E711
    "case": (lambda: Pen.query.boost(Pen.note.iexact("a")), "letter by letter"),
    "reference": (lambda: Pen.query.boost(Pen.shop.city == "Delft"), "values of Pen itself.*not Pen.shop.city"),
    "count of references": (lambda: Pen.query.boost(Pen.shop.count > 0), "values of Pen itself"),
    "length": (lambda: Pen.query.boost(Pen.note.length > 3), "values of Pen itself"),
    "id": (lambda: Pen.query.boost(Pen.id == UUID(int=1)), "values of Pen itself"),
    "list": (lambda: Pen.query.boost(Pen.tags.contains_any(["a"])), r"Pen.tags is text\[\]"),
    "date": (lambda: Pen.query.boost(Pen.since > START), r"Pen.since is date. For dates there is Boost.time_decay\(\)"),
    "uuid": (lambda: Pen.query.boost(Pen.code == UUID(int=1)), "Pen.code is uuid"),
    "order": (lambda: Pen.query.boost(SIZE).order_by("sold"), "an order of its own"),
    "groups": (lambda: near().boost(SIZE).group_by("featured"), "boosts objects, not groups"),
    "similar": (lambda: near().group_similar(0.1).boost(SIZE), "boosts objects, not groups"),
    "question": (lambda: Pen.query.ask("?").boost(SIZE), r"has no ask\(\)|vectorizer|several vectors"),
    "count": (lambda: near().limit(5).boost(SIZE).count(), "cannot count or aggregate cut, grouped, boosted"),
    "figures": (lambda: near().limit(5).boost(SIZE).aggregate(Pen.sold.sum()), "cannot count or aggregate"),
    "pages": (lambda: next(near().boost(SIZE).iterator()), "boosts.* made of one answer"),
    "whole texts": (lambda: Pen.query.where(Pen.note.exact("a")).boost(SIZE), "leave out what compares whole texts"),
    "diversity of nothing": (lambda: Pen.query.diversify(5), "searches by text"),
    "diversity of words": (lambda: Pen.query.bm25("pen").diversify(5), "searches by text"),
    "diversity of several vectors": (
        lambda: Pen.query.near_vector({"shape": [1, 0, 0], "colour": [1, 0]}).diversify(5),
        "by one vector",
    ),
    "diversity of 0": (lambda: near().diversify(0), "a whole number from 1; got 0"),
    "balance": (lambda: near().diversify(5, balance=2), "from 0 to 1; got 2"),
    "diversity of fewer": (lambda: near().diversify(5).limit(4), r"first limit\(4\) results"),
    "diversity of groups": (lambda: near().diversify(5).group_by("featured"), "choose one"),
}


@pytest.mark.needs(BOOST)
@pytest.mark.parametrize("name", REFUSED)
def test_what_cannot_be_boosted_is_refused_before_it_is_sent(name: str, by_grpc: Client, pens: list[Pen]) -> None:
    ask, message = REFUSED[name]
    with Session(by_grpc), recorded_requests(by_grpc) as requests:
        with pytest.raises((QueryError, AttributeError), match=message):
            ask()
        assert requests == []


@pytest.mark.needs(BOOST)
def test_other_wires_refuse_boosts(by_grpc: Client, server: Server, pens: list[Pen]) -> None:
    query = near().boost(SIZE).limit(3)
    without = Client(server.url, AuthApiKey(server.api_key) if server.api_key is not None else None, grpc=False)
    for session in (Session(without), Session(by_grpc, wire="graphql")):
        with session, recorded_requests(session.client) as requests:
            for read in (query.all, query.hits, query.values, near().diversify(3).all):
                with pytest.raises(QueryError, match=r"GraphQL cannot carry .* no (boost|diversify)\(\)"):
                    read()
            assert [request for request in requests if "meta" not in request.url] == []
    without.close()
    assert repr(query).startswith("<QuerySet {Get")


@pytest.mark.needs(BOOST)
def test_what_no_wire_carries_is_said(by_grpc: Client, pens: list[Pen]) -> None:
    with (
        Session(by_grpc),
        pytest.raises(QueryError, match=r"gRPC alone has boost\(\), and it has nothing for"),
    ):
        near().boost(SIZE).limit(3).summarize("title").all()

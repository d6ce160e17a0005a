"""Membership in nothing, and lists of nothing: the logic of sets, without a request where no object can match."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from tests.empty_collections import empty_collections
from weaviate_orm import (
    Client,
    Field,
    Model,
    Q,
    QueryError,
    QuerySet,
    Ref,
    Session,
    field,
    gather,
    ref,
)
from weaviate_orm.query.filters import EVERYTHING, NOTHING, And, Filter, Not, Or, join, simplify
from weaviate_orm.schema.collection_options import InvertedIndexSpec
from weaviate_orm.testing import recorded_requests
from weaviate_orm.vectorizers import Text2Vec


class Maker(Model):
    name: Field[str] = field(tokenization="field")
    skills: Field[list[str]] = field(tokenization="field", factory=list)

    class Meta:
        name = "TestMembershipMaker"
        inverted_index = InvertedIndexSpec(index_property_length=True)


class Thing(Model):
    name: Field[str] = field(tokenization="field")
    tags: Field[list[str]] = field(tokenization="field", factory=list)
    sizes: Field[list[int]] = field(factory=list)
    count: Field[int] = field(default=0)
    ratio: Field[float] = field(default=0.5)
    sold: Field[bool] = field(default=False)
    maker: Ref[Maker | None] = ref(default=None)

    class Meta:
        name = "TestMembershipThing"
        vectorizer = Text2Vec.transformers()
        inverted_index = InvertedIndexSpec(index_property_length=True, index_timestamps=True)


class Bare(Model):
    """Its index knows no lengths."""

    tags: Field[list[str]] = field(factory=list)

    class Meta:
        name = "TestMembershipBare"


MODELS = (Maker, Thing, Bare)


@pytest.fixture(scope="module", autouse=True)
def things(client: Client) -> Iterator[None]:
    with empty_collections(client, MODELS):
        with Session(client) as session:
            skilled, plain = Maker(name="skilled", skills=["saw"]), Maker(name="plain")
            session.add_all(
                [
                    Thing(name="chair", tags=["wood"], sizes=[1], maker=skilled),
                    Thing(name="table", sizes=[2, 3], maker=plain),
                    Thing(name="lamp", tags=["brass", "glass"]),
                ]
            )
            session.commit()
        yield


@pytest.fixture(autouse=True)
def session(client: Client) -> Iterator[Session]:
    with Session(client) as session:
        yield session


NOBODY: list[Filter | Q] = [
    Thing.name.in_([]),
    Thing.name.in_(iter(())),
    Thing.id.in_([]),
    Thing.created_at.in_(()),
    Thing.count.in_(set()),
    Thing.tags.in_([]),
    Thing.tags.contains_any([]),
    Thing.maker.in_([]),
    Thing.maker.name.in_([]),
    Thing.maker.skills.contains_any([]),
    Q(name__in=[]),
    Q(id__in=[]),
    Q(maker__name__in=[]),
    Q(maker__in=[]),
    ~Thing.tags.contains_all([]),
    ~Thing.tags.contains_none([]),
    Thing.name.in_([]) & (Thing.count == 0),
    (Thing.count == 0) & ~~Q(name__in=[]),
    Thing.name.in_([]) | Thing.id.in_([]),
    ~(Thing.tags.contains_all([]) | (Thing.name == "chair")),
]

VERBS: list[tuple[Callable[[QuerySet[Thing]], Any], Any]] = [
    (lambda query: query.all(), []),
    (lambda query: list(query), []),
    (lambda query: query.first(), None),
    (lambda query: query.one_or_none(), None),
    (lambda query: query.exists(), False),
    (lambda query: query.count(), 0),
    (lambda query: query[1:3].all(), []),
    (lambda query: query.order_by("name").limit(3).all(), []),
    (lambda query: list(query.iterator()), []),
    (lambda query: list(query.include("maker").with_vector().iterator(chunk_size=5)), []),
    (lambda query: query.hits(), []),
    (lambda query: query.near_text("wood").limit(2).hits(), []),
    (lambda query: query.bm25("wood").all(), []),
    (lambda query: query.near_text("wood").group_by("name").groups(), []),
    (lambda query: query.values(), []),
    (lambda query: query.values_list("name", flat=True), []),
    (lambda query: query.to_dict("name"), {"name": []}),
    (lambda query: query.in_bulk(["00000000-0000-0000-0000-000000000001"]), {}),
    (lambda query: query.aggregate(Thing.id.count()), 0),
    (lambda query: query.aggregate_by("name", Thing.count.sum()), []),
    (lambda query: query.update(count=3), 0),
    (lambda query: query.delete(), 0),
    (lambda query: gather(query, query.limit(3)), ([], [])),
    (lambda query: query.explain().reading, "nothing"),
]


@pytest.mark.parametrize("condition", NOBODY, ids=range(len(NOBODY)))
def test_a_filter_that_no_object_can_match_sends_nothing(client: Client, condition: Filter | Q) -> None:
    query = Thing.query.where(condition)
    with recorded_requests(client) as requests:
        for number, (run, expected) in enumerate(VERBS):
            assert (number, run(query), requests) == (number, expected, [])
    assert "operator: Not" in query.graphql()  # the document stays one that could be sent


def test_figures_of_nothing_are_those_of_the_server(client: Client) -> None:
    figures = (
        Thing.id.count(),
        Thing.name.count(),
        Thing.name.top(),
        Thing.count.sum(),
        Thing.count.mean(),
        Thing.ratio.sum(),
        Thing.ratio.median(),
        Thing.count.mode(),
        Thing.count.minimum(),
        Thing.sizes.maximum(),
        Thing.sold.shares(),
        Thing.maker.pointing_to(),
    )
    with recorded_requests(client) as requests:
        answers = Thing.query.where(name__in=[]).aggregate(*figures)
        assert requests == []
    assert answers == Thing.query.where(name="nothing has this name").aggregate(*figures)


def names(*conditions: Filter | Q, **lookups: Any) -> set[str]:
    query = Thing.query.where(*conditions, **lookups)
    found = {thing.name for thing in query}
    assert query.count() == len(found)
    return found


def test_what_can_match_is_asked_for() -> None:
    everything = {"chair", "table", "lamp"}
    assert names(Thing.name.in_([]) | (Thing.name == "lamp")) == {"lamp"}
    assert names(~Q(name__in=[])) == everything
    assert names(~Q(name__in=[]) & Q(name="lamp")) == {"lamp"}
    assert names(Thing.tags.contains_all([])) == everything
    assert names(Thing.tags.contains_none([])) == everything
    assert names(tags__contains_all=[], name__in=["chair", "lamp"]) == {"chair", "lamp"}
    assert names(~Thing.maker.in_([])) == everything
    # across a reference there is an object of which it holds, or none
    assert names(Thing.maker.skills.contains_all([])) == {"chair", "table"}
    assert names(Thing.maker.skills.contains_none([])) == everything
    assert names(Thing.maker.skills.contains_none(["saw"])) == {"table", "lamp"}


def test_a_query_that_asks_for_nothing_leaves_what_is_pending(client: Client, session: Session) -> None:
    session.add(Thing(name="pending"))
    with recorded_requests(client) as requests:
        assert Thing.query.where(name__in=[]).all() == []
        assert requests == []
    session.rollback()


def test_lists_of_nothing() -> None:
    assert names(Thing.tags == []) == {"table"}
    assert names(tags=[]) == {"table"}
    assert names(Thing.tags != []) == {"chair", "lamp"}
    assert names(sizes__ne=()) == {"chair", "table"}
    assert names(maker__skills=[]) == {"table"}


def test_lists_of_nothing_need_an_index_of_lengths(client: Client) -> None:
    with recorded_requests(client) as requests:
        calls: list[Callable[[], object]] = [
            lambda: Bare.query.where(Bare.tags == []),
            lambda: Bare.query.where(tags__ne=[]),
        ]
        for refused in calls:
            with pytest.raises(QueryError, match=r"Bare.tags .*declare index_property_length=True"):
                refused()
        assert requests == []


def test_constants_are_folded_away() -> None:
    condition = Thing.name == "chair"
    for given, expected in (
        (And((condition, NOTHING)), NOTHING),
        (And((condition, EVERYTHING)), condition),
        (Or((condition, NOTHING)), condition),
        (Or((condition, EVERYTHING)), EVERYTHING),
        (Not(NOTHING), EVERYTHING),
        (Not(And((Or((NOTHING, Not(EVERYTHING))), condition))), EVERYTHING),
        (Or((And((EVERYTHING, condition, Not(NOTHING))), NOTHING)), condition),
        (Not(condition), Not(condition)),
    ):
        assert simplify(given) == expected
    assert join(None, EVERYTHING) is None
    assert join(condition, EVERYTHING) == condition
    assert join(condition, NOTHING) == NOTHING
    assert join(NOTHING, condition) == NOTHING

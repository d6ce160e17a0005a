"""Searches over several vectors, by words and operators, cut, grouped: what comes, and what is refused and why."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import pytest

from tests.empty_collections import empty_collections
from weaviate_orm import (
    Client,
    Field,
    HybridFusion,
    Model,
    QueryError,
    QuerySet,
    Ref,
    Session,
    TargetVectors,
    UnknownNameError,
    Vector,
    field,
    ref,
    vector,
)
from weaviate_orm.http.features import AND_CROSS
from weaviate_orm.schema.indexes import hnsw, multi_vector
from weaviate_orm.testing import recorded_requests


class Owner(Model):
    name: Field[str]

    class Meta:
        name = "TestSearchOwner"


class Stone(Model):
    """Three vectors, one of which is several."""

    name: Field[str] = field(tokenization="field")
    note: Field[str] = field(default="", name="remark")
    kind: Field[str] = field(default="", tokenization="field")
    marks: Field[list[str]] = field(factory=list, tokenization="field")
    weight: Field[int] = field(default=0)
    secret: Field[str] = field(default="", index_searchable=False)
    owner: Ref[Owner | None] = ref(default=None)
    shape: Vector = vector(default=None, dimensions=2)
    color: Vector = vector(default=None, name="colour", dimensions=3, index=hnsw(distance="l2-squared"))
    grains: Vector = vector(default=None, dimensions=2, index=hnsw(multi_vector=multi_vector()))

    class Meta:
        name = "TestSearchStone"


class Pebble(Model):
    name: Field[str] = field(tokenization="field")
    number: Field[int] = field(default=0)

    class Meta:
        name = "TestSearchPebble"
        index = hnsw(distance="l2-squared")


MODELS = (Owner, Stone, Pebble)


@pytest.fixture(scope="module")
def stones(client: Client) -> Iterator[None]:
    with empty_collections(client, MODELS):
        ada, bo = Owner(name="Ada"), Owner(name="Bo")
        rows: list[Any] = [
            ("ruby", "a red gem, hard", "gem", ["hard", "red"], 2**40, ada, [1, 0], [1, 0, 0], [[1, 0], [0.9, 0.1]]),
            ("brick", "a red block of clay", "block", ["red"], 2, bo, [0.9, 0.2], [0.9, 0.1, 0], [[0, 1], [0.1, 0.9]]),
            ("jade", "a green gem", "gem", [], 3, bo, [0.7, 0.7], [0, 1, 0], [[1, 0], [0, 1]]),
            ("slate", "a grey block", "block", ["hard"], 4, ada, [0, 1], [0.4, 0.4, 0.4], [[-1, 0], [0, -1]]),
        ]
        with Session(client) as session:
            for name, note, kind, marks, weight, owner, shape, color, grains in rows:
                session.add(
                    Stone(
                        name=name,
                        note=note,
                        kind=kind,
                        marks=marks,
                        weight=weight,
                        owner=owner,
                        shape=shape,
                        color=color,
                        grains=grains,
                    )
                )
            session.add_all(
                Pebble(name=f"p{each}", number=each, vector=[float(each), 0.0]) for each in (1, 2, 3, 20, 21)
            )
            session.commit()
        yield


@pytest.fixture
def session(client: Client, stones: None) -> Iterator[Session]:
    with Session(client) as opened:
        yield opened


def names(query: QuerySet[Any]) -> list[str]:
    return [each.name for each in query]


BOTH = {"shape": [1, 0], "color": [0, 1, 0]}


def distances(**target: Any) -> dict[str, float]:
    hits = Stone.query.near_vector(BOTH, **target).hits()
    return {hit.object.name: hit.distance or 0.0 for hit in hits}


def test_several_targets_and_how_they_are_combined(session: Session) -> None:
    shape = {hit.object.name: hit.distance or 0.0 for hit in Stone.query.near_vector([1, 0], target="shape").hits()}
    color = {h.object.name: h.distance or 0.0 for h in Stone.query.near_vector([0, 1, 0], target=Stone.color).hits()}
    expected: list[tuple[Any, Callable[[float, float], float]]] = [
        (None, min),
        (["shape", Stone.color], min),
        (TargetVectors.minimum("shape", "color"), min),
        (TargetVectors.average("shape", "color"), lambda one, two: (one + two) / 2),
        (TargetVectors.sum("shape", "color"), lambda one, two: one + two),
        (TargetVectors.manual_weights({Stone.shape: 2, "color": 0.5}), lambda one, two: 2 * one + two / 2),
    ]
    for target, combine in expected:
        found = distances(target=target)
        assert found == pytest.approx({name: combine(shape[name], color[name]) for name in shape}, abs=1e-5), target
    relative = Stone.query.near_vector(BOTH, target=TargetVectors.relative_score({"shape": 1, "color": 0}))
    assert names(relative) == sorted(shape, key=lambda name: shape[name])
    # the order of the targets is that of the weights, whatever that of the vectors
    swapped = TargetVectors.manual_weights({"color": 0.5, "shape": 2})
    assert distances(target=swapped) == pytest.approx(distances(target=expected[-1][0]), abs=1e-5)


def test_a_target_compared_with_several_vectors(session: Session) -> None:
    either = Stone.query.near_vector({"shape": [[1, 0], [0, 1]]})
    assert set(names(either.limit(2))) == {"ruby", "slate"}
    weighted = TargetVectors.manual_weights({"shape": [1, 3]})
    assert names(Stone.query.near_vector({"shape": [[1, 0], [0, 1]]}, target=weighted).limit(1)) == ["slate"]
    with_another = Stone.query.near_vector({"shape": [[1, 0], [0, 1]], "color": [0, 1, 0]})
    assert len(names(with_another)) == 4


def test_multi_vectors(session: Session) -> None:
    assert names(Stone.query.near_vector([[1, 0], [0, 1]], target="grains").limit(1)) == ["jade"]
    assert names(Stone.query.near_vector(np.array([[0, 1.0]]), target=Stone.grains).limit(3))[-1] != "slate"
    together = Stone.query.near_vector({"grains": [[-1, 0], [0, -1]], "shape": [0, 1]})
    assert names(together.limit(1)) == ["slate"]
    found = Stone.query.hybrid("gem", vector=[[1, 0], [0, 1]], target="grains", alpha=1).first()
    assert found is not None
    assert found.name == "jade"
    loaded = Stone.query.with_vector("grains").get(name="jade")
    assert loaded.grains == [[1, 0], [0, 1]]  # type: ignore[comparison-overlap]


def test_near_an_object_by_several_targets(session: Session) -> None:
    ruby = Stone.query.get(name="ruby")
    assert names(Stone.query.near_object(ruby, target=["shape", "color"]).limit(2)) == ["ruby", "brick"]


def test_distances_that_are_no_cosines_have_no_certainty(session: Session) -> None:
    hits = Pebble.query.near_vector([1, 0]).limit(2).hits()
    assert [hit.distance for hit in hits] == [0, 1]
    assert hits[0].certainty is None
    assert hits[0].id == hits[0].object.id
    cosine = Stone.query.near_vector([1, 0], target="shape", certainty=0.95).hits()
    assert [hit.object.name for hit in cosine] == ["ruby", "brick"]
    assert cosine[0].certainty == pytest.approx(1)


def test_words_and_their_operators(session: Session) -> None:
    def found(query: str, **options: Any) -> set[str]:
        return set(names(Stone.query.bm25(query, **options)))

    assert found("red gem") == {"ruby", "brick", "jade"}
    assert found("red gem", operator="or") == {"ruby", "brick", "jade"}
    assert found("red gem", operator="and") == {"ruby"}
    assert found("red gem hard", minimum_match=2) == {"ruby"}
    assert found("red gem hard", operator="or", minimum_match=2, properties=[Stone.note]) == {"ruby"}
    assert found("gem red", properties=["kind", "marks"], operator="and") == set()
    assert found("red", properties=["note"]) == {"ruby", "brick"}


@pytest.mark.needs(AND_CROSS)
def test_words_in_any_of_the_properties(session: Session) -> None:
    query = Stone.query.bm25("gem", properties=["kind^2", "marks"], operator="and_cross")
    assert set(names(query)) == {"ruby", "jade"}


def test_hybrid_and_what_it_takes(session: Session) -> None:
    def found(query: str | None, **options: Any) -> list[str]:
        return names(Stone.query.hybrid(query, **options))

    assert found("green", alpha=0) == ["jade"]
    assert found("green", vector=[0, 1], target="shape", alpha=1)[0] == "slate"
    near = found("green", vector=[0, 1], target="shape", alpha=0.5, max_vector_distance=0.01)
    assert near == ["slate"]
    assert found("red gem", alpha=0, operator="and") == ["ruby"]
    assert found("red gem hard", alpha=0, minimum_match=3) == ["ruby"]
    both = found("red", vector=BOTH, target=TargetVectors.sum("shape", "color"), alpha=1)
    by_vector = names(Stone.query.near_vector(BOTH, target=TargetVectors.sum("shape", "color")))
    assert both == by_vector
    ranked = found("red", vector=BOTH, alpha=0.5, fusion_type=HybridFusion.RANKED)
    assert "ruby" in ranked
    assert found(None, vector=[0, 1], target="shape")[0] == "slate"


def test_results_are_cut_where_distances_jump(session: Session) -> None:
    assert names(Pebble.query.near_vector([0, 0]).autocut(1)) == ["p1", "p2", "p3"]
    assert len(names(Pebble.query.near_vector([0, 0]).autocut(2))) == 5


def test_groups(client: Client, session: Session) -> None:
    query = Stone.query.near_vector([1, 0], target="shape").group_by(Stone.kind, groups=2, objects_per_group=3)
    with recorded_requests(client) as requests:
        groups = query.where(weight__lt=100).include("owner").groups()
        assert len(requests) == 1
        assert [group.value for group in groups] == ["block", "gem"]
        assert [hit.object.name for hit in groups[0].hits] == ["brick", "slate"]
        assert groups[0].hits[0].object.owner is not None
        assert groups[0].hits[0].object.owner.name == "Bo"
        assert len(requests) == 1
    assert groups[0].count == 2
    assert groups[0].min_distance == groups[0].hits[0].distance
    assert groups[0].max_distance == groups[0].hits[1].distance
    # objects of groups are those of the session, their large ints true
    ruby = Stone.query.get(name="ruby")
    everything = query.groups()
    assert everything[0].hits[0].object is ruby
    assert ruby.weight == 2**40
    assert {each.name for each in query.all()} == {"ruby", "jade", "brick", "slate"}
    by_mark = Stone.query.near_vector([1, 0], target="shape").group_by("marks").groups()
    assert {group.value: {hit.object.name for hit in group.hits} for group in by_mark} == {
        "hard": {"ruby", "slate"},
        "red": {"ruby", "brick"},
        "": {"jade"},
    }
    by_owner = Stone.query.near_vector([1, 0], target="shape").group_by(Stone.owner).groups()
    ada = Owner.query.get(name="Ada")
    assert {hit.object.name for group in by_owner if group.value == str(ada.id) for hit in group.hits} == {
        "ruby",
        "slate",
    }
    in_hybrid = Stone.query.hybrid("red", vector=[1, 0], target="shape").group_by("kind").groups()
    assert {group.value for group in in_hybrid} == {"gem", "block"}


def test_similar_results_become_one(session: Session) -> None:
    query = Pebble.query.near_vector([0, 0])
    assert names(query.group_similar(1)) == ["p1"]
    (merged,) = query.group_similar(1, merge=True).values("name", "number")
    assert merged["name"].startswith("p1 (")
    assert merged["number"] == 9
    with pytest.raises(QueryError, match="no objects, they have no id"):
        query.group_similar(1, merge=True).all()


def near() -> QuerySet[Stone]:
    return Stone.query.near_vector([1, 0], target="shape")


REFUSED: list[tuple[Callable[[], object], type[Exception], str]] = [
    (lambda: Pebble.query.near_vector([1, 0], certainty=0.9), QueryError, "has l2-squared distances"),
    (lambda: Stone.query.near_vector(BOTH, certainty=0.9), QueryError, "a certainty is of one vector"),
    (lambda: Stone.query.near_text("x", target="shape"), QueryError, "needs a vectorizer, and Stone.shape has none"),
    (lambda: Stone.query.near_image(b"x", target="shape"), QueryError, "near_image needs a vectorizer"),
    (lambda: Pebble.query.ask("why?"), QueryError, "ask needs a vectorizer"),
    (lambda: Pebble.query.hybrid("x"), QueryError, "hybrid.* needs a vectorizer"),
    (lambda: Stone.query.near_vector([1, 0]), QueryError, "several vectors; say which"),
    (lambda: Stone.query.near_vector([1, 0], target=["shape", "color"]), QueryError, "needs a vector for each"),
    (lambda: Stone.query.near_vector({"shape": [1, 0]}, target=["color"]), QueryError, "search is of other targets"),
    (lambda: Stone.query.near_vector({"shap": [1, 0]}), UnknownNameError, "did you mean 'shape'"),
    (lambda: Stone.query.near_vector([[1, 0]], target="shape"), QueryError, "Stone.shape needs one vector"),
    (lambda: Stone.query.near_vector([1, 0], target="grains"), QueryError, "Stone.grains needs a list of vectors"),
    (lambda: Stone.query.near_vector([[1, 0, 0]], target="grains"), QueryError, "grains needs 2 dimensions, got 3"),
    (lambda: Stone.query.near_vector(3, target="shape"), QueryError, "needs a list of floats"),
    (lambda: Stone.query.near_vector([1, 0], target=["shape", "shape"]), QueryError, "twice"),
    (lambda: TargetVectors.manual_weights({"shape": "much"}) and distances(target=_bad()), QueryError, "is a number"),
    (
        lambda: Stone.query.near_vector({"shape": [[1, 0], [0, 1]]}, target=TargetVectors.manual_weights({"shape": 1})),
        QueryError,
        "2 vectors and has 1 weights",
    ),
    (lambda: near().bm25("x"), QueryError, r"use hybrid\(\)"),
    (lambda: Stone.query.bm25("x").order_by("name"), QueryError, "cannot sort"),
    (lambda: Stone.query.order_by("name").hybrid("x", alpha=0), QueryError, "cannot sort"),
    (lambda: Stone.query.autocut(1), QueryError, "without a search it yields nothing"),
    (lambda: near().autocut(0), QueryError, "whole number from 1"),
    (lambda: Stone.query.group_by("kind"), QueryError, "of others Weaviate returns none"),
    (lambda: Stone.query.bm25("x").group_by("kind"), QueryError, "of others Weaviate returns none"),
    (lambda: near().with_vector("shape").group_by("kind"), QueryError, "returns no vectors with groups"),
    (lambda: near().group_by("kind", groups=0), QueryError, "whole number from 1"),
    (lambda: near().group_by(Stone.owner.name), QueryError, "is none"),
    (lambda: near().group_by("kind").hits(), QueryError, r"read by groups\(\)"),
    (lambda: near().groups(), QueryError, r"call that first"),
    (lambda: Stone.query.group_similar(0.5), QueryError, "needs a vector search"),
    (lambda: near().group_similar(2), QueryError, "from 0 to 1"),
    (lambda: Stone.query.bm25("x", operator="xor"), QueryError, "one of and, or, and_cross"),  # type: ignore[arg-type]
    (lambda: Stone.query.bm25("x", operator="and", minimum_match=2), QueryError, "minimum_match is for"),
    (lambda: Stone.query.bm25("x", minimum_match=0), QueryError, "from 1"),
    (
        lambda: Stone.query.bm25("x", operator="and_cross", properties=["kind", "note"]),
        QueryError,
        "needs properties of one tokenization; these have field, word",
    ),
    (lambda: Stone.query.bm25("x", properties=["weight"]), QueryError, "reads text, and Stone.weight is int"),
    (lambda: Stone.query.bm25("x", properties=["secret"]), QueryError, "index_searchable=False"),
    (lambda: Stone.query.bm25("x", properties=["note^much"]), QueryError, "a boost is a number"),
    (lambda: Stone.query.bm25("\ud83d"), QueryError, "surrogate"),
    (lambda: near().offset(1).aggregate(Stone.weight.sum()), QueryError, "leave out limit and offset"),
    (lambda: near().autocut(1).count(), QueryError, "cannot count or aggregate cut"),
]


def _bad() -> TargetVectors:
    return TargetVectors.manual_weights({"shape": "much", "color": 1})


@pytest.mark.parametrize(("mistake", "kind", "message"), REFUSED)
def test_what_cannot_go_together_is_refused_before_anything_is_sent(
    client: Client, session: Session, mistake: Callable[[], object], kind: type[Exception], message: str
) -> None:
    with recorded_requests(client) as requests, pytest.raises(kind, match=message):
        mistake()
    assert requests == []

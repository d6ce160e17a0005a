"""Every argument of a search, in Get and in Aggregate: figures are those of the objects that the same search finds."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest

from tests.query.note_models import Note
from weaviate_orm import Client, HybridFusion, Move, QueryError, QuerySet, Session, TargetVectors
from weaviate_orm.http.features import AND_CROSS, server_version
from weaviate_orm.query.searches import WordOperator
from weaviate_orm.testing import recorded_requests


@pytest.fixture
def session(client: Client, notes: dict[str, Note]) -> Iterator[Session]:
    with Session(client) as opened:
        yield opened


def titles(query: QuerySet[Note]) -> list[str]:
    return [note.title for note in query]


def counted(query: QuerySet[Note]) -> list[str]:
    """The titles that a search finds, after its figures were compared with them."""
    found = query.all()
    assert query.count() == len(found)
    assert query.aggregate(Note.number.sum()) == sum(note.number for note in found), query.graphql()
    return [note.title for note in found]


def bounded(search: Callable[..., QuerySet[Note]]) -> list[str]:
    """The titles that a search finds between its first and its second, by distance and by certainty."""
    first, second = search().limit(2).hits()
    assert first.distance is not None
    assert second.distance is not None
    between = (first.distance + second.distance) / 2
    by_distance = counted(search(distance=between))
    assert counted(search(certainty=1 - between / 2)) == by_distance == [first.object.title]
    return by_distance


def test_figures_that_would_be_of_other_objects_are_refused(
    client: Client, session: Session, notes: dict[str, Note]
) -> None:
    cats, dogs = notes["cats"], notes["dogs"]
    both = {"gist": dogs.gist, "whole": dogs.whole}
    moved = Move("money", force=1)
    refused: list[tuple[QuerySet[Note], str]] = [
        (Note.query.near_text("pets", target=["gist", "whole"]), "searches of one vector only"),
        (Note.query.near_object(cats, target=TargetVectors.minimum("gist", "whole")), "searches of one vector only"),
        (Note.query.near_vector(both), "searches of one vector only"),
        (Note.query.near_vector({"gist": [cats.gist, dogs.gist]}), "searches of one vector only"),
        (Note.query.hybrid("pets", vector=both), "searches of one vector only"),
        (Note.query.hybrid("pets", alpha=1, move_to=moved, target="gist"), "without concepts and moves"),
        (Note.query.hybrid("pets", alpha=0, properties=["body"], target="gist"), "over all text properties"),
        (Note.query.hybrid("pets", target="gist"), "up to the limit of words, and of vectors again"),
        (Note.query.hybrid("pets", alpha=0, fusion_type=HybridFusion.RANKED, target="gist"), "without a fusion_type"),
    ]
    for search, reason in refused:
        with recorded_requests(client) as requests, pytest.raises(QueryError, match=reason):
            search.limit(2).aggregate(Note.number.sum())
        assert requests == []
    assert Note.query.hybrid("cats sheep", target="gist").limit(2).count() == 2  # which the limit cuts


def test_near_text(session: Session, notes: dict[str, Note]) -> None:
    assert bounded(lambda **bound: Note.query.near_text("kittens", target="gist", **bound)) == ["cats"]
    assert bounded(lambda **bound: Note.query.near_text(["sailing", "sea"], target=Note.whole, **bound)) == ["boats"]
    toward = Move("money", objects=[notes["money"]], force=1)
    away = Move("animals", objects=[notes["cats"], notes["dogs"]], force=0.9)
    moved = Note.query.near_text("pets", move_to=toward, move_away_from=away, target="gist")
    assert counted(moved.limit(1)) == ["money"]
    together = TargetVectors.manual_weights({"gist": 0.2, "whole": 0.8})
    assert titles(Note.query.near_text("kittens", target=together).limit(1)) == ["cats"]


def test_near_vector(session: Session, notes: dict[str, Note]) -> None:
    cats, dogs = notes["cats"], notes["dogs"]
    assert bounded(lambda **bound: Note.query.near_vector(cats.gist, target="gist", **bound)) == ["cats"]
    query = Note.query.near_vector({"gist": dogs.gist, "whole": dogs.whole})
    assert titles(query.limit(1)) == ["dogs"]
    assert set(titles(Note.query.near_vector({"gist": [cats.gist, dogs.gist]}).limit(2))) == {"cats", "dogs"}


def test_near_object(session: Session, notes: dict[str, Note]) -> None:
    boats = notes["boats"]
    assert bounded(lambda **bound: Note.query.near_object(boats, target="whole", **bound)) == ["boats"]
    assert titles(Note.query.near_object(boats.id, target=["gist", "whole"]).limit(1)) == ["boats"]
    weighted = TargetVectors.relative_score({Note.gist: 1, Note.whole: 2})
    assert titles(Note.query.near_object(boats, target=weighted).limit(1)) == ["boats"]


def test_hybrid(session: Session, notes: dict[str, Note]) -> None:
    cats, dogs = notes["cats"], notes["dogs"]
    words: list[tuple[WordOperator, int | None, str, set[str]]] = [
        ("or", None, "sheep houses purr", {"cats", "dogs"}),
        ("or", 2, "sheep houses purr", {"dogs"}),
        ("and", None, "sheep houses", {"dogs"}),
    ]
    if AND_CROSS.is_in(server_version(session.client.transport)):
        words.append(("and_cross", None, "sheep dogs", {"dogs"}))
    for operator, minimum, text, expected in words:
        by_words = Note.query.hybrid(text, alpha=0, operator=operator, minimum_match=minimum, target="gist")
        assert set(counted(by_words.limit(9))) == expected, operator
    assert titles(Note.query.hybrid("cats sheep", alpha=0, properties=[Note.title], target="gist")) == ["cats"]
    near = Note.query.hybrid("x", vector=cats.gist, target="gist", alpha=1, max_vector_distance=0.01)
    assert counted(near.limit(9)) == ["cats"]
    assert counted(Note.query.hybrid("x", vector=cats.gist, target="gist", alpha=1).limit(1)) == ["cats"]
    both = {"gist": dogs.gist, "whole": dogs.whole}
    assert titles(Note.query.hybrid("x", vector=both, alpha=1, target=["gist", "whole"]).limit(1)) == ["dogs"]
    moved = Note.query.hybrid(
        "pets",
        alpha=1,
        concepts=["animals"],
        move_to=Move("money and finance", force=1),
        move_away_from=Move("cats and dogs", force=0.9),
        target="gist",
    )
    assert titles(moved.limit(1)) == ["money"]
    with pytest.raises(QueryError, match="moved by concepts, not by objects"):
        Note.query.hybrid("pets", move_to=Move("finance", objects=[cats], force=1), target="gist")
    weighted = TargetVectors.manual_weights({"gist": 1, "whole": 0})
    query = Note.query.hybrid("x", vector=both, alpha=1, target=weighted, fusion_type=HybridFusion.RANKED)
    assert titles(query.limit(1)) == ["dogs"]

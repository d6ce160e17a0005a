"""Searches by text of vectors that the client makes: to the user as with a server's vectorizer, by both wires."""

from __future__ import annotations

import pickle
from collections.abc import Callable
from typing import Any

import pytest

from tests.embedders.fable_models import FABLES, MODEL, Fable, Legend, Riddle, ServerFable, ServerLegend, fill
from weaviate_orm import (
    Client,
    EmbeddingError,
    Field,
    Model,
    Move,
    MultipleResultsError,
    NotFoundError,
    QueryError,
    QuerySet,
    Session,
    TargetVectors,
    Vector,
    create_all,
    field,
    vector,
)
from weaviate_orm.embedders import Embedder
from weaviate_orm.testing import recorded_requests
from weaviate_orm.vectorizers import Text2Vec

Search = Callable[[Any], Any]

QUERY = "a cat"


@pytest.fixture
def filled(wired: Session) -> Session:
    """The fables in all collections, with vectors of either kind; nothing is counted yet."""
    fill(wired.client)
    fill(wired.client, [Legend, ServerLegend])
    wired.query(Fable).near_text("warm").all()  # reads the class, as the first use by a client does
    wired.query(Legend).near_text("warm", target=Legend.gist).all()
    MODEL.forget()
    return wired


SEARCHES: dict[str, Search] = {
    "near_text": lambda query: query.near_text(QUERY),
    "concepts": lambda query: query.near_text([QUERY, "the stock market"]),
    "distance": lambda query: query.near_text(QUERY, distance=0.9),
    "certainty": lambda query: query.near_text(QUERY, certainty=0.6),
    "move_to": lambda query: query.near_text(QUERY, move_to=Move(["ships", "sailing"], force=0.9)),
    "move_away": lambda query: query.near_text("dogs and cats", move_away_from=Move("dogs", force=0.8)),
    "both": lambda query: query.near_text(
        "animals", move_to=Move("cat", force=0.5), move_away_from=Move("dog", force=1)
    ),
    "limit": lambda query: query.near_text("money").limit(2),
    "where": lambda query: query.near_text("money").where(number__gt=0),
    "autocut": lambda query: query.near_text("a cat").autocut(1),
    "hybrid": lambda query: query.hybrid("boats").limit(3),
    "hybrid by vector": lambda query: query.hybrid("boats", alpha=1).limit(3),
    "hybrid by words": lambda query: query.hybrid("boats", alpha=0).limit(3),
    "hybrid concepts": lambda query: query.hybrid("boats", concepts="the bank", alpha=0.9).limit(3),
    "hybrid moves": lambda query: query.hybrid("boats", move_to=Move("cat", force=1), alpha=1).limit(3),
    "hybrid distance": lambda query: query.hybrid("boats", alpha=1, max_vector_distance=0.9),
}


def found(query: QuerySet[Any]) -> list[tuple[str, Any]]:
    """The titles of the hits, with how near they are."""
    return [
        (hit.object.title, pytest.approx(hit.distance if hit.distance is not None else hit.score, abs=1e-4))
        for hit in query.hits()
    ]


@pytest.mark.parametrize("name", SEARCHES)
def test_a_search_finds_what_the_servers_vectorizer_finds(filled: Session, name: str) -> None:
    search = SEARCHES[name]
    expected = found(search(filled.query(ServerFable)))
    with recorded_requests(filled.client) as requests:
        assert found(search(filled.query(Fable))) == expected
    assert expected
    assert len(requests) == 1
    assert MODEL.calls == (name != "hybrid by words")


def test_a_search_is_embedded_once(filled: Session) -> None:
    for _ in range(3):
        filled.query(Fable).near_text("the very same").all()
    assert MODEL.queries == [["the very same"]]


def test_a_move_by_objects(filled: Session) -> None:
    def search(model: Any) -> Any:
        sailor = filled.query(model).where(title="The sailor").one()
        move = Move("wind", force=1, objects=[sailor])
        away = Move(force=0.5, objects=[str(sailor.id).upper()])
        return filled.query(model).near_text(QUERY, move_to=move, move_away_from=away)

    expected, query = found(search(ServerFable)), search(Fable)
    with recorded_requests(filled.client) as requests:
        assert found(query) == expected
    assert len(requests) == 2  # the vector of the object, and the search
    with pytest.raises(QueryError, match="there is no document before"):
        query.graphql()
    with pytest.raises(QueryError, match="by objects or their UUIDs, not by 'The sailor'"):
        filled.query(Fable).near_text(QUERY, move_to=Move(force=1, objects=["The sailor"])).all()
    lost = Fable(title="Not stored")
    with pytest.raises(QueryError, match=f"{lost.id}, which is not stored, or has no vector"):
        filled.query(Fable).near_text(QUERY, move_to=Move(force=1, objects=[lost])).all()


@pytest.mark.parametrize(
    "combine", [TargetVectors.sum, TargetVectors.minimum, TargetVectors.average], ids=["sum", "minimum", "average"]
)
def test_several_targets(filled: Session, combine: Callable[..., TargetVectors]) -> None:
    expected = found(filled.query(ServerLegend).near_text(QUERY, target=combine("gist", "whole")))
    query = filled.query(Legend).near_text(QUERY, target=combine(Legend.gist, "whole"))
    with recorded_requests(filled.client) as requests:
        assert found(query) == expected
    assert len(requests) == 1
    weights = TargetVectors.manual_weights({"gist": 1, "whole": 0.25})
    expected = found(filled.query(ServerLegend).near_text("boats", target=weights))
    assert found(filled.query(Legend).near_text("boats", target=weights)) == expected
    expected = found(filled.query(ServerLegend).hybrid("boats", target=["gist", "whole"]).limit(3))
    assert found(filled.query(Legend).hybrid("boats", target=["gist", "whole"]).limit(3)) == expected


def test_aggregates(filled: Session) -> None:
    def figures(model: Any) -> Any:
        query = filled.query(model)
        near = query.near_text(QUERY, distance=0.95)
        return (
            near.count(),
            near.aggregate(model.number.sum()),
            query.hybrid("boats", alpha=1).limit(2).count(),
            sorted(group.value for group in query.near_text(QUERY).limit(3).aggregate_by(model.number)),
        )

    expected = figures(ServerFable)
    MODEL.forget()
    with recorded_requests(filled.client) as requests:
        assert figures(Fable) == expected
    assert len(requests) == 4
    assert MODEL.queries == [[QUERY], ["boats"]]


def test_groups_and_pages(filled: Session) -> None:
    def grouped(query: Any) -> Any:
        groups = query.near_text("money").group_by("source", groups=2, objects_per_group=3).groups()
        return [(group.value, group.count, [hit.object.title for hit in group.hits]) for group in groups]

    assert grouped(filled.query(Fable)) == grouped(filled.query(ServerFable))
    query = filled.query(Fable).near_text("money")
    assert [fable.title for fable in query.limit(5).iterator(chunk_size=2)] == [fable.title for fable in query.limit(5)]
    assert query.values_list("title") == [(fable.title,) for fable in query]
    assert query.limit(1).exists()
    assert MODEL.queries == [["money"]]


def test_writes_by_a_search(filled: Session) -> None:
    nearest = filled.query(Fable).near_text("the sea").limit(1)
    assert nearest.update(number=99) == 1
    assert filled.query(Fable).where(number=99).one().title == "The sailor"
    assert nearest.delete() == 1
    assert filled.query(Fable).count() == len(FABLES) - 1


def test_queries_are_pickled_without_the_model(filled: Session) -> None:
    query = Fable.query.near_text(QUERY).limit(2)
    pickled = pickle.dumps(query)
    assert len(pickled) < 5_000
    with filled:
        assert [fable.title for fable in pickle.loads(pickled)] == [fable.title for fable in query]


def test_the_document_has_the_vector(filled: Session) -> None:
    document = filled.query(Fable).near_text(QUERY).graphql()
    assert "nearVector" in document
    assert "nearText" not in document


def test_a_search_explains_itself(filled: Session) -> None:
    explained = filled.query(Fable).near_text(QUERY).explain()
    assert "nearVector" in explained.document
    assert MODEL.queries == [[QUERY]]
    sailor = filled.query(Fable).where(title="The sailor").one()
    moved = filled.query(Fable).near_text(QUERY, move_to=Move(force=1, objects=[sailor])).explain()
    assert "nearText" in moved.document  # its vector is made of others, which are read when it runs


def test_looking_at_a_search_embeds_nothing(filled: Session) -> None:
    moved = Move(force=1, objects=[Fable(title="Not stored")])
    with recorded_requests(filled.client) as requests:
        for query in (filled.query(Fable).near_text("never"), filled.query(Fable).near_text("never", move_to=moved)):
            assert "nearText" in repr(query)
    assert (requests, MODEL.calls) == ([], 0)


def test_a_search_that_finds_too_much_says_so_without_a_document(filled: Session) -> None:
    sailor = filled.query(Fable).where(title="The sailor").one()
    query = filled.query(Fable).near_text(QUERY, move_to=Move(force=1, objects=[sailor]))
    with pytest.raises(MultipleResultsError, match="several Fable objects match"):
        query.one()
    with pytest.raises(NotFoundError, match="no Fable matches"):
        query.where(title="No such fable").one()


def test_a_notebook_shows_a_search_by_one_request(filled: Session) -> None:
    with recorded_requests(filled.client) as requests:
        shown = filled.query(Fable).near_text(QUERY)._repr_html_()
    assert (len(requests), MODEL.calls) == (1, 1)
    assert "<th>hit__distance</th>" in shown


def test_the_text_of_a_search_is_what_objects_are_ranked_by_anew() -> None:
    assert 'query: "a cat"' in Fable.query.near_text(QUERY).rerank(Fable.title).graphql()
    assert 'query: "a dog"' in Fable.query.near_text(QUERY).rerank(Fable.title, query="a dog").graphql()


def test_what_is_refused(fables: Client, unique: str) -> None:
    with pytest.raises(QueryError, match="autocorrect is the server's"):
        Fable.query.near_text(QUERY, autocorrect=True)
    with pytest.raises(QueryError, match="ask needs a vectorizer"):
        Fable.query.ask("Who purrs?")
    with pytest.raises(QueryError, match=r"Legend.own has none, its vectors are given"):
        Legend.query.near_text(QUERY, target="own")
    with pytest.raises(QueryError, match=r"Riddle\.words has several vectors for an object"):
        Riddle.query.near_text([QUERY, "a dog"])

    class Mixed(Model):
        title: Field[str] = field()
        ours: Vector = vector(default=None, vectorizer=Embedder(MODEL))
        theirs: Vector = vector(default=None, vectorizer=Text2Vec.transformers())

        class Meta:
            name = f"{unique}Mixed"

    with pytest.raises(QueryError, match="an embedder makes some, and the server the others"):
        Mixed.query.near_text(QUERY, target=["ours", "theirs"])
    create_all(fables, [Mixed])
    with Session(fables) as session:
        session.add(Mixed(title="a kitten"))
        session.commit()
        for target in ("ours", "theirs"):
            assert [hit.object.title for hit in session.query(Mixed).near_text(QUERY, target=target).hits()] == [
                "a kitten"
            ]


def test_a_model_that_fails_names_itself(filled: Session) -> None:
    MODEL.broken = "down"
    with (
        recorded_requests(filled.client) as requests,
        pytest.raises(EmbeddingError, match=r"wordllama-l2-supercat-256 failed: ConnectionError: the model is down"),
    ):
        filled.query(Fable).near_text("never seen before").all()
    assert not requests

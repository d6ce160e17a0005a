"""Models whose fields are called like what a hit tells: both can be had, in every table."""

from __future__ import annotations

from collections.abc import Iterator

import attrs
import pytest

from tests.empty_collections import empty_collections
from weaviate_orm import Client, Field, Model, QueryError, Session, UnknownNameError, field
from weaviate_orm.vectorizers import Text2Vec


class Match(Model):
    text: Field[str]
    score: Field[float]
    distance: Field[str] = field(default="far", vectorize=False)
    generated: Field[bool] = field(default=False)

    class Meta:
        name = "TestHitWordsMatch"
        vectorizer = Text2Vec.transformers()


@attrs.frozen
class Row:
    score: float
    hit__score: float
    hit__explain_score: str | None = None


@pytest.fixture(scope="module", autouse=True)
def matches(client: Client) -> Iterator[None]:
    with empty_collections(client, [Match]):
        with Session(client) as session:
            session.add_all([Match(text="silk dresses", score=99.0), Match(text="wool coats", score=1.0)])
            session.commit()
        yield


@pytest.fixture(autouse=True)
def session(client: Client) -> Iterator[Session]:
    with Session(client) as session:
        yield session


def test_a_search_by_words_has_both() -> None:
    query = Match.query.bm25("silk")
    (hit,) = query.hits()
    assert hit.object.score == 99.0
    assert hit.score is not None
    assert 0 < hit.score < 99
    (row,) = query.values()
    assert list(row) == ["id", "text", "score", "distance", "generated", "hit__score"]
    assert (row["id"], row["score"], row["hit__score"]) == (hit.id, 99.0, hit.score)
    assert query.values("score", "hit__score") == [{"score": 99.0, "hit__score": hit.score}]
    assert query.values_list(Match.score, "hit__score") == [(99.0, hit.score)]
    assert query.values_list("hit__score", flat=True) == [hit.score]
    assert query.to_dict("hit__score", "score") == {"hit__score": [hit.score], "score": [99.0]}
    (explained,) = query.into(Row)
    assert (explained.score, explained.hit__score) == (99.0, hit.score)
    assert explained.hit__explain_score
    # two requests; the server lists its reasons in any order
    assert sorted(explained.hit__explain_score.split(", ")) == sorted((hit.explain_score or "").split(", "))


def test_a_search_by_meaning_has_both() -> None:
    query = Match.query.near_text("silk").limit(1)
    (hit,) = query.hits()
    (row,) = query.values()
    assert list(row) == ["id", "text", "score", "distance", "generated", "hit__distance", "hit__certainty"]
    assert (row["distance"], row["hit__distance"], row["hit__certainty"]) == ("far", hit.distance, hit.certainty)
    # a name that no field has is short
    assert query.values("distance", "certainty") == [{"distance": "far", "certainty": hit.certainty}]


def test_tables_have_both() -> None:
    query = Match.query.bm25("silk").with_metadata("created_at")
    columns = ["id", "text", "score", "distance", "generated", "hit__score", "hit__created_at"]
    assert list(query.to_dict()) == columns
    pandas = pytest.importorskip("pandas")
    frame = query.to_pandas()
    assert isinstance(frame, pandas.DataFrame)
    assert list(frame.columns) == columns
    assert list(frame["score"]) == [99.0] != list(frame["hit__score"])
    pytest.importorskip("pyarrow")
    table = query.to_arrow()
    assert table.column_names == columns
    assert table.column("hit__score").to_pylist() == list(frame["hit__score"])


def test_what_is_not_asked_for_is_not_told() -> None:
    assert list(Match.query.limit(1).values()[0]) == ["id", "text", "score", "distance", "generated"]
    assert Match.query.order_by("score").values("distance", "generated")[0] == {"distance": "far", "generated": False}
    with pytest.raises(QueryError, match=r"a score comes from bm25\(\) or hybrid\(\)"):
        Match.query.values("hit__score")
    with pytest.raises(QueryError, match=r"a generated comes from generate\(\)"):
        Match.query.values("hit__generated")


def test_each_name_is_listed_once() -> None:
    with pytest.raises(UnknownNameError, match="did you mean 'hit__score'"):
        Match.query.bm25("silk").values("hit__scor")
    with pytest.raises(UnknownNameError) as caught:
        Match.query.values("zzzzzz")
    listed = str(caught.value).partition("there are: ")[2].split(", ")
    assert "hit__score" in listed
    assert "certainty" in listed
    assert len(set(listed)) == len(listed)

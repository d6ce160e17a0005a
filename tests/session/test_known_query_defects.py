"""The defects of other object mappers for Weaviate in queries, continued from ``test_known_mapper_defects.py``."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone
from typing import Any
from uuid import UUID

import numpy as np
import pytest

from tests.session.library_models import Article, Author, Publication
from weaviate_orm import Client, Field, Model, QueryError, Session, create_all, field
from weaviate_orm.schema.collection_options import InvertedIndexSpec
from weaviate_orm.testing import recorded_requests

START = datetime(2024, 1, 1, 12, tzinfo=timezone.utc)


def test_a_search_of_20_hits_is_one_request_and_keeps_its_scores(client: Client, session: Session) -> None:
    session.add_all(
        Article(title=f"word {number}", vector=[1.0, number / 10], authors=[Author(name=str(number))])
        for number in range(30)
    )
    session.commit()
    session.close()
    with Session(client) as other, recorded_requests(client) as requests:
        hits = other.query(Article).near_vector([1.0, 0.0]).include("authors").limit(20).hits()
        assert [hit.object.authors[0].name for hit in hits] == [str(number) for number in range(20)]
        assert [hit.distance for hit in hits] == sorted(hit.distance or 0 for hit in hits)
        assert hits[-1].distance != hits[0].distance
        assert len(requests) == 1
        hits = other.query(Article).bm25("word").limit(20).hits()
        assert [hit.object.title for hit in hits if hit.score] == [hit.object.title for hit in hits]
        assert len(requests) == 2


def test_contains_uses_the_wildcards_of_weaviate_and_never_lets_a_text_be_one(session: Session) -> None:
    texts = ["a%b", "a_b", "axb", "axxb", "a*b", "a?b", "a\\b"]
    session.add_all(Publication(name=text) for text in texts)
    for text in ("%", "_", "x", "\\", "a%b", "xx"):
        found = {each.name for each in session.query(Publication).where(Publication.name.contains(text))}
        assert found == {each for each in texts if text in each}
    for text in texts:
        assert session.query(Publication).where(name=text).one().name == text
    for text in ("*", "a?b"):
        with pytest.raises(QueryError, match="no way to write it"):
            Publication.name.contains(text)


def test_not_none_asks_for_what_is_not_null(session: Session) -> None:
    with_all = Article(title="all", word_count=0, publication=Publication(name="V"))
    session.add_all([with_all, Article(title="none")])
    for asked in (
        session.query(Article).where(Article.word_count != None),  # noqa: E711
        session.query(Article).where(word_count__ne=None),
        session.query(Article).where(~(Article.word_count == None)),  # noqa: E711
        session.query(Article).where(Article.publication != None),  # noqa: E711
        session.query(Article).where(publication__ne=None),
    ):
        assert asked.one() is with_all
    for asked in (
        session.query(Article).where(Article.word_count == None),  # noqa: E711
        session.query(Article).where(publication=None),
    ):
        assert asked.one().title == "none"


def test_and_binds_before_or_as_in_python(session: Session) -> None:
    titles = {f"{a}{b}{c}" for a in "xX" for b in "yY" for c in "zZ"}
    session.add_all(Article(title=title, tags=[letter for letter in title if letter.islower()]) for title in titles)
    x, y, z = (Article.tags == tag for tag in "xyz")

    def found(condition: Any) -> set[str]:
        return {article.title for article in session.query(Article).where(condition)}

    assert found(x & y | z) == {t for t in titles if ("x" in t and "y" in t) or "z" in t}
    assert found(x | y & z) == {t for t in titles if "x" in t or ("y" in t and "z" in t)}
    assert found((x | y) & z) == {t for t in titles if ("x" in t or "y" in t) and "z" in t}
    assert found(~x & y | ~(y | z)) == {t for t in titles if ("x" not in t and "y" in t) or not ("y" in t or "z" in t)}
    with pytest.raises(TypeError, match="no truth of its own"):
        x and y  # noqa: B018  # pyright: ignore[reportUnusedExpression]


def test_queries_do_not_change_in_place() -> None:
    base = Article.query.where(title="a")
    before = base.graphql()
    verbs: list[Any] = [
        lambda: base.where(word_count=1),
        lambda: base.order_by("title"),
        lambda: base.limit(3),
        lambda: base[2:9],
        lambda: base.include("authors"),
        lambda: base.only("title"),
        lambda: base.with_vector(),
        lambda: base.near_vector([1.0]),
        lambda: base.bm25("x"),
        lambda: base.hybrid("x", alpha=0),
    ]
    changed = {verb().graphql() for verb in verbs}
    assert len(changed) == len(verbs)
    assert before not in changed
    assert base.graphql() == before
    vector, array, tags, names = [1.0, 2.0], np.ones(2, dtype="f4"), ["a"], ["title"]
    queries = [
        base.near_vector(vector),
        base.near_vector(array),
        base.where(tags__contains_any=tags),
        base.bm25("x", properties=names),
    ]
    documents = [query.graphql() for query in queries]
    vector.append(3.0)
    array[:] = 7
    tags.append("b")
    names[:] = ["url"]
    assert [query.graphql() for query in queries] == documents


def test_array_values_in_filters_have_the_type_of_their_property(client: Client, unique: str) -> None:
    class Arrays(Model):
        texts: Field[list[str]] = field(factory=list, tokenization="field")
        wholes: Field[list[int]] = field(factory=list)
        numbers: Field[list[float]] = field(factory=list)
        truths: Field[list[bool]] = field(factory=list)
        moments: Field[list[datetime]] = field(factory=list)
        uuids: Field[list[UUID]] = field(factory=list)

        class Meta:
            name = f"{unique}Arrays"
            inverted_index = InvertedIndexSpec(index_null_state=True)

    create_all(client, [Arrays])
    values: dict[str, tuple[Any, Any]] = {
        "texts": ("a", "b"),
        "wholes": (2**40, -1),
        "numbers": (0.5, 2.0),
        "truths": (True, False),
        "moments": (START, START + timedelta(minutes=1)),
        "uuids": (UUID(int=1), UUID(int=2)),
    }
    with Session(client) as session:
        lists: list[dict[str, Any]] = [
            {name: [first] for name, (first, _) in values.items()},
            {name: [second] for name, (_, second) in values.items()},
            {name: list(pair) for name, pair in values.items()},
        ]
        one, two, both = objects = [Arrays(**members) for members in lists]
        session.add_all(objects)
        session.commit()
        for name, (first, second) in values.items():
            for lookup, given, expected in (
                ("contains_any", [first], {one, both}),
                ("contains_any", [first, second], {one, two, both}),
                ("contains_all", [first, second], {both}),
                ("contains_none", [second], {one}),
                ("in", (second,), {two, both}),
                ("exact", second, {two, both}),
            ):
                found = session.query(Arrays).where(**{f"{name}__{lookup}": given})
                assert {*found} == expected, (name, lookup)

"""Vectors that are made in the client, in the flush: when, of what, and how often."""

from __future__ import annotations

import asyncio
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from tests.embedders.counting_models import AsyncModel
from tests.embedders.fable_models import MODEL, WORDS, Fable, Legend, Riddle, ServerFable, stored, vector_of
from weaviate_orm import (
    Client,
    EmbeddingError,
    Field,
    FlushError,
    Model,
    QueryError,
    Session,
    Vector,
    create_all,
    field,
    inspect,
    vector,
)
from weaviate_orm.aio import AsyncSession
from weaviate_orm.embedders import Embedder, WordLlama
from weaviate_orm.migrations import plan
from weaviate_orm.testing import recorded_requests


def test_the_schema_is_as_the_model_says(fables: Client) -> None:
    create_all(fables, [Fable, Legend, Riddle])
    assert not plan([Fable, Legend, Riddle], client=fables).steps
    body = fables.schema.get("TestFable")
    assert body["vectorizer"] == "none"
    vectors = fables.schema.get("TestLegend")["vectorConfig"]
    assert {next(iter(vector["vectorizer"])) for vector in vectors.values()} == {"none"}


def test_new_objects_get_the_vectors_of_their_texts(session: Session) -> None:
    fables = [Fable(title=f"Fable {number}", moral="Be kind", tags=["a", "b"], number=number) for number in range(10)]
    session.add_all(fables)
    session.commit()
    assert [len(texts) for texts in MODEL.documents] == [4, 4, 2]
    # moral, tags and title, in the order of their names
    assert MODEL.documents[0][0] == "Be kind a b Fable 0"
    expected = {fable.title: pytest.approx(vector_of(f"Be kind a b {fable.title}"), abs=1e-6) for fable in fables}
    assert stored(session, Fable) == expected
    assert fables[3].vector == expected["Fable 3"]


def test_they_are_those_of_the_servers_vectorizer(session: Session) -> None:
    for model in (Fable, ServerFable):
        session.add_all(model(title=f"The fox {number}", moral="Grapes are sour", tags=["fox"]) for number in range(3))
    session.commit()
    expected = {title: pytest.approx(vector, abs=1e-6) for title, vector in stored(session, ServerFable).items()}
    assert stored(session, Fable) == expected


def test_a_client_reads_the_class_once(client: Client, unique: str) -> None:
    class Saying(Model):
        text: Field[str]

        class Meta:
            name = f"{unique}Saying"
            vectorizer = Embedder(WordLlama())

    create_all(client, [Saying])
    for expected in (["GET", "POST"], ["POST"]):
        with Session(client) as session, recorded_requests(client) as requests:
            session.add_all(Saying(text=f"{number}") for number in range(20))
            session.commit()
        assert [request.method for request in requests] == expected


def test_equal_texts_are_embedded_once(session: Session) -> None:
    session.add_all(Legend(title="A legend", body=f"{number % 2}") for number in range(6))
    session.commit()
    assert MODEL.documents == [["A legend"], ["0", "1"]]
    MODEL.documents.clear()
    session.add(Legend(title="A legend", body="0"))
    session.commit()
    assert MODEL.documents == []


def test_a_vector_that_is_assigned_stays(session: Session) -> None:
    own = [1.0, *[0.0] * 255]
    fable = Fable(title="Own", vector=own)
    session.add_all([fable, Fable(title="Made")])
    session.commit()
    assert MODEL.documents == [["Made"]]
    assert stored(session, Fable)["Own"] == own
    fable.moral, fable.vector = "both at once", own[::-1]
    session.commit()
    assert MODEL.documents == [["Made"]]
    assert stored(session, Fable)["Own"] == own[::-1]


def test_an_object_that_is_deleted_and_added_again_is_embedded_again(session: Session) -> None:
    fable = Fable(title="Phoenix", moral="ashes")
    session.add(fable)
    session.commit()
    session.delete(fable)
    session.commit()
    fable.moral = "rises"
    session.add(fable)
    session.commit()
    assert [texts for texts in MODEL.documents if "Phoenix" in texts[0]] == [["ashes Phoenix"], ["rises Phoenix"]]
    assert stored(session, Fable)["Phoenix"] == pytest.approx(vector_of("rises Phoenix"), abs=1e-6)


def test_nothing_is_embedded_where_no_source_changes(session: Session) -> None:
    fable = Fable(title="Still", moral="waters", number=1)
    session.add(fable)
    session.commit()
    MODEL.forget()
    session.commit()
    fable.number, fable.source = 2, "Phaedrus"
    session.commit()
    assert MODEL.calls == 0
    assert inspect(fable).changes == {}
    fable.moral = "waters run deep"
    with recorded_requests(session.client) as requests:
        session.commit()
    assert [request.method for request in requests] == ["PATCH"]
    assert MODEL.documents == [["waters run deep Still"]]
    assert fable.vector == pytest.approx(vector_of("waters run deep Still"), abs=1e-6)
    assert stored(session, Fable)["Still"] == pytest.approx(fable.vector, abs=1e-6)


def test_the_sources_that_are_not_loaded_are_read_for_all_at_once(session: Session) -> None:
    session.add_all(Fable(title=f"{number}", moral=f"moral {number}") for number in range(5))
    session.commit()
    MODEL.forget()
    with Session(session.client) as other:
        fables = other.query(Fable).only(Fable.title).raiseload().all()
        for fable in fables:
            fable.tags = ["new"]
        with recorded_requests(session.client) as requests:
            other.commit()
    assert Counter(request.method for request in requests)["PATCH"] == 5
    assert len(requests) == 6
    texts = sorted(text for batch in MODEL.documents for text in batch)
    assert texts == [f"moral {number} new {number}" for number in range(5)]


def test_update_embeds_again(session: Session) -> None:
    session.add_all(Fable(title=f"{number}", moral="old", number=number) for number in range(6))
    session.commit()
    MODEL.forget()
    assert session.query(Fable).where(Fable.number < 3).update(number=7) == 3
    assert MODEL.calls == 0
    with recorded_requests(session.client) as requests:
        assert session.query(Fable).where(number=7).update(moral="new") == 3
    assert sorted(text for batch in MODEL.documents for text in batch) == [f"new {number}" for number in range(3)]
    assert Counter(request.method for request in requests) == {"PATCH": 3, "POST": 1}
    assert stored(session, Fable)["1"] == pytest.approx(vector_of("new 1"), abs=1e-6)


def test_upsert_embeds_what_changes(session: Session) -> None:
    session.upsert([Fable(title=f"{number}", moral="old") for number in range(5)])
    session.commit()
    MODEL.forget()
    with Session(session.client) as other:
        other.upsert([Fable(title=f"{number}", moral="old" if number else "new") for number in range(6)])
        other.commit()
    assert sorted(text for batch in MODEL.documents for text in batch) == ["new 0", "old 5"]
    assert stored(session, Fable)["0"] == pytest.approx(vector_of("new 0"), abs=1e-6)


def test_bulk_insert_embeds_step_by_step(session: Session, tmp_path: Path) -> None:
    small = Session(session.client, batch_size=5, workers=1)
    done = small.bulk_insert(Fable(title=f"Fable {number}") for number in range(13))
    assert (done.stored, done.failed) == (13, 0)
    assert [len(texts) for texts in MODEL.documents] == [4, 1, 4, 1, 3]
    MODEL.documents.clear()
    MODEL.broken, MODEL.odd_text = "down", "Other 9"
    journal = tmp_path / "fables.journal"
    others = [Fable(title=f"Other {number}") for number in range(13)]
    with pytest.raises(FlushError, match="the model is down") as caught:
        small.bulk_insert(iter(others), journal=journal, on_error="report")
    assert isinstance(caught.value.failures[0].reason, EmbeddingError)
    embedded = [text for texts in MODEL.documents for text in texts]
    MODEL.forget()
    assert small.bulk_insert([Fable(title=f"Other {number}") for number in range(13)], journal=journal).done == 13
    # of the last step only what had no vector yet
    assert [text for texts in MODEL.documents for text in texts] == [f"Other {number}" for number in range(9, 13)]
    assert embedded == [f"Other {number}" for number in range(10)]
    assert session.query(Fable).where(Fable.title.like("Other*")).count() == 13


def test_rows_of_a_table_are_embedded(session: Session) -> None:
    rows = [{"title": f"Row {number}", "moral": None, "number": number} for number in range(9)]
    assert session.bulk_insert(Fable.from_rows(rows)).stored == 9
    assert [text for texts in MODEL.documents for text in texts] == [f"Row {number}" for number in range(9)]
    assert stored(session, Fable)["Row 8"] == pytest.approx(vector_of("Row 8"), abs=1e-6)


def test_named_vectors_are_made_of_their_sources(session: Session) -> None:
    legend = Legend(title="Robin", body="He took from the rich", own=[1.0, 2.0])
    session.add_all([legend, Legend(title="No body")])
    session.commit()
    assert MODEL.documents == [["Robin", "No body"], ["He took from the rich"]]
    assert stored(session, Legend, "whole")["Robin"] == pytest.approx(vector_of("He took from the rich"), abs=1e-6)
    # an empty text has no vector, as on the server
    assert stored(session, Legend, "whole")["No body"] is None
    MODEL.documents.clear()
    legend.body = "He gave to the poor"
    session.commit()
    assert MODEL.documents == [["He gave to the poor"]]
    assert legend.own == [1.0, 2.0]
    assert stored(session, Legend, "gist")["Robin"] == pytest.approx(vector_of("Robin"), abs=1e-6)


def test_stored_objects_are_embedded_by_a_query(session: Session, client: Client, unique: str) -> None:
    class Plain(Model):
        title: Field[str] = field(default="")
        number: Field[int] = field(default=0)

        class Meta:
            name = f"{unique}Plain"

    class Embedded(Model):
        title: Field[str] = field(default="")
        number: Field[int] = field(default=0)
        gist: Vector = vector(default=None, vectorizer=Embedder(MODEL, vectorize_class_name=False, cache=None))

        class Meta:
            name = f"{unique}Plain"

    create_all(client, [Plain])
    session.add_all(Plain(title=f"{number}" if number else "", number=number) for number in range(7))
    session.commit()
    create_all(client, [Embedded])
    query = session.query(Embedded)
    assert query.where(number__lt=3).embed() == 3
    assert sorted(text for texts in MODEL.documents for text in texts) == ["1", "2"]
    MODEL.forget()
    with recorded_requests(client) as requests:
        assert query.embed("gist", missing=True) == 7
    assert sorted(text for texts in MODEL.documents for text in texts) == ["3", "4", "5", "6"]
    assert Counter(request.method for request in requests)["PATCH"] == 4
    with recorded_requests(client) as requests:
        assert query.embed(Embedded.gist) == 7
    assert {request.method for request in requests} == {"POST"}  # they are equal
    assert query.near_text("5", distance=0.01).one().number == 5
    MODEL.broken = "down"
    with pytest.raises(EmbeddingError, match=r"the model is down. What was stored before stays; call it again"):
        query.embed()
    with pytest.raises(QueryError, match="vectors that embedders make, and of Legend these are: gist, whole"):
        session.query(Legend).embed("own")
    with pytest.raises(QueryError, match="of Plain these are: none"):
        session.query(Plain).embed()


def test_multi_vectors(session: Session) -> None:
    riddle = Riddle(text="white horses on a red hill")
    session.add(riddle)
    session.commit()
    with Session(session.client) as other:
        words = other.query(Riddle).with_vector().one().words
    expected: Any = [pytest.approx(vector_of(word), abs=1e-6) for word in riddle.text.split()]
    assert words == expected
    assert session.query(Riddle).near_text("horses").hits()[0].object is riddle
    calls = WORDS.calls
    riddle.text = "white horses"
    session.commit()
    assert WORDS.calls == calls + 1
    assert len(riddle.words or ()) == 2


def test_an_asynchronous_model_in_both_kinds_of_sessions(client: Client, unique: str) -> None:
    model = AsyncModel()

    class AsyncFable(Model):
        title: Field[str] = field()

        class Meta:
            name = f"{unique}AsyncFable"
            vectorizer = Embedder(model, cache=None)

    create_all(client, [AsyncFable])
    with Session(client) as session:
        session.add(AsyncFable(title="by a thread"))
        session.commit()

    async def store() -> list[AsyncFable]:
        async with AsyncSession(client) as session:
            session.add_all([AsyncFable(title="by a task"), AsyncFable(title="a kitten")])
            await session.commit()
            return await session.query(AsyncFable).near_text("a cat").limit(1)

    assert [found.title for found in asyncio.run(store())] == ["a kitten"]

    async def store_inside() -> None:
        with Session(client) as session:  # a notebook, whose loop runs
            session.add(AsyncFable(title="inside a loop"))
            session.commit()

    asyncio.run(store_inside())
    assert len(model.loops) == 1
    with Session(client) as session:
        assert session.query(AsyncFable).count() == 4

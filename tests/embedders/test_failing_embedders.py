"""Embedders that fail in a flush: what is stored, what stays pending, and what the next commit embeds."""

from __future__ import annotations

import pytest

from tests.embedders.fable_models import MODEL, Fable, Legend, stored, vector_of
from weaviate_orm import Client, EmbeddingError, Field, FlushError, Model, Ref, Session, create_all, inspect, ref


@pytest.mark.parametrize(
    ("broken", "cause"),
    [
        ("down", "failed: ConnectionError: the model is down"),
        ("fewer", "returned 3 vectors for 4 texts"),
        ("nan", "needs finite numbers"),
        ("shorter", "needs 256 dimensions, got 255"),
        ("text", "needs a list of floats or a numpy array, got str"),
    ],
)
def test_an_embedder_that_fails_half_way(session: Session, broken: str, cause: str) -> None:
    fables = [Fable(title=f"Fable {number}") for number in range(12)]
    session.add_all(fables)
    MODEL.broken = broken
    MODEL.odd_text = None if broken == "fewer" else "Fable 5"
    with pytest.raises(FlushError) as caught:
        session.commit()
    failed = [failure.object for failure in caught.value.failures]
    first = {"down": 4, "fewer": 0}.get(broken, 5)
    assert failed == fables[first:]
    reason = caught.value.failures[0].reason
    assert isinstance(reason, EmbeddingError)
    assert reason.instance is fables[first]
    assert reason.field == "vector"
    assert cause in str(reason)
    assert f"has no vector, nor have {len(failed) - 1} others" in str(reason)
    assert "commit() again" in str(reason)
    assert set(session.new) == set(failed)
    assert sorted(stored(session, Fable)) == sorted(fable.title for fable in fables[:first])
    MODEL.forget()
    session.commit()
    assert session.new == ()
    # nothing that was embedded before
    assert [text for texts in MODEL.documents for text in texts] == [fable.title for fable in failed]
    assert stored(session, Fable)["Fable 7"] == pytest.approx(vector_of("Fable 7"), abs=1e-6)


def test_what_refers_to_an_object_without_a_vector_waits(session: Session, client: Client, unique: str) -> None:
    class Collected(Model):
        title: Field[str]
        first: Ref[Fable | None] = ref(default=None)

        class Meta:
            name = f"{unique}Collected"

    create_all(client, [Collected])
    good, bad = Fable(title="Good"), Fable(title="Bad")
    books = [Collected(title="one", first=good), Collected(title="two", first=bad)]
    MODEL.broken, MODEL.odd_text = "nan", "Bad"
    session.add_all([good, *books])
    with pytest.raises(FlushError) as caught:
        session.commit()
    assert [(failure.object, failure.operation) for failure in caught.value.failures] == [
        (bad, "create"),
        (books[1], "add reference"),
    ]
    MODEL.forget()
    session.commit()
    with Session(client) as other:
        found = other.query(Collected).include(Collected.first).order_by("title").all()
        assert [book.first.title for book in found if book.first is not None] == ["Good", "Bad"]


def test_one_vector_that_fails_leaves_out_the_others(session: Session) -> None:
    legends = [Legend(title=f"Legend {number}", body=f"Body {number}") for number in range(5)]
    session.add_all(legends)
    MODEL.broken, MODEL.odd_text = "nan", "Legend 2"
    with pytest.raises(FlushError, match="has no gist, nor have 2 others"):
        session.commit()
    assert [text for texts in MODEL.documents for text in texts if "Body" in text] == ["Body 0", "Body 1"]
    assert list(session.new) == legends[2:]
    MODEL.forget()
    session.commit()
    assert [text for texts in MODEL.documents for text in texts] == [
        *(f"Legend {number}" for number in range(2, 5)),
        *(f"Body {number}" for number in range(2, 5)),
    ]


def test_a_change_whose_vector_fails_stays_pending(session: Session) -> None:
    fable = Fable(title="Tortoise", moral="slow")
    session.add(fable)
    session.commit()
    before = fable.vector
    MODEL.broken, fable.moral = "down", "slow and steady"
    with pytest.raises(FlushError, match="the model is down"):
        session.commit()
    assert inspect(fable).changes.keys() == {"moral"}
    with Session(session.client) as other:
        assert other.query(Fable).one().moral == "slow"
    MODEL.forget()
    session.commit()
    with Session(session.client) as other:
        found = other.query(Fable).with_vector().one()
        assert found.moral == "slow and steady"
        assert found.vector == pytest.approx(fable.vector, abs=1e-6)
    assert fable.vector != before

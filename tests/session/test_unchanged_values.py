"""What is equal to what the server has is not written: vectors, references and deferred properties too."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import pytest

from tests.empty_collections import empty_collections
from weaviate_orm import Client, Field, Model, Ref, Session, Vector, field, ref, vector
from weaviate_orm.http.transport import Request
from weaviate_orm.schema.indexes import hnsw, multi_vector
from weaviate_orm.testing import recorded_requests

COUNT = 300


class Topic(Model):
    word: Field[str] = field(tokenization="field")

    class Meta:
        name = "TestEqualTopic"
        key = "word"


class Doc(Model):
    name: Field[str] = field(tokenization="field")
    text: Field[str] = field(default="", deferred=True)
    topic: Ref[Topic | None] = ref(default=None)
    topics: Ref[list[Topic]] = ref(factory=list)

    class Meta:
        name = "TestEqualDoc"
        key = "name"
        dimensions = 8


class Shaped(Model):
    name: Field[str] = field(tokenization="field")
    form: Vector = vector(default=None, dimensions=3)
    colour: Vector = vector(default=None, name="shade", dimensions=2)
    grains: Vector = vector(default=None, dimensions=2, index=hnsw(multi_vector=multi_vector()))

    class Meta:
        name = "TestEqualShaped"
        key = "name"


MODELS = (Topic, Doc, Shaped)


@pytest.fixture(scope="module")
def collections(client: Client) -> Iterator[None]:
    with empty_collections(client, MODELS):
        yield


@pytest.fixture
def session(client: Client, collections: None) -> Iterator[Session]:
    with Session(client) as opened:
        for model in MODELS:
            opened.query(model).delete()
        yield opened


def rows(dtype: type = np.float64) -> list[Any]:
    return list(np.random.default_rng(0).random((COUNT, 8)).astype(dtype))


def written(requests: list[Request]) -> int:
    parts = ("/batch/", "/references/")
    return sum(request.method == "PATCH" or any(part in request.url for part in parts) for request in requests)


AS: dict[str, Callable[[], list[Any]]] = {
    "32-bit floats": lambda: rows(np.float32),
    "64-bit floats": rows,
    "lists": lambda: [row.tolist() for row in rows()],
    "tuples": lambda: [tuple(row.tolist()) for row in rows()],
}


@pytest.mark.parametrize("first", AS)
@pytest.mark.parametrize("second", AS)
def test_equal_vectors_are_not_written(first: str, second: str, client: Client, session: Session) -> None:
    session.add_all(Doc(name=f"{number}", vector=row) for number, row in enumerate(AS[first]()))
    session.commit()
    session.close()
    with Session(client) as other, recorded_requests(client) as requests:
        merged = other.upsert(Doc(name=f"{number}", vector=row) for number, row in enumerate(AS[second]()))
        assert other.dirty == other.new == ()
        other.commit()
        assert len(merged) == COUNT
    assert (len(requests), written(requests)) == (1, 0)


def test_one_vector_of_many_is_written_alone(client: Client, session: Session) -> None:
    docs = [Doc(name=f"{number}", vector=row) for number, row in enumerate(rows())]
    session.add_all(docs)
    session.add(Doc(name="without a vector"))
    session.commit()
    session.close()
    changed = rows()
    changed[7] = changed[7] + 1
    again = [Doc(name=f"{number}", vector=row) for number, row in enumerate(changed)]
    with Session(client) as other, recorded_requests(client) as requests:
        other.upsert([*again, Doc(name="without a vector", vector=[1.0] * 8)])
        assert {doc.name for doc in other.dirty} == {"7", "without a vector"}  # type: ignore[attr-defined]
        other.commit()
    assert written(requests) == 2
    stored = {doc.name: doc.vector for doc in session.query(Doc).with_vector()}
    assert stored["7"] == pytest.approx(changed[7], rel=1e-6)
    assert stored["without a vector"] == [1.0] * 8
    assert stored["8"] == pytest.approx(changed[8], rel=1e-6)


def test_what_the_session_holds_is_asked_for_what_it_lacks_alone(client: Client, session: Session) -> None:
    session.add_all(Doc(name=f"{number}", vector=row) for number, row in enumerate(rows()))
    session.commit()
    session.close()

    def again() -> list[Doc]:
        return [Doc(name=f"{number}", vector=row) for number, row in enumerate(rows())]

    with Session(client) as other:
        held = other.query(Doc).only("name").all()
        with recorded_requests(client) as requests:
            assert {id(doc) for doc in other.upsert(again())} == {id(doc) for doc in held}
            other.commit()
        assert len(requests) == 1
        with recorded_requests(client) as requests:
            other.upsert(again())
            other.commit()
        assert requests == []


def test_vectors_are_read_only_where_they_are_compared(client: Client, session: Session) -> None:
    session.add(Doc(name="a", text="old", vector=[0.5] * 8))
    session.commit()
    session.close()
    with Session(client) as other, recorded_requests(client) as requests:
        other.upsert([Doc(name="a", text="old", vector=[1.5] * 8)], update=["text"])
        other.upsert([Doc(name="a", text="old")])
        other.commit()
    assert [b"vector" in (request.body or b"") for request in requests] == [False]


def test_equal_named_and_multi_vectors_are_not_written(client: Client, session: Session) -> None:
    def shape(**changed: Any) -> Shaped:
        given: dict[str, Any] = {
            "form": [0.1, 0.2, 0.3],
            "colour": np.array([0.7, 1 / 3]),
            "grains": [[0.1, 0.2], [0.3, 1 / 3], [0.0, -1.5]],
        }
        return Shaped(name="a", **given | changed)

    session.add(shape())
    session.commit()
    session.close()
    for changed, count in (
        ({}, 0),
        ({"grains": np.array([[0.1, 0.2], [0.3, 1 / 3], [0.0, -1.5]], dtype=np.float32)}, 0),
        ({"colour": None}, 0),
        ({"colour": [0.7, 0.5]}, 1),
        ({"colour": [0.7, 0.5]}, 0),
        ({"colour": None, "grains": [[0.1, 0.2]]}, 1),
    ):
        with Session(client) as other, recorded_requests(client) as requests:
            other.upsert([shape(**changed)])
            other.commit()
        assert (len(requests), written(requests)) == (1 + count, count), changed
    found = session.query(Shaped).with_vector().one()
    assert found.form == pytest.approx([0.1, 0.2, 0.3])
    assert found.colour == pytest.approx([0.7, 0.5])
    assert found.grains == [pytest.approx([0.1, 0.2])]  # type: ignore[comparison-overlap]


@pytest.mark.wire("graphql")  # it names requests of HTTP
def test_equal_references_and_deferred_properties_are_not_written(client: Client, session: Session) -> None:
    topics = [Topic(word="b"), Topic(word="a")]

    def doc(*words: str) -> Doc:
        return Doc(name="d", text="long", topic=Topic(word="b"), topics=[Topic(word=word) for word in words])

    session.add(Doc(name="d", text="long", topic=topics[0], topics=topics))
    session.commit()
    session.close()
    with Session(client) as other, recorded_requests(client) as requests:
        other.upsert([doc("b", "a")])
        assert other.dirty == other.new == ()
        other.commit()
    assert (len(requests), written(requests)) == (2, 0)  # one a class
    with Session(client) as other, recorded_requests(client) as requests:
        other.upsert([doc("b", "a", "c")])
        other.commit()
    assert written(requests) == 2  # a topic, and the reference to it
    assert [topic.word for topic in session.query(Doc).one().topics] == ["b", "a", "c"]


def test_queries_that_write_compare_too(client: Client, session: Session) -> None:
    topic = Topic(word="a")
    session.add_all(Doc(name=f"{number}", text="long", topic=topic, vector=[0.1] * 8) for number in range(3))
    session.commit()
    session.close()
    with Session(client) as other, recorded_requests(client) as requests:
        topic = other.query(Topic).one()
        assert other.query(Doc).update(vector=np.array([0.1] * 8), text="long") == 3
        values: dict[str, Any] = {"vector": [0.1] * 8, "text": "long", "topic": topic}
        found, is_new = other.query(Doc).update_or_create(name="1", defaults=values)
        assert (found.name, is_new) == ("1", False)
    assert (len(requests), written(requests)) == (3, 0)
    with recorded_requests(client) as requests:
        assert session.query(Doc).update(vector=[0.2] * 8) == 3
    assert written(requests) == 3
    docs = session.query(Doc).with_vector().all()
    assert all(doc.vector == pytest.approx([0.2] * 8) for doc in docs)
    assert len({id(doc.vector) for doc in docs}) == 3

"""Collections as today's official client makes them: their only vector is named ``default``."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from weaviate_orm import (
    AuthApiKey,
    Client,
    Field,
    Model,
    SchemaMismatchError,
    Session,
    create_all,
    drop_all,
    field,
    gather,
)
from weaviate_orm.testing import Server, recorded_requests

VECTORS = {"a": [1.0, 0.0], "b": [0.0, 1.0], "c": None}
NONE = {"vectorizer": {"none": {}}, "vectorIndexType": "hnsw"}


class DefaultVectorNote(Model):
    title: Field[str] = field(tokenization="field")

    class Meta:
        key = "title"


NAME = DefaultVectorNote.__name__


def make_collection(client: Client, **vectors: object) -> None:
    """The collection under the vectors named; without any with one that has no name."""
    client.schema.delete_class(NAME)
    config = {"vectorConfig": vectors} if vectors else {"vectorizer": "none"}
    properties = [{"name": "title", "dataType": ["text"], "tokenization": "field"}]
    client.schema.create_class({"class": NAME, "properties": properties, **config})


def store_notes(client: Client) -> None:
    with Session(client) as session:
        session.add_all(DefaultVectorNote(title=title, vector=vector) for title, vector in VECTORS.items())
        session.commit()


@pytest.fixture
def notes(client: Client, server: Server) -> Iterator[Client]:
    """A client of its own over three objects, of which one has no vector."""
    make_collection(client, default=NONE)
    store_notes(client)
    secret = AuthApiKey(server.api_key) if server.api_key is not None else None
    with Client(server.url, auth_client_secret=secret) as other:
        yield other
    drop_all(client, [DefaultVectorNote])


def test_the_model_fits(notes: Client) -> None:
    with recorded_requests(notes) as requests:
        create_all(notes, [DefaultVectorNote])
    assert len(requests) == 1


def test_vectors_are_read(notes: Client) -> None:
    with Session(notes), recorded_requests(notes) as requests:
        read = {note.title: note.vector for note in DefaultVectorNote.query.with_vector()}
    assert read == VECTORS
    assert len(requests) == 3  # once for each client: without the vectors, the schema, with the vectors
    with Session(notes), recorded_requests(notes) as requests:
        assert {note.title: note.vector for note in DefaultVectorNote.query.with_vector()} == VECTORS
    assert len(requests) == 1


def test_vectors_are_loaded_when_they_are_read(notes: Client) -> None:
    with Session(notes):
        listed = DefaultVectorNote.query.order_by("title").all()
        assert [note.vector for note in listed] == list(VECTORS.values())


def test_vectors_of_hits_and_of_several_queries(notes: Client) -> None:
    with Session(notes):
        query = DefaultVectorNote.query.with_vector()
        (hit,) = query.near_vector([0.0, 1.0]).limit(1).hits()
        assert (hit.object.title, hit.object.vector) == ("b", [0.0, 1.0])
    with Session(notes):
        first, others = gather(query.where(title="a"), query.where(title__ne="a").order_by("title"))
        assert [note.vector for note in first] == [[1.0, 0.0]]
        assert [note.vector for note in others] == [[0.0, 1.0], None]
    with Session(notes):
        assert {note.title: note.vector for note in query.iterator(chunk_size=2)} == VECTORS


@pytest.mark.parametrize("alpha", [1, 0.5])
def test_searches_compare_it(notes: Client, alpha: float) -> None:
    with Session(notes) as session:
        query = session.query(DefaultVectorNote)
        nearest = query.near_vector([1.0, 0.1]).limit(1).one()
        assert nearest.title == "a"
        assert query.near_object(nearest).limit(1).one() is nearest
        assert query.hybrid("b", vector=[0.0, 1.0], alpha=alpha).limit(1).one().title == "b"
        assert query.near_vector([1.0, 0.1], certainty=0.9).count() == 1


def test_vectors_are_changed(notes: Client) -> None:
    with Session(notes) as session:
        note = session.query(DefaultVectorNote).get(title="a")
        note.vector = [3.0, 4.0]
        session.commit()
        assert not session.dirty
    with Session(notes):
        assert DefaultVectorNote.query.with_vector().get(title="a").vector == [3.0, 4.0]
        assert (notes.data_object.get_by_id(note.id, class_name=NAME, with_vector=True) or {})["vectors"] == {
            "default": [3.0, 4.0]
        }


def test_a_collection_that_is_made_anew_without_a_name(notes: Client) -> None:
    with Session(notes):
        assert DefaultVectorNote.query.with_vector().get(title="a").vector == [1.0, 0.0]
    make_collection(notes)
    store_notes(notes)
    with Session(notes):
        assert {note.title: note.vector for note in DefaultVectorNote.query.with_vector()} == VECTORS
    make_collection(notes, default=NONE)
    store_notes(notes)
    with Session(notes):
        assert {note.title: note.vector for note in DefaultVectorNote.query.with_vector()} == VECTORS


@pytest.mark.wire("graphql")  # GraphQL alone needs to know whether the vector has a name
def test_objects_without_vectors_ask_for_the_schema_once_a_session(client: Client) -> None:
    make_collection(client)
    with Session(client) as session:
        session.add_all([DefaultVectorNote(title="a"), DefaultVectorNote(title="b")])
        session.commit()
    with Session(client), recorded_requests(client) as requests:
        for _ in range(3):
            assert [note.vector for note in DefaultVectorNote.query.with_vector()] == [None, None]
    assert sum(request.url.endswith(f"/schema/{NAME}") for request in requests) == 1
    assert len(requests) == 4
    drop_all(client, [DefaultVectorNote])


def test_several_named_vectors_do_not_fit(client: Client) -> None:
    make_collection(client, default=NONE, other=NONE)
    with pytest.raises(SchemaMismatchError) as caught:
        create_all(client, [DefaultVectorNote])
    (difference,) = caught.value.differences
    assert difference == f"{NAME}.vector is 'named: default, other' on the server and 'the unnamed vector' in the model"
    drop_all(client, [DefaultVectorNote])

"""Notes with two vectors of their texts: what the tests of each search's arguments search."""

from __future__ import annotations

from weaviate_orm import Client, Field, Model, Session, Vector, field, vector
from weaviate_orm.vectorizers import Text2Vec


class Note(Model):
    """Two vectors, of two texts."""

    title: Field[str]
    body: Field[str]
    number: Field[int] = field(default=0)
    gist: Vector = vector(default=None, vectorizer=Text2Vec.transformers(), source_properties=["title"])
    whole: Vector = vector(default=None, vectorizer=Text2Vec.transformers(), source_properties=["body"])

    class Meta:
        name = "TestNote"


TEXTS = [
    ("cats", "Kittens and cats are small furry pets that purr."),
    ("dogs", "Puppies and dogs guard houses and herd sheep."),
    ("money", "Banks, stocks, bonds and the finance of companies."),
    ("boats", "Boats with sails, wind and the open sea."),
]


def fill_notes(client: Client) -> dict[str, Note]:
    """The notes by their titles, vectors included; their numbers are powers of two, so that a sum tells which."""
    with Session(client) as session:
        session.add_all(Note(title=title, body=body, number=2**number) for number, (title, body) in enumerate(TEXTS))
        session.commit()
        return {note.title: note for note in session.query(Note).with_vector()}

"""The models of the queries' tests, and what they are filled with."""

from __future__ import annotations

from datetime import datetime, timezone
from uuid import UUID

from weaviate_orm import Client, Field, GeoCoordinates, Model, Ref, Session, Vector, field, ref, vector
from weaviate_orm.schema.collection_options import InvertedIndexSpec
from weaviate_orm.vectorizers import Text2Vec


class Writer(Model):
    name: Field[str] = field(tokenization="field")
    home: Field[GeoCoordinates | None] = field(default=None)

    class Meta:
        name = "TestShelfWriter"


class Book(Model):
    """A book; what its title and text mean makes its vector."""

    title: Field[str]
    text: Field[str]
    shelf: Field[str] = field(tokenization="field", vectorize=False)
    pages: Field[int | None] = field(default=None)
    price: Field[float] = field(default=1.0)
    in_print: Field[bool] = field(name="inPrint", default=True)
    published: Field[datetime | None] = field(default=None)
    isbn: Field[UUID | None] = field(default=None)
    tags: Field[list[str]] = field(tokenization="field", factory=list)
    scans: Field[bytes | None] = field(default=None)
    hidden: Field[str] = field(index_filterable=False, default="", vectorize=False)
    writers: Ref[list[Writer]] = ref(factory=list)
    sequel_of: Ref[Book | None] = ref(name="sequelOf", default=None)
    subject: Ref[Writer | Book | None] = ref(default=None)

    class Meta:
        name = "TestShelfBook"
        vectorizer = Text2Vec.transformers()
        inverted_index = InvertedIndexSpec(index_null_state=True, index_property_length=True, index_timestamps=True)


class Drawing(Model):
    """Two vectors of its own making."""

    label: Field[str]
    shape: Vector = vector(default=None, dimensions=2)
    color: Vector = vector(default=None, name="colour", dimensions=3)

    class Meta:
        name = "TestShelfDrawing"


MODELS = (Writer, Book, Drawing)


def fill(client: Client) -> None:
    ada = Writer(name="Ada", home=GeoCoordinates(51.5, -0.1))
    bo = Writer(name="Bo", home=GeoCoordinates(52.4, 4.9))
    cats = Book(
        title="All about cats",
        text="Kittens and cats are small furry pets that purr.",
        shelf="animals",
        pages=100,
        price=10.5,
        published=datetime(2001, 5, 1, tzinfo=timezone.utc),
        isbn=UUID(int=1),
        tags=["pets", "cats"],
        writers=[ada],
    )
    dogs = Book(
        title="Dogs at work",
        text="Puppies and dogs guard houses and herd sheep.",
        shelf="animals",
        pages=2**40,
        price=20,
        in_print=False,
        published=datetime(2011, 5, 1, tzinfo=timezone.utc),
        tags=["pets", "dogs", "work"],
        writers=[ada, bo],
        sequel_of=cats,
        subject=ada,
    )
    stocks = Book(
        title="Money markets",
        text="Banks, stocks, bonds and the finance of companies.",
        shelf="economy",
        pages=None,
        price=99.99,
        tags=["money"],
        writers=[bo],
        subject=cats,
    )
    sails = Book(title="Sailing", text="Boats, wind and the open sea.", shelf="sport *?", pages=-5, scans=b"\x00\x01")
    drawings = [
        Drawing(label="red line", shape=[1.0, 0.0], color=[1.0, 0.0, 0.0]),
        Drawing(label="green line", shape=[0.9, 0.1], color=[0.0, 1.0, 0.0]),
        Drawing(label="red dot", shape=[0.0, 1.0], color=[0.9, 0.1, 0.0]),
    ]
    with Session(client) as session:
        session.add_all([dogs, stocks, sails, *drawings])
        session.commit()

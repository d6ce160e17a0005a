"""Fables whose vectors are made in the client, and the same with those of the server's vectorizer."""

from __future__ import annotations

from typing import Any

from tests.embedders.counting_models import CountingModel, WordModel
from weaviate_orm import Client, Field, Model, Session, Vector, field, vector
from weaviate_orm.embedders import Embedder, WordLlama
from weaviate_orm.schema import hnsw, multi_vector
from weaviate_orm.vectorizers import Text2Vec

MODEL = CountingModel()
WORDS = WordModel()


class Fable(Model):
    """Its vector is made of the title and the moral, and not of the number."""

    title: Field[str]
    moral: Field[str | None] = field(default=None)
    tags: Field[list[str]] = field(factory=list)
    number: Field[int] = field(default=0)
    source: Field[str] = field(default="Aesop", vectorize=False)

    class Meta:
        name = "TestFable"
        key = "title"
        vectorizer = Embedder(MODEL, vectorize_class_name=False)


class ServerFable(Model):
    """The same, with vectors that the server makes."""

    title: Field[str]
    moral: Field[str | None] = field(default=None)
    tags: Field[list[str]] = field(factory=list)
    number: Field[int] = field(default=0)
    source: Field[str] = field(default="Aesop", vectorize=False)

    class Meta:
        name = "TestServerFable"
        key = "title"
        vectorizer = Text2Vec.transformers(vectorize_class_name=False)


class Legend(Model):
    """Two named vectors of one embedder, of a source each, and one that is given."""

    title: Field[str]
    body: Field[str] = field(default="")
    gist: Vector = vector(
        default=None, vectorizer=Embedder(MODEL, vectorize_class_name=False), source_properties=["title"]
    )
    whole: Vector = vector(
        default=None, vectorizer=Embedder(MODEL, vectorize_class_name=False), source_properties=["body"]
    )
    own: Vector = vector(default=None)

    class Meta:
        name = "TestLegend"


class ServerLegend(Model):
    """The same, with vectors that the server makes."""

    title: Field[str]
    body: Field[str] = field(default="")
    gist: Vector = vector(
        default=None, vectorizer=Text2Vec.transformers(vectorize_class_name=False), source_properties=["title"]
    )
    whole: Vector = vector(
        default=None, vectorizer=Text2Vec.transformers(vectorize_class_name=False), source_properties=["body"]
    )

    class Meta:
        name = "TestServerLegend"


class Riddle(Model):
    """Its words have a vector each."""

    text: Field[str]
    words: Vector = vector(
        default=None,
        vectorizer=Embedder(WORDS, vectorize_class_name=False),
        index=hnsw(multi_vector=multi_vector()),
    )

    class Meta:
        name = "TestRiddle"


MODELS: list[type[Model]] = [Fable, ServerFable, Legend, ServerLegend, Riddle]

FABLES = {
    "The kitten and the cat": "Small furry pets purr",
    "The shepherd dogs": "Puppies guard houses and herd sheep",
    "The banker": "Stocks and bonds are the finance of companies",
    "The sailor": "Boats with sails need wind and the open sea",
    "The fashion of Paris": "Haute couture is dear, and so is vanity",
}


def fill(client: Client, models: list[type[Model]] | None = None) -> None:
    """Store the fables in each collection that is named."""
    with Session(client) as session:
        for number, (title, moral) in enumerate(FABLES.items()):
            for model in models or [Fable, ServerFable]:
                texts = {"moral": moral, "number": number} if model in (Fable, ServerFable) else {"body": moral}
                session.add(model(title=title, **texts))  # type: ignore[call-arg]
        session.commit()


def vector_of(text: str) -> list[float]:
    """The vector of a text by WordLlama alone."""
    return [float(number) for number in WordLlama().embed_documents([text])[0]]


def stored(session: Session, model: Any, attribute: str = "vector") -> dict[str, Any]:
    """The vectors on the server, by title; read by a session of its own."""
    with Session(session.client) as other:
        return {each.title: getattr(each, attribute) for each in other.query(model).with_vector()}

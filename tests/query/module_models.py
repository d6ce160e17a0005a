"""The models of the modules' tests: texts, and media in one space."""

from __future__ import annotations

from weaviate_orm import Field, Model, Vector, field, vector
from weaviate_orm.vectorizers import Generative, Img2Vec, Multi2Vec, Reranker, Text2Vec


class Page(Model):
    """A text; modules read it."""

    title: Field[str] = field(tokenization="field")
    body: Field[str] = field(name="text")
    shelf: Field[str] = field(default="", tokenization="field", vectorize=False)

    class Meta:
        name = "TestModulesPage"
        vectorizer = Text2Vec.transformers()
        reranker = Reranker.transformers()
        generative = Generative.dummy()


class Scene(Model):
    """A picture, a sound and more, in one space."""

    name: Field[str] = field(tokenization="field", vectorize=False)
    picture: Field[bytes | None] = field(default=None)
    sound: Field[bytes | None] = field(default=None)

    class Meta:
        name = "TestModulesScene"
        vectorizer = Multi2Vec.bind(image_fields=["picture"], audio_fields=["sound"])


class Take(Model):
    """The same with a named vector."""

    name: Field[str] = field(tokenization="field")
    picture: Field[bytes | None] = field(default=None)
    sound: Field[bytes | None] = field(default=None)
    sense: Vector = vector(default=None, vectorizer=Multi2Vec.bind(image_fields=["picture"], audio_fields=["sound"]))

    class Meta:
        name = "TestModulesTake"


class Poster(Model):
    """A picture with a named vector."""

    name: Field[str] = field(tokenization="field")
    picture: Field[bytes | None] = field(default=None)
    look: Vector = vector(default=None, vectorizer=Multi2Vec.clip(image_fields=["picture"]))

    class Meta:
        name = "TestModulesPoster"


class Photo(Model):
    name: Field[str] = field(tokenization="field")
    picture: Field[bytes | None] = field(default=None)

    class Meta:
        name = "TestModulesPhoto"
        vectorizer = Img2Vec.neural(image_fields=["picture"])

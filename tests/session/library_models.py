"""The models of the session's and the queries' tests, and a fixture's worth of their collections."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from weaviate_orm import Client, Field, GeoCoordinates, Model, Ref, field, ref
from weaviate_orm.schema.collection_options import InvertedIndexSpec


class Publication(Model):
    """A publication with an online source."""

    name: Field[str] = field(tokenization="field")
    headquarters: Field[GeoCoordinates | None] = field(default=None)
    articles: Ref[list[Article]] = ref(factory=list)

    class Meta:
        name = "TestLibraryPublication"


class Author(Model):
    name: Field[str]
    born: Field[datetime | None] = field(default=None)
    writes_for: Ref[Publication | None] = ref(name="writesFor", default=None)
    mentor: Ref[Author | None] = ref(default=None)

    class Meta:
        name = "TestLibraryAuthor"


class Article(Model):
    title: Field[str]
    url: Field[str] = field(tokenization="field", default="")
    word_count: Field[int | None] = field(name="wordCount", default=None)
    tags: Field[list[str]] = field(factory=list)
    authors: Ref[list[Author]] = ref(factory=list)
    publication: Ref[Publication | None] = ref(default=None)
    about: Ref[list[Author | Publication]] = ref(factory=list)

    class Meta:
        name = "TestLibraryArticle"
        inverted_index = InvertedIndexSpec(index_null_state=True, index_property_length=True, index_timestamps=True)


class Page(Model):
    """Keyed by its address."""

    url: Field[str] = field(tokenization="field")
    text: Field[str] = field(default="")

    class Meta:
        name = "TestLibraryPage"
        key = ("url",)


MODELS = (Publication, Author, Article, Page)


def empty(client: Client, models: Sequence[type[Model]] = MODELS) -> None:
    """Delete all objects of some models, by default of the library; the collections stay."""
    everything = {"path": ["id"], "operator": "NotEqual", "valueText": str(UUID(int=0))}
    for model in models:
        body = {"match": {"class": model.__mapper__.collection_name, "where": everything}}
        matches, limit = 1, 0
        while matches > limit:  # it deletes 10,000 at a time
            results = client.transport.request("DELETE", "/batch/objects", json=body).json()["results"]
            matches, limit = results["matches"], results["limit"]

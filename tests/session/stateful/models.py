"""The models of the stateful test: every kind of reference, with and without an inverse, a rule, an alias."""

from __future__ import annotations

from uuid import UUID

import attrs

from weaviate_orm import Client, Field, Model, Ref, field, ref


@attrs.define
class Imprint:
    """A nested object."""

    publisher: str
    year: int | None = None


class Shelf(Model):
    label: Field[str]
    books: Ref[list[Book]] = ref(inverse="shelf", factory=list)

    class Meta:
        name = "TestStatefulShelf"


class Topic(Model):
    word: Field[str]
    books: Ref[list[Book]] = ref(inverse="topics", factory=list)

    class Meta:
        name = "TestStatefulTopic"


class Person(Model):
    name: Field[str] = field(tokenization="field")
    partner: Ref[Person | None] = ref(inverse="partner", default=None)
    friends: Ref[list[Person]] = ref(inverse="friends", factory=list)

    class Meta:
        name = "TestStatefulPerson"
        alias = True


class Book(Model):
    """Its vector is given, and has three dimensions: the server refuses others."""

    title: Field[str]
    pages: Field[int | None] = field(default=None)
    tags: Field[list[str]] = field(factory=list)
    imprint: Field[Imprint | None] = field(default=None)
    shelf: Ref[Shelf | None] = ref(inverse="books", default=None)
    topics: Ref[list[Topic]] = ref(inverse="books", factory=list)
    author: Ref[Person | None] = ref(on_delete="clear", default=None)
    readers: Ref[list[Person]] = ref(on_delete="clear", factory=list)
    cites: Ref[list[Book]] = ref(factory=list)

    class Meta:
        name = "TestStatefulBook"
        alias = True


class Review(Model):
    text: Field[str]
    book: Ref[Book | None] = ref(on_delete="cascade", default=None)
    critic: Ref[Person | None] = ref(default=None)

    class Meta:
        name = "TestStatefulReview"


MODELS = (Shelf, Topic, Person, Book, Review)
DIMENSIONS = 3

ANCHOR = UUID(int=2**64)
"""A book that is always there: the first vector of a collection fixes the length of all others."""


def empty(client: Client) -> None:
    """Delete all objects; the collections stay."""
    everything = {"path": ["id"], "operator": "NotEqual", "valueText": str(ANCHOR)}
    for model in MODELS:
        match = {"class": model.__mapper__.collection_name, "where": everything}
        client.transport.request("DELETE", "/batch/objects", json={"match": match})


def anchor(client: Client) -> None:
    """Store the book that is always there."""
    body = {
        "class": "TestStatefulBook",
        "id": str(ANCHOR),
        "properties": {"title": "anchor"},
        "vector": [0.0, 0.0, 1.0],
    }
    client.transport.request("POST", "/objects", json=body)

"""The models of the tests of events, and what these tests ask of the server."""

from __future__ import annotations

from typing import Any

from weaviate_orm import Client, Field, Model, Ref, Session, field, ref


class Named(Model):
    name: Field[str] = field(tokenization="field")

    class Meta:
        abstract = True


class Owner(Named):
    class Meta:
        name = "TestEventsOwner"


class Dog(Named):
    tags: Field[list[str]] = field(factory=list)
    owner: Ref[Owner | None] = ref(on_delete="cascade", default=None)
    friends: Ref[list[Dog]] = ref(on_delete="clear", factory=list)
    rival: Ref[Dog | None] = ref(on_delete="deny", default=None)

    class Meta:
        name = "TestEventsDog"


class Puppy(Dog):
    class Meta:
        name = "TestEventsPuppy"


class Shelf(Named):
    books: Ref[list[Book]] = ref(inverse="shelf", factory=list)

    class Meta:
        name = "TestEventsShelf"


class Book(Named):
    shelf: Ref[Shelf | None] = ref(inverse="books", default=None)
    version: Field[int | None] = field(default=None)

    class Meta:
        name = "TestEventsBook"
        version = "version"


MODELS = (Owner, Dog, Puppy, Shelf, Book)


def stored(session: Session, *objects: Model) -> None:
    """Store objects."""
    session.add_all(objects)
    session.commit()


def names(client: Client, model: type[Any]) -> list[str]:
    """The names that the server holds; no models are made."""
    with Session(client) as other:
        return sorted(row["name"] for row in other.query(model).values("name"))

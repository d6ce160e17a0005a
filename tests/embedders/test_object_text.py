"""The text of an object, against what the server's own module sends to its inference service."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import datetime, timedelta, timezone
from typing import Any
from uuid import UUID

import attrs
import pytest

from tests.scripted_host import Answer, Host, Request, host
from weaviate_orm import Client, Field, GeoCoordinates, Model, Session, Vector, create_all, field, vector
from weaviate_orm.embedders import Embedder, WordLlama
from weaviate_orm.embedders.object_text import object_text, separate_words
from weaviate_orm.vectorizers import Text2Vec


@attrs.define
class Maker:
    """A nested object."""

    name: str
    year: int = 1999
    rate: float = 0.25


def _vector(request: Request) -> Answer:
    body = json.dumps({"text": "", "dims": 2, "vector": [1.0, 0.5]}).encode()
    return 200, {"Content-Type": "application/json"}, body


@pytest.fixture
def inference() -> Iterator[Host]:
    """An inference service that answers each text with one vector."""
    with host(_vector) as service:
        yield service


def texts(service: Host) -> list[str]:
    """The texts that it was asked to embed, in the order of their own."""
    return sorted(json.loads(request.body)["text"] for request in service.requests if request.body)


@pytest.mark.parametrize("class_name", [True, False])
def test_all_text_of_a_class(client: Client, unique: str, inference: Host, class_name: bool) -> None:
    module = Text2Vec.transformers(inference_url=inference.url, vectorize_class_name=class_name)

    class Item(Model):
        title: Field[str] = field()
        zebra: Field[str | None] = field(default=None, vectorize_name=True)
        tags: Field[list[str]] = field(factory=list, vectorize_name=True, name="manyTags")
        body: Field[str | None] = field(default=None)
        secret: Field[str | None] = field(default=None, vectorize=False)
        number: Field[int | None] = field(default=None)
        when: Field[datetime | None] = field(default=None)
        where: Field[GeoCoordinates | None] = field(default=None)
        owner: Field[UUID | None] = field(default=None)
        maker: Field[Maker | None] = field(default=None)

        class Meta:
            name = f"{unique}HTTPItemV2"
            vectorizer = module

    class Ours(Item):
        class Meta:
            name = f"{unique}Ours"
            vectorizer = Embedder(WordLlama(), vectorize_class_name=class_name)

    values: list[dict[str, Any]] = [
        {"title": "Only a Title"},
        {"title": ""},
        {"title": "ÄÖ 猫\n", "zebra": "Z", "tags": ["b", "A", ""], "body": "B <x>", "secret": "S", "number": 12},
        {"title": "t", "when": datetime(2020, 1, 2, tzinfo=timezone.utc), "where": GeoCoordinates(1.5, 2.5)},
        {"title": "u", "owner": UUID(int=7), "maker": Maker("m")},
    ]
    create_all(client, [Item])
    with Session(client) as session:
        session.add_all(Item(**one) for one in values)
        session.commit()
    # an empty text is embedded by neither
    assert texts(inference) == sorted(filter(None, (ours(Ours, f"{unique}HTTPItemV2", one) for one in values)))


def ours(model: Any, name: str, values: dict[str, Any]) -> str:
    """The text that an embedder of a model reads of an object."""
    from weaviate_orm.model.instance_codec import encode_properties

    encoded = encode_properties(model(**values))
    (embedding,) = model.__mapper__.embeddings.values()
    return object_text(
        name,
        [(source.spec, encoded[source.attribute]) for source in embedding.sources],
        vectorize_class_name=embedding.embedder.vectorize_class_name,
        lowercase=embedding.embedder.lowercase,
        names_sources=embedding.names_sources,
    )


SOURCES = ["title", "number", "rate", "when", "is_new", "numbers", "rates", "flags", "maker", "makers", "days"]


def test_properties_that_are_named(client: Client, unique: str, inference: Host) -> None:
    def declare(name: str, vectorizer: Any) -> Any:
        class Thing(Model):
            title: Field[str | None] = field(default=None)
            other: Field[str] = field(default="not read")
            number: Field[int | None] = field(default=None, vectorize_name=True)
            rate: Field[float | None] = field(default=None)
            when: Field[datetime | None] = field(default=None)
            is_new: Field[bool | None] = field(default=None)
            numbers: Field[list[int]] = field(factory=list)
            rates: Field[list[float]] = field(factory=list)
            flags: Field[list[bool]] = field(factory=list)
            days: Field[list[datetime]] = field(factory=list)
            maker: Field[Maker | None] = field(default=None)
            makers: Field[list[Maker]] = field(factory=list)
            whole: Vector = vector(default=None, vectorizer=vectorizer, source_properties=SOURCES)

            class Meta:
                pass

            Meta.name = name  # type: ignore[attr-defined]

        return Thing

    server = declare(f"{unique}Thing", Text2Vec.transformers(inference_url=inference.url, vectorize_class_name=False))
    client_side = declare(f"{unique}Ours", Embedder(WordLlama(), vectorize_class_name=False))
    east = timezone(timedelta(hours=2))
    values: list[dict[str, Any]] = [
        {"title": "T"},
        {"number": 7, "rate": 0.5, "is_new": True, "when": datetime(2020, 1, 2, 3, 4, 5, 678_000, tzinfo=timezone.utc)},
        {"number": 1_234_567, "rate": 1e-7, "is_new": False, "when": datetime(2020, 1, 2, 3, 4, tzinfo=east)},
        {"number": 999_999, "rate": 123456.75, "numbers": [1, 2_000_000, -3], "rates": [1e21, -1.25, 0.0001]},
        {"number": -5, "rate": 1e25, "flags": [True, False], "days": [datetime(2020, 1, 2, tzinfo=timezone.utc)]},
        {"number": 1, "maker": Maker("a <b> & c"), "makers": [Maker("d"), Maker("e", 2_000_000, 1e-9)]},
    ]
    create_all(client, [server])
    with Session(client) as session:
        session.add_all(server(**one) for one in values)
        session.commit()
    assert texts(inference) == sorted(ours(client_side, f"{unique}Thing", one) for one in values)


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("Article", "Article"),
        ("BlogPost", "Blog Post"),
        ("HTTPServer2Go", "HTTP Server 2 Go"),
        ("aB_cD", "a B _ c D"),
        ("ABC", "ABC"),
    ],
)
def test_words_of_a_name(name: str, words: str) -> None:
    assert separate_words(name) == words


def test_lower_case() -> None:
    class Shouted(Model):
        title: Field[str]

        class Meta:
            vectorizer = Embedder(WordLlama(), lowercase=True)

    assert ours(Shouted, "Shouted", {"title": "ÄB"}) == "shouted äb"

"""What the queries of ``builder_cases.py`` and of the tests are about."""

from __future__ import annotations

from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any

import pytest

from tests.client.query.builder_cases import ARTICLE, FIRST, MEDIUM, POINT, PUBLICATION, SECOND, SHARED
from weaviate_orm.client.client import Client
from weaviate_orm.client.query import AdditionalProperties, HybridFusion, LinkTo, Query
from weaviate_orm.embedded import EmbeddedOptions, EmbeddedServer
from weaviate_orm.http.auth import AuthApiKey
from weaviate_orm.http.transport import Transport
from weaviate_orm.testing import Server
from weaviate_orm.types import ConsistencyLevel, Tenant

NAMED = "V3Named"
VOGUE = "0f5e1a0c-3f0b-4d6e-9d0a-3c7d0a4b1f11"

NAMES = SimpleNamespace(
    LinkTo=LinkTo,
    AdditionalProperties=AdditionalProperties,
    HybridFusion=HybridFusion,
    ConsistencyLevel=ConsistencyLevel,
    medium=str(MEDIUM),
)


def text(name: str, *data_type: str, **more: Any) -> dict[str, Any]:
    return {"name": name, "dataType": list(data_type or ("text",)), **more}


CLASSES: list[dict[str, Any]] = [
    {
        "class": PUBLICATION,
        "vectorizer": "none",
        "properties": [text("name"), text("location", "geoCoordinates"), text("articles", ARTICLE)],
    },
    {
        "class": ARTICLE,
        "vectorizer": "text2vec-transformers",
        "moduleConfig": {"generative-dummy": {}, "reranker-dummy": {}},
        "invertedIndexConfig": {"indexNullState": True, "indexPropertyLength": True, "indexTimestamps": True},
        "properties": [
            text("title"),
            text("exact", tokenization="field", moduleConfig={"text2vec-transformers": {"skip": True}}),
            text("wordCount", "int"),
            text("rating", "number"),
            text("published", "boolean"),
            text("date", "date"),
            text("tags", "text[]"),
            text("inPublication", PUBLICATION),
        ],
    },
    {"class": POINT, "vectorizer": "none", "properties": [text("name")]},
    {
        "class": SHARED,
        "vectorizer": "none",
        "multiTenancyConfig": {"enabled": True},
        "properties": [text("name")],
    },
    {
        "class": NAMED,
        "vectorConfig": {
            "meaning": {"vectorizer": {"text2vec-transformers": {}}, "vectorIndexType": "hnsw"},
            "shape": {"vectorizer": {"none": {}}, "vectorIndexType": "hnsw"},
            "color": {"vectorizer": {"none": {}}, "vectorIndexType": "hnsw"},
        },
        "properties": [text("name")],
    },
]


@pytest.fixture
def query() -> Query:
    """Builders that are not connected to anything."""
    return Query(Transport("http://127.0.0.1:9/v1"))


@pytest.fixture(scope="module")
def library(client: Client) -> Iterator[Client]:
    """A client of the server, which holds a few objects of each class."""
    client.schema.create({"classes": CLASSES})
    create = client.data_object.create
    create({"name": "Vogue", "location": {"latitude": 51.51, "longitude": -0.09}}, PUBLICATION, VOGUE, [1.0])
    link = [{"beacon": f"weaviate://localhost/{PUBLICATION}/{VOGUE}"}]
    article: dict[str, Any] = {
        "title": "Sailing the sea",
        "wordCount": 1100,
        "rating": 4.5,
        "published": True,
        "date": "2020-01-02T03:04:05Z",
        "tags": ["sea", "boat"],
        "inPublication": link,
    }
    create(article, ARTICLE, FIRST)
    create({"title": "Money and banks", "rating": 1.5, "published": False, "tags": ["money"]}, ARTICLE, SECOND)
    create({"name": "one"}, POINT, FIRST, [1.0, 0.0, 0.0])
    create({"name": "two"}, POINT, SECOND, [0.0, 1.0, 0.0])
    client.schema.add_class_tenants(SHARED, [Tenant("acme"), Tenant("other")])
    create({"name": "one"}, SHARED, FIRST, [1.0, 0.0], tenant="acme")
    for number, (name, shape, color) in enumerate(
        [("sea", [1.0, 0.0], [0.0, 0.0, 1.0]), ("money", [0.0, 1.0], [0.0, 1.0, 0.0])]
    ):
        create({"name": name}, NAMED, (FIRST, SECOND)[number], vector={"shape": shape, "color": color})
    yield client
    for each in CLASSES:
        client.schema.delete_class(each["class"])


@pytest.fixture(scope="session")
def modular(server: Server) -> Iterator[Client]:
    """A server with modules that send their requests to the first server, which is ready and knows none of them."""
    settings = {
        "ENABLE_MODULES": "multi2vec-bind,qna-transformers,generative-openai",
        "BIND_INFERENCE_API": f"{server.url}/v1",
        "QNA_INFERENCE_API": f"{server.url}/v1",
    }
    bound = {"multi2vec-bind": {"textFields": ["name"]}}
    asked: dict[str, Any] = {"text2vec-transformers": {}, "qna-transformers": {}, "generative-openai": {}}
    with (
        EmbeddedServer(EmbeddedOptions(additional_env_vars=settings, startup_timeout=240)) as started,
        Client(started.url, AuthApiKey(started.api_key)) as connected,
    ):
        names = [text("name")]
        connected.schema.create(
            {
                "classes": [
                    {"class": "V3Bound", "vectorizer": "multi2vec-bind", "moduleConfig": bound, "properties": names},
                    {
                        "class": "V3Asked",
                        "vectorizer": "text2vec-transformers",
                        "moduleConfig": asked,
                        "properties": names,
                    },
                ]
            }
        )
        connected.data_object.create({"name": "a sea"}, "V3Bound", FIRST, vector=[1.0, 0.0])
        connected.data_object.create({"name": "a sea"}, "V3Asked", FIRST)
        yield connected

"""The examples of the v3 client's page (docs.weaviate.io, "Python Client v3"), each in its order, on a real server.

Names come from ``weaviate_orm``; addresses, keys and slips of typing are corrected. Logging in by OIDC is in
``tests/auth``, since it needs an issuer.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from weaviate_orm import AuthApiKey, Client, ConsistencyLevel
from weaviate_orm.testing import Server
from weaviate_orm.util import generate_uuid5

CLASSES = ("Publication", "Article", "Author", "Book")


@pytest.fixture
def url(server: Server) -> str:
    return server.url


@pytest.fixture
def auth_config(server: Server) -> AuthApiKey:
    return AuthApiKey(api_key=server.api_key or "")


@pytest.fixture
def client(url: str, auth_config: AuthApiKey) -> Iterator[Client]:
    """A client of its own: its batch is configured."""
    with Client(url, auth_client_secret=auth_config) as connected:
        assert not {each["class"] for each in connected.schema.get()["classes"]} & {*CLASSES}
        yield connected
        for name in CLASSES:
            connected.schema.delete_class(name)


def test_set_up(url: str, auth_config: AuthApiKey) -> None:
    client = Client(
        url=url,
        auth_client_secret=auth_config,
        timeout_config=(5, 15),
        additional_headers={
            "X-Cohere-Api-Key": "YOUR-COHERE-API-KEY",
            "X-HuggingFace-Api-Key": "YOUR-HUGGINGFACE-API-KEY",
            "X-OpenAI-Api-Key": "YOUR-OPENAI-API-KEY",
        },
    )
    assert client.is_ready()
    client = Client(url, auth_config, additional_headers={"HeaderKey": "HeaderValue"})
    assert client.is_ready()


def test_creating_a_schema_at_once(client: Client) -> None:
    schema = {
        "classes": [
            {
                "class": "Publication",
                "description": "A publication with an online source",
                "properties": [
                    {"dataType": ["text"], "description": "Name of the publication", "name": "name"},
                    {
                        "dataType": ["Article"],
                        "description": "The articles this publication has",
                        "name": "hasArticles",
                    },
                    {
                        "dataType": ["geoCoordinates"],
                        "description": "Geo location of the HQ",
                        "name": "headquartersGeoLocation",
                    },
                ],
            },
            {
                "class": "Article",
                "description": "A written text, for example a news article or blog post",
                "properties": [
                    {"dataType": ["text"], "description": "Title of the article", "name": "title"},
                    {"dataType": ["text"], "description": "The content of the article", "name": "content"},
                ],
            },
            {
                "class": "Author",
                "description": "The writer of an article",
                "properties": [
                    {"dataType": ["text"], "description": "Name of the author", "name": "name"},
                    {"dataType": ["Article"], "description": "Articles this author wrote", "name": "wroteArticles"},
                    {
                        "dataType": ["Publication"],
                        "description": "The publication this author writes for",
                        "name": "writesFor",
                    },
                ],
            },
        ]
    }
    client.schema.create(schema)
    assert client.schema.contains(schema)
    stored = {each["name"]: each["dataType"] for each in client.schema.get("Publication")["properties"]}
    assert stored == {"name": ["text"], "hasArticles": ["Article"], "headquartersGeoLocation": ["geoCoordinates"]}


BOOKS = {
    "classes": [
        {
            "class": "Author",
            "properties": [{"name": "name", "dataType": ["text"]}, {"name": "wroteBooks", "dataType": ["Book"]}],
        },
        {
            "class": "Book",
            "properties": [{"name": "title", "dataType": ["text"]}, {"name": "ofAuthor", "dataType": ["Author"]}],
        },
    ]
}
AUTHOR = {"name": "Jane Doe"}
BOOK_1 = {"title": "Jane's Book 1"}
BOOK_2 = {"title": "Jane's Book 2"}


def add_object(batch: Any, class_name: str, data_object: dict[str, str]) -> str:
    uuid = generate_uuid5(data_object, class_name)
    batch.add_data_object(data_object=data_object, class_name=class_name, uuid=uuid)
    return uuid


def add_both_references(batch: Any, uuid_author: str, uuid_book: str) -> None:
    batch.add_reference(
        from_object_uuid=uuid_author,
        from_object_class_name="Author",
        from_property_name="wroteBooks",
        to_object_uuid=uuid_book,
        to_object_class_name="Book",
    )
    batch.add_reference(
        from_object_uuid=uuid_book,
        from_object_class_name="Book",
        from_property_name="ofAuthor",
        to_object_uuid=uuid_author,
        to_object_class_name="Author",
    )


def check_books(client: Client) -> None:
    found = client.query.get(
        "Author", ["name", "wroteBooks { ... on Book { title ofAuthor { ... on Author { name } } } }"]
    )
    (author,) = found.do()["data"]["Get"]["Author"]
    assert author["name"] == "Jane Doe"
    assert sorted(book["title"] for book in author["wroteBooks"]) == ["Jane's Book 1", "Jane's Book 2"]
    assert all(book["ofAuthor"] == [AUTHOR] for book in author["wroteBooks"])


@pytest.mark.parametrize("dynamic", [False, True])
def test_auto_and_dynamic_batching(client: Client, dynamic: bool) -> None:
    client.schema.create(BOOKS)
    client.batch.configure(batch_size=5, dynamic=dynamic)
    with client.batch as batch:
        uuid_author = add_object(batch, "Author", AUTHOR)
        uuid_book_1 = add_object(batch, "Book", BOOK_1)
        add_both_references(batch, uuid_author, uuid_book_1)
        uuid_book_2 = add_object(batch, "Book", BOOK_2)
        add_both_references(batch, uuid_author, uuid_book_2)
    assert uuid_author == "c1f401b4-c7e6-5a27-9077-92bf21d97b2d"
    check_books(client)


def test_manual_batching(client: Client) -> None:
    client.schema.create(BOOKS)
    client.batch.configure(batch_size=None)
    with client.batch as batch:
        uuid_author = add_object(batch, "Author", AUTHOR)
        uuid_book_1 = add_object(batch, "Book", BOOK_1)
        result = batch.create_objects()
        assert [each["result"]["status"] for each in result] == ["SUCCESS", "SUCCESS"]
        add_both_references(batch, uuid_author, uuid_book_1)
        result = batch.create_references()
        assert [each["result"]["status"] for each in result] == ["SUCCESS", "SUCCESS"]
        uuid_book_2 = add_object(batch, "Book", BOOK_2)
        batch.create_objects()
        add_both_references(batch, uuid_author, uuid_book_2)
        batch.create_references()
    check_books(client)


def check_batch_result(results: Any) -> list[Any]:
    """The page prints; here the errors are kept."""
    errors = []
    if results is not None:
        for result in results:
            if "result" in result and "errors" in result["result"] and "error" in result["result"]["errors"]:
                errors.append(result)
    return errors


def test_batch_configuration(client: Client) -> None:
    client.batch(batch_size=100, dynamic=True, num_workers=4)
    client.batch(
        batch_size=100,
        dynamic=False,
        creation_time=5,
        timeout_retries=3,
        connection_error_retries=5,
        callback=None,
        num_workers=1,
    )
    client.batch(
        batch_size=100,
        dynamic=True,
        creation_time=5,
        timeout_retries=3,
        connection_error_retries=3,
        callback=check_batch_result,  # type: ignore[arg-type]
    )
    assert check_batch_result(client.batch.create_objects()) == []
    assert check_batch_result(client.batch.create_references()) == []


def test_errors_of_single_objects(client: Client) -> None:
    name = {"name": "name", "dataType": ["text"]}
    writes_for = {"name": "writesFor", "dataType": ["Publication"]}
    client.schema.create(
        {
            "classes": [
                {"class": "Author", "properties": [name, writes_for]},
                {"class": "Publication", "properties": [name]},
            ]
        }
    )
    client.data_object.create({"name": "Vogue"}, "Publication", "f81bfe5e-16ba-4615-a516-46c2ae2e5a80")
    errors: list[Any] = []
    object_to_add = {
        "name": "Jane Doe",
        "writesFor": [{"beacon": "weaviate://localhost/f81bfe5e-16ba-4615-a516-46c2ae2e5a80"}],
    }
    client.batch.configure(
        batch_size=100,
        dynamic=False,
        timeout_retries=3,
        callback=lambda results: errors.extend(check_batch_result(results)),
        consistency_level=ConsistencyLevel.ALL,
    )
    with client.batch as batch:
        batch.add_data_object(object_to_add, "Author", "36ddd591-2dee-4e7e-a3cc-eb86d30a4303", vector=[1, 2])
        batch.add_data_object(object_to_add, "Author", "cb7d0da4-ceaa-42d0-a483-282f545deed7", vector=[1, 2, 3])
    (error,) = errors
    assert error["id"] == "cb7d0da4-ceaa-42d0-a483-282f545deed7"
    assert client.data_object.exists("36ddd591-2dee-4e7e-a3cc-eb86d30a4303", class_name="Author")


def test_building_and_running_a_query(client: Client) -> None:
    client.schema.create_class(
        {
            "class": "Article",
            "vectorizer": "text2vec-transformers",
            "properties": [{"name": "title", "dataType": ["text"]}, {"name": "wordCount", "dataType": ["int"]}],
        }
    )
    client.data_object.create({"title": "The fashion of haute couture", "wordCount": 1200}, "Article")
    client.data_object.create({"title": "The fashion of haute couture", "wordCount": 800}, "Article")
    where_filter = {"path": ["wordCount"], "operator": "GreaterThan", "valueInt": 1000}
    near_text_filter = {
        "concepts": ["fashion"],
        "certainty": 0.7,
        "moveAwayFrom": {"concepts": ["finance"], "force": 0.45},
        "moveTo": {"concepts": ["haute couture"], "force": 0.85},
    }
    query = (
        client.query.get("Article", ["title"]).with_where(where_filter).with_near_text(near_text_filter).with_limit(50)
    )
    assert query.build() == (
        '{Get{Article(where: {path: ["wordCount"] operator: GreaterThan valueInt: 1000} limit: 50 nearText: '
        '{concepts: ["fashion"] certainty: 0.7 moveTo: {force: 0.85 concepts: ["haute couture"]} moveAwayFrom: '
        '{force: 0.45 concepts: ["finance"]}} ){title}}}'
    )
    assert query.do() == {"data": {"Get": {"Article": [{"title": "The fashion of haute couture"}]}}}

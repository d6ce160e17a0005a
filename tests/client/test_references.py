from __future__ import annotations

from uuid import UUID, uuid4

import pytest

from weaviate_orm.client.client import Client
from weaviate_orm.exceptions import UnexpectedStatusCodeException, ValidationError


@pytest.fixture
def library(client: Client, unique: str) -> tuple[str, str]:
    """The names of two classes, the first of which refers to the second as ``books``."""
    author, book = f"{unique}Author", f"{unique}Book"
    books = {"name": "books", "dataType": [book]}
    client.schema.create({"classes": [{"class": author, "properties": [books]}, {"class": book}]})
    return author, book


def books_of(client: Client, author: str, uuid: str) -> list[str]:
    found = client.data_object.get_by_id(uuid, class_name=author)
    assert found is not None
    return [reference["beacon"].rpartition("/")[2] for reference in found["properties"].get("books") or ()]


def test_add_update_and_delete(client: Client, library: tuple[str, str]) -> None:
    author, book = library
    ada = client.data_object.create({}, author)
    first, second, third = sorted(client.data_object.create({}, book) for _ in range(3))
    references = client.data_object.reference
    references.add(ada, "books", first, author, book)
    references.add(UUID(ada), "books", UUID(second), from_class_name=author, to_class_name=book)
    assert sorted(books_of(client, author, ada)) == [first, second]
    references.delete(ada, "books", first, author, book)
    assert books_of(client, author, ada) == [second]
    references.update(ada, "books", [first, third], author, [book, book])
    assert sorted(books_of(client, author, ada)) == [first, third]
    references.update(ada, "books", second, author, book)
    assert books_of(client, author, ada) == [second]
    references.update(ada, "books", [], author, [])
    assert books_of(client, author, ada) == []


def test_deleting_what_is_not_there_is_no_error(client: Client, library: tuple[str, str]) -> None:
    author, book = library
    ada, text = client.data_object.create({}, author), client.data_object.create({}, book)
    references = client.data_object.reference
    references.delete(ada, "books", text, author, book)
    references.add(ada, "books", text, author, book)
    references.add(ada, "books", text, author, book)
    assert books_of(client, author, ada) == [text, text]
    references.delete(ada, "books", text, author, book)
    references.delete(ada, "books", text, author, book)
    assert books_of(client, author, ada) == []


def test_without_classes_the_server_looks_everywhere(client: Client, library: tuple[str, str]) -> None:
    author, book = library
    ada, text = client.data_object.create({}, author), client.data_object.create({}, book)
    references = client.data_object.reference
    references.add(ada, "books", text)
    assert books_of(client, author, ada) == [text]
    references.update(ada, "books", [text, text])
    assert books_of(client, author, ada) == [text, text]
    references.delete(ada, "books", text)
    assert books_of(client, author, ada) == []


def test_what_cannot_be_referred_to(client: Client, library: tuple[str, str]) -> None:
    author, book = library
    ada, text = client.data_object.create({}, author), client.data_object.create({}, book)
    references = client.data_object.reference
    for name, target in (("books", str(uuid4())), ("films", text)):
        with pytest.raises(UnexpectedStatusCodeException) as caught:
            references.add(ada, name, target, author, book)
        assert caught.value.status_code == 422
    with pytest.raises(UnexpectedStatusCodeException):
        references.delete(ada, "films", text, author, book)
    with pytest.raises(ValidationError, match="got 1 for 2"):
        references.update(ada, "books", [text, text], author, [book])
    with pytest.raises(ValidationError, match="nonsense"):
        references.add(ada, "books", "nonsense", author, book)
    with pytest.raises(ValidationError):
        references.add(ada, "", text, author, book)
    assert books_of(client, author, ada) == []


def test_a_tenant_and_a_consistency_level(client: Client, unique: str) -> None:
    tenancy = {"enabled": True}
    author, book = f"{unique}Author", f"{unique}Book"
    books = {"name": "books", "dataType": [book]}
    client.schema.create(
        {
            "classes": [
                {"class": author, "properties": [books], "multiTenancyConfig": tenancy},
                {"class": book, "multiTenancyConfig": tenancy},
            ]
        }
    )
    for name in (author, book):
        client.tenants.create(name, "acme")
    ada = client.data_object.create({}, author, tenant="acme")
    text = client.data_object.create({}, book, tenant="acme")
    references = client.data_object.reference

    def count() -> int:
        found = client.data_object.get_by_id(ada, class_name=author, tenant="acme")
        assert found is not None
        return len(found["properties"].get("books") or ())

    references.add(ada, "books", text, author, book, "ONE", "acme")
    assert count() == 1
    references.update(ada, "books", [text, text], author, book, "ALL", "acme")
    assert count() == 2
    references.delete(ada, "books", text, author, book, "QUORUM", "acme")
    assert count() == 0

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.revivable import KEY, Revivable
from weaviate_orm import AuthApiKey, Client
from weaviate_orm.testing import Server

NAME = "TestFaultyPerson"


def count(client: Client, name: str) -> int:
    """How many objects a class has."""
    answer = client.query.aggregate(name).with_meta_count().do()
    found: int = answer["data"]["Aggregate"][name][0]["meta"]["count"]
    return found


@pytest.fixture
def own(server: Server) -> Iterator[Client]:
    """A client whose batch is the test's own."""
    with Client(server.url, AuthApiKey(server.api_key or "")) as connected:
        yield connected


@pytest.fixture
def people(own: Client, unique: str) -> str:
    """A class that refers to itself, without a vectorizer."""
    name = f"{unique}Person"
    own.schema.create_class(
        {
            "class": name,
            "vectorizer": "none",
            "properties": [{"name": "name", "dataType": ["text"]}, {"name": "knows", "dataType": [name]}],
        }
    )
    return name


@pytest.fixture
def revivable(tmp_path: Path, server: object) -> Iterator[Revivable]:
    made = Revivable(tmp_path / "data")
    yield made
    made.close()


@pytest.fixture
def direct(revivable: Revivable) -> Iterator[Client]:
    with Client(f"http://127.0.0.1:{revivable.port}", AuthApiKey(KEY)) as client:
        properties = [{"name": "name", "dataType": ["text"]}, {"name": "knows", "dataType": [NAME]}]
        client.schema.create_class({"class": NAME, "vectorizer": "none", "properties": properties})
        yield client

"""A rebuild on a server that indexes vectors in the background: searches find all of them when the name is put over."""

from __future__ import annotations

import random
from collections.abc import Iterator

import pytest

from weaviate_orm.client.client import Client
from weaviate_orm.embedded import EmbeddedOptions, EmbeddedServer
from weaviate_orm.http.auth import AuthApiKey
from weaviate_orm.migrations.rebuild.behind_alias import rebuild
from weaviate_orm.migrations.rebuild.freezing import indexing_shards
from weaviate_orm.migrations.rebuild.rebuild_progress import RebuildProgress

from .stored_collections import create, id_of, rebuilding, store, text

COUNT, DIMENSIONS = 3_000, 64


@pytest.fixture
def indexing(binary: object) -> Iterator[Client]:
    """A client of a server that indexes in the background."""
    options = EmbeddedOptions(additional_env_vars={"ASYNC_INDEXING": "true"}, vectorizer=False, startup_timeout=240)
    with EmbeddedServer(options) as server, Client(server.url, AuthApiKey(str(server.api_key))) as client:
        yield client


def test_all_vectors_are_indexed_before_the_names_are_put_over(indexing: Client) -> None:
    source = create(indexing, "Article", [text("title")])
    chance = random.Random(1)
    vectors = {number: [chance.random() for _ in range(DIMENSIONS)] for number in range(1, COUNT + 1)}
    for first in range(1, COUNT + 1, 500):
        numbers = range(first, first + 500)
        store(indexing, source, {number: {"title": "t"} for number in numbers}, vectors=vectors)
    busy: list[list[str]] = []

    def report(progress: RebuildProgress) -> None:
        if progress.phase == "switching":
            busy.append(indexing_shards(indexing.transport, ["Article_2"]))

    rebuild(indexing, [rebuilding(indexing, "Article")], progress=report)
    assert busy == [[]]
    numbers = range(50, COUNT, 59)
    assert [nearest(indexing, vectors[number]) for number in numbers] == [id_of(number) for number in numbers]


def nearest(client: Client, vector: list[float]) -> str:
    """The id of the object that a search finds first."""
    document = f"{{Get{{Article(limit: 1 nearVector: {{vector: {vector}}}){{_additional{{id}}}}}}}}"
    (hit,) = client.query.raw(document)["data"]["Get"]["Article"]
    return str(hit["_additional"]["id"])

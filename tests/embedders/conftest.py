from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.embedders.fable_models import MODEL, MODELS
from tests.empty_collections import empty_collections
from tests.session.library_models import empty
from weaviate_orm import AuthApiKey, Client, Session
from weaviate_orm.embedders.embedder import CACHE_SIZE
from weaviate_orm.embedders.vector_cache import open_cache
from weaviate_orm.testing import Server


@pytest.fixture(scope="package")
def collections(client: Client) -> Iterator[None]:
    """The collections of the fables, for all tests of this folder."""
    with empty_collections(client, MODELS):
        yield


@pytest.fixture
def fables(client: Client, collections: None) -> Iterator[Client]:
    """A client over the empty collections of the fables, and no text embedded yet."""
    empty(client, MODELS)
    MODEL.forget()
    for model in MODELS:
        for embedding in model.__mapper__.embeddings.values():
            embedding.embedder._cache = open_cache(CACHE_SIZE)
    yield client
    MODEL.forget()


@pytest.fixture
def session(fables: Client) -> Iterator[Session]:
    """A session over the empty collections."""
    with Session(fables) as opened:
        yield opened


@pytest.fixture(params=["grpc", "graphql"])
def wired(request: pytest.FixtureRequest, server: Server, fables: Client) -> Iterator[Session]:
    """A session whose queries all go by one wire."""
    secret = AuthApiKey(server.api_key) if server.api_key is not None else None
    with (
        Client(server.url, auth_client_secret=secret, grpc=server.grpc_port) as connected,
        Session(connected, wire=request.param) as opened,
    ):
        yield opened

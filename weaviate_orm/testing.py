"""Helpers for tests of code that uses this package: a real server, and a clean one.

::

    @pytest.fixture(scope="session")
    def client():
        with embedded_server() as server, Client(server.url, AuthApiKey(server.api_key)) as client:
            yield client

    @pytest.fixture
    def clean(client):
        yield
        drop_collections(client, "Test")
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager

import attrs

from weaviate_orm.client.client import Client
from weaviate_orm.client.stored_classes import read_classes
from weaviate_orm.embedded import EmbeddedOptions, EmbeddedServer
from weaviate_orm.http.transport import Request

__all__ = [
    "Server",
    "drop_collections",
    "embedded_server",
    "recorded_requests",
]

URL_VARIABLE = "WEAVIATE_TEST_URL"
"""Names a server that runs already, to be used by :func:`embedded_server` in place of an own one."""

KEY_VARIABLE = "WEAVIATE_TEST_API_KEY"


@attrs.frozen
class Server:
    """Where the server for the tests is, its key (None: it asks for none), and the port of gRPC, where it is known."""

    url: str
    api_key: str | None = attrs.field(repr=False)
    grpc_port: int | None = None


@contextmanager
def embedded_server(options: EmbeddedOptions | None = None) -> Iterator[Server]:
    """Run a server for a block, on a temporary folder unless the options name one.

    With ``$WEAVIATE_TEST_URL`` (and ``$WEAVIATE_TEST_API_KEY``) set it is that one, and ``options`` mean nothing.

    Raises:
        EmbeddedServerError: there is no server, or it does not start.
    """
    url = os.environ.get(URL_VARIABLE)
    if url:
        yield Server(url, os.environ.get(KEY_VARIABLE))
        return
    with EmbeddedServer(options) as server:
        yield Server(server.url, server.api_key, server.grpc_port)


@contextmanager
def recorded_requests(client: Client) -> Iterator[list[Request]]:
    """Record the requests that a client sends within a block, repetitions included.

    ::

        with recorded_requests(client) as requests:
            Article.query.all()
        assert len(requests) == 1
    """
    requests: list[Request] = []
    client.transport.observers.append(requests.append)
    try:
        yield requests
    finally:
        client.transport.observers.remove(requests.append)


def drop_collections(client: Client, prefix: str) -> None:
    """Delete, with their objects, the collections whose names begin with ``prefix``, and their aliases.

    Raises:
        ValueError: the prefix is empty; use ``client.schema.delete_all()`` if everything shall go.
    """
    if not prefix:
        raise ValueError("an empty prefix would drop every collection of the server")
    for name in read_classes(client):
        if name.startswith(prefix):
            client.schema.delete_class(name)
    for alias, collection in client.alias.list_all().items():
        if alias.startswith(prefix) or collection.startswith(prefix):
            client.alias.delete(alias_name=alias)

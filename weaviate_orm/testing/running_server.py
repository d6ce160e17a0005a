"""The server of a test run: an own one, or one that runs already."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager

import attrs

from weaviate_orm.embedded import EmbeddedOptions, EmbeddedServer

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

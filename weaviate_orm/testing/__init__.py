"""Helpers for tests of code that uses this package: a real server, and a clean one.

With pytest they are fixtures, ``weaviate_client`` and others, which need no import. Elsewhere::

    with embedded_server() as server, Client(server.url, AuthApiKey(server.api_key)) as client:
        create_all(client)
        with Session(client) as session, assert_requests(client, 1):
            session.query(Article).include(Article.author).all()
        empty_collections(client)
"""

from weaviate_orm.testing.clean_collections import drop_collections, empty_collections, prefixed_collections
from weaviate_orm.testing.request_recording import assert_requests, recorded_requests
from weaviate_orm.testing.running_server import Server, embedded_server

__all__ = [
    "Server",
    "assert_requests",
    "drop_collections",
    "embedded_server",
    "empty_collections",
    "prefixed_collections",
    "recorded_requests",
]

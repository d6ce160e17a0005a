"""The requests of a block."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

from weaviate_orm.client.client import Client
from weaviate_orm.http.transport import Request

_LONGEST_BODY: Final = 300


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


@contextmanager
def assert_requests(client: Client, count: int) -> Iterator[list[Request]]:
    """Assert how many requests a client sends within a block, repetitions included.

    ::

        with assert_requests(client, 1):
            [article.author.name for article in Article.query.include(Article.author)]

    Raises AssertionError, which lists the requests, for another number of them.
    """
    with recorded_requests(client) as requests:
        yield requests
    if len(requests) != count:
        lines = "".join(f"\n{number}. {_line(request)}" for number, request in enumerate(requests, 1))
        raise AssertionError(f"{len(requests)} requests were sent, not {count}:{lines}")


def _line(request: Request) -> str:
    body = request.body or b""
    if request.url.startswith("grpc:"):
        return f"{request.method} {request.url} {len(body)} bytes"
    cut = "…" if len(body) > _LONGEST_BODY else ""
    return f"{request.method} {request.url} {body[:_LONGEST_BODY].decode(errors='replace')}{cut}".rstrip()

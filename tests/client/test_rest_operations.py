"""Each operation of the REST interface that the server describes is reached by a method of the client."""

from __future__ import annotations

import re
from collections.abc import Callable
from contextlib import suppress
from urllib.parse import urlsplit

import pytest

from tests.client.rest_operations import CALLS, NOT_OURS
from tests.scripted_host import Answer, Host, Request, Script
from weaviate_orm.client.client import Client
from weaviate_orm.exceptions import WeaviateORMError
from weaviate_orm.http.features import NAMESPACES
from weaviate_orm.http.retry import NO_RETRY

NEWEST = (1, 39, 2)


def described_operations(client: Client) -> dict[str, bool]:
    """The operations that a server describes, and whether they are deprecated."""
    paths = client.transport.request("GET", "/swagger.json").json()["paths"]
    return {
        f"{method.upper()} {path}": operation.get("deprecated", False)
        for path, operations in paths.items()
        for method, operation in operations.items()
        if method != "parameters"
    }


def test_no_operation_of_the_server_is_left_out(client: Client) -> None:
    described = described_operations(client)
    assert len(described) > 90
    current = {operation for operation, deprecated in described.items() if not deprecated}
    assert current - CALLS.keys() - NOT_OURS.keys() == set()


@pytest.mark.needs(NAMESPACES)
def test_no_operation_is_called_that_the_server_does_not_describe(client: Client) -> None:
    assert (CALLS.keys() | NOT_OURS.keys()) - described_operations(client).keys() == set()
    assert not CALLS.keys() & NOT_OURS.keys()


@pytest.mark.parametrize("operation", CALLS)
def test_a_method_reaches_it(hostile: Callable[[Callable[[Request], Answer | Script]], Host], operation: str) -> None:
    method, path = operation.split()
    pattern = re.sub(r"\\\{\w+\\\}", "[^/]+", re.escape(path.rstrip("/")))
    host = hostile(lambda request: (200, {}, b"{}"))
    with Client(host.url, startup_period=None) as client:
        client.transport.retry, client.transport.version = NO_RETRY, NEWEST
        with suppress(WeaviateORMError):  # of an answer without the content that the call needs
            CALLS[operation](client)
    sent = [(request.method, urlsplit(request.path).path) for request in host.requests]
    assert any(verb == method and re.fullmatch(f"/v1{pattern}", target) for verb, target in sent), sent

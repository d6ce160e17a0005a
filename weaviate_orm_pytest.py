"""The fixtures of pytest, from :mod:`weaviate_orm.testing`.

This module lies beside the package, because pytest imports it in every run: the package is imported by the fixtures, in
tests that use them.
"""

from __future__ import annotations

import os
import uuid
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from weaviate_orm import Client, Model, Session
    from weaviate_orm.embedded import EmbeddedOptions
    from weaviate_orm.testing import Server


@pytest.fixture(scope="session")
def weaviate_options() -> EmbeddedOptions | None:
    """The options of the server; override it. None: the default ones."""
    return None


@pytest.fixture(scope="session")
def weaviate_models() -> Sequence[type[Model]] | None:
    """The models that have a collection in each test; override it. None: all that are defined."""
    return None


@pytest.fixture(scope="session")
def weaviate_server(
    request: pytest.FixtureRequest,
    tmp_path_factory: pytest.TempPathFactory,
    weaviate_options: EmbeddedOptions | None,
) -> Iterator[Server]:
    """The server, ``Server(url, api_key)``: that of $WEAVIATE_TEST_URL, or one that is started once for the run."""
    from weaviate_orm.testing import embedded_server

    options = weaviate_options
    if _worker(request.config) is not None:  # the processes of pytest-xdist share it by its folder
        options = _shared(options, tmp_path_factory.getbasetemp().parent / "weaviate")
    with embedded_server(options) as server:
        yield server


@pytest.fixture(scope="session")
def weaviate_prefix(request: pytest.FixtureRequest) -> str:
    """The prefix of models' collections on a server that others use too: other runs, or other processes of this one."""
    worker = _worker(request.config)
    if worker is not None:
        return f"T{worker['testrunuid'][:8]}{worker['workerid']}_"
    return f"T{uuid.uuid4().hex[:8]}_" if os.environ.get("WEAVIATE_TEST_URL") else ""


@pytest.fixture(scope="session")
def _weaviate_connection(weaviate_server: Server, weaviate_prefix: str) -> Iterator[Client]:
    from weaviate_orm import AuthApiKey, Client
    from weaviate_orm.client.grpc_address import known_address
    from weaviate_orm.testing import drop_collections, prefixed_collections

    secret = AuthApiKey(weaviate_server.api_key) if weaviate_server.api_key is not None else None
    grpc = known_address(weaviate_server.url, weaviate_server.grpc_port)  # as a client of embedded:// does
    with (
        Client(weaviate_server.url, auth_client_secret=secret, grpc=grpc) as client,
        prefixed_collections(client, weaviate_prefix),
    ):
        yield client
        if weaviate_prefix:
            drop_collections(client, weaviate_prefix)


@pytest.fixture
def weaviate_client(_weaviate_connection: Client, weaviate_models: Sequence[type[Model]] | None) -> Iterator[Client]:
    """A client, which ``Session()`` and ``Model.query`` use too; the models' collections are emptied after the test."""
    from weaviate_orm import create_all
    from weaviate_orm.session.default_client import default_client_is
    from weaviate_orm.testing.clean_collections import clean_collections

    client = _weaviate_connection
    create_all(client, weaviate_models)
    with clean_collections(client), default_client_is(client):
        yield client


@pytest.fixture
def weaviate_session(weaviate_client: Client) -> Iterator[Session]:
    """A session, within its block: ``Model.query`` reads through it."""
    from weaviate_orm import Session

    with Session(weaviate_client) as session:
        yield session


@pytest.fixture
def assert_requests(weaviate_client: Client) -> Callable[[int], AbstractContextManager[list[Any]]]:
    """``with assert_requests(1): …`` asserts how many requests ``weaviate_client`` sends in a block."""
    from weaviate_orm import testing

    return partial(testing.assert_requests, weaviate_client)


def _worker(config: pytest.Config) -> dict[str, str] | None:
    return getattr(config, "workerinput", None)


def _shared(options: EmbeddedOptions | None, folder: Path) -> EmbeddedOptions:
    import attrs

    from weaviate_orm.embedded import EmbeddedOptions

    options = options or EmbeddedOptions()
    return options if options.persistence_data_path else attrs.evolve(options, persistence_data_path=folder)

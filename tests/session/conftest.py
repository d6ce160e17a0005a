from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.session.library import MODELS, empty
from weaviate_orm import Client, Session, create_all, drop_all


@pytest.fixture(scope="package")
def library(client: Client) -> Iterator[None]:
    """The collections of the library, for all tests of this folder."""
    drop_all(client, MODELS)
    create_all(client, MODELS)
    yield
    drop_all(client, MODELS)


@pytest.fixture
def session(client: Client, library: None) -> Iterator[Session]:
    """A session over empty collections of the library."""
    empty(client)
    with Session(client) as opened:
        yield opened

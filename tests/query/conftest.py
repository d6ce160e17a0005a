from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.query.shelf import MODELS, fill
from weaviate_orm import Client, Session, create_all, drop_all


@pytest.fixture(scope="package")
def shelf(client: Client) -> Iterator[None]:
    """The collections of the shelf, filled."""
    drop_all(client, MODELS)
    create_all(client, MODELS)
    fill(client)
    yield
    drop_all(client, MODELS)


@pytest.fixture
def session(client: Client, shelf: None) -> Iterator[Session]:
    with Session(client) as opened:
        yield opened

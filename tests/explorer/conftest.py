"""The shop on the server, and its explorer."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.empty_collections import empty_collections
from tests.explorer.explored_models import MODELS, fill
from weaviate_orm import Client


@pytest.fixture(scope="package")
def shop(client: Client) -> Iterator[Client]:
    """The collections of the shop, filled once; who changes objects changes them back."""
    with empty_collections(client, MODELS):
        fill(client)
        yield client

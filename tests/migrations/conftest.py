"""Names of collections behind aliases, which are gone after a test with their aliases."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from weaviate_orm.client.client import Client


@pytest.fixture
def names(client: Client, unique: str) -> Iterator[tuple[str, str]]:
    """Logical names of two collections."""
    yield f"{unique}Article", f"{unique}Author"
    for alias in client.alias.list_all():
        if unique in alias:
            client.alias.delete(alias_name=alias)

"""Names of collections behind aliases, which are gone after a test with their aliases; rebuilds without writers."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from weaviate_orm.client.client import Client
from weaviate_orm.migrations.rebuild import freezing


@pytest.fixture
def names(client: Client, unique: str) -> Iterator[tuple[str, str]]:
    """Logical names of two collections."""
    yield f"{unique}Article", f"{unique}Author"
    for alias in client.alias.list_all():
        if unique in alias:
            client.alias.delete(alias_name=alias)


@pytest.fixture(scope="module")
def nobody_writes() -> Iterator[None]:
    """Let rebuilds not wait for writes that the server has begun when it freezes a collection: there are none."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(freezing, "SECONDS_TO_SETTLE", 0.0)
        yield

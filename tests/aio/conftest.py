"""Asynchronous tests run on asyncio and on trio."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from weaviate_orm import Client, Field, Model, QuerySet, Ref, create_all, drop_all, field, ref
from weaviate_orm.model.manager import Manager


@pytest.fixture(params=["asyncio", "trio"])
def anyio_backend(request: pytest.FixtureRequest) -> str:
    return str(request.param)


class Writer(Model):
    name: Field[str]

    class Meta:
        name = "AioWriter"


class TextQueries(QuerySet["Text"]):
    def long(self) -> TextQueries:
        return self.where(pages__gt=100)

    def has_long(self) -> bool:
        return self.long().count() > 0


class Text(Model):
    query = Manager(TextQueries)

    title: Field[str] = field(tokenization="field")
    pages: Field[int] = field(default=0)
    note: Field[str | None] = field(default=None)
    writer: Ref[Writer | None] = ref(default=None)

    class Meta:
        name = "AioText"


@pytest.fixture
def collections(client: Client) -> Iterator[Client]:
    """The two collections, empty."""
    models: list[Any] = [Text, Writer]
    drop_all(client, models)
    create_all(client, models)
    yield client
    drop_all(client, models)

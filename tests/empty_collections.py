"""Collections of models for a block of tests."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from weaviate_orm import Client, Model, create_all, drop_all


@contextmanager
def empty_collections(client: Client, models: Sequence[type[Model]]) -> Iterator[None]:
    """Create the collections of models, in place of those that an earlier run left; drop them after the block."""
    drop_all(client, models)
    create_all(client, models)
    yield
    drop_all(client, models)

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from tests.empty_collections import empty_collections
from tests.session import event_models
from tests.session.library_models import MODELS, empty
from weaviate_orm import Client, Session, listen, unlisten

Hear = Callable[..., None]
Log = list[tuple[str, str]]


@pytest.fixture(scope="package")
def library(client: Client) -> Iterator[None]:
    """The collections of the library, for all tests of this folder."""
    with empty_collections(client, MODELS):
        yield


@pytest.fixture
def session(client: Client, library: None) -> Iterator[Session]:
    """A session over empty collections of the library."""
    empty(client)
    with Session(client) as opened:
        yield opened


# -- events


@pytest.fixture(scope="package")
def event_collections(client: Client) -> Iterator[None]:
    """The collections of the event models, for all tests of events."""
    with empty_collections(client, event_models.MODELS):
        yield


@pytest.fixture
def event_session(client: Client, event_collections: None) -> Iterator[Session]:
    """A session over empty collections of the event models."""
    empty(client, event_models.MODELS)
    with Session(client) as opened:
        yield opened


@pytest.fixture
def hear() -> Iterator[Hear]:
    """``listen``, undone after the test."""
    heard: list[tuple[Any, Any, Any]] = []

    def listen_for_now(target: Any, event: Any, listener: Any) -> None:
        listen(target, event, listener)
        heard.append((target, event, listener))

    yield listen_for_now
    for each in heard:
        unlisten(*each)


@pytest.fixture
def log(hear: Hear) -> Log:
    """What happens to objects of the event models, as events and names, in its order."""
    happened: Log = []

    def note(event: str) -> Callable[[Any, Session], None]:
        return lambda instance, session: happened.append((event, instance.name))

    for event in (
        "before_insert",
        "after_insert",
        "before_update",
        "after_update",
        "before_delete",
        "after_delete",
        "load",
    ):
        hear(event_models.Named, event, note(event))
    return happened

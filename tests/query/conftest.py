from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.empty_collections import empty_collections
from tests.query.book_models import MODELS, fill
from tests.query.inference_services import COLOURS, environment, picture, running_services
from tests.query.module_models import Page, Photo, Poster, Scene, Take
from tests.query.note_models import Note, fill_notes
from tests.query.sent_documents import SENT
from weaviate_orm import AuthApiKey, Client, Session, create_all
from weaviate_orm.embedded import EmbeddedOptions, EmbeddedServer
from weaviate_orm.graphql import run
from weaviate_orm.http.response import Response
from weaviate_orm.http.transport import Transport

FOLDER = Path(__file__).parent


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Run the test of the feature table after the tests of this folder: it compares the table with what they sent."""
    places = [place for place, item in enumerate(items) if item.path.is_relative_to(FOLDER)]
    ordered = sorted((items[place] for place in places), key=lambda item: item.path.stem == "test_feature_table")
    for place, item in zip(places, ordered, strict=True):
        items[place] = item


@pytest.fixture(autouse=True)
def documents(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Notes what each test sends, for the table of docs/reference/server.md; everything is sent as it is."""
    send = run._send
    sent = SENT.setdefault(f"{request.path.stem}::{request.function.__name__}", set())

    def noted(transport: Transport, document: str) -> Response:
        sent.add(document)
        return send(transport, document)

    monkeypatch.setattr(run, "_send", noted)


@pytest.fixture(scope="package")
def books(client: Client) -> Iterator[None]:
    """The collections of the book models, filled."""
    with empty_collections(client, MODELS):
        fill(client)
        yield


@pytest.fixture(scope="package")
def notes(client: Client) -> Iterator[dict[str, Note]]:
    """The notes, by their titles."""
    with empty_collections(client, [Note]):
        yield fill_notes(client)


@pytest.fixture
def session(client: Client, books: None) -> Iterator[Session]:
    with Session(client) as opened:
        yield opened


@pytest.fixture(scope="package")
def services() -> Iterator[str]:
    """The inference services of the modules."""
    with running_services() as url:
        yield url


@pytest.fixture(scope="package")
def modules_server(binary: Path, services: str) -> Iterator[EmbeddedServer]:
    """A server of its own, with the modules that need those services."""
    options = EmbeddedOptions(binary=binary, additional_env_vars=environment(services), startup_timeout=240)
    with EmbeddedServer(options) as server:
        yield server


@pytest.fixture(scope="package")
def modules(modules_server: EmbeddedServer, pytestconfig: pytest.Config) -> Iterator[Client]:
    """A client of that server, with something in it."""
    headers = {"X-OpenAI-Api-Key": "that service asks for none"}
    grpc = modules_server.grpc_port if pytestconfig.getoption("--wire") == "grpc" else None
    secret = AuthApiKey(modules_server.api_key or "")
    with Client(modules_server.url, secret, additional_headers=headers, grpc=grpc) as client:
        create_all(client, [Page, Scene, Poster, Photo, Take])
        with Session(client) as session:
            session.add_all(
                [
                    Page(
                        title="cats", body="Kittens purr loudly. They like milk. My friend Ada has some.", shelf="pets"
                    ),
                    Page(title="dogs", body="Dogs bark at the postman.", shelf="pets"),
                    Page(title="banks", body="Banks lend money to companies.", shelf="money"),
                ]
            )
            for name in ("red", "green", "blue"):
                shot = picture(*COLOURS[name])
                session.add(Scene(name=name, picture=shot, sound=shot))
                session.add(Poster(name=name, picture=shot))
                session.add(Photo(name=name, picture=shot))
                session.add(Take(name=name, picture=shot, sound=shot))
            session.commit()
        yield client

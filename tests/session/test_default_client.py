"""Which server is used where none is named."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from weaviate_orm import Client, ConfigurationError, Session, configure
from weaviate_orm.session.default_client import default_client
from weaviate_orm.testing import Server


@pytest.fixture(autouse=True)
def nothing_configured(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.delenv("WEAVIATE_URL", raising=False)
    monkeypatch.delenv("WEAVIATE_API_KEY", raising=False)
    configure(None)
    yield
    configure(None)


def test_without_any_it_says_what_to_do() -> None:
    with pytest.raises(ConfigurationError, match=r"call configure\(Client\(…\)\) once, set WEAVIATE_URL"):
        Session()


def test_the_configured_client(client: Client) -> None:
    configure(client)
    assert Session().client is client


def test_the_one_of_the_environment(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WEAVIATE_URL", server.url)
    monkeypatch.setenv("WEAVIATE_API_KEY", server.api_key or "")
    assert Session().client.get_meta()["version"]
    assert default_client() is default_client()


def test_a_url(server: Server) -> None:
    configure(server.url, startup_period=None)
    assert Session().client.url == server.url


def test_a_function_makes_it_once_when_it_is_needed(client: Client) -> None:
    made: list[Client] = []

    def make() -> Client:
        made.append(client)
        return client

    configure(make)
    assert made == []
    assert Session().client is Session().client is client
    assert made == [client]


def test_an_embedded_server_has_a_key_of_its_own(monkeypatch: pytest.MonkeyPatch, server: Server) -> None:
    monkeypatch.setenv("WEAVIATE_URL", "embedded://")
    monkeypatch.setenv("WEAVIATE_API_KEY", "of another server")
    with default_client() as own:
        assert own.schema.get()["classes"] == []

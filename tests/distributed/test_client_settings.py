"""What workers make their clients of: it travels, and no key travels with it."""

from __future__ import annotations

import pickle
from functools import partial

import pytest

from weaviate_orm import AuthApiKey, Client, ConfigurationError, LoginError
from weaviate_orm.distributed import ClientSettings
from weaviate_orm.testing import Server

KEY = "s3cret-of-a-vault"


def key_of_vault(key: str = KEY) -> str:
    return key


def api_key_of_vault() -> AuthApiKey:
    return AuthApiKey(KEY)


def test_no_key_is_shown_or_pickled(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SHOP_KEY", KEY)
    settings = ClientSettings("https://ada:s3cret@shop.example", key_variable="SHOP_KEY", credentials=key_of_vault)
    by_partial = ClientSettings("https://shop.example", credentials=partial(key_of_vault, KEY))
    for shown in (repr(settings), str(settings), repr(by_partial)):
        assert "s3cret" not in shown
    assert KEY.encode() not in pickle.dumps(settings)
    assert pickle.loads(pickle.dumps(settings)) == settings


@pytest.mark.parametrize("url", ["embedded://", "embedded:///data", "localhost:8080", None])
def test_what_workers_cannot_reach_is_refused(url: str) -> None:
    with pytest.raises(ConfigurationError, match="workers reach one server by http"):
        ClientSettings(url)


def test_a_client_has_the_key_of_the_variable_or_of_the_function(
    server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert server.api_key
    monkeypatch.setenv("SHOP_KEY", server.api_key)
    by_function = partial(key_of_vault, server.api_key)
    for settings in (
        ClientSettings(server.url, key_variable="SHOP_KEY", timeout=(5, 30)),
        ClientSettings(server.url, credentials=by_function),
        ClientSettings(server.url, credentials=partial(AuthApiKey, server.api_key)),
    ):
        with settings() as client:
            assert isinstance(client, Client)
            assert client.schema.get() is not None


def test_a_worker_without_the_variable_says_so(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    if server.api_key is None:
        pytest.skip("this server asks for no key")
    monkeypatch.delenv("SHOP_KEY", raising=False)
    with pytest.raises(LoginError, match=r"the worker .* has no environment variable SHOP_KEY.*credentials="):
        ClientSettings(server.url, key_variable="SHOP_KEY")()
    with pytest.raises(LoginError) as caught:
        ClientSettings(server.url, credentials=api_key_of_vault)()
    assert KEY not in str(caught.value)
    assert "variable" not in str(caught.value)

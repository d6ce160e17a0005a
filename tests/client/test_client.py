from __future__ import annotations

import socket
import threading
import warnings
from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor

import attrs
import orjson
import pytest
import requests

from tests.scripted_host import Answer, Host, Request, forward, host
from weaviate_orm.client.client import Client
from weaviate_orm.client.config import Config, ConnectionConfig
from weaviate_orm.embedded import EmbeddedOptions, EmbeddedServer
from weaviate_orm.embedded.ports import choose_ports
from weaviate_orm.exceptions import (
    AuthenticationError,
    AuthenticationFailedException,
    ConfigurationError,
    ConnectionFailedError,
    MissingScopeException,
    NotWeaviateError,
    ServerTooOldError,
    StartUpError,
    TransportError,
    UnexpectedStatusError,
    WeaviateStartUpError,
)
from weaviate_orm.http.auth import AuthApiKey
from weaviate_orm.http.auth_oidc import AuthBearerToken, AuthClientCredentials, AuthClientPassword
from weaviate_orm.http.retry import NO_RETRY
from weaviate_orm.testing import Server, recorded_requests

NOWHERE = "http://127.0.0.1:9"


@pytest.fixture
def key(server: Server) -> AuthApiKey:
    return AuthApiKey(str(server.api_key))


@pytest.fixture
def proxy() -> Iterator[Host]:
    with host(forward) as running:
        yield running


@pytest.fixture
def silence() -> Iterator[str]:
    """The address of something that takes connections and never answers."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen(16)
        yield f"http://127.0.0.1:{listener.getsockname()[1]}"


def places(warned: Iterable[warnings.WarningMessage]) -> list[str]:
    """The files that warnings for users name; sockets that the collector finds warn as well, at any moment."""
    return [each.filename for each in warned if issubclass(each.category, UserWarning)]


def test_a_server_that_runs(server: Server, key: AuthApiKey) -> None:
    with Client(server.url, key) as client:
        assert client.is_ready()
        assert client.is_live()
        assert client.get_meta()["version"].count(".") == 2
        assert client.get_open_id_configuration() is None


def test_readiness_never_raises(silence: str) -> None:
    for url in (NOWHERE, silence):
        with Client(url, startup_period=None, timeout_config=(0.3, 0.3)) as client:
            assert not client.is_ready()
            assert not client.is_live()
    assert not client.is_ready()


def test_a_closed_client_says_so(server: Server, key: AuthApiKey) -> None:
    client = Client(server.url, key)
    client.close()
    client.close()
    with pytest.raises(TransportError, match="closed"):
        client.get_meta()


@pytest.mark.parametrize("suffix", ["", "/", "/v1", "/v1/"])
def test_addresses(server: Server, key: AuthApiKey, suffix: str) -> None:
    with Client(server.url + suffix, key) as client:
        assert client.url == server.url
        assert repr(client) == f"Client({server.url!r})"


@pytest.mark.parametrize(
    "url", [None, "", "localhost:8080", "http://", "http://user:hush@localhost", "ftp://localhost"]
)
def test_what_is_no_address(url: str | None) -> None:
    with pytest.raises(ConfigurationError) as caught:
        Client(url)
    assert "hush" not in str(caught.value)


def test_a_key_that_is_wrong_or_missing(server: Server) -> None:
    with pytest.raises(AuthenticationFailedException, match="auth_client_secret"):
        Client(server.url)
    with pytest.raises(AuthenticationError, match="401") as caught:
        Client(server.url, AuthApiKey("hush-hush"))
    assert "hush-hush" not in str(caught.value)


def test_a_login_where_the_server_trusts_no_issuer(server: Server) -> None:
    with pytest.warns(UserWarning, match="^Auth001.*anonymously"), pytest.raises(AuthenticationError):
        Client(server.url, AuthClientPassword("ada", "hush-hush"))


def test_a_page_in_place_of_the_issuer(server: Server) -> None:
    def portal(request: Request) -> Answer:
        if "openid-configuration" in request.path:
            return 200, {"Content-Type": "text/html"}, b"<html>please log in</html>"
        return forward(attrs.evolve(request, path=server.url + request.path))

    warned = pytest.warns(UserWarning, match="^Auth005.*not JSON.*please log in")
    with host(portal) as proxy, pytest.raises(AuthenticationError), warned:
        Client(proxy.url, AuthClientPassword("ada", "hush-hush"))
    assert all("authorization" not in request.headers for request in proxy.requests)


def test_a_missing_scope_is_said_before_the_secret_is_sent() -> None:
    def issuer(request: Request) -> Answer:
        if "openid-configuration" in request.path:
            description = {"href": f"http://{request.headers['host']}/realm", "clientId": "weaviate"}
        else:
            description = {"token_endpoint": f"http://{request.headers['host']}/token"}
        return 200, {"Content-Type": "application/json"}, orjson.dumps(description)

    refused = pytest.raises(MissingScopeException, match="names no scope")
    with (
        host(issuer) as server,
        refused,
        Client(server.url, AuthClientCredentials("hush"), startup_period=None) as client,
    ):
        client.get_meta()
    assert [request.method for request in server.requests] == ["GET", "GET"]


def test_a_token_that_cannot_be_renewed_warns(server: Server, key: AuthApiKey) -> None:
    with pytest.warns(UserWarning, match="^Auth002: the access token lasts 300 s") as warned:
        client = Client(server.url, AuthBearerToken(key.api_key, 300))
    assert places(warned) == [__file__]
    with client:
        assert client.is_ready()
    with warnings.catch_warnings():
        warnings.simplefilter("error", UserWarning)
        Client(NOWHERE, AuthBearerToken("hush", refresh_token="hush"), startup_period=None).close()
        Client(NOWHERE, AuthClientPassword("ada", "hush"), startup_period=None).close()


def test_timeouts(server: Server, key: AuthApiKey) -> None:
    with Client(server.url, key, timeout_config=7) as client:
        assert list(client.timeout_config) == [7, 7]
        client.timeout_config = (1, 20)
        assert client.timeout_config == (1.0, 20.0)


@pytest.mark.parametrize("wrong", [0, -1, (1, 0), (1, 2, 3), "5", None, float("nan")])
def test_what_is_no_timeout(wrong: float | tuple[float, float]) -> None:
    with pytest.raises(ConfigurationError, match="positive"):
        Client(NOWHERE, timeout_config=wrong)


def test_timeouts_are_kept(silence: str) -> None:
    with Client(silence, startup_period=None, timeout_config=(5, 0.1)) as client:
        client.transport.retry = NO_RETRY
        with pytest.raises(requests.exceptions.ReadTimeout, match=r"within 0\.1 s"):
            client.get_meta()


def test_nothing_is_there_when_the_startup_period_is_over() -> None:
    with pytest.raises(WeaviateStartUpError, match="startup_period") as caught:
        Client(NOWHERE, startup_period=0.3)
    assert isinstance(caught.value, (StartUpError, requests.exceptions.ConnectionError))


def test_without_a_startup_period_nothing_is_asked() -> None:
    Client(NOWHERE, AuthClientPassword("ada", "hush"), startup_period=None).close()


@pytest.mark.slow
def test_a_login_waits_for_the_server_too() -> None:
    with Client(NOWHERE, AuthClientPassword("ada", "hush"), startup_period=None) as client:
        refused = pytest.raises(ConnectionFailedError, match=r"cannot connect to .*/meta")
        with recorded_requests(client) as requests, refused as caught:
            client.get_meta()
        assert not caught.value.sent
        assert [request.url.rpartition("/")[2] for request in requests] == ["openid-configuration"] + ["ready"] * 4
        assert not client.is_ready()
    with pytest.raises(StartUpError):
        Client(NOWHERE, AuthClientPassword("ada", "hush"), startup_period=0.3)


@pytest.mark.slow
def test_a_server_that_still_starts_is_waited_for() -> None:
    port = choose_ports().http
    options = EmbeddedOptions(
        port=port, vectorizer=False, additional_env_vars={"AUTHENTICATION_APIKEY_ALLOWED_KEYS": "late"}
    )
    with ThreadPoolExecutor(1) as pool:
        starting = pool.submit(EmbeddedServer, options)
        try:
            with Client(f"http://127.0.0.1:{port}", AuthApiKey("late"), startup_period=240) as client:
                assert client.is_ready()
        finally:
            starting.result().close()


def test_something_else_at_the_address() -> None:
    pages: tuple[Answer, ...] = ((404, {}, b"not here"), (200, {}, b"<html>"), (200, {}, b"{}"))
    for page in pages:
        with host(lambda _, page=page: page) as other, pytest.raises(NotWeaviateError, match=other.url):  # type: ignore[misc]
            Client(other.url, startup_period=60)  # it is not waited for


def test_a_server_that_is_too_old() -> None:
    def old(request: Request) -> Answer:
        return 200, {}, b'{"version": "1.34.9", "modules": {}}'

    with host(old) as other, pytest.raises(ServerTooOldError, match=r"is Weaviate 1\.34\.9; 1\.35 or newer is needed"):
        Client(other.url)


def test_a_redirect_is_followed_for_reading_only(client: Client, server: Server, unique: str) -> None:
    def moved(request: Request) -> Answer:
        return 301, {"Location": f"{server.url}{request.path}"}, b""

    with host(moved) as old, Client(old.url, startup_period=None) as lost:
        assert lost.is_ready()
        with pytest.raises(UnexpectedStatusError, match=f"the server is at {server.url}") as caught:
            lost.schema.create_class({"class": unique})
    assert caught.value.status_code == 301
    assert not client.schema.exists(unique)


def test_requests_go_through_the_proxies(server: Server, key: AuthApiKey, proxy: Host) -> None:
    for proxies in (proxy.url, {"http": proxy.url}):
        proxy.requests.clear()
        with Client(server.url, key, proxies=proxies, startup_period=None) as client:
            client.get_meta()
        assert {request.path for request in proxy.requests} == {f"{server.url}/v1/meta"}


def test_the_environments_proxies_are_used_when_they_are_trusted(
    server: Server, key: AuthApiKey, proxy: Host, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("no_proxy", "NO_PROXY"):
        monkeypatch.delenv(name, raising=False)
    for name in ("http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"):
        monkeypatch.setenv(name, proxy.url)
    Client(server.url, key).close()
    assert proxy.requests == []
    Client(server.url, key, trust_env=True).close()
    assert proxy.requests


def test_a_proxys_password_is_not_shown(server: Server) -> None:
    with pytest.raises(TransportError) as caught:
        Client(server.url, proxies="http://user:hush-hush@127.0.0.1:9", startup_period=0)
    assert "hush-hush" not in str(caught.value)


def test_a_header_that_is_not_set_is_left_out(server: Server, key: AuthApiKey, proxy: Host) -> None:
    Client(server.url, key, additional_headers={"X-Unset": None, "X-Set": "1"}, proxies=proxy.url).close()
    assert proxy.requests[-1].headers["x-set"] == "1"
    assert "x-unset" not in proxy.requests[-1].headers


def test_additional_headers_are_sent_and_the_credentials_go_before(
    server: Server, key: AuthApiKey, proxy: Host
) -> None:
    own = {"X-OpenAI-Api-Key": "open", "authorization": f"Bearer {key.api_key}"}
    Client(server.url, additional_headers=own, proxies=proxy.url).close()
    assert proxy.requests[-1].headers["x-openai-api-key"] == "open"
    assert proxy.requests[-1].headers["authorization"] == f"Bearer {key.api_key}"
    with pytest.warns(UserWarning, match="^Auth004") as warned:
        Client(server.url, key, additional_headers={"AUTHORIZATION": "Bearer other"}, proxies=proxy.url).close()
    assert places(warned) == [__file__]
    assert proxy.requests[-1].headers["authorization"] == f"Bearer {key.api_key}"


def test_what_a_load_balancer_sets_to_know_a_client_again_is_sent_back(server: Server, key: AuthApiKey) -> None:
    def sticky(request: Request) -> Answer:
        status, headers, content = forward(attrs.evolve(request, path=server.url + request.path))
        return status, {**headers, "Set-Cookie": "node=2; Path=/"}, content

    with host(sticky) as balancer, Client(balancer.url, key, startup_period=None) as client:
        for _ in range(3):
            client.get_meta()
    assert [request.headers.get("cookie") for request in balancer.requests] == [None, "node=2", "node=2"]


def test_requests_of_one_path_share_nothing_but_the_path(
    client: Client, server: Server, key: AuthApiKey, proxy: Host, unique: str
) -> None:
    client.schema.create_class({"class": unique})
    documents = [f"{{Get{{{unique}{{_additional{{id}}}}}}}}", "{__typename}", "{__schema{queryType{name}}}"]
    with Client(server.url, key, proxies=proxy.url, startup_period=None) as other:
        for document in documents:
            other.query.raw(document)
    assert [orjson.loads(request.body)["query"] for request in proxy.requests] == documents
    assert all(request.headers["content-length"] == str(len(request.body)) for request in proxy.requests)


@pytest.mark.parametrize("value", ["hush-hush\n", "hush\x00hush", b"hush-hush", 7])
def test_a_header_that_cannot_be_sent_is_refused_without_its_value(value: str) -> None:
    with pytest.raises(ConfigurationError, match="X-Key") as caught:
        Client(NOWHERE, additional_headers={"X-Key": value})
    assert "hush" not in str(caught.value)


def test_a_pool_smaller_than_the_threads(server: Server, key: AuthApiKey) -> None:
    config = Config(connection_config=ConnectionConfig(session_pool_maxsize=2))
    barrier = threading.Barrier(8)

    def ask(client: Client) -> str:
        barrier.wait()
        return str(client.get_meta()["version"])

    with Client(server.url, key, additional_config=config) as client, ThreadPoolExecutor(8) as pool:
        assert len(set(pool.map(ask, [client] * 8))) == 1


@pytest.mark.parametrize("size", [0, -1])
def test_a_pool_holds_at_least_one(size: int) -> None:
    with pytest.raises(ValueError, match="session_pool_maxsize"):
        ConnectionConfig(session_pool_maxsize=size)

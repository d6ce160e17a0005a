"""Credentials stay with their server: no redirect, no error, no frame and no pickle takes them elsewhere."""

from __future__ import annotations

import copy
import pickle
import traceback
from collections.abc import Callable
from pathlib import Path
from typing import Any

import orjson
import pytest

from tests.hostile.issuer import Respond, issuing
from tests.scripted_host import Answer, Host, Request, Script
from weaviate_orm import AuthApiKey, AuthBearerToken, AuthClientCredentials, AuthClientPassword, Client
from weaviate_orm.exceptions import ConfigurationError, LoginError, TransportError, WeaviateORMError
from weaviate_orm.http.auth import BearerAuth
from weaviate_orm.http.auth_token import Token
from weaviate_orm.http.connections import is_downgrade, is_same_server, without_credentials

Hostile = Callable[[Respond], Host]

SECRET, KEY, PASSWORD = "hush-token", "hush-key", "hush-password"
HEADERS = {"X-OpenAI-Api-Key": KEY, "Cookie": KEY}
PASSED = frozenset({"hush-token", "hush-key", "hush-password"})


def json_answer(value: object, status: int = 200, **headers: str) -> Answer:
    return status, headers, orjson.dumps(value)


def told(host: Host) -> str:
    """All that a host was told but for the first lines."""
    return "".join(f"{request.headers}{request.body!r}" for request in host.requests)


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
@pytest.mark.parametrize("answered", [401, 200])
def test_another_host_gets_a_bare_request(hostile: Hostile, status: int, answered: int) -> None:
    other = hostile(lambda request: json_answer({"version": "1.39.2"}, answered, **{"Set-Cookie": "evil=1"}))
    server = hostile(issuing(lambda request: json_answer({}, status, Location=other.url + request.path), token=SECRET))
    for auth in (AuthApiKey(SECRET), AuthClientPassword("ada", PASSWORD)):
        with Client(server.url, auth, startup_period=None, additional_headers=HEADERS) as client:
            for _ in range(2):
                try:
                    client.get_meta()
                except TransportError:
                    assert answered == 401
    assert [request.path for request in other.requests] == ["/v1/meta"] * 4
    assert not any(secret in told(other) for secret in PASSED)
    assert "evil" not in told(server)


def test_the_same_server_is_told_again(hostile: Hostile) -> None:
    def respond(request: Request) -> Answer:
        if request.path == "/v1/meta":
            return json_answer({}, 302, Location="/moved/v1/meta")
        return json_answer({"version": "1.39.2"})

    server = hostile(respond)
    with Client(server.url, AuthApiKey(SECRET), startup_period=None, additional_headers=HEADERS) as client:
        assert client.get_meta() == {"version": "1.39.2"}
    assert [request.headers["authorization"] for request in server.requests] == [f"Bearer {SECRET}"] * 2


def test_a_circle_of_redirects_ends(hostile: Hostile) -> None:
    server = hostile(lambda request: json_answer({}, 302, Location=request.path))
    with Client(server.url, startup_period=None) as client, pytest.raises(TransportError, match="without end"):
        client.get_meta()
    assert len(server.requests) < 10


@pytest.mark.parametrize("location", ["http://[::1", "gopher://a/", "http://", "http:///v1", "http://a:b/", "\\\\"])
def test_a_redirect_to_no_url_is_an_error(hostile: Hostile, location: str) -> None:
    server = hostile(lambda request: json_answer({}, 302, Location=location))
    with Client(server.url, startup_period=None) as client:
        for call in (client.get_meta, client.schema.delete_all, lambda: client.schema.create_class({"class": "A"})):
            with pytest.raises(TransportError):
                call()


@pytest.mark.parametrize(
    ("url", "target", "same", "down"),
    [
        ("http://a/v1", "http://a:80/x", True, False),
        ("http://a/v1", "HTTP://A/x", True, False),
        ("http://a/v1", "https://a/x", True, False),
        ("http://a:8080/v1", "https://a/x", False, False),
        ("https://a/v1", "http://a/x", False, True),
        ("https://a/v1", "http://b/x", False, True),
        ("https://a/v1", "https://a:444/x", False, False),
        ("http://a/v1", "http://a.b/x", False, False),
        ("http://a/v1", "http://a@b/x", False, False),
    ],
)
def test_which_server_is_the_same(url: str, target: str, same: bool, down: bool) -> None:
    assert is_same_server(url, target) is same
    assert is_downgrade(url, target) is down


@pytest.mark.parametrize("status", [302, 303, 307, 308])
def test_a_token_endpoint_that_redirects_gets_the_password_nowhere(hostile: Hostile, status: int) -> None:
    other = hostile(lambda request: json_answer({"access_token": "t", "expires_in": 60}))
    issuer = hostile(lambda request: json_answer({}, status, Location=f"{other.url}/token"))
    server = hostile(issuing(lambda request: json_answer({}), token=SECRET, token_endpoint=f"{issuer.url}/token"))
    for credentials in (AuthClientPassword("ada", PASSWORD), AuthClientCredentials(PASSWORD, scope="a")):
        with (
            Client(server.url, credentials, startup_period=None) as client,
            pytest.raises(LoginError, match="redirects"),
        ):
            client.get_meta()
    assert other.requests == []


def test_a_netrc_is_not_read(hostile: Hostile, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    netrc = tmp_path / "netrc"
    netrc.write_text(f"machine 127.0.0.1 login ada password {PASSWORD}\ndefault login ada password {PASSWORD}\n")
    netrc.chmod(0o600)
    monkeypatch.setenv("NETRC", str(netrc))
    for name in ("http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"):
        monkeypatch.delenv(name, raising=False)
    server = hostile(issuing(lambda request: json_answer({"version": "1.39.2"}), token=SECRET))
    for auth in (None, AuthClientPassword("ada", "x")):
        with Client(server.url, auth, startup_period=None, trust_env=True) as client:
            client.get_meta()
            client.query.raw("{Get{A{b}}}")
    sent = {request.headers.get("authorization") for request in server.requests}
    assert sent == {None, f"Bearer {SECRET}"}


@pytest.mark.parametrize(
    "url",
    [
        f"http://ada:{PASSWORD}@localhost:9",
        f" http://ada:{PASSWORD}@localhost:9",
        f"HTTP://ada:{PASSWORD}@localhost:9",
        f"\thttps://ada:{PASSWORD}@[::1",
        f"HtTpS://{PASSWORD}@localhost:9",
        f"ftp://ada:{PASSWORD}@localhost:9",
        f"http://ada:{PASSWORD}@localhost:x",
        f"http://:{PASSWORD}@localhost",
        f"http://ada:{PASSWORD}@/",
        f"http://localhost:9/?key=a@b://ada:{PASSWORD}@c",
    ],
)
def test_an_address_with_a_password_is_refused_and_not_quoted(url: str) -> None:
    with pytest.raises(ConfigurationError) as caught:
        Client(url, startup_period=None)
    assert PASSWORD not in "".join(traceback.format_exception(caught.value)).replace(repr(url), "")


@pytest.mark.parametrize("name", ["X-Key", "X Key", "X-Key:", "", "X\nKey", "Schlüssel"])
@pytest.mark.parametrize("value", ["hush-世", "hush\n", " hush", "hush ", "hush\x7f", b"hush", 7, "hush"])
def test_headers_that_cannot_be_sent_are_refused_without_their_values(name: str, value: Any) -> None:
    if (name, value) == ("X-Key", "hush"):
        return
    with pytest.raises(ConfigurationError) as caught:
        Client("http://localhost:9", additional_headers={name: value}, startup_period=None)
    assert "hush" not in str(caught.value)


def test_a_header_in_latin_1_is_sent(hostile: Hostile) -> None:
    server = hostile(lambda request: json_answer({"version": "1.39.2"}))
    with Client(server.url, additional_headers={"X-Who": "Zoë"}, startup_period=None) as client:
        client.get_meta()
    assert server.requests[0].headers["x-who"] == "Zoë"


PROXIES = [
    f"http://ada:{PASSWORD}@127.0.0.1:9",
    f"HTTP://ada:{PASSWORD}@127.0.0.1:9",
    f" http://ada:{PASSWORD}@127.0.0.1:9",
    f"socks5://ada:{PASSWORD}@127.0.0.1:9",
    f"ada:{PASSWORD}@127.0.0.1:9",
    f"http://ada:{PASSWORD}@",
    f"http://ada:{PASSWORD}@[::1",
    f"ftp://ada:{PASSWORD}@127.0.0.1:9",
]


@pytest.mark.parametrize("proxy", PROXIES)
def test_a_proxys_password_is_in_no_error(proxy: str) -> None:
    with pytest.raises(WeaviateORMError) as caught:
        Client("http://127.0.0.1:1", proxies=proxy, startup_period=0).get_meta()
    assert PASSWORD not in str(caught.value)
    assert PASSWORD not in repr(caught.value)


def frames(error: BaseException | None) -> str:
    """The locals of all frames of this package that an error and its causes lead to."""
    shown, seen = [], set[int]()
    while error is not None and id(error) not in seen:
        seen.add(id(error))
        for frame, _ in traceback.walk_tb(error.__traceback__):
            if "/weaviate_orm/" in frame.f_code.co_filename:
                shown += [f"{name}={value!r}" for name, value in frame.f_locals.items()]
        error = error.__cause__ or error.__context__
    return "\n".join(shown)


@pytest.mark.parametrize(
    "token_answer",
    [
        json_answer({"error": "invalid_grant"}, 400),
        json_answer({}, 302, Location="/elsewhere"),
        json_answer([SECRET]),
        json_answer({"access_token": [SECRET]}),
        json_answer({"access_token": f"{SECRET}\n"}),
        (500, {}, b"nothing"),
        (200, {}, b"nothing"),
        [b""],
    ],
)
@pytest.mark.parametrize("credentials", [AuthClientPassword("ada", PASSWORD), AuthClientCredentials(PASSWORD, "a")])
def test_frames_of_a_failed_login_hold_no_secret(
    hostile: Hostile, token_answer: Answer | Script, credentials: Any
) -> None:
    issuer = hostile(lambda request: token_answer)
    server = hostile(issuing(lambda request: json_answer({}), token=SECRET, token_endpoint=f"{issuer.url}/token"))
    with (
        Client(server.url, credentials, startup_period=None, additional_headers=HEADERS) as client,
        pytest.raises(LoginError) as caught,
    ):
        client.get_meta()
    assert not any(secret in frames(caught.value) + str(caught.value) for secret in PASSED)


def test_frames_of_a_client_that_cannot_be_made_hold_no_secret(hostile: Hostile) -> None:
    server = hostile(lambda request: json_answer({}, 401))
    for proxies in (f"http://ada:{PASSWORD}@127.0.0.1:9", None):
        with pytest.raises(TransportError) as caught:
            Client(server.url, AuthApiKey(SECRET), additional_headers=HEADERS, startup_period=0, proxies=proxies)
        assert not any(secret in frames(caught.value) for secret in PASSED)


@pytest.mark.parametrize(
    "holder",
    [
        AuthApiKey(SECRET),
        AuthBearerToken(SECRET, refresh_token=SECRET),
        AuthClientPassword("ada", SECRET),
        AuthClientCredentials(SECRET),
        BearerAuth(SECRET),
        Token.lasting(60, SECRET, SECRET, since=0),
    ],
)
def test_what_holds_a_secret_is_not_pickled(holder: Any) -> None:
    for protocol in range(pickle.HIGHEST_PROTOCOL + 1):
        with pytest.raises(ConfigurationError, match="secret"):
            pickle.dumps({"settings": [holder]}, protocol)
    assert copy.copy(holder) is holder
    assert copy.deepcopy([holder])[0] is holder


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("http://a:b@c/d", "http://c/d"),
        ("at HTTP://a:b@c, and socks5://e@f:1", "at HTTP://c, and socks5://f:1"),
        ("http://a:b@c@d/", "http://d/"),
        ("mail a@b", "mail a@b"),
        ("http://c/d@e", "http://c/d@e"),
    ],
)
def test_addresses_are_shown_without_credentials(text: str, shown: str) -> None:
    assert without_credentials(text) == shown

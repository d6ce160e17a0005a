"""The ways of OpenID Connect, with a real issuer."""

from __future__ import annotations

import base64
import logging
import threading
import time
import uuid
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import attrs
import pytest
import requests
from requests.adapters import HTTPAdapter

from tests.auth.keycloak import CONFIDENTIAL, LASTING, LIFETIME, PUBLIC, Issuer
from tests.empty_collections import empty_collections
from weaviate_orm import Field, Model, Session
from weaviate_orm.client.client import Client
from weaviate_orm.client.config import Config
from weaviate_orm.client.permissions import permission
from weaviate_orm.embedded import EmbeddedServer
from weaviate_orm.exceptions import AuthenticationError, AuthenticationFailedException, LoginError
from weaviate_orm.http.auth_oidc import AuthBearerToken, AuthClientCredentials, AuthClientPassword
from weaviate_orm.http.auth_token import Token, TokenAuth
from weaviate_orm.testing import recorded_requests

pytestmark = pytest.mark.heavy

THREADS = 16


@pytest.fixture
def lives(issuer: Issuer, monkeypatch: pytest.MonkeyPatch) -> Iterator[list[float]]:
    """The seconds that each token lives, as its answer says: LIFETIME, or less where the issuer was slow."""
    stated: list[float] = []
    answered = Token.answered

    def noting(answer: Any, *, since: float) -> Token:
        token = answered(answer, since=since)
        stated.append(token.end - since)
        return token

    monkeypatch.setattr(Token, "answered", staticmethod(noting))
    with issuer.short_tokens():
        yield stated


@pytest.fixture
def token_requests(issuer: Issuer, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The grant type of each token request that leaves this process."""
    seen: list[str] = []
    send = HTTPAdapter.send

    def counting(self: HTTPAdapter, request: requests.PreparedRequest, **settings: object) -> requests.Response:
        if request.url == issuer.token_endpoint:
            seen.append(str(request.body).split("grant_type=")[1].split("&")[0])
        return send(self, request, **settings)  # type: ignore[arg-type]

    monkeypatch.setattr(HTTPAdapter, "send", counting)
    return seen


@pytest.fixture
def password(issuer: Issuer) -> AuthClientPassword:
    return AuthClientPassword(issuer.username, issuer.password)


def username(client: Client) -> str:
    return str(client.users.get_my_user()["username"])


def token_of(client: Client) -> Token:
    auth = client.transport.auth
    assert isinstance(auth, TokenAuth)
    assert auth._token is not None
    return auth._token


def age(client: Client, **times: Any) -> None:
    """Let the client take its token for due, or for ended, at other times."""
    client.transport.auth._token = attrs.evolve(token_of(client), **times)  # type: ignore[union-attr]


def test_a_password_logs_in(public: str, issuer: Issuer, password: AuthClientPassword) -> None:
    with Client(public, password) as client:
        assert username(client) == issuer.username
        configuration = client.get_open_id_configuration()
    assert configuration is not None
    assert configuration["clientId"] == PUBLIC
    assert configuration["href"].startswith(issuer.realm)


def test_client_credentials_log_in(confidential: str, issuer: Issuer) -> None:
    with Client(confidential, AuthClientCredentials(issuer.client_secret)) as client:
        assert username(client) == f"service-account-{CONFIDENTIAL}"


def test_a_bearer_token_logs_in(public: str, issuer: Issuer, token_requests: list[str]) -> None:
    access = issuer.tokens()["access_token"]
    token_requests.clear()
    with pytest.warns(UserWarning, match=r"^Auth002: the access token lasts 60 s and cannot be renewed"):
        client = Client(public, AuthBearerToken(access))
    with client:
        assert username(client) == issuer.username
    assert token_requests == []


def check_renewals(token_requests: list[str], lives: list[float], begun: float) -> None:
    """Renewed with what renews it, and not before four fifths of its life are over."""
    assert token_requests[0] == "password"
    assert set(token_requests[1:]) == {"refresh_token"}
    assert 0.8 * sum(lives[: len(token_requests) - 1]) <= time.monotonic() - begun


@pytest.mark.parametrize("scope", [None, "offline_access"])
def test_a_short_token_is_renewed_during_requests(
    public: str, issuer: Issuer, token_requests: list[str], lives: list[float], scope: str | None
) -> None:
    begun = time.monotonic()
    with Client(public, AuthClientPassword(issuer.username, issuer.password, scope)) as client:
        while len(token_requests) < 3:
            assert username(client) == issuer.username
    check_renewals(token_requests, lives, begun)


@pytest.fixture
def collection(public: str, password: AuthClientPassword) -> Iterator[str]:
    name = f"TestBatch{uuid.uuid4().hex[:8]}"
    with Client(public, password) as client:
        client.schema.create_class({"class": name, "vectorizer": "none"})
        yield name
        client.schema.delete_class(name)


@pytest.mark.parametrize("by_grpc", [False, True])
def test_a_short_token_is_renewed_during_a_batch(
    public_server: EmbeddedServer,
    collection: str,
    token_requests: list[str],
    lives: list[float],
    password: AuthClientPassword,
    by_grpc: bool,
) -> None:
    token_requests.clear()
    lives.clear()
    config = Config(public_server.grpc_port if by_grpc else None)
    added, begun = 0, time.monotonic()
    with (
        Client(public_server.url, password, additional_config=config) as client,
        recorded_requests(client) as sent,
    ):
        client.batch.configure(batch_size=50, dynamic=False, num_workers=2, callback=None)
        with client.batch as batch:
            while len(token_requests) < 3:
                batch.add_data_object({"name": str(added)}, collection, vector=[1.0, 2.0])
                added += 1
        check_renewals(token_requests, lives, begun)
        assert client.batch.failed_objects == []
        meta = client.query.aggregate(collection).with_meta_count().do()["data"]["Aggregate"][collection][0]["meta"]
    assert meta["count"] == added > 100
    wires = {each.url.partition(":")[0] for each in sent if "atch" in each.url}
    assert wires == {"grpc" if by_grpc else "http"}


@pytest.mark.parametrize("by_grpc", [False, True])
def test_a_token_that_is_refused_during_a_batch_is_renewed_once(
    public_server: EmbeddedServer, collection: str, issuer: Issuer, token_requests: list[str], by_grpc: bool
) -> None:
    refresh = issuer.tokens()["refresh_token"]
    token_requests.clear()
    config = Config(public_server.grpc_port if by_grpc else None)
    with Client(
        public_server.url,
        AuthBearerToken("nonsense", 3600, refresh),
        startup_period=None,
        additional_config=config,
    ) as client:
        client.batch.configure(batch_size=None, callback=None)
        client.batch.add_data_object({"name": "a"}, collection, vector=[1.0, 2.0])
        with recorded_requests(client) as sent:
            (result,) = client.batch.create_objects()
    assert result["result"]["status"] == "SUCCESS"
    assert token_requests == ["refresh_token"]
    batches = [each.url.partition(":")[0] for each in sent if "atch" in each.url]
    assert batches == (["grpc", "grpc"] if by_grpc else ["http", "http"])


class Sealed(Model):
    number: Field[int]

    class Meta:
        name = "TestSealed"


@pytest.fixture
def sealed(public: str, password: AuthClientPassword) -> Iterator[None]:
    with Client(public, password) as client, empty_collections(client, [Sealed]):
        with Session(client) as session:
            session.add_all([Sealed(number=number) for number in range(THREADS)])
            session.commit()
        yield


def test_a_short_token_is_renewed_during_reads_by_grpc(
    public_server: EmbeddedServer,
    sealed: None,
    token_requests: list[str],
    lives: list[float],
    password: AuthClientPassword,
) -> None:
    """16 threads ask for another object each, with whatever token is fresh."""
    token_requests.clear()
    lives.clear()
    begun = time.monotonic()
    with (
        Client(public_server.url, password, grpc=public_server.grpc_port) as client,
        recorded_requests(client) as sent,
    ):

        def read(number: int) -> None:
            while len(token_requests) < 3:
                with Session(client, wire="grpc") as session:
                    (each,) = session.query(Sealed).where(number=number).all()
                    assert each.number == number

        with ThreadPoolExecutor(THREADS) as pool:
            list(pool.map(read, range(THREADS)))
        check_renewals(token_requests, lives, begun)
    assert {each.url.partition(":")[0] for each in sent} == {"grpc"}


def test_a_token_that_is_refused_by_grpc_is_renewed_once(
    public_server: EmbeddedServer, sealed: None, issuer: Issuer, token_requests: list[str]
) -> None:
    refresh = issuer.tokens()["refresh_token"]
    token_requests.clear()
    credentials = AuthBearerToken("nonsense", 3600, refresh)
    with (
        Client(public_server.url, credentials, startup_period=None, grpc=public_server.grpc_port) as client,
        recorded_requests(client) as sent,
        Session(client),
    ):
        assert len(Sealed.query.order_by("number").all()) == THREADS
    assert token_requests == ["refresh_token"]
    # the search for the issuer is public
    assert [each.url.partition(":")[0] for each in sent if ".well-known" not in each.url] == ["grpc", "grpc"]


def test_an_ended_token_that_cannot_be_renewed_is_refused_once_by_grpc(
    public_server: EmbeddedServer, sealed: None, issuer: Issuer
) -> None:
    with issuer.short_tokens():
        credentials = AuthBearerToken(access := issuer.tokens()["access_token"], LIFETIME)
    with pytest.warns(UserWarning, match=r"^Auth002"):
        client = Client(public_server.url, credentials, startup_period=None, grpc=public_server.grpc_port)
    with client:
        time.sleep(LIFETIME + 1)
        with recorded_requests(client) as sent, Session(client), pytest.raises(AuthenticationError) as caught:
            Sealed.query.order_by("number").all()
    assert [each.url.partition(":")[0] for each in sent] == ["grpc"]
    assert "expired" in str(caught.value)
    assert access not in str(caught.value)


def test_the_life_of_a_token_begins_before_its_answer_is_here(
    public: str, issuer: Issuer, password: AuthClientPassword, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[float] = []
    send = HTTPAdapter.send

    def noting(self: HTTPAdapter, request: requests.PreparedRequest, **settings: object) -> requests.Response:
        if request.url == issuer.token_endpoint:
            asked.append(time.monotonic())
        return send(self, request, **settings)  # type: ignore[arg-type]

    monkeypatch.setattr(HTTPAdapter, "send", noting)
    with Client(public, password) as client:
        assert token_of(client).end <= asked[0] + LASTING


def test_a_bearer_token_is_renewed_with_its_refresh_token(
    public: str, issuer: Issuer, token_requests: list[str]
) -> None:
    with issuer.short_tokens():
        tokens = issuer.tokens()
    token_requests.clear()
    credentials = AuthBearerToken(tokens["access_token"], tokens["expires_in"], tokens["refresh_token"])
    with Client(public, credentials) as client:
        time.sleep(LIFETIME + 0.5)
        assert username(client) == issuer.username
    assert token_requests == ["refresh_token"]


def test_client_credentials_are_sent_again_when_the_token_ends(
    confidential: str, issuer: Issuer, token_requests: list[str]
) -> None:
    credentials = AuthClientCredentials(issuer.client_secret)
    with Client(confidential, credentials, startup_period=None) as client:
        with issuer.short_tokens():
            assert username(client).startswith("service-account")
        time.sleep(LIFETIME + 0.5)
        assert username(client).startswith("service-account")
    assert token_requests == ["client_credentials", "client_credentials"]


def test_a_password_is_sent_again_when_the_refresh_token_is_refused(
    public: str, issuer: Issuer, password: AuthClientPassword, token_requests: list[str]
) -> None:
    with Client(public, password) as client:
        refresh = token_of(client).refresh
        revoked = {"client_id": PUBLIC, "token": refresh, "token_type_hint": "refresh_token"}
        requests.post(issuer.token_endpoint.replace("/token", "/revoke"), data=revoked, timeout=240).raise_for_status()
        age(client, due=0.0, end=0.0)
        assert username(client) == issuer.username
    assert token_requests == ["password", "refresh_token", "password"]


class Crowd:
    """A lock that notes when so many threads have come to it."""

    def __init__(self, lock: threading.Lock, size: int) -> None:
        self._lock = lock
        self._counting = threading.Lock()
        self._missing = size
        self.is_complete = threading.Event()

    def acquire(self, timeout: float) -> bool:
        with self._counting:
            self._missing -= 1
            if not self._missing:
                self.is_complete.set()
        return self._lock.acquire(timeout=timeout)

    def release(self) -> None:
        self._lock.release()


@pytest.fixture
def crowded(
    public: str, password: AuthClientPassword, issuer: Issuer, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Client]:
    """A client whose token has ended; the next one is asked for when as many as THREADS wait for it."""
    with Client(public, password) as client:
        auth = client.transport.auth
        assert isinstance(auth, TokenAuth)
        crowd = Crowd(auth._lock, THREADS)
        monkeypatch.setattr(auth, "_lock", crowd)
        send = HTTPAdapter.send

        def delayed(self: HTTPAdapter, request: requests.PreparedRequest, **settings: object) -> requests.Response:
            if request.url == issuer.token_endpoint:
                crowd.is_complete.wait()
            return send(self, request, **settings)  # type: ignore[arg-type]

        monkeypatch.setattr(HTTPAdapter, "send", delayed)
        age(client, due=0.0, end=0.0)
        yield client


def test_threads_share_one_renewal(crowded: Client, issuer: Issuer, token_requests: list[str]) -> None:
    with ThreadPoolExecutor(THREADS) as pool:
        assert set(pool.map(username, [crowded] * THREADS)) == {issuer.username}
    assert token_requests == ["refresh_token"]


def test_threads_share_one_failure(crowded: Client, issuer: Issuer, token_requests: list[str]) -> None:
    crowded.timeout_config = (5, 3)
    with issuer.unreachable(), ThreadPoolExecutor(THREADS) as pool:
        for asking in [pool.submit(username, crowded) for _ in range(THREADS)]:
            assert isinstance(asking.exception(), LoginError)
        assert token_requests == ["refresh_token"]
    crowded.timeout_config = (5, 60)
    assert username(crowded) == issuer.username


def test_a_refused_token_is_renewed_once_and_the_request_repeated(
    public: str, issuer: Issuer, token_requests: list[str]
) -> None:
    refresh = issuer.tokens()["refresh_token"]
    token_requests.clear()
    with Client(public, AuthBearerToken("nonsense", 3600, refresh)) as client:
        assert username(client) == issuer.username
        client.schema.create_class({"class": "Sent", "vectorizer": "none"})
        client.schema.delete_class("Sent")
    assert token_requests == ["refresh_token"]


def test_an_expired_token_without_a_refresh_token_is_named_by_the_server(public: str, issuer: Issuer) -> None:
    with issuer.short_tokens():
        access = issuer.tokens()["access_token"]
    with pytest.warns(UserWarning, match=r"^Auth002"):
        client = Client(public, AuthBearerToken(access, LIFETIME), startup_period=None)
    with client:
        time.sleep(LIFETIME + 1)
        with pytest.raises(AuthenticationError, match="expired") as caught:
            client.users.get_my_user()
    assert isinstance(caught.value, AuthenticationFailedException)
    assert access not in str(caught.value)


def wrong_password(issuer: Issuer) -> AuthClientPassword:
    return AuthClientPassword(issuer.username, "wrong-wrong")


def wrong_refresh(issuer: Issuer) -> AuthBearerToken:
    return AuthBearerToken("nonsense", 0, refresh_token="wrong-wrong")


@pytest.mark.parametrize("credentials", [wrong_password, wrong_refresh])
def test_wrong_secrets_are_a_clear_error(
    public: str, issuer: Issuer, credentials: Callable[[Issuer], AuthClientPassword | AuthBearerToken]
) -> None:
    with pytest.raises(LoginError, match="invalid_grant") as caught:
        Client(public, credentials(issuer))
    assert caught.value.url == issuer.token_endpoint
    assert "wrong-wrong" not in str(caught.value)


def test_a_wrong_client_secret_is_a_clear_error(confidential: str, issuer: Issuer) -> None:
    with pytest.raises(LoginError, match=r"unauthorized_client|invalid_client") as caught:
        Client(confidential, AuthClientCredentials("wrong-wrong"))
    assert "wrong-wrong" not in str(caught.value)


def test_no_credentials_are_a_clear_error(public: str) -> None:
    with pytest.raises(AuthenticationFailedException, match="auth_client_secret"):
        Client(public)


def test_an_unreachable_issuer_is_a_clear_error(public: str, issuer: Issuer, password: AuthClientPassword) -> None:
    with issuer.unreachable(), pytest.raises(LoginError, match=issuer.realm):
        Client(public, password, timeout_config=(5, 1))


def test_an_unreachable_issuer_is_asked_again_at_the_next_call(
    public: str, issuer: Issuer, caplog: pytest.LogCaptureFixture
) -> None:
    tokens = issuer.tokens()
    credentials = AuthBearerToken(tokens["access_token"], tokens["expires_in"], tokens["refresh_token"])
    with Client(public, credentials, startup_period=None) as client:
        client.transport.request("GET", "/meta")
        client.timeout_config = (5, 3)
        with issuer.unreachable():
            age(client, due=0.0)
            with pytest.warns(UserWarning, match=r"^Con001: the token is not renewed yet, and used to its end"):
                assert username(client) == issuer.username  # the token is due, but has not ended
            assert "no token could be got" in caplog.text
            age(client, end=0.0)
            with pytest.raises(LoginError, match=r"could not be asked|cannot be asked"):
                username(client)
        client.timeout_config = (5, 60)
        assert username(client) == issuer.username


def test_readiness_needs_no_issuer(public: str, issuer: Issuer, password: AuthClientPassword) -> None:
    with issuer.unreachable(), Client(public, password, startup_period=None) as client:
        assert client.is_ready()
        assert client.is_live()


@pytest.fixture
def everything_logged(caplog: pytest.LogCaptureFixture) -> Iterator[pytest.LogCaptureFixture]:
    with caplog.at_level(logging.DEBUG):
        yield caplog


def test_nothing_secret_is_logged_or_printed(
    public: str, confidential: str, issuer: Issuer, everything_logged: pytest.LogCaptureFixture
) -> None:
    shown = []
    secrets = {issuer.password, issuer.client_secret}
    for url, credentials in (
        (public, AuthClientPassword(issuer.username, issuer.password)),
        (confidential, AuthClientCredentials(issuer.client_secret)),
    ):
        with Client(url, credentials) as client:
            for _ in range(2):
                username(client)
                token = token_of(client)
                secrets |= {token.access, token.refresh or token.access}
                age(client, due=0.0, end=0.0)
            shown += [repr(client), repr(client.transport.auth), repr(credentials), repr(client.transport)]
    text = everything_logged.text + "".join(shown)
    assert "POST" in text
    for secret in secrets:
        assert secret not in text
        assert base64.b64encode(secret.encode()).decode() not in text


def test_roles_of_an_issuers_user(public: str, password: AuthClientPassword) -> None:
    with Client(public, password) as client:
        client.roles.create(role_name="reader", permissions=permission("read_data"))
        client.users.oidc.assign_roles(user_id="eve", role_names=["reader"])
        assert list(client.users.oidc.get_assigned_roles(user_id="eve")) == ["reader"]
        assert {"userId": "eve", "userType": "oidc"} in client.roles.get_user_assignments("reader")
        client.users.oidc.revoke_roles(user_id="eve", role_names="reader")
        assert client.users.oidc.get_assigned_roles(user_id="eve") == {}

"""What can be said about credentials without asking anyone."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

import pytest

from weaviate_orm.exceptions import (
    AuthenticationFailedException,
    ConfigurationError,
    MissingScopeError,
    MissingScopeException,
)
from weaviate_orm.http.auth import AuthApiKey
from weaviate_orm.http.auth_oidc import (
    AuthBearerToken,
    AuthClientCredentials,
    AuthClientPassword,
    Issuer,
    OidcCredentials,
)
from weaviate_orm.http.auth_token import Token

SECRET = "hush-hush"


@pytest.mark.parametrize(
    "credentials",
    [
        AuthApiKey(SECRET),
        AuthBearerToken(SECRET, refresh_token=SECRET),
        AuthClientPassword("ada", SECRET),
        AuthClientCredentials(SECRET),
        Token.lasting(60, SECRET, SECRET, since=0),
    ],
)
def test_no_secret_is_printed(credentials: object) -> None:
    assert SECRET not in repr(credentials)
    assert SECRET not in str(credentials)


@pytest.mark.parametrize("scope", ["one two", ["one", "two"], ("one", "two")])
def test_scopes_are_one_string_or_several(scope: str | list[str]) -> None:
    assert AuthClientPassword("ada", SECRET, scope).scope == ("one", "two")
    assert AuthClientCredentials(SECRET, scope).scope == ("one", "two")


@pytest.mark.parametrize("wrong", ["", None, 7, SECRET.encode(), [SECRET]])
@pytest.mark.parametrize(
    "make", [AuthApiKey, AuthBearerToken, AuthClientCredentials, partial(AuthClientPassword, "ada")]
)
def test_a_secret_is_a_string_that_is_not_empty(make: Callable[[Any], object], wrong: Any) -> None:
    with pytest.raises(ConfigurationError) as caught:
        make(wrong)
    assert SECRET not in str(caught.value)


@pytest.mark.parametrize("wrong", ["60", True, [60]])
def test_a_lifetime_is_in_seconds(wrong: Any) -> None:
    with pytest.raises(ConfigurationError, match="expires_in is in seconds"):
        AuthBearerToken(SECRET, wrong)


def test_an_access_token_is_one_line() -> None:
    with pytest.raises(ValueError, match="access_token is one line") as caught:
        AuthBearerToken(f"{SECRET}\n")
    assert SECRET not in str(caught.value)


def test_a_lifetime_below_zero_warns_as_in_v3() -> None:
    with pytest.warns(UserWarning, match=r"^Auth003: expires_in is -5: the access token has ended"):
        AuthBearerToken(SECRET, -5, SECRET)


def test_no_lifetime_is_the_default_as_in_v3() -> None:
    assert AuthBearerToken(SECRET, None).expires_in == AuthBearerToken(SECRET).expires_in == 60


@pytest.mark.parametrize(
    ("server", "credentials", "asked"),
    [
        (("openid",), AuthClientPassword("ada", SECRET), ("openid",)),
        (
            ("openid", "email"),
            AuthClientPassword("ada", SECRET, "email offline_access"),
            ("openid", "email", "offline_access"),
        ),
        ((), AuthClientPassword("ada", SECRET), ()),
        ((), AuthClientCredentials(SECRET, "one"), ("one",)),
        (("openid",), AuthClientCredentials(SECRET), ("openid",)),
        (("openid",), AuthBearerToken(SECRET), ()),
    ],
)
def test_the_scopes_asked_for_are_the_servers_then_the_users(
    server: tuple[str, ...], credentials: OidcCredentials, asked: tuple[str, ...]
) -> None:
    assert Issuer("https://issuer.example/token", "weaviate", server).scopes_for(credentials) == asked


def test_azure_has_a_default_scope() -> None:
    issuer = Issuer("https://login.microsoftonline.com/tenant/oauth2/v2.0/token", "an-app", ())
    assert issuer.scopes_for(AuthClientCredentials(SECRET)) == ("an-app/.default",)
    assert issuer.scopes_for(AuthClientCredentials(SECRET, "own")) == ("own",)


def test_client_credentials_without_any_scope_are_refused() -> None:
    issuer = Issuer("https://issuer.example/token", "weaviate", ())
    with pytest.raises(MissingScopeError, match="scope=") as caught:
        issuer.scopes_for(AuthClientCredentials(SECRET))
    assert isinstance(caught.value, (MissingScopeException, AuthenticationFailedException))


@pytest.mark.parametrize(("seconds", "early"), [(3600, 30), (60, 12), (5, 1), (0, 0), (-100, 0)])
def test_a_token_is_renewed_a_while_before_its_end(seconds: float, early: float) -> None:
    token = Token.lasting(seconds, "access", None, since=1000)
    assert (token.due, token.end) == (1000 + seconds - early, 1000 + seconds)

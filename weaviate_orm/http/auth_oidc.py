"""OpenID Connect: the credentials, and the issuer that they are sent to."""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from typing import Any

import attrs

from weaviate_orm.exceptions import ConfigurationError, LoginError, MissingScopeError, NotWeaviateError, TransportError
from weaviate_orm.http.auth import Secret
from weaviate_orm.http.connections import is_downgrade
from weaviate_orm.http.retry import NO_RETRY
from weaviate_orm.http.shapes import ShapeError, check
from weaviate_orm.http.transport import Transport

AZURE = "https://login.microsoftonline.com"

_PUBLIC = "/.well-known/openid-configuration"


def _scopes(scope: str | Sequence[str] | None) -> tuple[str, ...]:
    return tuple(scope.split() if isinstance(scope, str) else scope or ())


def _lifetime(seconds: float | None) -> float:
    return 60 if seconds is None else seconds


def _secret(instance: object, attribute: attrs.Attribute[str], value: Any) -> None:
    # The validators of attrs would name the value in their errors.
    if not isinstance(value, str) or not value:
        raise ConfigurationError(f"{attribute.name} is a str that is not empty, not {type(value).__name__}")


def _seconds(instance: object, attribute: attrs.Attribute[Any], value: Any) -> None:
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        raise ConfigurationError(f"{attribute.name} is in seconds, not {value!r}")


def _one_line(instance: object, attribute: attrs.Attribute[str], value: str) -> None:
    # The HTTP library would name the whole value in its error.
    if not value.isascii() or not value.isprintable():
        raise ConfigurationError(f"{attribute.name} is one line of printable ASCII characters")


@attrs.frozen
class AuthBearerToken(Secret):
    """A token that the application got from the issuer by itself.

    Without a ``refresh_token`` it is sent for as long as the server takes it; with one it is renewed before
    ``expires_in`` seconds, counted from the making of this object, are over. An ``expires_in`` below 0 warns (Auth003).

    >>> AuthBearerToken("secret", expires_in=300)
    AuthBearerToken(expires_in=300)
    """

    access_token: str = attrs.field(repr=False, validator=[_secret, _one_line])
    expires_in: float = attrs.field(
        default=60,
        converter=_lifetime,
        validator=_seconds,
    )
    refresh_token: str | None = attrs.field(default=None, repr=False, validator=attrs.validators.optional(_secret))

    def __attrs_post_init__(self) -> None:
        if self.expires_in < 0:
            warnings.warn(f"Auth003: expires_in is {self.expires_in:g}: the access token has ended", stacklevel=3)


@attrs.frozen
class AuthClientPassword(Secret):
    """A user's name and password (OAuth's resource owner password grant).

    ``scope`` is one string with spaces or several; ``offline_access`` makes many issuers add a refresh token. Where
    none comes, or it has run out, the password is sent again.

    >>> AuthClientPassword("ada", "secret", scope="offline_access")
    AuthClientPassword(username='ada', scope=('offline_access',))
    """

    username: str = attrs.field(validator=_secret)
    password: str = attrs.field(repr=False, validator=_secret)
    scope: tuple[str, ...] = attrs.field(default=None, converter=_scopes)


@attrs.frozen
class AuthClientCredentials(Secret):
    """The secret of the client that the server itself names (OAuth's client credentials grant).

    ``scope`` may be left out where the server names scopes, and for Azure, where it is ``{client_id}/.default``.

    >>> AuthClientCredentials("secret", scope="scope1 scope2")
    AuthClientCredentials(scope=('scope1', 'scope2'))
    """

    client_secret: str = attrs.field(repr=False, validator=_secret)
    scope: tuple[str, ...] = attrs.field(default=None, converter=_scopes)


OidcCredentials = AuthBearerToken | AuthClientPassword | AuthClientCredentials


@attrs.frozen
class Issuer:
    """Where tokens for a server are got, for which client, and for which scopes."""

    token_endpoint: str
    client_id: str
    scopes: tuple[str, ...]

    def scopes_for(self, credentials: OidcCredentials) -> tuple[str, ...]:
        """Return the server's scopes, then the credentials' own; none for a bearer token, which has its scopes already.

        Raises MissingScopeError for client credentials without any, unless the issuer is Azure.
        """
        if isinstance(credentials, AuthBearerToken):
            return ()
        scopes = tuple(dict.fromkeys((*self.scopes, *credentials.scope)))
        if scopes or not isinstance(credentials, AuthClientCredentials):
            return scopes
        if self.token_endpoint.startswith(AZURE):
            return (f"{self.client_id}/.default",)
        raise MissingScopeError(
            "the server names no scope for its issuer; give one: AuthClientCredentials(…, scope=…)",
            url=self.token_endpoint,
        )


def discover(transport: Transport) -> Issuer | None:
    """Ask the server which issuer it trusts. None, with a warning, when it trusts none (404, Auth001), or when a page
    comes in place of an answer, as of a proxy (Auth005): the server is to be asked anonymously.

    Raises LoginError when the issuer's own description cannot be had or read, and the transport's errors when the
    server cannot be asked.
    """
    # Not repeated: the request that needs the token is.
    answer = transport.request("GET", _PUBLIC, accept=frozenset({404}), retry=NO_RETRY)
    server = transport.base_url
    if answer.status == 404:
        warnings.warn(f"Auth001: {server} trusts no OpenID Connect issuer; it is asked anonymously", stacklevel=2)
        return None
    try:
        trusted: dict[str, Any] = answer.json()
    except NotWeaviateError as error:
        warnings.warn(f"Auth005: {server} is asked anonymously, since its issuer is not known: {error}", stacklevel=2)
        return None
    try:
        check(trusted, {"href": str, "clientId": str, "scopes?": [str]})
    except ShapeError as error:
        raise answer.refused(str(error)) from None
    href = trusted["href"]
    _refuse_downgrade(answer.url, href)
    try:
        description = transport.fetch(href)
        endpoint: str = description.json({"token_endpoint": str})["token_endpoint"]
    except NotWeaviateError as error:
        raise LoginError(f"{href} is not the description of an issuer: {error}", url=href) from error
    except TransportError as error:
        raise LoginError(f"the issuer that the server trusts cannot be asked: {error}", url=href) from error
    _refuse_downgrade(description.url, endpoint)
    return Issuer(endpoint, trusted["clientId"], tuple(trusted.get("scopes") or ()))


def _refuse_downgrade(url: str, target: str) -> None:
    """Raise LoginError for an issuer to which a secret would go unencrypted, or that is no URL."""
    try:
        leads_out = is_downgrade(url, target)
    except ValueError as error:
        raise LoginError(f"{url} names {target[:200]!r} as an issuer, which is no URL: {error}", url=url) from None
    if leads_out:
        raise LoginError(
            f"{url} is encrypted and names {target} as an issuer, which is not: no secret is sent", url=url
        )

"""Tokens of an OpenID Connect issuer, renewed on use."""

from __future__ import annotations

import copy
import logging
import threading
import time
import warnings
from collections.abc import Sequence
from contextlib import closing
from typing import Any
from urllib.parse import urlsplit

import attrs
import requests
from authlib.integrations.base_client import OAuthError
from authlib.integrations.requests_client import OAuth2Session

from weaviate_orm.exceptions import LoginError, TransportError
from weaviate_orm.forks import renewed_in_children
from weaviate_orm.http.auth import Secret
from weaviate_orm.http.auth_oidc import (
    AuthBearerToken,
    AuthClientCredentials,
    AuthClientPassword,
    Issuer,
    OidcCredentials,
    discover,
)
from weaviate_orm.http.connections import root_cause, without_credentials
from weaviate_orm.http.deadlines import seconds_left
from weaviate_orm.http.readiness import WELL_KNOWN
from weaviate_orm.http.shapes import ShapeError, check
from weaviate_orm.http.transport import Transport

logger = logging.getLogger(__name__)

LEEWAY = 30.0
"""Seconds before its end at which a token is renewed; a short-lived one, when a fifth of its life is left."""

UNSTATED_LIFETIME = 60.0
"""Seconds that a token is taken to live when its issuer does not say."""


LONGEST_LIFETIME = 366 * 86400.0
"""The most seconds that a token is taken to live, whatever its issuer says."""


@attrs.frozen
class Token(Secret):
    """An access token, the token to renew it with, and when on ``time.monotonic`` it is due and ends."""

    access: str = attrs.field(repr=False)
    refresh: str | None = attrs.field(repr=False)
    due: float
    end: float

    @classmethod
    def lasting(cls, seconds: float, access: str, refresh: str | None, *, since: float) -> Token:
        """Make a token that ends ``seconds`` after ``since``."""
        end = since + seconds
        return cls(access, refresh, end - min(LEEWAY, max(seconds, 0.0) / 5), end)

    @classmethod
    def answered(cls, answer: Any, *, since: float) -> Token:
        """Read the token of an issuer's answer; raises ShapeError for anything else."""
        check(answer, {"access_token": str, "expires_in?": (int, float, str), "refresh_token?": str})
        if not answer["access_token"].isascii() or not answer["access_token"].isprintable():
            raise ShapeError("the access token is not one line of printable ASCII characters")
        lifetime = _lifetime(answer.get("expires_in"))
        return cls.lasting(lifetime, answer["access_token"], answer.get("refresh_token"), since=since)


def _lifetime(expires_in: Any) -> float:
    try:
        seconds = float(expires_in or UNSTATED_LIFETIME)
    except (ValueError, OverflowError):
        return UNSTATED_LIFETIME
    return min(seconds, LONGEST_LIFETIME) if seconds == seconds else UNSTATED_LIFETIME  # nan is unequal to itself


class TokenAuth:
    """Sends a token with each request, and renews it when it is about to end, or once after a 401.

    A token is renewed on use and under a lock: other threads wait for the result, good or bad, and send no token
    request of their own. A token that could not be renewed early is used to its end. Paths below ``/.well-known/`` are
    public and get no token.

    A request raises LoginError when there is no token to send, and the transport's errors when the server does not say
    which issuer it trusts.
    """

    def __init__(self, credentials: OidcCredentials, transport: Transport) -> None:
        self._credentials = credentials
        self._transport = transport
        self._issuer: Issuer | None = None
        self._token: Token | None = None
        self._anonymous = False
        self._attempts = 0
        self._failure: TransportError | None = None
        if isinstance(credentials, AuthBearerToken):
            access, refresh = credentials.access_token, credentials.refresh_token
            self._token = Token.lasting(credentials.expires_in, access, refresh, since=time.monotonic())
            if refresh is None:
                warnings.warn(
                    f"Auth002: the access token lasts {credentials.expires_in:g} s and cannot be renewed: there is no "
                    f"refresh_token. Requests after that fail",
                    stacklevel=3,
                )
        self.begin_in_child()
        renewed_in_children(self)

    def begin_in_child(self) -> None:
        self._lock = threading.Lock()

    def __call__(self, request: requests.PreparedRequest) -> requests.PreparedRequest:
        if WELL_KNOWN not in urlsplit(str(request.url)).path:
            _bear(self._current(None), request)
        return request

    def renew(self, request: requests.PreparedRequest) -> bool:
        """Set a newer token in a request that was refused; the first thread renews it for all."""
        token = self._token
        if "Authorization" not in request.headers or self._anonymous:
            return False
        if token is not None and _header(token) != request.headers["Authorization"]:
            return _bear(token, request)
        if token is not None and not self._renewable(token):
            return False
        return _bear(self._current(token), request)

    def _current(self, refused: Token | None) -> Token | None:
        """Return the token to send, renewed when it is due or was refused; None for an anonymous request."""
        attempts, token = self._attempts, self._token  # in this order: the count must not be newer than the token
        if self._anonymous or (token is not None and token is not refused and not self._due(token)):
            return token
        if not self._lock.acquire(timeout=min(max(seconds_left(), 0.0), threading.TIMEOUT_MAX)):
            raise LoginError("no token came in time: another thread still asks for it")
        try:
            if self._attempts == attempts:
                self._renew(is_refused=refused is not None)
            if self._failure is not None and (token is None or token is refused or time.monotonic() >= token.end):
                raise copy.copy(self._failure)  # one that several threads raise would collect the frames of all
            return self._token
        finally:
            self._lock.release()

    def _renewable(self, token: Token) -> bool:
        return token.refresh is not None or not isinstance(self._credentials, AuthBearerToken)

    def _due(self, token: Token) -> bool:
        return self._renewable(token) and time.monotonic() >= token.due

    def _renew(self, *, is_refused: bool) -> None:
        try:
            self._issuer = self._issuer or discover(self._transport)
            if self._issuer is None:
                self._anonymous, self._token = True, None
            else:
                self._token = self._request_token(self._issuer, is_refused=is_refused)
            self._failure = None
        except TransportError as error:
            self._failure = error.with_traceback(None)
            logger.warning("no token could be got, the next request tries again: %s", error)
            if self._token is not None and time.monotonic() < self._token.end:
                warnings.warn(f"Con001: the token is not renewed yet, and used to its end: {error}", stacklevel=2)
        finally:
            self._attempts += 1

    def _request_token(self, issuer: Issuer, *, is_refused: bool) -> Token:
        """Raises MissingScopeError where no scope is named, before anything is sent.

        Other LoginErrors are without the errors that led to them: their requests and frames hold the secrets.
        """
        endpoint = issuer.token_endpoint
        scopes = issuer.scopes_for(self._credentials)
        try:
            # a token lives from before its answer arrives: counted from later, it would be sent after its end
            requested_at = time.monotonic()
            with closing(self._session(issuer, scopes)) as session:
                return Token.answered(self._grant(session, endpoint, is_refused=is_refused), since=requested_at)
        except OAuthError as error:
            reason = f"{endpoint} refuses a token: {without_credentials(str(error))}"
        except TransportError as error:
            reason = f"{endpoint} could not be asked for a token: {error}"
        except requests.exceptions.JSONDecodeError:
            reason = f"{endpoint} answered something that is not a token: it is not JSON"
        except requests.exceptions.RequestException as error:
            reason = f"{endpoint} could not be asked for a token: {root_cause(error)}"
        except ShapeError as error:
            reason = f"{endpoint} answered something that is not a token: {error}"
        except (LookupError, TypeError, ValueError, AttributeError):
            reason = f"{endpoint} answered something that is not a token"
        raise LoginError(reason, url=endpoint)

    def _session(self, issuer: Issuer, scopes: Sequence[str]) -> Any:
        credentials = self._credentials
        has_secret = isinstance(credentials, AuthClientCredentials)
        session: Any = OAuth2Session(
            issuer.client_id,
            credentials.client_secret if isinstance(credentials, AuthClientCredentials) else None,
            token_endpoint_auth_method="client_secret_post" if has_secret else "none",
            scope=" ".join(scopes) or None,
        )
        for kind in ("access_token_response", "refresh_token_response"):
            session.register_compliance_hook(kind, _check_answer)
        return self._transport.route(session, issuer.token_endpoint)

    def _grant(self, session: Any, endpoint: str, *, is_refused: bool) -> Any:
        credentials = self._credentials
        # followed, a redirect would take the password along
        settings: Any = {"timeout": self._transport.timeout, "allow_redirects": False}
        # the server refused a token before its end, as after a logout: then its refresh token is of no use either
        by_refresh = not is_refused or isinstance(credentials, AuthBearerToken)
        if by_refresh and self._token is not None and self._token.refresh is not None:
            try:
                return session.refresh_token(endpoint, refresh_token=self._token.refresh, **settings)
            except OAuthError:
                if isinstance(credentials, AuthBearerToken):
                    raise  # there is nothing else to show
        if isinstance(credentials, AuthClientPassword):
            return session.fetch_token(
                endpoint,
                grant_type="password",
                username=credentials.username,
                password=credentials.password,
                **settings,
            )
        return session.fetch_token(endpoint, grant_type="client_credentials", **settings)


def _check_answer(answer: requests.Response) -> requests.Response:
    """Check the answer of a token endpoint before authlib reads it."""
    if answer.is_redirect:
        raise ShapeError("it redirects, which is not followed: a secret goes to the issuer that the server names only")
    if not isinstance(answer.json(), dict):
        raise ShapeError("it is JSON, and no object")
    return answer


def _bear(token: Token | None, request: requests.PreparedRequest) -> bool:
    """Set a token in a request; return whether there is one."""
    if token is not None:
        request.headers["Authorization"] = _header(token)
    return token is not None


def _header(token: Token) -> str:
    return f"Bearer {token.access}"

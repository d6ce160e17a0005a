"""Tokens of an OpenID Connect issuer, renewed on use."""

from __future__ import annotations

import logging
import threading
import time
import warnings
from typing import Any
from urllib.parse import urlsplit

import attrs
import requests
from authlib.integrations.base_client import OAuthError
from authlib.integrations.requests_client import OAuth2Session
from requests.auth import AuthBase

from weaviate_orm.exceptions import LoginError, TransportError
from weaviate_orm.http.auth_oidc import (
    AuthBearerToken,
    AuthClientCredentials,
    AuthClientPassword,
    Issuer,
    OidcCredentials,
    discover,
)
from weaviate_orm.http.transport import Transport

logger = logging.getLogger(__name__)

LEEWAY = 30.0
"""Seconds before its end at which a token is renewed; a short-lived one, when a fifth of its life is left."""

UNSTATED_LIFETIME = 60.0
"""Seconds that a token is taken to live when its issuer does not say."""


@attrs.frozen
class Token:
    """An access token, the token to renew it with, and when on ``time.monotonic`` it is due and ends."""

    access: str = attrs.field(repr=False)
    refresh: str | None = attrs.field(repr=False)
    due: float
    end: float

    @classmethod
    def lasting(cls, seconds: float, access: str, refresh: str | None, *, since: float) -> Token:
        """A token that lives so many seconds after a moment."""
        end = since + seconds
        return cls(access, refresh, end - min(LEEWAY, max(seconds, 0.0) / 5), end)


class TokenAuth(AuthBase):
    """Sends a token with each request, and renews it when it is about to end, or once after a 401.

    Renewing happens on use and under a lock: threads that come meanwhile wait for its result, good or bad, and send
    no token request of their own. A token that could not be renewed early is used to its end. What lies under
    ``/.well-known/`` is public: no token is got for it.

    Out of the request come LoginError when there is no token to send, and the transport's errors when the server
    cannot be asked which issuer it trusts.
    """

    def __init__(self, credentials: OidcCredentials, transport: Transport) -> None:
        self._credentials = credentials
        self._transport = transport
        self._lock = threading.Lock()
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

    def __call__(self, request: requests.PreparedRequest) -> requests.PreparedRequest:
        if "/.well-known/" in urlsplit(str(request.url)).path:
            return request
        token = self._current()
        if token is not None:
            request.headers["Authorization"] = f"Bearer {token.access}"
            request.hooks["response"].append(self._again_after_401)
        return request

    def renew(self, request: requests.PreparedRequest) -> bool:
        """Give a request whose token was refused another one; False where there is none to be had."""
        sent, token = request.headers.get("Authorization"), self._token
        refused = token if token is not None and sent == f"Bearer {token.access}" else None
        if refused is not None and not self._renewable(refused):
            return False
        token = self._current(refused=refused)
        if token is None:
            return False
        request.headers["Authorization"] = f"Bearer {token.access}"
        return True

    def _again_after_401(self, response: requests.Response, **settings: Any) -> requests.Response:
        if response.status_code != 401:
            return response
        _ = response.content  # read to the end, the connection goes back to the pool
        response.close()
        request = response.request.copy()
        if not self.renew(request):
            return response
        answer: requests.Response = response.connection.send(request, **settings)
        answer.history.append(response)
        return answer

    def _current(self, *, refused: Token | None = None) -> Token | None:
        """The token to send; renewed when it is due, or is the one that was refused. None: ask anonymously."""
        attempts, token = self._attempts, self._token  # in this order: the count must not be newer than the token
        if self._anonymous or (token is not None and token is not refused and not self._due(token)):
            return token
        with self._lock:
            if self._attempts == attempts:
                self._renew()
            if self._failure is not None and (token is None or token is refused or time.monotonic() >= token.end):
                raise self._failure
            return self._token

    def _renewable(self, token: Token) -> bool:
        return token.refresh is not None or not isinstance(self._credentials, AuthBearerToken)

    def _due(self, token: Token) -> bool:
        return self._renewable(token) and time.monotonic() >= token.due

    def _renew(self) -> None:
        try:
            self._issuer = self._issuer or discover(self._transport)
            if self._issuer is None:
                self._anonymous, self._token = True, None
            else:
                self._token = self._request_token(self._issuer)
            self._failure = None
        except TransportError as error:
            self._failure = error
            logger.warning("no token could be got, the next request tries again: %s", error)
            if self._token is not None and time.monotonic() < self._token.end:
                warnings.warn(f"Con001: the token is not renewed yet, and used to its end: {error}", stacklevel=2)
        finally:
            self._attempts += 1

    def _request_token(self, issuer: Issuer) -> Token:
        credentials, endpoint = self._credentials, issuer.token_endpoint
        secret = credentials.client_secret if isinstance(credentials, AuthClientCredentials) else None
        session: Any = OAuth2Session(
            issuer.client_id,
            secret,
            token_endpoint_auth_method="none" if secret is None else "client_secret_post",
            scope=" ".join(issuer.scopes_for(credentials)) or None,
        )
        try:
            # its life begins before the answer is here: a slow one would let the server refuse what is kept for valid
            asked = time.monotonic()
            with self._transport.route(session):
                answer = self._grant(session, endpoint)
            return Token.lasting(
                float(answer.get("expires_in") or UNSTATED_LIFETIME),
                answer["access_token"],
                answer.get("refresh_token"),
                since=asked,
            )
        except OAuthError as error:
            raise LoginError(f"{endpoint} refuses a token: {error}", url=endpoint) from error
        except requests.exceptions.RequestException as error:
            raise LoginError(f"{endpoint} could not be asked for a token: {error}", url=endpoint) from error
        except (LookupError, TypeError, ValueError) as error:
            raise LoginError(f"{endpoint} answered something that is not a token", url=endpoint) from error

    def _grant(self, session: Any, endpoint: str) -> dict[str, Any]:
        credentials, timeout = self._credentials, self._transport.timeout
        refresh = self._token.refresh if self._token is not None else None
        answer: dict[str, Any]
        if refresh is not None:
            try:
                answer = session.refresh_token(endpoint, refresh_token=refresh, timeout=timeout)
                return answer
            except OAuthError:
                if isinstance(credentials, AuthBearerToken):
                    raise  # there is nothing else to show
        if isinstance(credentials, AuthClientPassword):
            known = {"username": credentials.username, "password": credentials.password}
            answer = session.fetch_token(endpoint, grant_type="password", timeout=timeout, **known)
        else:
            answer = session.fetch_token(endpoint, grant_type="client_credentials", timeout=timeout)
        return answer

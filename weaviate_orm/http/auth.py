"""Who asks: the API key. The ways of OIDC are in their own module."""

from __future__ import annotations

import attrs
from requests import PreparedRequest
from requests.auth import AuthBase


def _printable(instance: object, attribute: attrs.Attribute[str], value: str) -> None:
    if not isinstance(value, str) or not value or not value.isascii() or not value.isprintable():
        raise ValueError("an API key is one line of printable ASCII characters, and not empty")


@attrs.frozen
class AuthApiKey:
    """A key that the server lists in ``AUTHENTICATION_APIKEY_ALLOWED_KEYS``, or a database user's key.

    >>> AuthApiKey("secret")
    AuthApiKey()
    """

    api_key: str = attrs.field(repr=False, validator=_printable)


class BearerAuth(AuthBase):
    """Sends a fixed token. The scheme is case-sensitive on the server (measured on Weaviate 1.39)."""

    def __init__(self, token: str) -> None:
        self._header = f"Bearer {token}"

    def __call__(self, request: PreparedRequest) -> PreparedRequest:
        request.headers["Authorization"] = self._header
        return request

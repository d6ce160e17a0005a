"""Credentials: API keys and fixed tokens. OpenID Connect is in ``auth_oidc`` and ``auth_token``."""

from __future__ import annotations

from typing import Any, NoReturn

import attrs
from requests import PreparedRequest
from typing_extensions import Self

from weaviate_orm.exceptions import ConfigurationError


class Secret:
    """A holder of a secret: it cannot be pickled, which could write the secret to a disk, and copies are the object."""

    __slots__ = ()

    def __reduce_ex__(self, protocol: object) -> NoReturn:
        raise ConfigurationError(f"{type(self).__name__} holds a secret and is not pickled; make it anew over there")

    def __copy__(self) -> Self:
        return self

    def __deepcopy__(self, memo: dict[int, Any]) -> Self:
        return self


def _printable(instance: object, attribute: attrs.Attribute[str], value: str) -> None:
    if not isinstance(value, str) or not value or not value.isascii() or not value.isprintable():
        raise ConfigurationError("an API key is one line of printable ASCII characters, and not empty")


@attrs.frozen
class AuthApiKey(Secret):
    """A key that the server lists in ``AUTHENTICATION_APIKEY_ALLOWED_KEYS``, or a database user's key.

    >>> AuthApiKey("secret")
    AuthApiKey()
    """

    api_key: str = attrs.field(repr=False, validator=_printable)


class BearerAuth(Secret):
    """Sends a fixed token. The scheme is case-sensitive on the server (measured on Weaviate 1.39)."""

    def __init__(self, token: str) -> None:
        self._header = f"Bearer {token}"

    def __call__(self, request: PreparedRequest) -> PreparedRequest:
        request.headers["Authorization"] = self._header
        return request

    def renew(self, request: PreparedRequest) -> bool:
        """Return False: there is no other token."""
        return False

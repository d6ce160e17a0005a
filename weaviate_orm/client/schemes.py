"""URL schemes other than http: who opens them is registered here, so that this layer need not know them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

from weaviate_orm.exceptions import ConfigurationError
from weaviate_orm.http.connections import without_credentials


class Opened(Protocol):
    """A server that was started for a client and is stopped with it."""

    @property
    def url(self) -> str:
        """Where it listens, as ``http://127.0.0.1:PORT``."""
        ...

    @property
    def api_key(self) -> str | None:
        """The key it asks for."""
        ...

    def close(self) -> None:
        """Let go of it."""
        ...


Opener = Callable[["str | None", "object | None"], Opened]

EMBEDDED = "embedded"
"""The scheme of a client that has options in place of a URL."""

_openers: dict[str, Opener] = {}


def register_scheme(scheme: str, opener: Opener) -> None:
    """Let ``Client("scheme://…", embedded_options=…)`` call ``opener(url, embedded_options)``."""
    _openers[scheme] = opener


def open_url(url: str | None, options: object | None) -> Opened:
    """Open a URL whose scheme was registered, or the embedded server; raises ConfigurationError for any other."""
    scheme = EMBEDDED if url is None else url.partition("://")[0]
    if scheme not in _openers:
        schemes = ", ".join(f"{name}://" for name in ("http", "https", *_openers))
        raise ConfigurationError(
            f"{without_credentials(str(url))!r} is not the address of a server; one begins with {schemes}"
        )
    return _openers[scheme](url, options)

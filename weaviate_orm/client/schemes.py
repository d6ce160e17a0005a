"""URL schemes other than http. Their openers are registered here, because this layer may not import them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

from weaviate_orm.exceptions import ConfigurationError
from weaviate_orm.http.connections import without_credentials


class StartedServer(Protocol):
    """A server that was started for a client, and is stopped with it."""

    @property
    def url(self) -> str:
        """The address of the server, ``http://127.0.0.1:PORT``."""
        ...

    @property
    def api_key(self) -> str | None:
        """The API key that the server requires."""
        ...

    @property
    def grpc_port(self) -> int:
        """The port of its gRPC interface."""
        ...

    def close(self) -> None:
        """Stop the server, unless other programs use it."""
        ...


Opener = Callable[["str | None", "object | None"], StartedServer]

EMBEDDED = "embedded"
"""The scheme of a client that has options but no URL."""

_openers: dict[str, Opener] = {}


def register_scheme(scheme: str, opener: Opener) -> None:
    """Register the opener of a scheme: ``Client("scheme://…", embedded_options=…)`` calls ``opener(url, options)``."""
    _openers[scheme] = opener


def open_url(url: str | None, options: object | None) -> StartedServer:
    """Start the server of a URL with a registered scheme, by default the embedded server.

    Raises ConfigurationError for another scheme.
    """
    scheme = EMBEDDED if url is None else url.partition("://")[0]
    if scheme not in _openers:
        schemes = ", ".join(f"{name}://" for name in ("http", "https", *_openers))
        raise ConfigurationError(
            f"{without_credentials(str(url))!r} is not the address of a server; one begins with {schemes}"
        )
    return _openers[scheme](url, options)

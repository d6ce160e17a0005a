"""The default client."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, Union

from weaviate_orm.client.client import Client
from weaviate_orm.exceptions import ConfigurationError
from weaviate_orm.forks import in_children
from weaviate_orm.http.auth import AuthApiKey

URL_VARIABLE = "WEAVIATE_URL"
KEY_VARIABLE = "WEAVIATE_API_KEY"

_lock = threading.Lock()


def _begin_in_child() -> None:
    global _lock
    _lock = threading.Lock()


in_children(_begin_in_child)

ClientFactory = Callable[[], Client]

_client: Union[Client, ClientFactory, None] = None


def configure(client: Client | str | ClientFactory | None, **options: Any) -> None:
    """Set the client that ``Session()`` and ``Model.query`` use.

    Args:
        client: a client; or a URL, to make one with ``options`` as :class:`~weaviate_orm.Client` takes them; or a
            function that makes one when it is first needed; None removes it.

    Without this, the environment's ``WEAVIATE_URL`` is used, with ``WEAVIATE_API_KEY`` if it is set.
    """
    global _client
    configured = Client(client, **options) if isinstance(client, str) else client
    with _lock:
        _client = configured


@contextmanager
def default_client_is(client: Client) -> Iterator[None]:
    """Set the default client for a block, of all threads."""
    before = _client
    configure(client)
    try:
        yield
    finally:
        configure(before)


def default_client() -> Client:
    """Return the configured client; raises ConfigurationError when there is none."""
    global _client
    with _lock:
        if _client is None:
            url = os.environ.get(URL_VARIABLE)
            if not url:
                raise ConfigurationError(
                    f"which server? call configure(Client(…)) once, set {URL_VARIABLE}, or pass a client to Session(…)"
                )
            # an embedded server has a key of its own
            key = os.environ.get(KEY_VARIABLE) if url.startswith(("http://", "https://")) else None
            _client = Client(url, auth_client_secret=AuthApiKey(key) if key else None)
        elif not isinstance(_client, Client):
            _client = _client()
        return _client

"""What a worker makes its client of."""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import Any, Union

import attrs

from weaviate_orm.client.client import Client
from weaviate_orm.client.grpc_address import Grpc
from weaviate_orm.distributed.worker_names import worker_name
from weaviate_orm.exceptions import ConfigurationError, LoginError
from weaviate_orm.http.auth import AuthApiKey
from weaviate_orm.http.auth_oidc import OidcCredentials
from weaviate_orm.http.connections import without_credentials

OpenClient = Callable[[], Client]
"""Opens a client in the worker, which is closed after the partition."""


def _check_url(instance: object, attribute: object, url: Any) -> None:
    if not isinstance(url, str) or not url.startswith(("http://", "https://")):
        raise ConfigurationError(
            f"workers reach one server by http:// or https://, not by {url!r:.80}: embedded:// would start a server in "
            f"each of them"
        )


def _shown(url: str) -> str:
    return repr(without_credentials(url))


@attrs.frozen
class ClientSettings:
    """What a worker makes its client of. Can be pickled, and holds no key: that is read in the worker.

    Attributes:
        url: the server, by the name that workers reach it by.
        key_variable: the environment variable of the workers that has the API key. Where it is not set, or None,
            requests are anonymous.
        credentials: a function without arguments that a worker calls for the key, as one that asks a vault; in place of
            the variable. It returns the key as a str, an AuthApiKey, or credentials of OpenID Connect.
        grpc: the port of gRPC or its address, as :class:`~weaviate_orm.Client` takes it.
        timeout: the seconds to connect and to read.

    For anything else that a client takes, such as headers with the keys of inference services, pass a function that
    returns a client in place of these settings; it is called in the worker.

    Raises ConfigurationError for a URL of an embedded server.
    """

    url: str = attrs.field(repr=_shown, validator=_check_url)
    key_variable: str | None = "WEAVIATE_API_KEY"
    credentials: Callable[[], Union[str, AuthApiKey, OidcCredentials]] | None = attrs.field(default=None, repr=False)
    grpc: Grpc = None
    timeout: tuple[float, float] = (10.0, 60.0)

    def __call__(self) -> Client:
        """Open a client. Raises as :class:`~weaviate_orm.Client` does."""
        try:
            return Client(self.url, self._secret(), timeout_config=self.timeout, grpc=self.grpc)
        except LoginError as error:
            if self.credentials is not None or self.key_variable is None or os.environ.get(self.key_variable):
                raise
            raise LoginError(
                f"the worker {worker_name()} has no environment variable {self.key_variable}, and without a key "
                f"{error}. Set it where the engine starts workers, or pass credentials=, a function that returns a key",
                method=error.method,
                url=error.url,
            ) from error

    def _secret(self) -> AuthApiKey | OidcCredentials | None:
        if self.credentials is None:
            secret: Any = os.environ.get(self.key_variable) if self.key_variable else None
        else:
            secret = self.credentials()
        return AuthApiKey(secret) if isinstance(secret, str) and secret else secret or None

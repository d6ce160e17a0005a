"""Whether what listens at an address is a Weaviate, ready, and new enough."""

from __future__ import annotations

import time

from weaviate_orm.exceptions import (
    AuthenticationError,
    ConnectionFailedError,
    NotWeaviateError,
    RequestTimeoutError,
    ServerTooOldError,
    StartUpError,
    TransportError,
    UnexpectedStatusError,
)
from weaviate_orm.http.deadlines import deadline
from weaviate_orm.http.features import server_version
from weaviate_orm.http.retry import NO_RETRY
from weaviate_orm.http.transport import Transport

LEAST_TIME = 1.0
"""The seconds that a server has to say whether it is ready, however short the startup period is."""

MINIMUM_SERVER = (1, 35)
"""The oldest on which the tests pass."""


def check_server(transport: Transport, url: str, startup_period: float) -> None:
    """Wait until the server is ready, then see who it is.

    Raises:
        StartUpError: it was not ready within ``startup_period`` seconds.
        LoginError: it does not know who asks.
        NotWeaviateError, ServerTooOldError: it cannot be used.
    """
    end = time.monotonic() + startup_period
    try:
        while (trouble := _not_ready(transport, end)) is not None:
            if time.monotonic() >= end:
                raise StartUpError(
                    f"{url} was not ready within {startup_period:g} s: {trouble}; where it needs longer, "
                    f"startup_period says how long",
                    url=url,
                ) from trouble
            time.sleep(0.1)
        with deadline(max(end - time.monotonic(), sum(transport.timeout))):
            version = server_version(transport)
    except UnexpectedStatusError as error:
        raise _explained(error, url, anonymous=transport.auth is None) from error
    if version[:2] < MINIMUM_SERVER:
        needed = ".".join(map(str, MINIMUM_SERVER))
        present = ".".join(map(str, version))
        raise ServerTooOldError(f"{url} is Weaviate {present}; {needed} or newer is needed", url=url)


def _not_ready(transport: Transport, end: float) -> TransportError | None:
    """Return why a server is not ready yet. It answers ``/meta`` before it is."""
    try:
        # one that is far away is not too slow for a short period
        with deadline(max(end - time.monotonic(), LEAST_TIME)):
            transport.request("GET", "/.well-known/ready", retry=NO_RETRY)
    except (ConnectionFailedError, RequestTimeoutError) as error:
        return error
    except UnexpectedStatusError as error:
        if error.status_code != 503:
            raise
        return error
    return None


def _explained(error: UnexpectedStatusError, url: str, *, anonymous: bool) -> TransportError:
    """Explain an unexpected first answer."""
    if error.status_code == 404:
        return NotWeaviateError(f"{url} answers, but not as Weaviate does: {error}", url=url)
    if isinstance(error, AuthenticationError) and anonymous:
        return AuthenticationError(
            f"{url} wants to know who asks; give auth_client_secret: {error}",
            status_code=error.status_code,
            body=error.body,
            method="GET",
            url=url,
        )
    return error

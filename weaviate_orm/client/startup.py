"""The check that a server is a Weaviate, is ready, and is new enough."""

from __future__ import annotations

import time

from weaviate_orm.exceptions import (
    AuthenticationError,
    CertificateError,
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
from weaviate_orm.http.readiness import READINESS
from weaviate_orm.http.retry import NO_RETRY
from weaviate_orm.http.transport import Transport

MIN_CHECK_SECONDS = 1.0
"""The seconds that a server has to respond, however short the startup period is."""

MINIMUM_SERVER = (1, 35)
"""The oldest version on which the tests pass."""


def check_server(transport: Transport, url: str, startup_period: float) -> None:
    """Wait until the server is ready, and check its version.

    Raises:
        CertificateError: its certificate is not trusted.
        StartUpError: the server was not ready within ``startup_period`` seconds.
        LoginError: the server refuses the credentials.
        NotWeaviateError, ServerTooOldError: the server is no Weaviate, or a version that is not supported.
    """
    end = time.monotonic() + startup_period
    try:
        while (reason := _why_not_ready(transport, end)) is not None:
            if time.monotonic() >= end:
                raise StartUpError(
                    f"{url} was not ready within {startup_period:g} s: {reason}; if it needs longer, raise "
                    f"startup_period",
                    url=url,
                ) from reason
            time.sleep(0.1)
        with deadline(max(end - time.monotonic(), sum(transport.timeout))):
            version = server_version(transport)
    except UnexpectedStatusError as error:
        raise _explain(error, url, anonymous=transport.auth is None) from error
    if version[:2] < MINIMUM_SERVER:
        minimum = ".".join(map(str, MINIMUM_SERVER))
        actual = ".".join(map(str, version))
        raise ServerTooOldError(f"{url} is Weaviate {actual}; {minimum} or newer is needed", url=url)


def _why_not_ready(transport: Transport, end: float) -> TransportError | None:
    """Return why a server is not ready yet, or None when it is. It answers ``/meta`` before it is ready."""
    try:
        # a distant server may need longer than a short startup period
        with deadline(max(end - time.monotonic(), MIN_CHECK_SECONDS)):
            transport.request("GET", READINESS, retry=NO_RETRY)
            transport.readiness.confirm()
    except CertificateError:
        raise
    except (ConnectionFailedError, RequestTimeoutError) as error:
        return error
    except UnexpectedStatusError as error:
        if error.status_code != 503:
            raise
        return error
    return None


def _explain(error: UnexpectedStatusError, url: str, *, anonymous: bool) -> TransportError:
    """Return an error that explains an unexpected status of the first request."""
    if error.status_code == 404:
        return NotWeaviateError(f"{url} answers, but not as Weaviate does: {error}", url=url)
    if isinstance(error, AuthenticationError) and anonymous:
        return AuthenticationError(
            f"{url} refuses anonymous requests; pass auth_client_secret: {error}",
            status_code=error.status_code,
            body=error.body,
            method="GET",
            url=url,
        )
    return error

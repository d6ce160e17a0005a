"""Errors of gRPC as those of HTTP."""

from __future__ import annotations

from typing import Any

from weaviate_orm.exceptions import (
    AuthenticationError,
    ConnectionFailedError,
    GraphQLError,
    PermissionDeniedError,
    RequestTimeoutError,
    TransportError,
    UnexpectedStatusError,
)

_STATUSES = {"RESOURCE_EXHAUSTED": 429, "FAILED_PRECONDITION": 422, "UNIMPLEMENTED": 501, "INTERNAL": 500}
_TOO_LARGE = "message larger than max"


def call_error(error: Any, method: str, url: str, request: str) -> TransportError:
    """Return the error of a failed call; ``request`` is its message as text."""
    code, details = error.code().name, str(error.details())
    text = f"{method} {url} by gRPC failed: {code}: {details}"
    if code == "UNAVAILABLE":
        is_sent = "failed to connect" not in details
        return ConnectionFailedError(text, method=method, url=url, sent=is_sent)
    if code == "DEADLINE_EXCEEDED":
        return RequestTimeoutError(text, method=method, url=url)
    if is_unauthenticated(error):
        return AuthenticationError(text, status_code=401, body=details, method=method, url=url)
    if code == "PERMISSION_DENIED":
        return PermissionDeniedError(text, status_code=403, body=details, method=method, url=url)
    if code == "CANCELLED" or (code == "RESOURCE_EXHAUSTED" and _TOO_LARGE in details):
        return TransportError(text, method=method, url=url)
    if code in _STATUSES:
        return UnexpectedStatusError(text, status_code=_STATUSES[code], body=details, method=method, url=url)
    return GraphQLError([details], document=request, url=url)


def is_unauthenticated(error: Any) -> bool:
    """Return whether a call was refused for its credentials."""
    # Weaviate 1.39 reports it with the code UNKNOWN, in the details
    return error.code().name == "UNAUTHENTICATED" or str(error.details()).startswith("extract auth: ")

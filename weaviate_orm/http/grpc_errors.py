"""Errors of gRPC as those of HTTP."""

from __future__ import annotations

import re
from typing import Any

from weaviate_orm.exceptions import (
    AuthenticationError,
    CertificateError,
    ConnectionFailedError,
    GraphQLError,
    PermissionDeniedError,
    RequestTimeoutError,
    TransportError,
    UnexpectedStatusError,
)
from weaviate_orm.http.connections import untrusted
from weaviate_orm.http.retry import CROWDED

_STATUSES = {
    "RESOURCE_EXHAUSTED": CROWDED,
    "FAILED_PRECONDITION": 422,
    "UNIMPLEMENTED": 501,
    "INTERNAL": 500,
}
_TOO_LARGE = 413
_ABSENT = frozenset({404, 405, 415, 501, 505})
_DOWN = frozenset({502, 503, 504})
_KINDS = {401: AuthenticationError, 403: PermissionDeniedError}

_HTTP_STATUS = re.compile(r"Received http2 header with status: ([0-9]{3})")
"""What stands before the server has answered, without gRPC."""

_UNTRUSTED = ("CERTIFICATE_VERIFY_FAILED", "Hostname Verification", "is not in peer certificate")
_UNCONNECTED = ("failed to connect", "resolution failed", "errors resolving", "connections to all backends")
_CUT = ("Stream removed", "Received RST_STREAM", "RST_STREAM")
_MESSAGE_TOO_LARGE = "message larger than max"
_TOO_MUCH_METADATA = "metadata size exceeds"
_OF_THE_SERVER = "grpc: "
"""How messages of the server's library begin; those of the client's do not."""


def call_error(error: Any, url: str, request: str) -> TransportError:
    """Return the error of a failed call; ``request`` is its message as text."""
    code, details = error.code().name, str(error.details() or "")
    text = f"{code}: POST {url}: {details}"
    http_status = _HTTP_STATUS.match(details)
    if http_status is not None:
        return _status_error(int(http_status[1]), text, details, url)
    if is_unauthenticated(error):
        return _status_error(401, text, details, url)
    if code == "PERMISSION_DENIED":
        return _status_error(403, text, details, url)
    if code == "DEADLINE_EXCEEDED":
        hint = "a longer timeout_config, or Config(operation_timeout=…), may help"
        return RequestTimeoutError(f"{text}; {hint}", method="POST", url=url)
    if code == "RESOURCE_EXHAUSTED" and _TOO_MUCH_METADATA in details:
        return TransportError(text[:500], method="POST", url=url)
    if code == "RESOURCE_EXHAUSTED" and _MESSAGE_TOO_LARGE in details:
        if details.startswith(_OF_THE_SERVER):
            hint = "the server sets that by GRPC_MAX_MESSAGE_SIZE; HTTP has no such limit"
            return _status_error(_TOO_LARGE, f"{text}; {hint}", details, url)
        return TransportError(f"{text}; Config(largest_answer=…) allows more", method="POST", url=url)
    if code == "UNAVAILABLE" or details.startswith(_CUT):
        return _connection_error(text, details, url)
    if code == "CANCELLED":
        return TransportError(text, method="POST", url=url)
    if code in _STATUSES:
        return _status_error(_STATUSES[code], text, details, url)
    return GraphQLError([details], document=request, url=url)


def is_unauthenticated(error: Any) -> bool:
    """Return whether a call was refused for its credentials."""
    # Weaviate 1.39 reports it with the code UNKNOWN, in the details
    return error.code().name == "UNAUTHENTICATED" or str(error.details()).startswith("extract auth: ")


def is_absent(error: TransportError) -> bool:
    """Return whether something answers that has no such gRPC."""
    return isinstance(error, UnexpectedStatusError) and error.status_code in _ABSENT


def is_too_large(error: TransportError) -> bool:
    """Return whether a request or its answer is larger than the server's limit, which HTTP does not have."""
    return isinstance(error, UnexpectedStatusError) and error.status_code == _TOO_LARGE


def is_outage(error: TransportError) -> bool:
    """Return whether gRPC does not answer, so that HTTP may do what was asked."""
    if isinstance(error, UnexpectedStatusError):
        return error.status_code in _ABSENT | _DOWN
    return isinstance(error, (ConnectionFailedError, RequestTimeoutError))


def _status_error(status: int, text: str, details: str, url: str) -> UnexpectedStatusError:
    kind = _KINDS.get(status, UnexpectedStatusError)
    return kind(text, status_code=status, body=details, method="POST", url=url)


def _connection_error(text: str, details: str, url: str) -> ConnectionFailedError:
    if any(part in details for part in _UNTRUSTED):
        return CertificateError(untrusted(url, details), method="POST", url=url, sent=False)
    if any(part in details for part in _UNCONNECTED):
        hint = "is that the address of the server's gRPC interface?"
        return ConnectionFailedError(f"{text}; {hint}", method="POST", url=url, sent=False)
    return ConnectionFailedError(text, method="POST", url=url)

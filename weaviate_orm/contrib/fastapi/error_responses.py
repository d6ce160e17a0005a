"""The responses to errors of this package.

They tell no stored value, no document of a query, and nothing of the server. Errors that are the application's own, as
of a query that cannot be sent, stay what they are: 500.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable
from typing import Any, Final

from fastapi import FastAPI, Request
from fastapi.responses import JSONResponse
from pydantic import BaseModel

from weaviate_orm.exceptions import (
    ConnectionFailedError,
    DeleteDeniedError,
    EmbeddedServerError,
    FlushError,
    FrozenCollectionError,
    NotFoundError,
    NotSentError,
    NotWeaviateError,
    ObjectExistsError,
    OperationTimeoutError,
    RequestTimeoutError,
    StaleObjectError,
    UnexpectedStatusError,
    ValidationError,
    WeaviateORMError,
)
from weaviate_orm.model.model import Model
from weaviate_orm.model.state import state_of

_logger = logging.getLogger("weaviate_orm")

_STATUSES: Final[tuple[tuple[type[WeaviateORMError], int], ...]] = (
    (NotFoundError, 404),
    (StaleObjectError, 409),
    (ObjectExistsError, 409),
    (DeleteDeniedError, 409),
    (ValidationError, 422),
    (ConnectionFailedError, 503),
    (NotWeaviateError, 503),
    (FrozenCollectionError, 503),
    (EmbeddedServerError, 503),
    (RequestTimeoutError, 504),
    (OperationTimeoutError, 504),
)

_OF_SERVER: Final = {429: 503, 502: 503, 503: 503, 504: 504}
"""The statuses of a server that cannot answer now, or of what is before it."""

_WORST: Final = (503, 504, 409, 404, 422)

_DETAILS: Final = {
    404: "Not Found",
    409: "Conflict",
    503: "The database is not available",
    504: "The database did not answer in time",
}


class ErrorBody(BaseModel):
    """The body of a response to an error, as that of FastAPI's ``HTTPException``."""

    detail: str


ERROR_RESPONSES: Final[dict[int | str, dict[str, Any]]] = {
    404: {"model": ErrorBody, "description": "There is no such object"},
    409: {"model": ErrorBody, "description": "The object was changed by somebody else, or others refer to it"},
    503: {"model": ErrorBody, "description": _DETAILS[503]},
    504: {"model": ErrorBody, "description": _DETAILS[504]},
}
"""The responses of :func:`add_exception_handlers` for OpenAPI: ``FastAPI(responses=ERROR_RESPONSES)``, or some of them
for an endpoint. That of 422 is FastAPI's own."""


def add_exception_handlers(app: FastAPI) -> None:
    """Let an application answer errors of this package by their statuses.

    - 404: NotFoundError
    - 409: StaleObjectError, ObjectExistsError, DeleteDeniedError
    - 422: ValidationError, in the form of FastAPI's own
    - 503: no connection, a server that starts or cannot answer now, a frozen collection
    - 504: RequestTimeoutError, OperationTimeoutError

    A FlushError is answered by the status of its reasons. Any other error stays a 500. A body tells no stored value, no
    document of a query, and no text of the server; those of 503 and 504 are logged as warnings of the logger
    ``weaviate_orm``.
    """
    app.add_exception_handler(WeaviateORMError, _respond)


async def _respond(request: Any, error: Exception) -> JSONResponse:
    assert isinstance(error, WeaviateORMError)
    status = status_of(error)
    if status is None or not isinstance(request, Request):  # a web socket has no response
        raise error
    if status >= 500:
        _logger.warning("%s %s: %s", request.method, request.url.path, error)
    return JSONResponse({"detail": _detail(status, error)}, status, headers=_headers(error))


def status_of(error: Exception) -> int | None:
    """Return the HTTP status of an error; None for one that is the application's own."""
    if isinstance(error, FlushError):
        statuses = [status_of(reason) for reason in _reasons(error)]
        return None if None in statuses else min(filter(None, statuses), key=_WORST.index, default=None)
    for kind, status in _STATUSES:
        if isinstance(error, kind):
            return status
    return _OF_SERVER.get(error.status_code or 0) if isinstance(error, UnexpectedStatusError) else None


def _reasons(error: WeaviateORMError) -> list[Exception]:
    """Return the errors that a flush failed by, without those of what was not sent because of another."""
    failures = error.failures if isinstance(error, FlushError) else ()
    return [failure.reason for failure in failures if not isinstance(failure.reason, NotSentError)]


def _detail(status: int, error: WeaviateORMError) -> object:
    errors = [error, *_reasons(error)]
    if status == 422:
        return [_problem(invalid) for invalid in errors if isinstance(invalid, ValidationError)]
    for conflict in errors:
        if isinstance(conflict, StaleObjectError):
            return f"{_names(instance for instance, _ in conflict.conflicts)} changed meanwhile; load it again"
        if isinstance(conflict, DeleteDeniedError):
            return f"{_names(target for _, _, target in conflict.references)} is referred to by others"
    return _DETAILS[status]


def _problem(error: ValidationError) -> dict[str, Any]:
    reason = error.reason if error.reason is not None else str(error) if error.instance is None else "is refused"
    return {"type": "value_error", "loc": [] if error.field is None else ["body", error.field], "msg": reason}


def _names(instances: Iterable[Model]) -> str:
    """Name the first object, by its class and its id, and not by its values."""
    instance = next(iter(instances))
    return f"{type(instance).__name__} {state_of(instance).id}"


def _headers(error: WeaviateORMError) -> dict[str, str] | None:
    waits = [reason.retry_after for reason in (error, *_reasons(error)) if isinstance(reason, UnexpectedStatusError)]
    seconds = [wait for wait in waits if wait is not None]
    return {"Retry-After": str(round(max(seconds)))} if seconds else None

"""Answers of the server: decoded, and checked before use."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import attrs
import orjson

from weaviate_orm.exceptions import (
    AuthenticationError,
    NotWeaviateError,
    PermissionDeniedError,
    TransportError,
    UnexpectedStatusError,
    WeaviateORMError,
)
from weaviate_orm.gc_pause import collection_paused
from weaviate_orm.http.connections import Reply, without_credentials
from weaviate_orm.http.shapes import ANY, ShapeError, check

_KINDS = {401: AuthenticationError, 403: PermissionDeniedError}


@attrs.frozen
class Response:
    """An answer of the server. ``content`` is the undecoded body."""

    status: int
    content: bytes = attrs.field(repr=False)
    url: str
    method: str = "GET"

    def json(self, shape: Any = ANY) -> Any:
        """Decode the body as JSON and check its shape, as ``http/shapes.py`` describes it.

        Raises NotWeaviateError for another shape.
        """
        return self.checked(self.decoded(self.content), shape)

    def checked(self, value: Any, shape: Any) -> Any:
        """Check the shape of decoded JSON, and return it; raises NotWeaviateError for another shape."""
        try:
            check(value, shape)
        except ShapeError as error:
            raise self.refused(str(error)) from None
        return value

    def decoded(self, content: bytes) -> Any:
        """Decode JSON; raises NotWeaviateError for anything else."""
        try:
            with collection_paused():
                return orjson.loads(content)
        except orjson.JSONDecodeError:
            shown = self.content[:200].decode("utf-8", "replace")
            raise self.refused(f"it is not JSON: {shown!r}") from None

    def refused(self, reason: str) -> NotWeaviateError:
        """Return the error of an answer that is not Weaviate's."""
        return NotWeaviateError(
            f"{self.method} {self.url} answered, but not as Weaviate does: {reason}",
            status_code=self.status,
            method=self.method,
            url=self.url,
        )


@contextmanager
def reading(answer: Response) -> Iterator[None]:
    """Turn errors of Python in a block into NotWeaviateError: the answer that it reads has another shape.

    The block must not call functions of the user.
    """
    with reading_values(f"{answer.method} {answer.url}"):
        yield


@contextmanager
def reading_values(subject: str) -> Iterator[None]:
    """Like reading(), for values of an earlier answer; ``subject`` names them in the error."""
    try:
        yield
    except (LookupError, TypeError, ValueError, AttributeError, ArithmeticError) as error:
        if isinstance(error, WeaviateORMError):
            raise
        raise NotWeaviateError(
            f"{subject} was answered, but not as Weaviate does: {type(error).__name__}: {error}"
        ) from error


def status_error(reply: Reply, method: str, sent: int) -> UnexpectedStatusError:
    """Return the error of a status; ``sent`` are the bytes of the request."""
    body = _body(reply.content)
    message = f"{method} {reply.url} answered {reply.status}: {server_message(body)}"
    location = _location(reply)
    if location is not None:
        message += f"; the server is at {location}: give the client that address"
    if reply.status == 413:
        message += (
            f"; a request of {sent / 1e6:.1f} MB is too large for what stands before the server: lower the batch_size"
        )
    retry_after = reply.retry_after
    if retry_after:
        message += f"; it asks to come back in {retry_after:.3g} s"
    kind = _KINDS.get(reply.status, UnexpectedStatusError)
    return kind(message, status_code=reply.status, body=body, method=method, url=reply.url, retry_after=retry_after)


def _location(reply: Reply) -> str | None:
    try:
        target = reply.target()
    except TransportError:
        return None
    return None if target is None else without_credentials(target)


def _body(content: bytes) -> Any:
    try:
        return orjson.loads(content)
    except orjson.JSONDecodeError:
        return content.decode("utf-8", "replace")


def server_message(body: Any) -> str:
    """Return the message of an error: ``{"error": [{"message": …}]}``, or ``{"message": …}`` of the server's router."""
    if isinstance(body, dict):
        errors = body.get("error")
        if isinstance(errors, list):
            return messages_of(errors)
        return str(errors or body.get("message", body))[:5000]
    return str(body)[:500] or "(an empty body)"


def messages_of(errors: Any) -> str:
    """Join the messages of a list of errors: ``{"message": …}``, texts or other values."""
    listed = errors if isinstance(errors, list) else [errors]
    return "; ".join(str(error.get("message", error) if isinstance(error, dict) else error) for error in listed)

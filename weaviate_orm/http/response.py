"""What the server answered: decoded, and checked before anything believes it."""

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
    """What the server answered. ``content`` is the undecoded body."""

    status: int
    content: bytes = attrs.field(repr=False)
    url: str
    method: str = "GET"

    def json(self, shape: Any = ANY) -> Any:
        """The body as JSON, of a shape as ``http/shapes.py`` describes it.

        Raises NotWeaviateError when it is something else.
        """
        value = self.decoded(self.content)
        try:
            check(value, shape)
        except ShapeError as error:
            raise self.refused(str(error)) from None
        return value

    def decoded(self, content: bytes) -> Any:
        """JSON out of the body; raises NotWeaviateError when it is none."""
        try:
            with collection_paused():
                return orjson.loads(content)
        except orjson.JSONDecodeError:
            shown = self.content[:200].decode("utf-8", "replace")
            raise self.refused(f"it is not JSON: {shown!r}") from None

    def refused(self, reason: str) -> NotWeaviateError:
        """The error of an answer that is not as Weaviate gives it."""
        return NotWeaviateError(
            f"{self.method} {self.url} answered, but not as Weaviate does: {reason}",
            status_code=self.status,
            method=self.method,
            url=self.url,
        )


@contextmanager
def reading(answer: Response) -> Iterator[None]:
    """A block that reads an answer whose parts have been checked, but not all that they hold.

    An error of Python there means that it is not as Weaviate gives it: NotWeaviateError. Nothing of the user's runs in
    it.
    """
    with reading_values(f"{answer.method} {answer.url}"):
        yield


@contextmanager
def reading_values(what: str) -> Iterator[None]:
    """The same for what was answered earlier."""
    try:
        yield
    except (LookupError, TypeError, ValueError, AttributeError, ArithmeticError) as error:
        if isinstance(error, WeaviateORMError):
            raise
        raise NotWeaviateError(
            f"{what} was answered, but not as Weaviate does: {type(error).__name__}: {error}"
        ) from error


def status_error(reply: Reply, method: str, sent: int) -> UnexpectedStatusError:
    """The error of a status that means the request, of so many bytes, has failed."""
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
    """Weaviate's messages are ``{"error": [{"message": …}]}``, or ``{"message": …}`` from its router."""
    if isinstance(body, dict):
        errors = body.get("error")
        if isinstance(errors, list):
            return messages_of(errors)
        return str(errors or body.get("message", body))[:5000]
    return str(body)[:500] or "(an empty body)"


def messages_of(errors: Any) -> str:
    """The messages of a list of errors, whatever they are: ``{"message": …}``, texts or something else."""
    listed = errors if isinstance(errors, list) else [errors]
    return "; ".join(str(error.get("message", error) if isinstance(error, dict) else error) for error in listed)

"""The session of a request: opened when it is needed, and closed when the response is sent."""

from __future__ import annotations

import logging
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import TYPE_CHECKING, Any, Union

from asgiref.sync import async_to_sync, iscoroutinefunction, sync_to_async
from django.http import FileResponse, HttpRequest, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.utils.asyncio import async_unsafe
from django.utils.decorators import sync_and_async_middleware

from weaviate_orm.contrib.django.weaviate_settings import read_setting
from weaviate_orm.exceptions import SessionError
from weaviate_orm.session.deferred_session import DeferredSession
from weaviate_orm.session.session import Session

if TYPE_CHECKING:
    from weaviate_orm.aio import AsyncSession

GetResponse = Union[Callable[[HttpRequest], HttpResponseBase], Callable[[HttpRequest], Awaitable[HttpResponseBase]]]

_LOGGER = logging.getLogger("weaviate_orm.contrib.django")

_current: ContextVar[RequestSession | None] = ContextVar("weaviate_request", default=None)


class RequestSession(DeferredSession):
    """The sessions of one request: one for sync code, one for async code."""

    def __init__(self, request: HttpRequest) -> None:
        super().__init__(lambda: Session(tenant=read_setting().tenant_of(request)))
        self._request = request
        self.async_session: AsyncSession | None = None

    @async_unsafe(
        "Model.query and get_session() would block the event loop here: session = await aget_session(), then await "
        "session.query(Model).all() and its like; or sync_to_async()."
    )
    def __call__(self) -> Session:
        """Return the session of sync code, made at the first call."""
        return super().__call__()

    async def open_async(self) -> AsyncSession:
        """Return the session of async code, made at the first call."""
        if self.async_session is None:
            from weaviate_orm.aio import AsyncSession  # the extra "aio"

            # the first client of a process may wait for its server, and the tenant for the database
            session = await sync_to_async(lambda: AsyncSession(tenant=read_setting().tenant_of(self._request)))()
            self.async_session = self.async_session or session
        return self.async_session

    @contextmanager
    def of_request(self) -> Iterator[None]:
        """Open a block within which these are the sessions of the request around."""
        outer = _current.get()
        with self.around():
            _current.set(self)
            try:
                yield
            finally:
                _current.set(outer)

    def finish(self, response: HttpResponseBase | None) -> None:
        """Close both sessions, in sync code. What they have not committed is forgotten; a warning says so."""
        if self.async_session is not None:  # of an async view behind a server for sync ones
            async_to_sync(self.afinish)(response)
            return
        if self.session is not None:
            _warn_of_pending(self._request, response, self.session)
        self.close()

    async def afinish(self, response: HttpResponseBase | None) -> None:
        """Close both sessions, in async code."""
        session, self.async_session = self.async_session, None
        self.finish(response)
        if session is not None:
            _warn_of_pending(self._request, response, session)
            await session.close()


def get_session() -> Session:
    """Return the session of the request around, opened at the first call. ``Model.query`` reads through it, too.

    Raises:
        SessionError: there is no request around, or its middleware is missing.
        SynchronousOnlyOperation: this is async code.
    """
    return _request_session("get_session()")()


async def aget_session() -> AsyncSession:
    """Return the :class:`~weaviate_orm.aio.AsyncSession` of the request around, opened at the first call.

    Raises SessionError where there is no request around, or its middleware is missing.
    """
    return await _request_session("aget_session()").open_async()


@sync_and_async_middleware
def session_middleware(get_response: GetResponse) -> Callable[[HttpRequest], Any]:
    """Give each request a session, which is opened when it is first needed; a middleware, sync and async.

    It belongs below what decides who asks, such as Django's ``AuthenticationMiddleware``, and above what queries.
    """
    if iscoroutinefunction(get_response):

        async def arespond(request: HttpRequest) -> HttpResponseBase:
            sessions = RequestSession(request)
            response: Any = None
            try:
                with sessions.of_request():
                    response = await get_response(request)
            finally:
                if not _is_streaming(response):
                    await sessions.afinish(response)
            return _continued(response, sessions)

        return arespond

    def respond(request: HttpRequest) -> HttpResponseBase:
        sessions = RequestSession(request)
        response: Any = None
        try:
            with sessions.of_request():
                response = get_response(request)
        finally:
            if not _is_streaming(response):
                sessions.finish(response)
        return _continued(response, sessions)

    return respond


def _request_session(name: str) -> RequestSession:
    sessions = _current.get()
    if sessions is None or sessions.is_closed:
        raise SessionError(
            f"{name} is called outside of a request: open a session by `with Session() as session:`; within one, "
            f"MIDDLEWARE lacks weaviate_orm.contrib.django.session_middleware"
        )
    return sessions


def _warn_of_pending(request: HttpRequest, response: HttpResponseBase | None, session: Session | AsyncSession) -> None:
    if response is None or response.status_code >= 400:
        return
    pending = [*session.new, *session.dirty, *session.deleted]
    if pending:
        _LOGGER.warning(
            "%s %s ended with %d objects that were not committed, and are forgotten: %r",
            request.method,
            request.path,
            len(pending),
            pending[0],
        )


def _is_streaming(response: HttpResponseBase | None) -> bool:
    """Return whether a response may still query when the middleware has ended; files do not."""
    return isinstance(response, StreamingHttpResponse) and not isinstance(response, FileResponse)


def _continued(response: Any, sessions: RequestSession) -> HttpResponseBase:
    """Return a response whose stream, if it is one, has the session of its request, and closes it."""
    if _is_streaming(response):
        content = response.streaming_content
        response.streaming_content = (
            _astream(content, sessions, response) if response.is_async else _Stream(content, sessions, response)
        )
    streamed: HttpResponseBase = response
    return streamed


class _Stream:
    """The stream of a response; each part of it is made within the session of the request."""

    def __init__(self, content: Iterator[bytes], sessions: RequestSession, response: HttpResponseBase) -> None:
        self._content = content
        self._sessions = sessions
        self._response = response

    def __iter__(self) -> Iterator[bytes]:
        return self

    def __next__(self) -> bytes:
        with self._sessions.of_request():
            return next(self._content)

    def close(self) -> None:
        """Close the session; Django calls this with the end of the response, read or not."""
        self._sessions.finish(self._response)


async def _astream(
    content: AsyncIterator[bytes], sessions: RequestSession, response: HttpResponseBase
) -> AsyncIterator[bytes]:
    iterator = content.__aiter__()
    try:
        while True:
            with sessions.of_request():
                chunk = await anext(iterator, None)
            if chunk is None:
                return
            yield chunk
    finally:
        await sessions.afinish(response)

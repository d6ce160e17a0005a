"""One HTTP connection pool to one server: JSON both ways, timeouts, retries, errors of our tree."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Mapping
from functools import lru_cache, partial
from typing import Any, Protocol, TypeVar

import attrs
import orjson
import requests
from requests.adapters import HTTPAdapter
from requests.auth import AuthBase
from urllib3.exceptions import NewConnectionError

from weaviate_orm.collector import collection_paused
from weaviate_orm.exceptions import (
    AuthenticationError,
    ConnectionFailedError,
    NotWeaviateError,
    PermissionDeniedError,
    RequestTimeoutError,
    TransportError,
    UnexpectedStatusError,
    ValidationError,
)
from weaviate_orm.http.retry import RetryPolicy, seconds_to_wait

S = TypeVar("S", bound=requests.Session)

Timeout = tuple[float, float]
"""Seconds to wait for a connection, and for each part of the answer."""


@attrs.frozen
class Request:
    """What is about to be sent, once for each attempt."""

    method: str
    url: str
    body: bytes | None = attrs.field(repr=False)
    params: Mapping[str, Any] = attrs.field(factory=dict, repr=False)


@attrs.frozen
class Response:
    """What the server answered. ``content`` is the undecoded body."""

    status: int
    content: bytes = attrs.field(repr=False)
    url: str

    def json(self) -> Any:
        """The body as JSON; raises NotWeaviateError when it is something else."""
        try:
            with collection_paused():
                return orjson.loads(self.content)
        except orjson.JSONDecodeError as error:
            shown = self.content[:200].decode("utf-8", "replace")
            raise NotWeaviateError(
                f"{self.url} answered something that is not JSON: {shown!r}", status_code=self.status, url=self.url
            ) from error


class Caller(Protocol):
    """The gRPC interface of the same server."""

    def call(self, method: str, message: bytes) -> bytes | None:
        """Call a method with a serialized message; None when a request has to do it."""

    def close(self) -> None:
        """Close the connection."""


class Transport:
    """Requests to one server, through one pool of connections; may be shared by threads.

    Args:
        base_url: where the server's paths begin, as ``http://127.0.0.1:8080/v1``.
        auth: adds who asks to each request.
        timeout: seconds to connect and to read.
        headers: sent with each request.
        proxies: as requests takes them, ``{"https": "http://proxy:3128"}``.
        trust_env: also use the proxies that the environment names.
        retry: how often what failed is sent again.
        pool_size: the most connections kept open; more threads than this wait for one.

    Whatever is in ``observers`` is called with each request before it is sent. ``rpc`` is the same server's gRPC
    interface, where it is used, and ``version`` that of the server, once it was asked.
    """

    def __init__(
        self,
        base_url: str,
        *,
        auth: AuthBase | None = None,
        timeout: Timeout = (10.0, 60.0),
        headers: Mapping[str, str] | None = None,
        proxies: Mapping[str, str] | None = None,
        trust_env: bool = False,
        retry: RetryPolicy | None = None,
        pool_size: int = 16,
    ) -> None:
        self.base_url = base_url
        self.auth = auth
        self.timeout = timeout
        self.retry = retry or RetryPolicy()
        self.rpc: Caller | None = None
        self.version: tuple[int, int, int] | None = None
        self.observers: list[Callable[[Request], None]] = []
        self.headers = dict(headers or {})
        self.proxies = dict(proxies or {})
        self._trust_env = trust_env
        self._pool_size = pool_size
        self._lock = threading.Lock()
        self._pool: _Pool | None = None
        self._closed = False

    def request(
        self,
        method: str,
        path: str,
        *,
        json: object = None,
        params: Mapping[str, Any] | None = None,
        repeatable: bool = True,
        accept: frozenset[int] = frozenset(),
        timeout: Timeout | None = None,
        retry: RetryPolicy | None = None,
    ) -> Response:
        """Send one request and return its answer.

        Args:
            method: the HTTP method.
            path: the path below ``base_url``, beginning with a slash, already quoted.
            json: the body; numpy arrays, UUIDs and datetimes are written as orjson does. Bytes are sent as they are.
            params: the query string; None values are left out.
            repeatable: doing it twice is the same as doing it once.
            accept: statuses outside 2xx that are an answer here, not an error.
            timeout: in place of the transport's own.
            retry: in place of the transport's own.

        Raises:
            ConnectionFailedError, RequestTimeoutError: after the last attempt.
            UnexpectedStatusError: for any other status.
        """
        body = json if json is None or isinstance(json, bytes) else encode(json)
        send = partial(self._send, method, self.base_url + path, body, params, accept, timeout or self.timeout)
        return (retry or self.retry).run(send, repeatable=repeatable)

    def fetch(self, url: str) -> Response:
        """GET a public document from any host. What is meant for the server (headers, who asks) is not sent there.

        Raises the errors of :meth:`request`; nothing is repeated.
        """
        with self.route(requests.Session()) as session:
            try:
                answer = session.get(url, timeout=self.timeout)
            except requests.exceptions.RequestException as error:
                raise _translated(error, "GET", url, self.timeout) from error
        return _checked(answer, answer.content, "GET", url, frozenset())

    def route(self, session: S) -> S:
        """Give a session the proxies of this transport, and nothing else of it."""
        session.trust_env = self._trust_env
        session.proxies.update(self.proxies)
        return session

    def close(self) -> None:
        """Close the connections. A closed transport refuses further requests."""
        with self._lock:
            self._closed = True
            if self.rpc is not None:
                self.rpc.close()
            if self._pool is not None and self._pool.owner == os.getpid():
                self._pool.session.close()
            self._pool = None

    def _send(
        self,
        method: str,
        url: str,
        body: bytes | None,
        params: Mapping[str, Any] | None,
        accept: frozenset[int],
        timeout: Timeout,
    ) -> Response:
        # Followed, a redirect would turn a POST into a GET: nothing stored, and no error.
        follow = method in ("GET", "HEAD")
        for observe in self.observers:
            observe(Request(method, url, body, params or {}))
        pool = self._current_pool()
        try:
            prepared = pool.prepare(method, url, body, params, self.auth)
            # requests itself reads 10 KB at a time, which takes thrice as long
            with pool.session.send(prepared, timeout=timeout, allow_redirects=follow, **pool.settings) as answer:
                content = b"".join(answer.iter_content(2**20))
        except TransportError:
            raise  # of the request for a token; those errors are requests' too
        except requests.exceptions.RequestException as error:
            raise _translated(error, method, url, timeout) from error
        return _checked(answer, content, method, url, accept)

    def _current_pool(self) -> _Pool:
        # Sockets must not be shared with a forked child: it makes a pool of its own.
        if self._pool is not None and self._pool.owner == os.getpid():
            return self._pool
        with self._lock:
            if self._closed:
                raise TransportError("this client is closed; make a new one")
            if self._pool is None or self._pool.owner != os.getpid():
                self._pool = _Pool(self._new_session(), self.base_url)
            return self._pool

    def _new_session(self) -> requests.Session:
        session = self.route(requests.Session())
        session.headers.update({"Content-Type": "application/json", **self.headers})
        adapter = HTTPAdapter(pool_connections=2, pool_maxsize=self._pool_size, pool_block=True)
        session.mount("http://", adapter)
        session.mount("https://", adapter)
        return session


class _Pool:
    """The connections of one process."""

    def __init__(self, session: requests.Session, base_url: str) -> None:
        self.session = session
        self.owner = os.getpid()
        self.settings: Mapping[str, Any] = session.merge_environment_settings(base_url, {}, True, None, None)
        self._prepared = lru_cache(64)(self._prepare_bare)

    def prepare(
        self, method: str, url: str, body: bytes | None, params: Mapping[str, Any] | None, auth: AuthBase | None
    ) -> requests.PreparedRequest:
        """What ``Session.request`` would send. What recurs is prepared once, which takes as long as all the rest."""
        if params or self.session.cookies:
            prepared = self.session.prepare_request(requests.Request(method, url, params=params))
        else:
            prepared = self._prepared(method, url).copy()
        prepared.prepare_body(body, None)
        if auth is not None:
            prepared.prepare_auth(auth, url)
        return prepared

    def _prepare_bare(self, method: str, url: str) -> requests.PreparedRequest:
        return self.session.prepare_request(requests.Request(method, url))


def encode(value: object) -> bytes:
    """The JSON of a value. Raises ValidationError for one that has none."""
    try:
        return orjson.dumps(value, option=orjson.OPT_SERIALIZE_NUMPY)
    except orjson.JSONEncodeError as error:
        raise ValidationError(f"this cannot be written as JSON: {error}") from error


def _checked(answer: requests.Response, content: bytes, method: str, url: str, accept: frozenset[int]) -> Response:
    if 200 <= answer.status_code < 300 or answer.status_code in accept:
        return Response(answer.status_code, content, url)
    raise _status_error(answer, content, method, url)


def _translated(error: requests.exceptions.RequestException, method: str, url: str, timeout: Timeout) -> TransportError:
    if isinstance(error, requests.exceptions.ConnectTimeout):
        message = f"no connection to {url} within {timeout[0]:g} s; is the address right and the server up?"
        return ConnectionFailedError(message, method=method, url=url, sent=False)
    if isinstance(error, requests.exceptions.Timeout):
        message = f"{method} {url} was not answered within {timeout[1]:g} s; a longer timeout_config may help"
        return RequestTimeoutError(message, method=method, url=url)
    if isinstance(error, requests.exceptions.ConnectionError):
        reason = getattr(error.args[0] if error.args else None, "reason", None)
        if isinstance(reason, NewConnectionError):
            message = f"cannot connect to {url}: {_root_cause(error)}; is the server running there?"
            return ConnectionFailedError(message, method=method, url=url, sent=False)
        message = f"the connection was cut during {method} {url}: {_root_cause(error)}"
        return ConnectionFailedError(message, method=method, url=url)
    if isinstance(error, requests.exceptions.ChunkedEncodingError):
        message = f"the answer to {method} {url} ended half way: {_root_cause(error)}"
        return ConnectionFailedError(message, method=method, url=url)
    return TransportError(f"{method} {url} could not be sent: {error}", method=method, url=url)


def _root_cause(error: BaseException) -> str:
    while (cause := error.__cause__ or error.__context__) is not None:
        error = cause
    return f"{type(error).__name__}: {error}"


def _status_error(answer: requests.Response, content: bytes, method: str, url: str) -> UnexpectedStatusError:
    try:
        body = orjson.loads(content)
    except orjson.JSONDecodeError:
        body = content.decode("utf-8", "replace")
    message = f"{method} {url} answered {answer.status_code}: {_server_message(body)}"
    if answer.is_redirect:
        message += f"; the server is at {answer.headers['Location']}: give the client that address"
    if answer.status_code == 413:
        size = len(answer.request.body or b"") / 1e6
        message += f"; a request of {size:.1f} MB is too large for what stands before the server: lower the batch_size"
    kinds = {401: AuthenticationError, 403: PermissionDeniedError}
    kind = kinds.get(answer.status_code, UnexpectedStatusError)
    retry_after = seconds_to_wait(answer.headers.get("Retry-After"), answer.headers.get("Date"))
    if retry_after:
        message += f"; it asks to come back in {retry_after:.3g} s"
    return kind(message, status_code=answer.status_code, body=body, method=method, url=url, retry_after=retry_after)


def _server_message(body: Any) -> str:
    """Weaviate's messages are ``{"error": [{"message": …}]}``, or ``{"message": …}`` from its router."""
    if isinstance(body, dict):
        errors = body.get("error")
        if isinstance(errors, list):
            return "; ".join(str(item.get("message", item)) for item in errors)
        return str(errors or body.get("message", body))
    return str(body)[:500] or "(an empty body)"

"""One HTTP connection pool to one server: JSON both ways, timeouts, retries, errors of our tree."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, closing
from functools import lru_cache, partial
from itertools import count
from typing import Any, Protocol, TypeVar

import attrs
import orjson
import requests

from weaviate_orm.exceptions import ConnectionFailedError, TransportError, ValidationError
from weaviate_orm.forks import renewed_in_children
from weaviate_orm.http.collection_names import CollectionNames
from weaviate_orm.http.congestion import Congestion
from weaviate_orm.http.connections import (
    BoundedAdapter,
    Reply,
    Timeout,
    bare_request,
    exchange,
    is_same_server,
    root_cause,
)
from weaviate_orm.http.deadlines import deadline
from weaviate_orm.http.decompression import ENCODINGS
from weaviate_orm.http.readiness import READINESS, WELL_KNOWN, Readiness
from weaviate_orm.http.request_log import RequestLog
from weaviate_orm.http.response import Response, status_error
from weaviate_orm.http.retry import BATCH_RETRY, CROWDED, NO_RETRY, RetryPolicy, is_passing, never_began
from weaviate_orm.http.routes import Route, trusted_certificates

S = TypeVar("S", bound=requests.Session)

LARGEST_ANSWER = 256 * 2**20
"""The most bytes of one answer, by default."""

LARGEST_REQUEST = 16 * 2**20
"""The most bytes of objects in one request, unless a single one is larger.

The server itself has no limit, but reads a request for 30 seconds at most unless it is configured otherwise, and
proxies before it often have one. Larger requests store no more in a second (measured on Weaviate 1.39: texts, blobs,
vectors).
"""

OPERATION = 5
"""The default deadline of an operation, as a multiple of the timeouts of one request."""

ALIASES = {"aliases?": [{"alias": str, "class": str}]}
"""The shape of a list of aliases."""

LARGEST_DOCUMENT = 16 * 2**20
"""The most bytes of a document of another host, such as the description of an issuer."""


@attrs.frozen
class Request:
    """A request about to be sent, once for each attempt."""

    method: str
    url: str
    body: bytes | None = attrs.field(repr=False)
    params: Mapping[str, Any] = attrs.field(factory=dict, repr=False)
    attempt: int = attrs.field(default=1, repr=False)


class Authentication(Protocol):
    """Authenticates requests."""

    def __call__(self, request: requests.PreparedRequest) -> requests.PreparedRequest:
        """Add credentials to a request; raises LoginError when there are none."""
        ...

    def renew(self, request: requests.PreparedRequest) -> bool:
        """Add newer credentials to a request that was refused with 401; return False when there are none."""
        ...


@attrs.frozen
class Call:
    """A call by gRPC: its method, the serialized message, and what returns that as text, for errors."""

    method: str
    message: bytes = attrs.field(repr=False)
    text: Callable[[], str] = attrs.field(repr=False)


class Caller(Protocol):
    """The gRPC interface of the same server."""

    @property
    def is_own(self) -> bool:
        """Whether it is of this process, and not closed."""
        ...

    @property
    def is_usable(self) -> bool:
        """Whether calls may succeed."""
        ...

    def avoid(self, reason: TransportError) -> None:
        """Use HTTP only for a while, and say once why."""

    def call(self, method: str, message: bytes) -> bytes | None:
        """Call a method with a serialized message; return None to fall back to HTTP."""

    def read(self, calls: Sequence[Call], *, persistent: bool) -> list[bytes]:
        """Call methods that read, all at once, and return their answers; raises the errors of HTTP."""
        ...

    def close(self) -> None:
        """Close the connection."""


class Transport:
    """Requests to one server, through one pool of connections; may be shared by threads.

    Args:
        base_url: the URL of the server's paths, as ``http://127.0.0.1:8080/v1``.
        auth: authenticates each request.
        timeout: seconds to connect and to read.
        headers: sent with each request.
        proxies: as requests takes them, ``{"https": "http://proxy:3128"}``.
        trust_env: also use the proxies that the environment names.
        retry: how often a failed request is sent again.
        pool_size: the most connections kept open; more threads than this wait for one.
        operation_timeout: the most seconds for one request with its repetitions and waits; None: five times what
            ``timeout`` allows for one.
        largest_answer: the most bytes of one answer, decompressed.
        slow_query: the seconds from which a request is warned of; None: never.

    Attributes:
        batch_retry: how often a batch, or another write of a flush, is sent again.
        collection_names: which collections are behind aliases.
        congestion: the pause after the server was asked too much.
        log: the log of requests.
        largest_request: the most bytes of objects in one request, unless a single one is larger.
        observers: called with each request before it is sent.
        rpc: the same server's gRPC interface, if it is used.
        version: the server's version, once it was asked.
    """

    def __init__(
        self,
        base_url: str,
        *,
        auth: Authentication | None = None,
        timeout: Timeout = (10.0, 60.0),
        headers: Mapping[str, str] | None = None,
        proxies: Mapping[str, str] | None = None,
        trust_env: bool = False,
        retry: RetryPolicy | None = None,
        pool_size: int = 16,
        operation_timeout: float | None = None,
        largest_answer: int = LARGEST_ANSWER,
        slow_query: float | None = None,
    ) -> None:
        self.base_url = base_url
        self.auth = auth
        self.timeout = timeout
        self.retry = retry or RetryPolicy()
        self.batch_retry = BATCH_RETRY
        self.collection_names = CollectionNames(self._read_aliases)
        self.largest_request = LARGEST_REQUEST
        self.rpc: Caller | None = None
        self.version: tuple[int, int, int] | None = None
        self.observers: list[Callable[[Request], None]] = []
        self.log = RequestLog(slow_query)
        self.headers = dict(headers or {})
        self.proxies = dict(proxies or {})
        self.operation_timeout = operation_timeout
        self.largest_answer = largest_answer
        self._route = Route(self.proxies, trust_env)
        self._pool_size = pool_size
        self.congestion = Congestion()
        self.readiness = Readiness(base_url)
        self._pool: _Pool | None = None
        self._closed = False
        self.begin_in_child()
        renewed_in_children(self)

    def begin_in_child(self) -> None:
        self._lock = threading.Lock()

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
        """Send a request and return its answer.

        Args:
            method: the HTTP method.
            path: the path below ``base_url``, beginning with a slash, already quoted.
            json: the body; numpy arrays, UUIDs and datetimes are encoded as by orjson. Bytes are sent unchanged.
            params: the query string; None values are left out.
            repeatable: the request is idempotent.
            accept: statuses outside 2xx that are no error here.
            timeout: in place of the transport's own.
            retry: in place of the transport's own.

        Raises:
            ConnectionFailedError, RequestTimeoutError: after the last attempt.
            UnexpectedStatusError: for any other status.
            TransportError: the answer is too large, or cannot be read.
        """
        body = json if json is None or isinstance(json, bytes) else encode(json)
        timeout, retry = timeout or self.timeout, retry or self.retry
        send = partial(self._send, method, self.base_url + path, body, params, accept, timeout, retry, count(1))
        with self.operation(timeout):
            return retry.run(send, is_passing if repeatable else never_began)

    def operation(self, timeout: Timeout | None = None) -> AbstractContextManager[None]:
        """Return a block that has the deadline of an operation, whose requests have a timeout, by default our own."""
        return deadline(self.operation_timeout or OPERATION * sum(timeout or self.timeout))

    def check(self) -> None:
        """Check what has to hold when a request is sent.

        Raises:
            ConnectionFailedError: the server was away, and is not ready again.
            OutdatedNamesError: the names of collections are others than those that the request was built with.
        """
        self.readiness.check(self._is_ready)
        self.collection_names.check(self._is_connection_lost)

    def fetch(self, url: str) -> Response:
        """GET a public document from any host, without the server's headers and credentials.

        Raises the errors of :meth:`request`; nothing is repeated.
        """
        with closing(BoundedAdapter(LARGEST_DOCUMENT)) as adapter, deadline(OPERATION * sum(self.timeout)):
            reply = exchange(adapter, bare_request("GET", url), self.timeout, self._route)
        return _checked(reply, "GET", 0, frozenset())

    def route(self, session: S, url: str) -> S:
        """Give a session this transport's proxies and bounds for a URL, and nothing else of it."""
        self._route.prepare(session, url)
        adapter = BoundedAdapter(LARGEST_DOCUMENT)
        session.mount("http://", adapter)
        session.mount("https://", adapter)
        return session

    def has_proxies(self, url: str) -> bool:
        """Return whether there are proxies on the way to a URL."""
        return bool(self._route.settings(url)["proxies"])

    def certificates(self) -> bytes:
        """Return the certificates that are trusted, as PEM."""
        return trusted_certificates(self._route.settings(self.base_url)["verify"])

    def close(self) -> None:
        """Close the connections. A closed transport refuses further requests."""
        with self._lock:
            self._closed = True
            if self.rpc is not None:
                self.rpc.close()
            if self._pool is not None and self._pool.owner == os.getpid():
                self._pool.close()
            self._pool = None

    def _check_for(self, method: str, url: str) -> None:
        """Check what has to hold, with errors of the request that is to be sent."""
        try:
            self.check()
        except ConnectionFailedError as error:
            text = str(error).replace(self.base_url + READINESS, url)
            raise type(error)(text, method=method, url=url, sent=False) from error.__cause__

    def _is_ready(self) -> bool:
        pool, url = self._current_pool(), self.base_url + READINESS
        request = pool.prepare("GET", url, None, None)
        return self._exchange(pool, request, Request("GET", url, None), self.timeout).status != 503

    def _is_connection_lost(self) -> bool:
        return self._current_pool().adapter.is_connection_lost()

    def _read_aliases(self, persistent: bool) -> dict[str, str]:
        answer = self.request("GET", "/aliases", retry=self.batch_retry if persistent else NO_RETRY)
        return {item["alias"]: item["class"] for item in answer.json(ALIASES).get("aliases") or ()}

    def _send(
        self,
        method: str,
        url: str,
        body: bytes | None,
        params: Mapping[str, Any] | None,
        accept: frozenset[int],
        timeout: Timeout,
        retry: RetryPolicy,
        attempts: Iterator[int],
    ) -> Response:
        if WELL_KNOWN not in url:
            self._check_for(method, url)
        if retry is not NO_RETRY:
            self.congestion.wait()
        pool = self._current_pool()
        prepared = pool.prepare(method, url, body, params)
        if self.auth is not None:
            prepared = self.auth(prepared)
        observed = Request(method, url, body, params or {}, next(attempts))
        reply = self._exchange(pool, prepared, observed, timeout)
        # another server, after a redirect, gets no credentials
        is_refused = reply.status == 401 and is_same_server(url, reply.url)
        if is_refused and self.auth is not None and self.auth.renew(prepared):
            reply = self._exchange(pool, prepared, observed, timeout)
        if reply.status == CROWDED:
            self.congestion.refused(reply.retry_after)
        else:
            self.congestion.passed()
        return _checked(reply, method, len(body or b""), accept)

    def _exchange(self, pool: _Pool, prepared: requests.PreparedRequest, observed: Request, timeout: Timeout) -> Reply:
        for observe in self.observers:
            observe(observed)
        try:
            if self.log.is_on:
                reply = self._logged(partial(exchange, pool.adapter, prepared, timeout, pool), observed)
            else:
                reply = exchange(pool.adapter, prepared, timeout, pool)
        except TransportError as error:
            self.readiness.doubt(error)
            self.collection_names.expire()
            raise
        if reply.cookies:
            pool.session.cookies.update(reply.cookies)
        return reply

    def _logged(self, send: Callable[[], Reply], observed: Request) -> Reply:
        return self.log.record(
            send,
            lambda reply: (reply.status, len(reply.content)),
            method=observed.method,
            url=observed.url,
            path=observed.url.removeprefix(self.base_url),
            body=observed.body,
            attempt=observed.attempt,
        )

    def allow_connections(self, count: int) -> None:
        """Keep up to so many connections open, for threads that would wait for one."""
        with self._lock:
            if count > self._pool_size:
                self._pool_size = count
                self._pool = None  # requests under way end by the pool that they have

    def _current_pool(self) -> _Pool:
        # Sockets must not be shared with a forked child: it makes a pool of its own.
        if self._pool is not None and self._pool.owner == os.getpid():
            return self._pool
        with self._lock:
            if self._closed:
                raise TransportError("this client is closed; make a new one")
            if self._pool is None or self._pool.owner != os.getpid():
                adapter = BoundedAdapter(self.largest_answer, self._pool_size)
                self._pool = _Pool(adapter, self.headers, self._route, self.base_url)
            return self._pool


class _Pool:
    """The connections of one process to the server, and the routes to others that it redirects to."""

    def __init__(self, adapter: BoundedAdapter, headers: Mapping[str, str], route: Route, base_url: str) -> None:
        self.adapter = adapter
        self.owner = os.getpid()
        self.session = requests.Session()  # it only prepares requests
        self.session.trust_env = False
        self.session.headers.update({"Content-Type": "application/json", "Accept-Encoding": ENCODINGS, **headers})
        self._route = route
        self._base_url = base_url
        self._settings = route.settings(base_url)
        self._prepared = lru_cache(64)(self._prepare_bare)

    def settings(self, url: str) -> Mapping[str, Any]:
        """Return what :meth:`Route.settings` does; those of the server are computed once."""
        return self._settings if url.startswith(self._base_url) else self._route.settings(url)

    def prepare(
        self, method: str, url: str, body: bytes | None, params: Mapping[str, Any] | None
    ) -> requests.PreparedRequest:
        """Prepare a request as ``Session.request`` does; a recurring one once, because that takes half of the time."""
        try:
            if params or self.session.cookies:
                prepared = self.session.prepare_request(requests.Request(method, url, params=params))
            else:
                prepared = self._prepared(method, url).copy()
        except (requests.exceptions.RequestException, ValueError) as error:
            raise TransportError(
                f"{method} {url} could not be sent: {root_cause(error)}", method=method, url=url
            ) from error
        prepared.prepare_body(body, None)
        return prepared

    def close(self) -> None:
        """Close the connections."""
        self.adapter.close()

    def _prepare_bare(self, method: str, url: str) -> requests.PreparedRequest:
        return self.session.prepare_request(requests.Request(method, url))


def encode(value: object) -> bytes:
    """Encode a value as JSON. Raises ValidationError for one that cannot be encoded."""
    try:
        return orjson.dumps(value, option=orjson.OPT_SERIALIZE_NUMPY)
    except orjson.JSONEncodeError as error:
        raise ValidationError(f"this cannot be written as JSON: {error}") from error


def _checked(reply: Reply, method: str, sent: int, accept: frozenset[int]) -> Response:
    if 200 <= reply.status < 300 or reply.status in accept:
        return Response(reply.status, reply.content, reply.url, method)
    raise status_error(reply, method, sent)

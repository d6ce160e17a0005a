"""Connections to any host: every exchange is bounded in time and size, and no secret goes to another host."""

from __future__ import annotations

import http.client
import io
import math
import re
import ssl
import time
from collections.abc import Mapping
from typing import Any
from urllib.parse import urljoin, urlsplit

import attrs
import requests
import urllib3
from requests.adapters import HTTPAdapter
from requests.cookies import RequestsCookieJar
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.exceptions import NewConnectionError
from urllib3.util.connection import is_connection_dropped

from weaviate_orm.exceptions import CertificateError, ConnectionFailedError, RequestTimeoutError, TransportError
from weaviate_orm.http.deadlines import seconds_left
from weaviate_orm.http.decompression import CHUNK, ENCODINGS, BodyError, read_body
from weaviate_orm.http.retry import seconds_to_wait
from weaviate_orm.http.routes import Way

Timeout = tuple[float, float]
"""Seconds to wait for a connection, and for each part of the answer."""

MOST_REDIRECTS = 5

_LARGEST_HEAD = 2**20
"""The most bytes before a body: status lines, ``100 Continue`` among them, and headers."""

_PORTS = {"http": 80, "https": 443}


@attrs.frozen
class Reply:
    """A raw answer: its body is read to the end, and its connection is back in the pool."""

    status: int
    headers: Mapping[str, str] = attrs.field(repr=False)
    content: bytes = attrs.field(repr=False)
    url: str
    cookies: RequestsCookieJar = attrs.field(repr=False)

    @property
    def retry_after(self) -> float | None:
        """The seconds after which the server asks to come back, or None."""
        return seconds_to_wait(self.headers.get("Retry-After"), self.headers.get("Date"))

    def target(self) -> str | None:
        """Return the URL that this redirects to, or None. Raises TransportError for an invalid one."""
        location = self.headers.get("Location")
        if location is None or self.status not in (301, 302, 303, 307, 308):
            return None
        try:
            target = urljoin(self.url, location)
            origin(target)
        except ValueError as error:
            shown = without_credentials(location[:200])
            raise TransportError(f"{self.url} redirects to {shown!r}, which is no URL: {error}", url=self.url) from None
        return target


def origin(url: str) -> tuple[str, str, int]:
    """Return the scheme, the host and the port of a URL; raises ValueError for one that is not HTTP.

    >>> origin("HTTPS://Example.org/a")
    ('https', 'example.org', 443)
    """
    parts = urlsplit(url)
    scheme = parts.scheme.lower()
    if scheme not in _PORTS or not parts.hostname:
        raise ValueError("neither http:// nor https://, and a host")
    return scheme, parts.hostname.lower(), parts.port if parts.port is not None else _PORTS[scheme]


def is_same_server(url: str, target: str) -> bool:
    """Return whether a secret for one URL may be sent to another: the same origin, or its ``https``."""
    own, other = origin(url), origin(target)
    return own == other or (own[:2] == ("http", other[1]) and other[0] == "https" and {own[2], other[2]} == {80, 443})


def is_downgrade(url: str, target: str) -> bool:
    """Return whether the target of an encrypted URL is not encrypted."""
    return origin(url)[0] == "https" and origin(target)[0] != "https"


def without_credentials(text: str) -> str:
    """Remove users and passwords from the URLs in a text.

    >>> without_credentials("cannot reach http://ada:secret@proxy:3128/a")
    'cannot reach http://proxy:3128/a'
    """
    return re.sub(r"(?<=//)[^/?#\s]*@", "", text)


class BoundedAdapter(HTTPAdapter):
    """Sends within the deadline of the thread, and reads a whole body of at most ``largest`` bytes."""

    def __init__(self, largest: int, pool_size: int = 1) -> None:
        self._largest = largest
        super().__init__(pool_connections=4, pool_maxsize=pool_size, pool_block=True)

    def init_poolmanager(self, *args: Any, **settings: Any) -> None:
        super().init_poolmanager(*args, **settings)
        self.poolmanager.pool_classes_by_scheme = _POOLS

    def proxy_manager_for(self, proxy: str, **settings: Any) -> Any:
        manager = super().proxy_manager_for(proxy, **settings)
        if not proxy.lower().startswith("socks"):
            manager.pool_classes_by_scheme = _POOLS
        return manager

    def is_connection_lost(self) -> bool:
        """Return whether a server has closed a connection that a next request would take."""
        return any(map(_has_lost_connection, map(self.poolmanager.pools.get, self.poolmanager.pools.keys())))

    def send(self, request: requests.PreparedRequest, *args: Any, **settings: Any) -> requests.Response:
        """Send a request and read the body. Raises the errors of requests, and TransportError for a refused body."""
        settings["timeout"] = _within_deadline(settings.get("timeout") or (10.0, 60.0))
        settings["stream"] = True
        answer = super().send(request, *args, **settings)
        if (request.method == "HEAD" or answer.status_code in (204, 304)) and _announces_body(answer):
            answer.raw.close()  # a body after such a head would be read as the next answer
        try:
            chunks = answer.raw.stream(CHUNK, decode_content=False)
            answer._content = read_body(chunks, answer.headers.get("Content-Encoding", ""), self._largest)
        except BodyError as error:
            answer.close()
            raise TransportError(
                f"the answer to {request.method} {request.url} {error}", method=request.method, url=request.url
            ) from None
        except urllib3.exceptions.ReadTimeoutError as error:
            answer.close()
            raise requests.exceptions.ReadTimeout(error, request=request) from error
        except (urllib3.exceptions.HTTPError, OSError) as error:
            answer.close()
            raise requests.exceptions.ChunkedEncodingError(error, request=request) from error
        answer._content_consumed = True  # type: ignore[attr-defined]
        answer.raw.release_conn()
        return answer


def _has_lost_connection(pool: Any) -> bool:
    waiting = getattr(pool, "pool", None)
    try:
        idle = waiting.queue[-1] if waiting is not None else None
    except IndexError:  # all are in use
        return False
    return idle is not None and is_connection_dropped(idle)


def bare_request(method: str, url: str) -> requests.PreparedRequest:
    """Make a request without headers of ours; raises TransportError for an invalid URL."""
    try:
        origin(url)
        return requests.Request(method, url, headers={"Accept-Encoding": ENCODINGS}).prepare()
    except (requests.exceptions.RequestException, ValueError) as error:
        shown = without_credentials(url)
        message = f"{shown} cannot be asked: {root_cause(error)}"
        raise TransportError(message, method=method, url=shown) from None


def _announces_body(answer: requests.Response) -> bool:
    return "Transfer-Encoding" in answer.headers or answer.headers.get("Content-Length", "0").strip() != "0"


def exchange(adapter: HTTPAdapter, request: requests.PreparedRequest, timeout: Timeout, way: Way) -> Reply:
    """Send a request and read its answer.

    Only redirects of GET and HEAD are followed: a POST would turn into a GET, which stores nothing and is no error.
    Another server gets a request without headers of ours, and an encrypted request is never repeated unencrypted.

    Raises errors of TransportError's tree.
    """
    for _ in range(MOST_REDIRECTS):
        reply = _exchange_once(adapter, request, timeout, way)
        target = reply.target() if request.method in ("GET", "HEAD") else None
        if target is None or is_downgrade(reply.url, target):
            return reply
        if is_same_server(reply.url, target):
            request = request.copy()
            request.url = requests.utils.requote_uri(target)
        else:
            request = bare_request(str(request.method), target)
    raise TransportError(f"{request.method} {request.url}: redirected without end", method="GET", url=request.url)


def _exchange_once(adapter: HTTPAdapter, request: requests.PreparedRequest, timeout: Timeout, way: Way) -> Reply:
    method, url = str(request.method), str(request.url)
    try:
        answer = adapter.send(request, timeout=timeout, **way.settings(url))
    except TransportError:
        raise
    except requests.exceptions.RequestException as error:
        raise translated(error, method, url, timeout) from error
    except (ValueError, urllib3.exceptions.HTTPError, http.client.HTTPException) as error:
        message = f"{method} {url} could not be sent: {root_cause(error)}"
        raise TransportError(message, method=method, url=url) from error
    return Reply(answer.status_code, answer.headers, answer.content, url, answer.cookies)


def translated(error: requests.exceptions.RequestException, method: str, url: str, timeout: Timeout) -> TransportError:
    """Return the error of our tree for an error of requests."""
    if isinstance(error, requests.exceptions.Timeout) and seconds_left() <= 0:
        message = f"{method} {url} was not over when its time was; Config(operation_timeout=…) gives an operation more"
        return RequestTimeoutError(message, method=method, url=url)
    if isinstance(error, requests.exceptions.SSLError) and isinstance(_first(error), ssl.SSLCertVerificationError):
        return CertificateError(untrusted(url, root_cause(error)), method=method, url=url, sent=False)
    if isinstance(error, requests.exceptions.ConnectTimeout):
        message = f"no connection to {url} within {timeout[0]:g} s; is the address right and the server up?"
        return ConnectionFailedError(message, method=method, url=url, sent=False)
    if isinstance(error, requests.exceptions.Timeout):
        message = f"{method} {url} was not answered within {timeout[1]:g} s; a longer timeout_config may help"
        return RequestTimeoutError(message, method=method, url=url)
    if isinstance(error, requests.exceptions.ConnectionError):
        reason = getattr(error.args[0] if error.args else None, "reason", None)
        if isinstance(reason, NewConnectionError):
            message = f"cannot connect to {url}: {root_cause(error)}; is the server running there?"
            return ConnectionFailedError(message, method=method, url=url, sent=False)
        message = f"the connection was cut during {method} {url}: {root_cause(error)}"
        return ConnectionFailedError(message, method=method, url=url)
    if isinstance(error, requests.exceptions.ChunkedEncodingError):
        message = f"the answer to {method} {url} ended half way: {root_cause(error)}"
        return ConnectionFailedError(message, method=method, url=url)
    reason_text = without_credentials(str(error))
    return TransportError(f"{method} {url} could not be sent: {reason_text}", method=method, url=url)


def untrusted(url: str, reason: str) -> str:
    """Return the text of an error about the certificate of a URL."""
    return (
        f"the certificate of {without_credentials(url)} is not trusted: {reason}; one of a CA of your own needs "
        f"Client(…, trust_env=True) and $REQUESTS_CA_BUNDLE"
    )


def root_cause(error: BaseException) -> str:
    """Describe the first error of a chain."""
    first = _first(error)
    return without_credentials(f"{type(first).__name__}: {first}")


def _first(error: BaseException) -> BaseException:
    visited = set[int]()
    while (cause := error.__cause__ or error.__context__) is not None and id(error) not in visited:
        visited.add(id(error))  # errors that are raised again may lead to each other
        error = cause
    return error


def _within_deadline(timeout: Timeout) -> Timeout:
    remaining = seconds_left()
    if remaining == math.inf:
        return timeout
    remaining = max(remaining, 0.001)  # 0 is no valid timeout
    return min(timeout[0], remaining), min(timeout[1], remaining)


class _Incoming(io.RawIOBase):
    """The bytes that a socket receives until the deadline, and at most ``most`` unless that is None."""

    def __init__(self, sock: Any) -> None:
        self._sock = sock
        self._raw = sock.makefile("rb", buffering=0)
        self._end = time.monotonic() + seconds_left()
        self.most: int | None = None

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int | None:
        remaining = self._end - time.monotonic()
        if remaining <= 0:
            raise TimeoutError("the time of this operation is over")
        timeout = self._sock.gettimeout()
        if timeout is None or remaining < timeout:
            self._sock.settimeout(remaining)
        count: int | None = self._raw.readinto(buffer)
        if self.most is not None and count:
            self.most -= count
            if self.most < 0:
                raise http.client.HTTPException(f"more than {_LARGEST_HEAD:,} bytes before the body")
        return count

    def close(self) -> None:
        self._raw.close()
        super().close()

    def makefile(self, mode: str) -> io.BufferedReader:
        """Return a reader, as http.client gets one from a socket."""
        return io.BufferedReader(self)


class _Answer(http.client.HTTPResponse):
    def __init__(self, sock: Any, *args: Any, **settings: Any) -> None:
        self._incoming = _Incoming(sock)
        super().__init__(self._incoming, *args, **settings)  # type: ignore[arg-type]

    def begin(self) -> None:
        self._incoming.most = _LARGEST_HEAD
        super().begin()
        self._incoming.most = None


class _Connection(HTTPConnection):
    response_class = _Answer


class _SecureConnection(HTTPSConnection):
    response_class = _Answer


class _PlainPool(urllib3.HTTPConnectionPool):
    ConnectionCls: Any = _Connection


class _SecurePool(urllib3.HTTPSConnectionPool):
    ConnectionCls: Any = _SecureConnection


_POOLS: Mapping[str, Any] = {"http": _PlainPool, "https": _SecurePool}

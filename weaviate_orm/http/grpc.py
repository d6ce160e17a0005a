"""Calls by gRPC, which are faster for some requests; HTTP can do the same."""

from __future__ import annotations

import logging
import math
import os
import threading
import time
from collections.abc import Callable, Sequence
from functools import lru_cache, partial
from queue import Empty, SimpleQueue
from typing import Any, Union
from urllib.parse import urlsplit

import requests
from requests.structures import CaseInsensitiveDict

from weaviate_orm.exceptions import (
    AuthenticationError,
    CertificateError,
    ConfigurationError,
    ConnectionFailedError,
    RequestTimeoutError,
    StartUpError,
    TransportError,
)
from weaviate_orm.forks import renewed_in_children
from weaviate_orm.http.deadlines import seconds_left
from weaviate_orm.http.grpc_errors import call_error, is_absent, is_outage
from weaviate_orm.http.retry import is_crowded, is_passing
from weaviate_orm.http.transport import Call, Request, Transport

logger = logging.getLogger(__name__)

COOLDOWN = 10.0
"""Seconds to use HTTP only after gRPC did not answer; twice as many each time that it does not answer again."""

LONGEST_COOLDOWN = 600.0

SECONDS_TO_WATCH = 2.0
"""The most seconds that gRPC's thread has to end which watches for a connection; it looks up every 0.2."""

LONGEST_BACKOFF = 1000
"""Milliseconds between attempts to connect again."""

LARGEST_METADATA = 2**20
"""The most bytes of metadata; messages of errors are part of them, and by default not more than 16 KiB."""

_SERVICE = "/weaviate.v1.Weaviate/"
_HEALTH = "/grpc.health.v1.Health/Check"

Outcome = Union[bytes, TransportError]
"""The answer to a call, or its error."""


class _Channel:
    """A connection, and the methods that are called by it."""

    def __init__(self, channel: Any) -> None:
        self.channel = channel
        self.method = lru_cache(None)(channel.unary_unary)


class Rpc:
    """Weaviate's gRPC interface; may be shared by threads. A forked child has none.

    It sends the transport's headers and credentials, encrypted if the transport's address is ``https``.

    Args:
        transport: the HTTP connection to the same server.
        address: where the server's gRPC interface listens: a port of the transport's host, or ``host:port``.
        cooldown: seconds to use HTTP only after gRPC did not answer.

    Raises ConfigurationError when gRPC is not installed, or the transport goes through a proxy.
    """

    def __init__(self, transport: Transport, address: int | str, cooldown: float = COOLDOWN) -> None:
        # gRPC's fork() handlers crash a child now and then (seen with grpcio 1.85); here a child goes without gRPC
        os.environ.setdefault("GRPC_ENABLE_FORK_SUPPORT", "0")
        try:
            import grpc
        except ImportError as error:
            raise ConfigurationError(
                'the client is to use gRPC, which is not installed: pip install "weaviate-mapper[grpc]"'
            ) from error
        if transport.proxies:
            raise ConfigurationError("gRPC does not go through proxies: leave out the proxies, or say grpc=False")
        self.target = target_of(transport.base_url, address)
        self._transport = transport
        self._grpc: Any = grpc
        self._owner = os.getpid()
        self._cooldown = cooldown
        self._unused_until = 0.0
        self._outages = 0
        self._was_connected = False
        options = [
            ("grpc.max_send_message_length", -1),
            ("grpc.max_receive_message_length", min(transport.largest_answer, 2**31 - 1)),
            ("grpc.max_metadata_size", LARGEST_METADATA),
            ("grpc.absolute_max_metadata_size", LARGEST_METADATA),
            ("grpc.enable_http_proxy", 0),
            # the time to connect, in spite of its name; 20 seconds by default
            ("grpc.min_reconnect_backoff_ms", max(int(transport.timeout[0] * 1000), 1)),
            # by default two minutes, in which a server that is back is not asked
            ("grpc.initial_reconnect_backoff_ms", LONGEST_BACKOFF // 4),
            ("grpc.max_reconnect_backoff_ms", LONGEST_BACKOFF),
            # a new channel is to have a new connection
            ("grpc.use_local_subchannel_pool", 1),
        ]
        if urlsplit(transport.base_url).scheme == "https":
            credentials = grpc.ssl_channel_credentials(transport.certificates())
            self._open: Callable[[], Any] = partial(grpc.secure_channel, self.target, credentials, options)
        else:
            self._open = partial(grpc.insecure_channel, self.target, options)
        self._channel = _Channel(self._open())
        self.begin_in_child()
        renewed_in_children(self)

    def begin_in_child(self) -> None:
        self._lock = threading.Lock()

    def wait(self, seconds: float) -> None:
        """Wait for a connection, a second at least.

        Raises:
            CertificateError: the server's certificate is not trusted.
            StartUpError: there is no connection.
        """
        seconds = max(seconds, 1.0)
        end = time.monotonic() + seconds
        reason: TransportError | None = None
        states: SimpleQueue[Any] = SimpleQueue()
        channel, possible = self._channel, self._grpc.ChannelConnectivity
        channel.channel.subscribe(states.put, try_to_connect=True)
        try:
            while not self._was_connected:
                state = states.get(timeout=max(end - time.monotonic(), 0.0))
                self._was_connected = state is possible.READY
                if state is possible.TRANSIENT_FAILURE:
                    reason = self._failure_to_connect(channel, max(end - time.monotonic(), 0.0))
                    if isinstance(reason, CertificateError):
                        raise reason
        except Empty:
            raise StartUpError(
                f"no gRPC at {self.target} within {seconds:g} s; is that the address of the server's gRPC interface? "
                f"With grpc=False everything goes over HTTP. What came: {reason or 'nothing'}",
                url=self.target,
            ) from reason
        finally:
            channel.channel.unsubscribe(states.put)

    def call(self, method: str, message: bytes) -> bytes | None:
        """Call a method of the service with a serialized message; return None to fall back to HTTP.

        Raises:
            LoginError: there is no token to send.
            OutdatedNamesError: the message has names of collections that are others by now.
            AuthenticationError: a renewed token was refused too. HTTP would renew it once more.
            RequestTimeoutError: the time of the operation is over.
        """
        if not self.is_usable:
            return None
        with self._transport.operation():
            answer, is_renewed = self._authenticated(Call(method, message, partial(str, method)))
            if isinstance(answer, bytes):
                return answer
            if is_renewed and isinstance(answer, AuthenticationError):
                raise answer
            if isinstance(answer, RequestTimeoutError) and seconds_left() <= 0:
                raise answer
        if is_outage(answer):
            self.avoid(answer)
        else:
            logger.warning("%s by gRPC at %s failed, and goes over HTTP: %s", method, self.target, answer)
        return None

    @property
    def is_own(self) -> bool:
        """Whether it is of this process, which is no forked child, and not closed."""
        return os.getpid() == self._owner

    @property
    def is_usable(self) -> bool:
        """Whether calls may succeed: not in a forked child, nor for a while after gRPC did not answer."""
        return time.monotonic() >= self._unused_until and self.is_own

    def avoid(self, reason: TransportError) -> None:
        """Use HTTP only for a while; for good where there was no connection yet. Said once for each outage."""
        with self._lock:
            now = time.monotonic()
            if now < self._unused_until:
                return  # another thread has noticed
            self._outages += 1
            if not self._was_connected:
                self._unused_until = math.inf
            elif is_absent(reason):
                self._unused_until = now + LONGEST_COOLDOWN
            else:
                seconds = self._cooldown * 2.0 ** min(self._outages - 1, 10)
                self._unused_until = now + min(seconds, max(LONGEST_COOLDOWN, self._cooldown))
            level = logging.WARNING if self._outages == 1 else logging.INFO
        logger.log(level, "gRPC does not answer at %s, and what it carries goes over HTTP: %s", self.target, reason)

    def read(self, calls: Sequence[Call], *, persistent: bool) -> list[bytes]:
        """Call methods that read, all at once, and return their answers.

        ``persistent``: send messages again after passing failures, as HTTP requests are. A server that is asked too
        much at once is waited for in any case.

        Raises:
            ConnectionFailedError, RequestTimeoutError: after the last attempt.
            GraphQLError: the server refuses a query.
            UnexpectedStatusError: it refuses the user, is too busy, or has no gRPC.
            TransportError: an answer is too large; this is a forked child, or the client is closed.
        """
        if not self.is_own:
            raise self._unowned()
        with self._transport.operation():
            # one by one they can be sent again
            is_one_by_one = self._transport.log.is_on or self._transport.readiness.is_doubted
            if len(calls) > 1 and self._was_connected and not is_one_by_one:
                return self._read_at_once(calls, persistent)
            return [self._read(call, persistent) for call in calls]

    def close(self) -> None:
        """Close the connection. Later calls return None."""
        if self.is_own:
            self._owner = 0
            _wait_for_watcher(self._channel.channel)
            self._channel.channel.close()

    def _read(self, call: Call, persistent: bool) -> bytes:
        def send() -> bytes:
            answer, _ = self._authenticated(call)
            if isinstance(answer, TransportError):
                raise answer
            return answer

        return self._transport.retry.run(send, is_passing if persistent else is_crowded)

    def _read_at_once(self, calls: Sequence[Call], persistent: bool) -> list[bytes]:
        self._transport.check()
        self._transport.congestion.wait()
        request = self._authenticated_request()
        passes = is_passing if persistent else is_crowded
        channel = self._channel
        started: list[Any] = []
        answers: list[bytes] = []
        is_renewed = False
        try:
            for call in calls:
                self._observe(call)
                started.append(self._begin(channel, call, request))
            for call, future in zip(calls, started, strict=True):
                answer = self._outcome(channel, call, future.result)
                if isinstance(answer, AuthenticationError):
                    # the first that is refused renews the credentials for all
                    is_renewed = is_renewed or self._renew(request)
                    if is_renewed:
                        answer = self._send(call, request)
                if isinstance(answer, TransportError):
                    if not passes(answer):
                        raise answer
                    answer = self._read(call, persistent)
                answers.append(answer)
        finally:
            for future in started:
                future.cancel()
        return answers

    def _authenticated(self, call: Call) -> tuple[Outcome, bool]:
        """Return the outcome of a call, and whether the credentials were renewed for it."""
        try:
            self._transport.check()
        except ConnectionFailedError as error:
            return error, False
        self._transport.congestion.wait()
        request = self._authenticated_request()
        answer = self._send(call, request)
        if isinstance(answer, AuthenticationError) and self._renew(request):
            return self._send(call, request), True
        return answer, False

    def _authenticated_request(self) -> requests.PreparedRequest:
        """Return an HTTP request whose headers are the metadata of a call; it is never sent."""
        request = requests.PreparedRequest()
        request.url, request.headers = self._transport.base_url, CaseInsensitiveDict(self._transport.headers)
        return request if self._transport.auth is None else self._transport.auth(request)

    def _renew(self, request: requests.PreparedRequest) -> bool:
        return self._transport.auth is not None and self._transport.auth.renew(request)

    def _observe(self, call: Call) -> None:
        for observe in self._transport.observers:
            observe(Request("POST", self._url(call), call.message))

    def _send(self, call: Call, request: requests.PreparedRequest) -> Outcome:
        self._observe(call)
        channel = self._channel

        def send() -> bytes:
            # no local variable holds the metadata: a traceback would show the token
            method, timeout = channel.method(_path(call)), self._timeout()
            answer: bytes = method(call.message, timeout=timeout, metadata=_metadata(request))
            return answer

        return self._outcome(channel, call, partial(self._logged, call, send) if self._transport.log.is_on else send)

    def _begin(self, channel: _Channel, call: Call, request: requests.PreparedRequest) -> Any:
        """Send a call; return the future of its answer."""
        method, timeout = channel.method(_path(call)), self._timeout()
        try:
            return method.future(call.message, timeout=timeout, metadata=_metadata(request))
        except ValueError:
            raise self._unowned() from None

    def _failure_to_connect(self, channel: _Channel, seconds: float) -> TransportError | None:
        """Return why there is no connection, which only a call tells; it has no credentials."""
        try:
            channel.method(_HEALTH)(b"", timeout=seconds)
        except self._grpc.RpcError as error:
            failed = error
        else:
            return None
        return call_error(failed, f"grpc://{self.target}{_HEALTH}", _HEALTH)

    def _outcome(self, channel: _Channel, call: Call, answer: Callable[[], bytes]) -> Outcome:
        try:
            content = answer()
        except self._grpc.RpcError as error:
            failed = error
        except ValueError:  # the channel was closed meanwhile
            return self._unowned()
        else:
            self._note_answer()
            return content
        failure = call_error(failed, self._url(call), call.text())
        self._transport.collection_names.expire()
        if self._was_connected:
            self._transport.readiness.doubt(failure)
        if is_crowded(failure):
            self._transport.congestion.refused(None)
        if isinstance(failure, RequestTimeoutError):
            self._replace(channel)
        elif not is_outage(failure):
            self._note_answer()
        elif not isinstance(failure, ConnectionFailedError) or failure.sent:
            self._was_connected = True
        return failure

    def _note_answer(self) -> None:
        self._was_connected = True
        if self._outages:
            self._outages, self._unused_until = 0, 0.0
            logger.info("gRPC answers again at %s", self.target)

    def _replace(self, channel: _Channel) -> None:
        """Let later calls have another connection: one by which no answer came in time may be dead."""
        with self._lock:
            if self._channel is channel and self.is_own:
                self._channel = _Channel(self._open())

    def _timeout(self) -> float:
        return min(self._transport.timeout[1], seconds_left())

    def _unowned(self) -> TransportError:
        return TransportError(f"{self.target} cannot be called: the client is closed, or this is a forked child")

    def _logged(self, call: Call, send: Callable[[], bytes]) -> bytes:
        return self._transport.log.record(
            send,
            lambda answer: ("OK", len(answer)),
            method="POST",
            url=self._url(call),
            path=_path(call),
            body=call.message,
            wire="gRPC",
        )

    def _url(self, call: Call) -> str:
        return f"grpc://{self.target}{_path(call)}"


def _wait_for_watcher(channel: Any) -> None:
    """Wait for the end of the thread by which ``subscribe`` watches a channel, which nobody watches any more.

    The thread of a channel that is closed meanwhile fails, and says so on stderr (seen with grpcio 1.85).
    """
    state, end = getattr(channel, "_connectivity_state", None), time.monotonic() + SECONDS_TO_WATCH
    while getattr(state, "polling", False) and time.monotonic() < end:
        time.sleep(0.01)


def target_of(base_url: str, address: int | str) -> str:
    """Return ``host:port`` of an address, of which a port is one of the URL's host.

    >>> target_of("http://[::1]:8080/v1", 50051), target_of("http://a/v1", "b:50051")
    ('[::1]:50051', 'b:50051')
    """
    if isinstance(address, str):
        return address
    host = str(urlsplit(base_url).hostname)
    return f"[{host}]:{address}" if ":" in host else f"{host}:{address}"


def _path(call: Call) -> str:
    return call.method if call.method.startswith("/") else _SERVICE + call.method


def _metadata(request: requests.PreparedRequest) -> tuple[tuple[str, str], ...]:
    headers = {name.lower(): str(value) for name, value in request.headers.items()}
    return tuple((name, value) for name, value in headers.items() if name != "content-length")

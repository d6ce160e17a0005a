"""Calls by gRPC, which are faster for some requests; HTTP can do the same."""

from __future__ import annotations

import logging
import math
import os
import time
from collections.abc import Callable, Sequence
from functools import lru_cache, partial
from queue import Empty, SimpleQueue
from typing import Any
from urllib.parse import urlsplit

import requests
from requests.structures import CaseInsensitiveDict

from weaviate_orm.exceptions import (
    AuthenticationError,
    ConfigurationError,
    ConnectionFailedError,
    StartUpError,
    TransportError,
)
from weaviate_orm.http.deadlines import deadline, seconds_left
from weaviate_orm.http.grpc_errors import call_error, is_unauthenticated
from weaviate_orm.http.retry import NO_RETRY, is_passing
from weaviate_orm.http.transport import OPERATION, Call, Request, Transport

logger = logging.getLogger(__name__)

COOLDOWN = 10.0
"""Seconds to use HTTP only after gRPC was unreachable, or did not answer in time."""

LONGEST_BACKOFF = 1000
"""Milliseconds between attempts to connect again."""

_CANNOT_CONNECT = frozenset({"UNAVAILABLE", "DEADLINE_EXCEEDED"})
_PATH = "/weaviate.v1.Weaviate/"


class Rpc:
    """Weaviate's gRPC interface; may be shared by threads.

    It sends the transport's headers and credentials, encrypted if the transport's address is ``https``.

    Args:
        transport: the HTTP connection to the same server.
        address: where the server's gRPC interface listens: a port of the transport's host, or ``host:port``.
        cooldown: seconds to use HTTP only after gRPC was unreachable.

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
        parts = urlsplit(transport.base_url)
        host = f"[{parts.hostname}]" if ":" in str(parts.hostname) else parts.hostname
        self.target = address if isinstance(address, str) else f"{host}:{address}"
        self._transport = transport
        self._grpc: Any = grpc
        self._owner = os.getpid()
        self._cooldown = cooldown
        self._unused_until = 0.0
        self._was_connected = False
        options = [
            ("grpc.max_send_message_length", -1),
            ("grpc.max_receive_message_length", min(transport.largest_answer, 2**31 - 1)),
            ("grpc.enable_http_proxy", 0),
            # by default two minutes, in which a server that is back is not asked
            ("grpc.initial_reconnect_backoff_ms", LONGEST_BACKOFF // 4),
            ("grpc.max_reconnect_backoff_ms", LONGEST_BACKOFF),
        ]
        if parts.scheme == "https":
            with open(transport.certificates, "rb") as trusted:
                credentials = grpc.ssl_channel_credentials(trusted.read())
            self._channel = grpc.secure_channel(self.target, credentials, options)
        else:
            self._channel = grpc.insecure_channel(self.target, options)
        self._method = lru_cache(None)(self._channel.unary_unary)

    def wait(self, seconds: float) -> None:
        """Wait for a connection, a second at least; raises StartUpError when there is none."""
        seconds = max(seconds, 1.0)
        ready = self._grpc.channel_ready_future(self._channel)
        try:
            ready.result(timeout=seconds)
        except self._grpc.FutureTimeoutError as error:
            ready.cancel()
            raise StartUpError(
                f"no gRPC at {self.target} within {seconds:g} s; is that the address of the server's gRPC interface? "
                f"With grpc=False everything goes over HTTP",
                url=self.target,
            ) from error
        self._was_connected = True

    def call(self, method: str, message: bytes) -> bytes | None:
        """Call a method of the service with a serialized message; return None to fall back to HTTP.

        Raises:
            LoginError: there is no token to send.
            OutdatedNamesError: the message has names of collections that are others by now.
            AuthenticationError: a renewed token was refused too. HTTP would renew it once more.
        """
        if not self.is_usable:
            return None
        path = _PATH + method
        try:
            answer, error, is_renewed = self._authenticated(path, message)
        except ConnectionFailedError:
            self.avoid()
            logger.warning("%s by gRPC at %s failed, and goes over HTTP: UNAVAILABLE", method, self.target)
            return None
        if error is not None and is_renewed and is_unauthenticated(error):
            raise self._refused(path, error)
        if error is not None:
            self._transport.collection_names.expire()
            if error.code().name in _CANNOT_CONNECT:
                self.avoid()
            logger.warning(
                "%s by gRPC at %s failed, and goes over HTTP: %s %s",
                *(method, self.target, error.code().name, error.details()),
            )
        return answer

    @property
    def is_usable(self) -> bool:
        """Whether calls may succeed: not in a forked child, nor for a while after gRPC was unreachable."""
        return time.monotonic() >= self._unused_until and os.getpid() == self._owner

    def avoid(self) -> None:
        """Use HTTP only for a while; for ever where there was no connection yet."""
        self._unused_until = time.monotonic() + self._cooldown if self._was_connected else math.inf

    def read(self, calls: Sequence[Call], *, persistent: bool) -> list[bytes]:
        """Call methods that read, all at once, and return their answers.

        ``persistent``: send messages again after passing failures, as HTTP requests are.

        Raises:
            ConnectionFailedError, RequestTimeoutError: after the last attempt.
            GraphQLError: the server refuses a query.
            UnexpectedStatusError: it refuses the user, or is too busy.
            TransportError: an answer is too large; this is a forked child, or the client is closed.
        """
        transport = self._transport
        if os.getpid() != self._owner:
            raise TransportError(f"{self.target} cannot be called: the client is closed, or this is a forked child")
        with deadline(transport.operation_timeout or OPERATION * sum(transport.timeout)):
            if len(calls) > 1 and self._was_connected and not transport.log.is_on:
                return self._read_at_once(calls, persistent)
            return [self._read(call, persistent) for call in calls]

    def _read(self, call: Call, persistent: bool) -> bytes:
        def send() -> bytes:
            answer, error, _ = self._authenticated(_PATH + call.method, call.message)
            if answer is None:
                raise self._failed(call, error)
            return answer

        return (self._transport.retry if persistent else NO_RETRY).run(send, repeatable=True)

    def _read_at_once(self, calls: Sequence[Call], persistent: bool) -> list[bytes]:
        self._transport.check_names()
        request = self._authenticated_request()
        started = [self._prepared(_PATH + call.method, call.message, request, at_once=True)() for call in calls]
        answers = []
        for call, future in zip(calls, started, strict=True):
            try:
                answers.append(future.result())
            except self._grpc.RpcError as error:
                failure = self._failed(call, error)
                # a renewed token, or a later attempt, may help
                if not (is_unauthenticated(error) or (persistent and is_passing(failure))):
                    raise failure from None
                answers.append(self._read(call, persistent))
        return answers

    def _failed(self, call: Call, error: Any) -> TransportError:
        self._transport.collection_names.expire()
        return call_error(error, call.method, self._url(_PATH + call.method), call.text())

    def close(self) -> None:
        """Close the connection. Later calls return None."""
        if os.getpid() == self._owner:
            self._owner = 0
            self._channel.close()

    def _connect(self) -> None:
        """Wait for the first connection as long as for one by HTTP; gRPC itself would wait as long as for an answer."""
        if self._was_connected:
            return
        states: SimpleQueue[Any] = SimpleQueue()
        possible = self._grpc.ChannelConnectivity
        self._channel.subscribe(states.put, try_to_connect=True)
        try:
            state = None
            while state not in (possible.READY, possible.TRANSIENT_FAILURE):
                state = states.get(timeout=max(min(self._transport.timeout[0], seconds_left()), 0.0))
        except Empty:
            state = None
        finally:
            self._channel.unsubscribe(states.put)
        if state is not possible.READY:
            raise ConnectionFailedError(f"there is no gRPC at {self.target}", url=self.target, sent=False)
        self._was_connected = True

    def _authenticated(self, path: str, message: bytes) -> tuple[bytes | None, Any, bool]:
        """Return the answer, or None and gRPC's error; and whether the credentials were renewed for it."""
        self._transport.check_names()
        request = self._authenticated_request()
        answer, error = self._send(path, message, request)
        if error is None or not is_unauthenticated(error) or not self._renew(request):
            return answer, error, False
        return (*self._send(path, message, request), True)

    def _authenticated_request(self) -> requests.PreparedRequest:
        """Return an HTTP request whose headers are the metadata of a call; it is never sent."""
        request = requests.PreparedRequest()
        request.url, request.headers = self._transport.base_url, CaseInsensitiveDict(self._transport.headers)
        return request if self._transport.auth is None else self._transport.auth(request)

    def _renew(self, request: requests.PreparedRequest) -> bool:
        return self._transport.auth is not None and self._transport.auth.renew(request)

    def _refused(self, path: str, error: Any) -> AuthenticationError:
        url = self._url(path)
        return AuthenticationError(
            f"POST {url} refuses a renewed token: {error.details()}; if HTTP takes it, say grpc=False",
            status_code=401,
            method="POST",
            url=url,
        )

    def _send(self, path: str, message: bytes, request: requests.PreparedRequest) -> tuple[bytes | None, Any]:
        """Return the answer, or None and gRPC's error."""
        call = self._prepared(path, message, request)
        try:
            answer: bytes = self._logged(call, path, message) if self._transport.log.is_on else call()
        except self._grpc.RpcError as error:
            return None, error
        return answer, None

    def _prepared(
        self, path: str, message: bytes, request: requests.PreparedRequest, *, at_once: bool = False
    ) -> Callable[[], Any]:
        """Return what sends a message; ``at_once``: without waiting for the answer."""
        for observe in self._transport.observers:
            observe(Request("POST", self._url(path), message))
        self._connect()
        send = self._method(path)
        timeout = min(self._transport.timeout[1], seconds_left())
        return partial(send.future if at_once else send, message, timeout=timeout, metadata=_metadata(request))

    def _logged(self, call: Callable[[], bytes], path: str, message: bytes) -> bytes:
        return self._transport.log.record(
            call,
            lambda answer: ("OK", len(answer)),
            method="POST",
            url=self._url(path),
            path=path,
            body=message,
            wire="gRPC",
        )

    def _url(self, path: str) -> str:
        return f"grpc://{self.target}{path}"


def _metadata(request: requests.PreparedRequest) -> tuple[tuple[str, str], ...]:
    headers = {name.lower(): str(value) for name, value in request.headers.items()}
    return tuple((name, value) for name, value in headers.items() if name != "content-length")

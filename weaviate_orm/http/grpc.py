"""Calls by gRPC, which are faster for some requests. Whatever they do, HTTP can do too, so a call may fail."""

from __future__ import annotations

import logging
import os
import time
from collections.abc import Callable
from functools import partial
from typing import Any
from urllib.parse import urlsplit

import requests
from requests.utils import DEFAULT_CA_BUNDLE_PATH

from weaviate_orm.exceptions import AuthenticationError, ConfigurationError, StartUpError
from weaviate_orm.http.deadlines import seconds_left
from weaviate_orm.http.transport import Request, Transport

logger = logging.getLogger(__name__)

COOLDOWN = 10.0
"""Seconds to use HTTP only after gRPC was unreachable, or did not answer in time."""

_CANNOT_CONNECT = frozenset({"UNAVAILABLE", "DEADLINE_EXCEEDED"})


class Rpc:
    """Weaviate's gRPC interface at a port of a transport's host; may be shared by threads.

    It sends the transport's headers and credentials, encrypted if the transport's address is ``https``.

    Args:
        transport: the HTTP connection to the same server.
        port: where the server's gRPC interface listens.
        cooldown: seconds to use HTTP only after gRPC was unreachable.

    Raises ConfigurationError when gRPC is not installed, or the transport goes through a proxy.
    """

    def __init__(self, transport: Transport, port: int, cooldown: float = COOLDOWN) -> None:
        # gRPC's fork() handlers crash a child now and then (seen with grpcio 1.85); here a child goes without gRPC
        os.environ.setdefault("GRPC_ENABLE_FORK_SUPPORT", "0")
        try:
            import grpc
        except ImportError as error:
            raise ConfigurationError(
                'grpc_port_experimental is set, and gRPC is not installed: pip install "weaviate-mapper[grpc]"'
            ) from error
        if transport.proxies:
            raise ConfigurationError("gRPC does not go through proxies: leave out grpc_port_experimental, or proxies")
        parts = urlsplit(transport.base_url)
        host = f"[{parts.hostname}]" if ":" in str(parts.hostname) else parts.hostname
        self.target = f"{host}:{port}"
        self._transport = transport
        self._grpc: Any = grpc
        self._owner = os.getpid()
        self._cooldown = cooldown
        self._unused_until = 0.0
        options = [
            ("grpc.max_send_message_length", -1),
            ("grpc.max_receive_message_length", min(transport.largest_answer, 2**31 - 1)),
            ("grpc.enable_http_proxy", 0),
        ]
        if parts.scheme == "https":
            with open(DEFAULT_CA_BUNDLE_PATH, "rb") as trusted:
                credentials = grpc.ssl_channel_credentials(trusted.read())
            self._channel = grpc.secure_channel(self.target, credentials, options)
        else:
            self._channel = grpc.insecure_channel(self.target, options)

    def wait(self, seconds: float) -> None:
        """Wait for a connection, a second at least; raises StartUpError when there is none."""
        seconds = max(seconds, 1.0)
        try:
            self._grpc.channel_ready_future(self._channel).result(timeout=seconds)
        except self._grpc.FutureTimeoutError as error:
            raise StartUpError(
                f"no gRPC at {self.target} within {seconds:g} s; is grpc_port_experimental the port of the server's "
                f"gRPC interface? Without it everything goes over HTTP",
                url=self.target,
            ) from error

    def call(self, method: str, message: bytes) -> bytes | None:
        """Call a method of the service with a serialized message; return None to fall back to HTTP.

        Raises:
            LoginError: there is no token to send.
            OutdatedNamesError: the message has names of collections that are others by now.
            AuthenticationError: a renewed token was refused too. HTTP would renew it once more.
        """
        if time.monotonic() < self._unused_until or os.getpid() != self._owner:  # of no use in a forked child
            return None
        self._transport.check_names()
        path = f"/weaviate.v1.Weaviate/{method}"
        authenticated = self._authenticated_request()
        answer, error = self._send(path, message, authenticated)
        if error is not None and _is_unauthenticated(error) and self._renew(authenticated):
            answer, error = self._send(path, message, authenticated)
            if error is not None and _is_unauthenticated(error):
                raise self._refused(path, error)
        if error is not None:
            self._transport.collection_names.expire()
            if error.code().name in _CANNOT_CONNECT:
                self._unused_until = time.monotonic() + self._cooldown
            logger.warning(
                "%s by gRPC at %s failed, and goes over HTTP: %s %s",
                *(method, self.target, error.code().name, error.details()),
            )
        return answer

    def close(self) -> None:
        """Close the connection. Later calls return None."""
        if os.getpid() == self._owner:
            self._owner = 0
            self._channel.close()

    def _authenticated_request(self) -> requests.PreparedRequest:
        """Return an HTTP request whose headers are the metadata of a call."""
        request = requests.PreparedRequest()
        request.prepare(method="POST", url=self._transport.base_url, headers=self._transport.headers)
        return request if self._transport.auth is None else self._transport.auth(request)

    def _renew(self, request: requests.PreparedRequest) -> bool:
        return self._transport.auth is not None and self._transport.auth.renew(request)

    def _refused(self, path: str, error: Any) -> AuthenticationError:
        url = self._url(path)
        return AuthenticationError(
            f"POST {url} refuses a renewed token: {error.details()}; if HTTP takes it, leave out "
            f"grpc_port_experimental",
            status_code=401,
            method="POST",
            url=url,
        )

    def _send(self, path: str, message: bytes, request: requests.PreparedRequest) -> tuple[bytes | None, Any]:
        """Return the answer, or None and gRPC's error."""
        for observe in self._transport.observers:
            observe(Request("POST", self._url(path), message))
        timeout = min(self._transport.timeout[1], seconds_left())
        call = partial(self._channel.unary_unary(path), message, timeout=timeout, metadata=_metadata(request))
        try:
            answer: bytes = self._logged(call, path, message) if self._transport.log.is_on else call()
        except self._grpc.RpcError as error:
            return None, error
        return answer, None

    def _logged(self, call: Callable[[], bytes], path: str, message: bytes) -> bytes:
        return self._transport.log.record(
            call, lambda answer: ("OK", len(answer)), method="POST", path=path, body=message, wire="gRPC"
        )

    def _url(self, path: str) -> str:
        return f"grpc://{self.target}{path}"


def _metadata(request: requests.PreparedRequest) -> tuple[tuple[str, str], ...]:
    headers = {name.lower(): str(value) for name, value in request.headers.items()}
    return tuple((name, value) for name, value in headers.items() if name != "content-length")


def _is_unauthenticated(error: Any) -> bool:
    # Weaviate 1.39 reports it with the code UNKNOWN, in the details
    return error.code().name == "UNAUTHENTICATED" or str(error.details()).startswith("extract auth: ")

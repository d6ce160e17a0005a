"""Calls by gRPC, for what the server answers faster that way. They may fail: all that they do, requests do as well."""

from __future__ import annotations

import logging
import os
import time
from typing import Any
from urllib.parse import urlsplit

import requests
from requests.utils import DEFAULT_CA_BUNDLE_PATH

from weaviate_orm.exceptions import ConfigurationError, StartUpError
from weaviate_orm.http.deadlines import seconds_left
from weaviate_orm.http.transport import Request, Transport

logger = logging.getLogger(__name__)

REST = 10.0
"""Seconds without calls after one that found nobody, or was not answered in time."""

_CANNOT_CONNECT = frozenset({"UNAVAILABLE", "DEADLINE_EXCEEDED"})


class Rpc:
    """Weaviate's gRPC interface at a port of the host that a transport talks to; may be shared by threads.

    It asks as the transport does: with its headers and credentials, and encrypted where its address is ``https``.

    Raises ConfigurationError when gRPC is not installed, or the transport goes through a proxy.
    """

    def __init__(self, transport: Transport, port: int) -> None:
        # its handlers of fork() crash a child now and then (seen with grpcio 1.85); here a child does without gRPC
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
        self._resting_until = 0.0
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
        """Wait until somebody answers there, a second at least; raises StartUpError when nobody does."""
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
        """Call a method of the service with a serialized message; None when it failed, and a request has to do it.

        Raises LoginError, as requests do, when there is no token to send.
        """
        if time.monotonic() < self._resting_until or os.getpid() != self._owner:  # of no use in a forked child
            return None
        path = f"/weaviate.v1.Weaviate/{method}"
        asking = self._asking()
        answer, error = self._send(path, message, asking)
        if error is not None and _is_unauthenticated(error) and self._renewed(asking):
            answer, error = self._send(path, message, asking)
        if error is not None:
            if error.code().name in _CANNOT_CONNECT:
                self._resting_until = time.monotonic() + REST
            logger.warning(
                "%s by gRPC at %s failed, and goes over HTTP: %s %s",
                *(method, self.target, error.code().name, error.details()),
            )
        return answer

    def close(self) -> None:
        """Close the connection. A call does nothing from then on."""
        if os.getpid() == self._owner:
            self._owner = 0
            self._channel.close()

    def _asking(self) -> requests.PreparedRequest:
        """A request with the headers that a call needs as well."""
        asking = requests.PreparedRequest()
        asking.prepare(method="POST", url=self._transport.base_url, headers=self._transport.headers)
        return asking if self._transport.auth is None else self._transport.auth(asking)

    def _renewed(self, asking: requests.PreparedRequest) -> bool:
        return self._transport.auth is not None and self._transport.auth.renew(asking)

    def _send(self, path: str, message: bytes, asking: requests.PreparedRequest) -> tuple[bytes | None, Any]:
        """The answer, or None and the error of gRPC."""
        for observe in self._transport.observers:
            observe(Request("POST", f"grpc://{self.target}{path}", message))
        timeout = min(self._transport.timeout[1], seconds_left())
        try:
            answer: bytes = self._channel.unary_unary(path)(message, timeout=timeout, metadata=_metadata(asking))
        except self._grpc.RpcError as error:
            return None, error
        return answer, None


def _metadata(asking: requests.PreparedRequest) -> tuple[tuple[str, str], ...]:
    headers = {name.lower(): str(value) for name, value in asking.headers.items()}
    return tuple((name, value) for name, value in headers.items() if name != "content-length")


def _is_unauthenticated(error: Any) -> bool:
    # Weaviate 1.39 says so in words alone, with the code UNKNOWN
    return error.code().name == "UNAUTHENTICATED" or str(error.details()).startswith("extract auth: ")

"""A text2vec-transformers inference service over WordLlama, for development and tests.

WordLlama (16 MB, with its weights in the wheel) averages word vectors: enough that "kitten" is near "cat", without GPU,
key or network. Vectors have 256 dimensions and length 1. The service has the interface that Weaviate's module calls
(docs.weaviate.io, "Transformers embeddings"; measured on Weaviate 1.39): ``POST /vectors`` with ``{"text": …}`` returns
``{"text", "dims", "vector"}``; ``GET /meta`` and ``GET /.well-known/ready``. Requests must carry a secret, as the
password of HTTP basic authentication, because any user of the machine can connect to a port of loopback.
"""

from __future__ import annotations

import base64
import hmac
import os
from collections.abc import Awaitable, Callable
from pathlib import Path
from socket import socket
from typing import Any

import orjson

from weaviate_orm.embedders import wordllama_model
from weaviate_orm.embedders.wordllama_model import MOST_CHARACTERS, Embed, load_wordllama

PACKAGES = (*wordllama_model.PACKAGES, "uvicorn")
"""Packages that the service needs; imported only in its process."""

PROGRAM = str(Path(__file__).with_name("__main__.py"))
SECRET_VARIABLE = "WEAVIATE_ORM_VECTORIZER_SECRET"
"""The variable with the password. Other users cannot read variables of a process, but can read its arguments."""

USER = "weaviate"

MOST_BYTES = 128 * 2**20
"""The largest body; Weaviate takes objects of 100 MB by gRPC."""

Scope = dict[str, Any]
Receive = Callable[[], Awaitable[dict[str, Any]]]
Send = Callable[[dict[str, Any]], Awaitable[None]]


class App:
    """The service as an ASGI application. Requests must carry its secret.

    It embeds on the event loop: a text takes 40 µs, less than a switch of threads, and the longest texts some ms.
    """

    def __init__(self, embed: Embed, secret: str) -> None:
        self._embed = embed
        self._authorization = b"Basic " + base64.b64encode(f"{USER}:{secret}".encode())

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        status, body = await self._respond(scope, receive)
        content = b"" if body is None else orjson.dumps(body, option=orjson.OPT_SERIALIZE_NUMPY)
        headers = [(b"content-type", b"application/json"), (b"content-length", str(len(content)).encode())]
        if status in {401, 413}:
            headers.append((b"connection", b"close"))  # the rest of the body is not read
        await send({"type": "http.response.start", "status": status, "headers": headers})
        await send({"type": "http.response.body", "body": content})

    async def _respond(self, scope: Scope, receive: Receive) -> tuple[int, dict[str, Any] | None]:
        authorization = dict(scope["headers"]).get(b"authorization", b"")
        if not hmac.compare_digest(authorization, self._authorization):
            return 401, {"error": "this service is for the Weaviate that it was started with"}
        route = (scope["method"], scope["path"].rstrip("/"))
        if route == ("POST", "/vectors"):
            body = await _body(receive)
            if body is None:
                return 413, {"error": f"the body has more than {MOST_BYTES} bytes"}
            return self._vectors(body)
        if route == ("GET", "/meta"):
            return 200, {"model": "wordllama", "dims": len(self._embed("a"))}
        if route in {("GET", "/.well-known/ready"), ("GET", "/.well-known/live")}:
            return 204, None
        return 404, {"error": f"there is no {' '.join(route)}"}

    def _vectors(self, body: bytearray) -> tuple[int, dict[str, Any]]:
        try:
            text = orjson.loads(body)["text"]
        except (orjson.JSONDecodeError, KeyError, TypeError):
            text = None
        if not isinstance(text, str):
            return 422, {"error": 'the body must be a JSON object with a string "text"'}
        text = text[:MOST_CHARACTERS]
        vector = self._embed(text)
        return 200, {"text": text, "dims": len(vector), "vector": vector}


async def _body(receive: Receive) -> bytearray | None:
    """Return the whole body, or None where it is too large."""
    body = bytearray()
    while len(body) <= MOST_BYTES:
        message = await receive()
        body += message.get("body", b"")
        if not message.get("more_body", False):
            return body
    return None


def serve(listener: socket) -> None:
    """Serve until a signal ends this process."""
    import uvicorn  # only the service needs it

    app = App(load_wordllama(), os.environ.pop(SECRET_VARIABLE))
    config = uvicorn.Config(app, log_level="warning", access_log=False, lifespan="off", ws="none")
    uvicorn.Server(config).run(sockets=[listener])

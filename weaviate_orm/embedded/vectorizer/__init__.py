"""A text2vec-transformers inference service over WordLlama, for development and tests.

WordLlama (16 MB, its weights inside the wheel) averages word vectors: good enough that "kitten" is near "cat", with no
GPU, key or network. Vectors have 256 dimensions and length 1. Only the files of its wheel are used: its code needs a C
compiler where Python is newer than its last release. The contract is the one that Weaviate's module speaks
(docs.weaviate.io, "Transformers embeddings"; measured on Weaviate 1.39): ``POST /vectors`` with ``{"text": …}`` gives
``{"text", "dims", "vector"}``; ``GET /meta`` and ``GET /.well-known/ready``.
"""

from __future__ import annotations

import importlib.util
from collections.abc import Awaitable, Callable
from pathlib import Path
from socket import socket
from typing import TYPE_CHECKING, Any

import orjson

PACKAGES = ("wordllama", "numpy", "safetensors", "tokenizers", "uvicorn")
"""What the service needs; imported where it runs only."""

WEIGHTS = "weights/l2_supercat_256.safetensors"
TOKENIZER = "tokenizers/l2_supercat_tokenizer_config.json"
"""Files of WordLlama's wheel."""

if TYPE_CHECKING:
    import numpy

Embed = Callable[[str], "numpy.ndarray[Any, Any]"]
Scope = dict[str, Any]
Receive = Callable[[], Awaitable[dict[str, Any]]]
Send = Callable[[dict[str, Any]], Awaitable[None]]


def load() -> Embed:
    """The model, from the files of WordLlama's wheel. Takes about 0.2 seconds."""
    import numpy  # in an extra, as the others
    from safetensors.numpy import load_file
    from tokenizers import Tokenizer

    package = importlib.util.find_spec("wordllama")
    assert package is not None  # EmbeddedServer requires it
    assert package.origin is not None
    folder = Path(package.origin).parent
    [stored] = load_file(folder / WEIGHTS).values()
    weights: numpy.ndarray[Any, Any] = stored.astype(numpy.float32)
    tokenizer = Tokenizer.from_file(str(folder / TOKENIZER))

    def embed(text: str) -> numpy.ndarray[Any, Any]:
        tokens = tokenizer.encode(text, add_special_tokens=False).ids
        vector: numpy.ndarray[Any, Any] = weights[tokens].sum(axis=0)
        length = numpy.linalg.norm(vector)
        if length:  # an empty text has none, and no direction
            vector /= length
        return vector

    return embed


class App:
    """The service, as an ASGI application.

    It embeds on the event loop: 40 µs a text, less than a thread's hand-over takes.
    """

    def __init__(self, embed: Embed) -> None:
        self._embed = embed

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        route = (scope["method"], scope["path"].rstrip("/"))
        if route == ("POST", "/vectors"):
            status, answer = self._vectors(await _body(receive))
        elif route == ("GET", "/meta"):
            status, answer = 200, {"model": "wordllama", "dims": len(self._embed("a"))}
        elif route in {("GET", "/.well-known/ready"), ("GET", "/.well-known/live")}:
            status, answer = 204, None
        else:
            status, answer = 404, {"error": f"there is no {' '.join(route)} here"}
        content = b"" if answer is None else orjson.dumps(answer, option=orjson.OPT_SERIALIZE_NUMPY)
        headers = [(b"content-type", b"application/json"), (b"content-length", str(len(content)).encode())]
        await send({"type": "http.response.start", "status": status, "headers": headers})
        await send({"type": "http.response.body", "body": content})

    def _vectors(self, body: bytes) -> tuple[int, dict[str, Any]]:
        try:
            text = orjson.loads(body)["text"]
        except (orjson.JSONDecodeError, KeyError, TypeError):
            text = None
        if not isinstance(text, str):
            return 422, {"error": 'the body must be a JSON object with a string "text"'}
        vector = self._embed(text)
        return 200, {"text": text, "dims": len(vector), "vector": vector}


async def _body(receive: Receive) -> bytes:
    parts = []
    while True:
        message = await receive()
        parts.append(message.get("body", b""))
        if not message.get("more_body", False):
            return b"".join(parts)


def serve(listener: socket) -> None:
    """Serve until a signal ends this process."""
    import uvicorn  # only the service needs it

    config = uvicorn.Config(App(load()), log_level="warning", access_log=False, lifespan="off", ws="none")
    uvicorn.Server(config).run(sockets=[listener])

"""The inference services that Weaviate's modules call, small enough for tests: each computes, none has answers ready.

One HTTP server on loopback speaks the contracts of eleven modules (docs.weaviate.io, "Locally hosted integrations";
measured on Weaviate 1.39). Media are raw bytes of three interleaved channels, as the pixels of a picture; what they
mean is the mean of each channel. Texts mean the mean of the colours that they name, so the two can be compared.
"""

from __future__ import annotations

import base64
import difflib
import json
import re
import threading
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

COLOURS = {
    "red": (255, 0, 0),
    "green": (0, 255, 0),
    "blue": (0, 0, 255),
    "yellow": (255, 255, 0),
    "purple": (160, 0, 255),
}

MODULES = {
    "img2vec-neural": "IMAGE_INFERENCE_API",
    "multi2vec-clip": "CLIP_INFERENCE_API",
    "multi2vec-bind": "BIND_INFERENCE_API",
    "qna-transformers": "QNA_INFERENCE_API",
    "reranker-transformers": "RERANKER_INFERENCE_API",
    "sum-transformers": "SUM_INFERENCE_API",
    "ner-transformers": "NER_INFERENCE_API",
    "text-spellcheck": "SPELLCHECK_INFERENCE_API",
    "generative-ollama": None,
    "generative-openai": None,
    "ref2vec-centroid": None,
}
"""The modules that the tests enable, with the variable that says where each one's service is."""

_WORD = re.compile(r"\w+")
_MEDIA = ("image", "audio", "video", "imu", "thermal", "depth")


def environment(url: str) -> dict[str, str]:
    """The settings of a server that uses these services."""
    variables = {variable: url for variable in MODULES.values() if variable is not None}
    return {"ENABLE_MODULES": ",".join(MODULES), "API_BASED_MODULES_DISABLED": "false", **variables}


def picture(red: int, green: int, blue: int, *, pixels: int = 16) -> bytes:
    """A picture of one colour."""
    return bytes((red, green, blue)) * pixels


def words(text: str) -> list[str]:
    """The words of a text, in lower case."""
    return [word.lower() for word in _WORD.findall(text)]


def _unit(vector: Sequence[float]) -> list[float]:
    # a small constant in a channel of its own: nothing is ever without a direction
    extended = [*vector, 1.0]
    length = sum(each * each for each in extended) ** 0.5
    return [each / length for each in extended]


def medium_vector(encoded: str) -> list[float]:
    """The mean of each channel of a medium in base64."""
    raw = base64.b64decode(encoded)
    return _unit([sum(raw[channel::3]) / max(len(raw[channel::3]), 1) for channel in range(3)])


def text_vector(text: str) -> list[float]:
    """The mean of the colours that a text names."""
    named = [COLOURS[word] for word in words(text) if word in COLOURS]
    return _unit([sum(colour[channel] for colour in named) / max(len(named), 1) for channel in range(3)])


def overlap(text: str, query: str) -> float:
    """How many of the query's words a text has, 0 to 1."""
    asked = set(words(query))
    return len(asked & set(words(text))) / max(len(asked), 1)


def sentences(text: str) -> list[str]:
    """The sentences of a text."""
    return [found.strip() for found in re.split(r"(?<=[.!?])\s+", text) if found.strip()]


def _vectorize(body: Mapping[str, Any]) -> dict[str, Any]:
    answer: dict[str, Any] = {"textVectors": [text_vector(text) for text in body.get("texts") or ()]}
    for medium in _MEDIA:
        given = body.get(f"{medium}s") or body.get(medium) or body.get(medium.upper()) or ()
        name = "IMUVectors" if medium == "imu" else f"{medium}Vectors"
        answer[name] = [medium_vector(each) for each in given]
    return answer


def _answer(body: Mapping[str, Any]) -> dict[str, Any]:
    best = max(sentences(body["text"]) or [""], key=lambda each: overlap(each, body["question"]))
    certainty = overlap(best, body["question"])
    return {"text": body["text"], "question": body["question"], "answer": best or None, "certainty": certainty}


def _rerank(body: Mapping[str, Any]) -> dict[str, Any]:
    query = body["query"]
    scores = [{"document": each, "score": overlap(each, query)} for each in body["documents"]]
    return {"query": query, "scores": scores}


def _summary(body: Mapping[str, Any]) -> dict[str, Any]:
    """The sentence whose words the text repeats most."""
    count = Counter(words(body["text"]))
    best = max(sentences(body["text"]) or [""], key=lambda each: sum(count[word] for word in set(words(each))))
    return {"text": body["text"], "summary": [{"result": best}]}


def _entities(body: Mapping[str, Any]) -> dict[str, Any]:
    """The words that begin with a capital within a sentence."""
    found = re.finditer(r"(?<=[a-z,] )[A-Z]\w+", body["text"])
    tokens = [
        {"entity": "NAME", "certainty": 1.0, "distance": 0.0, "word": each[0]}
        | {"startPosition": each.start(), "endPosition": each.end()}
        for each in found
    ]
    return {"text": body["text"], "tokens": tokens}


def _spelling(body: Mapping[str, Any]) -> dict[str, Any]:
    """Words that are nearly a colour are meant to be one."""
    texts, changes = [], []
    for text in body["text"]:
        for word in words(text):
            near = difflib.get_close_matches(word, COLOURS, n=1, cutoff=0.75)
            if near and near[0] != word:
                changes.append({"original": word, "correction": near[0]})
                text = text.replace(word, near[0])
        texts.append(text)
    return {"text": texts, "changes": changes}


def _generate(body: Mapping[str, Any]) -> dict[str, Any]:
    """A model of one rule: it repeats the prompt's words, the most frequent first."""
    count = Counter(words(body["prompt"]))
    ranked = sorted(count, key=lambda word: (-count[word], word))
    return {"model": body["model"], "response": f"{body['model']}: {' '.join(ranked)}", "done": True}


def _chat(body: Mapping[str, Any]) -> dict[str, Any]:
    """The same model, as OpenAI's chats; it counts the words that it read and wrote."""
    prompt = body["messages"][-1]["content"]
    written = _generate({"model": body["model"], "prompt": prompt})["response"]
    read, wrote = len(words(prompt)), len(words(written))
    usage = {"prompt_tokens": read, "completion_tokens": wrote, "total_tokens": read + wrote}
    return {"choices": [{"index": 0, "message": {"role": "assistant", "content": written}}], "usage": usage}


_POSTS: dict[str, Callable[[Mapping[str, Any]], dict[str, Any]]] = {
    "/vectors": lambda body: {"id": body["id"], "vector": (made := medium_vector(body["image"])), "dim": len(made)},
    "/vectorize": _vectorize,
    "/answers": _answer,
    "/rerank": _rerank,
    "/sum": _summary,
    "/ner": _entities,
    "/spellcheck": _spelling,
    "/api/generate": _generate,
    "/v1/chat/completions": _chat,
}


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        self._send(200 if self.path == "/meta" else 204, {"model": {"name": "tests"}})

    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        compute = _POSTS.get(self.path.rstrip("/"))
        if compute is None:
            self._send(404, {"error": f"there is no {self.path} here"})
        else:
            self._send(200, compute(body))

    def _send(self, status: int, answer: Mapping[str, Any]) -> None:
        content = b"" if status == 204 else json.dumps(answer).encode()
        self.send_response(status)
        if content:
            self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, format: str, *args: Any) -> None:
        """Say nothing."""


@contextmanager
def running_services() -> Iterator[str]:
    """The services on a free port of loopback, for the block; yields their address."""
    with ThreadingHTTPServer(("127.0.0.1", 0), _Handler) as server:
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_address[1]}"
        finally:
            server.shutdown()
            thread.join()

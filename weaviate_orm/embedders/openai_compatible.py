"""Any address with the embeddings interface of OpenAI: OpenAI itself, vLLM, Ollama, TEI, LiteLLM and many others."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping, Sequence
from typing import Any
from urllib.parse import urlsplit

import orjson
import requests

from weaviate_orm.exceptions import (
    CertificateError,
    ConfigurationError,
    ConnectionFailedError,
    NotWeaviateError,
    RequestTimeoutError,
    TransportError,
    UnexpectedStatusError,
)
from weaviate_orm.forks import renewed_in_children
from weaviate_orm.http.retry import RetryPolicy, is_passing, seconds_to_wait

OPENAI = "https://api.openai.com/v1"
KEY_VARIABLE = "OPENAI_API_KEY"

MOST_TOKENS = 100_000
"""The tokens of a request, estimated; OpenAI takes 300,000 (its reference, "Create embeddings")."""

BYTES_PER_TOKEN = 3
"""English has some 4. A token has at least one, so that an estimate of 100,000 is never more than 300,000."""

_SHOWN = 300
"""The characters of an answer that an error quotes."""


def _may_pass(error: BaseException) -> bool:
    """Return whether a later attempt may succeed; of services that run models, after an error of their own too."""
    return is_passing(error) or (isinstance(error, UnexpectedStatusError) and error.status_code == 500)


class OpenAICompatible:
    """A model behind an address with OpenAI's interface, ``POST {url}/embeddings``.

    A request that was not answered, or with 429, 500, 502, 503 or 504, is sent again up to six times, after waits that
    double, or as long as ``Retry-After`` says, up to half a minute. No request follows a redirect, and no error has the
    key in it.

    Args:
        model: the name that the service has for it; also the name that is remembered with the collection.
        url: the address before ``/embeddings``; by default that of OpenAI.
        api_key: sent as a bearer token; by default ``$OPENAI_API_KEY``, to OpenAI alone.
        dimensions: the length of the vectors, for models that can shorten them; it is sent with each request.
        document_prefix, query_prefix: texts that go before each text of an object, and each that is searched for, as
            ``"passage: "`` and ``"query: "`` for the models of E5.
        batch_size: the most texts of a request.
        batch_tokens: the most tokens of a request, estimated as three bytes each; a longer text goes alone.
        timeout: seconds to connect, and to wait for the answer.
        headers: further headers of each request.

    Raises ConfigurationError for an address that is none.
    """

    def __init__(
        self,
        model: str,
        *,
        url: str = OPENAI,
        api_key: str | None = None,
        dimensions: int | None = None,
        document_prefix: str = "",
        query_prefix: str = "",
        batch_size: int = 256,
        batch_tokens: int = MOST_TOKENS,
        timeout: tuple[float, float] = (10.0, 60.0),
        headers: Mapping[str, str] | None = None,
    ) -> None:
        parts = urlsplit(url)
        if parts.scheme not in ("http", "https") or not parts.hostname:
            raise ConfigurationError(f"url is an address of HTTP, as {OPENAI}; got {url!r}")
        if parts.username is not None or parts.password is not None:
            raise ConfigurationError("url has credentials in it; give them as api_key or headers")
        if batch_size < 1 or batch_tokens < 1:
            raise ConfigurationError(f"batch_size and batch_tokens are at least 1; got {batch_size}, {batch_tokens}")
        self.name = model
        self.dimensions = dimensions
        self.batch_size = batch_size
        self._url = f"{url.rstrip('/')}/embeddings"
        self._key = os.environ.get(KEY_VARIABLE) if api_key is None and url == OPENAI else api_key
        self._prefixes = (document_prefix, query_prefix)
        self._batch_tokens = batch_tokens
        self._timeout = timeout
        self._headers = {**(headers or {}), "Content-Type": "application/json"}
        self._retries = RetryPolicy(attempts=7, first_wait=0.5)
        self._session = requests.Session()
        renewed_in_children(self)

    def __repr__(self) -> str:
        return f"<OpenAICompatible {self.name} at {self._url}>"

    def begin_in_child(self) -> None:
        """Open connections of its own."""
        self._session = requests.Session()

    def embed_documents(self, texts: Sequence[str], /) -> list[Any]:
        """Return a vector for each text of an object. Raises TransportError."""
        return self._embed(texts, self._prefixes[0])

    def embed_queries(self, texts: Sequence[str], /) -> list[Any]:
        """Return a vector for each text that is searched for. Raises TransportError."""
        return self._embed(texts, self._prefixes[1])

    def batches(self, texts: Sequence[str]) -> Iterator[Sequence[str]]:
        """Divide texts into those of one request each."""
        batch: list[str] = []
        tokens = 0
        for text in texts:
            estimated = len(text.encode("utf-8", "surrogatepass")) // BYTES_PER_TOKEN + 1
            if batch and (len(batch) == self.batch_size or tokens + estimated > self._batch_tokens):
                yield batch
                batch, tokens = [], 0
            batch.append(text)
            tokens += estimated
        if batch:
            yield batch

    def _embed(self, texts: Sequence[str], prefix: str) -> list[Any]:
        vectors: list[Any] = []
        for batch in self.batches([f"{prefix}{text}" for text in texts]):
            vectors += self._retries.run(lambda batch=batch: self._request(batch), _may_pass)  # type: ignore[misc]
        return vectors

    def _request(self, texts: Sequence[str]) -> list[Any]:
        body: dict[str, Any] = {"model": self.name, "input": texts, "encoding_format": "float"}
        if self.dimensions is not None:
            body["dimensions"] = self.dimensions
        try:
            answer = self._session.post(
                self._url,
                data=orjson.dumps(body),
                headers=self._headers,
                auth=self._authorize,
                timeout=self._timeout,
                allow_redirects=False,
            )
        except requests.exceptions.SSLError as error:
            raise CertificateError(f"the certificate of {self._url} is not trusted: {error}", url=self._url) from None
        except requests.exceptions.ConnectionError as error:
            raise ConnectionFailedError(f"no connection to {self._url}: {error}", url=self._url) from None
        except requests.exceptions.Timeout as error:
            raise RequestTimeoutError(f"{self._url} did not answer in time: {error}", url=self._url) from None
        except requests.exceptions.RequestException as error:
            raise TransportError(f"{self._url} could not be asked: {error}", url=self._url) from None
        return self._vectors(answer, len(texts))

    def _vectors(self, answer: requests.Response, count: int) -> list[Any]:
        if answer.status_code != 200:
            raise UnexpectedStatusError(
                f"{self._url} answered {answer.status_code} {answer.reason}: {self._shown(answer)}",
                status_code=answer.status_code,
                url=self._url,
                retry_after=seconds_to_wait(answer.headers.get("Retry-After"), answer.headers.get("Date")),
            )
        try:
            items = orjson.loads(answer.content)["data"]
            by_index = {item.get("index", place): item["embedding"] for place, item in enumerate(items)}
            return [by_index[place] for place in range(count)]
        except (orjson.JSONDecodeError, AttributeError, LookupError, TypeError):
            raise NotWeaviateError(
                f"{self._url} answered other than {count} embeddings: {self._shown(answer)}", url=self._url
            ) from None

    def _shown(self, answer: requests.Response) -> str:
        """Return the beginning of an answer, without the key, should it be quoted there."""
        text = answer.content[:10_000].decode("utf-8", "replace")
        for secret in filter(None, (self._key, *self._headers.values())):
            if len(secret) >= 8 and secret != "application/json":
                text = text.replace(secret, "…")
        return repr(text[:_SHOWN])

    def _authorize(self, request: requests.PreparedRequest) -> requests.PreparedRequest:
        """Add the key; as an ``auth`` of requests, so that none of a ``.netrc`` takes its place."""
        if self._key:
            request.headers["Authorization"] = f"Bearer {self._key}"
        return request

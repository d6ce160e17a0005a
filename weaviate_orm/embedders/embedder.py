"""``Embedder``: a model of embeddings that runs in the client, in the place of a vectorizer of the server."""

from __future__ import annotations

import inspect
from collections.abc import Awaitable, Iterator, Sequence
from os import PathLike
from typing import Any, Literal, Protocol

from weaviate_orm.embedders.event_loop import background_loop
from weaviate_orm.embedders.vector_cache import content_key, open_cache
from weaviate_orm.exceptions import ConfigurationError, EmbeddingError
from weaviate_orm.schema.vector_values import check_shape, prepared_vector

BATCH_SIZE = 64
"""The texts of one call of a model that says nothing of its own."""

CACHE_SIZE = 10_000
"""The vectors that are kept in memory: of 1,024 dimensions, 40 MB."""

Kind = Literal["documents", "queries"]


class Vectors(Protocol):
    """A vector for each text: a list of lists of floats, a numpy array of two dimensions, or a list of arrays.

    A multi-vector is a list of vectors, or an array of two dimensions, for each text.
    """

    def __len__(self) -> int: ...
    def __iter__(self) -> Iterator[Any]: ...


class EmbeddingModel(Protocol):
    """What makes vectors of texts; its methods may be coroutines.

    It may say more of itself: ``name``, which is remembered with the collection; ``dimensions``, the length of its
    vectors; ``batch_size``, the most texts of one call; or ``batches(texts)``, which divides them otherwise.

    ::

        class Sentences:
            name, dimensions = "all-MiniLM-L6-v2", 384

            def embed_documents(self, texts, /):
                return model.encode(texts)

            embed_queries = embed_documents
    """

    def embed_documents(self, texts: Sequence[str], /) -> Vectors | Awaitable[Vectors]:
        """Return a vector for each text of an object."""
        ...

    def embed_queries(self, texts: Sequence[str], /) -> Vectors | Awaitable[Vectors]:
        """Return a vector for each text that is searched for."""
        ...


class Embedder:
    """Makes vectors in the client: a value of ``Meta.vectorizer`` and of ``vector(vectorizer=…)``.

    The collection has vectors that are given. The flush makes those of new objects, and of stored ones when a property
    changes that they are made of; searches by text make that of their text. A vector that is assigned is stored as it
    is.

    The text of an object is the one that a vectorizer of the server reads: the name of the collection in words, and the
    values of its text properties, in the order of their names, but for those with ``vectorize=False``; or of all
    properties that ``source_properties`` names.

    An asynchronous model is called in an event loop of a thread of its own, the same for all calls.

    Args:
        model: makes the vectors.
        name: of the model, remembered with the collection; by default its ``name``, or that of its class.
        dimensions: the length of its vectors, remembered too; by default its ``dimensions``. None: as its first vector.
        batch_size: the most texts of one call; by default its ``batch_size``, or 64.
        vectorize_class_name: whether the text of an object begins with the name of the collection, as the server's
            modules have it.
        lowercase: whether all texts are embedded in lower case.
        cache: where vectors are kept, so that an equal text is not embedded again: as many in memory, those that were
            used last (10,000 by default); or in a file of SQLite, by its path, which programs may share and which has
            no bound; None for no cache.

    Raises ConfigurationError for what is no model, and for a cache that cannot be used.
    """

    def __init__(
        self,
        model: EmbeddingModel,
        *,
        name: str | None = None,
        dimensions: int | None = None,
        batch_size: int | None = None,
        vectorize_class_name: bool = True,
        lowercase: bool = False,
        cache: str | PathLike[str] | int | None = CACHE_SIZE,
    ) -> None:
        if not is_model(model):
            raise ConfigurationError(
                f"an embedding model has the methods embed_documents and embed_queries, and {model!r:.200} has not"
            )
        self.model = model
        self.name = name or getattr(model, "name", None) or type(model).__name__
        self.dimensions: int | None = dimensions or getattr(model, "dimensions", None)
        size = batch_size if batch_size is not None else getattr(model, "batch_size", BATCH_SIZE)
        if size < 1:
            raise ConfigurationError(f"batch_size is at least 1, not {size}")
        self._batch_size: int = size
        self._is_sized = batch_size is not None
        self.vectorize_class_name = vectorize_class_name
        self.lowercase = lowercase
        self._cache = open_cache(cache)
        self._length = self.dimensions

    def __repr__(self) -> str:
        return f"<Embedder {self.name} dimensions={self.dimensions}>"

    def documents(
        self, texts: Sequence[str], *, several: bool = False, dimensions: int | None = None
    ) -> Iterator[tuple[Sequence[int], Any]]:
        """Yield vectors, each with the positions of the equal texts that it is of; batch by batch.

        Args:
            texts: of objects.
            several: whether each has a multi-vector.
            dimensions: the length that the collection wants.

        Raises EmbeddingError, with the position of the first text that has no vector; others may have none either.
        """
        yield from self._embedded("documents", texts, several, dimensions)

    def queries(self, texts: Sequence[str], *, several: bool = False, dimensions: int | None = None) -> list[Any]:
        """Return a vector for each text that is searched for. Raises EmbeddingError."""
        vectors: list[Any] = [None] * len(texts)
        for positions, vector in self._embedded("queries", texts, several, dimensions):
            for position in positions:
                vectors[position] = vector
        return vectors

    def _embedded(
        self, kind: Kind, texts: Sequence[str], several: bool, dimensions: int | None
    ) -> Iterator[tuple[Sequence[int], Any]]:
        dimensions = dimensions or self.dimensions
        places: dict[str, list[int]] = {}
        for position, text in enumerate(texts):
            places.setdefault(text.lower() if self.lowercase else text, []).append(position)
        keys = {text: content_key(self.name, dimensions, kind, text) for text in places} if self._cache else {}
        cached = self._cache.read(list(keys.values())) if self._cache else {}
        for text, positions in places.items():
            if keys.get(text) in cached:
                yield positions, cached[keys[text]]
        for batch in self._batches([text for text in places if keys.get(text) not in cached]):
            vectors, failure = self._call(kind, batch, several, dimensions)
            if self._cache:
                self._cache.write({keys[text]: vector for text, vector in zip(batch, vectors, strict=False)})
            for text, vector in zip(batch, vectors, strict=False):
                yield places[text], vector
            if failure is not None:
                position = places[batch[len(vectors)]][0]
                raise EmbeddingError(f"the embedder {self.name} {failure}", position=position) from failure.__cause__

    def _batches(self, texts: Sequence[str]) -> Iterator[Sequence[str]]:
        divide = None if self._is_sized else getattr(self.model, "batches", None)
        if divide is not None:
            count = 0
            for batch in divide(texts):
                count += len(batch)
                yield batch
            if count != len(texts):
                raise EmbeddingError(f"the embedder {self.name} divided {len(texts):,} texts into batches of {count:,}")
            return
        for begin in range(0, len(texts), self._batch_size):
            yield texts[begin : begin + self._batch_size]

    def _call(
        self, kind: Kind, texts: Sequence[str], several: bool, dimensions: int | None
    ) -> tuple[list[Any], Exception | None]:
        """Call the model; return the vectors of the first texts, and why there are no more."""
        vectors: list[Any] = []
        try:
            embed = self.model.embed_documents if kind == "documents" else self.model.embed_queries
            answer = embed(texts)
            if inspect.isawaitable(answer):
                answer = background_loop.run(answer)
            answered = list(answer)
        except Exception as error:
            failure = _Failure(f"failed: {type(error).__name__}: {error!s:.500}")
            failure.__cause__ = error
            return vectors, failure
        if len(answered) != len(texts):
            return vectors, _Failure(f"returned {len(answered)} vectors for {len(texts)} texts")
        for vector in answered:
            try:
                check_shape(vector, dimensions or self._length, several=several)
                vectors.append(prepared_vector(vector))
            except (TypeError, ValueError) as error:
                return vectors, _Failure(f"returned no such vector as the collection has: it {error}")
            if self._length is None:
                self._length = len(vector[0] if several else vector)
        return vectors, None


class _Failure(Exception):
    """Why a model made no vector of a text."""


def is_model(value: object) -> bool:
    """Return whether a value has the methods of an :class:`EmbeddingModel`."""
    return all(callable(getattr(value, method, None)) for method in ("embed_documents", "embed_queries"))

"""Real models of embeddings that count what they are asked."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Any

from weaviate_orm.embedders import WordLlama


class CountingModel(WordLlama):
    """WordLlama, which remembers the texts of each call; ``broken`` is what is wrong with its next answers."""

    batch_size = 4

    def __init__(self) -> None:
        super().__init__()
        self.documents: list[list[str]] = []
        self.queries: list[list[str]] = []
        self.broken: str | None = None
        self.odd_text: str | None = None

    @property
    def calls(self) -> int:
        """How often it was called."""
        return len(self.documents) + len(self.queries)

    def forget(self) -> None:
        """Count from zero, and answer well."""
        self.documents.clear()
        self.queries.clear()
        self.broken = self.odd_text = None

    def embed_documents(self, texts: Sequence[str], /) -> list[Any]:
        self.documents.append(list(texts))
        if self.broken == "down" and (self.odd_text is None or self.odd_text in texts):
            raise ConnectionError("the model is down")
        vectors = super().embed_documents(texts)
        if self.broken == "fewer":
            return vectors[1:]
        if self.odd_text in texts:
            place = texts.index(self.odd_text)
            odd = {"nan": vectors[place] * float("nan"), "shorter": vectors[place][1:], "text": "no vector"}
            vectors[place] = odd[self.broken or "nan"]
        return vectors

    def embed_queries(self, texts: Sequence[str], /) -> list[Any]:
        self.queries.append(list(texts))
        if self.broken == "down":
            raise ConnectionError("the model is down")
        return super().embed_documents(texts)


class AsyncModel:
    """WordLlama by coroutines, which notes the event loops that it runs in."""

    name, dimensions = "async-wordllama", 256

    def __init__(self) -> None:
        self._model = WordLlama()
        self.loops: set[int] = set()

    async def embed_documents(self, texts: Sequence[str], /) -> list[Any]:
        self.loops.add(id(asyncio.get_running_loop()))
        await asyncio.sleep(0)
        return self._model.embed_documents(texts)

    embed_queries = embed_documents


class WordModel:
    """A multi-vector of each text: one of WordLlama's vectors for each word."""

    name, dimensions = "words", 256

    def __init__(self) -> None:
        self._model = WordLlama()
        self.calls = 0

    def embed_documents(self, texts: Sequence[str], /) -> list[list[Any]]:
        self.calls += 1
        return [self._model.embed_documents(text.split()) for text in texts]

    embed_queries = embed_documents

"""Models of sentence-transformers, which run by PyTorch."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from weaviate_orm.embedders.missing_packages import require_packages


class SentenceTransformers:
    """A model of `sentence-transformers <https://sbert.net>`_, with its prompts for documents and for queries.

    Needs the extra ``sentence-transformers``.

    Args:
        model: the name of a model, which is downloaded with the first text; the path of one; or a
            ``SentenceTransformer`` that is loaded, with its ``name``.
        name: remembered with the collection; by default ``model``, where that is a text. A path differs from machine to
            machine: give a name with it.
        options: of ``sentence_transformers.SentenceTransformer``, as ``device`` or ``truncate_dim``.

    Raises ConfigurationError where sentence-transformers is missing.
    """

    batch_size = 256

    def __init__(self, model: Any, *, name: str | None = None, **options: Any) -> None:
        require_packages("SentenceTransformers", "sentence-transformers", "sentence_transformers")
        self.name = name or (model if isinstance(model, str) else type(model).__name__)
        self._options = options
        self._source = model
        self._loaded: Any = None if isinstance(model, str) else model

    def embed_documents(self, texts: Sequence[str], /) -> Any:
        """Return a vector for each text of an object, as an array."""
        return self._model().encode_document(list(texts), show_progress_bar=False)

    def embed_queries(self, texts: Sequence[str], /) -> Any:
        """Return a vector for each text that is searched for, as an array."""
        return self._model().encode_query(list(texts), show_progress_bar=False)

    def _model(self) -> Any:
        if self._loaded is None:
            # in an extra, and it takes seconds
            from sentence_transformers import SentenceTransformer  # pyright: ignore[reportMissingImports]

            self._loaded = SentenceTransformer(self._source, **self._options)
        return self._loaded

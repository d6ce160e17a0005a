"""Models of fastembed, which run by ONNX, without PyTorch."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from weaviate_orm.embedders.missing_packages import require_packages


class FastEmbed:
    """A model of `fastembed <https://qdrant.github.io/fastembed/>`_, which downloads it with the first text.

    Needs the extra ``fastembed``.

    Args:
        model: the name of a model that fastembed has.
        options: of ``fastembed.TextEmbedding``, as ``cache_dir``, ``threads`` or ``specific_model_path``.

    Raises ConfigurationError where fastembed is missing.
    """

    batch_size = 256

    def __init__(self, model: str = "BAAI/bge-small-en-v1.5", **options: Any) -> None:
        require_packages("FastEmbed", "fastembed", "fastembed")
        self.name = model
        self._options = options
        self._loaded: Any = None

    def embed_documents(self, texts: Sequence[str], /) -> list[Any]:
        """Return a vector for each text of an object, as an array of 32-bit floats."""
        return list(self._model().passage_embed(list(texts)))

    def embed_queries(self, texts: Sequence[str], /) -> list[Any]:
        """Return a vector for each text that is searched for."""
        return list(self._model().query_embed(list(texts)))

    def _model(self) -> Any:
        if self._loaded is None:
            # in an extra, and it takes a second
            from fastembed import TextEmbedding  # pyright: ignore[reportMissingImports]

            self._loaded = TextEmbedding(self.name, **self._options)
        return self._loaded

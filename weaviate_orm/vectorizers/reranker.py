"""Modules that order results anew."""

from __future__ import annotations

from weaviate_orm.schema.modules import Module, module

# in each factory locals() are its keywords: nothing precedes it


class Reranker:
    """Orders results by how well their text fits the query (``rerank``)."""

    @staticmethod
    def transformers() -> Module:
        """Use a cross-encoder in a container of yours; no key needed."""
        return module("reranker-transformers")

    @staticmethod
    def cohere(
        *,
        model: str | None = None,
        base_url: str | None = None,
    ) -> Module:
        """Cohere. Header ``X-Cohere-Api-Key``."""
        return module("reranker-cohere", **locals())

    @staticmethod
    def jinaai(
        *,
        model: str | None = None,
    ) -> Module:
        """Jina AI. Header ``X-JinaAI-Api-Key``."""
        return module("reranker-jinaai", **locals())

    @staticmethod
    def voyageai(
        *,
        model: str | None = None,
    ) -> Module:
        """Voyage AI. Header ``X-VoyageAI-Api-Key``."""
        return module("reranker-voyageai", **locals())

    @staticmethod
    def nvidia(
        *,
        model: str | None = None,
        base_url: str | None = None,
    ) -> Module:
        """NVIDIA NIM. Header ``X-Nvidia-Api-Key``."""
        return module("reranker-nvidia", **locals())

    @staticmethod
    def contextualai(
        *,
        model: str | None = None,
        instruction: str | None = None,
        top_n: int | None = None,
    ) -> Module:
        """Contextual AI. Header ``X-ContextualAI-Api-Key``."""
        return module("reranker-contextualai", **locals())

    @staticmethod
    def dummy() -> Module:
        """Scores by the length of the text, inside the server: for tests."""
        return module("reranker-dummy")

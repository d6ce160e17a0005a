"""The headers by which clients bring the keys of inference services, as the factories of the modules say."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Final

_HEADERS: Final[Mapping[str, tuple[str, ...]]] = {
    "anthropic": ("X-Anthropic-Api-Key",),
    "anyscale": ("X-Anyscale-Api-Key",),
    "aws": ("X-AWS-Access-Key", "X-AWS-Secret-Key"),
    "cohere": ("X-Cohere-Api-Key",),
    "contextualai": ("X-ContextualAI-Api-Key",),
    "databricks": ("X-Databricks-Token",),
    "deepseek": ("X-DeepSeek-Api-Key",),
    "digitalocean": ("X-DigitalOcean-Api-Key",),
    "friendliai": ("X-Friendli-Token",),
    "google": ("X-Goog-Vertex-Api-Key", "X-Goog-Studio-Api-Key"),
    "huggingface": ("X-HuggingFace-Api-Key",),
    "jinaai": ("X-JinaAI-Api-Key",),
    "mistral": ("X-Mistral-Api-Key",),
    "morph": ("X-Morph-Api-Key",),
    "nvidia": ("X-Nvidia-Api-Key",),
    "openai": ("X-OpenAI-Api-Key", "X-Azure-Api-Key"),
    "twelvelabs": ("X-TwelveLabs-Api-Key",),
    "voyageai": ("X-VoyageAI-Api-Key",),
    "xai": ("X-Xai-Api-Key",),
}
"""By the service, which a module names at its end: ``text2vec-openai``."""


def key_headers(module: str) -> tuple[str, ...]:
    """Return the headers for the service of a module; none where it needs no key.

    >>> key_headers("text2vec-cohere"), key_headers("text2vec-transformers")
    (('X-Cohere-Api-Key',), ())
    """
    return _HEADERS.get(module.partition("-")[2], ())


def lacks_key(module: str, sent: Collection[str]) -> bool:
    """Return whether a module takes a key from clients, and none of these headers brings it."""
    names = {name.lower() for name in sent}
    headers = key_headers(module)
    return bool(headers) and not any(header.lower() in names for header in headers)

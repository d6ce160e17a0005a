"""The tokens of a language model, which each provider tells in its own way."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from weaviate_orm.graphql.document import FieldNode
from weaviate_orm.query.results import TokenUsage

_USUAL = (("usage",), ("prompt_tokens", "completion_tokens", "total_tokens"))
_OTHERS: Mapping[str, tuple[tuple[str, ...], tuple[str, ...]]] = {
    "anthropic": (("usage",), ("inputTokens", "outputTokens")),
    "cohere": (("meta", "tokens"), ("input_tokens", "output_tokens")),
    "google": (("usageMetadata",), ("promptTokenCount", "candidatesTokenCount", "totalTokenCount")),
}
"""Where they are in what a provider tells, and the names of what is read, written, and both."""


def usage_field(provider: str) -> FieldNode:
    """Return the field that asks a provider for its tokens."""
    path, names = _OTHERS.get(provider, _USUAL)
    fields = tuple(map(FieldNode, names))
    for name in reversed((provider, *path)):
        fields = (FieldNode(name, fields),)
    return fields[0]


def read_usage(provider: str, answer: Mapping[str, Any]) -> TokenUsage | None:
    """Return the tokens out of ``generate``; None where the provider tells none."""
    path, names = _OTHERS.get(provider, _USUAL)
    part: Any = answer
    for name in (provider, *path):
        part = part.get(name)
        if part is None:
            return None
    read, written, total = (*(None if part[name] is None else int(part[name]) for name in names), None)[:3]
    return TokenUsage(read, written, total)

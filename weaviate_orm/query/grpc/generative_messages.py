"""What a language model is asked, and what it wrote (``grpc/proto/v1/generative.proto`` of the server)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from weaviate_orm.http.protobuf import Messages
from weaviate_orm.query.entity import Entity
from weaviate_orm.query.grpc.filter_messages import Message
from weaviate_orm.query.module_options import Generate, server_prompt
from weaviate_orm.query.results import TokenUsage

_ENUMS = {"reasoningEffort": ("minimal", "low", "medium", "high"), "verbosity": ("low", "medium", "high")}
"""The values of settings that are numbered from 1."""

_KINDS: Mapping[str, str] = {
    **dict.fromkeys(("k", "maxNewTokens", "maxTokens", "n", "topK", "topLogprobs"), "int64"),
    **dict.fromkeys(("frequencyPenalty", "p", "presencePenalty", "temperature", "topP"), "double"),
    **dict.fromkeys(("avoidCommentary", "isAzure", "logprobs"), "bool"),
    **dict.fromkeys(("images", "knowledge", "stop", "stopSequences"), "TextArray"),
    **dict.fromkeys(_ENUMS, "int32"),
}
"""The types of settings that are no texts, by the names of the server's GraphQL."""

_PROVIDERS: Mapping[str, tuple[int, Mapping[str, int]]] = {
    "anthropic": (
        2,
        {"baseURL": 1, "maxTokens": 2, "model": 3, "temperature": 4, "topK": 5, "topP": 6}
        | {"stopSequences": 7, "images": 8},
    ),
    "anyscale": (3, {"baseURL": 1, "model": 2, "temperature": 3}),
    "aws": (
        4,
        {"model": 3, "temperature": 8, "service": 9, "region": 10, "endpoint": 11, "targetModel": 12}
        | {"targetVariant": 13, "images": 14, "maxTokens": 16, "stopSequences": 17},
    ),
    "cohere": (
        5,
        {"baseURL": 1, "frequencyPenalty": 2, "maxTokens": 3, "model": 4, "k": 5, "p": 6, "presencePenalty": 7}
        | {"stopSequences": 8, "temperature": 9, "images": 10},
    ),
    "mistral": (7, {"baseURL": 1, "maxTokens": 2, "model": 3, "temperature": 4, "topP": 5}),
    "ollama": (8, {"apiEndpoint": 1, "model": 2, "temperature": 3, "images": 4}),
    "openai": (
        9,
        {"frequencyPenalty": 1, "maxTokens": 2, "model": 3, "n": 4, "presencePenalty": 5, "stop": 6, "temperature": 7}
        | {"topP": 8, "baseURL": 9, "apiVersion": 10, "resourceName": 11, "deploymentId": 12, "isAzure": 13}
        | {"images": 14, "reasoningEffort": 16, "verbosity": 17},
    ),
    "google": (
        10,
        {"frequencyPenalty": 1, "maxTokens": 2, "model": 3, "presencePenalty": 4, "temperature": 5, "topK": 6}
        | {"topP": 7, "stopSequences": 8, "apiEndpoint": 9, "projectId": 10, "endpointId": 11, "region": 12}
        | {"images": 13, "location": 15},
    ),
    "databricks": (
        11,
        {"model": 2, "frequencyPenalty": 3, "logprobs": 4, "topLogprobs": 5, "maxTokens": 6, "n": 7}
        | {"presencePenalty": 8, "stop": 9, "temperature": 10, "topP": 11},
    ),
    "friendliai": (12, {"baseURL": 1, "model": 2, "maxTokens": 3, "temperature": 4, "n": 5, "topP": 6}),
    "nvidia": (13, {"baseURL": 1, "model": 2, "temperature": 3, "topP": 4, "maxTokens": 5}),
    "xai": (14, {"baseURL": 1, "model": 2, "temperature": 3, "topP": 4, "maxTokens": 5, "images": 6}),
    "contextualai": (
        15,
        {"model": 1, "temperature": 2, "topP": 3, "maxNewTokens": 4, "systemPrompt": 5, "avoidCommentary": 6}
        | {"knowledge": 7},
    ),
    "deepseek": (
        16,
        {"baseURL": 1, "model": 2, "temperature": 3, "maxTokens": 4, "frequencyPenalty": 5, "presencePenalty": 6}
        | {"topP": 7, "stop": 8},
    ),
    "digitalocean": (
        17,
        {"baseURL": 1, "model": 2, "temperature": 3, "topP": 4, "maxTokens": 5, "frequencyPenalty": 6}
        | {"presencePenalty": 7, "stop": 8},
    ),
}
"""The number of each provider, and those of its settings. ``imageProperties`` is not among them: by gRPC these take the
place of what a task reads, by GraphQL they do not."""


_TOKENS = ("read", "written", "total")
_METADATA = {
    "anthropic": 1,
    "cohere": 4,
    "mistral": 6,
    "openai": 8,
    "google": 9,
    "databricks": 10,
    "friendliai": 11,
    "nvidia": 12,
    "xai": 13,
    "deepseek": 14,
    "digitalocean": 15,
}
"""The numbers of the providers in what they tell of their work."""


def _kind(name: str) -> str:
    return _KINDS.get(name, "string")


def _message_of(provider: str) -> str:
    return f"{provider.title()}Settings"


GENERATION: Messages = {
    **{
        _message_of(provider): tuple(
            (name, number, _kind(name) if _kind(name) == "TextArray" else f"optional {_kind(name)}")
            for name, number in settings.items()
        )
        for provider, (_, settings) in _PROVIDERS.items()
    },
    "Provider": (
        ("return_metadata", 1, "bool"),
        *((name, number, f"kind {_message_of(name)}") for name, (number, _) in _PROVIDERS.items()),
    ),
    "OfEach": (("prompt", 1, "string"), ("debug", 2, "bool"), ("queries", 3, "repeated Provider")),
    "OfAll": (
        ("task", 1, "string"),
        ("properties", 2, "TextArray"),
        ("queries", 3, "repeated Provider"),
        ("debug", 4, "bool"),
    ),
    "Generation": (("of_each", 4, "OfEach"), ("of_all", 5, "OfAll")),
    "Written": (("text", 1, "string"), ("debug", 2, "Debug"), ("metadata", 3, "ProviderMetadata")),
    "Debug": (("prompt", 1, "optional string"),),
    "WrittenTexts": (("values", 1, "repeated Written"),),
    "Usage": tuple((name, number, "optional int64") for number, name in enumerate(_TOKENS, 1)),
    "UsageOfCohere": tuple((name, number, "optional double") for number, name in enumerate(_TOKENS[:2], 1)),
    "Usual": (("usage", 1, "Usage"),),
    "Google": (("usage", 2, "Usage"),),
    "Cohere": (("usage", 3, "UsageOfCohere"),),
    "ProviderMetadata": tuple(
        (provider, number, f"kind {provider.title() if provider in ('cohere', 'google') else 'Usual'}")
        for provider, number in _METADATA.items()
    ),
}
"""The messages of a request, and of its reply."""


def generation_message(entity: Entity, generate: Generate) -> Message:
    """Return the message of what a language model is asked."""
    common: Message = {"debug": generate.debug}
    if generate.provider is not None:
        settings = {name: _setting(name, value) for name, value in generate.settings.items()}
        common["queries"] = [{generate.provider: settings, "return_metadata": generate.usage}]
    message: Message = {}
    if generate.prompt is not None:
        message["of_each"] = {"prompt": server_prompt(entity, generate.prompt), **common}
    if generate.task is not None:
        message["of_all"] = {"task": generate.task, **common}
        if generate.properties:
            message["of_all"]["properties"] = {"values": [member.spec.name for member in generate.properties]}
    return message


def read_usage(written: Any) -> TokenUsage | None:
    """Return the tokens that a provider tells; None where it tells none."""
    provider = written.metadata.WhichOneof("kind")
    if provider is None:
        return None
    metadata = getattr(written.metadata, provider)
    if not metadata.HasField("usage"):
        return None
    names = [field.name for field in metadata.usage.DESCRIPTOR.fields]
    tokens = {name: int(getattr(metadata.usage, name)) for name in names if metadata.usage.HasField(name)}
    return TokenUsage(*map(tokens.get, _TOKENS))


def refused_setting(generate: Generate) -> str | None:
    """Return what of a provider gRPC has no field for; None where it has one for all."""
    if generate.provider is None:
        return None
    if generate.provider not in _PROVIDERS:
        return f"provider {generate.provider!r}"
    _, settings = _PROVIDERS[generate.provider]
    for name, value in generate.settings.items():
        if name not in settings or not _fits(name, value):
            return f"{name}={value!r} of {generate.provider!r}"
    return None


def _fits(name: str, value: Any) -> bool:
    kind = _kind(name)
    if name in _ENUMS:
        return value in _ENUMS[name]
    if kind == "TextArray":
        return isinstance(value, (list, tuple)) and all(isinstance(item, str) for item in value)
    if isinstance(value, bool):
        return kind == "bool"
    if kind == "int64":
        return isinstance(value, int) and -(2**63) <= value < 2**63
    return isinstance(value, (int, float) if kind == "double" else str)


def _setting(name: str, value: Any) -> Any:
    if name in _ENUMS:
        return _ENUMS[name].index(value) + 1
    return {"values": value} if _kind(name) == "TextArray" else value

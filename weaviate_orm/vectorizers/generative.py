"""Modules that answer prompts about results."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

from weaviate_orm.schema.modules import Module, module

# in each factory locals() are its keywords: nothing precedes it


class Generative:
    """Answers prompts about results (``generate``)."""

    @staticmethod
    def openai(
        *,
        model: str | None = None,
        temperature: float | None = None,
        max_tokens: int | None = None,
        top_p: float | None = None,
        frequency_penalty: float | None = None,
        presence_penalty: float | None = None,
        reasoning_effort: Literal["minimal", "low", "medium", "high"] | None = None,
        verbosity: Literal["low", "medium", "high"] | None = None,
        base_url: str | None = None,
        resource_name: str | None = None,
        deployment_id: str | None = None,
        api_version: str | None = None,
        is_azure: bool | None = None,
    ) -> Module:
        """OpenAI, or with ``resource_name`` and ``deployment_id`` Azure OpenAI.

        Header ``X-OpenAI-Api-Key`` or ``X-Azure-Api-Key``.
        """
        return module("generative-openai", **locals())

    @staticmethod
    def anthropic(
        *,
        model: str | None = None,
        max_tokens: int | None = None,
        temperature: float | None = None,
        top_k: int | None = None,
        top_p: float | None = None,
        stop_sequences: Sequence[str] | None = None,
        base_url: str | None = None,
    ) -> Module:
        """Anthropic. Header ``X-Anthropic-Api-Key``."""
        return module("generative-anthropic", **locals())

    @staticmethod
    def cohere(
        *,
        model: str | None = None,
        temperature: float | None = None,
        max_tokens: int | None = None,
        k: int | None = None,
        stop_sequences: Sequence[str] | None = None,
        base_url: str | None = None,
    ) -> Module:
        """Cohere. Header ``X-Cohere-Api-Key``."""
        return module("generative-cohere", **locals())

    @staticmethod
    def ollama(
        *,
        api_endpoint: str | None = None,
        model: str | None = None,
    ) -> Module:
        """Use a model that Ollama serves; ``api_endpoint`` is where the Weaviate server reaches it."""
        return module("generative-ollama", **locals())

    @staticmethod
    def google(
        *,
        project_id: str | None = None,
        api_endpoint: str | None = None,
        endpoint_id: str | None = None,
        region: str | None = None,
        location: str | None = None,
        model: str | None = None,
        model_id: str | None = None,
        temperature: float | None = None,
        token_limit: int | None = None,
        top_p: float | None = None,
        top_k: int | None = None,
    ) -> Module:
        """Google: Vertex AI with ``project_id``, AI Studio with ``api_endpoint="generativelanguage.googleapis.com"``.

        Header ``X-Goog-Vertex-Api-Key`` or ``X-Goog-Studio-Api-Key``.
        """
        return module("generative-google", **locals())

    @staticmethod
    def aws(
        *,
        region: str | None = None,
        service: Literal["bedrock", "sagemaker"] | None = None,
        model: str | None = None,
        endpoint: str | None = None,
        target_model: str | None = None,
        target_variant: str | None = None,
        max_tokens: int | None = None,
        stop_sequences: Sequence[str] | None = None,
        temperature: float | None = None,
        top_p: float | None = None,
        top_k: int | None = None,
    ) -> Module:
        """AWS: a ``model`` of Bedrock, or an ``endpoint`` of SageMaker.

        Headers ``X-AWS-Access-Key`` and ``X-AWS-Secret-Key``.
        """
        return module("generative-aws", **locals())

    @staticmethod
    def mistral(
        *,
        model: str | None = None,
        temperature: float | None = None,
        max_tokens: int | None = None,
        base_url: str | None = None,
    ) -> Module:
        """Mistral. Header ``X-Mistral-Api-Key``."""
        return module("generative-mistral", **locals())

    @staticmethod
    def nvidia(
        *,
        model: str | None = None,
        temperature: float | None = None,
        top_p: float | None = None,
        max_tokens: int | None = None,
        base_url: str | None = None,
    ) -> Module:
        """NVIDIA NIM. Header ``X-Nvidia-Api-Key``."""
        return module("generative-nvidia", **locals())

    @staticmethod
    def databricks(
        *,
        endpoint: str,
        max_tokens: int | None = None,
        temperature: float | None = None,
        top_p: float | None = None,
        top_k: int | None = None,
    ) -> Module:
        """Use a serving endpoint of Databricks. Header ``X-Databricks-Token``."""
        return module("generative-databricks", **locals())

    @staticmethod
    def deepseek(
        *,
        model: str | None = None,
        temperature: float | None = None,
        max_tokens: int | None = None,
        top_p: float | None = None,
        frequency_penalty: float | None = None,
        presence_penalty: float | None = None,
        stop: Sequence[str] | None = None,
        base_url: str | None = None,
    ) -> Module:
        """DeepSeek. Header ``X-DeepSeek-Api-Key``."""
        return module("generative-deepseek", **locals())

    @staticmethod
    def digitalocean(
        *,
        model: str | None = None,
        temperature: float | None = None,
        top_p: float | None = None,
        max_tokens: int | None = None,
        frequency_penalty: float | None = None,
        presence_penalty: float | None = None,
        stop: Sequence[str] | None = None,
        base_url: str | None = None,
    ) -> Module:
        """DigitalOcean's inference service. Header ``X-DigitalOcean-Api-Key``."""
        return module("generative-digitalocean", **locals())

    @staticmethod
    def contextualai(
        *,
        model: str | None = None,
        temperature: float | None = None,
        top_p: float | None = None,
        max_new_tokens: int | None = None,
        system_prompt: str | None = None,
        avoid_commentary: bool | None = None,
        knowledge: Sequence[str] | None = None,
    ) -> Module:
        """Contextual AI. Header ``X-ContextualAI-Api-Key``."""
        return module("generative-contextualai", **locals())

    @staticmethod
    def friendliai(
        *,
        model: str | None = None,
        temperature: float | None = None,
        max_tokens: int | None = None,
        base_url: str | None = None,
    ) -> Module:
        """FriendliAI. Header ``X-Friendli-Token``."""
        return module("generative-friendliai", **locals())

    @staticmethod
    def xai(
        *,
        model: str | None = None,
        temperature: float | None = None,
        top_p: float | None = None,
        max_tokens: int | None = None,
        base_url: str | None = None,
    ) -> Module:
        """xAI. Header ``X-Xai-Api-Key``."""
        return module("generative-xai", **locals())

    @staticmethod
    def anyscale(
        *,
        model: str | None = None,
        temperature: float | None = None,
        base_url: str | None = None,
    ) -> Module:
        """Anyscale. Header ``X-Anyscale-Api-Key``."""
        return module("generative-anyscale", **locals())

    @staticmethod
    def dummy() -> Module:
        """Echoes the prompt, inside the server: for tests."""
        return module("generative-dummy")

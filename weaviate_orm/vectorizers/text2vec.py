"""Vectors from text."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

from weaviate_orm.schema.modules import Module, module

# in each factory locals() are its keywords: nothing precedes it


class Text2Vec:
    """One vector from the text of an object.

    ``vectorize_class_name`` also reads the name of the collection; most modules do by default.
    """

    @staticmethod
    def transformers(
        *,
        pooling_strategy: Literal["masked_mean", "cls"] | None = None,
        inference_url: str | None = None,
        passage_inference_url: str | None = None,
        query_inference_url: str | None = None,
        dimensions: int | None = None,
        vectorize_class_name: bool | None = None,
    ) -> Module:
        """Use a sentence-transformers model in a container of yours; no key needed.

        One ``inference_url`` in place of the server's, or one for passages and one for queries.
        """
        return module("text2vec-transformers", **locals())

    @staticmethod
    def openai(
        *,
        model: str | None = None,
        dimensions: int | None = None,
        type: Literal["text", "code"] | None = None,
        model_version: str | None = None,
        base_url: str | None = None,
        endpoint: str | None = None,
        resource_name: str | None = None,
        deployment_id: str | None = None,
        api_version: str | None = None,
        is_azure: bool | None = None,
        vectorize_class_name: bool | None = None,
    ) -> Module:
        """OpenAI, or with ``resource_name`` and ``deployment_id`` Azure OpenAI.

        Header ``X-OpenAI-Api-Key`` or ``X-Azure-Api-Key``.
        """
        return module("text2vec-openai", **locals())

    @staticmethod
    def cohere(
        *,
        model: str | None = None,
        dimensions: int | None = None,
        truncate: Literal["NONE", "START", "END"] | None = None,
        base_url: str | None = None,
        vectorize_class_name: bool | None = None,
    ) -> Module:
        """Cohere. Header ``X-Cohere-Api-Key``."""
        return module("text2vec-cohere", **locals())

    @staticmethod
    def huggingface(
        *,
        model: str | None = None,
        passage_model: str | None = None,
        query_model: str | None = None,
        endpoint_url: str | None = None,
        options: Mapping[str, bool] | None = None,
        vectorize_class_name: bool | None = None,
    ) -> Module:
        """Hugging Face: a ``model`` of its hub, or two for passages and queries, or an endpoint of yours. Header
        ``X-HuggingFace-Api-Key``; ``options`` are the server's ``waitForModel``, ``useGPU`` and ``useCache``.
        """
        return module("text2vec-huggingface", **locals())

    @staticmethod
    def ollama(
        *,
        api_endpoint: str | None = None,
        model: str | None = None,
        vectorize_class_name: bool | None = None,
    ) -> Module:
        """Use a model that Ollama serves; ``api_endpoint`` is where the Weaviate server reaches it."""
        return module("text2vec-ollama", **locals())

    @staticmethod
    def google(
        *,
        project_id: str | None = None,
        api_endpoint: str | None = None,
        location: str | None = None,
        model: str | None = None,
        model_id: str | None = None,
        title_property: str | None = None,
        task_type: str | None = None,
        dimensions: int | None = None,
        vectorize_class_name: bool | None = None,
    ) -> Module:
        """Google: Vertex AI with ``project_id``, AI Studio with ``api_endpoint="generativelanguage.googleapis.com"``.

        ``model_id`` is what older servers call ``model``.
        Header ``X-Goog-Vertex-Api-Key`` or ``X-Goog-Studio-Api-Key``.
        """
        return module("text2vec-google", **locals())

    @staticmethod
    def aws(
        *,
        region: str,
        service: Literal["bedrock", "sagemaker"] | None = None,
        model: str | None = None,
        endpoint: str | None = None,
        target_model: str | None = None,
        target_variant: str | None = None,
        dimensions: int | None = None,
        vectorize_class_name: bool | None = None,
    ) -> Module:
        """AWS: a ``model`` of Bedrock, or an ``endpoint`` of SageMaker.

        Headers ``X-AWS-Access-Key`` and ``X-AWS-Secret-Key``.
        """
        return module("text2vec-aws", **locals())

    @staticmethod
    def jinaai(
        *,
        model: str | None = None,
        dimensions: int | None = None,
        base_url: str | None = None,
        vectorize_class_name: bool | None = None,
    ) -> Module:
        """Jina AI. Header ``X-JinaAI-Api-Key``."""
        return module("text2vec-jinaai", **locals())

    @staticmethod
    def mistral(
        *,
        model: str | None = None,
        base_url: str | None = None,
        vectorize_class_name: bool | None = None,
    ) -> Module:
        """Mistral. Header ``X-Mistral-Api-Key``."""
        return module("text2vec-mistral", **locals())

    @staticmethod
    def nvidia(
        *,
        model: str | None = None,
        truncate: Literal["NONE", "START", "END"] | None = None,
        base_url: str | None = None,
        vectorize_class_name: bool | None = None,
    ) -> Module:
        """NVIDIA NIM. Header ``X-Nvidia-Api-Key``."""
        return module("text2vec-nvidia", **locals())

    @staticmethod
    def voyageai(
        *,
        model: str | None = None,
        dimensions: int | None = None,
        truncate: bool | None = None,
        base_url: str | None = None,
        vectorize_class_name: bool | None = None,
    ) -> Module:
        """Voyage AI. Header ``X-VoyageAI-Api-Key``."""
        return module("text2vec-voyageai", **locals())

    @staticmethod
    def databricks(
        *,
        endpoint: str,
        instruction: str | None = None,
        vectorize_class_name: bool | None = None,
    ) -> Module:
        """Use a serving endpoint of Databricks. Header ``X-Databricks-Token``."""
        return module("text2vec-databricks", **locals())

    @staticmethod
    def digitalocean(
        *,
        model: str,
        base_url: str | None = None,
        vectorize_class_name: bool | None = None,
    ) -> Module:
        """DigitalOcean's inference service. Header ``X-DigitalOcean-Api-Key``."""
        return module("text2vec-digitalocean", **locals())

    @staticmethod
    def morph(
        *,
        model: str | None = None,
        base_url: str | None = None,
        endpoint: str | None = None,
        vectorize_class_name: bool | None = None,
    ) -> Module:
        """Morph, for code. Header ``X-Morph-Api-Key``."""
        return module("text2vec-morph", **locals())

    @staticmethod
    def weaviate(
        *,
        model: str | None = None,
        dimensions: int | None = None,
        base_url: str | None = None,
        vectorize_class_name: bool | None = None,
    ) -> Module:
        """Weaviate's own embedding service, on Weaviate Cloud."""
        return module("text2vec-weaviate", **locals())

    @staticmethod
    def model2vec(
        *,
        inference_url: str | None = None,
        vectorize_class_name: bool | None = None,
    ) -> Module:
        """Static embeddings in a container of yours; fast without a GPU."""
        return module("text2vec-model2vec", **locals())

    @staticmethod
    def contextionary(
        *,
        vectorize_class_name: bool | None = None,
    ) -> Module:
        """Weaviate's first vectorizer: weighted word vectors, in a container of yours."""
        return module("text2vec-contextionary", **locals())

    @staticmethod
    def gpt4all(
        *,
        vectorize_class_name: bool | None = None,
    ) -> Module:
        """Use a GPT4All model in a container of yours."""
        return module("text2vec-gpt4all", **locals())


class Text2MultiVec:
    """Several vectors from the text of an object (late interaction). For named vectors only."""

    @staticmethod
    def jinaai(
        *,
        model: str | None = None,
        dimensions: int | None = None,
        base_url: str | None = None,
        vectorize_class_name: bool | None = None,
    ) -> Module:
        """Jina AI's ColBERT. Header ``X-JinaAI-Api-Key``."""
        return module("text2multivec-jinaai", **locals())

"""Vectors from images, sound and references, alone or with text."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Literal, TypeAlias

from weaviate_orm.exceptions import MappingError
from weaviate_orm.schema.modules import Module, module
from weaviate_orm.schema.settings import camel_case

Fields: TypeAlias = Sequence[str] | Mapping[str, float]
"""Names of properties, or names with the weight that each has in the vector."""

# in each factory locals() are its keywords: nothing precedes it


class Multi2Vec:
    """One vector from the images, texts and other media of an object."""

    @staticmethod
    def clip(
        *,
        image_fields: Fields | None = None,
        text_fields: Fields | None = None,
        inference_url: str | None = None,
    ) -> Module:
        """Use a CLIP model in a container of yours; no key needed."""
        return _media_module("multi2vec-clip", **locals())

    @staticmethod
    def bind(
        *,
        image_fields: Fields | None = None,
        text_fields: Fields | None = None,
        audio_fields: Fields | None = None,
        video_fields: Fields | None = None,
        imu_fields: Fields | None = None,
        thermal_fields: Fields | None = None,
        depth_fields: Fields | None = None,
    ) -> Module:
        """ImageBind in a container of yours; no key needed."""
        return _media_module("multi2vec-bind", **locals())

    @staticmethod
    def cohere(
        *,
        image_fields: Fields | None = None,
        text_fields: Fields | None = None,
        model: str | None = None,
        dimensions: int | None = None,
        truncate: Literal["NONE", "START", "END"] | None = None,
        base_url: str | None = None,
    ) -> Module:
        """Cohere. Header ``X-Cohere-Api-Key``."""
        return _media_module("multi2vec-cohere", **locals())

    @staticmethod
    def google(
        *,
        image_fields: Fields | None = None,
        text_fields: Fields | None = None,
        video_fields: Fields | None = None,
        audio_fields: Fields | None = None,
        project_id: str | None = None,
        location: str | None = None,
        api_endpoint: str | None = None,
        model: str | None = None,
        model_id: str | None = None,
        dimensions: int | None = None,
        video_interval_seconds: int | None = None,
    ) -> Module:
        """Google: Vertex AI with ``project_id`` and ``location``, else AI Studio by ``api_endpoint``.

        ``model_id`` is what older servers call ``model``.
        Header ``X-Goog-Vertex-Api-Key`` or ``X-Goog-Studio-Api-Key``.
        """
        return _media_module("multi2vec-google", **locals())

    @staticmethod
    def aws(
        *,
        image_fields: Fields | None = None,
        text_fields: Fields | None = None,
        region: str | None = None,
        model: str | None = None,
        dimensions: int | None = None,
    ) -> Module:
        """AWS Bedrock. Headers ``X-AWS-Access-Key``, ``X-AWS-Secret-Key``."""
        return _media_module("multi2vec-aws", **locals())

    @staticmethod
    def jinaai(
        *,
        image_fields: Fields | None = None,
        text_fields: Fields | None = None,
        model: str | None = None,
        dimensions: int | None = None,
        base_url: str | None = None,
    ) -> Module:
        """Jina AI. Header ``X-JinaAI-Api-Key``."""
        return _media_module("multi2vec-jinaai", **locals())

    @staticmethod
    def nvidia(
        *,
        image_fields: Fields | None = None,
        text_fields: Fields | None = None,
        model: str | None = None,
        base_url: str | None = None,
    ) -> Module:
        """NVIDIA NIM. Header ``X-Nvidia-Api-Key``."""
        return _media_module("multi2vec-nvidia", **locals())

    @staticmethod
    def voyageai(
        *,
        image_fields: Fields | None = None,
        text_fields: Fields | None = None,
        video_fields: Fields | None = None,
        model: str | None = None,
        truncate: bool | None = None,
        base_url: str | None = None,
    ) -> Module:
        """Voyage AI. Header ``X-VoyageAI-Api-Key``."""
        return _media_module("multi2vec-voyageai", **locals())

    @staticmethod
    def twelvelabs(
        *,
        image_fields: Fields | None = None,
        text_fields: Fields | None = None,
        model: str | None = None,
        base_url: str | None = None,
    ) -> Module:
        """TwelveLabs. Header ``X-TwelveLabs-Api-Key``."""
        return _media_module("multi2vec-twelvelabs", **locals())


class Multi2MultiVec:
    """Several vectors from an image or text (late interaction). For named vectors only."""

    @staticmethod
    def jinaai(
        *,
        image_fields: Sequence[str] | None = None,
        text_fields: Sequence[str] | None = None,
        model: str | None = None,
        base_url: str | None = None,
    ) -> Module:
        """Jina AI. Images or text, not both. Header ``X-JinaAI-Api-Key``."""
        return _media_module("multi2multivec-jinaai", weighted=False, **locals())

    @staticmethod
    def weaviate(
        *,
        image_fields: Sequence[str],
        model: str | None = None,
        base_url: str | None = None,
    ) -> Module:
        """Weaviate's own embedding service, on Weaviate Cloud. Images of documents."""
        return _media_module("multi2multivec-weaviate", weighted=False, **locals())


class Img2Vec:
    """One vector from the image of an object."""

    @staticmethod
    def neural(
        *,
        image_fields: Sequence[str],
    ) -> Module:
        """Use a ResNet-50 in a container of yours; no key needed. The first image counts."""
        return _media_module("img2vec-neural", weighted=False, **locals())


class Ref2Vec:
    """One vector from the vectors of the objects that an object refers to."""

    @staticmethod
    def centroid(
        *,
        reference_properties: Sequence[str],
        method: Literal["mean"] | None = None,
    ) -> Module:
        """Average the vectors of the references named, kept up to date by the server."""
        return module("ref2vec-centroid", **locals())


def _media_module(name: str, *, weighted: bool = True, **settings: Any) -> Module:
    weights: dict[str, list[float]] = {}
    for key in [key for key, value in settings.items() if key.endswith("_fields") and value is not None]:
        fields = settings[key]
        if isinstance(fields, str) or not fields:
            raise MappingError(f"{name}: {key} takes the names of properties in a list, even a single one")
        if isinstance(fields, Mapping):
            if not weighted:
                raise MappingError(f"{name} has no weights: {key} takes a list of property names")
            weights[camel_case(key)] = list(fields.values())
        settings[key] = list(fields)
    return module(name, **settings, weights=weights or None)

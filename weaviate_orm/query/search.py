"""The ways to search, as data: what is looked for, and how near it must be."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Union
from uuid import UUID

import attrs

from weaviate_orm.exceptions import QueryError
from weaviate_orm.query.entity import VectorField
from weaviate_orm.schema.values import encode_text
from weaviate_orm.types import HybridFusion


def _concepts(value: str | Sequence[str]) -> tuple[str, ...]:
    concepts = (value,) if isinstance(value, str) else tuple(value)
    try:
        texts = tuple(map(encode_text, concepts))
    except ValueError as error:
        raise QueryError(f"a concept {error}") from error
    if not texts:
        raise QueryError("near_text needs at least one concept")
    return texts


def _optional_concepts(value: str | Sequence[str]) -> tuple[str, ...]:
    return _concepts(value) if value else ()


@attrs.frozen
class Move:
    """Moves a text search towards, or away from, concepts and objects.

    Args:
        concepts: one text or several.
        force: how far, from 0 to 1.
        objects: models or ids whose vectors it moves by.
    """

    concepts: tuple[str, ...] = attrs.field(default=(), converter=_optional_concepts)
    force: float = attrs.field(kw_only=True)
    objects: tuple[Any, ...] = attrs.field(default=(), kw_only=True, converter=tuple)

    def __attrs_post_init__(self) -> None:
        if not self.concepts and not self.objects:
            raise QueryError("a Move needs concepts or objects to move by")
        if isinstance(self.force, bool) or not isinstance(self.force, (int, float)) or not 0 <= self.force <= 1:
            raise QueryError(f"the force of a Move is from 0 to 1; got {self.force!r}")


@attrs.frozen(kw_only=True)
class Nearness:
    """How near a vector search asks for: a bound by certainty or by distance, and which vectors are compared."""

    certainty: float | None = None
    distance: float | None = None
    targets: tuple[VectorField, ...] = ()

    def __attrs_post_init__(self) -> None:
        if self.certainty is not None and self.distance is not None:
            raise QueryError("certainty and distance are two names of one bound: give one of them")
        if self.certainty is not None and not 0 <= self.certainty <= 1:
            raise QueryError(f"a certainty is from 0 to 1; got {self.certainty!r}")


@attrs.frozen(kw_only=True)
class NearText(Nearness):
    """By the meaning of a text; the collection's vectorizer makes its vector."""

    concepts: tuple[str, ...] = attrs.field(converter=_concepts)
    move_to: Move | None = None
    move_away_from: Move | None = None
    autocorrect: bool | None = None


@attrs.frozen(kw_only=True)
class NearVector(Nearness):
    """By a vector."""

    vector: Any = attrs.field(repr=False)


@attrs.frozen(kw_only=True)
class NearObject(Nearness):
    """By the vector of an object."""

    id: UUID


@attrs.frozen(kw_only=True)
class BM25:
    """By the words of a text (the BM25F ranking); ``properties`` are the server's names, boosted as ``title^3``."""

    query: str
    properties: tuple[str, ...] = ()


@attrs.frozen(kw_only=True)
class Hybrid:
    """By words and by vector together; ``alpha`` 0 is words only, 1 vector only."""

    query: str | None = None
    alpha: float | None = None
    vector: Any = attrs.field(default=None, repr=False)
    properties: tuple[str, ...] = ()
    fusion_type: HybridFusion | None = None
    targets: tuple[VectorField, ...] = ()

    def __attrs_post_init__(self) -> None:
        if self.query is None and self.vector is None:
            raise QueryError("hybrid needs a query, a vector, or both")
        if self.alpha is not None and not 0 <= self.alpha <= 1:
            raise QueryError(f"the alpha of hybrid is from 0 (words) to 1 (vector); got {self.alpha!r}")


Search = Union[NearText, NearVector, NearObject, BM25, Hybrid]

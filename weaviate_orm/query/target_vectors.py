"""Which vectors a search compares: one, or several whose distances are combined."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from enum import Enum
from typing import Any

import attrs

from weaviate_orm.exceptions import QueryError
from weaviate_orm.query.entity import Entity, VectorField
from weaviate_orm.query.resolve import vector_of


class Combination(Enum):
    """How the distances to several vectors become one (docs.weaviate.io, "Multiple target vectors")."""

    MINIMUM = "minimum"
    AVERAGE = "average"
    SUM = "sum"
    MANUAL_WEIGHTS = "manualWeights"
    RELATIVE_SCORE = "relativeScore"


@attrs.frozen
class TargetVectors:
    """Several named vectors as the target of one search, and how their distances are combined.

    Made by its class methods, which take vectors by name or as ``Article.summary``::

        Article.query.near_text("fashion", target=TargetVectors.sum(Article.title_vector, "summary"))
        Article.query.near_text("fashion", target=TargetVectors.manual_weights({"title_vector": 1, "summary": 0.5}))
    """

    vectors: tuple[Any, ...]
    combination: Combination
    weights: tuple[Any, ...] = ()

    @classmethod
    def minimum(cls, *vectors: Any) -> TargetVectors:
        """Combine by the smallest of the distances, which is the server's default."""
        return cls(vectors, Combination.MINIMUM)

    @classmethod
    def average(cls, *vectors: Any) -> TargetVectors:
        """Combine by the mean of the distances."""
        return cls(vectors, Combination.AVERAGE)

    @classmethod
    def sum(cls, *vectors: Any) -> TargetVectors:
        """Combine by the sum of the distances."""
        return cls(vectors, Combination.SUM)

    @classmethod
    def manual_weights(cls, weights: Mapping[Any, Any]) -> TargetVectors:
        """Combine by the weighted sum of the distances; a list of weights where a vector is compared with several."""
        return cls(tuple(weights), Combination.MANUAL_WEIGHTS, tuple(weights.values()))

    @classmethod
    def relative_score(cls, weights: Mapping[Any, Any]) -> TargetVectors:
        """Combine by the weighted sum of the distances, each normalised by those of the results."""
        return cls(tuple(weights), Combination.RELATIVE_SCORE, tuple(weights.values()))


@attrs.frozen
class Targets:
    """Resolved targets. ``weights`` are one or several numbers for each field, or nothing."""

    fields: tuple[VectorField, ...]
    combination: Combination | None = None
    weights: tuple[tuple[float, ...], ...] = ()

    @property
    def only(self) -> VectorField | None:
        """The one vector that is compared; None where there are several."""
        return self.fields[0] if len(self.fields) == 1 else None

    @property
    def are_cosine(self) -> bool:
        """Whether distances are those of one vector by cosine, which alone have a certainty."""
        return self.only is not None and metric(self.only) == "cosine" and not is_multi(self.only)


def resolve_targets(entity: Entity, target: Any) -> Targets:
    """Return the targets of a search: those named, or the only vector that the class has.

    Raises:
        QueryError: the class has several vectors and none was named; weights that are no numbers.
        UnknownNameError: a vector that the class does not have.
    """
    if target is None:
        fields = tuple(entity.vectors.values())
        if len(fields) > 1:
            names = ", ".join(f"{entity.label}.{vector.attribute}" for vector in fields)
            raise QueryError(f"{entity.label} has several vectors; say which by target=: {names}")
        return Targets(fields)
    if isinstance(target, TargetVectors):
        fields = tuple(vector_of(entity, vector) for vector in target.vectors)
        weights = tuple(map(_weights, target.weights))
        return Targets(_distinct(entity, fields), target.combination, weights)
    if isinstance(target, (list, tuple)):
        return Targets(_distinct(entity, tuple(vector_of(entity, vector) for vector in target)))
    return Targets((vector_of(entity, target),))


def metric(field: VectorField) -> str:
    """Return the distance of a vector's index; the server's default is cosine."""
    settings = field.spec.index.settings if field.spec.index is not None else {}
    return str(settings.get("distance") or "cosine")


def is_multi(field: VectorField) -> bool:
    """Return whether objects have several vectors in this place."""
    vectorizer = field.spec.vectorizer
    if vectorizer is not None and ("multivec" in vectorizer.name or "colbert" in vectorizer.name):
        return True
    settings = field.spec.index.settings if field.spec.index is not None else {}
    return bool((settings.get("multivector") or {}).get("enabled"))


def _distinct(entity: Entity, fields: tuple[VectorField, ...]) -> tuple[VectorField, ...]:
    if not fields:
        raise QueryError("target names at least one vector")
    if len({field.attribute for field in fields}) < len(fields):
        raise QueryError(f"target names a vector of {entity.label} twice; give near_vector several vectors for it")
    return fields


def _weights(weights: Any) -> tuple[float, ...]:
    listed = weights if isinstance(weights, Sequence) and not isinstance(weights, str) else (weights,)
    for weight in listed:
        if isinstance(weight, bool) or not isinstance(weight, (int, float)):
            raise QueryError(f"a weight is a number, not {weight!r}")
    return tuple(listed)

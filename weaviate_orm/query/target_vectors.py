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
        """The smallest of the distances; what the server does where nothing is said."""
        return cls(vectors, Combination.MINIMUM)

    @classmethod
    def average(cls, *vectors: Any) -> TargetVectors:
        """The mean of the distances."""
        return cls(vectors, Combination.AVERAGE)

    @classmethod
    def sum(cls, *vectors: Any) -> TargetVectors:
        """The sum of the distances."""
        return cls(vectors, Combination.SUM)

    @classmethod
    def manual_weights(cls, weights: Mapping[Any, Any]) -> TargetVectors:
        """The weighted sum of the distances; a list of weights where a vector is compared with several."""
        return cls(tuple(weights), Combination.MANUAL_WEIGHTS, tuple(weights.values()))

    @classmethod
    def relative_score(cls, weights: Mapping[Any, Any]) -> TargetVectors:
        """The weighted sum of the distances, each normalised by those of the results."""
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


def resolve_targets(entity: Entity, given: Any) -> Targets:
    """The targets of a search: those given, or the only vector that the class has.

    Raises:
        QueryError: the class has several vectors and none was named; weights that are no numbers.
        UnknownNameError: a vector that the class does not have.
    """
    if given is None:
        fields = tuple(entity.vectors.values())
        if len(fields) > 1:
            names = ", ".join(f"{entity.label}.{each.attribute}" for each in fields)
            raise QueryError(f"{entity.label} has several vectors; say which by target=: {names}")
        return Targets(fields)
    if isinstance(given, TargetVectors):
        fields = tuple(vector_of(entity, each) for each in given.vectors)
        weights = tuple(map(_weights, given.weights))
        return Targets(_distinct(entity, fields), given.combination, weights)
    if isinstance(given, (list, tuple)):
        return Targets(_distinct(entity, tuple(vector_of(entity, each) for each in given)))
    return Targets((vector_of(entity, given),))


def metric(field: VectorField) -> str:
    """The distance of a vector's index; the server's default is cosine."""
    settings = field.spec.index.settings if field.spec.index is not None else {}
    return str(settings.get("distance") or "cosine")


def is_multi(field: VectorField) -> bool:
    """Whether each object has several vectors in this place."""
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


def _weights(given: Any) -> tuple[float, ...]:
    several = given if isinstance(given, Sequence) and not isinstance(given, str) else (given,)
    for each in several:
        if isinstance(each, bool) or not isinstance(each, (int, float)):
            raise QueryError(f"a weight is a number, not {each!r}")
    return tuple(several)

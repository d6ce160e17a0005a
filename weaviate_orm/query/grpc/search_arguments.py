"""A search as fields of a request."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from weaviate_orm.http.grpc_values import MULTI, SINGLE, pack, pack_rows
from weaviate_orm.query.grpc.filter_messages import Message
from weaviate_orm.query.searches import (
    Ask,
    Hybrid,
    KeywordSearch,
    Move,
    NearMedia,
    Nearness,
    NearObject,
    NearText,
    NearVector,
    Search,
    VectorPer,
)
from weaviate_orm.query.target_vectors import Combination, Targets, is_multi
from weaviate_orm.types import HybridFusion

_COMBINATIONS = {
    Combination.SUM: 1,
    Combination.MINIMUM: 2,
    Combination.AVERAGE: 3,
    Combination.RELATIVE_SCORE: 4,
    Combination.MANUAL_WEIGHTS: 5,
}
_OPERATORS = {"or": 1, "and": 2, "and_cross": 3}
_FUSIONS = {HybridFusion.RANKED: 1, HybridFusion.RELATIVE_SCORE: 2}
DEFAULT_ALPHA = 0.75
"""What the server takes for a hybrid search without an alpha; before Weaviate 1.36 gRPC has no default."""


def search_argument(search: Search) -> tuple[str, Message]:
    """Return the field of a request that holds a search, and its message."""
    assert not isinstance(search, Ask)
    if isinstance(search, NearText):
        return "near_text", {"query": search.concepts, **_moves(search), **_nearness(search)}
    if isinstance(search, NearVector):
        return "near_vector", {**_vectors(search.vectors), **_nearness(search)}
    if isinstance(search, NearObject):
        return "near_object", {"content": str(search.id), **_nearness(search)}
    if isinstance(search, NearMedia):
        return f"near_{search.medium}", {"content": search.data, **_nearness(search)}
    if isinstance(search, KeywordSearch):
        return "keywords", {"query": search.query, **_words(search)}
    return "hybrid", _hybrid(search)


def _hybrid(search: Hybrid) -> Message:
    message: Message = {
        "query": search.query or "",
        "has_alpha": True,
        "alpha_of_old": DEFAULT_ALPHA,
        **_words(search),
        **_targets(search.targets, search.vectors),
    }
    if search.alpha is not None:
        message["alpha"] = message["alpha_of_old"] = search.alpha
    if len(search.vectors) == 1 and len(search.vectors[0][1]) == 1 and not is_multi(search.vectors[0][0]):
        message |= _vectors(search.vectors)
    elif search.vectors:
        message["near_vector"] = _vectors(search.vectors)
    elif search.moves:
        message["near_text"] = {"query": search.concepts or (search.query,), **_moves(search)}
    if search.fusion_type is not None:
        message["fusion_type"] = _FUSIONS[search.fusion_type]
    if search.max_vector_distance is not None:
        message["max_vector_distance"] = search.max_vector_distance
    return message


def _words(search: KeywordSearch | Hybrid) -> Message:
    message: Message = {}
    if search.properties:
        message["properties"] = [f"{member.spec.name}{boost}" for member, boost in search.properties]
    if search.operator is not None or search.minimum_match is not None:
        message["operator"] = {
            "operator": _OPERATORS[search.operator or "or"],
            "minimum_match": search.minimum_match or 0,
        }
    return message


def _vectors(per_target: VectorPer) -> Message:
    ((field, vectors), *others) = per_target
    if not others and len(vectors) == 1:
        return {"vectors": [_vector(vectors[0], is_multi(field))]}
    return {
        "of_targets": [
            {"name": field.spec.name, "vectors": [_vector(vector, is_multi(field)) for vector in vectors]}
            for field, vectors in per_target
        ]
    }


def _vector(vector: Any, is_several: bool) -> Message:
    return {"content": pack_rows(vector) if is_several else pack(vector), "type": MULTI if is_several else SINGLE}


def _nearness(search: Nearness) -> Message:
    vectors = search.vectors if isinstance(search, NearVector) else ()
    message = _targets(search.targets, vectors)
    if search.certainty is not None:
        message["certainty"] = search.certainty
    if search.distance is not None:
        message["distance"] = search.distance
    return message


def _targets(targets: Targets, vectors: VectorPer) -> Message:
    counts = {field.attribute: len(several) for field, several in vectors}
    fields = [field for field in targets.fields if field.spec.name is not None]
    # a target that is compared with several vectors is named for each of them
    names = [field.spec.name for field in fields for _ in range(counts.get(field.attribute, 1))]
    if not names:
        return {}
    message: Message = {"names": names}
    if targets.combination is not None:
        message["combination"] = _COMBINATIONS[targets.combination]
    if targets.weights:
        message["weights"] = [
            {"target": field.spec.name, "weight": weight}
            for field, weights in zip(targets.fields, targets.weights, strict=True)
            for weight in weights
        ]
    return {"targets": message}


def _moves(search: NearText | Hybrid) -> Message:
    moves: Mapping[str, Move | None] = {"move_to": search.move_to, "move_away": search.move_away_from}
    return {name: _move(move) for name, move in moves.items() if move is not None}


def _move(move: Move) -> Message:
    uuids: Sequence[str] = [str(getattr(item, "id", item)) for item in move.objects]
    return {"force": move.force, "concepts": move.concepts, "uuids": uuids}

"""The arguments of a class in a document: filter, search, limits, order."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from weaviate_orm.graphql.literals import RawText, Symbol, print_vector
from weaviate_orm.query.aggregated_searches import objects_aggregated
from weaviate_orm.query.filter_json import filter_json, member_name
from weaviate_orm.query.filters import Filter
from weaviate_orm.query.graphql.selection_fields import tenant_argument
from weaviate_orm.query.query import Query
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
from weaviate_orm.query.target_vectors import Targets, is_multi
from weaviate_orm.query.wire_rules import sent_filter, sent_limit

_OPERATORS = {"and": "And", "or": "Or", "and_cross": "AndCross"}


def get_arguments(query: Query) -> dict[str, Any]:
    """Return the arguments of a class below ``Get``."""
    arguments = near_and_filter(query, sent_filter(query))
    if query.consistency_level is not None:
        arguments["consistencyLevel"] = Symbol(query.consistency_level)
    limit = sent_limit(query)
    if limit is not None:
        arguments["limit"] = limit
    if query.offset:
        arguments["offset"] = query.offset
    if query.order_by:
        arguments["sort"] = [
            {"path": [member_name(key.path)], "order": Symbol("desc" if key.descending else "asc")}
            for key in query.order_by
        ]
    if query.after is not None:
        arguments["after"] = query.after
    if query.autocut is not None:
        arguments["autocut"] = query.autocut
    if query.group_by is not None:
        arguments["groupBy"] = {
            "path": [query.group_by.key.spec.name],
            "groups": query.group_by.groups,
            "objectsPerGroup": query.group_by.objects_per_group,
        }
    if query.similar is not None:
        how = "merge" if query.similar.merge else "closest"
        arguments["group"] = {"type": Symbol(how), "force": query.similar.force}
    return arguments


def near_and_filter(query: Query, where: Filter | None) -> dict[str, Any]:
    """Return the arguments of the tenant, a filter and the search."""
    arguments = tenant_argument(query.entity, query.tenant)
    if where is not None:
        arguments["where"] = where_argument(where)
    if query.search is not None:
        name, value = search_argument(query.search)
        arguments[name] = value
    return arguments


def where_argument(condition: Filter) -> dict[str, Any]:
    """Return the ``where`` argument of a filter: its JSON, with operators as GraphQL's symbols."""
    return _with_symbols(filter_json(condition))


def _with_symbols(condition: dict[str, Any]) -> dict[str, Any]:
    argument = {**condition, "operator": Symbol(condition["operator"])}
    if "operands" in condition:
        argument["operands"] = list(map(_with_symbols, condition["operands"]))
    return argument


def aggregate_arguments(query: Query, *, counted: bool = False) -> dict[str, Any]:
    """Return the arguments of a class below ``Aggregate``. ``counted``: only the count is requested.

    Raises QueryError for a search that Weaviate does not aggregate, or that would match every object.
    """
    limit = objects_aggregated(query, counted=counted)
    return near_and_filter(query, query.where) | ({} if limit is None else {"objectLimit": limit})


def search_argument(search: Search) -> tuple[str, dict[str, Any]]:
    """Return the name of the argument of a search, and its value."""
    if isinstance(search, NearText):
        inside: dict[str, Any] = {"concepts": search.concepts, **_nearness(search)}
        inside |= _moves(search)
        if search.autocorrect is not None:
            inside["autocorrect"] = search.autocorrect
        return "nearText", inside
    if isinstance(search, NearVector):
        return "nearVector", {**_vectors(search.vectors), **_nearness(search)}
    if isinstance(search, NearObject):
        return "nearObject", {"id": str(search.id), **_nearness(search)}
    if isinstance(search, NearMedia):
        name = "IMU" if search.medium == "imu" else search.medium.capitalize()
        return f"near{name}", {search.medium: search.data, **_nearness(search)}
    if isinstance(search, Ask):
        question: dict[str, Any] = {"question": search.question, **_bound(search)}
        if search.properties:
            question["properties"] = [member.spec.name for member in search.properties]
        for key, value in (("autocorrect", search.autocorrect), ("rerank", search.rerank)):
            if value is not None:
                question[key] = value
        return "ask", question
    if isinstance(search, KeywordSearch):
        return "bm25", {"query": search.query, **_words(search, "searchOperator")}
    return "hybrid", _hybrid(search)


def _hybrid(search: Hybrid) -> dict[str, Any]:
    inside: dict[str, Any] = {"query": search.query if search.query is not None else ""}
    if search.alpha is not None:
        inside["alpha"] = search.alpha
    if len(search.vectors) == 1 and len(search.vectors[0][1]) == 1 and not is_multi(search.vectors[0][0]):
        inside["vector"] = RawText(print_vector(search.vectors[0][1][0]))
    elif search.vectors:
        names = _target_names(search.targets, search.vectors)
        inside["searches"] = {"nearVector": {**_vectors(search.vectors), **names}}
    elif search.moves:
        assert search.query is not None
        inside["searches"] = {"nearText": {"concepts": search.concepts or (search.query,), **_moves(search)}}
    inside |= _words(search, "bm25SearchOperator")
    if search.fusion_type is not None:
        inside["fusionType"] = Symbol(search.fusion_type.value)
    if search.max_vector_distance is not None:
        inside["maxVectorDistance"] = search.max_vector_distance
    return {**inside, **_targets(search.targets, search.vectors)}


def _words(search: KeywordSearch | Hybrid, operator: str) -> dict[str, Any]:
    inside: dict[str, Any] = {}
    if search.properties:
        inside["properties"] = [f"{member.spec.name}{boost}" for member, boost in search.properties]
    if search.operator is not None or search.minimum_match is not None:
        # the server needs both, and reads the second for "Or" only
        inside[operator] = {
            "operator": Symbol(_OPERATORS[search.operator or "or"]),
            "minimumOrTokensMatch": search.minimum_match or 0,
        }
    return inside


def _vectors(per_target: VectorPer) -> dict[str, Any]:
    ((field, vectors), *others) = per_target
    if not others and len(vectors) == 1:
        return {"vector": RawText(print_vector(vectors[0]))}
    values: dict[str, Any] = {}
    for field, vectors in per_target:
        assert field.spec.name is not None
        # one multi-vector stands in a list of its own, else its rows are taken for several vectors
        several = len(vectors) > 1 or is_multi(field)
        printed = ", ".join(map(print_vector, vectors))
        values[field.spec.name] = RawText(f"[{printed}]" if several else printed)
    return {"vectorPerTarget": values}


def _nearness(search: Nearness) -> dict[str, Any]:
    vectors = search.vectors if isinstance(search, NearVector) else ()
    return {**_bound(search), **_targets(search.targets, vectors)}


def _bound(search: Nearness) -> dict[str, Any]:
    if search.certainty is not None:
        return {"certainty": search.certainty}
    return {} if search.distance is None else {"distance": search.distance}


def _target_names(targets: Targets, vectors: VectorPer) -> dict[str, Any]:
    names: list[str] = []
    counts = {field.attribute: len(several) for field, several in vectors}
    for field in targets.fields:
        if field.spec.name is not None:
            # a target that is compared with several vectors is named for each of them
            names += [field.spec.name] * counts.get(field.attribute, 1)
    return {"targetVectors": names} if names else {}


def _targets(targets: Targets, vectors: VectorPer) -> dict[str, Any]:
    names = _target_names(targets, vectors)
    if targets.combination is None:
        return names
    inside: dict[str, Any] = {**names, "combinationMethod": Symbol(targets.combination.value)}
    if targets.weights:
        inside["weights"] = {
            field.spec.name: weights[0] if len(weights) == 1 else list(weights)
            for field, weights in zip(targets.fields, targets.weights, strict=True)
        }
    return {"targets": inside}


def _moves(search: NearText | Hybrid) -> dict[str, Any]:
    moves: Mapping[str, Move | None] = {"moveTo": search.move_to, "moveAwayFrom": search.move_away_from}
    return {name: _move(move) for name, move in moves.items() if move is not None}


def _move(move: Move) -> dict[str, Any]:
    inside: dict[str, Any] = {"force": move.force}
    if move.concepts:
        inside["concepts"] = move.concepts
    if move.objects:
        inside["objects"] = [{"id": str(getattr(item, "id", item))} for item in move.objects]
    return inside

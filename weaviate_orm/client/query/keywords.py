"""The arguments that search by words: ``bm25``, and ``hybrid``, which also searches by a vector."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from weaviate_orm.client.query import checks
from weaviate_orm.client.query.layouts import COMMAS, TIGHT_LIST
from weaviate_orm.client.query.near import near_text_value, near_vector_value, target_vectors, vector
from weaviate_orm.exceptions import QueryError
from weaviate_orm.graphql.document import Argument
from weaviate_orm.graphql.literals import ListValue, ObjectValue, Symbol
from weaviate_orm.types import HybridFusion

SEARCH_OPERATORS = ("And", "Or", "AndCross")


def bm25(query: str, properties: Sequence[str] | None, search_operator: Mapping[str, Any] | None) -> Argument:
    value: dict[str, Any] = {"query": checks.text("the query of bm25", query)}
    value |= _properties("bm25", properties)
    if search_operator is not None:
        value["searchOperator"] = _search_operator(search_operator)
    return Argument("bm25", ObjectValue(value, COMMAS), colon=":", end="")


def hybrid(
    query: str,
    *,
    alpha: float | None,
    vector_: Any,
    properties: Sequence[str] | None,
    fusion_type: HybridFusion | str | None,
    extras: Mapping[str, Any],
) -> Argument:
    """Of the ``extras``, named as the server names them, those that are None are left out."""
    value: dict[str, Any] = {"query": checks.text("the query of hybrid", query)}
    if vector_ is not None:
        value["vector"] = vector("the vector of hybrid", vector_)
    if alpha is not None:
        value["alpha"] = checks.number("the alpha of hybrid", alpha, 0, 1)
    value |= _properties("hybrid", properties)
    if fusion_type is not None:
        value["fusionType"] = Symbol(checks.checked("the fusion_type of hybrid", fusion_type, HybridFusion).value)
    given = {key: item for key, item in extras.items() if item is not None}
    value |= target_vectors("hybrid", given)
    if "bm25SearchOperator" in given:
        value["bm25SearchOperator"] = _search_operator(given["bm25SearchOperator"])
    if "maxVectorDistance" in given:
        value["maxVectorDistance"] = checks.number("the max_vector_distance of hybrid", given["maxVectorDistance"])
    if "searches" in given:
        value["searches"] = [_search(each) for each in given["searches"]]
    return Argument("hybrid", ObjectValue(value, COMMAS), colon=":", end="")


def _properties(what: str, given: Sequence[str] | None) -> dict[str, Any]:
    if not given:
        return {}
    return {"properties": ListValue(checks.texts(f"the properties of {what}", given), TIGHT_LIST)}


def _search_operator(given: Mapping[str, Any]) -> dict[str, Any]:
    checks.mapping("a search operator", given, ("operator", "minimumOrTokensMatch"), required=("operator",))
    operator = checks.choice("the operator of a search operator", given["operator"], SEARCH_OPERATORS)
    value: dict[str, Any] = {"operator": Symbol(operator)}
    if "minimumOrTokensMatch" in given:
        least = checks.integer("minimumOrTokensMatch", given["minimumOrTokensMatch"], least=1)
        value["minimumOrTokensMatch"] = least
    return value


def _search(given: Any) -> dict[str, Any]:
    checks.mapping("a search of hybrid", given, ("nearText", "nearVector"))
    if len(given) != 1:
        raise QueryError("a search of hybrid is one of nearText and nearVector")
    if "nearText" in given:
        return {"nearText": near_text_value(given["nearText"])}
    return {"nearVector": near_vector_value(given["nearVector"])}

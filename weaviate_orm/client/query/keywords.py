"""The arguments of keyword searches: ``bm25``, and ``hybrid``, which also searches by a vector."""

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
    """Return the argument ``bm25``."""
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
    """Return the argument ``hybrid``. ``extras`` have the server's names; those that are None are omitted."""
    value: dict[str, Any] = {"query": checks.text("the query of hybrid", query)}
    if vector_ is not None:
        value["vector"] = vector("the vector of hybrid", vector_)
    if alpha is not None:
        value["alpha"] = checks.number("the alpha of hybrid", alpha, 0, 1)
    value |= _properties("hybrid", properties)
    if fusion_type is not None:
        value["fusionType"] = Symbol(checks.convert("the fusion_type of hybrid", fusion_type, HybridFusion).value)
    content = {key: extra for key, extra in extras.items() if extra is not None}
    value |= target_vectors("hybrid", content)
    if "bm25SearchOperator" in content:
        value["bm25SearchOperator"] = _search_operator(content["bm25SearchOperator"])
    if "maxVectorDistance" in content:
        value["maxVectorDistance"] = checks.number("the max_vector_distance of hybrid", content["maxVectorDistance"])
    if "searches" in content:
        value["searches"] = [_search(search) for search in content["searches"]]
    return Argument("hybrid", ObjectValue(value, COMMAS), colon=":", end="")


def _properties(label: str, content: Sequence[str] | None) -> dict[str, Any]:
    if not content:
        return {}
    return {"properties": ListValue(checks.texts(f"the properties of {label}", content), TIGHT_LIST)}


def _search_operator(content: Mapping[str, Any]) -> dict[str, Any]:
    checks.mapping("a search operator", content, ("operator", "minimumOrTokensMatch"), required=("operator",))
    operator = checks.choice("the operator of a search operator", content["operator"], SEARCH_OPERATORS)
    value: dict[str, Any] = {"operator": Symbol(operator)}
    if "minimumOrTokensMatch" in content:
        least = checks.integer("minimumOrTokensMatch", content["minimumOrTokensMatch"], least=1)
        value["minimumOrTokensMatch"] = least
    return value


def _search(content: Any) -> dict[str, Any]:
    checks.mapping("a search of hybrid", content, ("nearText", "nearVector"))
    if len(content) != 1:
        raise QueryError("a search of hybrid is one of nearText and nearVector")
    if "nearText" in content:
        return {"nearText": near_text_value(content["nearText"])}
    return {"nearVector": near_vector_value(content["nearVector"])}

"""A filter as the server's JSON: REST deletes by it, and GraphQL takes it as an argument."""

from __future__ import annotations

from typing import Any

from weaviate_orm.operators import Operand, Operator
from weaviate_orm.query.comparisons import GeoRange
from weaviate_orm.query.entity import Property, Reference
from weaviate_orm.query.exact_text import by_words, is_answered
from weaviate_orm.query.filters import And, Comparison, Exact, Filter, Not, Or, Path
from weaviate_orm.query.word_search import is_stopwords, stopword_pattern
from weaviate_orm.schema.datatypes import DataType
from weaviate_orm.schema.values import SCALAR_TYPES

# holds for every object: ids are compared as texts, and none is before the empty one
_EVERY_ID = {"path": ["id"], "operator": "GreaterThanEqual", "valueText": ""}
_METADATA_PATHS = {"id": "id", "created_at": "_creationTimeUnix", "updated_at": "_lastUpdateTimeUnix"}
_VALUE_KEYS: dict[DataType | None, str] = {
    DataType.TEXT: "valueText",
    DataType.INT: "valueInt",
    DataType.NUMBER: "valueNumber",
    DataType.BOOLEAN: "valueBoolean",
    DataType.DATE: "valueDate",
}


def filter_json(condition: Filter) -> dict[str, Any]:
    """Return the JSON of a filter."""
    if isinstance(condition, Comparison):
        replaced = _without_stopwords(condition)
        if replaced != condition:
            return filter_json(replaced)
        return comparison_json(condition)
    if isinstance(condition, Exact):
        assert is_answered(condition), condition
        return filter_json(by_words(condition))
    if isinstance(condition, Not):
        return {"operator": "Not", "operands": [filter_json(condition.operand)]}
    assert isinstance(condition, (And, Or))
    if not condition.operands:
        return _EVERY_ID if isinstance(condition, And) else {"operator": "Not", "operands": [_EVERY_ID]}
    joined = "And" if isinstance(condition, And) else "Or"
    return {"operator": joined, "operands": [filter_json(operand) for operand in condition.operands]}


def comparison_json(comparison: Comparison) -> dict[str, Any]:
    """Return the JSON of one comparison as it is, of stopwords too."""
    key, value = _value(comparison)
    return {"path": _path(comparison.path), "operator": comparison.operator.sent_as, key: value}


def finds_stopwords(condition: Filter) -> bool:
    """Return whether a filter looks for a text of stopwords alone, which only newer servers find by Like."""
    if isinstance(condition, Comparison):
        return _without_stopwords(condition) != condition
    if isinstance(condition, Exact):
        return finds_stopwords(by_words(condition))
    operands = (condition.operand,) if isinstance(condition, Not) else getattr(condition, "operands", ())
    return any(map(finds_stopwords, operands))


def _without_stopwords(condition: Comparison) -> Filter:
    """Compare texts of stopwords alone by Like, which finds them."""
    path, operator, value = condition.path, condition.operator, condition.value
    member = path.member
    if not isinstance(member, Property) or member.spec.data_type.element is not DataType.TEXT or path.length:
        return condition
    if operator.operand is not Operand.VALUE and not operator.takes_many:
        return condition
    texts = value if operator.takes_many else (value,)
    stopwords = [text for text in texts if is_stopwords(path.owner, member, text)]
    if not stopwords:
        return condition
    patterns: list[Filter] = [Comparison(path, Operator.LIKE, stopword_pattern(text)) for text in stopwords]
    if operator.is_negated:
        patterns = [Not(pattern) for pattern in patterns]
    if not operator.takes_many:
        return patterns[0]
    rest = [text for text in texts if text not in stopwords]
    join = Or if operator.operand is Operand.ANY_OF else And
    return join((*patterns, *((Comparison(path, operator, rest),) if rest else ())))


def _path(path: Path) -> list[str]:
    steps: list[str] = []
    for reference, target in path.references:
        steps += [reference.spec.name, target.collection.name]
    name = member_name(path)
    return [*steps, f"len({name})" if path.length else name]


def member_name(path: Path) -> str:
    """Return the server's name of the member that a path leads to."""
    return _METADATA_PATHS[path.member] if isinstance(path.member, str) else path.member.spec.name


def _value(comparison: Comparison) -> tuple[str, Any]:
    path, value = comparison.path, comparison.value
    if comparison.operator is Operator.IS_NULL:
        return "valueBoolean", value
    if isinstance(value, GeoRange):
        center = {"latitude": value.center.latitude, "longitude": value.center.longitude}
        return "valueGeoRange", {"geoCoordinates": center, "distance": {"max": value.distance}}
    if path.length or isinstance(path.member, Reference):
        return "valueInt", value
    if isinstance(path.member, Property):
        return _VALUE_KEYS[SCALAR_TYPES[path.member.spec.data_type.element].compared_as], value
    return ("valueText" if path.member == "id" else "valueDate"), value

"""A filter operator is a row of one table, and a method of the expressions; nothing else names it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

import weaviate_orm
from weaviate_orm import Field, GeoCoordinates, Model, QueryError, UnknownNameError
from weaviate_orm.client.query.where import COMPARING, encode_filter
from weaviate_orm.operators import Operand, Operator
from weaviate_orm.query.comparisons import GeoRange
from weaviate_orm.query.filter_json import filter_json
from weaviate_orm.query.lookups import lookup


class Parcel(Model):
    weight: Field[float]
    label: Field[str | None]
    place: Field[GeoCoordinates]

    class Meta:
        name = "TestOperatorParcel"


OPERANDS: dict[Operand, tuple[str, Any]] = {
    Operand.VALUE: ("weight", 1.5),
    Operand.BOUND: ("weight", 1.5),
    Operand.PATTERN: ("label", "a*"),
    Operand.FLAG: ("weight", True),
    Operand.AREA: ("place", GeoRange(GeoCoordinates(1.0, 2.0), 3.0)),
    Operand.ANY_OF: ("weight", [1.5]),
    Operand.ALL_OF: ("weight", [1.5]),
    Operand.NONE_OF: ("weight", [1.5]),
}

ROOT = Path(weaviate_orm.__file__).parent


def named_in(text: str) -> set[str]:
    return {str(path.relative_to(ROOT)) for path in ROOT.rglob("*.py") if text in path.read_text()}


def test_an_operator_is_named_in_two_files() -> None:
    assert named_in("CONTAINS_NONE") == {"operators.py", "query/expressions.py"}
    assert named_in('"ContainsNone"') == {"operators.py"}
    assert named_in('"contains_none"') == {"operators.py"}


@pytest.mark.parametrize("operator", Operator)
def test_each_operator_has_a_lookup(operator: Operator) -> None:
    field, value = OPERANDS[operator.operand]
    if operator is Operator.IS_NULL:
        with pytest.raises(QueryError, match="index_null_state"):
            lookup(Parcel.__mapper__.entity, f"{field}__isnull", value)
        return
    name = f"{field}__{operator.lookup}".removesuffix("__")
    assert filter_json(lookup(Parcel.__mapper__.entity, name, value))["operator"] == operator.sent_as


def test_lookups_differ() -> None:
    assert len({operator.lookup for operator in Operator}) == len(Operator)
    with pytest.raises(UnknownNameError, match="did you mean 'gte'"):
        lookup(Parcel.__mapper__.entity, "weight__gtee", 1)


VALUES: dict[Operand, dict[str, Any]] = {
    Operand.VALUE: {"valueNumber": 1.5},
    Operand.BOUND: {"valueNumber": 1.5},
    Operand.PATTERN: {"valueText": "a*"},
    Operand.FLAG: {"valueBoolean": True},
    Operand.AREA: {"valueGeoRange": {"geoCoordinates": {"latitude": 1, "longitude": 2}, "distance": {"max": 3}}},
    Operand.ANY_OF: {"valueNumberArray": [1.5]},
    Operand.ALL_OF: {"valueNumberArray": [1.5]},
    Operand.NONE_OF: {"valueNumberArray": [1.5]},
}


@pytest.mark.parametrize("operator", [operator for operator in Operator if operator.value == operator.sent_as])
def test_the_v3_filters_read_the_same_table(operator: Operator) -> None:
    where = encode_filter({"path": ["a"], "operator": operator.value, **VALUES[operator.operand]})
    assert where["operator"] == operator.value
    assert COMPARING[operator.value] is operator


def test_in_is_an_operator_of_the_mapper_alone() -> None:
    with pytest.raises(QueryError):
        encode_filter({"path": ["a"], "operator": "In", "valueTextArray": ["a"]})

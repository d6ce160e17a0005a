"""The ``where`` argument: filters as nested dicts (docs.weaviate.io, "Conditional filters")."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from weaviate_orm.client.query import checks
from weaviate_orm.client.query.layouts import PADDED, PADDED_AT_START, TIGHT_LIST
from weaviate_orm.exceptions import QueryError
from weaviate_orm.graphql.document import Argument
from weaviate_orm.graphql.literals import ListValue, ObjectValue, Symbol
from weaviate_orm.operators import Operand, Operator
from weaviate_orm.schema.values import check_ordered_date, encode_date
from weaviate_orm.types import JSONObject

LOGICAL_OPERATORS = ("And", "Or", "Not")
COMPARING = {operator.value: operator for operator in Operator if operator.value == operator.sent_as}


def where_argument(where: Mapping[str, Any]) -> Argument:
    """Return the argument ``where`` of a filter in v3's form.

    >>> str(where_argument({"path": ["wordCount"], "operator": "GreaterThan", "valueInt": 1000}))
    'where: {path: ["wordCount"] operator: GreaterThan valueInt: 1000} '
    """
    return Argument("where", _apply_layout(encode_filter(where)))


MAX_LEVELS = 100
"""The deepest nesting of filters."""


def encode_filter(where: Any, *, level: int = 0) -> JSONObject:
    """Check a filter in v3's form, and return it with its values as JSON, under GraphQL's keys.

    Raises:
        QueryError: an operator, a path or a value is not valid.
        UnknownNameError: a key does not exist. The server ignores the case of keys, and lets a filter without a key
            that it knows match every object (measured on Weaviate 1.39).

    >>> encode_filter({"path": ["tags"], "operator": "ContainsAny", "valueTextList": ("a", "b")})
    {'path': ['tags'], 'operator': 'ContainsAny', 'valueText': ['a', 'b']}
    """
    if isinstance(where, Mapping) and "path" in where:
        return _comparison(where)
    joined = checks.mapping("a filter without a path", where, ("operator", "operands"), required=("operator",))
    operator = checks.choice("the operator of a filter without a path", joined["operator"], LOGICAL_OPERATORS)
    operands = joined.get("operands")
    if not isinstance(operands, Sequence) or isinstance(operands, (str, bytes)) or not operands:
        raise QueryError(f"the operands of {operator} are a list of one filter or more; got {operands!r}")
    if operator == "Not" and len(operands) > 1:
        raise QueryError(f"Not takes one operand, got {len(operands)}; join them with And or Or")
    if level == MAX_LEVELS:
        raise QueryError(f"filters are nested at most {MAX_LEVELS} levels deep: give one And or Or more operands")
    return {"operator": operator, "operands": [encode_filter(operand, level=level + 1) for operand in operands]}


def _comparison(where: Mapping[str, Any]) -> JSONObject:
    checks.mapping("a filter", where, ("path", "operator", *_KEYS), required=("operator",))
    operator = COMPARING[checks.choice("the operator of a filter with a path", where["operator"], COMPARING)]
    steps = checks.texts("the path of a filter", where["path"])
    label = f"the filter of {'.'.join(steps)}"
    keys = [key for key in where if key in _KEYS]
    if len(keys) != 1:
        raise QueryError(
            f"{label} needs one value, as valueText, valueInt or valueDate; it has {', '.join(keys) or 'none'}"
        )
    (key,) = keys
    if (operator.operand is Operand.AREA) != (key == "valueGeoRange"):
        raise QueryError(
            f"the operator WithinGeoRange and a valueGeoRange need each other; got {operator.value} and {key}"
        )
    if operator.operand is Operand.FLAG and key != "valueBoolean":
        raise QueryError(f"{label} by IsNull needs a valueBoolean, not {key}")
    name, plural = _KEYS[key]
    value = where[key]
    is_list = isinstance(value, (list, tuple))
    if (plural and not is_list) or (is_list and not value):
        raise QueryError(f"{label}: {key} is a list of one value or more; got {value!r}")
    if is_list != operator.takes_many:
        expected = "a list of values" if operator.takes_many else "one value"
        raise QueryError(f"{label} by {operator.value} needs {expected} as {key}; got {value!r}")
    encode = _VALUES[name]
    # GraphQL reads a single string as a list of one, and v3 leaves it a string.
    path = where["path"] if isinstance(where["path"], str) else list(steps)
    encoded = [encode(key, item) for item in value] if is_list else encode(key, value)
    if name == "valueDate" and operator.is_order:
        checks.convert(label, encoded, check_ordered_date)
    return {"path": path, "operator": operator.value, name: encoded}


def _apply_layout(where: JSONObject) -> JSONObject:
    """Give an encoded filter the layout of v3."""
    result = {**where, "operator": Symbol(where["operator"])}
    for key, value in where.items():
        if key == "operands":
            result[key] = [_apply_layout(operand) for operand in value]
        elif key in ("valueText", "valueString") and isinstance(value, list):
            result[key] = ListValue(value, TIGHT_LIST)
        elif key == "valueGeoRange":
            members = {name: ObjectValue(part, PADDED) for name, part in value.items()}
            result[key] = ObjectValue(members, PADDED_AT_START)
    return result


def _text(label: str, value: Any) -> str:
    return str(value) if isinstance(value, UUID) else checks.text(label, value)


def _date(label: str, value: Any) -> str:
    return checks.convert(label, value, encode_date) if isinstance(value, datetime) else checks.text(label, value)


def _geo_range(label: str, value: Any) -> JSONObject:
    area = checks.mapping(label, value, ("geoCoordinates", "distance"), required=("geoCoordinates", "distance"))
    keys = ("latitude", "longitude")
    point = checks.mapping(f"{label}.geoCoordinates", area["geoCoordinates"], keys, required=keys)
    distance = checks.mapping(f"{label}.distance", area["distance"], ("max",), required=("max",))
    return {
        "geoCoordinates": {
            "latitude": checks.number("a latitude", point["latitude"], -90, 90),
            "longitude": checks.number("a longitude", point["longitude"], -180, 180),
        },
        "distance": {"max": checks.number(f"{label}.distance.max", distance["max"])},
    }


_VALUES: dict[str, Callable[[str, Any], Any]] = {
    "valueText": _text,
    "valueString": _text,
    "valueInt": checks.integer,
    "valueNumber": checks.number,
    "valueBoolean": checks.boolean,
    "valueDate": _date,
    "valueGeoRange": _geo_range,
}

_KEYS: dict[str, tuple[str, bool]] = {
    **{name: (name, False) for name in _VALUES},
    **{f"{name}{form}": (name, True) for name in _VALUES if name != "valueGeoRange" for form in ("Array", "List")},
}
"""The keys of values: the server's name of the key, and whether the value must be a list."""

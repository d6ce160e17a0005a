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

JOINING = ("And", "Or", "Not")
COMPARING = {operator.value: operator for operator in Operator if operator.value == operator.sent_as}


def where_argument(where: Mapping[str, Any]) -> Argument:
    """The argument for a filter of v3's form.

    >>> str(where_argument({"path": ["wordCount"], "operator": "GreaterThan", "valueInt": 1000}))
    'where: {path: ["wordCount"] operator: GreaterThan valueInt: 1000} '
    """
    return Argument("where", _laid_out(checked_filter(where)))


MOST_LEVELS = 100
"""How deep filters may be nested."""


def checked_filter(where: Any, *, level: int = 0) -> JSONObject:
    """A filter of v3's form, checked; its values as JSON, under the keys that GraphQL has.

    Raises:
        QueryError: an operator, a path or a value that cannot be.
        UnknownNameError: a key that does not exist. The server reads keys in any case, and a filter without a value
            that it knows matches (measured on Weaviate 1.39).

    >>> checked_filter({"path": ["tags"], "operator": "ContainsAny", "valueTextList": ("a", "b")})
    {'path': ['tags'], 'operator': 'ContainsAny', 'valueText': ['a', 'b']}
    """
    if isinstance(where, Mapping) and "path" in where:
        return _comparison(where)
    joined = checks.mapping("a filter without a path", where, ("operator", "operands"), required=("operator",))
    operator = checks.choice("the operator of a filter without a path", joined["operator"], JOINING)
    operands = joined.get("operands")
    if not isinstance(operands, Sequence) or isinstance(operands, (str, bytes)) or not operands:
        raise QueryError(f"the operands of {operator} are a list of one filter or more; got {operands!r}")
    if operator == "Not" and len(operands) > 1:
        raise QueryError(f"Not takes one operand, got {len(operands)}; join them with And or Or")
    if level == MOST_LEVELS:
        raise QueryError(f"filters are nested at most {MOST_LEVELS} levels deep: give one And or Or more operands")
    return {"operator": operator, "operands": [checked_filter(operand, level=level + 1) for operand in operands]}


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
    several = isinstance(value, (list, tuple))
    if (plural and not several) or (several and not value):
        raise QueryError(f"{label}: {key} is a list of one value or more; got {value!r}")
    if several != operator.takes_many:
        number = "a list of values" if operator.takes_many else "one value"
        raise QueryError(f"{label} by {operator.value} needs {number} as {key}; got {value!r}")
    encode = _VALUES[name]
    # One string is a list of one to GraphQL, and v3 writes it as it is given.
    path = where["path"] if isinstance(where["path"], str) else list(steps)
    encoded = [encode(key, item) for item in value] if several else encode(key, value)
    if name == "valueDate" and operator.is_order:
        checks.checked(label, encoded, check_ordered_date)
    return {"path": path, "operator": operator.value, name: encoded}


def _laid_out(where: JSONObject) -> JSONObject:
    """A checked filter with the spaces of v3."""
    laid_out = {**where, "operator": Symbol(where["operator"])}
    for key, value in where.items():
        if key == "operands":
            laid_out[key] = [_laid_out(operand) for operand in value]
        elif key in ("valueText", "valueString") and isinstance(value, list):
            laid_out[key] = ListValue(value, TIGHT_LIST)
        elif key == "valueGeoRange":
            inside = {name: ObjectValue(part, PADDED) for name, part in value.items()}
            laid_out[key] = ObjectValue(inside, PADDED_AT_START)
    return laid_out


def _text(what: str, value: Any) -> str:
    return str(value) if isinstance(value, UUID) else checks.text(what, value)


def _date(what: str, value: Any) -> str:
    return checks.checked(what, value, encode_date) if isinstance(value, datetime) else checks.text(what, value)


def _geo_range(what: str, value: Any) -> JSONObject:
    area = checks.mapping(what, value, ("geoCoordinates", "distance"), required=("geoCoordinates", "distance"))
    degrees = ("latitude", "longitude")
    place = checks.mapping(f"{what}.geoCoordinates", area["geoCoordinates"], degrees, required=degrees)
    distance = checks.mapping(f"{what}.distance", area["distance"], ("max",), required=("max",))
    return {
        "geoCoordinates": {
            "latitude": checks.number("a latitude", place["latitude"], -90, 90),
            "longitude": checks.number("a longitude", place["longitude"], -180, 180),
        },
        "distance": {"max": checks.number(f"{what}.distance.max", distance["max"])},
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
"""The keys a value may stand under: the server's name, and whether it must be a list."""

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
from weaviate_orm.schema.values import encode_date

JOINING = ("And", "Or", "Not")
COMPARING = (
    "Equal",
    "NotEqual",
    "GreaterThan",
    "GreaterThanEqual",
    "LessThan",
    "LessThanEqual",
    "Like",
    "IsNull",
    "WithinGeoRange",
    "ContainsAny",
    "ContainsAll",
    "ContainsNone",
)


def where_argument(given: Mapping[str, Any]) -> Argument:
    """The argument for a filter of v3's form.

    >>> str(where_argument({"path": ["wordCount"], "operator": "GreaterThan", "valueInt": 1000}))
    'where: {path: ["wordCount"] operator: GreaterThan valueInt: 1000} '
    """
    return Argument("where", _filter(given))


def _filter(given: Any) -> dict[str, Any]:
    if isinstance(given, Mapping) and "path" in given:
        return _comparison(given)
    joined = checks.mapping("a filter without a path", given, ("operator", "operands"), required=("operator",))
    operator = checks.choice("the operator of a filter without a path", joined["operator"], JOINING)
    operands = joined.get("operands")
    if not isinstance(operands, Sequence) or isinstance(operands, (str, bytes)) or not operands:
        raise QueryError(f"the operands of {operator} are a list of one filter or more; got {operands!r}")
    if operator == "Not" and len(operands) > 1:
        raise QueryError(f"Not takes one operand, got {len(operands)}; join them with And or Or")
    return {"operator": Symbol(operator), "operands": [_filter(operand) for operand in operands]}


def _comparison(given: Mapping[str, Any]) -> dict[str, Any]:
    checks.mapping("a filter", given, ("path", "operator", *_KEYS), required=("operator",))
    operator = checks.choice("the operator of a filter with a path", given["operator"], COMPARING)
    path = checks.texts("the path of a filter", given["path"])
    keys = [key for key in given if key in _KEYS]
    if len(keys) != 1:
        raise QueryError(
            f"the filter of {'.'.join(path)} needs one value, as valueText, valueInt or valueDate; "
            f"it has {', '.join(keys) or 'none'}"
        )
    (key,) = keys
    if (operator == "WithinGeoRange") != (key == "valueGeoRange"):
        raise QueryError(f"the operator WithinGeoRange and a valueGeoRange need each other; got {operator} and {key}")
    name, plural = _KEYS[key]
    value = given[key]
    # One string is a list of one to GraphQL, and v3 writes it as it is given.
    shown = given["path"] if isinstance(given["path"], str) else path
    return {"path": shown, "operator": Symbol(operator), name: _value(key, name, value, plural)}


def _value(key: str, name: str, value: Any, plural: bool) -> Any:
    several = isinstance(value, (list, tuple)) and name != "valueGeoRange"
    if (plural and not several) or (several and not value):
        raise QueryError(f"{key} is a list of one value or more; got {value!r}")
    one = _VALUES[name]
    if not several:
        return one(key, value)
    items = [one(key, item) for item in value]
    return ListValue(items, TIGHT_LIST) if name in ("valueText", "valueString") else items


def _text(what: str, value: Any) -> str:
    return str(value) if isinstance(value, UUID) else checks.text(what, value)


def _date(what: str, value: Any) -> str:
    return checks.checked(what, value, encode_date) if isinstance(value, datetime) else checks.text(what, value)


def _geo_range(what: str, value: Any) -> ObjectValue:
    given = checks.mapping(what, value, ("geoCoordinates", "distance"), required=("geoCoordinates", "distance"))
    degrees = ("latitude", "longitude")
    place = checks.mapping(f"{what}.geoCoordinates", given["geoCoordinates"], degrees, required=degrees)
    distance = checks.mapping(f"{what}.distance", given["distance"], ("max",), required=("max",))
    coordinates = {
        "latitude": checks.number("a latitude", place["latitude"], -90, 90),
        "longitude": checks.number("a longitude", place["longitude"], -180, 180),
    }
    furthest = {"max": checks.number(f"{what}.distance.max", distance["max"])}
    inside = {"geoCoordinates": ObjectValue(coordinates, PADDED), "distance": ObjectValue(furthest, PADDED)}
    return ObjectValue(inside, PADDED_AT_START)


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

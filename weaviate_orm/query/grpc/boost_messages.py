"""The message of boosts (``Boost`` in ``grpc/proto/v1/search_get.proto`` of the server)."""

from __future__ import annotations

from collections.abc import Mapping

from weaviate_orm.http.protobuf import Messages
from weaviate_orm.query.boosts import Boost, Boosting, FilterBoost, NumericDecay, NumericProperty, TimeDecay
from weaviate_orm.query.filter_json import comparison_json
from weaviate_orm.query.filters import And, Comparison, Filter, Not, Or
from weaviate_orm.query.grpc.filter_messages import Message, filter_message
from weaviate_orm.schema.values import encode_date

_DECAY = (("curve", 5, "optional int32"), ("decay", 6, "optional float"))

BOOSTS: Messages = {
    "NumericProperty": (("property", 1, "string"), ("modifier", 2, "optional int32")),
    "TimeDecay": (
        ("property", 1, "string"),
        ("origin", 2, "string"),
        ("scale", 3, "string"),
        ("offset", 4, "optional string"),
        *_DECAY,
    ),
    "NumericDecay": (
        ("property", 1, "string"),
        ("origin", 2, "double"),
        ("scale", 3, "double"),
        ("offset", 4, "optional double"),
        *_DECAY,
    ),
    "Boost": (
        ("filter", 1, "condition Filters"),
        ("time_decay", 2, "condition TimeDecay"),
        ("numeric_property", 3, "condition NumericProperty"),
        ("numeric_decay", 4, "condition NumericDecay"),
        ("weight", 5, "optional float"),
    ),
    "Boosting": (
        ("boosts", 1, "repeated Boost"),
        ("weight", 2, "optional float"),
        ("depth", 3, "optional uint32"),
    ),
}

_MODIFIERS: Mapping[str, int] = {"log1p": 1, "sqrt": 2}
_CURVES: Mapping[str, int] = {"gauss": 1, "linear": 2, "exp": 3}
_JOINTS = {And: "And", Or: "Or"}


def boosting_message(boosting: Boosting) -> Message:
    """Return the message of the boosts of a query."""
    message: Message = {"boosts": list(map(_boost, boosting.boosts))}
    return message | _present(weight=boosting.weight, depth=boosting.depth)


def _boost(boost: Boost) -> Message:
    name, message = _score(boost)
    return {name: message, "weight": boost.weight}


def _score(boost: Boost) -> tuple[str, Message]:
    """Return the field of a boost that says how results are scored, and its message."""
    if isinstance(boost, FilterBoost):
        return "filter", filter_message(_condition(boost.condition))
    if isinstance(boost, NumericProperty):
        modifier = None if boost.modifier is None else _MODIFIERS[boost.modifier]
        return "numeric_property", {"property": boost.member.spec.name, **_present(modifier=modifier)}
    assert isinstance(boost, (TimeDecay, NumericDecay))
    message: Message = {"property": boost.member.spec.name, **_present(decay=boost.decay)}
    if boost.curve is not None:
        message["curve"] = _CURVES[boost.curve]
    if isinstance(boost, NumericDecay):
        numbers = _present(offset=boost.offset)
        return "numeric_decay", {**message, "origin": boost.origin, "scale": boost.scale, **numbers}
    offset = None if boost.offset is None else _seconds(boost.offset.total_seconds())
    origin = "" if boost.origin is None else encode_date(boost.origin)
    times = {"origin": origin, "scale": _seconds(boost.scale.total_seconds()), **_present(offset=offset)}
    return "time_decay", {**message, **times}


def _condition(condition: Filter) -> Message:
    """Return the JSON of a condition: its texts are compared whole, so that stopwords are texts as any other."""
    if isinstance(condition, Not):
        return {"operator": "Not", "operands": [_condition(condition.operand)]}
    if isinstance(condition, (And, Or)):
        return {"operator": _JOINTS[type(condition)], "operands": list(map(_condition, condition.operands))}
    assert isinstance(condition, Comparison)
    return comparison_json(condition)


def _seconds(seconds: float) -> str:
    return f"{seconds:.6f}s"


def _present(**fields: object) -> Message:
    return {name: value for name, value in fields.items() if value is not None}

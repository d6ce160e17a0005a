"""The arguments that search by vectors: ``nearText``, ``nearVector``, ``nearObject``, ``near<Media>``, and ``ask``.

Each takes ``certainty`` or ``distance``, and the named vectors that are compared: ``targetVectors``, or ``targets``
with how their distances are combined (docs.weaviate.io, "Vector similarity search", "Multiple target vectors").
"""

from __future__ import annotations

import base64
import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from weaviate_orm.client.query import checks
from weaviate_orm.client.query.layouts import SPACED_LIST
from weaviate_orm.exceptions import ArgumentTypeError, QueryError
from weaviate_orm.graphql.document import Argument
from weaviate_orm.graphql.literals import ListValue, RawText, Symbol
from weaviate_orm.util import file_encoder_b64, get_vector

COMBINATIONS = ("minimum", "average", "sum", "manualWeights", "relativeScore")
MEDIA = ("image", "audio", "video", "thermal", "depth", "imu")

_BOUND = ("certainty", "distance")
_NAMED = ("targetVectors", "targets")


def near_text(given: Mapping[str, Any]) -> Argument:
    """By the meaning of ``concepts``, moved by ``moveTo`` and ``moveAwayFrom``."""
    return Argument("nearText", near_text_value(given))


def near_text_value(given: Mapping[str, Any]) -> dict[str, Any]:
    known = ("concepts", *_BOUND, "moveTo", "moveAwayFrom", "autocorrect", *_NAMED)
    checks.mapping("nearText", given, known, required=("concepts",))
    value: dict[str, Any] = {"concepts": checks.texts("nearText.concepts", given["concepts"])}
    value |= _bound("nearText", given)
    for key in ("moveTo", "moveAwayFrom"):
        if key in given:
            value[key] = _move(f"nearText.{key}", given[key])
    if "autocorrect" in given:
        value["autocorrect"] = checks.boolean("nearText.autocorrect", given["autocorrect"])
    return value | target_vectors("nearText", given)


def near_vector(given: Mapping[str, Any]) -> Argument:
    """By a ``vector``, or by ``vectorPerTarget``, one or several for each named vector."""
    return Argument("nearVector", near_vector_value(given))


def near_vector_value(given: Mapping[str, Any]) -> dict[str, Any]:
    checks.mapping("nearVector", given, ("vector", "vectorPerTarget", *_BOUND, *_NAMED))
    if ("vector" in given) == ("vectorPerTarget" in given):
        raise QueryError("nearVector needs a 'vector' or a 'vectorPerTarget', and not both")
    value: dict[str, Any]
    if "vector" in given:
        value = {"vector": vector("nearVector.vector", given["vector"])}
    else:
        each = given["vectorPerTarget"]
        if not isinstance(each, Mapping) or not each:
            raise QueryError(f"nearVector.vectorPerTarget is a dict of vectors by their names; got {each!r}")
        per_target = {name: vector(f"nearVector.vectorPerTarget[{name!r}]", one) for name, one in each.items()}
        value = {"vectorPerTarget": per_target}
    return value | _bound("nearVector", given) | target_vectors("nearVector", given)


def near_object(given: Mapping[str, Any]) -> Argument:
    """By the vector of the object of an ``id`` or a ``beacon``."""
    checks.mapping("nearObject", given, ("id", "beacon", *_BOUND, *_NAMED))
    value = _object("nearObject", {key: given[key] for key in ("id", "beacon") if key in given})
    return Argument("nearObject", value | _bound("nearObject", given) | target_vectors("nearObject", given))


def near_media(media: str, given: Mapping[str, Any], encode: bool) -> Argument:
    """By an image, a sound … under the key ``media``: a path or an open file, or base64 when ``encode`` is False."""
    name = f"near{'IMU' if media == 'imu' else media.capitalize()}"
    checks.mapping(name, given, (media, *_BOUND, *_NAMED), required=(media,))
    check = _encoded if encode else _base64
    value = {media: checks.checked(f"{name}.{media}", given[media], check)}
    return Argument(name, value | _bound(name, given) | target_vectors(name, given))


def ask(given: Mapping[str, Any]) -> Argument:
    """By a ``question`` that a qna module answers, out of ``properties`` or all of them."""
    known = ("question", *_BOUND, "properties", "autocorrect", "rerank")
    checks.mapping("ask", given, known, required=("question",))
    value: dict[str, Any] = {"question": checks.text("ask.question", given["question"])}
    value |= _bound("ask", given)
    if "properties" in given:
        value["properties"] = checks.texts("ask.properties", given["properties"])
    for key in ("autocorrect", "rerank"):
        if key in given:
            value[key] = checks.boolean(f"ask.{key}", given[key])
    return Argument("ask", value)


def target_vectors(what: str, given: Mapping[str, Any]) -> dict[str, Any]:
    """What a search says about named vectors: ``targetVectors``, or ``targets`` and how they are combined."""
    value: dict[str, Any] = {}
    if "targetVectors" in given:
        value["targetVectors"] = checks.texts(f"{what}.targetVectors", given["targetVectors"])
    if "targets" in given:
        if value:
            raise QueryError(f"{what} takes 'targetVectors' or 'targets', not both")
        value["targets"] = _targets(f"{what}.targets", given["targets"])
    return value


def vector(what: str, given: Any) -> RawText:
    """One vector, or the several of a multi-vector, in v3's writing."""
    numbers = checks.checked(what, given, get_vector)
    try:
        text = json.dumps(numbers, allow_nan=False, default=float)
    except (TypeError, ValueError) as error:
        raise QueryError(f"{what} holds what is not a finite number: {error}") from error
    if not numbers or set(text) - set("0123456789.,-+e[] "):
        raise QueryError(f"{what} is a vector, that is numbers; got {text[:80]}")
    return RawText(text)


def _targets(what: str, given: Any) -> dict[str, Any]:
    checks.mapping(what, given, ("targetVectors", "combinationMethod", "weights"), required=("targetVectors",))
    value: dict[str, Any] = {"targetVectors": checks.texts(f"{what}.targetVectors", given["targetVectors"])}
    if "combinationMethod" in given:
        method = checks.choice(f"{what}.combinationMethod", given["combinationMethod"], COMBINATIONS)
        value["combinationMethod"] = Symbol(method)
    if "weights" in given:
        weights = checks.mapping(f"{what}.weights", given["weights"], value["targetVectors"])
        value["weights"] = {name: _weight(f"{what}.weights[{name!r}]", one) for name, one in weights.items()}
    return value


def _weight(what: str, given: Any) -> Any:
    if isinstance(given, Sequence) and not isinstance(given, str):
        return [checks.number(what, each) for each in given]
    return checks.number(what, given)


def _bound(what: str, given: Mapping[str, Any]) -> dict[str, Any]:
    if "certainty" in given and "distance" in given:
        raise QueryError(f"{what}: certainty and distance are two names of one bound; give one of them")
    if "certainty" in given:
        return {"certainty": checks.number(f"{what}.certainty", given["certainty"], 0, 1)}
    return {"distance": checks.number(f"{what}.distance", given["distance"])} if "distance" in given else {}


def _move(what: str, given: Any) -> dict[str, Any]:
    checks.mapping(what, given, ("force", "concepts", "objects"), required=("force",))
    value: dict[str, Any] = {"force": checks.number(f"{what}.force", given["force"], 0, 1)}
    if "concepts" in given:
        value["concepts"] = checks.texts(f"{what}.concepts", given["concepts"])
    if "objects" in given:
        objects = given["objects"]
        objects = [objects] if isinstance(objects, Mapping) else objects
        if not isinstance(objects, Sequence) or isinstance(objects, str) or not objects:
            raise QueryError(f"{what}.objects is a list of one dict or more, with an 'id' or a 'beacon' each")
        value["objects"] = ListValue([_object(f"{what}.objects", each) for each in objects], SPACED_LIST)
    if len(value) == 1:
        raise QueryError(f"{what} needs concepts or objects to move by")
    return value


def _object(what: str, given: Any) -> dict[str, Any]:
    checks.mapping(what, given, ("id", "beacon"))
    if len(given) != 1:
        raise QueryError(f"{what} needs an 'id' or a 'beacon', and not both")
    if "id" in given:
        return {"id": checks.exact_uuid(f"{what}.id", given["id"])}
    checks.uuid(f"{what}.beacon", given["beacon"])
    return {"beacon": str(given["beacon"])}


def _encoded(given: Any) -> str:
    return file_encoder_b64(Path(given) if isinstance(given, str) else given)


def _base64(given: Any) -> str:
    if not isinstance(given, str):
        raise ArgumentTypeError(f"base64 is a str, not {type(given).__name__}")
    base64.b64decode(given, validate=True)
    return given

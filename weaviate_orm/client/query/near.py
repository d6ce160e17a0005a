"""The arguments of vector searches: ``nearText``, ``nearVector``, ``nearObject``, ``near<Media>``, and ``ask``.

They take ``certainty`` or ``distance``, and the named vectors to compare: ``targetVectors``, or ``targets``, which also
says how to combine their distances (docs.weaviate.io, "Vector similarity search", "Multiple target vectors").
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

_THRESHOLDS = ("certainty", "distance")
_TARGETS = ("targetVectors", "targets")


def near_text(content: Mapping[str, Any]) -> Argument:
    """Return the argument ``nearText``."""
    return Argument("nearText", near_text_value(content))


def near_text_value(content: Mapping[str, Any]) -> dict[str, Any]:
    """Return the value of ``nearText``."""
    keys = ("concepts", *_THRESHOLDS, "moveTo", "moveAwayFrom", "autocorrect", *_TARGETS)
    checks.mapping("nearText", content, keys, required=("concepts",))
    value: dict[str, Any] = {"concepts": checks.texts("nearText.concepts", content["concepts"])}
    value |= _threshold("nearText", content)
    for key in ("moveTo", "moveAwayFrom"):
        if key in content:
            value[key] = _move(f"nearText.{key}", content[key])
    if "autocorrect" in content:
        value["autocorrect"] = checks.boolean("nearText.autocorrect", content["autocorrect"])
    return value | target_vectors("nearText", content)


def near_vector(content: Mapping[str, Any]) -> Argument:
    """Return the argument ``nearVector``."""
    return Argument("nearVector", near_vector_value(content))


def near_vector_value(content: Mapping[str, Any]) -> dict[str, Any]:
    """Return the value of ``nearVector``."""
    checks.mapping("nearVector", content, ("vector", "vectorPerTarget", *_THRESHOLDS, *_TARGETS))
    if ("vector" in content) == ("vectorPerTarget" in content):
        raise QueryError("nearVector needs a 'vector' or a 'vectorPerTarget', and not both")
    value: dict[str, Any]
    if "vector" in content:
        value = {"vector": vector("nearVector.vector", content["vector"])}
    else:
        vectors = content["vectorPerTarget"]
        if not isinstance(vectors, Mapping) or not vectors:
            raise QueryError(f"nearVector.vectorPerTarget is a dict of vectors by their names; got {vectors!r}")
        per_target = {
            name: vector(f"nearVector.vectorPerTarget[{name!r}]", numbers) for name, numbers in vectors.items()
        }
        value = {"vectorPerTarget": per_target}
    return value | _threshold("nearVector", content) | target_vectors("nearVector", content)


def near_object(content: Mapping[str, Any]) -> Argument:
    """Return the argument ``nearObject``."""
    checks.mapping("nearObject", content, ("id", "beacon", *_THRESHOLDS, *_TARGETS))
    value = _object("nearObject", {key: content[key] for key in ("id", "beacon") if key in content})
    return Argument("nearObject", value | _threshold("nearObject", content) | target_vectors("nearObject", content))


def near_media(media: str, content: Mapping[str, Any], encode: bool) -> Argument:
    """Return the argument ``near<Media>``. The key ``media`` is a path or an open file, or base64 unless ``encode``."""
    name = f"near{'IMU' if media == 'imu' else media.capitalize()}"
    checks.mapping(name, content, (media, *_THRESHOLDS, *_TARGETS), required=(media,))
    check = _encode_file if encode else _check_base64
    value = {media: checks.convert(f"{name}.{media}", content[media], check)}
    return Argument(name, value | _threshold(name, content) | target_vectors(name, content))


def ask(content: Mapping[str, Any]) -> Argument:
    """Return the argument ``ask``."""
    keys = ("question", *_THRESHOLDS, "properties", "autocorrect", "rerank")
    checks.mapping("ask", content, keys, required=("question",))
    value: dict[str, Any] = {"question": checks.text("ask.question", content["question"])}
    value |= _threshold("ask", content)
    if "properties" in content:
        value["properties"] = checks.texts("ask.properties", content["properties"])
    for key in ("autocorrect", "rerank"):
        if key in content:
            value[key] = checks.boolean(f"ask.{key}", content[key])
    return Argument("ask", value)


def target_vectors(label: str, content: Mapping[str, Any]) -> dict[str, Any]:
    """Return ``targetVectors`` or ``targets``, whichever a search has."""
    value: dict[str, Any] = {}
    if "targetVectors" in content:
        value["targetVectors"] = checks.texts(f"{label}.targetVectors", content["targetVectors"])
    if "targets" in content:
        if value:
            raise QueryError(f"{label} takes 'targetVectors' or 'targets', not both")
        value["targets"] = _targets(f"{label}.targets", content["targets"])
    return value


def vector(label: str, content: Any) -> RawText:
    """Return a vector or a multi-vector, printed as in v3."""
    numbers = checks.convert(label, content, get_vector)
    try:
        text = json.dumps(numbers, allow_nan=False, default=float)
    except (TypeError, ValueError) as error:
        raise QueryError(f"{label} holds a value that is not a finite number: {error}") from error
    if not numbers or set(text) - set("0123456789.,-+e[] "):
        raise QueryError(f"{label} is a vector, which is a list of numbers; got {text[:80]}")
    return RawText(text)


def _targets(label: str, content: Any) -> dict[str, Any]:
    checks.mapping(label, content, ("targetVectors", "combinationMethod", "weights"), required=("targetVectors",))
    value: dict[str, Any] = {"targetVectors": checks.texts(f"{label}.targetVectors", content["targetVectors"])}
    if "combinationMethod" in content:
        method = checks.choice(f"{label}.combinationMethod", content["combinationMethod"], COMBINATIONS)
        value["combinationMethod"] = Symbol(method)
    if "weights" in content:
        weights = checks.mapping(f"{label}.weights", content["weights"], value["targetVectors"])
        value["weights"] = {name: _weight(f"{label}.weights[{name!r}]", weight) for name, weight in weights.items()}
    return value


def _weight(label: str, content: Any) -> Any:
    if isinstance(content, Sequence) and not isinstance(content, str):
        return [checks.number(label, weight) for weight in content]
    return checks.number(label, content)


def _threshold(label: str, content: Mapping[str, Any]) -> dict[str, Any]:
    if "certainty" in content and "distance" in content:
        raise QueryError(f"{label}: certainty and distance set the same threshold; give one of them")
    if "certainty" in content:
        return {"certainty": checks.number(f"{label}.certainty", content["certainty"], 0, 1)}
    return {"distance": checks.number(f"{label}.distance", content["distance"])} if "distance" in content else {}


def _move(label: str, content: Any) -> dict[str, Any]:
    checks.mapping(label, content, ("force", "concepts", "objects"), required=("force",))
    value: dict[str, Any] = {"force": checks.number(f"{label}.force", content["force"], 0, 1)}
    if "concepts" in content:
        value["concepts"] = checks.texts(f"{label}.concepts", content["concepts"])
    if "objects" in content:
        objects = content["objects"]
        objects = [objects] if isinstance(objects, Mapping) else objects
        if not isinstance(objects, Sequence) or isinstance(objects, str) or not objects:
            raise QueryError(f"{label}.objects is a list of one dict or more, with an 'id' or a 'beacon' each")
        value["objects"] = ListValue([_object(f"{label}.objects", item) for item in objects], SPACED_LIST)
    if len(value) == 1:
        raise QueryError(f"{label} needs concepts or objects to move by")
    return value


def _object(label: str, content: Any) -> dict[str, Any]:
    checks.mapping(label, content, ("id", "beacon"))
    if len(content) != 1:
        raise QueryError(f"{label} needs an 'id' or a 'beacon', and not both")
    if "id" in content:
        return {"id": checks.exact_uuid(f"{label}.id", content["id"])}
    checks.uuid(f"{label}.beacon", content["beacon"])
    return {"beacon": str(content["beacon"])}


def _encode_file(file: Any) -> str:
    return file_encoder_b64(Path(file) if isinstance(file, str) else file)


def _check_base64(text: Any) -> str:
    if not isinstance(text, str):
        raise ArgumentTypeError(f"base64 is a str, not {type(text).__name__}")
    base64.b64decode(text, validate=True)
    return text

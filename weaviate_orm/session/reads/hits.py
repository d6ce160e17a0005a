"""What a query says of an object, ``_additional`` in the answer, as the attributes of a hit."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from weaviate_orm.query.results import Answer, FoundEntity, HitClassification, SpellCheck
from weaviate_orm.schema.values import decode_date, decode_unix_time

Additional = Mapping[str, Any]


def read_metadata(additional: Additional) -> dict[str, Any]:
    """The attributes that the answer has, by the names of :class:`~weaviate_orm.Hit`; the id is always one of them."""
    read: dict[str, Any] = {"id": UUID(additional["id"]) if additional.get("id") else None}
    for key, name in (("distance", "distance"), ("certainty", "certainty"), ("isConsistent", "is_consistent")):
        if key in additional:
            read[name] = additional[key]
    if "score" in additional:
        read["score"] = float(additional["score"]) if additional["score"] else None
    for key, name in (("explainScore", "explain_score"), ("queryProfile", "query_profile")):
        if key in additional:
            read[name] = additional[key] or None
    for key, name in (("creationTimeUnix", "created_at"), ("lastUpdateTimeUnix", "updated_at")):
        if key in additional:
            read[name] = decode_unix_time(additional[key])
    for key, reader in _READERS.items():
        found = additional.get(key)
        if found is not None:
            read |= reader(found)
    return read


def read_task(additional: Additional) -> dict[str, Any]:
    """What was generated of all objects; the first of them bears it."""
    found = additional.get("generate") or {}
    return {"generated": found.get("groupedResult"), "generation_error": found.get("error") or None}


def _generated(found: Any) -> dict[str, Any]:
    return {
        "generated": found.get("singleResult"),
        "generation_error": found.get("error") or None,
        "prompt": (found.get("debug") or {}).get("prompt"),
    }


def _answer(found: Any) -> dict[str, Any]:
    if not found["hasAnswer"]:
        return {"answer": None}
    certainty, distance = found["certainty"], found["distance"]
    place = (found["startPosition"], found["endPosition"])
    return {"answer": Answer(found["result"], found["property"], certainty, distance, *place)}


def _entities(found: Any) -> dict[str, Any]:
    made = (
        FoundEntity(
            word=each["word"],
            kind=each["entity"],
            property=each["property"],
            certainty=each["certainty"],
            distance=each["distance"],
            start=each["startPosition"],
            end=each["endPosition"],
        )
        for each in found
    )
    return {"entities": tuple(made)}


def _classification(found: Any) -> dict[str, Any]:
    return {
        "classification": HitClassification(
            id=found["id"],
            based_on=tuple(found["basedOn"] or ()),
            classified_fields=tuple(found["classifiedFields"] or ()),
            scope=tuple(found["scope"] or ()),
            completed=decode_date(found["completed"]) if found["completed"] else None,
        )
    }


def _spelling(found: Any) -> dict[str, Any]:
    made = (
        SpellCheck(
            original=each["originalText"],
            corrected=each["didYouMean"],
            location=each["location"],
            changes={change["original"]: change["corrected"] for change in each["changes"] or ()},
        )
        for each in found
    )
    return {"spell_check": tuple(made)}


_READERS = {
    "rerank": lambda found: {"rerank_score": found[0]["score"] if found else None},
    "generate": _generated,
    "answer": _answer,
    "summary": lambda found: {"summaries": {each["property"]: each["result"] for each in found}},
    "tokens": _entities,
    "featureProjection": lambda found: {"projection": tuple(found["vector"] or ())},
    "classification": _classification,
    "spellCheck": _spelling,
}

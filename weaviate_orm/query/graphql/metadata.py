"""The metadata of objects, ``_additional`` in an answer of GraphQL, as the attributes of a hit."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from weaviate_orm.query.results import Answer, FoundEntity, HitClassification, SpellCheck
from weaviate_orm.query.rows import Times
from weaviate_orm.schema.values import decode_date, decode_unix_time

Additional = Mapping[str, Any]


def read_metadata(additional: Additional) -> dict[str, Any]:
    """Return the metadata of an object, by the names of :class:`~weaviate_orm.Hit`."""
    metadata: dict[str, Any] = {}
    for key, name in (("distance", "distance"), ("certainty", "certainty"), ("isConsistent", "is_consistent")):
        if key in additional:
            metadata[name] = additional[key]
    if "score" in additional:
        metadata["score"] = float(additional["score"]) if additional["score"] else None
    for key, name in (("explainScore", "explain_score"), ("queryProfile", "query_profile")):
        if key in additional:
            metadata[name] = additional[key] or None
    for key, name in (("creationTimeUnix", "created_at"), ("lastUpdateTimeUnix", "updated_at")):
        if key in additional:
            metadata[name] = decode_unix_time(additional[key])
    for key, reader in _READERS.items():
        value = additional.get(key)
        if value is not None:
            metadata |= reader(value)
    return metadata


def read_times(additional: Additional) -> Times:
    """Return when an object was created and updated, as far as that was requested."""
    created, updated = additional.get("creationTimeUnix"), additional.get("lastUpdateTimeUnix")
    return None if created is None else int(created), None if updated is None else int(updated)


def read_task(additional: Additional) -> dict[str, Any]:
    """Return what was generated once of all objects, which the first of them carries."""
    answer = additional.get("generate") or {}
    return {"generated": answer.get("groupedResult"), "generation_error": answer.get("error") or None}


def _generated(answer: Any) -> dict[str, Any]:
    return {
        "generated": answer.get("singleResult"),
        "generation_error": answer.get("error") or None,
        "prompt": (answer.get("debug") or {}).get("prompt"),
    }


def _answer(answer: Any) -> dict[str, Any]:
    if not answer["hasAnswer"]:
        return {"answer": None}
    certainty, distance = answer["certainty"], answer["distance"]
    place = (answer["startPosition"], answer["endPosition"])
    return {"answer": Answer(answer["result"], answer["property"], certainty, distance, *place)}


def _entities(answer: Any) -> dict[str, Any]:
    read = (
        FoundEntity(
            word=item["word"],
            kind=item["entity"],
            property=item["property"],
            certainty=item["certainty"],
            distance=item["distance"],
            start=item["startPosition"],
            end=item["endPosition"],
        )
        for item in answer
    )
    return {"entities": tuple(read)}


def _classification(answer: Any) -> dict[str, Any]:
    return {
        "classification": HitClassification(
            id=answer["id"],
            based_on=tuple(answer["basedOn"] or ()),
            classified_fields=tuple(answer["classifiedFields"] or ()),
            scope=tuple(answer["scope"] or ()),
            completed=decode_date(answer["completed"]) if answer["completed"] else None,
        )
    }


def _spelling(answer: Any) -> dict[str, Any]:
    read = (
        SpellCheck(
            original=item["originalText"],
            corrected=item["didYouMean"],
            location=item["location"],
            changes={change["original"]: change["corrected"] for change in item["changes"] or ()},
        )
        for item in answer
    )
    return {"spell_check": tuple(read)}


_READERS = {
    "rerank": lambda answer: {"rerank_score": answer[0]["score"] if answer else None},
    "generate": _generated,
    "answer": _answer,
    "summary": lambda answer: {"summaries": {item["property"]: item["result"] for item in answer}},
    "tokens": _entities,
    "featureProjection": lambda answer: {"projection": tuple(answer["vector"] or ())},
    "classification": _classification,
    "spellCheck": _spelling,
}

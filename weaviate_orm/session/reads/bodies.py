"""Objects as the REST interface answers them, checked before anything is made of them."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from weaviate_orm.exceptions import NotWeaviateError
from weaviate_orm.http.response import Response
from weaviate_orm.http.shapes import NOTHING, OBJECTS
from weaviate_orm.ids import are_ids, usual_id

_BODY = {
    "id": str,
    "properties?": dict,
    "creationTimeUnix?": int,
    "lastUpdateTimeUnix?": int,
    "vector?": list,
    "vectors?": dict,
}


def read_body(answer: Response, id: str) -> dict[str, Any]:
    """The object of an id; raises NotWeaviateError where it is none, or another one."""
    body: dict[str, Any] = answer.json(_BODY)
    if not are_ids([body["id"]]) or usual_id(body["id"]) != usual_id(id):
        raise answer.refused(f"it is the object {body['id']!r}")
    return body


def read_bodies(answer: Response) -> list[dict[str, Any]]:
    """The objects of a page as the REST interface answers them, each with an id; raises NotWeaviateError."""
    bodies: list[dict[str, Any]] = answer.json({"objects": OBJECTS})["objects"]
    ids: list[Any] = [body.get("id") for body in bodies]
    if not are_ids(ids):
        raise answer.refused("an object has no id")
    if {type(body.get("properties")) for body in bodies} - {dict, NOTHING}:
        raise answer.refused("the properties of an object are none")
    return bodies


def next_after(answered: str, after: str | None) -> str:
    """The id after which the next page begins: the last of a page that began after another one.

    Raises NotWeaviateError for a page that leads back: pages would never end.
    """
    if after and UUID(answered).int <= UUID(after).int:
        raise NotWeaviateError(f"a page of objects after {after} ends with {answered}: pages would never end")
    return answered

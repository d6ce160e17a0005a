"""Stored objects by the REST interface: one by its id, pages in the order of ids, the properties of several.

REST carries ints of any size and all members of nested objects, and finds ids in any spelling. Collections have their
logical names.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from typing import Any
from urllib.parse import unquote
from uuid import UUID

from weaviate_orm.exceptions import NotWeaviateError, UnexpectedStatusError
from weaviate_orm.http.response import Response
from weaviate_orm.http.retry import RetryPolicy
from weaviate_orm.http.shapes import NOTHING, OBJECTS
from weaviate_orm.http.transport import Transport
from weaviate_orm.ids import are_ids, id_before, usual_id

LONGEST_PAGE = 500
"""The most objects that one request reads where only some of them are needed."""

Body = dict[str, Any]
"""An object as the REST interface answers it."""

_BODY = {
    "id": str,
    "properties?": dict,
    "creationTimeUnix?": int,
    "lastUpdateTimeUnix?": int,
    "vector?": list,
    "vectors?": dict,
}
_MISSING = frozenset({404})


def read_object(
    transport: Transport,
    collection: str,
    id: str,
    params: Mapping[str, Any],
    *,
    retry: RetryPolicy | None = None,
) -> Body | None:
    """Return the object of an id, or None where there is none; raises NotWeaviateError for another one."""
    answer = _get(transport, collection, lambda name: f"/objects/{name}/{id}", lambda _: params, retry)
    if answer is None:
        return None
    body: Body = answer.json(_BODY)
    if not are_ids([body["id"]]) or usual_id(body["id"]) != usual_id(unquote(id)):
        raise answer.refused(f"it is the object {body['id']!r}")
    return body


def read_page(
    transport: Transport, collection: str, limit: int | None, after: str | None, params: Mapping[str, Any]
) -> list[Body]:
    """Return the objects after an id, in the order of ids. A listing takes no consistency level.

    Raises UnexpectedStatusError where there is no such collection.
    """
    listing = {"limit": limit, "after": after or "", **params}
    answer = _get(transport, collection, lambda _: "/objects", lambda name: {"class": name, **listing})
    if answer is None:  # the body is empty
        message = f"the server has no collection {collection}; create_all() makes it"
        url = f"{transport.base_url}/objects"
        raise UnexpectedStatusError(message, status_code=404, body=None, method="GET", url=url)
    bodies: list[Body] = answer.json({"objects": OBJECTS})["objects"]
    if not are_ids([body.get("id") for body in bodies]):
        raise answer.refused("an object has no id")
    if {type(body.get("properties")) for body in bodies} - {dict, NOTHING}:
        raise answer.refused("the properties of an object are none")
    return bodies


def _get(
    transport: Transport,
    collection: str,
    path: Callable[[str], str],
    params: Callable[[str], Mapping[str, Any]],
    retry: RetryPolicy | None = None,
) -> Response | None:
    """Send a request with the physical name of a collection; return None for the status 404."""

    def send(name: str) -> Response | None:
        answer = transport.request("GET", path(name), params=params(name), accept=_MISSING, retry=retry)
        return None if answer.status == 404 else answer

    return transport.collection_names.read(collection, send)


def next_after(last: str, after: str | None) -> str:
    """Return the id after which the next page begins: the last one of the page that began after ``after``.

    Raises NotWeaviateError for a page that leads back: pages would never end.
    """
    if after and UUID(last).int <= UUID(after).int:
        raise NotWeaviateError(f"a page of objects after {after} ends with {last}: pages would never end")
    return last


def read_properties(
    transport: Transport, collection: str, ids: Collection[str], params: Mapping[str, Any], *, consistent: bool
) -> dict[str, Any]:
    """Return the properties of the stored ones among some ids.

    ``consistent``: the collection is replicated and ``params`` have a level, which a listing does not take.
    """
    if len(ids) != 1 and not consistent:
        return _list_properties(transport, collection, sorted(ids), params)
    bodies = {id: read_object(transport, collection, id, params) for id in sorted(ids)}
    return {id: body.get("properties") for id, body in bodies.items() if body is not None}


def _list_properties(
    transport: Transport, collection: str, ids: Sequence[str], params: Mapping[str, Any]
) -> dict[str, Any]:
    """List objects in the order of their ids, from the first missing one on.

    One request brings all that lie together, as those of a whole collection do, and at the worst one object. A page is
    the longer, the more the one before it brought.
    """
    properties: dict[str, Any] = {}
    missing, limit = list(ids), min(len(ids), LONGEST_PAGE)
    while missing:
        after = id_before(missing[0])
        page = read_page(transport, collection, limit, after, params)
        listed = {body["id"]: body.get("properties") for body in page}
        matches = [id for id in missing if id in listed]
        properties |= {id: listed[id] for id in matches}
        # an id up to the last one of the page that is not listed is not stored
        last = next_after(page[-1]["id"], after) if len(page) == limit else missing[-1]
        missing = [id for id in missing if id > last]
        limit = max(min(4 * len(matches), 4 * len(missing), LONGEST_PAGE), 1)
    return properties

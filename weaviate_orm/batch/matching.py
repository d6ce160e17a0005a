"""Objects that a filter matches, deleted by the server itself."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import attrs

from weaviate_orm.http.transport import Transport
from weaviate_orm.types import JSONObject

DELETED_AT_ONCE = 10_000
"""The most objects that the server deletes for one request (QUERY_MAXIMUM_RESULTS)."""


def delete_matching(
    transport: Transport,
    collection: str,
    where: Mapping[str, Any],
    params: Mapping[str, Any] | None = None,
    *,
    output: str = "minimal",
) -> Iterator[JSONObject]:
    """Delete all objects that a filter matches, however many; yields the answer of each request.

    ``output``: "minimal" lists the objects that failed, "verbose" all of them.
    """
    # at ALL, with a replica missing, the server takes 90 seconds to say so, each time (measured on Weaviate 1.39)
    retry = attrs.evolve(transport.retry, timeouts=1)
    body = {"match": {"class": collection, "where": rest_filter(where)}, "output": output}
    while True:
        answer: JSONObject = transport.request("DELETE", "/batch/objects", json=body, params=params, retry=retry).json()
        yield answer
        found = answer["results"]
        # what fails would match again, and without end
        if found["failed"] or found["matches"] <= (found.get("limit") or DELETED_AT_ONCE):
            return


def rest_filter(where: Mapping[str, Any]) -> JSONObject:
    """The REST form of a filter of GraphQL: a path is a list, and lists of values have keys of their own there."""
    filter: JSONObject = {}
    for key, value in where.items():
        if key == "operands":
            filter[key] = [rest_filter(operand) for operand in value]
        elif key == "path" and isinstance(value, str):
            filter[key] = [value]
        elif key.startswith("value") and isinstance(value, (list, tuple)):
            filter[f"{key}Array"] = list(value)
        else:
            filter[key] = value
    return filter

"""Deletion by a filter, by the server itself."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import attrs

from weaviate_orm.batch.outcomes import DELETED_PER_REQUEST, DeletionProgress, read_deletion
from weaviate_orm.http.transport import Transport
from weaviate_orm.types import JSONObject


def delete_matching(
    transport: Transport,
    collection: str,
    where: Mapping[str, Any],
    params: Mapping[str, Any] | None = None,
    *,
    output: str = "minimal",
) -> Iterator[JSONObject]:
    """Delete all objects that a filter matches; yield the answer to each request.

    ``output``: "minimal" lists the objects that failed, "verbose" all of them.

    Raises NotWeaviateError when objects keep matching and none is deleted.
    """
    # at ALL, with a replica missing, the server takes 90 seconds to say so, each time (measured on Weaviate 1.39)
    retry = attrs.evolve(transport.retry, timeouts=1)
    body = {"match": {"class": collection, "where": rest_filter(where)}, "output": output}
    progress = DeletionProgress()
    while True:
        answer = transport.request("DELETE", "/batch/objects", json=body, params=params, retry=retry)
        body_of_answer = read_deletion(answer)
        results = body_of_answer["results"]
        yield body_of_answer
        # objects that fail would match again, without end
        if results["failed"] or results["matches"] <= (results.get("limit") or DELETED_PER_REQUEST):
            return
        progress.record(answer, results["matches"], results["successful"])


def rest_filter(where: Mapping[str, Any]) -> JSONObject:
    """Return the REST form of a GraphQL filter: its paths are lists, its lists of values have keys of their own."""
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

"""Objects that a filter matches, deleted by the server itself."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import attrs

from weaviate_orm.batch.answers import DELETED_AT_ONCE, Progress, read_deletion
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
    """Delete all objects that a filter matches, however many; yields the answer of each request.

    Raises NotWeaviateError where there is always more to delete and nothing is.

    ``output``: "minimal" lists the objects that failed, "verbose" all of them.
    """
    # at ALL, with a replica missing, the server takes 90 seconds to say so, each time (measured on Weaviate 1.39)
    retry = attrs.evolve(transport.retry, timeouts=1)
    body = {"match": {"class": collection, "where": rest_filter(where)}, "output": output}
    progress = Progress()
    while True:
        answer = transport.request("DELETE", "/batch/objects", json=body, params=params, retry=retry)
        whole = read_deletion(answer)
        results = whole["results"]
        yield whole
        # what fails would match again, and without end
        if results["failed"] or results["matches"] <= (results.get("limit") or DELETED_AT_ONCE):
            return
        progress.made(answer, results["matches"], results["successful"])


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

"""GraphQL over HTTP: the server answers 200 whatever happens, and says in the body what went wrong."""

from __future__ import annotations

from typing import Any

from weaviate_orm.exceptions import GraphQLError
from weaviate_orm.http.answers import Response
from weaviate_orm.http.transport import Transport
from weaviate_orm.types import JSONObject


def run_graphql(transport: Transport, document: str) -> dict[str, Any]:
    """Send a document and return its ``data``; raises GraphQLError when the answer holds errors."""
    answer = _send(transport, document)
    body = answer.json()
    errors = body.get("errors")
    if errors:
        messages = [str(error.get("message", error)) for error in errors]
        raise GraphQLError(messages, document=document, data=body.get("data"), url=answer.url)
    data: dict[str, Any] = body["data"]
    return data


def answer_graphql(transport: Transport, document: str) -> JSONObject:
    """Send a document and return the whole answer, ``{"data": …, "errors": …}``, whatever it says."""
    answer: JSONObject = _send(transport, document).json()
    return answer


def _send(transport: Transport, document: str) -> Response:
    return transport.request("POST", "/graphql", json={"query": document})

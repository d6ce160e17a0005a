"""GraphQL over HTTP. The server answers with status 200 even for errors, which are in the body."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from weaviate_orm.exceptions import GraphQLError, NotWeaviateError
from weaviate_orm.graphql.document import Document
from weaviate_orm.graphql.renamed_documents import rename_answer, renamed_document
from weaviate_orm.graphql.response_check import ResponseShapeError, check_response
from weaviate_orm.http.response import Response
from weaviate_orm.http.shapes import ANY
from weaviate_orm.http.transport import Transport
from weaviate_orm.types import JSONObject

_SHAPE = {"data?": dict, "errors?": [ANY]}


def run_graphql(transport: Transport, document: Document) -> dict[str, Any]:
    """Send a document and return the ``data`` of its response, which has every selected field.

    Both have the logical names of collections; the server gets the physical ones.

    Raises:
        GraphQLError: the response has errors.
        NotWeaviateError: the response does not have the shape of the document.
    """
    return transport.collection_names.retry(lambda: _run(transport, document))


def _run(transport: Transport, document: Document) -> dict[str, Any]:
    names = transport.collection_names
    logical: dict[str, str] = {}

    def physical(name: str) -> str:
        renamed = names.physical(name)
        logical[renamed] = name
        return renamed

    if names:
        document = names.consistent(lambda: renamed_document(document, physical))
    text = str(document)
    response = _send(transport, text)
    body = response.json(_SHAPE)
    errors = body.get("errors")
    if errors:
        messages = [str(error.get("message", error) if isinstance(error, dict) else error) for error in errors]
        raise GraphQLError(messages, document=text, data=body.get("data"), url=response.url)
    try:
        data = check_response(body.get("data"), document.root)
    except ResponseShapeError as error:
        raise response.refused(str(error)) from None
    if names:
        rename_answer(data, document.root, lambda name: logical.get(name) or names.logical(name))
    return data


def single_row(rows: Any) -> dict[str, Any]:
    """Return the only row of an aggregate without groups. Raises NotWeaviateError unless there is exactly one."""
    if not isinstance(rows, list) or len(rows) != 1:
        raise NotWeaviateError("an aggregate without groups has not exactly one row")
    row: dict[str, Any] = rows[0]
    return row


def send_graphql(transport: Transport, document: str) -> JSONObject:
    """Send a document and return the whole response, ``{"data": …, "errors": …}``, without raising its errors."""
    body: JSONObject = _send(transport, document).json(_SHAPE)
    return body


def send_graphql_batch(transport: Transport, documents: Sequence[str]) -> list[JSONObject]:
    """Send documents by one request, and return the whole responses in the same order, without raising their errors."""
    response = transport.request("POST", "/graphql/batch", json=[{"query": document} for document in documents])
    bodies: list[JSONObject] = response.json([_SHAPE])
    if len(bodies) != len(documents):
        raise response.refused(f"{len(documents)} queries, and {len(bodies)} responses")
    return bodies


def _send(transport: Transport, document: str) -> Response:
    return transport.request("POST", "/graphql", json={"query": document})

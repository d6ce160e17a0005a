"""GraphQL over HTTP: the server answers 200 whatever happens, and says in the body what went wrong."""

from __future__ import annotations

from typing import Any

from weaviate_orm.exceptions import GraphQLError, NotWeaviateError
from weaviate_orm.graphql.answers import AnswerError, check_answer
from weaviate_orm.graphql.document import Document
from weaviate_orm.http.answers import Response
from weaviate_orm.http.shapes import ANY
from weaviate_orm.http.transport import Transport
from weaviate_orm.types import JSONObject

_SHAPE = {"data?": dict, "errors?": [ANY]}


def run_graphql(transport: Transport, document: Document) -> dict[str, Any]:
    """Send a document and return its ``data``, which has all that the document asks for.

    Raises GraphQLError when the answer holds errors, and NotWeaviateError when it is none to the document.
    """
    text = str(document)
    answer = _send(transport, text)
    body = answer.json(_SHAPE)
    errors = body.get("errors")
    if errors:
        messages = [str(error.get("message", error) if isinstance(error, dict) else error) for error in errors]
        raise GraphQLError(messages, document=text, data=body.get("data"), url=answer.url)
    try:
        return check_answer(body.get("data"), document.root)
    except AnswerError as error:
        raise answer.refused(str(error)) from None


def only(figures: Any) -> dict[str, Any]:
    """The figures of all objects, which an aggregate has as a list of one; raises NotWeaviateError for another list."""
    if not isinstance(figures, list) or len(figures) != 1:
        raise NotWeaviateError("an aggregate has not the figures of all objects once")
    found: dict[str, Any] = figures[0]
    return found


def answer_graphql(transport: Transport, document: str) -> JSONObject:
    """Send a document and return the whole answer, ``{"data": …, "errors": …}``, whatever it says."""
    answer: JSONObject = _send(transport, document).json(_SHAPE)
    return answer


def _send(transport: Transport, document: str) -> Response:
    return transport.request("POST", "/graphql", json={"query": document})

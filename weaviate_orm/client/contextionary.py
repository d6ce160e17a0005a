"""The module text2vec-contextionary."""

from __future__ import annotations

from weaviate_orm.client import arguments
from weaviate_orm.client.paths import path
from weaviate_orm.exceptions import ArgumentTypeError, ValidationError
from weaviate_orm.http.shapes import OBJECT
from weaviate_orm.http.transport import Transport
from weaviate_orm.types import JSONObject


class Contextionary:
    """``/v1/modules/text2vec-contextionary``. Reached as ``client.contextionary``.

    Raises UnexpectedStatusError (404) when the server does not have the module.
    """

    def __init__(self, transport: Transport) -> None:
        self._transport = transport

    def extend(self, concept: str, definition: str, weight: float = 1.0) -> None:
        """Define a word or phrase. ``weight``, 0 to 1, weighs the definition against the existing one."""
        arguments.text("concept", concept)
        arguments.text("definition", definition)
        if isinstance(weight, bool) or not isinstance(weight, (int, float)):
            raise ArgumentTypeError(f"weight is a number, not {type(weight).__name__}", field="weight")
        if not 0 <= weight <= 1:
            raise ValidationError(f"weight is from 0 to 1, not {weight!r}", field="weight")
        body = {"concept": concept, "definition": definition, "weight": weight}
        self._transport.request("POST", "/modules/text2vec-contextionary/extensions", json=body)

    def get_concept_vector(self, concept: str) -> JSONObject:
        """Return the vector of a concept and its nearest neighbours."""
        resource = path("modules", "text2vec-contextionary", "concepts", concept)
        body: JSONObject = self._transport.request("GET", resource).json(OBJECT)
        return body

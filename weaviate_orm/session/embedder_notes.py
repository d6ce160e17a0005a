"""The embedder that a collection remembers, compared with that of the model, before vectors of two are mixed."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from weakref import WeakKeyDictionary, WeakSet

from weaviate_orm.client.schema import Schema
from weaviate_orm.exceptions import OtherEmbedderError, UnexpectedStatusError
from weaviate_orm.http.transport import Transport
from weaviate_orm.model.mapper import Mapper, note_of
from weaviate_orm.schema.client_vectors import note_differences

_checked: WeakKeyDictionary[Transport, WeakSet[Mapper]] = WeakKeyDictionary()
"""The classes that were compared with what the server has, by the client."""


def refuse_other_embedder(transport: Transport, mapper: Mapper) -> None:
    """Raise OtherEmbedderError for a class whose vectors another embedder has made.

    Reads the class once for each client, when it first embeds anything of it.
    """
    checked = _checked.setdefault(transport, WeakSet())
    if mapper in checked:
        return
    try:
        body = transport.collection_names.read(mapper.collection_name, Schema(transport).get)
    except UnexpectedStatusError as error:
        if error.status_code not in (403, 404):
            raise
        if error.status_code == 404:
            return  # there are no vectors yet
        body = {}  # whoever may not read the schema has to know
    check_note(mapper, body)
    checked.add(mapper)


def check_note(mapper: Mapper, body: Mapping[str, Any]) -> None:
    """Raise OtherEmbedderError where the JSON of a class names another embedder than the model has."""
    differences = [
        difference
        for embedding in mapper.embeddings.values()
        for difference in note_differences(mapper.collection_name, embedding.field.spec.name, note_of(embedding), body)
    ]
    if differences:
        raise OtherEmbedderError(mapper.collection_name, differences)

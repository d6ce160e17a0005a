"""Notes of embedders in the server's JSON of a class: what made the vectors that the client brings.

The server keeps the settings of ``none``, its name for a vector without a vectorizer, and reads none of them: of a
named vector in ``vectorConfig``, of the unnamed one in ``moduleConfig`` (measured on Weaviate 1.39). A spec has them
among its unknown members, which are sent and kept, and no difference.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from weaviate_orm.types import JSONObject

_NONE = "none"
_KEY = "embedder"


def embedder_note(model: str, dimensions: int | None) -> JSONObject:
    """Return the note of an embedder: the name of its model, and the length of its vectors where that is known."""
    return {"model": model} if dimensions is None else {"model": model, "dimensions": dimensions}


def vector_note(note: Mapping[str, Any]) -> JSONObject:
    """Return the members of the JSON of a named vector that hold a note."""
    return {"vectorizer": {_NONE: {_KEY: dict(note)}}}


def unnamed_note(note: Mapping[str, Any]) -> JSONObject:
    """Return the members of the JSON of a class that hold the note of its unnamed vector."""
    return {"moduleConfig": {_NONE: {_KEY: dict(note)}}}


def note_differences(
    collection: str, vector: str | None, note: Mapping[str, Any], body: Mapping[str, Any]
) -> Iterator[str]:
    """Yield what the note of a class says otherwise, as sentences; nothing for a class without a note.

    Args:
        collection: the name, for the sentences.
        vector: the name of the vector; None for the unnamed one.
        note: of the embedder of the model.
        body: the server's JSON of the class.
    """
    settings: Any = body.get("moduleConfig")
    if vector is not None:
        settings = ((body.get("vectorConfig") or {}).get(vector) or {}).get("vectorizer")
    stored = ((settings or {}).get(_NONE) or {}).get(_KEY) or {}
    path = f"{collection}.vector" if vector is None else f"{collection}.vectors.{vector}"
    for key, value in note.items():
        other = stored.get(key)
        if other is not None and other != value:
            yield f"{path} has {key} {other!r} on the server and {value!r} in the model"

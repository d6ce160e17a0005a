"""JSON documents, passed as a mapping, the path of a file, or a URL."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path

import orjson

from weaviate_orm.exceptions import ArgumentTypeError, ValidationError
from weaviate_orm.http.transport import Transport
from weaviate_orm.types import JSONObject

Document = Mapping[str, object] | str | os.PathLike[str]
"""A JSON object: a mapping, the path of a file, or an http(s) URL."""


def load_document(source: Document, transport: Transport) -> JSONObject:
    """Return ``source`` if it is a mapping, else load the JSON object from the file or URL.

    The host of a URL does not get the server's credentials and headers.

    Raises:
        TypeError: ``source`` has another type.
        ValidationError: the file does not exist, or the content is not a JSON object.
    """
    if isinstance(source, Mapping):
        return dict(source)
    if not isinstance(source, (str, os.PathLike)):
        raise ArgumentTypeError(f"a document is a dict, a path or a URL, not {type(source).__name__}")
    if isinstance(source, str) and source.startswith(("http://", "https://")):
        content = transport.fetch(source).content
    else:
        file = Path(source)
        if not file.is_file():
            raise ValidationError(f"there is no file at {os.fspath(source)!r}")
        content = file.read_bytes()
    try:
        document = orjson.loads(content)
    except orjson.JSONDecodeError as error:
        raise ValidationError(f"{os.fspath(source)} is not JSON: {error}") from error
    if not isinstance(document, dict):
        raise ValidationError(f"{os.fspath(source)} holds a JSON {type(document).__name__}; an object is needed")
    return document

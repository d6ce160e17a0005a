"""Paths and query strings below ``/v1``."""

from __future__ import annotations

from urllib.parse import quote
from uuid import UUID

from weaviate_orm.client import arguments
from weaviate_orm.exceptions import ArgumentTypeError, ValidationError
from weaviate_orm.types import ConsistencyLevel
from weaviate_orm.util import capitalize_first_letter, get_valid_uuid


def path(*segments: str) -> str:
    """Quote and join segments.

    Empty segments and dots are refused, as they would name the parent (``DELETE /schema/`` instead of a class).

    >>> path("schema", "Article", "shards", "a/b")
    '/schema/Article/shards/a%2Fb'
    """
    for segment in segments:
        if not isinstance(segment, str):
            raise ArgumentTypeError(f"a name is a str, not {type(segment).__name__}: {segment!r}")
        if segment in ("", ".", ".."):
            raise ValidationError(f"{segment!r} is not a name that a path below {'/'.join(segments[:1])} can hold")
    return "/" + "/".join(quote(segment, safe="") for segment in segments)


def stored_name(name: str) -> str:
    """Return a class name as the server stores it: ``Article`` for ``article``, as in v3."""
    if not isinstance(name, str):
        raise ArgumentTypeError(f"a class name is a str, not {type(name).__name__}: {name!r}")
    return capitalize_first_letter(name)


def stored_names(names: str | list[str] | tuple[str, ...] | None) -> list[str]:
    """Return a list of class names as the server stores them, from a name, a list, or None."""
    return [stored_name(name) for name in (() if names is None else arguments.texts("class names", names))]


def object_path(name: str | None, uuid: str | UUID, *rest: str) -> str:
    """Return the path of an object, or of a resource below it. Without a class the server searches all classes."""
    return path("objects", *(() if name is None else (stored_name(name),)), get_valid_uuid(uuid), *rest)


def object_params(consistency_level: ConsistencyLevel | str | None, tenant: str | None = None) -> dict[str, str | None]:
    """Return the query parameters of an object: its tenant, and how many replicas must agree."""
    return {"consistency_level": arguments.level(consistency_level), "tenant": tenant}

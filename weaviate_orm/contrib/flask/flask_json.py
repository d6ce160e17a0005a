"""JSON of objects, hits and query sets."""

from __future__ import annotations

import base64
from collections.abc import Mapping
from datetime import date, time, timedelta
from decimal import Decimal
from enum import Enum
from typing import Any
from uuid import UUID

import attrs
from flask.json.provider import DefaultJSONProvider

from weaviate_orm.model.asdict import asdict, without_classes
from weaviate_orm.model.model import Model
from weaviate_orm.model.registered_types import registered_of
from weaviate_orm.query.queryset import QuerySet
from weaviate_orm.query.results import Hit


class WeaviateJSONProvider(DefaultJSONProvider):
    """The JSON of Flask, and of this package: what is loaded of an object, as by ``asdict()``; it loads nothing.

    A hit is its object and what the query says of it, ``{"object": {…}, "distance": 0.2}``. A query set is run. Dates
    and times of objects are in ISO 8601, durations in seconds, decimals and blobs (in base64) are texts, registered
    types as they are stored; all other values are as Flask writes them.
    """

    @staticmethod
    def default(value: Any) -> Any:
        """Return what JSON can hold in place of a value."""
        if isinstance(value, Model):
            return plain(asdict(value))
        if isinstance(value, QuerySet):
            return list(value)
        if isinstance(value, Hit):
            row = attrs.asdict(value, recurse=False, filter=lambda field, item: field.name != "id" and item is not None)
            return plain(row)
        if attrs.has(type(value)) and type(value).__module__.startswith("weaviate_orm."):
            return plain(attrs.asdict(value, recurse=False))
        return DefaultJSONProvider.default(value)


def plain(value: Any) -> Any:
    """Return a value of an object as JSON has it; objects and hits are left to the provider."""
    registered = registered_of(value)
    if registered is not None:
        return plain(without_classes(registered.to_stored(value)))
    if isinstance(value, Mapping):
        return {str(plain(key)): plain(item) for key, item in value.items()}
    if isinstance(value, (list, tuple, set, frozenset)):
        return [plain(item) for item in value]
    if isinstance(value, Enum):
        return plain(value.value)
    if isinstance(value, UUID):
        return str(value)
    if isinstance(value, (date, time)):
        return value.isoformat()
    if isinstance(value, timedelta):
        return value.total_seconds()
    if isinstance(value, Decimal):
        return str(value)
    if isinstance(value, bytes):
        return base64.b64encode(value).decode()
    return value

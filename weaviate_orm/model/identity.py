"""The id of an instance, which is fixed, made of the values of its key, or random; and links, which lead to it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timezone
from typing import Any

import orjson

from weaviate_orm.exceptions import ValidationError
from weaviate_orm.ids import random_id
from weaviate_orm.model.instance_codec import check_reference, decode_properties, encode_value
from weaviate_orm.model.mapper import Mapper
from weaviate_orm.model.state import Link, Mapped, state_of
from weaviate_orm.util import generate_uuid5


def id_of(instance: Mapped) -> str:
    """Return the id of an instance. With a key, it follows the key's values until the object is stored."""
    state = state_of(instance)
    if state.id is not None:
        return state.id
    if instance.__mapper__.options.key:
        return key_id(instance.__mapper__, instance.__dict__, instance)
    state.id = random_id()
    return state.id


def key_id(mapper: Mapper, values: Mapping[str, object], instance: Mapped | None = None) -> str:
    """Return the uuid5 of the collection and of the JSON of a key's values, times in UTC. Raises ValidationError."""
    encoded = [
        _usual_spelling(mapper, name, encode_value(mapper, instance, name, _in_utc(values.get(name))))
        for name in mapper.options.key
    ]
    return generate_uuid5(orjson.dumps(encoded).decode(), mapper.collection_name)


def has_key_id(instance: Mapped) -> bool:
    """Return whether the id of a stored instance is that of its stored key, as far as the key is loaded."""
    mapper, state = instance.__mapper__, state_of(instance)
    if not mapper.options.key:
        return False
    try:
        return state.id == key_id(mapper, decode_properties(mapper, state.snapshot), instance)
    except ValidationError:
        return False


def link_to(instance: Mapped) -> Link:
    """Return the collection and the id of an instance."""
    return instance.__mapper__.collection_name, id_of(instance)


def links_of(instance: Mapped, attribute: str) -> tuple[Link, ...]:
    """Return the targets of a loaded reference, as collections and ids. Raises ValidationError."""
    value = instance.__dict__[attribute]
    check_reference(instance.__mapper__, instance, attribute, value)
    targets = value if isinstance(value, (list, tuple)) else () if value is None else (value,)
    return tuple(map(link_to, targets))


def _usual_spelling(mapper: Mapper, attribute: str, encoded: Any) -> object:
    """Return the JSON that equal values have in common, since they have equal ids: that of 1.5 for 1.50."""
    scalar = mapper.properties[attribute].scalar
    if encoded is None or scalar is None or scalar.spellings is None:
        return encoded
    return (
        [scalar.spellings(item)[0] for item in encoded] if isinstance(encoded, list) else scalar.spellings(encoded)[0]
    )


def _in_utc(value: object) -> object:
    """Return a time in UTC, since equal times have equal ids; a naive one stays, and is refused."""
    try:
        return value.astimezone(timezone.utc) if isinstance(value, datetime) and value.tzinfo is not None else value
    except OverflowError:  # in the first and the last hours of the calendar
        return value

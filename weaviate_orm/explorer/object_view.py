"""An object as its page shows it, and as its form changes it: from the server's JSON, and back. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final
from uuid import UUID

import attrs
import orjson

from weaviate_orm.beacons import parse_beacon
from weaviate_orm.explorer.catalogue import CatalogueEntry
from weaviate_orm.schema.datatypes import DataType
from weaviate_orm.schema.properties import PropertySpec
from weaviate_orm.schema.values import SCALAR_TYPES, decode_date, decode_unix_time
from weaviate_orm.shown_values import shortened
from weaviate_orm.types import JSONObject

_LONGEST: Final = 20_000
"""The most signs of a value on its object's page."""

EDITABLE: Final = frozenset(
    {DataType.TEXT, DataType.INT, DataType.NUMBER, DataType.BOOLEAN, DataType.DATE, DataType.UUID}
)
"""The data types that the form takes."""


@attrs.frozen
class ShownProperty:
    """A property: the value as text, None where there is none."""

    name: str
    kind: str
    text: str | None


@attrs.frozen
class ShownReference:
    """A reference, and the objects that it leads to: collections and ids."""

    name: str
    targets: tuple[tuple[str, str], ...]


@attrs.frozen
class ShownVector:
    """A vector: how long it is, and how it begins; of a multi-vector how many there are."""

    attribute: str
    size: str
    text: str


@attrs.frozen
class ShownObject:
    """An object.

    Attributes:
        id, created, updated: of it; the times as text.
        version: the server's time of the last change, by which a form tells whether it still changes what it showed.
        properties, references, vectors: of it, as the schema orders them.
    """

    id: str
    created: str
    updated: str
    version: str
    properties: tuple[ShownProperty, ...]
    references: tuple[ShownReference, ...]
    vectors: tuple[ShownVector, ...]


def show_object(entry: CatalogueEntry, body: JSONObject) -> ShownObject:
    """Return an object as it is shown.

    Args:
        entry: its collection.
        body: the server's JSON with the vectors.
    """
    values: Mapping[str, Any] = body.get("properties") or {}
    references = {member.name for member in entry.spec.references}
    kinds = {member.name: str(member.data_type) for member in entry.spec.properties}
    names = [*kinds, *(name for name in values if name not in kinds and name not in references)]
    return ShownObject(
        id=body["id"],
        created=_time(body.get("creationTimeUnix")),
        updated=_time(body.get("lastUpdateTimeUnix")),
        version=str(body.get("lastUpdateTimeUnix", "")),
        properties=tuple(
            ShownProperty(name, kinds.get(name, ""), value_text(values.get(name), kinds.get(name, "")))
            for name in names
        ),
        references=tuple(
            ShownReference(member.name, tuple(parse_beacon(link["beacon"]) for link in values.get(member.name) or ()))
            for member in entry.spec.references
        ),
        vectors=tuple(
            _vector(attribute, vector)
            for attribute, member in entry.entity.vectors.items()
            if (vector := _stored_vector(body, member.spec.name))
        ),
    )


def value_text(value: Any, kind: str = "") -> str | None:
    """Return a value of the server's JSON as text; None for null."""
    if value is None:
        return None
    if kind in (DataType.BLOB.value, DataType.BLOB_HASH.value):
        return f"{len(value):,} signs of base64: {value[:40]}…" if len(value) > 80 else value
    text = value if isinstance(value, str) else orjson.dumps(value, option=orjson.OPT_INDENT_2).decode()
    if isinstance(value, list) and not any(isinstance(item, (dict, list)) for item in value):
        text = ", ".join(item if isinstance(item, str) else orjson.dumps(item).decode() for item in value)
    return text if len(text) <= _LONGEST else f"{text[:_LONGEST]}… {len(text):,} signs in all"


def _time(milliseconds: int | None) -> str:
    return "" if milliseconds is None else f"{decode_unix_time(milliseconds):%Y-%m-%d %H:%M:%S} UTC"


def _stored_vector(body: JSONObject, name: str | None) -> Any:
    return body.get("vector") if name is None else (body.get("vectors") or {}).get(name)


def _vector(attribute: str, vector: list[Any]) -> ShownVector:
    if isinstance(vector[0], list):
        return ShownVector(attribute, f"{len(vector)} vectors of {len(vector[0])}", shortened(vector, 400))
    return ShownVector(attribute, f"{len(vector):,} dimensions", shortened(vector, 400))


# -- the form


@attrs.frozen
class FormField:
    """A field of the form."""

    name: str
    kind: str
    text: str
    is_null: bool
    problem: str = ""


def editable(entry: CatalogueEntry) -> list[PropertySpec]:
    """Return the properties that the form takes."""
    return [member for member in entry.spec.properties if member.data_type in EDITABLE]


def form_fields(entry: CatalogueEntry, body: JSONObject) -> list[FormField]:
    """Return the form of an object."""
    values = body.get("properties") or {}
    return [
        FormField(member.name, str(member.data_type), _typed(values.get(member.name)), values.get(member.name) is None)
        for member in editable(entry)
    ]


def changes_of(
    entry: CatalogueEntry, body: JSONObject, form: Mapping[str, str]
) -> tuple[dict[str, Any], list[FormField]]:
    """Return what a form changes of an object, as the server's JSON, and its fields with what is wrong in them.

    Args:
        entry: its collection.
        body: the object as it is stored.
        form: of each property ``value:NAME``, and ``null:NAME`` where it shall have none.
    """
    stored = body.get("properties") or {}
    changes: dict[str, Any] = {}
    fields: list[FormField] = []
    for member in editable(entry):
        # browsers end the lines of a text by \r\n
        text = form.get(f"value:{member.name}", "").replace("\r\n", "\n")
        is_null, before = f"null:{member.name}" in form, stored.get(member.name)
        problem = ""
        if is_null or text != _typed(before).replace("\r\n", "\n") or before is None:
            try:
                value = None if is_null else _parsed(member.data_type, text)
            except ValueError as error:
                problem = str(error)
            else:
                if value != before:
                    changes[member.name] = value
        fields.append(FormField(member.name, str(member.data_type), text, is_null, problem))
    return changes, fields


def _typed(value: Any) -> str:
    if value is None:
        return ""
    return value if isinstance(value, str) else orjson.dumps(value).decode()


def _parsed(data_type: DataType, text: str) -> Any:
    """Return the JSON of a value that was typed; raises ValueError."""
    if data_type is DataType.BOOLEAN:
        if text.strip().lower() not in ("true", "false"):
            raise ValueError("is true or false")
        return text.strip().lower() == "true"
    readers: dict[DataType, Any] = {
        DataType.TEXT: str,
        DataType.INT: int,
        DataType.NUMBER: float,
        DataType.DATE: lambda text: decode_date(text.strip()),
        DataType.UUID: UUID,
    }
    return SCALAR_TYPES[data_type].encode(readers[data_type](text))

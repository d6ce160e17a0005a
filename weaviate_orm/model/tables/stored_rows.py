"""Columns of values as what is stored of them: the JSON of objects that are never made. Pure.

The codecs that encode the values of an object encode those of a column, so both ways store the same. What only an
object can tell is left to it: why a value is refused, references, the code of a class.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from itertools import repeat
from typing import Any

import attrs

from weaviate_orm.model.construction import Constructor, Parameter
from weaviate_orm.model.identity import key_id
from weaviate_orm.model.mapper import Mapper
from weaviate_orm.model.tables.chunks import ABSENT
from weaviate_orm.schema.vector_values import prepared_vectors
from weaviate_orm.types import JSONObject


@attrs.frozen
class StoredRows:
    """Some rows of a table.

    Attributes:
        bodies: the JSON of each object, without its class; without an id where it has neither one nor a key.
        instance: makes the object of a row, by its position among these.
    """

    bodies: Sequence[JSONObject]
    instance: Callable[[int], Any]


def can_be_stored(model: Any) -> bool:
    """Return whether objects of a class are nothing but their values, so that none need be made."""
    constructor: Constructor = model.__constructor__
    mapper: Mapper = model.__mapper__
    return constructor.is_plain and mapper.options.version is None and not mapper.embeddings


def bodies_of(model: Any, columns: Mapping[str, Sequence[Any]], size: int) -> list[JSONObject]:
    """Return the JSON of each row, of values by attribute; nothing where objects have to be made.

    Raises an error of any type for a value that no object takes.
    """
    mapper: Mapper = model.__mapper__
    properties: dict[str, Sequence[Any]] = {}
    vectors: dict[str | None, Sequence[Any]] = {}
    key: dict[str, Sequence[Any]] = {}
    for parameter in model.__constructor__.parameters:
        name = parameter.name
        if name not in columns and parameter.default is attrs.NOTHING:
            return []
        values = _values(parameter, columns.get(name), size)
        if name in mapper.options.key:
            key[name] = values
        if name in mapper.properties:
            properties[mapper.properties[name].spec.name] = _encoded(parameter, values)
        elif name in mapper.vector_fields:
            vectors[mapper.vector_fields[name].spec.name] = prepared_vectors(values, mapper.vector_checks[name])
        elif any(values):  # a reference
            return []
    bodies = _with_properties(properties, size)
    _set_vectors(bodies, vectors)
    _set_ids(mapper, bodies, columns.get("id"), key)
    return bodies


def has_twins(bodies: Sequence[JSONObject]) -> bool:
    """Return whether several rows have one id."""
    ids = [body["id"] for body in bodies if "id" in body]
    return len({*ids}) < len(ids)


def _values(parameter: Parameter, column: Sequence[Any] | None, size: int) -> Sequence[Any]:
    """Return the values of a column, with the default where a row has none."""
    default, factory = parameter.default, parameter.factory
    if column is None:
        return [default if factory is None else factory() for _ in range(size)]
    if not any(value is ABSENT for value in column):
        return column
    return [(default if factory is None else factory()) if value is ABSENT else value for value in column]


def _encoded(parameter: Parameter, values: Sequence[Any]) -> Sequence[Any]:
    encode = parameter.check
    assert encode is not None
    if parameter.nullable:
        return [None if value is None else encode(value) for value in values]
    return [encode(value) for value in values]


def _with_properties(properties: Mapping[str, Sequence[Any]], size: int) -> list[JSONObject]:
    names, columns = tuple(properties), tuple(properties.values())
    rows = zip(*columns, strict=True) if columns else repeat((), size)
    if any(None in column for column in columns):
        return [
            {"properties": {name: value for name, value in zip(names, row, strict=True) if value is not None}}
            for row in rows
        ]
    return [{"properties": dict(zip(names, row, strict=True))} for row in rows]


def _set_vectors(bodies: Sequence[JSONObject], vectors: Mapping[str | None, Sequence[Any]]) -> None:
    for name, column in vectors.items():
        for body, vector in zip(bodies, column, strict=True):
            if vector is None:
                continue
            if name is None:
                body["vector"] = vector
            else:
                body.setdefault("vectors", {})[name] = vector


def _set_ids(
    mapper: Mapper, bodies: Sequence[JSONObject], ids: Sequence[Any] | None, key: Mapping[str, Sequence[Any]]
) -> None:
    for place, id in enumerate(repeat(None, len(bodies)) if ids is None else ids):
        if id is not None and id is not ABSENT:
            bodies[place]["id"] = str(id)
        elif key:
            bodies[place]["id"] = key_id(mapper, {name: values[place] for name, values in key.items()})

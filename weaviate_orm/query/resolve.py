"""Names and expressions resolved to members of the searched class."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from weaviate_orm.exceptions import QueryError, UnknownNameError
from weaviate_orm.query.entity import Entity, Property, Reference, VectorField
from weaviate_orm.query.expressions import Expression, ReferenceExpression, VectorExpression
from weaviate_orm.schema.datatypes import DataType


def property_of(entity: Entity, key: Any, verb: str) -> Property:
    """Return a property of the class itself."""
    if isinstance(key, str):
        member = entity.member(key)
    elif isinstance(key, Expression):
        path = key._path()
        if path.references or isinstance(path.member, str):
            raise QueryError(f"{verb} takes properties of {entity.label}; {path} is none")
        member = path.member
    else:
        raise QueryError(f"{verb} takes names and expressions of properties, not {key!r}")
    if not isinstance(member, Property):
        raise QueryError(f"{verb}: {entity.label}.{member.attribute} is no property; see include() and with_vector()")
    return member


def text_of(entity: Entity, key: Any, verb: str) -> Property:
    """Return a property that holds text."""
    member = property_of(entity, key, verb)
    if member.spec.data_type.element is not DataType.TEXT:
        raise QueryError(f"{verb} reads text, and {entity.label}.{member.attribute} is {member.spec.data_type}")
    return member


def group_key_of(entity: Entity, key: Any, verb: str) -> Property | Reference:
    """Return a property or a reference of the class itself."""
    if isinstance(key, str):
        member = entity.member(key)
        if isinstance(member, Reference):
            return member
    elif isinstance(key, ReferenceExpression):
        path = key._path()
        if path.references:
            raise QueryError(f"{verb} groups by members of {entity.label} itself; {path} belongs to another class")
        assert isinstance(path.member, Reference)
        return path.member
    return property_of(entity, key, verb)


def reference_path(entity: Entity, key: Any) -> tuple[Reference, ...]:
    """Return references, one below the other: ``Article.authors.writes_for``, ``"authors__writes_for"``."""
    if isinstance(key, ReferenceExpression):
        path = key._path()
        assert isinstance(path.member, Reference)
        return (*(step for step, _ in path.references), path.member)
    if not isinstance(key, str):
        raise QueryError(f"include() takes names and expressions of references, not {key!r}")
    steps: list[Reference] = []
    for name in key.split("__"):
        member = entity.member(name)
        if not isinstance(member, Reference):
            raise QueryError(f"include() takes references; {entity.label}.{name} is none")
        steps.append(member)
        entity = member.targets[0]
    return tuple(steps)


def vector_of(entity: Entity, key: Any) -> VectorField:
    """Return a vector of the class."""
    if isinstance(key, VectorExpression):
        return key.field
    if isinstance(key, str) and key in entity.vectors:
        return entity.vectors[key]
    raise UnknownNameError(f"vector of {entity.label}", str(key), entity.vectors)


def searched_properties(entity: Entity, keys: Sequence[Any], verb: str) -> tuple[SearchedProperty, ...]:
    """Return the properties that a search by words reads: names and expressions, ``"title^3"`` boosted."""
    if isinstance(keys, str):
        raise QueryError("properties is a list of names or expressions")
    return tuple(_searched(entity, key, verb) for key in keys)


def _searched(entity: Entity, key: Any, verb: str) -> SearchedProperty:
    name, boosted, boost = key.partition("^") if isinstance(key, str) else (key, "", "")
    if boosted and not boost.replace(".", "", 1).isdecimal():
        raise QueryError(f"{verb}: a boost is a number, as in 'title^3'; got {key!r}")
    member = text_of(entity, name, verb)
    if member.spec.index_searchable is False:
        raise QueryError(
            f"{verb} cannot search {entity.label}.{member.attribute}, which was declared with index_searchable=False"
        )
    return member, f"{boosted}{boost}"


SearchedProperty = tuple[Property, str]
"""A property, and its boost as written: ``"^3"``, or nothing."""

"""What a caller named, by name or by expression, as members of the searched class."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from weaviate_orm.exceptions import QueryError, UnknownNameError
from weaviate_orm.query.entity import Entity, Property, Reference, VectorField
from weaviate_orm.query.expressions import Expression, ReferenceExpression, VectorExpression
from weaviate_orm.schema.datatypes import DataType


def property_of(entity: Entity, given: Any, verb: str) -> Property:
    """A property of the class itself."""
    if isinstance(given, str):
        found = entity.member(given)
    elif isinstance(given, Expression):
        path = given._path()
        if path.references or isinstance(path.member, str):
            raise QueryError(f"{verb} takes properties of {entity.label}; {path} is none")
        found = path.member
    else:
        raise QueryError(f"{verb} takes names and expressions of properties, not {given!r}")
    if not isinstance(found, Property):
        raise QueryError(f"{verb}: {entity.label}.{found.attribute} is no property; see include() and with_vector()")
    return found


def text_of(entity: Entity, given: Any, verb: str) -> Property:
    """A property that holds text."""
    found = property_of(entity, given, verb)
    if found.spec.data_type.element is not DataType.TEXT:
        raise QueryError(f"{verb} reads text, and {entity.label}.{found.attribute} is {found.spec.data_type}")
    return found


def group_key_of(entity: Entity, given: Any, verb: str) -> Property | Reference:
    """A property, or a reference of the class itself."""
    if isinstance(given, str):
        found = entity.member(given)
        if isinstance(found, Reference):
            return found
    elif isinstance(given, ReferenceExpression):
        path = given._path()
        if path.references:
            raise QueryError(f"{verb} groups by members of {entity.label} itself; {path} belongs to another class")
        assert isinstance(path.member, Reference)
        return path.member
    return property_of(entity, given, verb)


def reference_path(entity: Entity, given: Any) -> tuple[Reference, ...]:
    """References, one below the other: ``Article.authors.writes_for``, ``"authors__writes_for"``."""
    if isinstance(given, ReferenceExpression):
        path = given._path()
        assert isinstance(path.member, Reference)
        return (*(step for step, _ in path.references), path.member)
    if not isinstance(given, str):
        raise QueryError(f"include() takes names and expressions of references, not {given!r}")
    steps: list[Reference] = []
    for name in given.split("__"):
        member = entity.member(name)
        if not isinstance(member, Reference):
            raise QueryError(f"include() takes references; {entity.label}.{name} is none")
        steps.append(member)
        entity = member.targets[0]
    return tuple(steps)


def vector_of(entity: Entity, given: Any) -> VectorField:
    """A vector of the class."""
    if isinstance(given, VectorExpression):
        return given.field
    if isinstance(given, str) and given in entity.vectors:
        return entity.vectors[given]
    raise UnknownNameError(f"vector of {entity.label}", str(given), entity.vectors)


def searched_properties(entity: Entity, given: Sequence[Any], verb: str) -> tuple[SearchedProperty, ...]:
    """Where words are looked for: names and expressions, ``"title^3"`` boosted."""
    if isinstance(given, str):
        raise QueryError("properties is a list of names or expressions")
    return tuple(_searched(entity, each, verb) for each in given)


def _searched(entity: Entity, given: Any, verb: str) -> SearchedProperty:
    name, boosted, boost = given.partition("^") if isinstance(given, str) else (given, "", "")
    if boosted and not boost.replace(".", "", 1).isdecimal():
        raise QueryError(f"{verb}: a boost is a number, as in 'title^3'; got {given!r}")
    found = text_of(entity, name, verb)
    if found.spec.index_searchable is False:
        raise QueryError(
            f"{verb} cannot search {entity.label}.{found.attribute}, which was declared with index_searchable=False"
        )
    return found, f"{boosted}{boost}"


SearchedProperty = tuple[Property, str]
"""A property, and its boost as written: ``"^3"``, or nothing."""

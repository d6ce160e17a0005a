"""``loading()``: a query that loads what a schema shows."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, TypeVar, get_args

import attrs
from pydantic.fields import FieldInfo

from weaviate_orm.contrib.pydantic.object_schema import ModelSchema
from weaviate_orm.exceptions import ConfigurationError, QueryError
from weaviate_orm.model.server_times import TIMES
from weaviate_orm.query.entity import Entity
from weaviate_orm.query.methods.load import LoadMixin
from weaviate_orm.query.query import Selection
from weaviate_orm.query.results import Hit

Q = TypeVar("Q", bound=LoadMixin[Any])

_OF_HITS = frozenset(attribute.name for attribute in attrs.fields(Hit))


def loading(query: Q, shown: type[ModelSchema[Any]]) -> Q:
    """Return the query that loads what a schema shows of its objects, in one request, and nothing else.

    ::

        await loading(session.query(Article).near_text("novels"), ArticleOut).limit(10).all()

    Properties, vectors and times are those of the fields; references are loaded where a field shows their objects, with
    what the schema of these shows. Where a field is a Python property of the model, all properties are loaded, since
    it may read any.

    Args:
        query: of the schema's model, in a session of any kind.
        shown: the schema.

    Raises:
        QueryError: a query of another model.
        ConfigurationError: a schema that contains itself, which shows without end.
    """
    entity = query._query.entity
    if not issubclass(entity.model, shown.__weaviate_model__):
        raise QueryError(f"{shown.__name__} shows {shown.__weaviate_model__.__name__}, not {entity.label}")
    selection = _selection(shown, entity, ())
    before = query._query.selection
    changes: dict[str, Any] = {"selection": attrs.evolve(selection, refused=before.refused, on_error=before.on_error)}
    times = [time for time in TIMES if time in shown_attributes(shown)]
    if times:
        changes |= {"metadata": True, "named": tuple(dict.fromkeys((*query._query.named, *times)))}
    return query._evolve(**changes)


def shows_hits(shown: type[ModelSchema[Any]]) -> bool:
    """Return whether a schema has fields of hits: a distance, a score and the like."""
    model = shown.__weaviate_model__
    return any(name in _OF_HITS and not hasattr(model, name) for name in shown_attributes(shown))


def shown_attributes(shown: type[ModelSchema[Any]]) -> dict[str, FieldInfo]:
    """Return the fields of a schema by the attribute that each is read from."""
    if not shown.__pydantic_complete__:
        shown.model_rebuild()  # it names a class that was not defined yet
    return {attribute_of(shown, name): info for name, info in shown.model_fields.items()}


def attribute_of(shown: type[ModelSchema[Any]], name: str) -> str:
    """Return the attribute that a field is read from: that of its alias, if there is one, or of its name."""
    info = shown.model_fields[name]
    model = shown.__weaviate_model__
    for alias in (info.validation_alias, info.alias):
        if isinstance(alias, str) and (hasattr(model, alias) or alias in _OF_HITS):
            return alias
    return name


def _selection(shown: type[ModelSchema[Any]], entity: Entity, within: tuple[type[ModelSchema[Any]], ...]) -> Selection:
    if shown in within:
        path = " → ".join(schema.__name__ for schema in (*within, shown))
        raise ConfigurationError(f"{shown.__name__} contains itself ({path}); show the inner objects by another schema")
    attributes = shown_attributes(shown)
    references = []
    for name, info in attributes.items():
        reference = entity.references.get(name)
        if reference is None:
            continue
        below = Selection(properties=())
        for schema in _schemas_in(info.annotation):
            # objects of several classes are loaded whole: a selection is of one
            is_one = len(reference.targets) == 1
            below = _selection(schema, reference.targets[0], (*within, shown)) if is_one else Selection()
        references.append((reference, below))
    return Selection(
        properties=_properties(attributes, entity),
        references=tuple(references),
        vectors=tuple(vector for name, vector in entity.vectors.items() if name in attributes),
    )


def _properties(attributes: dict[str, FieldInfo], entity: Entity) -> Any:
    shown = tuple(member for name, member in entity.properties.items() if name in attributes)
    mapped = {"id", *entity.properties, *entity.references, *entity.vectors, *TIMES}
    if not any(name not in mapped and hasattr(entity.model, name) for name in attributes):
        return shown
    others = (member for member in Selection().members(entity) if member not in shown)
    return (*shown, *others)


def _schemas_in(annotation: Any) -> Iterator[type[ModelSchema[Any]]]:
    if isinstance(annotation, type) and issubclass(annotation, ModelSchema):
        yield annotation
    for argument in get_args(annotation):
        yield from _schemas_in(argument)

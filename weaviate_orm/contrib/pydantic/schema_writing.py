"""``build()`` and ``apply()``: what a schema holds becomes an object, or changes one."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from typing import Any, TypeVar
from uuid import UUID

import attrs

from weaviate_orm.contrib.pydantic.object_schema import ModelSchema
from weaviate_orm.contrib.pydantic.schema_loading import attribute_of
from weaviate_orm.contrib.pydantic.value_types import is_partial, plain_value
from weaviate_orm.exceptions import SessionError, StaleObjectError, ValidationError
from weaviate_orm.model.instance_codec import invalid
from weaviate_orm.model.model import Model
from weaviate_orm.model.state import state_of
from weaviate_orm.session.current import current_session

M = TypeVar("M", bound=Model)


def build(data: ModelSchema[M], /, **values: Any) -> M:
    """Build a new object of what a schema holds, and of further values. It is of no session yet.

    ::

        article = build(data, draft=True)
        session.add(article)

    What is not set has the default of the model. References are set by ids, or by schemas of their objects: such an
    object is the stored one of its id, where it has one, changed by what is set; else it is new too. Stored objects
    are found through the session around.

    Raises:
        ValidationError: a value that the model refuses, or the id of no object.
    """
    model: Any = data.__weaviate_model__
    required = {
        attribute.name
        for attribute in attrs.fields(model)
        if attribute.default is attrs.NOTHING and attribute.name not in values
    }
    names = [name for name in type(data).model_fields if name in data.model_fields_set or name in required]
    built: M = model(**{**SchemaWriter(model, None).values(data, names), **values})
    return built


def apply(data: ModelSchema[M], instance: M, /) -> M:
    """Assign what is set in a schema to an object, and return it: for PATCH and PUT.

    ::

        apply(ArticlePatch.model_validate_json('{"size": {"height": 3}}'), article)
        session.commit()

    Of a nested object in a ``partial`` schema, the members that are set change; others are replaced whole. References
    are set as :func:`build` does; a schema of an object without an id changes the object that is referred to already.
    What the model does not map is left out. Nothing is assigned where one value is refused.

    Where ``Meta.version`` is a field, and set, it has to be that of the object.

    It may read from the server, for references: ``await session.run(apply, data, instance)`` in asynchronous code.

    Raises:
        ValidationError: a value that the model refuses, or the id of no object.
        StaleObjectError: another version than the object's.
    """
    SchemaWriter(type(instance), instance).write(data)
    return instance


class SchemaWriter:
    """Makes values of schemas for the attributes of an object, or of a new one."""

    def __init__(self, model: Any, instance: Any) -> None:
        self._mapper = model.__mapper__
        self._instance = instance

    def write(self, data: ModelSchema[Any]) -> None:
        values = self.values(data, data.model_fields_set)
        version = self._mapper.options.version
        if version is not None and values.pop(version, None) not in (None, getattr(self._instance, version)):
            raise StaleObjectError([(self._instance, self._instance)])
        if "id" in values and values["id"] == self._instance.id:
            del values["id"]
        for name, value in values.items():
            setattr(self._instance, name, value)

    def values(self, data: ModelSchema[Any], names: Collection[str]) -> dict[str, Any]:
        """Return the values of the fields of some names, by attribute."""
        fields = {
            attribute_of(type(data), name): getattr(data, name) for name in type(data).model_fields if name in names
        }
        mapper = self._mapper
        return {
            name: self._targets(name, value) if name in mapper.declared_references else self._property(name, value)
            for name, value in fields.items()
            if name in mapper.declared or name in mapper.vector_fields or name == "id"
        }

    def _property(self, name: str, value: Any) -> Any:
        current = getattr(self._instance, name) if self._instance is not None and is_partial(value) else None
        try:
            return plain_value(value, current)
        except (TypeError, ValueError) as error:  # of the constructors and validators of nested classes
            raise self._invalid(name, str(error)) from error

    def _invalid(self, name: str, reason: str) -> ValidationError:
        return invalid(self._mapper, self._instance, name, reason)

    # -- references

    def _targets(self, name: str, value: Any) -> Any:
        if value is None:
            return None
        if isinstance(value, list):
            by_id = self._by_id(name, value)
            return [self._target(element, by_id, None) for element in value]
        # what it refers to is loaded only where it is to be changed
        is_changed = self._instance is not None and _id_of(value) is None
        return self._target(value, self._by_id(name, [value]), getattr(self._instance, name) if is_changed else None)

    def _target(self, value: Any, by_id: Mapping[UUID, Any], current: Any) -> Any:
        if not isinstance(value, ModelSchema):
            return by_id[value]
        id = _id_of(value)
        target = current if id is None else by_id[id]
        return build(value) if target is None else apply(value, target)

    def _by_id(self, name: str, values: Iterable[Any]) -> dict[UUID, Any]:
        """Return the objects of the ids that values have: those that it refers to already, else the stored ones."""
        current = vars(self._instance).get(name) if self._instance is not None else None
        targets = current if isinstance(current, (list, tuple)) else [] if current is None else [current]
        by_id = {target.id: target for target in targets}
        missing = {id for id in map(_id_of, values) if id is not None} - by_id.keys()
        for model in self._mapper.declared_references[name].models():
            if missing:
                by_id |= self._stored(name, model, missing)
                missing -= by_id.keys()
        if missing:
            listed = ", ".join(sorted(map(str, missing)))
            raise self._invalid(name, f"refers to {listed}, which {'are' if len(missing) > 1 else 'is'} not stored")
        return by_id

    def _stored(self, name: str, model: Any, ids: Collection[UUID]) -> dict[UUID, Any]:
        state = state_of(self._instance) if self._instance is not None else None
        owner: Any = state.owner if state is not None else None
        session = owner.session if owner is not None else current_session()
        if session is None:
            raise SessionError(
                f"{self._mapper.label}.{name} is set by an id, and its object is found by a session: call this in its "
                f"block, or add the object to it first"
            )
        tenant = session._options.tenant_in(model, state.tenant if state is not None else None)
        instances = session._unit.identity.of(model, tenant)
        stored: dict[UUID, Any] = {uuid: target for uuid in ids if (target := instances.get(str(uuid))) is not None}
        missing = [uuid for uuid in ids if uuid not in stored]
        if missing:
            query = session.query(model)
            with session.no_autoflush:
                stored |= (query if tenant is None else query.tenant(tenant)).in_bulk(missing)
        return stored


def _id_of(value: Any) -> UUID | None:
    id = getattr(value, "id", None) if isinstance(value, ModelSchema) else value
    return id if isinstance(id, UUID) else None

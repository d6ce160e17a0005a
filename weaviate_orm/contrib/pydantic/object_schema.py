"""``ModelSchema``: a pydantic model of a model, its fields made of the mapped attributes."""

from __future__ import annotations

import inspect
import sys
from collections.abc import Collection, Mapping
from datetime import datetime
from typing import TYPE_CHECKING, Annotated, Any, ClassVar, Generic, TypeVar
from uuid import UUID

import attrs
from pydantic import BaseModel, BeforeValidator, ConfigDict, create_model, model_validator

from weaviate_orm.contrib.pydantic.value_types import field_of, pydantic_type
from weaviate_orm.exceptions import ConfigurationError, UnknownNameError
from weaviate_orm.model.annotations import settle, split_optional
from weaviate_orm.model.declared import DeclaredProperty, DeclaredReference
from weaviate_orm.model.mapper import Mapper
from weaviate_orm.model.model import Model
from weaviate_orm.model.server_times import TIMES
from weaviate_orm.query.results import Hit
from weaviate_orm.query.target_vectors import is_multi

M = TypeVar("M", bound=Model)

if TYPE_CHECKING:
    from pydantic._internal._model_construction import ModelMetaclass
else:
    ModelMetaclass = type(BaseModel)

ReferenceId = Annotated[UUID, BeforeValidator(lambda value: value.id if isinstance(value, Model) else value)]
"""The id of an object that a reference leads to, as a field of a schema: ``author: ReferenceId | None``."""

_Numbers = Annotated[list[float], BeforeValidator(lambda value: value.tolist() if hasattr(value, "tolist") else value)]


class SchemaMeta(ModelMetaclass):
    """Gives a class that inherits from ``ModelSchema[Model]`` a field for each attribute that it shows."""

    def __new__(
        mcs: Any,
        name: str,
        bases: tuple[type, ...],
        namespace: dict[str, Any],
        *,
        include: Collection[str] | None = None,
        exclude: Collection[str] = (),
        partial: bool = False,
        is_base: bool = False,
        **options: Any,
    ) -> Any:
        model = next(filter(None, map(_model_of, bases)), None)
        if model is None or is_base:
            if include is not None or exclude or partial:
                raise ConfigurationError(f"{name}: include, exclude and partial are for a class of ModelSchema[Model]")
            return super().__new__(mcs, name, bases, namespace, **options)
        fields: Any = shown_fields(model, include, exclude, partial)
        base: Any = create_model(
            name, __base__=bases, __module__=namespace["__module__"], __cls_kwargs__={"is_base": True}, **fields
        )
        base.__weaviate_model__ = model
        namespace.setdefault("__doc__", _description(model))
        return super().__new__(mcs, name, (base,), namespace, **options)


def _model_of(base: Any) -> type[Model] | None:
    """Return the model of a class that is ``ModelSchema[Model]``."""
    arguments = getattr(base, "__pydantic_generic_metadata__", {}).get("args", ())
    is_model = len(arguments) == 1 and isinstance(arguments[0], type) and issubclass(arguments[0], Model)
    return arguments[0] if is_model else None


def _description(model: type[Model]) -> str | None:
    docstring = vars(model).get("__doc__")
    return model.__mapper__.options.description or (inspect.cleandoc(docstring) if docstring else None)


def shown_fields(
    model: type[Model], include: Collection[str] | None, exclude: Collection[str], partial: bool
) -> dict[str, tuple[Any, Any]]:
    """Return the fields of the attributes that a schema shows. Raises UnknownNameError for others."""
    mapper = model.__mapper__
    names = ("id", *mapper.declared, *(name for name in mapper.vector_fields if name not in mapper.declared), *TIMES)
    for name in (*(include or ()), *exclude):
        if name not in names:
            raise UnknownNameError(f"{mapper.label} field", name, names)
        if include is not None and name in include and name in mapper.declared_references:
            raise ConfigurationError(
                f"{mapper.label}.{name} is a reference, which has a field where a schema says how it is shown: "
                f"refs={{{name!r}: …}}, or an annotation in the body of the class"
            )
    if include is None:
        include = {*mapper.properties} if partial else {"id", *mapper.properties}
    defaults = {attribute.name: attribute.default for attribute in attrs.fields(model)}  # type: ignore[arg-type]
    return {
        name: _field(mapper, name, defaults.get(name, attrs.NOTHING), partial)
        for name in names
        if name in include and name not in exclude
    }


def _field(mapper: Mapper, name: str, default: Any, partial: bool) -> tuple[Any, Any]:
    declared = mapper.declared.get(name)
    if isinstance(declared, DeclaredProperty):
        mapped = mapper.properties[name]  # first: it resolves the members of nested objects
        stored, may_be_none = split_optional(settle(declared.value))
        return field_of(
            pydantic_type(stored, partial=partial),
            nullable=declared.nullable or may_be_none,
            partial=partial,
            default=default,
            description=mapped.spec.description,
        )
    if name == "id":
        return field_of(UUID, nullable=False, partial=partial)
    if name in TIMES:
        return field_of(datetime, nullable=True, partial=partial, default=None)
    is_several = is_multi(mapper.vector_fields[name])
    return field_of(list[_Numbers] if is_several else _Numbers, nullable=True, partial=partial, default=None)


def _reference_field(declared: DeclaredReference, shown: Any, partial: bool) -> tuple[Any, Any]:
    shown = ReferenceId if shown is UUID else shown
    options: dict[str, Any] = {"description": declared.options.description}
    if declared.many:
        return field_of(
            list[shown],
            nullable=False,
            partial=partial,
            default=attrs.Factory(list),
            **options,
        )
    default = None if declared.nullable else attrs.NOTHING
    return field_of(shown, nullable=declared.nullable, partial=partial, default=default, **options)


class _Found:
    """A hit as a schema reads it: the attributes of its object, and besides them those of the hit."""

    __slots__ = ("hit",)

    def __init__(self, hit: Hit[Any]) -> None:
        self.hit = hit

    def __getattr__(self, name: str) -> Any:
        return getattr(self.hit.object if hasattr(type(self.hit.object), name) else self.hit, name)


class ModelSchema(BaseModel, Generic[M], metaclass=SchemaMeta):
    """A pydantic model of a model.

    ::

        class ArticleOut(ModelSchema[Article], exclude={"body"}):
            \"\"\"What readers see of an article.\"\"\"

            author: AuthorOut | None  # a reference, by a schema of its class, or a ReferenceId
            distance: float | None = None  # of a hit

    Its fields are the id and the properties, with their types, defaults and descriptions; references have a field where
    the class declares one. A field that the class declares replaces that of the attribute. It validates dicts, objects
    of the model, and hits, whose distance, score and other attributes are fields where the class declares them.

    Arguments of the class:

    - ``include``: the attributes that it has; vectors, ``created_at`` and ``updated_at`` too. By default ``id`` and the
      properties.
    - ``exclude``: the attributes that it has not.
    - ``partial``: none is required, for changes, and there is no id; members of nested objects are not required either.
      None is refused where it is no value of the attribute.
    """

    model_config = ConfigDict(from_attributes=True, protected_namespaces=())

    __weaviate_model__: ClassVar[type[Model]]

    if TYPE_CHECKING:

        def __init_subclass__(
            cls,
            *,
            include: Collection[str] | None = None,
            exclude: Collection[str] = (),
            partial: bool = False,
            **options: Any,
        ) -> None: ...

        def __getattr__(self, name: str) -> Any: ...

    @model_validator(mode="before")
    @classmethod
    def _of_object(cls, value: Any) -> Any:
        instance = value.object if isinstance(value, Hit) else value
        if isinstance(instance, Model) and not isinstance(instance, getattr(cls, "__weaviate_model__", Model)):
            raise ValueError(f"shows {cls.__weaviate_model__.__name__}, not {type(instance).__name__}")
        return _Found(value) if isinstance(value, Hit) else value


def schema(
    model: type[M],
    *,
    include: Collection[str] | None = None,
    exclude: Collection[str] = (),
    refs: Mapping[str, Any] | None = None,
    partial: bool = False,
    name: str | None = None,
) -> type[ModelSchema[M]]:
    """Make a pydantic model of a model, by an expression.

    ::

        ArticleOut = schema(Article, exclude={"body"}, refs={"author": schema(Author, include={"name"})})

    As a class, :class:`ModelSchema` says the same, and type checkers take it for a type.

    Args:
        model: the model.
        include, exclude, partial: as of :class:`ModelSchema`.
        refs: the references that it has, each with the schema of its objects, or with ``UUID`` for their ids.
        name: by default that of the model.

    Raises:
        UnknownNameError: no such attribute or reference.
        ConfigurationError: ``include`` names a reference.
        MappingError: the model has a type that Weaviate cannot hold.
    """
    mapper = model.__mapper__
    references: dict[str, Any] = {}
    for attribute, shown in (refs or {}).items():
        if attribute not in mapper.declared_references:
            raise UnknownNameError(f"{mapper.label} reference", attribute, mapper.declared_references)
        references[attribute] = _reference_field(mapper.declared_references[attribute], shown, partial)
    return create_model(
        name or mapper.label,
        __base__=ModelSchema[model],  # type: ignore[valid-type]
        __module__=sys._getframe(1).f_globals.get("__name__", __name__),
        __cls_kwargs__={
            "include": None if include is None else {*include} - references.keys(),
            "exclude": exclude,
            "partial": partial,
        },
        **references,
    )

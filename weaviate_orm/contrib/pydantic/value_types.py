"""The pydantic types of properties: what JSON holds them, and what a schema of OpenAPI says of them."""

from __future__ import annotations

import base64
import copy
import inspect
from collections.abc import Sequence
from datetime import datetime
from enum import Enum
from functools import cache
from typing import Annotated, Any, ClassVar, get_args, get_origin

import attrs
from pydantic import (
    AfterValidator,
    AwareDatetime,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    PlainSerializer,
    TypeAdapter,
    WithJsonSchema,
    create_model,
)
from typing_extensions import is_typeddict

from weaviate_orm.model.annotations import CONTAINERS, split_optional
from weaviate_orm.model.field_options import FieldOptions, options_in
from weaviate_orm.model.nested_types import is_nested, members_of, replaced
from weaviate_orm.model.registered_types import RegisteredType, registered_type
from weaviate_orm.model.scalars import subclassed
from weaviate_orm.types import GeoCoordinates, PhoneNumber

_Factory: Any = attrs.Factory  # a class, which type checkers take for a function


def _decode_base64(value: object) -> object:
    return base64.b64decode(value, validate=True) if isinstance(value, str) else value


Blob = Annotated[
    bytes,
    BeforeValidator(_decode_base64),
    PlainSerializer(lambda value: base64.b64encode(value).decode("ascii"), return_type=str, when_used="json"),
    WithJsonSchema({"type": "string", "contentEncoding": "base64"}),
]
"""Bytes, which JSON holds as base64."""

_TYPES: dict[Any, Any] = {
    bytes: Blob,
    datetime: AwareDatetime,  # Weaviate has no dates without a timezone
}

_BOUNDS: dict[tuple[Any, str], dict[str, Any]] = {
    (GeoCoordinates, "latitude"): {"ge": -90, "le": 90},
    (GeoCoordinates, "longitude"): {"ge": -180, "le": 180},
}

_SINGLE = (GeoCoordinates, PhoneNumber)
"""Single values of several members, which change together."""

_SERVERS: dict[Any, frozenset[str]] = {
    PhoneNumber: frozenset(member.name for member in attrs.fields(PhoneNumber)) - {"input", "default_country"},
}
"""The members that the server makes."""


def pydantic_type(annotation: Any, *, partial: bool = False) -> Any:
    """Return the type that a schema has for a stored type without None.

    Args:
        annotation: the type of a property, or of a member of a nested object.
        partial: let a nested object have some of its members only; those of lists have all, and so have coordinates and
            phone numbers.
    """
    registered = registered_type(annotation)
    if registered is not None:
        return _registered(registered)
    origin, arguments = get_origin(annotation), get_args(annotation)
    if origin in CONTAINERS:
        container: Any = list if origin is Sequence else origin
        types = [argument if argument is Ellipsis else _element(argument) for argument in arguments]
        return container[tuple(types) if len(types) > 1 else types[0]]
    kind = subclassed(annotation) if isinstance(annotation, type) and not issubclass(annotation, Enum) else None
    if kind is not None:
        return Annotated[kind, AfterValidator(annotation)]
    if is_nested(get_origin(annotation) or annotation):
        return nested_schema(annotation, partial and annotation not in _SINGLE)
    return _TYPES.get(annotation, annotation)


def _element(annotation: Any) -> Any:
    stored, nullable = split_optional(annotation)
    return pydantic_type(stored) | None if nullable else pydantic_type(stored)


def _registered(registered: RegisteredType) -> Any:
    """Return the type of what a registered type is stored as, which becomes its value."""
    stored, decode = pydantic_type(registered.stored_as), registered.decoder(None)

    @cache
    def adapter() -> TypeAdapter[Any]:
        return TypeAdapter(stored)

    return Annotated[
        stored,
        BeforeValidator(lambda value: registered.to_stored(value) if isinstance(value, registered.cls) else value),
        AfterValidator(lambda value: decode(plain_value(value))),
        PlainSerializer(lambda value: adapter().validate_python(registered.to_stored(value)), return_type=stored),
    ]


def is_partial(value: Any) -> bool:
    """Return whether a value is a nested object that may have some of its members only."""
    return isinstance(value, NestedSchema) and value.__is_partial__


def plain_value(value: Any, current: Any = None) -> Any:
    """Return the value of a property: nested schemas as objects of their classes, ``current`` with changes."""
    if isinstance(value, (list, tuple)):
        return type(value)(plain_value(element) for element in value)
    if isinstance(value, dict):
        return {key: plain_value(element) for key, element in value.items()}
    if not isinstance(value, NestedSchema):
        return value
    cls: Any = value.__nested_class__
    if not is_partial(value) or not isinstance(current, dict if is_typeddict(cls) else cls):
        current = None
    read = dict.get if is_typeddict(cls) else getattr
    arguments = {
        member.parameter: plain_value(
            getattr(value, member.name), None if current is None else read(current, member.name, None)
        )
        for member in members_of(cls)
        if member.parameter is not None
        and member.name in value.model_fields_set - value.__read_only__
        and not (member.may_lack and getattr(value, member.name) is None)
    }
    return replaced(current, arguments) if current is not None else cls(**arguments)


def field_of(
    annotation: Any,
    *,
    nullable: bool,
    partial: bool,
    default: Any = attrs.NOTHING,
    description: str | None = None,
    may_lack: bool = False,
    **options: Any,
) -> tuple[Any, Any]:
    """Return the type and the options of a field, as ``create_model()`` takes them.

    Args:
        annotation: the type without None.
        nullable: whether None is a value.
        partial: whether the field may be missing, whatever it has as a default.
        default: the default, as attrs has it.
        description: for OpenAPI.
        may_lack: whether it is a key that need not be there, of which null says the same.
        options: further ones of ``pydantic.Field``.
    """
    options["description"] = description
    if nullable or may_lack:
        annotation = annotation | None
    if may_lack:
        return annotation, Field(default=None, json_schema_extra=_hide_default, **options)
    if partial or (isinstance(default, _Factory) and default.takes_self):
        # what is missing has no value, and null is refused where None is no value
        return annotation, Field(default=None, json_schema_extra=_hide_default, **options)
    if default is attrs.NOTHING:
        return annotation, Field(**options)
    if isinstance(default, _Factory):
        return annotation, Field(default_factory=default.factory, validate_default=True, **options)
    if default is None or isinstance(default, (str, int, float, Enum)):
        return annotation, Field(default=default, **options)
    return annotation, Field(default_factory=lambda: copy.deepcopy(default), validate_default=True, **options)


def _hide_default(schema: dict[str, Any]) -> None:
    schema.pop("default", None)


class NestedSchema(BaseModel):
    """A pydantic model of a class as whose instances nested objects, coordinates and phone numbers are stored."""

    model_config = ConfigDict(from_attributes=True, protected_namespaces=())

    __nested_class__: ClassVar[type[Any]]
    __read_only__: ClassVar[frozenset[str]]
    __is_partial__: ClassVar[bool]


@cache
def nested_schema(annotation: Any, partial: bool) -> type[NestedSchema]:
    """Return the schema of a class of nested objects, the same each time, so that OpenAPI has it once."""
    cls: Any = get_origin(annotation) or annotation
    read_only = _SERVERS.get(cls, frozenset())
    fields: dict[str, Any] = {}
    for attribute in members_of(annotation):
        if attribute.name.startswith("_"):  # neither pydantic nor an API has such names
            continue
        stored, nullable = split_optional(attribute.type)
        options = options_in(attribute.metadata)
        fields[attribute.name] = field_of(
            pydantic_type(stored, partial=partial),
            nullable=nullable,
            partial=partial,
            may_lack=attribute.may_lack,
            default=attribute.default,
            description=options.description if isinstance(options, FieldOptions) else None,
            **_BOUNDS.get((cls, attribute.name), {}),
            **({"json_schema_extra": {"readOnly": True}} if attribute.name in read_only else {}),
        )
    arguments = "_".join(getattr(argument, "__name__", str(argument)) for argument in get_args(annotation))
    name = f"{'Partial' if partial else ''}{cls.__name__}{f'_{arguments}' if arguments else ''}"
    description = None if cls in _SINGLE or not cls.__doc__ else inspect.cleandoc(cls.__doc__)
    schema = create_model(name, __base__=NestedSchema, __module__=cls.__module__, __doc__=description, **fields)
    schema.__nested_class__ = cls
    schema.__read_only__ = read_only
    schema.__is_partial__ = partial
    return schema

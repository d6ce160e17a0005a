"""What makes a class a model: its annotations become attrs attributes and descriptors, its ``Meta`` its options."""

from __future__ import annotations

import copy
import inspect
import sys
from collections.abc import Collection, Mapping
from types import MemberDescriptorType
from typing import TYPE_CHECKING, Any, TypeVar, get_args, get_origin

import attrs
from typing_extensions import Self, dataclass_transform

from weaviate_orm.exceptions import MappingError, UnknownNameError
from weaviate_orm.http.collection_names import declare_alias
from weaviate_orm.model.annotations import (
    bindings,
    is_class_variable,
    own_annotations,
    read,
    split_optional,
    substitute,
)
from weaviate_orm.model.array_codecs import is_immutable
from weaviate_orm.model.attrs_view import hiding_all_but
from weaviate_orm.model.backrefs import follow_all
from weaviate_orm.model.construction import Constructor
from weaviate_orm.model.declared import Declared, DeclaredProperty, DeclaredReference, DeclaredVector
from weaviate_orm.model.field_options import AnyOptions, FieldOptions, attribute_with, field, options_in, ref, vector
from weaviate_orm.model.fields import Field, ManyRef, MutableField, Ref, Vector
from weaviate_orm.model.mapper import Mapper
from weaviate_orm.model.meta_options import read_options
from weaviate_orm.model.registry import register
from weaviate_orm.model.scopes import Scope, Undefined, scope_of

M = TypeVar("M")

RESERVED = frozenset({"id", "vector", "query", "created_at", "updated_at"})
"""Attributes that every model has, and names that queries give to the server's metadata."""


@dataclass_transform(kw_only_default=True, eq_default=False, field_specifiers=(field, ref, vector))
class ModelMeta(type):
    """The metaclass of :class:`~weaviate_orm.Model`."""

    __mapper__: Mapper
    __declared__: Mapping[str, Declared]
    __constructor__: Constructor

    def __new__(mcls, name: str, bases: tuple[type, ...], namespace: dict[str, Any], **keywords: object) -> Any:
        """Make the class. Raises MappingError for a body that Weaviate cannot hold."""
        cls: Any = _new_class(super().__new__, mcls, name, bases, namespace, keywords)
        is_root = not any(isinstance(base, ModelMeta) for base in bases)
        if is_root:
            _define(cls, own_annotations(cls), ())
            return cls
        scope = scope_of(cls, sys._getframe(1))
        bound = _bindings(cls, scope)
        declared = _inherited(cls, bound, scope)
        attributes: dict[str, Any] = {}
        own = own_annotations(cls)
        for owner in (*_plain_mixins(cls, bases), cls):
            annotations, place = own if owner is cls else own_annotations(owner), scope.of(owner)
            for attribute, annotation in _read_all(cls, annotations, place).items():
                value = vars(owner).get(attribute, attrs.NOTHING)
                annotation = substitute(annotation, bound.get(owner, {}))
                options = options_in(getattr(value, "metadata", None))
                member = _classify(cls, attribute, annotation, options, place)
                declared[attribute], value = _with_hooks(member, value)
                attributes[attribute] = _attrs_attribute(value, declared[attribute])
        for attribute in vars(cls).keys() & declared.keys() - own.keys():
            raise MappingError(
                f"{name}.{attribute}: a field needs an annotation, as {attribute}: Field[str] = field(…)"
            )
        for attribute, member in attributes.items():
            setattr(cls, attribute, member)
        properties = [attribute for attribute, member in declared.items() if isinstance(member, DeclaredProperty)]
        annotations = {attribute: declared[attribute].annotation for attribute in attributes}
        parameters = _define(cls, annotations, properties)
        for attribute, member in declared.items():
            setattr(cls, attribute, _descriptor(attribute, member))
        cls.__declared__ = declared
        cls.__options__ = read_options(name, namespace.get("Meta"), bases)
        cls.__mapper__ = Mapper(cls, cls.__options__, declared)
        root = next(base for base in reversed(cls.__mro__) if isinstance(base, ModelMeta))
        cls.__constructor__ = Constructor(cls, root, parameters)
        if not cls.__options__.abstract:
            register(cls)
            if cls.__options__.alias:
                declare_alias(cls.__mapper__.collection_name, cls)
        return cls

    if TYPE_CHECKING:
        __options__: Any
    else:

        def __call__(cls, *values, **keywords):  # hidden: checkers take the constructor's own signature
            """Create an instance. Raises UnknownNameError for a keyword that is no field, with the nearest that is."""
            if cls.__options__.abstract:
                raise MappingError(f"{cls.__name__} is abstract: make objects of the classes that inherit from it")
            instance = cls.__constructor__.make(keywords) if not values else None
            if instance is None:
                try:
                    instance = super().__call__(*values, **keywords)
                except TypeError:
                    parameters = [*inspect.signature(cls.__init__).parameters][1:]
                    for name in keywords:
                        if name not in parameters:
                            raise UnknownNameError(f"{cls.__name__} field", name, parameters) from None
                    raise
            if cls.__mapper__.inverses:
                follow_all(instance)
            return instance


def _new_class(
    new: Any, mcls: Any, name: str, bases: Any, namespace: dict[str, Any], keywords: dict[str, Any]
) -> object:
    try:
        return new(mcls, name, bases, namespace, **keywords)
    except ValueError as error:
        if "__slots__" not in namespace:
            raise
        raise MappingError(f"{name}: {error}; models keep their values in __dict__: leave out __slots__") from error


def _bindings(cls: Any, scope: Scope) -> Mapping[type, Mapping[object, object]]:
    try:
        return bindings(cls, (), scope)
    except MappingError as error:
        raise MappingError(f"{cls.__name__}: {error}") from error


def _inherited(cls: Any, bound: Mapping[type, Mapping[object, object]], scope: Scope) -> dict[str, Declared]:
    """Collect the declarations of the bases, with the types of their type variables in this class."""
    declared: dict[str, Declared] = {}
    for base in reversed(cls.__mro__[1:]):
        for attribute, member in base.__dict__.get("__declared__", {}).items():
            annotation = substitute(member.annotation, bound.get(base, {}))
            place = member.scope if annotation == member.annotation else scope
            declared[attribute] = _classify(cls, attribute, annotation, member.written, place)
    return declared


def _plain_mixins(cls: type, bases: tuple[type, ...]) -> list[type]:
    """Bases outside the models whose annotated fields the class takes over, the farthest first."""
    mapped = {base for model in bases if isinstance(model, ModelMeta) for base in model.__mro__}
    return [base for base in reversed(cls.__mro__[1:]) if base not in mapped and base is not object]


def _read_all(cls: Any, annotations: Mapping[str, object], scope: Scope) -> dict[str, Any]:
    """Evaluate the annotations of mapped attributes in a scope; type variables stay."""
    read_ones: dict[str, Any] = {}
    for attribute, written in annotations.items():
        if attribute.startswith("__"):
            continue
        try:
            annotation = read(written, scope)
        except MappingError as error:
            raise MappingError(f"{cls.__name__}.{attribute}: {error}") from error
        if not is_class_variable(annotation):
            _check_name(cls, attribute)
            read_ones[attribute] = annotation
    return read_ones


def _check_name(cls: Any, attribute: str) -> None:
    if attribute.startswith("_"):
        raise MappingError(f"{cls.__name__}.{attribute}: a mapped attribute does not begin with an underscore")
    if attribute in RESERVED:
        # Weaviate itself has no property of the name "id"
        by_name = "" if attribute == "id" else f", and the server's name by name={attribute!r}"
        raise MappingError(
            f"{cls.__name__}.{attribute}: every model has {attribute!r} already; give the attribute another name"
            f"{by_name}"
        )
    if "__" in attribute:
        raise MappingError(
            f"{cls.__name__}.{attribute}: two underscores separate the parts of a lookup; give the attribute "
            f"another name, and the server's name by name={attribute!r}"
        )
    if not attribute.isascii():
        raise MappingError(f"{cls.__name__}.{attribute}: an attribute's name is ASCII letters, digits and underscores")


def _define(
    cls: Any, annotations: Mapping[str, object], properties: Collection[str]
) -> tuple[attrs.Attribute[object], ...]:
    """Let attrs make the constructor, of annotations that were read: mixins' too, and of mapped attributes only.

    Returns the attributes of its parameters.
    """
    try:
        with hiding_all_but(cls, annotations, properties):
            attrs.define(
                cls, auto_attribs=True, slots=False, kw_only=True, eq=False, repr=False, on_setattr=attrs.setters.NO_OP
            )
            parameters: tuple[attrs.Attribute[object], ...] = attrs.fields(cls)
    except attrs.exceptions.UnannotatedAttributeError as error:
        raise MappingError(
            f"{cls.__name__}: a field needs an annotation, as title: Field[str] = field(…): {error}"
        ) from error
    return parameters


def _classify(cls: type, attribute: str, annotation: object, options: AnyOptions | None, scope: Scope) -> Declared:
    if annotation is Vector:
        return DeclaredVector(attribute, options, annotation, scope, nullable=True)
    if annotation is Field or annotation is Ref:
        raise MappingError(f"{cls.__name__}.{attribute}: {annotation.__name__} says no type; give it one in brackets")
    origin = get_origin(annotation)
    inner = substitute(get_args(annotation)[0] if origin in (Field, Ref) else annotation, {Self: cls})
    value, nullable = split_optional(inner)
    many = get_origin(value) is list
    element = get_args(value)[0] if many else value
    targets = get_args(element) if get_origin(element) is not None else (element,)
    if origin is Ref:
        if not all(isinstance(target, (ModelMeta, Undefined, TypeVar)) for target in targets):
            raise MappingError(f"{cls.__name__}.{attribute}: Ref[…] names models, and {inner!r} names something else")
    elif origin is Field or not all(isinstance(target, (ModelMeta, Undefined)) for target in targets):
        return DeclaredProperty(attribute, options, annotation, scope, nullable, value=value)
    if many and nullable:
        raise MappingError(f"{cls.__name__}.{attribute}: a list of references is empty, not None; leave out | None")
    return DeclaredReference(attribute, options, annotation, scope, nullable, targets=targets, many=many)


def _with_hooks(declared: Declared, value: Any) -> tuple[Declared, Any]:
    """Return a property with the converter and the validator of its attrs attribute, and the attribute without them.

    Of several validators attrs has made one. Its ``__init__`` would call the converter, and the assignment once more.
    """
    converter, validator = getattr(value, "converter", None), getattr(value, "_validator", None)
    options = FieldOptions() if declared.written is None else declared.written
    is_property = isinstance(declared, DeclaredProperty) and hasattr(value, "metadata")
    if not (is_property and isinstance(options, FieldOptions)) or converter is validator is None:
        return declared, value
    bare = copy.copy(value)
    bare.converter = bare._validator = None
    return attrs.evolve(declared, written=attrs.evolve(options, converter=converter, validator=validator)), bare


def _attrs_attribute(value: Any, declared: Declared) -> object:
    """Return the attrs attribute of a declaration: its own, or a new one for a bare default."""
    if isinstance(value, MemberDescriptorType):  # of __slots__: the field takes its place
        value = attrs.NOTHING
    if hasattr(value, "metadata") and hasattr(value, "_default"):
        if isinstance(declared, DeclaredReference) and declared.many and value._default is attrs.NOTHING:
            return attribute_with(declared.written, attrs.NOTHING, list)
        return value
    if value is attrs.NOTHING:
        if isinstance(declared, DeclaredVector):
            return attrs.field(default=None)
        if isinstance(declared, DeclaredReference) and declared.many:
            return attrs.field(factory=list)
        return attrs.field()
    if isinstance(value, (list, dict, set)):
        return attrs.field(factory=lambda: copy.copy(value))
    return attrs.field(default=value)


def _descriptor(attribute: str, declared: Declared) -> object:
    if isinstance(declared, DeclaredVector):
        return Vector(attribute)
    if isinstance(declared, DeclaredReference):
        return ManyRef(attribute) if declared.many else Ref(attribute)
    assert isinstance(declared, DeclaredProperty)
    return Field(attribute) if is_immutable(declared.value) else MutableField(attribute)

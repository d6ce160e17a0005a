"""What makes a class a model: its annotations become attrs attributes and descriptors, its ``Meta`` its options."""

from __future__ import annotations

import copy
import inspect
import sys
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, TypeVar, get_args, get_origin

import attrs
from typing_extensions import dataclass_transform

from weaviate_orm.exceptions import MappingError, UnknownNameError
from weaviate_orm.model.annotations import Undefined, evaluate, is_class_variable, own_annotations
from weaviate_orm.model.attrs_view import hiding_all_but
from weaviate_orm.model.codec import OPTIONS, SCALARS, split_optional
from weaviate_orm.model.declared import Declared, DeclaredProperty, DeclaredReference, DeclaredVector
from weaviate_orm.model.fields import Field, ManyRef, MutableField, Ref, Vector, field, ref, vector
from weaviate_orm.model.inverse import follow_all
from weaviate_orm.model.mapper import Mapper
from weaviate_orm.model.options import read_options
from weaviate_orm.model.registry import register

M = TypeVar("M")

RESERVED = frozenset({"id", "vector", "query", "created_at", "updated_at"})
"""Attributes that every model has, and names that queries give to the server's metadata."""


@dataclass_transform(kw_only_default=True, eq_default=False, field_specifiers=(field, ref, vector))
class ModelMeta(type):
    """The metaclass of :class:`~weaviate_orm.Model`."""

    __mapper__: Mapper
    __declared__: Mapping[str, Declared]

    def __new__(mcls, name: str, bases: tuple[type, ...], namespace: dict[str, Any], **keywords: Any) -> Any:
        """Make the class. Raises MappingError for a body that Weaviate cannot hold."""
        cls: Any = super().__new__(mcls, name, bases, namespace, **keywords)
        is_root = not any(isinstance(base, ModelMeta) for base in bases)
        if is_root:
            with hiding_all_but(cls, ()):
                _define(cls)
            return cls
        declared = _inherited(cls)
        for owner in (*_plain_mixins(cls, bases), cls):
            declared |= _declare(cls, owner, sys._getframe(1).f_locals)
        properties = [name for name, each in declared.items() if isinstance(each, DeclaredProperty)]
        try:
            with hiding_all_but(cls, properties):
                _define(cls)
        except attrs.exceptions.UnannotatedAttributeError as error:
            raise MappingError(
                f"{name}: a field needs an annotation, as title: Field[str] = field(…): {error}"
            ) from error
        for attribute, each in declared.items():
            setattr(cls, attribute, _descriptor(attribute, each))
        cls.__declared__ = declared
        cls.__options__ = read_options(name, namespace.get("Meta"), bases)
        cls.__mapper__ = Mapper(cls, cls.__options__, declared)
        if not cls.__options__.abstract:
            register(cls)
        return cls

    if TYPE_CHECKING:
        __options__: Any
    else:

        def __call__(cls, *values, **keywords):  # hidden: checkers take the constructor's own signature
            """Make an instance. Raises UnknownNameError for a keyword that is no field, with the nearest that is."""
            if cls.__options__.abstract:
                raise MappingError(f"{cls.__name__} is abstract: make objects of the classes that inherit from it")
            try:
                made = super().__call__(*values, **keywords)
            except TypeError:
                known = [*inspect.signature(cls.__init__).parameters][1:]
                for name in keywords:
                    if name not in known:
                        raise UnknownNameError(f"{cls.__name__} field", name, known) from None
                raise
            if cls.__mapper__.inverses:
                follow_all(made)
            return made


def _define(cls: type) -> None:
    attrs.define(
        cls, auto_attribs=True, slots=False, kw_only=True, eq=False, repr=False, on_setattr=attrs.setters.NO_OP
    )


def _inherited(cls: type) -> dict[str, Declared]:
    declared: dict[str, Declared] = {}
    for base in reversed(cls.__mro__[1:]):
        declared |= base.__dict__.get("__declared__", {})
    return declared


def _plain_mixins(cls: type, bases: tuple[type, ...]) -> list[type]:
    """Bases outside the models whose annotated fields the class takes over, the farthest first."""
    taken = {base for model in bases if isinstance(model, ModelMeta) for base in model.__mro__}
    return [base for base in reversed(cls.__mro__[1:]) if base not in taken and base is not object]


def _declare(cls: Any, owner: type, enclosing: Mapping[str, Any]) -> dict[str, Declared]:
    """Read the annotations of ``owner``, and leave on ``cls`` what attrs makes its attributes of."""
    declared: dict[str, Declared] = {}
    for attribute, written in own_annotations(owner).items():
        if attribute.startswith("__"):
            continue
        annotation = evaluate(written, owner, enclosing)
        if is_class_variable(annotation):
            continue
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
            raise MappingError(
                f"{cls.__name__}.{attribute}: an attribute's name is ASCII letters, digits and underscores"
            )
        given = vars(owner).get(attribute, attrs.NOTHING)
        options = _options(given)
        made = _classify(cls, attribute, annotation, options)
        declared[attribute] = made
        if owner is not cls:
            cls.__annotations__ = {attribute: written, **own_annotations(cls)}
        setattr(cls, attribute, _attrs_attribute(given, made))
    return declared


def _options(given: Any) -> Mapping[str, Any]:
    metadata = getattr(given, "metadata", None)
    return metadata.get(OPTIONS, {}) if metadata is not None else {}


def _classify(cls: type, attribute: str, annotation: Any, options: Mapping[str, Any]) -> Declared:
    if annotation is Vector:
        return DeclaredVector(attribute, options, nullable=True)
    origin = get_origin(annotation)
    inner = get_args(annotation)[0] if origin in (Field, Ref) else annotation
    value, nullable = split_optional(inner)
    many = get_origin(value) is list
    element = get_args(value)[0] if many else value
    targets = get_args(element) if get_origin(element) is not None else (element,)
    if origin is Ref or (origin is not Field and all(isinstance(each, (ModelMeta, Undefined)) for each in targets)):
        if not all(isinstance(each, (ModelMeta, Undefined)) for each in targets):
            raise MappingError(f"{cls.__name__}.{attribute}: Ref[…] names models, and {inner!r} names something else")
        if many and nullable:
            raise MappingError(f"{cls.__name__}.{attribute}: a list of references is empty, not None; leave out | None")
        return DeclaredReference(attribute, options, nullable, targets=targets, many=many)
    return DeclaredProperty(attribute, options, nullable, annotation=value)


def _attrs_attribute(given: Any, declared: Declared) -> Any:
    """The attrs attribute of a declaration: its own, or one made of a bare default."""
    if hasattr(given, "metadata") and hasattr(given, "_default"):
        if isinstance(declared, DeclaredReference) and declared.many and given._default is attrs.NOTHING:
            return ref(factory=list, **declared.options)
        return given
    if given is attrs.NOTHING:
        if isinstance(declared, DeclaredVector):
            return attrs.field(default=None)
        if isinstance(declared, DeclaredReference) and declared.many:
            return attrs.field(factory=list)
        return attrs.field()
    if isinstance(given, (list, dict, set)):
        return attrs.field(factory=lambda: copy.copy(given))
    return attrs.field(default=given)


def _descriptor(attribute: str, declared: Declared) -> Any:
    if isinstance(declared, DeclaredVector):
        return Vector(attribute)
    if isinstance(declared, DeclaredReference):
        return ManyRef(attribute) if declared.many else Ref(attribute)
    assert isinstance(declared, DeclaredProperty)
    return Field(attribute) if declared.annotation in SCALARS else MutableField(attribute)

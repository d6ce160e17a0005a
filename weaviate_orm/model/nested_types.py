"""The members of attrs classes, as which nested objects are stored, with their types resolved."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeGuard, get_args, get_origin
from weakref import WeakKeyDictionary

import attrs
from typing_extensions import Self

from weaviate_orm.exceptions import MappingError
from weaviate_orm.model.annotations import bindings, own_annotations, read, settle, substitute
from weaviate_orm.model.scopes import Scope, scope_of

_types: WeakKeyDictionary[type, Mapping[str, Any]] = WeakKeyDictionary()
"""The types of the members of each class, by name; the type variables of the class itself stay."""


def members_of(annotation: Any) -> tuple[attrs.Attribute[Any], ...]:
    """Return the members of an attrs class, or of a generic one with its types: ``Page[int]``.

    Raises MappingError where an annotation means nothing.
    """
    cls = get_origin(annotation) or annotation
    scope = scope_of(cls, None)
    arguments = bindings(cls, get_args(annotation), scope)[cls]
    types = _types_of(cls, scope)
    return tuple(attribute.evolve(type=substitute(types[attribute.name], arguments)) for attribute in attrs.fields(cls))


def resolve_members(annotation: object, scope: Scope, within: tuple[Any, ...] = ()) -> None:
    """Resolve the members of the attrs classes that an annotation names, and of those that these name.

    ``scope``: of the annotation; what a function around it defines, classes of the same function may name.

    Raises MappingError where an annotation means nothing, and for a class that contains itself.
    """
    for cls in _classes_in(annotation):
        if cls in within:
            path = " → ".join(nested.__name__ for nested in (*within[within.index(cls) :], cls))
            raise MappingError(
                f"{cls.__name__} contains itself ({path}), and Weaviate's objects are nested to a fixed depth; make it "
                f"a model, and the member a Ref[…]"
            )
        inner = scope.of(cls)
        for name, member in _types_of(cls, inner).items():
            try:
                resolve_members(member, inner, (*within, cls))
            except MappingError as error:
                raise MappingError(f"{cls.__name__}.{name}: {error}") from error


def _classes_in(annotation: object) -> list[type]:
    """Yield the attrs classes in an annotation, generic ones too."""
    origin = get_origin(annotation) or annotation
    inner = [cls for argument in get_args(annotation) for cls in _classes_in(argument)]
    return [origin, *inner] if is_nested(origin) else inner


def is_nested(cls: object) -> TypeGuard[type]:
    """Return whether a class is that of nested objects: an attrs class, and no model."""
    return isinstance(cls, type) and attrs.has(cls) and not hasattr(cls, "__mapper__")


def _types_of(cls: Any, scope: Scope) -> Mapping[str, object]:
    if cls not in _types:
        bound = bindings(cls, (), scope)
        types = {}
        for attribute in attrs.fields(cls):
            owner, written = _written(cls, attribute)
            try:
                annotation = settle(read(written, scope.of(owner))) if written is not None else None
            except MappingError as error:
                raise MappingError(f"{cls.__name__}.{attribute.name}: {error}") from error
            arguments = {} if owner is cls else bound.get(owner, {})
            types[attribute.name] = substitute(annotation, {**arguments, Self: cls})
        _types[cls] = types
    return _types[cls]


def _written(cls: Any, attribute: attrs.Attribute[object]) -> tuple[type, object]:
    """Return the class whose body declares a member, and the annotation."""
    if cls.__dict__.get("__attrs_types_resolved__") is cls:
        return cls, attribute.type  # the user's own call of attrs.resolve_types()
    for owner in cls.__mro__:
        annotations = own_annotations(owner)
        if attribute.name in annotations:
            return owner, annotations[attribute.name]
    return cls, attribute.type

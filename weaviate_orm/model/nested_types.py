"""The members of classes whose instances are stored as nested objects: attrs classes, dataclasses and ``TypedDict``."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from typing import Any, TypeGuard, get_args, get_origin
from weakref import WeakKeyDictionary

import attrs
from typing_extensions import Self, is_typeddict

from weaviate_orm.exceptions import MappingError
from weaviate_orm.model.annotations import QUALIFIERS, bindings, own_annotations, read, settle, substitute
from weaviate_orm.model.registered_types import registered_type
from weaviate_orm.model.scopes import Scope, scope_of

_types: WeakKeyDictionary[type, Mapping[str, Any]] = WeakKeyDictionary()
"""The types of the members of each class, by name; the type variables of the class itself stay."""


@attrs.frozen
class NestedMember:
    """A member of a class.

    Attributes:
        name: the attribute, or the key.
        type: as annotated.
        parameter: the constructor's; None where it takes none.
        default: as attrs has it.
        metadata: of the attribute, in which its options are.
        may_lack: a key that need not be there.
    """

    name: str
    type: Any
    parameter: str | None
    default: Any = attrs.field(factory=lambda: attrs.NOTHING)
    metadata: Mapping[Any, Any] = attrs.field(factory=dict)
    may_lack: bool = False

    @property
    def has_default(self) -> bool:
        """Whether the class says what a missing one is."""
        return self.default is not attrs.NOTHING or self.may_lack


def members_of(annotation: Any) -> tuple[NestedMember, ...]:
    """Return the members of a class, or of a generic one with its types: ``Page[int]``.

    Raises MappingError where an annotation means nothing.
    """
    cls = get_origin(annotation) or annotation
    scope = scope_of(cls, None)
    arguments = bindings(cls, get_args(annotation), scope)[cls]
    types = _types_of(cls, scope)
    return tuple(
        attrs.evolve(member, type=_unqualified(substitute(types[member.name], arguments)))
        for member in _members(cls, types)
    )


def resolve_members(annotation: object, scope: Scope, within: tuple[Any, ...] = ()) -> None:
    """Resolve the members of the classes of nested objects that an annotation names, and of those that these name.

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
    """Yield the classes of nested objects in an annotation, generic ones too."""
    registered = registered_type(annotation)
    if registered is not None:
        return _classes_in(registered.stored_as)
    origin = get_origin(annotation) or annotation
    inner = [cls for argument in get_args(annotation) for cls in _classes_in(argument)]
    return [origin, *inner] if is_nested(origin) else inner


def is_nested(cls: object) -> TypeGuard[type]:
    """Return whether a class is that of nested objects: an attrs class that is no model, a dataclass, a TypedDict."""
    if not isinstance(cls, type) or registered_type(cls) is not None or hasattr(cls, "__mapper__"):
        return False
    return attrs.has(cls) or dataclasses.is_dataclass(cls) or is_typeddict(cls)


def replaced(instance: Any, changes: Mapping[str, Any]) -> Any:
    """Return an object of a class of nested objects with changes, by the parameters of its constructor."""
    if isinstance(instance, dict):
        return {**instance, **changes}
    return attrs.evolve(instance, **changes) if attrs.has(type(instance)) else dataclasses.replace(instance, **changes)


def _members(cls: Any, types: Mapping[str, Any]) -> list[NestedMember]:
    if is_typeddict(cls):
        return [NestedMember(name, None, name, may_lack=_may_lack(cls, name, types[name])) for name in types]
    if attrs.has(cls):
        return [
            NestedMember(
                field.name,
                None,
                (field.alias or field.name) if field.init else None,
                field.default,
                field.metadata,
            )
            for field in attrs.fields(cls)
        ]
    return [
        NestedMember(field.name, None, field.name if field.init else None, _default(field), field.metadata)
        for field in dataclasses.fields(cls)
    ]


def _default(field: dataclasses.Field[Any]) -> object:
    if field.default_factory is not dataclasses.MISSING:
        return attrs.Factory(field.default_factory)
    return attrs.NOTHING if field.default is dataclasses.MISSING else field.default


def _may_lack(cls: Any, name: str, annotation: object) -> bool:
    """Return whether a key may be missing: as its annotation says, which typing overlooks in quotes, or its class."""
    stated = {getattr(origin, "_name", None) for origin in _qualifiers(annotation)}
    if stated & {"Required", "NotRequired"}:
        return "NotRequired" in stated
    return name in cls.__optional_keys__


def _qualifiers(annotation: object) -> list[object]:
    origin = get_origin(annotation)
    return [origin, *_qualifiers(get_args(annotation)[0])] if origin in QUALIFIERS else []


def _unqualified(annotation: object) -> object:
    return _unqualified(get_args(annotation)[0]) if get_origin(annotation) in QUALIFIERS else annotation


def _types_of(cls: Any, scope: Scope) -> Mapping[str, object]:
    if cls not in _types:
        bound = bindings(cls, (), scope)
        types = {}
        for name, owner, written in _written_types(cls):
            try:
                annotation = settle(read(written, scope.of(owner))) if written is not None else None
            except MappingError as error:
                raise MappingError(f"{cls.__name__}.{name}: {error}") from error
            arguments = {} if owner is cls else bound.get(owner, {})
            types[name] = substitute(annotation, {**arguments, Self: cls})
        _types[cls] = types
    return _types[cls]


def _written_types(cls: Any) -> list[tuple[str, type, object]]:
    """Return the name of each member, the class whose body declares it, and the annotation."""
    if is_typeddict(cls):
        return [(name, cls, written) for name, written in own_annotations(cls).items()]  # those of its bases too
    if attrs.has(cls):
        return [(field.name, *_written(cls, field.name, field.type)) for field in attrs.fields(cls)]
    fields = dataclasses.fields(cls)
    passed = cls.__dataclass_fields__.keys() - {field.name for field in fields}
    types = [(field.name, *_written(cls, field.name, field.type)) for field in fields]
    # pseudo-fields: read() refuses an InitVar, and class variables are no members
    types += [
        (name, *_written(cls, name, field.type))
        for name, field in cls.__dataclass_fields__.items()
        if name in passed and field._field_type is dataclasses._FIELD_INITVAR  # type: ignore[attr-defined]
    ]
    return types


def _written(cls: Any, name: str, stated: object) -> tuple[type, object]:
    """Return the class whose body declares a member, and the annotation; ``stated`` by who made the class."""
    if cls.__dict__.get("__attrs_types_resolved__") is cls:
        return cls, stated  # the user's own call of attrs.resolve_types()
    for owner in cls.__mro__:
        annotations = own_annotations(owner)
        if name in annotations:
            return owner, annotations[name]
    return cls, stated

"""What annotations mean: read where they were written, in quotes or not, though what they name may not be defined yet.

What is read consists of classes, containers, unions, ``Literal``, ``Field``, ``Ref``, type variables, and an
``Undefined`` for each name that is not defined yet. Strings, aliases, ``Annotated``, ``Final`` and ``NewType`` have
become what they stand for.
"""

from __future__ import annotations

import dataclasses
import inspect
import sys
import types
import typing
from collections.abc import Callable, Mapping, Sequence
from typing import Annotated, Any, ClassVar, Final, ForwardRef, Literal, NewType, Union, get_args, get_origin

import typing_extensions

from weaviate_orm.exceptions import MappingError
from weaviate_orm.model.scopes import Scope, Undefined

UNIONS = (Union, types.UnionType)
_QUALIFIERS = ("Required", "NotRequired", "ReadOnly")
_ALIASES = tuple({typing_extensions.TypeAliasType, getattr(typing, "TypeAliasType", typing_extensions.TypeAliasType)})
"""What ``type X = …`` makes, and its backport."""

CONTAINERS = (list, tuple, set, frozenset, dict, Sequence)
"""The origins of containers, whose elements are read too."""

QUALIFIERS = tuple(
    {getattr(module, name) for module in (typing, typing_extensions) for name in _QUALIFIERS if hasattr(module, name)}
)
"""What says of a key of a ``TypedDict`` whether it has to be there."""


class _Names(dict[str, object]):
    """The names of a scope, for eval: an Undefined where it has none."""

    def __init__(self, scope: Scope) -> None:
        super().__init__()
        self._scope = scope

    def __missing__(self, name: str) -> object:
        try:
            return self._scope.find(name)
        except NameError:
            return Undefined(name, self._scope)


def own_annotations(cls: type) -> dict[str, Any]:
    """Return the annotations of a class's own body, as written: as text where Python evaluates them late."""
    if sys.version_info >= (3, 14):
        import annotationlib

        annotate = annotationlib.get_annotate_from_class_namespace(cls.__dict__)
        if annotate is not None:
            return annotationlib.call_annotate_function(annotate, annotationlib.Format.STRING, owner=cls)
        return annotationlib.get_annotations(cls)
    return inspect.get_annotations(cls)


def read(written: object, scope: Scope) -> object:
    """Evaluate an annotation in a scope. Raises MappingError, with the reason alone, where a name is not defined."""
    try:
        return _read(written, scope, ())
    except MappingError:
        raise
    except Exception as error:  # an annotation is any expression
        shown = repr(written) if isinstance(written, str) else str(written)
        raise MappingError(f"the annotation {shown} cannot be read: {error}") from error


def is_class_variable(annotation: object) -> bool:
    """Return whether an annotation is ``ClassVar``, or declares an alias."""
    return annotation is ClassVar or annotation is typing_extensions.TypeAlias


def split_optional(annotation: object) -> tuple[Any, bool]:
    """Split a type into the type without None, and whether None was a choice."""
    if get_origin(annotation) in UNIONS:
        others = tuple(choice for choice in get_args(annotation) if choice is not type(None))
        if len(others) < len(get_args(annotation)):
            return (others[0] if len(others) == 1 else Union[others]), True
    return annotation, False


def settle(annotation: object) -> object:
    """Look up the undefined names of a type again. Raises MappingError where a name is still not defined."""
    return rebuilt(annotation, lambda part: _settled(part) if isinstance(part, Undefined) else part)


def substitute(annotation: object, arguments: Mapping[object, object]) -> object:
    """Replace type variables; those without an argument stay."""
    return rebuilt(annotation, lambda part: arguments.get(part, part) if _is_variable(part) else part)


def rebuilt(annotation: object, change: Callable[[Any], Any]) -> object:
    """Rebuild an annotation with its innermost parts changed: those in lists, unions, and the like."""
    arguments = get_args(annotation)
    if not arguments or get_origin(annotation) is Literal:
        return change(annotation)
    return _with_arguments(annotation, tuple(rebuilt(argument, change) for argument in arguments))


def bindings(cls: type, arguments: tuple[object, ...], scope: Scope) -> dict[type, dict[Any, Any]]:
    """Map the type variables of a generic class and of its bases to their types, class by class."""
    own: dict[Any, Any] = dict(zip(getattr(cls, "__parameters__", ()), arguments))  # noqa: B905  # a tuple of variables takes several
    bound: dict[type, dict[Any, Any]] = {cls: own}
    for base in cls.__dict__.get("__orig_bases__", cls.__bases__):
        origin = get_origin(base) or base
        if isinstance(origin, type) and origin is not object:
            types = tuple(substitute(read(owner, scope), own) for owner in get_args(base))
            for owner, variables in bindings(origin, types, scope.of(origin)).items():
                bound.setdefault(owner, variables)
    return bound


# -- inside


def _read(written: object, scope: Scope, within: tuple[object, ...]) -> object:
    """Evaluate an annotation; ``within`` are the strings and aliases around it, which may not contain themselves."""
    if isinstance(written, str):
        return _read_within(written, eval(f"({written}\n)", {}, _Names(scope)), scope, within)  # the class body's text
    if isinstance(written, ForwardRef):
        return _read(written.__forward_arg__, scope.at(_module_of(written)), within)
    if isinstance(written, _ALIASES):
        return _read_within(written, _value_of(written), scope.at(written.__module__), within)
    if isinstance(written, NewType):
        return _read(written.__supertype__, scope.at(written.__module__), within)
    if written is None:
        return type(None)
    if written is dataclasses.InitVar or isinstance(written, dataclasses.InitVar):
        raise MappingError("InitVar is for dataclasses, and passes on what is not stored; a field is stored")
    if written is Final:
        raise MappingError("Final says no type; write Final[str], or the like")
    origin: Any = get_origin(written)
    arguments = get_args(written)
    if origin is ClassVar:
        return ClassVar
    if origin is Annotated or origin is Final:
        return _read(arguments[0], scope, within)
    if isinstance(origin, _ALIASES):
        alias = _read(origin, scope, within)
        types = (_read(argument, scope, within) for argument in arguments)
        return substitute(alias, dict(zip(origin.__type_params__, types)))  # noqa: B905
    if origin is Literal:
        others = tuple(value for value in arguments if value is not None)
        return written if len(others) in (0, len(arguments)) else Union[Literal[others], None]
    if not arguments:
        return written if origin is None else origin  # List is list
    return _with_arguments(written, tuple(_read(argument, scope, within) for argument in arguments))


def _read_within(written: object, value: object, scope: Scope, within: tuple[object, ...]) -> object:
    if written in within:
        raise MappingError(f"the annotation {written!r} contains itself")
    return _read(value, scope, (*within, written))


def _value_of(alias: Any) -> object:
    try:
        return alias.__value__
    except NameError as error:
        if sys.version_info >= (3, 14) and hasattr(alias, "evaluate_value"):
            import annotationlib

            return annotationlib.call_evaluate_function(alias.evaluate_value, annotationlib.Format.STRING)
        raise MappingError(f"the alias {alias} cannot be read: {error}; define that first, or quote it") from None


def _module_of(reference: ForwardRef) -> str | None:
    module = reference.__forward_module__
    return module if isinstance(module, str) or module is None else module.__name__


def _with_arguments(annotation: object, arguments: tuple[object, ...]) -> object:
    origin: Any = get_origin(annotation)
    if origin in UNIONS:
        return Union[_joined(arguments)]
    if origin not in (*CONTAINERS, *QUALIFIERS) and not getattr(origin, "__parameters__", None):
        return annotation  # of no type that can be stored; it is shown as written
    generic: Any = origin
    first, *others = arguments
    return generic[arguments if others else first]


def _joined(choices: tuple[object, ...]) -> tuple[object, ...]:
    """Join the choices of a union, its literals into one."""
    literals = [choice for choice in choices if get_origin(choice) is Literal]
    if len(literals) < 2:
        return choices
    values = tuple(value for literal in literals for value in get_args(literal))
    return (Literal[values], *(choice for choice in choices if choice not in literals))


def _is_variable(part: object) -> bool:
    return isinstance(part, typing.TypeVar) or part is typing_extensions.Self


def _settled(name: Undefined) -> object:
    try:
        return settle(read(name.look_up(), name.scope))
    except NameError as error:
        raise MappingError(
            f"{error} where {name.scope.owner.__qualname__} needs it; define it before it is needed, and import what "
            f"is no model at run time, not for TYPE_CHECKING only"
        ) from None

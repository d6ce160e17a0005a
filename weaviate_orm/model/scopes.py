"""Where the names of an annotation are looked up: in the namespaces in which it was written."""

from __future__ import annotations

import builtins
import sys
import types
from collections.abc import Mapping
from typing import Any, TypeVar, Union

import attrs

_OF_FUNCTIONS = 0x0003
"""The flags CO_OPTIMIZED and CO_NEWLOCALS of a code object, which bodies of classes and modules lack."""


class Undefined:
    """Stands for a name that an annotation uses before it is defined.

    ``meaning``: what it was found to mean, for who looks it up for each object.
    """

    def __init__(self, name: str, scope: Scope, parameters: object = None) -> None:
        self.name = name
        self.scope = scope
        self.parameters = parameters
        self.meaning: Any = None

    def __repr__(self) -> str:
        return self.name

    __iter__ = None  # what has __getitem__ alone is iterated for ever

    def __call__(self) -> None:
        """Typing accepts only callables as parts of a union."""

    def __or__(self, other: object) -> Any:
        return Union[self, other]

    def __ror__(self, other: object) -> Any:
        return Union[other, self]

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        return Undefined(f"{self.name}.{name}", self.scope)

    def __getitem__(self, parameters: object) -> Any:
        return Undefined(self.name, self.scope, parameters)

    def look_up(self) -> Any:
        """Look up the name again. Raises NameError while it is not defined."""
        first, *rest = self.name.split(".")
        value: Any = self.scope.find(first)
        for attribute in rest:
            try:
                value = getattr(value, attribute)
            except AttributeError as error:
                raise NameError(str(error)) from None
        return value if self.parameters is None else value[self.parameters]


@attrs.frozen(eq=False)
class Scope:
    """The namespaces of a class body, in the order of Python: its own, the function's around it, the module's.

    Attributes:
        owner: the class whose annotations are read.
        module: the names of the module.
        body: whether the names of the class itself count.
        local: the types that the function around it had when the class was made; nothing else of a function is kept.
        unbound: the function's names that had no value then: they hide those of the module.
        outer: the bodies of classes around it. Python does not look there, so it is where a name is looked for last.
    """

    owner: type
    module: Mapping[str, object]
    body: bool = True
    local: Mapping[str, object] = attrs.field(factory=dict)
    unbound: frozenset[str] = frozenset()
    outer: tuple[Mapping[str, object], ...] = ()

    def find(self, name: str) -> object:
        """Look up a name. Raises NameError where it is not defined."""
        for namespace in (_body(self.owner) if self.body else {}, self.local):
            if name in namespace and _may_be_type(namespace[name]):
                return namespace[name]
        if name not in self.unbound:
            if name in self.module:
                return self.module[name]
            # no annotation means an exception, and models may have their names: Warning, TimeoutError
            if hasattr(builtins, name) and not _is_exception(getattr(builtins, name)):
                return getattr(builtins, name)
        for namespace in self.outer:
            if name in namespace and _may_be_type(namespace[name]):
                return namespace[name]
        raise NameError(f"name {name!r} is not defined")

    def of(self, cls: type) -> Scope:
        """Return the scope of another class, which this class's annotations name or which it inherits from."""
        if cls is self.owner:
            return self
        if cls.__module__ != self.owner.__module__:
            return Scope(cls, _names_of(cls.__module__))
        is_inside = cls.__qualname__.startswith(f"{self.owner.__qualname__}.")
        outer = (vars(self.owner), *self.outer) if is_inside else ()
        function = cls.__qualname__.rpartition(".<locals>.")[0]
        if not function or not self.owner.__qualname__.startswith(f"{function}.<locals>."):
            return Scope(cls, self.module, outer=outer)
        return Scope(cls, self.module, local=self.local, unbound=self.unbound, outer=outer)

    def at(self, module: str | None) -> Scope:
        """Return the scope of a module's own statements, of an alias for instance."""
        if module is None or module == self.owner.__module__ or module not in sys.modules:
            return self
        return Scope(self.owner, _names_of(module), body=False)


def scope_of(owner: type, frame: types.FrameType | None) -> Scope:
    """Return the scope of a class that is being created; ``frame`` is the caller of its metaclass."""
    statement = _statement(owner, frame)
    if statement is None:
        return Scope(owner, _names_of(owner.__module__))
    outer: list[Mapping[str, object]] = []
    around: types.FrameType | None = statement
    while around is not None and not _is_function(around) and around.f_locals is not around.f_globals:
        outer.append(around.f_locals)
        around = around.f_back
    if around is None or not _is_function(around):
        return Scope(owner, statement.f_globals, outer=tuple(outer))
    values = dict(around.f_locals)
    names = {*around.f_code.co_varnames, *around.f_code.co_cellvars}
    return Scope(
        owner,
        statement.f_globals,
        local={name: value for name, value in values.items() if _may_be_type(value)},
        unbound=frozenset(names - values.keys()),
        outer=tuple(outer),
    )


def _statement(owner: type, frame: types.FrameType | None) -> types.FrameType | None:
    """Find the frame of a class statement; functions, of metaclasses for instance, may lie between."""
    path = owner.__qualname__.replace(".<locals>", "").split(".")
    around = path[-2] if len(path) > 1 else "<module>"
    caller = frame
    while frame is not None:
        if frame.f_globals.get("__name__") == owner.__module__ and frame.f_code.co_name == around:
            return frame
        frame = frame.f_back
    return caller if caller is not None and caller.f_globals.get("__name__") == owner.__module__ else None


def _is_function(frame: types.FrameType) -> bool:
    return bool(frame.f_code.co_flags & _OF_FUNCTIONS)


def _names_of(module: str) -> Mapping[str, object]:
    return vars(sys.modules[module]) if module in sys.modules else {}


def _body(cls: type) -> Mapping[str, object]:
    """Return the names of a class: those that its annotations captured, its own, its type parameters."""
    parameters = {parameter.__name__: parameter for parameter in cls.__dict__.get("__type_params__", ())}
    return {**_captured(cls), cls.__name__: cls, **parameters, **vars(cls)}


def _captured(cls: type) -> Mapping[str, object]:
    """Return the names of the functions around a class that its annotations keep, from Python 3.14 on."""
    annotate = getattr(cls, "__annotate__", None) if sys.version_info >= (3, 14) else None
    captured: dict[str, Any] = {}
    for name, cell in zip(*_cells(annotate), strict=True):
        try:
            captured[name] = cell.cell_contents
        except ValueError:  # empty: not defined yet
            continue
    return captured


def _cells(function: Any) -> tuple[tuple[str, ...], tuple[types.CellType, ...]]:
    closure = getattr(function, "__closure__", None)
    return (function.__code__.co_freevars, closure) if closure else ((), ())


def _may_be_type(value: object) -> bool:
    """Return whether an annotation may mean a value: a default or a method it cannot mean."""
    return isinstance(value, (type, types.ModuleType, types.GenericAlias, types.UnionType, TypeVar)) or (
        type(value).__module__ in ("typing", "typing_extensions")
    )


def _is_exception(value: object) -> bool:
    return isinstance(value, type) and issubclass(value, BaseException)

"""Annotations of a class body, evaluated though the classes they name may not be defined yet."""

from __future__ import annotations

import builtins
import inspect
import sys
from collections.abc import Mapping
from typing import Any, ClassVar, Union, get_origin

from weaviate_orm.exceptions import MappingError


class Undefined:
    """Stands for a name that an annotation uses before it is defined."""

    def __init__(self, name: str) -> None:
        self.name = name

    def __repr__(self) -> str:
        return self.name

    def __call__(self) -> None:
        """Typing accepts only callables as parts of a union."""

    def __or__(self, other: Any) -> Any:
        return Union[self, other]

    def __ror__(self, other: Any) -> Any:
        return Union[other, self]

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        return Undefined(name)


class _Names(dict[str, Any]):
    """What names in an annotation mean: the namespaces in their order, then an Undefined."""

    def __init__(self, *namespaces: Mapping[str, Any]) -> None:
        super().__init__()
        self._namespaces = namespaces

    def __missing__(self, name: str) -> Any:
        for namespace in self._namespaces:
            if name in namespace:
                return namespace[name]
        return Undefined(name)


def own_annotations(cls: type) -> dict[str, Any]:
    """The annotations that a class itself declares, as written."""
    if sys.version_info >= (3, 14):
        import annotationlib

        return annotationlib.get_annotations(cls, format=annotationlib.Format.STRING)
    return inspect.get_annotations(cls)


def evaluate(annotation: Any, owner: type, enclosing: Mapping[str, Any]) -> Any:
    """The type that an annotation of ``owner`` means; ``enclosing`` are the locals of the function around the class.

    Raises MappingError when it cannot be read as a type.
    """
    if not isinstance(annotation, str):
        return annotation
    module = sys.modules.get(owner.__module__)
    names = _Names(enclosing, vars(module) if module is not None else {}, vars(builtins))
    try:
        return eval(annotation, {}, names)  # the class body's own text, as typing.get_type_hints does
    except Exception as error:
        raise MappingError(f"{owner.__name__}: the annotation {annotation!r} cannot be read: {error}") from error


def is_class_variable(annotation: Any) -> bool:
    """Whether it is ``ClassVar`` or ``ClassVar[…]``."""
    return annotation is ClassVar or get_origin(annotation) is ClassVar

"""Which models there are, so that references may name classes that are defined later."""

from __future__ import annotations

import weakref
from typing import Any

from weaviate_orm.exceptions import MappingError

_models: dict[str, list[weakref.ref[Any]]] = {}


def register(model: type) -> None:
    """Register a class under its name."""
    references = _models.setdefault(model.__name__, [])
    references[:] = [reference for reference in references if reference() is not None]
    references.append(weakref.ref(model))


def registered() -> list[Any]:
    """Return all models in the order of their definition; of two with the same qualified name, the later."""
    definitions: dict[tuple[str, str], Any] = {}
    for models in _models.values():
        for reference in models:
            model = reference()
            if model is not None:
                definitions.pop((model.__module__, model.__qualname__), None)
                definitions[model.__module__, model.__qualname__] = model
    return list(definitions.values())


def is_same(model: Any, other: Any) -> bool:
    """Return whether two classes are the same, or definitions of the same: a notebook's cell may have been run again.

    Classes that functions make are different each time.
    """
    if model is other:
        return True
    place = getattr(other, "__module__", None), getattr(other, "__qualname__", None)
    return (model.__module__, model.__qualname__) == place and "<locals>" not in model.__qualname__


def latest(model: object) -> object:
    """Return the latest definition of a class."""
    definitions = [reference() for reference in _models.get(getattr(model, "__name__", ""), ())]
    return next(
        (definition for definition in reversed(definitions) if definition is not None and is_same(definition, model)),
        model,
    )


def find(name: str, owner: type) -> object:
    """Find the latest model of a name: in the function or module of ``owner`` first.

    Raises MappingError when there is none, or when several other modules have one.
    """
    candidates = [model for model in (reference() for reference in _models.get(name, ())) if model is not None]
    same_module = [model for model in candidates if model.__module__ == owner.__module__]
    scope = owner.__qualname__.rpartition(".")[0]
    same_scope = [model for model in same_module if model.__qualname__.rpartition(".")[0] == scope]
    for nearest in (same_scope, same_module):
        if nearest:
            return nearest[-1]
    modules = {model.__module__ for model in candidates}
    if len(modules) > 1:
        places = ", ".join(sorted(modules))
        raise MappingError(
            f"{owner.__name__} refers to {name!r}, and several modules define one: {places}; import the one meant"
        )
    if not candidates:
        raise MappingError(
            f"{owner.__name__} refers to {name!r}, and no such model is defined; define or import it first"
        )
    return candidates[-1]

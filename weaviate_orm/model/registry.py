"""Which models there are, so that references may name classes that are defined later."""

from __future__ import annotations

import weakref
from typing import Any

from weaviate_orm.exceptions import MappingError

_models: dict[str, list[weakref.ref[Any]]] = {}


def register(model: type) -> None:
    """Make a class known by its name."""
    known = _models.setdefault(model.__name__, [])
    known[:] = [each for each in known if each() is not None]
    known.append(weakref.ref(model))


def registered() -> list[Any]:
    """All models, in the order of their definition; of two with one qualified name, the later."""
    found: dict[tuple[str, str], Any] = {}
    for models in _models.values():
        for each in models:
            model = each()
            if model is not None:
                found.pop((model.__module__, model.__qualname__), None)
                found[model.__module__, model.__qualname__] = model
    return list(found.values())


def is_same(model: Any, other: Any) -> bool:
    """Whether two classes are one, or definitions of one: a cell of a notebook may have been run again.

    Classes that functions make are different each time.
    """
    if model is other:
        return True
    place = getattr(other, "__module__", None), getattr(other, "__qualname__", None)
    return (model.__module__, model.__qualname__) == place and "<locals>" not in model.__qualname__


def latest(model: object) -> object:
    """The latest definition of a class."""
    known = [each() for each in _models.get(getattr(model, "__name__", ""), ())]
    return next((each for each in reversed(known) if each is not None and is_same(each, model)), model)


def find(name: str, owner: type) -> object:
    """The model of a name, as ``owner`` means it: of its own function or module first, the latest definition of it.

    Raises MappingError when there is none, or when several other modules have one.
    """
    candidates = [model for model in (each() for each in _models.get(name, ())) if model is not None]
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

"""The identity map: one object for one id of one class, held weakly."""

from __future__ import annotations

import weakref
from collections.abc import Hashable, Iterable, Iterator, Mapping
from typing import Any, Generic, TypeVar

from weaviate_orm.model.state import state_of

K = TypeVar("K", bound=Hashable)

_TOLERANCE = 1000
"""Dead references tolerated before a sweep."""


class WeakObjects(Generic[K]):
    """Objects by a key, held weakly.

    A WeakValueDictionary has references of its own, each with a callback; these references are the object's shared
    one.
    """

    __slots__ = ("_limit", "_references")

    def __init__(self) -> None:
        self._references: dict[K, weakref.ref[Any]] = {}
        self._limit = _TOLERANCE

    def get(self, key: K) -> Any:
        """Return the object of a key, or None."""
        reference = self._references.get(key)
        return reference() if reference is not None else None

    def get_all(self, keys: Iterable[K]) -> dict[K, Any]:
        """Return the objects of the keys that have one."""
        if not self._references:
            return {}
        return {key: instance for key in keys if (instance := self.get(key)) is not None}

    def put(self, key: K, instance: Any) -> None:
        """Hold an object."""
        self._references[key] = weakref.ref(instance)
        if len(self._references) > self._limit:
            self._sweep()

    def put_all(self, instances: Mapping[K, Any]) -> None:
        """Hold objects by their keys."""
        self._references.update(zip(instances, map(weakref.ref, instances.values()), strict=True))
        if len(self._references) > self._limit:
            self._sweep()

    def remove(self, key: K, instance: Any) -> None:
        """Remove an object; another that took the key stays."""
        if self.get(key) is instance:
            del self._references[key]

    def clear(self) -> None:
        """Remove all objects."""
        self._references.clear()

    def _sweep(self) -> None:
        # cheaper than a callback for each object
        self._references = {key: reference for key, reference in self._references.items() if reference() is not None}
        self._limit = 2 * len(self._references) + _TOLERANCE

    def __iter__(self) -> Iterator[Any]:
        references = list(self._references.values())
        return (instance for reference in references if (instance := reference()) is not None)


class IdentityMap:
    """The stored objects of a session."""

    def __init__(self) -> None:
        self._classes: dict[tuple[type, str | None], WeakObjects[str]] = {}

    def of(self, model: type, tenant: str | None = None) -> WeakObjects[str]:
        """Return the objects of one class, and of one tenant if it has tenants, by id."""
        objects = self._classes.get((model, tenant))
        if objects is None:
            objects = self._classes[model, tenant] = WeakObjects()
        return objects

    def like(self, instance: Any) -> WeakObjects[str]:
        """Return the objects of the class and the tenant of an instance, by id."""
        return self.of(type(instance), state_of(instance).tenant)

    def __iter__(self) -> Iterator[Any]:
        return (instance for objects in self._classes.values() for instance in objects)

    def __len__(self) -> int:
        return sum(1 for _ in self)

    @property
    def is_unused(self) -> bool:
        """Whether nothing was looked up or held yet; quicker than counting the objects."""
        return not self._classes

    def clear(self) -> None:
        """Remove all objects."""
        self._classes.clear()

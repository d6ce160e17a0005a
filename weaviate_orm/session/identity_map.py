"""The identity map: one object for one id of one class, held weakly."""

from __future__ import annotations

import weakref
from collections.abc import Hashable, Iterable, Iterator, Mapping
from typing import Any, Generic, TypeVar

from weaviate_orm.model.state import state_of

K = TypeVar("K", bound=Hashable)

_FEW = 1000
"""So many references to objects that are gone may always be kept."""


class WeakObjects(Generic[K]):
    """Objects by a key. What nobody else holds is let go.

    A WeakValueDictionary needs references of its own, with a callback each; these are shared by all that hold an object
    weakly.
    """

    __slots__ = ("_most", "_references")

    def __init__(self) -> None:
        self._references: dict[K, weakref.ref[Any]] = {}
        self._most = _FEW

    def get(self, key: K) -> Any:
        """The object, or None."""
        reference = self._references.get(key)
        return reference() if reference is not None else None

    def known(self, keys: Iterable[K]) -> dict[K, Any]:
        """Those of some objects that are there."""
        if not self._references:
            return {}
        return {key: instance for key in keys if (instance := self.get(key)) is not None}

    def put(self, key: K, instance: Any) -> None:
        """Hold an object."""
        self._references[key] = weakref.ref(instance)
        if len(self._references) > self._most:
            self._sweep()

    def put_all(self, instances: Mapping[K, Any]) -> None:
        """Hold objects by their keys."""
        self._references.update(zip(instances, map(weakref.ref, instances.values()), strict=True))
        if len(self._references) > self._most:
            self._sweep()

    def remove(self, key: K, instance: Any) -> None:
        """Forget an object; another one that took the key stays."""
        if self.get(key) is instance:
            del self._references[key]

    def clear(self) -> None:
        """Forget all of them."""
        self._references.clear()

    def _sweep(self) -> None:
        # now and then: a callback for each object that goes takes longer
        self._references = {key: reference for key, reference in self._references.items() if reference() is not None}
        self._most = 2 * len(self._references) + _FEW

    def __iter__(self) -> Iterator[Any]:
        references = list(self._references.values())
        return (instance for each in references if (instance := each()) is not None)


class IdentityMap:
    """The objects that a session knows to be stored."""

    def __init__(self) -> None:
        self._classes: dict[tuple[type, str | None], WeakObjects[str]] = {}

    def of(self, model: type, tenant: str | None = None) -> WeakObjects[str]:
        """The objects of one class by id, and of one tenant where it has tenants: each has ids of its own."""
        found = self._classes.get((model, tenant))
        if found is None:
            found = self._classes[model, tenant] = WeakObjects()
        return found

    def like(self, instance: Any) -> WeakObjects[str]:
        """The objects of the class and the tenant of an instance."""
        return self.of(type(instance), state_of(instance).tenant)

    def __iter__(self) -> Iterator[Any]:
        return (instance for each in self._classes.values() for instance in each)

    def __len__(self) -> int:
        return sum(1 for _ in self)

    @property
    def is_unused(self) -> bool:
        """Whether nothing was looked for or held yet; quicker than to count what still is."""
        return not self._classes

    def clear(self) -> None:
        """Forget all of them."""
        self._classes.clear()

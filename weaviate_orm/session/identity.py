"""The identity map: one object for one id of one class, held weakly."""

from __future__ import annotations

import weakref
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from weaviate_orm.model.state import state_of

_FEW = 1000
"""So many references to objects that are gone may always be kept."""


class ClassIdentities:
    """The objects of one class, by id. What nobody else holds is let go."""

    __slots__ = ("_most", "_references")

    def __init__(self) -> None:
        self._references: dict[str, weakref.ref[Any]] = {}
        self._most = _FEW

    def get(self, id: str) -> Any:
        """The object, or None."""
        reference = self._references.get(id)
        return reference() if reference is not None else None

    def known(self, ids: Iterable[str]) -> dict[str, Any]:
        """Those of some objects that are there."""
        if not self._references:
            return {}
        return {id: instance for id in ids if (instance := self.get(id)) is not None}

    def put(self, id: str, instance: Any) -> None:
        """Keep an object under an id."""
        self.put_all({id: instance})

    def put_all(self, instances: Mapping[str, Any]) -> None:
        """Keep objects under their ids."""
        self._references.update(zip(instances, map(weakref.ref, instances.values()), strict=True))
        if len(self._references) > self._most:
            # swept now and then: a callback for each object that goes takes longer
            self._references = {id: each for id, each in self._references.items() if each() is not None}
            self._most = 2 * len(self._references) + _FEW

    def remove(self, id: str, instance: Any) -> None:
        """Forget an object; another one that took the id stays."""
        if self.get(id) is instance:
            del self._references[id]

    def __iter__(self) -> Iterator[Any]:
        references = list(self._references.values())
        return (instance for each in references if (instance := each()) is not None)


class IdentityMap:
    """The objects that a session knows to be stored."""

    def __init__(self) -> None:
        self._classes: dict[tuple[type, str | None], ClassIdentities] = {}

    def of(self, model: type, tenant: str | None = None) -> ClassIdentities:
        """The objects of one class, and of one tenant where it has tenants: each has ids of its own."""
        found = self._classes.get((model, tenant))
        if found is None:
            found = self._classes[model, tenant] = ClassIdentities()
        return found

    def like(self, instance: Any) -> ClassIdentities:
        """The objects of the class and the tenant of an instance."""
        return self.of(type(instance), state_of(instance).tenant)

    def __iter__(self) -> Iterator[Any]:
        return (instance for each in self._classes.values() for instance in each)

    def __len__(self) -> int:
        return sum(1 for _ in self)

    def clear(self) -> None:
        """Forget all of them."""
        self._classes.clear()

"""The identity map: one object for one id of one class, held weakly."""

from __future__ import annotations

import weakref
from collections.abc import Iterator
from typing import Any

from weaviate_orm.model.state import state_of


class _Entry(weakref.ref[Any]):
    """A weak reference that knows under which id it is kept."""

    __slots__ = ("id",)
    id: str


class ClassIdentities:
    """The objects of one class, by id. What nobody else holds is let go."""

    __slots__ = ("_drop", "_entries")

    def __init__(self) -> None:
        entries: dict[str, _Entry] = {}

        def drop(entry: _Entry) -> None:
            # another object may have taken the id since
            if entries.get(entry.id) is entry:
                del entries[entry.id]

        self._entries = entries
        self._drop = drop

    def get(self, id: str) -> Any:
        """The object, or None."""
        entry = self._entries.get(id)
        return entry() if entry is not None else None

    def put(self, id: str, instance: Any) -> None:
        """Keep an object under an id."""
        entry = _Entry(instance, self._drop)
        entry.id = id
        self._entries[id] = entry

    def remove(self, id: str, instance: Any) -> None:
        """Forget an object; another one that took the id stays."""
        if self.get(id) is instance:
            del self._entries[id]

    def __iter__(self) -> Iterator[Any]:
        return (instance for entry in list(self._entries.values()) if (instance := entry()) is not None)


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

"""What an object brings with it into a session: the objects that it refers to."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from weaviate_orm.model.model import Model
from weaviate_orm.model.state import Status, state_of

_OUTSIDE = (Status.TRANSIENT, Status.DETACHED)
_FOLLOWED = (*_OUTSIDE, Status.PENDING)


def outside_within(roots: Iterable[Any]) -> Iterator[tuple[Any, Any]]:
    """The roots that no session knows, and all such objects reached from the roots by references; each once.

    Each comes with the object that led to it, which came before it, or None.
    """
    waiting: list[tuple[Any, Any]] = [(instance, None) for instance in roots]
    waiting.reverse()
    seen = {id(instance) for instance, _ in waiting}
    while waiting:
        instance, by = waiting.pop()
        if state_of(instance).status in _OUTSIDE:
            yield instance, by
        for target in referred(instance):
            # what is no object at all is refused with the value as a whole
            if id(target) not in seen and isinstance(target, Model) and state_of(target).status in _FOLLOWED:
                seen.add(id(target))
                waiting.append((target, instance))


def referred(instance: Any) -> Iterator[Any]:
    """The objects that the loaded references of an instance lead to, and those that joined the others."""
    values = instance.__dict__
    for attribute in instance.__mapper__.reference_names:
        value = values.get(attribute)
        if isinstance(value, (list, tuple)):
            yield from value
        elif value is not None:
            yield value
    for changes in state_of(instance).link_changes.values():
        yield from changes.added.values()

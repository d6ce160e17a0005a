"""What a new object brings with it: the objects that it refers to."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from weaviate_orm.model.state import Status, state_of


def transient_within(roots: Iterable[Any]) -> Iterator[Any]:
    """The roots that no session knows, and all such objects reached from the roots by references; each once."""
    waiting = list(roots)
    waiting.reverse()
    seen = {id(instance) for instance in waiting}
    while waiting:
        instance = waiting.pop()
        if state_of(instance).status is Status.TRANSIENT:
            yield instance
        for target in referred(instance):
            if id(target) not in seen and state_of(target).status in (Status.TRANSIENT, Status.PENDING):
                seen.add(id(target))
                waiting.append(target)


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

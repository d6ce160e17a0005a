"""Operations of a flush that need others: references need both their objects, deletions need no referrers."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence
from itertools import groupby
from typing import Any

from weaviate_orm.exceptions import NotFoundError, NotSentError, describe
from weaviate_orm.model.state import Link, state_of
from weaviate_orm.session.flush.delete_rules import rules_for
from weaviate_orm.session.flush.plan import (
    AppendReference,
    Create,
    Delete,
    Merge,
    Operation,
    RemoveReference,
    ReplaceReferences,
)
from weaviate_orm.session.request_options import Address, address


class Dependencies:
    """The failures of a flush so far, and the operations that they prevent."""

    def __init__(self) -> None:
        self._missing: dict[Address, Exception] = {}
        # by the address of the target; its id is None where the stored targets are not loaded
        self._referring: dict[tuple[str, str | None, str | None], tuple[Any, Exception]] = {}

    def __bool__(self) -> bool:
        """Return whether any operation may be prevented."""
        return bool(self._missing or self._referring)

    def failed(self, operation: Operation, reason: Exception) -> None:
        """Record a failed operation, before the state of its instance changes."""
        if isinstance(operation, Create):
            self.missing(address(operation.instance), reason)
        elif not isinstance(reason, NotFoundError):  # a deleted object refers to nothing
            tenant = state_of(operation.instance).tenant
            for collection, id in _still_referred(operation):
                for within in (tenant, None):
                    self._referring.setdefault((collection, id, within), (operation.instance, reason))

    def missing(self, place: Address, reason: Exception) -> None:
        """Record an object that is not stored."""
        self._missing[place] = reason

    def obstacle(self, operation: Operation) -> NotSentError | None:
        """Return the error of an operation that a failed one prevents; or None."""
        if isinstance(operation, Delete):
            collection, id, tenant = address(operation.instance)
            for key in ((collection, id, tenant), (collection, None, tenant)):
                referrer, reason = self._referring.get(key, (operation.instance, None))
                if referrer is not operation.instance:
                    return NotSentError(f"not sent, because {describe(referrer)} still refers to it: {reason}")
            return None
        for place in _needed(operation) if self._missing else ():
            if place in self._missing:
                return NotSentError(f"not sent, because {place[0]} {place[1]} is not stored: {self._missing[place]}")
        return None


def in_order(deletes: Iterable[Delete]) -> list[list[Delete]]:
    """Group deletions by class and tenant; a class comes before those that its references with rules lead to."""
    groups = [list(group) for _, group in groupby(sorted(deletes, key=_place), key=_place)]
    ordered: list[list[Delete]] = []
    while groups:
        models = {type(group[0].instance) for group in groups}
        # in a circle of classes, any comes first
        first = next((group for group in groups if not _is_led_to(type(group[0].instance), models)), groups[0])
        groups.remove(first)
        ordered.append(first)
    return ordered


def _is_led_to(model: type, others: Collection[type]) -> bool:
    return len(others) > 1 and any(
        rule.entity.model is not model and rule.entity.model in others for rule in rules_for(model)
    )


def _place(delete: Delete) -> tuple[str, str]:
    collection, _, tenant = address(delete.instance)
    return collection, tenant or ""


def _needed(operation: Operation) -> Iterator[Address]:
    """Iterate over the objects that an operation needs. Targets belong to the same tenant, or to none."""
    yield address(operation.instance)
    tenant = state_of(operation.instance).tenant
    targets: tuple[Link, ...] = ()
    if isinstance(operation, ReplaceReferences):
        targets = operation.targets
    elif isinstance(operation, AppendReference):
        targets = (operation.target,)
    for target in targets:
        yield (*target, tenant)
        yield (*target, None)


def _still_referred(operation: Operation) -> Iterator[tuple[str, str | None]]:
    """Iterate over the links that an operation would have removed; the id is None if the stored ones are not loaded."""
    if isinstance(operation, RemoveReference):
        yield operation.target
    elif isinstance(operation, ReplaceReferences):
        yield from _replaced(operation.instance, operation.attribute, operation.targets)
    elif isinstance(operation, Merge):
        for attribute in operation.cleared:
            yield from _replaced(operation.instance, attribute, ())
    elif isinstance(operation, Delete):
        declared = operation.instance.__mapper__.declared_references
        for attribute, links in state_of(operation.instance).links.items():
            if declared[attribute].options.on_delete != "nothing":
                yield from links


def _replaced(instance: Any, attribute: str, targets: Sequence[Link]) -> Iterator[tuple[str, str | None]]:
    state = state_of(instance)
    before = state.links.get(attribute)
    if before is None:
        reference = instance.__mapper__.entity.references[attribute]
        yield from ((target.collection.name, None) for target in reference.targets)
        return
    for link in (*before, *(link for name, link in state.doubtful if name == attribute)):
        if link not in targets:
            yield link

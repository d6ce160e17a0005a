"""Which operations of a flush need others: references need the objects at their ends, deletions that none refers."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence
from itertools import groupby
from typing import Any

from weaviate_orm.exceptions import NotFoundError, NotSentError, describe
from weaviate_orm.model.state import Link, state_of
from weaviate_orm.session.flush.delete_rules import rules_for
from weaviate_orm.session.flush.plan import (
    AddReference,
    Create,
    Delete,
    Merge,
    Operation,
    RemoveReference,
    ReplaceReferences,
)
from weaviate_orm.session.request_options import Address, address


class Dependencies:
    """What has failed of a flush so far, and so what cannot be done of the rest."""

    def __init__(self) -> None:
        self._missing: dict[Address, Exception] = {}
        # by the objects that are still referred to; by a collection and no id where it is not known to which
        self._referring: dict[tuple[str, str | None, str | None], tuple[Any, Exception]] = {}

    def __bool__(self) -> bool:
        """Whether anything can stand in the way of an operation."""
        return bool(self._missing or self._referring)

    def failed(self, operation: Operation, reason: Exception) -> None:
        """Note an operation that failed, before anything is changed that is known of its object."""
        if isinstance(operation, Create):
            self.missing(address(operation.instance), reason)
        elif not isinstance(reason, NotFoundError):  # what is gone refers to nothing
            tenant = state_of(operation.instance).tenant
            for collection, id in _still_referred(operation):
                for within in (tenant, None):
                    self._referring.setdefault((collection, id, within), (operation.instance, reason))

    def missing(self, place: Address, reason: Exception) -> None:
        """Note an object that is not stored."""
        self._missing[place] = reason

    def obstacle(self, operation: Operation) -> NotSentError | None:
        """The error of an operation that cannot be done, because of one that failed; or None."""
        if isinstance(operation, Delete):
            collection, id, tenant = address(operation.instance)
            for key in ((collection, id, tenant), (collection, None, tenant)):
                referrer, reason = self._referring.get(key, (operation.instance, None))
                if referrer is not operation.instance:
                    return NotSentError(f"not sent, because {describe(referrer)} still refers to it: {reason}")
            return None
        for end in _ends(operation) if self._missing else ():
            if end in self._missing:
                return NotSentError(f"not sent, because {end[0]} {end[1]} is not stored: {self._missing[end]}")
        return None


def in_order(deletes: Iterable[Delete]) -> list[list[Delete]]:
    """The deletions of each class and tenant; those of a class come before what references of it with rules lead to."""
    groups = [list(group) for _, group in groupby(sorted(deletes, key=_place), key=_place)]
    ordered: list[list[Delete]] = []
    while groups:
        models = {type(each[0].instance) for each in groups}
        # in a circle of classes, none comes first
        first = next((each for each in groups if not _is_led_to(type(each[0].instance), models)), groups[0])
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


def _ends(operation: Operation) -> Iterator[Address]:
    """The objects that must be there for an operation. Targets are of the same tenant, or of none."""
    yield address(operation.instance)
    tenant = state_of(operation.instance).tenant
    targets: tuple[Link, ...] = ()
    if isinstance(operation, ReplaceReferences):
        targets = operation.targets
    elif isinstance(operation, AddReference):
        targets = (operation.target,)
    for target in targets:
        yield (*target, tenant)
        yield (*target, None)


def _still_referred(operation: Operation) -> Iterator[tuple[str, str | None]]:
    """What an operation would have let its object refer to no longer; no id where it is not known what that was."""
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

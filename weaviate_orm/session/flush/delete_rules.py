"""The ``on_delete`` rules of references: objects to delete as well, references to clear, deletions to deny."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import groupby
from typing import Any

import attrs

from weaviate_orm.batch.engine import batched
from weaviate_orm.exceptions import DeleteDeniedError, MappingError
from weaviate_orm.model.backrefs import targets_of
from weaviate_orm.model.field_options import OnDelete
from weaviate_orm.model.identity import id_of
from weaviate_orm.model.registry import registered
from weaviate_orm.model.state import state_of, value_of
from weaviate_orm.operators import Operator
from weaviate_orm.query.entity import Entity, Reference, leads_out
from weaviate_orm.query.filters import Comparison, Path
from weaviate_orm.query.query import Query, Selection

Select = Callable[[Query], Sequence[Any]]
"""Runs a query without autoflush."""

IDS_PER_QUERY = 1_000


@attrs.frozen
class _Rule:
    """A reference with an ``on_delete`` rule."""

    entity: Entity
    reference: Reference
    on_delete: OnDelete

    def query(self, target: Any, tenant: str | None, ids: Sequence[str]) -> Query:
        """Return a query for the objects that refer to targets, by the ids of these."""
        where = Comparison(
            Path(self.entity, ((self.reference, target.__mapper__.entity),), "id"), Operator.CONTAINS_ANY, list(ids)
        )
        loaded = Selection(on_error="defer").including((self.reference,))
        return Query(self.entity, where=where, selection=loaded, tenant=tenant)


@attrs.frozen
class Consequences:
    """Further objects to delete, and references to clear, each as an instance and an attribute."""

    cascaded: tuple[Any, ...]
    cleared: tuple[tuple[Any, str], ...]


def consequences_of(deleted: Iterable[Any], pending: Sequence[Any], select: Select) -> Consequences:
    """Follow the rules of all references to deleted objects, once for an object, so that circles end.

    Args:
        deleted: the objects that a session deletes.
        pending: the objects of the session whose references may differ from the server's, and count instead of those.
        select: runs a query without autoflush.

    Raises DeleteDeniedError when a remaining reference denies the deletion; nothing is changed.
    """
    doomed = {id(instance): instance for instance in deleted}
    roots = set(doomed)
    denied: list[tuple[Any, str, Any]] = []
    cleared: dict[tuple[int, str], tuple[Any, str]] = {}
    wave = list(doomed.values())
    while wave:
        cascaded: dict[int, Any] = {}
        for rule, referrer, target in _referrers(wave, pending, select):
            if rule.on_delete == "cascade":
                cascaded[id(referrer)] = referrer
            elif rule.on_delete == "clear":
                cleared[id(referrer), rule.reference.attribute] = referrer, rule.reference.attribute
            else:
                denied.append((referrer, rule.reference.attribute, target))
        wave = [instance for key, instance in cascaded.items() if key not in doomed]
        doomed |= {id(instance): instance for instance in wave}
    remaining = [denial for denial in denied if id(denial[0]) not in doomed]
    if remaining:
        raise DeleteDeniedError(remaining)
    return Consequences(
        cascaded=tuple(instance for key, instance in doomed.items() if key not in roots),
        cleared=tuple((instance, attribute) for instance, attribute in cleared.values() if id(instance) not in doomed),
    )


def clear_references(cleared: Iterable[tuple[Any, str]], deleted: Iterable[Any]) -> None:
    """Remove deleted objects from references."""
    removed = set(map(id, deleted))
    for instance, attribute in cleared:
        value = value_of(instance, attribute)
        if isinstance(value, (list, tuple)):
            setattr(instance, attribute, [target for target in value if id(target) not in removed])
        else:
            setattr(instance, attribute, None)


def _referrers(wave: Sequence[Any], pending: Sequence[Any], select: Select) -> Iterator[tuple[_Rule, Any, Any]]:
    """Iterate over the references with a rule that lead to a wave of deletions: the rule, the referrer, the target."""
    for _, group in groupby(sorted(wave, key=_place), key=_place):
        targets = list(group)
        by_id = {id(target): target for target in targets}
        for rule in rules_for(type(targets[0])):
            for referrer in _candidates(rule, targets, pending, select):
                # the session's values are newer than the server's
                for target in targets_of(vars(referrer).get(rule.reference.attribute)):
                    if id(target) in by_id:
                        yield rule, referrer, target


def _candidates(rule: _Rule, targets: Sequence[Any], pending: Sequence[Any], select: Select) -> Iterable[Any]:
    """Return the objects that may refer to targets of one class and tenant: pending ones, and the server's."""
    candidates = {id(instance): instance for instance in pending if type(instance) is rule.entity.model}
    for part in batched(targets, IDS_PER_QUERY):
        ids = [id_of(target) for target in part]
        query = rule.query(targets[0], state_of(targets[0]).tenant, ids)
        candidates |= {id(instance): instance for instance in select(query)}
    return candidates.values()


def _place(instance: Any) -> tuple[str, str]:
    return type(instance).__qualname__, state_of(instance).tenant or ""


def rules_for(target: type) -> list[_Rule]:
    """Return the rules of all references that lead to a class."""
    rules = []
    for model in registered():
        mapper = model.__mapper__
        for declared in mapper.declared_references.values():
            on_delete: OnDelete = declared.options.on_delete
            if on_delete == "nothing" or not declared.may_lead_to(target):
                continue
            reference = mapper.entity.references[declared.attribute]
            if not any(entity.model is target for entity in reference.targets):
                continue
            if leads_out(mapper.entity, reference):
                raise MappingError(
                    f"{mapper.label}.{declared.attribute}: on_delete={on_delete!r} needs targets of the same tenant; "
                    f"objects of other tenants that refer to {target.__name__} cannot be found"
                )
            rules.append(_Rule(mapper.entity, reference, on_delete))
    return rules

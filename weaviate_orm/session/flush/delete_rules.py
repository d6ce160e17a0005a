"""What becomes of the objects that refer to deleted ones: ``on_delete`` of their references."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import groupby
from typing import Any

import attrs

from weaviate_orm.batch.engine import batched
from weaviate_orm.exceptions import DeleteDeniedError, MappingError
from weaviate_orm.model.backrefs import targets_of
from weaviate_orm.model.field_options import OnDelete
from weaviate_orm.model.registry import registered
from weaviate_orm.model.state import state_of, value_of
from weaviate_orm.operators import Operator
from weaviate_orm.query.entity import Entity, Reference, leads_out
from weaviate_orm.query.filters import Comparison, Path
from weaviate_orm.query.query import Query, Selection

Select = Callable[[Query], Sequence[Any]]
"""Runs a query without flushing first."""

IDS_AT_ONCE = 1_000


@attrs.frozen
class _Rule:
    """A reference that says what becomes of its objects."""

    entity: Entity
    reference: Reference
    on_delete: OnDelete

    def query(self, target: Any, tenant: str | None, ids: Sequence[str]) -> Query:
        """The objects that refer to some of a class, by their ids."""
        where = Comparison(
            Path(self.entity, ((self.reference, target.__mapper__.entity),), "id"), Operator.CONTAINS_ANY, list(ids)
        )
        loaded = Selection(on_error="defer").including((self.reference,))
        return Query(self.entity, where=where, selection=loaded, tenant=tenant)


@attrs.frozen
class Consequences:
    """What deletions bring with them: more objects to be deleted, and references to be cleared of objects."""

    cascaded: tuple[Any, ...]
    cleared: tuple[tuple[Any, str], ...]


def consequences_of(deleted: Iterable[Any], pending: Sequence[Any], select: Select) -> Consequences:
    """Follow the rules of all references that lead to deleted objects, each object once, so that circles end.

    ``pending`` are the session's objects whose references may not be as the server has them; what they hold counts.

    Raises DeleteDeniedError when a reference that denies it is left; nothing is changed.
    """
    doomed = {id(each): each for each in deleted}
    first = set(doomed)
    denied: list[tuple[Any, str, Any]] = []
    cleared: dict[tuple[int, str], tuple[Any, str]] = {}
    wave = list(doomed.values())
    while wave:
        following: dict[int, Any] = {}
        for rule, referrer, target in _referrers(wave, pending, select):
            if rule.on_delete == "cascade":
                following[id(referrer)] = referrer
            elif rule.on_delete == "clear":
                cleared[id(referrer), rule.reference.attribute] = referrer, rule.reference.attribute
            else:
                denied.append((referrer, rule.reference.attribute, target))
        wave = [each for key, each in following.items() if key not in doomed]
        doomed |= {id(each): each for each in wave}
    standing = [each for each in denied if id(each[0]) not in doomed]
    if standing:
        raise DeleteDeniedError(standing)
    return Consequences(
        cascaded=tuple(each for key, each in doomed.items() if key not in first),
        cleared=tuple(each for each in cleared.values() if id(each[0]) not in doomed),
    )


def clear_references(cleared: Iterable[tuple[Any, str]], deleted: Iterable[Any]) -> None:
    """Take deleted objects out of references."""
    gone = {id(each) for each in deleted}
    for instance, attribute in cleared:
        value = value_of(instance, attribute)
        if isinstance(value, (list, tuple)):
            setattr(instance, attribute, [each for each in value if id(each) not in gone])
        else:
            setattr(instance, attribute, None)


def _referrers(wave: Sequence[Any], pending: Sequence[Any], select: Select) -> Iterator[tuple[_Rule, Any, Any]]:
    """The objects that refer to some of a wave by a reference with a rule, each with the rule and what it refers to."""

    def place(instance: Any) -> tuple[str, str]:
        return type(instance).__qualname__, state_of(instance).tenant or ""

    for _, group in groupby(sorted(wave, key=place), key=place):
        targets = list(group)
        model, tenant = type(targets[0]), state_of(targets[0]).tenant
        by_id = {id(each): each for each in targets}
        for rule in rules_for(model):
            found = {id(each): each for each in pending if type(each) is rule.entity.model}
            for part in batched(targets, IDS_AT_ONCE):
                ids = [each.__mapper__.id_of(each) for each in part]
                found |= {id(each): each for each in select(rule.query(targets[0], tenant, ids))}
            for referrer in found.values():
                # what the session holds is newer than what the server found
                for target in targets_of(vars(referrer).get(rule.reference.attribute)):
                    if id(target) in by_id:
                        yield rule, referrer, target


def rules_for(target: type) -> list[_Rule]:
    """What all references that lead to a class say of its objects' end."""
    rules = []
    for model in registered():
        mapper = model.__mapper__
        for declared in mapper.declared_references.values():
            on_delete: OnDelete = declared.options.on_delete
            if on_delete == "nothing" or not declared.may_lead_to(target):
                continue
            reference = mapper.entity.references[declared.attribute]
            if not any(each.model is target for each in reference.targets):
                continue
            if leads_out(mapper.entity, reference):
                raise MappingError(
                    f"{mapper.label}.{declared.attribute}: on_delete={on_delete!r} needs targets of the same tenant; "
                    f"who refers to {target.__name__} from other tenants cannot be found"
                )
            rules.append(_Rule(mapper.entity, reference, on_delete))
    return rules

"""What a flush cannot send: objects that are refused here, and several of one id."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Literal, get_args

import attrs

from weaviate_orm.exceptions import ConfigurationError, SessionError, ValidationError, describe
from weaviate_orm.session.flush.plan import Create, OnDuplicate, plan_flush, twins_error
from weaviate_orm.session.request_options import Address, address
from weaviate_orm.session.unit_of_work import UnitOfWork

REFUSALS = (ValidationError, SessionError)
"""What planning raises because of one object."""


@attrs.frozen
class Refused:
    """An object that cannot be sent; ``is_missing``: so the server lacks what references may lead to."""

    instance: Any
    operation: Literal["create", "merge"]
    reason: Exception
    is_missing: bool = False


def check_on_duplicate(value: str) -> None:
    """Raise ConfigurationError for what is no OnDuplicate."""
    if value not in get_args(OnDuplicate):
        raise ConfigurationError(f'on_duplicate is "last", "first" or "error", not {value!r}')


def refuse_held(unit: UnitOfWork, create: Create) -> None:
    """Raise SessionError for a new object whose id a stored object of the session has."""
    held = _held(unit, create.instance, create.id)
    if held is not None:
        raise SessionError(
            f"{describe(create.instance)} is new, and this session holds a stored object of the same id: {held!r}; "
            f"change that one instead, or merge() the new one"
        )


def keep_one(unit: UnitOfWork, keep: Literal["last", "first"]) -> None:
    """Of several objects of one id, let go all but one; what refers to them, refers to that one.

    All are new, but for one that is stored and held by the session.
    """
    kept: dict[Address, Any] = {}
    left_out: list[tuple[Any, Address]] = []
    for instance in unit.new.values():
        try:
            place = address(instance)
        except ValidationError:
            continue  # of its key; the plan refuses it
        before = kept.setdefault(place, _held(unit, instance, place[1]) or instance)
        if before is instance:
            continue
        if keep == "last":
            kept[place] = instance
        left_out.append((before if keep == "last" else instance, place))
    for instance, _ in left_out:
        unit.expunge(instance)
    _lead_to(unit, {id(instance): kept[place] for instance, place in left_out})


def sift(unit: UnitOfWork, changed: Sequence[Any]) -> tuple[list[Any], list[Any], list[Refused]]:
    """The new and the changed objects that can be sent, and those that cannot; of several of one id the first can.

    What refers to one of the others, refers to the first.
    """
    refused: list[Refused] = []
    new: dict[Address, Any] = {}
    others: dict[int, Any] = {}
    for instance in unit.new.values():
        try:
            (create,) = plan_flush([instance], (), ()).creates
            place = address(instance)
        except REFUSALS as error:
            refused.append(Refused(instance, "create", error, is_missing=_has_address(instance)))
            continue
        try:
            refuse_held(unit, create)
        except SessionError as error:
            others[id(instance)] = _held(unit, instance, create.id)
            refused.append(Refused(instance, "create", error))
            continue
        first = new.setdefault(place, instance)
        if first is not instance:
            others[id(instance)] = first
            refused.append(Refused(instance, "create", twins_error(first, instance, create.id)))
    _lead_to(unit, others)
    sendable: list[Any] = []
    for instance in changed:
        try:
            plan_flush((), [instance], ())
            sendable.append(instance)
        except REFUSALS as error:
            refused.append(Refused(instance, "merge", error))
    return list(new.values()), sendable, refused


def _lead_to(unit: UnitOfWork, others: Mapping[int, Any]) -> None:
    """Let references that lead to some objects, by ``id()``, lead to others."""
    for instance in (*unit.new.values(), *unit.changeable()) if others else ():
        for attribute in instance.__mapper__.reference_names:
            value = instance.__dict__.get(attribute)
            if isinstance(value, (list, tuple)):
                if any(id(target) in others for target in value):
                    setattr(instance, attribute, [others.get(id(target), target) for target in value])
            elif id(value) in others:
                setattr(instance, attribute, others[id(value)])


def _held(unit: UnitOfWork, instance: Any, id_text: str) -> Any:
    """Another object of an id, stored, in the session, and not to be deleted; or None."""
    held = unit.identity.like(instance).get(id_text)
    return held if held is not None and held is not instance and id(held) not in unit.deleted else None


def _has_address(instance: Any) -> bool:
    try:
        address(instance)
    except ValidationError:
        return False
    return True

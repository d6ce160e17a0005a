"""Objects that a flush cannot send: those that planning refuses, and several of one id."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Literal, get_args

import attrs

from weaviate_orm.exceptions import ConfigurationError, SessionError, ValidationError, describe
from weaviate_orm.session.flush.plan import Create, OnDuplicate, plan_flush, twins_error
from weaviate_orm.session.request_options import Address, address
from weaviate_orm.session.unit_of_work import UnitOfWork

REFUSALS = (ValidationError, SessionError)
"""The errors that planning raises because of one object."""


@attrs.frozen
class Refused:
    """An object that cannot be sent. ``is_missing``: the server lacks it, so references to it must wait."""

    instance: Any
    operation: Literal["create", "merge"]
    reason: Exception
    is_missing: bool = False


def check_on_duplicate(value: str) -> None:
    """Raise ConfigurationError for a value that is no OnDuplicate."""
    if value not in get_args(OnDuplicate):
        raise ConfigurationError(f'on_duplicate is "last", "first" or "error", not {value!r}')


def refuse_held(unit: UnitOfWork, create: Create) -> None:
    """Raise SessionError for a new object whose id a stored object of the session has."""
    stored = _stored_twin(unit, create.instance, create.id)
    if stored is not None:
        raise SessionError(
            f"{describe(create.instance)} is new, and this session holds a stored object of the same id: {stored!r}; "
            f"change that one instead, or merge() the new one"
        )


def keep_one(unit: UnitOfWork, keep: Literal["last", "first"]) -> None:
    """Keep the last or the first of several objects of one id, and let references to the others lead to it.

    All are new, except one that may be stored and held by the session.
    """
    survivors: dict[Address, Any] = {}
    dropped: list[tuple[Any, Address]] = []
    for instance in unit.new.values():
        try:
            place = address(instance)
        except ValidationError:
            continue  # an invalid key, which the plan refuses
        earlier = survivors.setdefault(place, _stored_twin(unit, instance, place[1]) or instance)
        if earlier is instance:
            continue
        if keep == "last":
            survivors[place] = instance
        dropped.append((earlier if keep == "last" else instance, place))
    for instance, _ in dropped:
        unit.expunge(instance)
    _redirect(unit, {id(instance): survivors[place] for instance, place in dropped})


def sift(unit: UnitOfWork, changed: Sequence[Any]) -> tuple[list[Any], list[Any], list[Refused]]:
    """Return the new and the changed objects that can be sent, and those that cannot.

    Of several new objects of one id the first can, and references to the others lead to it.
    """
    refused: list[Refused] = []
    new: dict[Address, Any] = {}
    replacements: dict[int, Any] = {}
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
            replacements[id(instance)] = _stored_twin(unit, instance, create.id)
            refused.append(Refused(instance, "create", error))
            continue
        first = new.setdefault(place, instance)
        if first is not instance:
            replacements[id(instance)] = first
            refused.append(Refused(instance, "create", twins_error(first, instance, create.id)))
    _redirect(unit, replacements)
    sendable: list[Any] = []
    for instance in changed:
        try:
            plan_flush((), [instance], ())
            sendable.append(instance)
        except REFUSALS as error:
            refused.append(Refused(instance, "merge", error))
    return list(new.values()), sendable, refused


def _redirect(unit: UnitOfWork, replacements: Mapping[int, Any]) -> None:
    """Let references that lead to objects, by ``id()``, lead to their replacements."""
    for instance in (*unit.new.values(), *unit.changeable()) if replacements else ():
        for attribute in instance.__mapper__.reference_names:
            value = instance.__dict__.get(attribute)
            if isinstance(value, (list, tuple)):
                if any(id(target) in replacements for target in value):
                    setattr(instance, attribute, [replacements.get(id(target), target) for target in value])
            elif id(value) in replacements:
                setattr(instance, attribute, replacements[id(value)])


def _stored_twin(unit: UnitOfWork, instance: Any, id_text: str) -> Any:
    """Return another object of an id that is stored, in the session, and not to be deleted; or None."""
    stored = unit.identity.like(instance).get(id_text)
    return stored if stored is not None and stored is not instance and id(stored) not in unit.deleted else None


def _has_address(instance: Any) -> bool:
    try:
        address(instance)
    except ValidationError:
        return False
    return True

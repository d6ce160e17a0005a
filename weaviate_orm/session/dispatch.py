"""Registered listeners: which listen to an event, and how they are called."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from threading import Lock
from typing import Any, Literal, Union, get_args

import attrs

from weaviate_orm.exceptions import ConfigurationError
from weaviate_orm.forks import in_children

ObjectEvent = Literal[
    "before_insert", "after_insert", "before_update", "after_update", "before_delete", "after_delete", "load"
]
"""An event of an object."""

SessionEvent = Literal["before_flush", "before_commit", "after_commit"]
"""An event of a session. ``after_flush`` is one too, with an argument more."""

Event = Union[ObjectEvent, SessionEvent, Literal["after_flush"]]

Listener = Callable[..., object]

PARAMETERS: Mapping[str, tuple[str, ...]] = {
    **dict.fromkeys(get_args(ObjectEvent), ("instance", "session")),
    **dict.fromkeys(get_args(SessionEvent), ("session",)),
    "after_flush": ("session", "flushed"),
}
"""Every event, and the arguments of its listeners."""

_ATTRIBUTE = "__listeners__"
"""The attribute of a target that holds its listeners by event, so that a session's go with the session."""

_registered_events: set[str] = set()
"""Events that ever had a listener; for the others nothing is looked up."""

_registering = Lock()


def _begin_in_child() -> None:
    global _registering
    _registering = Lock()


in_children(_begin_in_child)


@attrs.frozen
class Flushed:
    """What the server has done in a flush.

    Attributes:
        inserted: the new objects that are stored; references of theirs may have failed.
        updated: the stored objects of which every change is stored.
        deleted: the objects that the server has no longer.
    """

    inserted: tuple[Any, ...] = ()
    updated: tuple[Any, ...] = ()
    deleted: tuple[Any, ...] = ()


def register(target: Any, event: str, listener: Listener) -> None:
    """Add a listener to a model, a session or a class of sessions, unless it has it."""
    with _registering:
        by_event = _listeners_of(target)
        if listener not in by_event.get(event, ()):
            setattr(target, _ATTRIBUTE, {**by_event, event: (*by_event.get(event, ()), listener)})
        _registered_events.add(event)


def unregister(target: Any, event: str, listener: Listener) -> None:
    """Remove a listener. Raises ConfigurationError when the target does not have it."""
    with _registering:
        by_event = _listeners_of(target)
        listeners = by_event.get(event, ())
        if listener not in listeners:
            raise ConfigurationError(f"{name_of(listener)} does not listen to {event} of {name_of(target)}")
        remaining = tuple(other for other in listeners if other != listener)
        setattr(target, _ATTRIBUTE, {**by_event, event: remaining})


def share_listeners(session: object, other: object) -> None:
    """Let the listeners of one session listen to another."""
    setattr(other, _ATTRIBUTE, _listeners_of(session))


def has_listeners(*events: Event) -> bool:
    """Return whether any of some events may have a listener."""
    return not _registered_events.isdisjoint(events)


def listeners_to(event: Event, session: object, model: type | None = None) -> Sequence[Listener]:
    """Return the listeners to an event of a session, and of a model for an event of objects."""
    if event not in _registered_events:
        return ()
    targets = [*reversed(type(session).__mro__), session]
    if model is not None:
        targets = [*reversed(model.__mro__), *targets]
    return [listener for target in targets for listener in _listeners_of(target).get(event, ())]


def dispatch(calls: Iterable[tuple[Listener, tuple[Any, ...]]]) -> bool:
    """Call listeners with their arguments; return whether there were any.

    All are called; then the first error that one raised is raised.
    """
    failure: Exception | None = None
    called = False
    for listener, arguments in calls:
        called = True
        try:
            listener(*arguments)
        except Exception as error:
            failure = failure or error
    if failure is not None:
        raise failure
    return called


def name_of(target: Any) -> str:
    """Return the name of a listener or a target for an error."""
    return getattr(target, "__qualname__", None) or repr(target)


def _listeners_of(target: Any) -> Mapping[str, tuple[Listener, ...]]:
    by_event: Mapping[str, tuple[Listener, ...]] = vars(target).get(_ATTRIBUTE, {})
    return by_event

"""Events: functions of the user's that are called when something happens to objects, or to sessions."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterable, Mapping, Sequence
from threading import Lock
from typing import TYPE_CHECKING, Any, Literal, TypeVar, Union, get_args, overload

import attrs

from weaviate_orm.exceptions import ConfigurationError, UnknownNameError
from weaviate_orm.forks import in_children
from weaviate_orm.model.metaclass import ModelMeta
from weaviate_orm.model.model import Model

if TYPE_CHECKING:
    from weaviate_orm.session.session import Session

ObjectEvent = Literal[
    "before_insert", "after_insert", "before_update", "after_update", "before_delete", "after_delete", "load"
]
"""What happens to an object."""

SessionEvent = Literal["before_flush", "before_commit", "after_commit"]
"""What a session does; ``after_flush`` beside them, which tells more."""

Event = Union[ObjectEvent, SessionEvent, Literal["after_flush"]]

Listener = Callable[..., object]
M = TypeVar("M", bound=Model)
R = TypeVar("R")
L = TypeVar("L", bound=Listener)

_PARAMETERS: dict[str, tuple[str, ...]] = {
    **dict.fromkeys(get_args(ObjectEvent), ("instance", "session")),
    **dict.fromkeys(get_args(SessionEvent), ("session",)),
    "after_flush": ("session", "flushed"),
}
"""Every event, and what its listeners are called with."""

_HELD = "__listeners__"
"""Where a target holds its listeners, by event: what listens to a session goes when the session goes."""

_heard: set[str] = set()
"""The events that anything has ever listened to; for the others nothing is looked up."""

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


@overload
def listen(target: type[M], event: ObjectEvent, listener: Callable[[M, Session], object]) -> None: ...
@overload
def listen(
    target: Session | type[Session], event: ObjectEvent, listener: Callable[[Model, Session], object]
) -> None: ...
@overload
def listen(target: Session | type[Session], event: SessionEvent, listener: Callable[[Session], object]) -> None: ...
@overload
def listen(
    target: Session | type[Session], event: Literal["after_flush"], listener: Callable[[Session, Flushed], object]
) -> None: ...
def listen(target: Any, event: str, listener: Listener) -> None:
    """Call ``listener`` whenever ``event`` happens to ``target``.

    ======================================  ============================================================
    event                                   its listeners are called with
    ======================================  ============================================================
    before_insert, _update, _delete         instance, session: what is about to be sent; it may be changed
    after_insert, _update, _delete          instance, session: what the server has done
    load                                    instance, session: it was made from what the server answered
    before_flush                            session: something is pending; it may be added to
    after_flush                             session, :class:`Flushed`
    before_commit, after_commit             session
    ======================================  ============================================================

    Listeners of base classes come first, then those of models further down, of the class ``Session``, of the session;
    of one target, in the order in which they came. A listener that is there already is not added twice.

    The first before_… listener that raises ends the flush: nothing was sent. What has happened is told to all
    listeners, and then the first error of theirs is raised.

    Args:
        target: a model, for its objects and those of its subclasses, ``Model`` itself included; a session; or the
            class ``Session``, for all sessions.
        event: its name. Those of flushes and commits are for sessions.
        listener: what it returns means nothing. A session's listeners are let go with the session.

    Raises:
        UnknownNameError: there is no such event.
        ConfigurationError: a target without such events, or a listener that cannot be called with what they give.
    """
    _check(target, event)
    _check_listener(event, listener)
    with _registering:
        held = _held(target)
        if listener not in held.get(event, ()):
            setattr(target, _HELD, {**held, event: (*held.get(event, ()), listener)})
        _heard.add(event)


@overload
def listens_for(
    target: type[M], event: ObjectEvent
) -> Callable[[Callable[[M, Session], R]], Callable[[M, Session], R]]: ...
@overload
def listens_for(
    target: Session | type[Session], event: ObjectEvent
) -> Callable[[Callable[[Model, Session], R]], Callable[[Model, Session], R]]: ...
@overload
def listens_for(
    target: Session | type[Session], event: SessionEvent
) -> Callable[[Callable[[Session], R]], Callable[[Session], R]]: ...
@overload
def listens_for(
    target: Session | type[Session], event: Literal["after_flush"]
) -> Callable[[Callable[[Session, Flushed], R]], Callable[[Session, Flushed], R]]: ...
def listens_for(target: Any, event: Any) -> Callable[[L], L]:
    """:func:`listen` as a decorator.

    ::

        @listens_for(Article, "before_update")
        def stamp(article: Article, session: Session) -> None:
            article.changed = datetime.now(timezone.utc)
    """
    _check(target, event)

    def register(listener: L) -> L:
        listen(target, event, listener)
        return listener

    return register


def unlisten(target: type[Model] | Session | type[Session], event: Event, listener: Listener) -> None:
    """Call a listener no longer that :func:`listen` was given with the same target and event.

    Raises ConfigurationError when it was not.
    """
    _check(target, event)
    with _registering:
        held = _held(target)
        listeners = held.get(event, ())
        if listener not in listeners:
            raise ConfigurationError(f"{_name(listener)} does not listen to {event} of {_name(target)}")
        setattr(target, _HELD, {**held, event: tuple(each for each in listeners if each != listener)})


# -- for the session


def is_heard(*events: Event) -> bool:
    """Whether anything may listen to one of some events."""
    return not _heard.isdisjoint(events)


def listeners_to(event: Event, session: Any, model: type | None = None) -> Sequence[Listener]:
    """Who listens to an event of a session, and of a model where it is one of objects."""
    if event not in _heard:
        return ()
    targets = [*reversed(type(session).__mro__), session]
    if model is not None:
        targets = [*reversed(model.__mro__), *targets]
    return [listener for target in targets for listener in _held(target).get(event, ())]


def share_listeners(session: Session, other: Session) -> None:
    """Let the listeners of one session listen to another one."""
    setattr(other, _HELD, _held(session))


def tell(calls: Iterable[tuple[Listener, tuple[Any, ...]]]) -> bool:
    """Call listeners with what has happened; whether there were any.

    One that raises keeps it from no other: the first error is raised when all were called.
    """
    failed: Exception | None = None
    called = False
    for listener, arguments in calls:
        called = True
        try:
            listener(*arguments)
        except Exception as error:
            failed = failed or error
    if failed is not None:
        raise failed
    return called


# -- inside


def _held(target: Any) -> Mapping[str, tuple[Listener, ...]]:
    held: Mapping[str, tuple[Listener, ...]] = vars(target).get(_HELD, {})
    return held


def _check(target: Any, event: str) -> None:
    from weaviate_orm.session.session import Session

    if event not in _PARAMETERS:
        raise UnknownNameError("event", event, _PARAMETERS)
    if isinstance(target, Session) or (isinstance(target, type) and issubclass(target, Session)):
        return
    if not isinstance(target, ModelMeta):
        raise ConfigurationError(f"events are those of a model, a session or the class Session, not of {target!r}")
    if event not in get_args(ObjectEvent):
        raise ConfigurationError(
            f"{event} does not happen to {target.__name__} objects but to sessions, which hold objects of all models; "
            f"listen to Session, or to one session"
        )


def _check_listener(event: str, listener: Any) -> None:
    parameters = _PARAMETERS[event]
    try:
        inspect.signature(listener).bind(*parameters)
    except ValueError:
        pass  # some that are written in C do not tell
    except TypeError as error:
        raise ConfigurationError(
            f"a listener to {event} is called with ({', '.join(parameters)}), and {_name(listener)} cannot be: {error}"
        ) from None


def _name(thing: Any) -> str:
    return getattr(thing, "__qualname__", None) or repr(thing)

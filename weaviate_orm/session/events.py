"""Events: functions of a user that are called when something happens to objects, or to sessions."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from typing import Any, Literal, TypeVar, get_args, overload

from weaviate_orm.exceptions import ConfigurationError, UnknownNameError
from weaviate_orm.model.metaclass import ModelMeta
from weaviate_orm.model.model import Model
from weaviate_orm.session.dispatch import (
    PARAMETERS,
    Event,
    Flushed,
    Listener,
    ObjectEvent,
    SessionEvent,
    name_of,
    register,
    unregister,
)
from weaviate_orm.session.session import Session

M = TypeVar("M", bound=Model)
R = TypeVar("R")
L = TypeVar("L", bound=Listener)


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
    of one target, in the order in which they were added. A listener is added once.

    The first before_… listener that raises ends the flush: nothing was sent. All after_… listeners are called, and then
    the first error that one raised is raised.

    Args:
        target: a model, for its objects and those of its subclasses, ``Model`` itself included; a session; or the
            class ``Session``, for all sessions.
        event: its name. Events of flushes and commits are for sessions.
        listener: a function; its result is ignored. A session's listeners go with the session.

    Raises:
        UnknownNameError: there is no such event.
        ConfigurationError: a target without such events, or a listener that does not take their arguments.
    """
    _check(target, event)
    _check_listener(event, listener)
    register(target, event, listener)


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
    """Register a listener by a decorator, as :func:`listen` does.

    ::

        @listens_for(Article, "before_update")
        def stamp(article: Article, session: Session) -> None:
            article.changed = datetime.now(timezone.utc)
    """
    _check(target, event)

    def decorate(listener: L) -> L:
        listen(target, event, listener)
        return listener

    return decorate


def unlisten(target: type[Model] | Session | type[Session], event: Event, listener: Listener) -> None:
    """Remove a listener that :func:`listen` added for the same target and event.

    Raises ConfigurationError when it was not added.
    """
    _check(target, event)
    unregister(target, event, listener)


def _check(target: Any, event: str) -> None:
    if event not in PARAMETERS:
        raise UnknownNameError("event", event, PARAMETERS)
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
    parameters = PARAMETERS[event]
    try:
        inspect.signature(listener).bind(*parameters)
    except ValueError:
        pass  # some functions written in C have no signature
    except TypeError as error:
        arguments = ", ".join(parameters)
        raise ConfigurationError(
            f"a listener to {event} is called with ({arguments}), and {name_of(listener)} cannot be: {error}"
        ) from None

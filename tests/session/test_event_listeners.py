"""Who listens to what: targets, order, what is refused, and how long listeners are held."""

from __future__ import annotations

import gc
import weakref
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from tests.session.conftest import Hear
from tests.session.event_models import Dog, Named, Owner, Puppy, Shelf, stored
from weaviate_orm import (
    Client,
    ConfigurationError,
    Model,
    Session,
    UnknownNameError,
    listen,
    listens_for,
    unlisten,
)
from weaviate_orm.session.dispatch import listeners_to


def nothing(instance: Any, session: Any) -> None:
    """A listener."""


def test_classes_their_subclasses_and_sessions(event_session: Session, hear: Hear) -> None:
    told: list[str] = []

    def tell(name: str) -> Any:
        return lambda instance, session: told.append(f"{name} {instance.name}")

    other = Session(event_session.client)
    targets = (event_session, Session, Puppy, Dog, Named, Model, Shelf, other)
    for target in targets:
        hear(target, "after_insert", tell(getattr(target, "__name__", "other" if target is other else "session")))
    stored(event_session, Puppy(name="Rex"))
    assert told == ["Model Rex", "Named Rex", "Dog Rex", "Puppy Rex", "Session Rex", "session Rex"]
    told.clear()
    stored(event_session, Dog(name="Tim"))
    assert told == ["Model Tim", "Named Tim", "Dog Tim", "Session Tim", "session Tim"]


def test_each_listener_once_in_the_order_they_came(client: Client, hear: Hear) -> None:
    def make() -> Any:
        def same_name(instance: Any, session: Any) -> None:
            """One of several."""

        return same_name

    first, second = make(), make()
    hear(Dog, "load", first)
    hear(Dog, "load", second)
    listen(Dog, "load", first)
    session = Session(client)
    assert listeners_to("load", session, Dog) == [first, second]
    assert listeners_to("load", session, Puppy) == [first, second]
    assert listeners_to("load", session, Owner) == []
    assert listeners_to("after_insert", session, Dog) == []


def test_the_decorator_gives_back_the_function_and_unlisten_takes_it(client: Client) -> None:
    @listens_for(Dog, "before_update")
    def stamp(dog: Dog, session: Session) -> str:
        return dog.name

    assert stamp(Dog(name="Rex"), Session(client)) == "Rex"
    assert listeners_to("before_update", Session(client), Puppy) == [stamp]
    unlisten(Dog, "before_update", stamp)
    assert listeners_to("before_update", Session(client), Puppy) == []
    with pytest.raises(ConfigurationError, match=r"stamp does not listen to before_update of Dog"):
        unlisten(Dog, "before_update", stamp)
    with pytest.raises(ConfigurationError, match=r"does not listen"):
        unlisten(Puppy, "before_update", stamp)


@pytest.mark.parametrize(
    ("target", "event", "listener", "message"),
    [
        (Dog, "before_insrt", nothing, "did you mean 'before_insert'"),
        (Dog, "before_flush", nothing, "before_flush does not happen to Dog objects but to sessions"),
        (Model, "after_commit", nothing, "listen to Session"),
        (dict, "load", nothing, "of a model, a session or the class Session, not of <class 'dict'>"),
        (Dog(name="Rex"), "load", nothing, "not of <Dog transient"),
        (Dog, "load", "nothing", r"called with \(instance, session\)"),
        (Dog, "load", lambda dog: None, r"called with \(instance, session\), and .*<lambda> cannot be"),
        (Session, "before_flush", nothing, r"called with \(session\)"),
        (Session, "after_flush", lambda session: None, r"called with \(session, flushed\)"),
    ],
)
def test_what_cannot_be_is_refused(target: Any, event: Any, listener: Any, message: str) -> None:
    with pytest.raises((ConfigurationError, UnknownNameError), match=message):
        listen(target, event, listener)


def test_an_event_is_refused_before_the_function_is_there() -> None:
    wrong: Any = "onload"
    with pytest.raises(UnknownNameError):
        listens_for(Dog, wrong)
    with pytest.raises(UnknownNameError):
        unlisten(Dog, wrong, nothing)


def test_threads_may_listen_side_by_side(client: Client, hear: Hear) -> None:
    listeners = [lambda instance, session: None for _ in range(400)]
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda listener: hear(Shelf, "load", listener), listeners))
    assert set(listeners_to("load", Session(client), Shelf)) == set(listeners)


def test_listeners_keep_no_session_alive(client: Client) -> None:
    def hold(session: Session) -> weakref.ref[Session]:
        listen(session, "before_commit", lambda _: session.close())
        return weakref.ref(session)

    held = hold(Session(client))
    gc.collect()
    assert held() is None

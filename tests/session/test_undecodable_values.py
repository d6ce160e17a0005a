"""Stored values that Python cannot hold: told with their object and field, and the others can be read."""

from __future__ import annotations

import logging
import pickle
from collections.abc import Callable, Iterator
from datetime import datetime, timezone
from typing import Any
from uuid import UUID

import attrs
import pytest

from tests.empty_collections import empty_collections
from weaviate_orm import (
    Client,
    Field,
    GeoCoordinates,
    Model,
    QueryError,
    Ref,
    ResultError,
    Session,
    StoredValueError,
    field,
    gather,
    listen,
    ref,
    unlisten,
)
from weaviate_orm.http.features import server_version
from weaviate_orm.testing import recorded_requests

ODD = "0000-12-30T00:00:00Z"
GOOD = "2025-07-22T10:00:00.5Z"
WHEN = datetime(2025, 7, 22, 10, 0, 0, 500_000, timezone.utc)


def _positive(instance: Any, attribute: Any, value: Any) -> None:
    if value <= 0:
        raise LookupError(f"{attribute.name} is positive")


@attrs.define
class Slot:
    begins: datetime | None = None
    others: list[datetime] = attrs.field(factory=list)


@attrs.frozen
class Ticket:
    price: int = attrs.field(validator=_positive)
    slot: Slot | None = None


class Event(Model):
    name: Field[str] = field(tokenization="field")
    when: Field[datetime | None] = field(default=None)
    all_times: Field[list[datetime]] = field(name="allTimes", factory=list)
    place: Field[GeoCoordinates | None] = field(default=None)
    slot: Field[Slot | None] = field(default=None)
    tickets: Field[list[Ticket]] = field(factory=list)

    class Meta:
        name = "TestStoredEvent"
        key = ("name",)


class Visitor(Model):
    name: Field[str] = field(tokenization="field")
    seen: Field[datetime | None] = field(deferred=True, default=None)
    events: Ref[list[Event]] = ref(factory=list)
    best: Ref[Event | None] = ref(default=None)

    class Meta:
        name = "TestStoredVisitor"


@pytest.fixture(scope="module")
def collections(client: Client) -> Iterator[None]:
    with empty_collections(client, [Event, Visitor]):
        yield


@pytest.fixture
def session(client: Client, collections: None) -> Iterator[Session]:
    with Session(client) as opened:
        opened.query(Event).delete()
        opened.query(Visitor).delete()
        yield opened


def _store(client: Client, name: str, **properties: Any) -> UUID:
    id = Event(name=name).id
    body = {"class": "TestStoredEvent", "id": str(id), "properties": {"name": name, **properties}, "vector": [1.0, 0.0]}
    client.transport.request("POST", "/objects", json=body)
    return id


def _store_some(client: Client) -> UUID:
    """Two good ones and an odd one between; returns the id of that."""
    _store(client, "a", when=GOOD)
    odd = _store(client, "b", when=ODD)
    _store(client, "c", when=GOOD)
    return odd


KINDS: dict[str, tuple[dict[str, Any], str, str]] = {
    "a date": ({"when": ODD}, "when", "year 0"),
    "a date of a list": ({"allTimes": [GOOD, ODD]}, "all_times", r"\[1\] year 0"),
    "a nested date": ({"slot": {"begins": ODD}}, "slot", "begins: year 0"),
    "a date of a nested list": ({"slot": {"others": [ODD]}}, "slot", r"others: \[0\] year 0"),
    "a place": ({"place": {"latitude": 91, "longitude": 0}}, "place", "latitude is in degrees"),
    "a refused member": ({"tickets": [{"price": 1}, {"price": -1}]}, "tickets", r"\[1\] price is positive"),
    "a missing member": ({"tickets": [{"slot": {"begins": GOOD}}]}, "tickets", r"\[0\] .*'<=' not supported"),
    "deep inside": ({"tickets": [{"price": 1, "slot": {"begins": ODD}}]}, "tickets", r"\[0\] slot: begins: year 0"),
}

READS: dict[str, Callable[[Session, UUID], Any]] = {
    "a listing": lambda session, id: session.query(Event).all(),
    "GraphQL": lambda session, id: session.query(Event).order_by("name").all(),
    "a keyset": lambda session, id: session.query(Event).where(name__ne="x").all(),
    "an iterator": lambda session, id: list(session.query(Event).iterator(2)),
    "hits": lambda session, id: session.query(Event).near_vector([1.0, 0.0]).limit(9).hits(),
    "values": lambda session, id: session.query(Event).values(),
    "a query's get": lambda session, id: session.query(Event).get(id),
    "in_bulk": lambda session, id: session.query(Event).in_bulk([id]),
    "gather": lambda session, id: gather(session.query(Event), session.query(Visitor)),
    "the session's get": lambda session, id: session.get(Event, id),
}


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("read", READS)
def test_an_error_names_the_object_and_the_field(client: Client, session: Session, read: str, kind: str) -> None:
    properties, name, cause = KINDS[kind]
    id = _store(client, "odd", **properties)
    with pytest.raises(StoredValueError, match=cause) as caught:
        READS[read](session, id)
    error = caught.value
    assert (error.model, error.id, error.field) == (Event, id, name)
    assert str(error).startswith(f"Event {id}: {name} is ")
    assert "on_error('skip')" in str(error)
    assert isinstance(error, (ResultError, ValueError))
    assert error.__cause__ is not None
    again = pickle.loads(pickle.dumps(error))
    assert (again.id, again.field, again.value, str(again)) == (id, name, error.value, str(error))


def test_the_error_has_the_value_as_it_is_stored(client: Client, session: Session) -> None:
    _store(client, "odd", when=ODD)
    with pytest.raises(StoredValueError) as caught:
        session.query(Event).all()
    assert caught.value.value == ODD


# -- on_error

MANY: dict[str, Callable[[Any], list[str]]] = {
    "a listing": lambda query: [event.name for event in query.all()],
    "GraphQL": lambda query: [event.name for event in query.order_by("name").all()],
    "a keyset": lambda query: [event.name for event in query.where(name__ne="x").all()],
    "an iterator": lambda query: [event.name for event in query.iterator(1)],
    "pages": lambda query: [event.name for event in query.order_by("name").iterator(1)],
    "hits": lambda query: [hit.object.name for hit in query.near_vector([1.0, 0.0]).limit(9).hits()],
    "hits with times": lambda query: [hit.object.name for hit in query.with_metadata("created_at").hits()],
    "groups": lambda query: [
        hit.object.name
        for group in query.near_vector([1.0, 0.0]).group_by("name").limit(9).groups()
        for hit in group.hits
    ],
    "vectors": lambda query: [event.name for event in query.with_vector().all() if event.vector == [1.0, 0.0]],
    "values": lambda query: query.values_list("name", flat=True),
    "columns": lambda query: query.to_dict("name", "when")["name"],
    "in_bulk": lambda query: [
        event.name for event in query.in_bulk([Event(name=name).id for name in ("a", "b", "c")]).values()
    ],
    "gather": lambda query: [event.name for event in gather(query, query.order_by("name"))[1]],
}


def test_groups_load_later_what_the_server_does_not_give(client: Client, session: Session) -> None:
    """It answers null for nested objects, coordinates and phone numbers in groups."""
    place = {"latitude": 1.0, "longitude": 2.0}
    _store(client, "a", slot={"begins": GOOD}, tickets=[{"price": 1}], place=place)
    odd = _store(client, "b", when=ODD)
    query = session.query(Event).near_vector([1.0, 0.0]).group_by("name").limit(9)
    with pytest.raises(StoredValueError) as caught:
        query.groups()
    assert caught.value.id == odd
    (event,) = query.on_error("skip").all()
    assert not {"slot", "tickets", "place"} & vars(event).keys()
    event.tickets.append(Ticket(2))
    session.commit()
    assert (event.slot, event.place) == (Slot(WHEN), GeoCoordinates(1.0, 2.0))
    with Session(client) as other:
        assert [ticket.price for ticket in other.query(Event).where(name="a").one().tickets] == [1, 2]


@pytest.mark.parametrize("read", MANY)
def test_skip_reads_the_others_and_logs(
    client: Client, session: Session, read: str, caplog: pytest.LogCaptureFixture
) -> None:
    if read == "a keyset" and server_version(client.transport) < (1, 36, 0):
        pytest.skip("Weaviate 1.35 answers by != the objects that were deleted and stored again several times")
    odd = _store_some(client)
    query = session.query(Event).on_error("skip")
    if read == "values":
        query = query.only("name", "when")
        expected = ["a", "b", "c"]  # nothing odd is read
    else:
        expected = ["a", "c"]
    with caplog.at_level(logging.WARNING, "weaviate_orm"):
        assert sorted(MANY[read](query)) == expected
    if read != "values":
        assert f"Event {odd}: when is {ODD!r} on the server" in caplog.text


def test_a_function_collects_the_errors(client: Client, session: Session, caplog: pytest.LogCaptureFixture) -> None:
    odd = _store(client, "b", when=ODD, place={"latitude": 91, "longitude": 0})
    _store(client, "a", when=GOOD)
    errors: list[StoredValueError] = []
    assert [event.name for event in session.query(Event).on_error(errors.append)] == ["a"]
    assert {(error.id, error.field) for error in errors} == {(odd, "when"), (odd, "place")}
    assert session.query(Event).on_error(errors.append).values("when") == [{"when": WHEN}]
    assert len(errors) == 3
    assert caplog.text == ""


def test_deferred_values_raise_when_they_are_read(client: Client, session: Session) -> None:
    odd = _store_some(client)
    events = session.query(Event).on_error("defer").order_by("name").all()
    assert [event.name for event in events] == ["a", "b", "c"]
    assert (events[0].when, events[2].when) == (WHEN, WHEN)
    with pytest.raises(StoredValueError, match="when is") as caught:
        _ = events[1].when
    assert caught.value.id == odd
    assert session.dirty == ()
    assert session.query(Event).on_error("defer").order_by("name").values_list("when", flat=True) == [WHEN, None, WHEN]


def test_first_and_one_look_beyond_what_is_left_out(client: Client, session: Session) -> None:
    for number in range(3):
        _store(client, f"odd {number}", when=ODD)
    _store(client, "good", when=GOOD)
    query = session.query(Event).on_error("skip")
    first = query.first()
    assert first is not None
    assert (first.name, query.one().name, query.get(name="good").name) == ("good", "good", "good")
    assert query.order_by("-name")[0].name == "good"
    with pytest.raises(IndexError):
        _ = query[1]
    assert query.where(name="odd 1").one_or_none() is None
    assert query.where(name="odd 1").exists()


def test_on_error_takes_what_it_knows(session: Session) -> None:
    with pytest.raises(QueryError, match="takes 'raise', 'skip', 'defer' or a function, not 'ignore'"):
        session.query(Event).on_error("ignore")  # type: ignore[arg-type]


def test_leaving_out_the_field_reads_the_object(client: Client, session: Session) -> None:
    odd = _store(client, "odd", when=ODD)
    event = session.query(Event).defer("when").get(odd)
    assert event.name == "odd"
    with pytest.raises(StoredValueError):
        session.query(Event).all()  # would fill it in
    event.when = WHEN
    session.commit()
    assert session.query(Event).all() == [event]
    with Session(client) as other:
        assert other.query(Event).one().when == WHEN


# -- what loads later


def test_one_odd_value_does_not_hide_those_of_others(client: Client, session: Session) -> None:
    for name, seen in (("a", GOOD), ("b", ODD), ("c", GOOD)):
        body = {"class": "TestStoredVisitor", "properties": {"name": name, "seen": seen}}
        client.transport.request("POST", "/objects", json=body)
    first, odd, last = session.query(Visitor).order_by("name").all()
    with recorded_requests(client) as requests:
        assert (first.seen, last.seen) == (WHEN, WHEN)
    assert len(requests) == 1
    with pytest.raises(StoredValueError, match="seen is") as caught:
        _ = odd.seen
    assert caught.value.id == odd.id
    odd.seen = None
    session.commit()
    assert session.query(Visitor).undefer("seen").where(name="b").one().seen is None


def test_references_to_odd_objects(client: Client, session: Session) -> None:
    odd = _store_some(client)
    events = session.query(Event).defer("when").order_by("name").all()
    session.add_all(
        [Visitor(name="x", events=events, best=events[1]), Visitor(name="y", events=[events[0]], best=events[2])]
    )
    session.commit()
    session.close()
    first, second = session.query(Visitor).order_by("name").all()
    assert [event.name for event in second.events] == ["a"]
    assert second.best is not None
    assert second.best.name == "c"
    for name in ("events", "best"):
        with pytest.raises(StoredValueError) as caught:
            getattr(first, name)
        assert (caught.value.id, caught.value.field) == (odd, "when")
    session.close()
    with pytest.raises(StoredValueError):
        session.query(Visitor).include("events").all()


def test_a_reference_to_what_is_left_out_is_kept(client: Client, session: Session) -> None:
    odd = _store_some(client)
    events = session.query(Event).defer("when").order_by("name").all()
    visitor = Visitor(name="x", events=events, best=events[1])
    session.add(visitor)
    session.commit()
    session.close()
    errors: list[StoredValueError] = []
    found = session.query(Visitor).include("events", "best").on_error(errors.append).one()
    assert {error.id for error in errors} == {odd}
    assert found.name == "x"
    assert not {"events", "best"} & vars(found).keys()
    found.name = "z"
    session.commit()
    deferred = session.query(Visitor).include("events", "best").on_error("defer").one()
    assert deferred is found
    assert sorted(event.name for event in found.events) == ["a", "b", "c"]
    assert found.best is not None
    assert found.best.name == "b"


# -- what is about to be written


def test_refresh_leaves_the_object_as_it_was(client: Client, session: Session) -> None:
    odd = _store(client, "odd", when=GOOD)
    event = session.get(Event, odd)
    assert event is not None
    properties = {"name": "odd", "when": ODD}
    body = {"class": "TestStoredEvent", "properties": properties}
    client.transport.request("PATCH", f"/objects/TestStoredEvent/{odd}", json=body)
    with pytest.raises(StoredValueError):
        session.refresh(event)
    assert (event.name, event.when) == ("odd", WHEN)
    session.expire(event)
    assert event.name == "odd"
    with pytest.raises(StoredValueError):
        _ = event.when


def test_upsert_and_update_mend_it(client: Client, session: Session) -> None:
    _store(client, "odd", when=ODD)
    session.upsert([Event(name="odd", when=WHEN)])
    session.commit()
    assert session.query(Event).one().when == WHEN
    session.close()
    _store(client, "another", when=ODD)
    assert session.query(Event).update(when=WHEN) == 2
    session.close()
    assert [event.when for event in session.query(Event)] == [WHEN, WHEN]


def test_it_is_deleted(client: Client, session: Session) -> None:
    _store_some(client)
    gone: list[str] = []

    def note(event: Event, session: Session) -> None:
        gone.append(event.name)

    listen(Event, "before_delete", note)
    try:
        assert session.query(Event).delete() == 3
    finally:
        unlisten(Event, "before_delete", note)
    assert sorted(gone) == ["a", "b", "c"]
    assert session.query(Event).count() == 0


def test_a_group_of_an_odd_value(client: Client, session: Session) -> None:
    _store_some(client)
    with pytest.raises(StoredValueError, match=f"Event: when is '{ODD}' of a group") as caught:
        session.query(Event).aggregate_by(Event.when)
    assert (caught.value.model, caught.value.id, caught.value.field) == (Event, None, "when")
    errors: list[StoredValueError] = []
    (group,) = session.query(Event).on_error(errors.append).aggregate_by(Event.when)
    assert (group.value, group.count, len(errors)) == (WHEN, 2, 1)

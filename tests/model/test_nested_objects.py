"""Nested objects: what is missing, null and empty inside of them comes back as such."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import datetime
from typing import Any

import attrs
import pytest

from tests.empty_collections import empty_collections
from weaviate_orm import Client, Field, Model, Session, field


@attrs.define
class Part:
    label: str | None = None
    tags: list[str] | None = None
    moments: list[datetime] | None = None


@attrs.define
class Whole:
    name: str | None = None
    part: Part | None = None
    parts: list[Part] | None = None
    always: list[int] = attrs.field(factory=list)


class Machine(Model):
    whole: Field[Whole | None] = field(default=None)
    wholes: Field[list[Whole]] = field(factory=list)
    maybe: Field[list[Whole] | None] = field(default=None)
    tags: Field[list[str] | None] = field(default=None)

    class Meta:
        name = "TestNestedMachine"


@attrs.frozen
class Settings:
    """Members that came later have defaults; one of them is computed."""

    name: str
    unit: str = "cm"
    ports: list[int] = attrs.field(factory=lambda: [80])
    limit: int | None = 10
    _secret: str = "none"
    length: int = attrs.field(init=False)
    note: str | None = attrs.field(init=False, default="new")

    def __attrs_post_init__(self) -> None:
        object.__setattr__(self, "length", len(self.name))


class Device(Model):
    settings: Field[Settings]

    class Meta:
        name = "TestNestedDevice"


MODELS: list[type[Model]] = [Machine, Device]


@pytest.fixture(scope="module")
def collections(client: Client) -> Iterator[None]:
    with empty_collections(client, MODELS):
        yield


@pytest.fixture
def session(client: Client, collections: None) -> Iterator[Session]:
    with Session(client) as opened:
        for model in MODELS:
            opened.query(model).delete()
        yield opened


Read = Callable[[Session, type[Model]], Any]

READS: dict[str, Read] = {
    "REST's object": lambda session, model: session.get(model, session.query(model).values_list("id", flat=True)[0]),
    "REST's listing": lambda session, model: session.query(model).one(),
    "GraphQL": lambda session, model: session.query(model).order_by("id").one(),
}


@pytest.mark.parametrize("read", READS)
@pytest.mark.parametrize(
    "whole",
    [
        Whole(),
        Whole(parts=[]),
        Whole(part=Part(), parts=[Part(), Part(tags=[]), Part("a", ["b"], [])], always=[1]),
        Whole(part=Part(tags=[], moments=[])),
        Whole(part=Part("", ["", "a"])),
    ],
)
def test_none_and_empty_come_back_as_they_were(session: Session, read: str, whole: Whole) -> None:
    session.add(Machine(whole=whole, wholes=[whole, Whole("other"), whole], maybe=[], tags=[]))
    session.commit()
    session.close()
    found = READS[read](session, Machine)
    assert (found.whole, found.wholes) == (whole, [whole, Whole("other"), whole])
    assert (found.maybe, found.tags) == ([], [])
    assert session.dirty == ()
    (row,) = session.query(Machine).values("whole", "wholes")
    assert row == {"whole": whole, "wholes": [whole, Whole("other"), whole]}


@pytest.mark.parametrize("read", READS)
def test_no_object_is_no_empty_one(session: Session, read: str) -> None:
    session.add(Machine())
    session.commit()
    session.close()
    found = READS[read](session, Machine)
    assert (found.whole, found.wholes, found.maybe, found.tags) == (None, [], None, None)


def test_a_change_from_none_to_empty_is_written_and_back(session: Session) -> None:
    machine = Machine(whole=Whole())
    session.add(machine)
    session.commit()
    assert machine.whole is not None
    for parts in ([], None, [Part()], []):
        machine.whole.parts = parts
        assert session.dirty == (machine,)
        session.commit()
        with Session(session.client) as other:
            assert other.query(Machine).order_by("id").one().whole == Whole(parts=parts)


def _store(client: Client, model: type[Model], properties: dict[str, Any]) -> None:
    body = {"class": model.__mapper__.collection_name, "properties": properties}
    client.transport.request("POST", "/objects", json=body)


@pytest.mark.parametrize("read", READS)
@pytest.mark.parametrize("absent", [{}, {"unit": None, "ports": None, "limit": None, "_secret": None, "note": None}])
def test_the_class_knows_what_a_missing_member_is(
    client: Client, session: Session, read: str, absent: dict[str, Any]
) -> None:
    """What may be None is None: that is how None is stored."""
    _store(client, Device, {"settings": {"name": "old", **absent}})
    found = READS[read](session, Device).settings
    assert (found.unit, found.ports, found._secret, found.length) == ("cm", [80], "none", 3)
    assert (found.limit, found.note) == (None, None)
    assert session.dirty == ()


@pytest.mark.parametrize("read", READS)
def test_members_that_the_constructor_does_not_take_come_back(session: Session, read: str) -> None:
    settings = Settings("a", unit="m", ports=[], limit=3, secret="s")  # pyright: ignore[reportCallIssue]
    object.__setattr__(settings, "length", 7)
    object.__setattr__(settings, "note", "seen")
    session.add(Device(settings=settings))
    session.commit()
    session.close()
    found = READS[read](session, Device).settings
    assert found == settings
    assert (found.length, found.note, found._secret) == (7, "seen", "s")

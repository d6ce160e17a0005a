"""Members of nested objects that a model does not map survive whatever it writes."""

from __future__ import annotations

import copy
import pickle
import warnings
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta, timezone
from typing import Any
from uuid import UUID

import attrs
import pytest

from tests.empty_collections import empty_collections
from weaviate_orm import Client, Field, Model, Session, ValidationError, create_all, drop_all, field
from weaviate_orm.schema.collection_options import MultiTenancySpec
from weaviate_orm.testing import recorded_requests


@attrs.define
class Room:
    label: str
    size: int | None = None


@attrs.define
class Floor:
    number: int
    rooms: list[Room] = attrs.field(factory=list)


@attrs.define(eq=False)
class Address:
    street: str | None = None
    town: str | None = None


@attrs.frozen
class Fixed:
    name: str
    count: int = 0


class Office(Model):
    name: Field[str] = field(tokenization="field")
    address: Field[Address | None] = field(default=None)
    others: Field[list[Address]] = field(factory=list)
    floors: Field[list[Floor]] = field(factory=list)
    fixed: Field[list[Fixed]] = field(factory=list)

    class Meta:
        name = "TestNestedOffice"
        key = ("name",)


class Shop(Model):
    """Mapped whole: nothing of it is to be kept."""

    name: Field[str]
    address: Field[Address]

    class Meta:
        name = "TestNestedShop"


_MORE = {"address": ["zip"], "others": ["zip"], "floors": ["height"], "fixed": ["made"]}


@pytest.fixture(scope="module")
def collections(client: Client) -> Iterator[None]:
    models: list[type[Model]] = [Office, Shop]
    drop_all(client, models)
    create_all(client, [Shop])
    wanted = Office.__mapper__.collection.to_json()
    for body in wanted["properties"]:
        for name in _MORE.get(body["name"], ()):
            body["nestedProperties"].append({"name": name, "dataType": ["text"]})
        if body["name"] == "floors":
            body["nestedProperties"][1]["nestedProperties"].append({"name": "key", "dataType": ["text"]})
    client.schema.create_class(wanted)
    yield
    drop_all(client, models)


@pytest.fixture
def session(client: Client, collections: None) -> Iterator[Session]:
    with Session(client) as opened:
        opened.query(Office).delete()
        opened.query(Shop).delete()
        yield opened


def _store(client: Client, **properties: Any) -> UUID:
    office = Office(name=properties["name"])
    body = {"class": "TestNestedOffice", "id": str(office.id), "properties": properties}
    client.transport.request("POST", "/objects", json=body)
    return office.id


def _stored(client: Client, id: UUID) -> Any:
    body = client.data_object.get_by_id(id, class_name="TestNestedOffice")
    assert body is not None
    return body["properties"]


OTHERS = [{"street": f"street {number}", "town": "here", "zip": f"{number}"} for number in range(3)]
READS: dict[str, Callable[[Session, UUID], Any]] = {
    "REST's object": lambda session, id: session.get(Office, id),
    "REST's listing": lambda session, id: session.query(Office).one(),
    "GraphQL": lambda session, id: session.query(Office).order_by("name").one(),
}


@pytest.mark.parametrize("read", READS)
def test_a_changed_object_keeps_them(client: Client, session: Session, read: str) -> None:
    id = _store(client, name="n", address={"street": "old", "zip": "1234 AB"})
    office = READS[read](session, id)
    assert session.dirty == ()
    office.address.street = "new"
    session.commit()
    assert _stored(client, id)["address"] == {"street": "new", "zip": "1234 AB"}
    assert session.dirty == ()
    office.address = Address("third", "there")
    session.commit()
    assert _stored(client, id)["address"] == {"street": "third", "town": "there", "zip": "1234 AB"}
    office.address = Address()
    session.commit()
    assert _stored(client, id)["address"] == {"zip": "1234 AB"}
    office.address = None
    session.commit()
    assert "address" not in _stored(client, id)


@pytest.mark.parametrize("read", READS)
def test_elements_of_lists_keep_them_wherever_they_go(client: Client, session: Session, read: str) -> None:
    id = _store(client, name="n", others=OTHERS)
    office = READS[read](session, id)
    first, second, third = office.others
    office.others.reverse()
    first.street = "changed"
    first.town = "elsewhere"
    office.others.insert(0, Address("inserted", "far away"))
    office.others.remove(second)
    session.commit()
    assert _stored(client, id)["others"] == [
        {"street": "inserted", "town": "far away"},
        OTHERS[2],
        {"street": "changed", "town": "elsewhere", "zip": "0"},
    ]
    # and once more, of what was just written
    office.others = [third, first]
    third.street, third.town = "also", None
    session.commit()
    assert _stored(client, id)["others"] == [
        {"street": "also", "zip": "2"},
        {"street": "changed", "town": "elsewhere", "zip": "0"},
    ]
    assert session.dirty == ()


def test_lists_that_were_given_to_the_constructor(client: Client, session: Session) -> None:
    addresses = [Address("a", "x"), Address("b", "y")]
    office = Office(name="n", others=addresses)
    session.add(office)
    session.commit()
    more = [{"street": "a", "town": "x", "zip": "1"}, {"street": "b", "town": "y", "zip": "2"}]
    path = f"/objects/TestNestedOffice/{office.id}"
    client.transport.request("PATCH", path, json={"class": "TestNestedOffice", "properties": {"others": more}})
    addresses.reverse()
    addresses[0].street = addresses[0].town = "new"
    office.others = addresses
    session.commit()
    assert _stored(client, office.id)["others"] == [{"street": "new", "town": "new", "zip": "2"}, more[0]]


@pytest.mark.parametrize("read", READS)
def test_nested_in_nested(client: Client, session: Session, read: str) -> None:
    floors = [
        {"number": 1, "height": "low", "rooms": [{"label": "a", "size": 1, "key": "A"}, {"label": "b", "key": "B"}]},
        {"number": 2, "height": "high", "rooms": [{"label": "c", "size": 2**40, "key": "C"}]},
    ]
    id = _store(client, name="n", floors=floors)
    office = READS[read](session, id)
    below, above = office.floors
    office.floors = [above, below]
    above.number = 3
    below.rooms = [below.rooms[1], Room("new"), below.rooms[0]]
    below.rooms[2].label = "z"
    below.rooms[2].size = None
    session.commit()
    assert _stored(client, id)["floors"] == [
        {"number": 3, "height": "high", "rooms": floors[1]["rooms"]},
        {
            "number": 1,
            "height": "low",
            "rooms": [{"label": "b", "key": "B"}, {"label": "new"}, {"label": "z", "key": "A"}],
        },
    ]


def test_frozen_objects_are_known_by_their_members(client: Client, session: Session) -> None:
    fixed = [{"name": "a", "count": 1, "made": "A"}, {"name": "b", "count": 2, "made": "B"}]
    id = _store(client, name="n", fixed=fixed)
    office = session.query(Office).one()
    office.fixed = [attrs.evolve(each, count=each.count * 2) for each in office.fixed]
    session.commit()
    assert _stored(client, id)["fixed"] == [
        {"name": "a", "count": 2, "made": "A"},
        {"name": "b", "count": 4, "made": "B"},
    ]
    office.fixed = [Fixed("c", 9), office.fixed[0]]
    session.commit()
    assert _stored(client, id)["fixed"] == [{"name": "c", "count": 9}, {"name": "a", "count": 2, "made": "A"}]


def test_what_another_program_adds_meanwhile_stays(client: Client, session: Session) -> None:
    id = _store(client, name="n", address={"street": "old"}, others=[{"street": "a"}])
    office = session.get(Office, id)
    assert office is not None
    assert office.address is not None
    later = {"address": {"street": "old", "zip": "1"}, "others": [{"street": "a", "zip": "2"}]}
    client.transport.request(
        "PATCH", f"/objects/TestNestedOffice/{id}", json={"class": "TestNestedOffice", "properties": later}
    )
    office.address.town = office.others[0].town = "here"
    session.commit()
    stored = _stored(client, id)
    assert stored["address"] == {"street": "old", "town": "here", "zip": "1"}
    assert stored["others"] == [{"street": "a", "town": "here", "zip": "2"}]


def test_what_is_written_without_being_loaded_keeps_them(client: Client, session: Session) -> None:
    id = _store(client, name="n", address={"street": "old", "zip": "1"}, others=OTHERS)
    office = session.query(Office).only("name").one()
    office.address = Address("new")
    office.others = [Address("street 1", "here"), Address("new")]
    session.commit()
    assert _stored(client, id)["address"] == {"street": "new", "zip": "1"}
    assert _stored(client, id)["others"] == [OTHERS[1], {"street": "new"}]


COPIES: dict[str, Callable[[Any], Any]] = {
    "pickle": lambda office: pickle.loads(pickle.dumps(office)),
    "deepcopy": copy.deepcopy,
    "itself": lambda office: office,
}


@pytest.mark.parametrize("taken_in", ["add", "merge"])
@pytest.mark.parametrize("made", COPIES)
def test_detached_objects_keep_them(client: Client, session: Session, made: str, taken_in: str) -> None:
    id = _store(client, name="n", address={"street": "old", "zip": "1"}, others=OTHERS)
    office = session.query(Office).one()
    office.others.reverse()
    office.others[0].street = office.others[0].town = "new"
    session.close()
    office = COPIES[made](office)
    office.others[1].street = office.others[1].town = "also"
    assert office.address is not None
    office.address.street = "new"
    getattr(session, taken_in)(office)
    session.commit()
    assert _stored(client, id)["address"] == {"street": "new", "zip": "1"}
    assert _stored(client, id)["others"] == [
        {"street": "new", "town": "new", "zip": "2"},
        {"street": "also", "town": "also", "zip": "1"},
        OTHERS[0],
    ]


def test_upsert_update_and_refresh(client: Client, session: Session) -> None:
    id = _store(client, name="n", address={"street": "old", "zip": "1"}, others=OTHERS)
    session.upsert([Office(name="n", address=Address("new"), others=[Address("street 2", "here")])])
    session.commit()
    assert _stored(client, id)["address"] == {"street": "new", "zip": "1"}
    assert _stored(client, id)["others"] == [OTHERS[2]]
    assert session.query(Office).update(address=Address("updated")) == 1
    assert _stored(client, id)["address"] == {"street": "updated", "zip": "1"}
    office = session.query(Office).one()
    session.refresh(office)
    office.others[0].street = office.others[0].town = "refreshed"
    session.commit()
    assert _stored(client, id)["others"] == [{"street": "refreshed", "town": "refreshed", "zip": "2"}]
    office.others[0].street = "given up"
    session.rollback()
    office.others[0].town = "rolled back"
    session.commit()
    assert _stored(client, id)["others"] == [{"street": "refreshed", "town": "rolled back", "zip": "2"}]


@attrs.define
class Street:
    street: str | None = None
    town: str | None = None
    zip: str | None = None


class FullOffice(Model):
    """Maps what Office leaves out, of the same collection."""

    name: Field[str]
    address: Field[Street | None] = field(default=None)

    class Meta:
        name = "TestNestedOffice"


def test_each_model_keeps_what_it_does_not_map(client: Client, session: Session) -> None:
    ids = [_store(client, name=f"{number}", address={"street": "old", "zip": f"{number}"}) for number in range(4)]
    for found in (*session.query(FullOffice).where(name__in=["0", "1"]), *session.query(Office).where(name__gt="1")):
        assert found.address is not None
        found.address.street = "new"
    session.commit()
    assert [_stored(client, id)["address"] for id in ids] == [{"street": "new", "zip": f"{n}"} for n in range(4)]


class Branch(Model):
    """Has tenants."""

    name: Field[str]
    address: Field[Address | None] = field(default=None)

    class Meta:
        name = "TestNestedBranch"
        multi_tenancy = MultiTenancySpec(auto_tenant_creation=True)


def test_objects_of_tenants(client: Client) -> None:
    drop_all(client, [Branch])
    create_all(client, [Branch])
    address = {"street": "old", "zip": "1"}
    for tenant in ("one", "two"):
        for name in ("a", "b", "c"):
            body = {"class": "TestNestedBranch", "tenant": tenant, "properties": {"name": name, "address": address}}
            client.transport.request("POST", "/objects", json=body)
    with Session(client) as session:
        branches = [*session.query(Branch).tenant("one"), *session.query(Branch).tenant("two")][:4]
        for branch in branches:
            assert branch.address is not None
            branch.address.street = "new"
        session.commit()
        for branch, tenant in zip(branches, ["one", "one", "one", "two"], strict=True):
            path = f"/objects/TestNestedBranch/{branch.id}"
            stored = client.transport.request("GET", path, params={"tenant": tenant}).json()
            assert stored["properties"]["address"] == {"street": "new", "zip": "1"}
    drop_all(client, [Branch])


@attrs.define
class Tag:
    """Two of them are equal by their names alone."""

    name: str
    note: str | None = attrs.field(default=None, eq=False)
    marks: list[datetime] = attrs.field(factory=list, eq=False)


@attrs.define(eq=False)
class Label:
    text: str
    tags: list[Tag] = attrs.field(factory=list)


class Tagged(Model):
    tag: Field[Tag]
    labels: Field[list[Label]] = field(factory=list)

    class Meta:
        name = "TestNestedTagged"


@pytest.fixture
def tagged(client: Client) -> Iterator[None]:
    with empty_collections(client, [Tagged]):
        yield


def test_what_a_class_does_not_compare_is_written(client: Client, tagged: None) -> None:
    mark = datetime(2024, 1, 1, 1, tzinfo=timezone(timedelta(hours=1)))
    with Session(client) as session:
        session.add(Tagged(tag=Tag("a", "old"), labels=[Label("b", [Tag("c", marks=[mark])])]))
        session.commit()
    with Session(client) as session:
        found = session.query(Tagged).order_by("id").one()
        assert (found.tag.note, found.labels[0].tags[0].marks) == ("old", [mark])
        assert [*session.dirty] == []
        found.tag.note = "new"
        found.labels[0].tags[0].note = "also new"
        assert [*session.dirty] == [found]
        session.commit()
        found.tag = Tag("a", "newer")
        session.commit()
        found.labels = [Label("b", [Tag("c", "assigned", [mark])])]
        session.commit()
        assert session.dirty == ()
    with Session(client) as session:
        found = session.query(Tagged).one()
        assert (found.tag.note, found.labels[0].tags[0].note) == ("newer", "assigned")


def test_what_the_class_would_refuse_is_not_written_by_being_read(client: Client, tagged: None) -> None:
    properties = {"tag": {"note": "no name"}, "labels": [{"tags": [{"note": "no name"}]}]}
    client.transport.request("POST", "/objects", json={"class": "TestNestedTagged", "properties": properties})
    with Session(client) as session:
        for read in (session.query(Tagged).one, session.query(Tagged).order_by("id").one):
            session.close()
            found = read()
            assert (found.tag.note, found.labels[0].tags[0].note) == ("no name", "no name")
            with recorded_requests(client) as requests:
                session.commit()
            assert requests == []
        found.tag.note = "changed"
        with pytest.raises(ValidationError, match="tag name: needs a str"):
            session.commit()


# -- the requests that it takes


def test_one_object_takes_one_request_more(client: Client, session: Session) -> None:
    id = _store(client, name="n", address={"street": "old", "zip": "1"})
    office = session.query(Office).one()
    assert office.address is not None
    office.address.street = "new"
    with recorded_requests(client) as requests:
        session.commit()
    assert [request.method for request in requests] == ["GET", "PATCH"]
    office.name, office.address.street = "n", "new"
    with recorded_requests(client) as requests:
        session.commit()
    assert requests == []
    assert _stored(client, id)["address"] == {"street": "new", "zip": "1"}


def test_many_objects_take_two_requests_more(client: Client, session: Session) -> None:
    ids = [_store(client, name=f"{number}", address={"street": "old", "zip": f"{number}"}) for number in range(20)]
    for office in session.query(Office).all():
        assert office.address is not None
        office.address.street = "new"
    with recorded_requests(client) as requests:
        session.commit()
    assert [request.method for request in requests] == ["GET", "GET"] + ["PATCH"] * 20
    for number, id in enumerate(ids):
        assert _stored(client, id)["address"] == {"street": "new", "zip": f"{number}"}


def test_the_schema_is_enough_where_the_model_maps_all(client: Client, session: Session) -> None:
    session.add_all(Shop(name=f"{number}", address=Address("old")) for number in range(3))
    session.commit()
    for shop in session.query(Shop).all():
        shop.address.street = "new"
    with recorded_requests(client) as requests:
        session.commit()
    assert [request.method for request in requests] == ["GET"] + ["PATCH"] * 3
    assert {shop.address.street for shop in session.query(Shop).all()} == {"new"}


def test_other_changes_take_none(client: Client, session: Session) -> None:
    session.add(Shop(name="a", address=Address("old")))
    session.commit()
    shop = session.query(Shop).one()
    shop.name = "b"
    with recorded_requests(client) as requests:
        session.commit()
    assert [request.method for request in requests] == ["PATCH"]


def test_an_object_that_is_gone_fails_by_itself(client: Client, session: Session) -> None:
    from weaviate_orm import FlushError, NotFoundError

    id = _store(client, name="n", address={"street": "old", "zip": "1"})
    office = session.get(Office, id)
    assert office is not None
    client.data_object.delete(id, "TestNestedOffice")
    office.address = Address("new")
    with pytest.raises(FlushError) as caught:
        session.commit()
    assert isinstance(caught.value.failures[0].reason, NotFoundError)


# -- what tells of them


def test_create_all_tells_of_them(client: Client, collections: None) -> None:
    with pytest.warns(UserWarning, match="not in the model") as caught:
        create_all(client, [Office, Shop])
    of_users = [each for each in caught if each.category is UserWarning]  # what is collected meanwhile may warn as well
    (told,) = {str(each.message) for each in of_users}
    names = ("address.zip", "others.zip", "floors.height", "floors.rooms.key", "fixed.made")
    for name in names:
        assert f"TestNestedOffice.{name}" in told
    assert "TestNestedShop" not in told
    assert of_users[0].filename == __file__
    with warnings.catch_warnings():
        warnings.simplefilter("error", UserWarning)
        create_all(client, [Shop])

"""Objects that other programs stored under other spellings of their ids: an id is a UUID, whatever its text.

The server keeps the text in its id index, and its filters compare texts; answers and paths have UUIDs.
"""

from __future__ import annotations

import random
import re
from collections.abc import Callable, Iterator
from typing import Any
from uuid import UUID

import pytest

from tests.empty_collections import empty_collections
from weaviate_orm import (
    Client,
    DeleteDeniedError,
    Field,
    Model,
    NotFoundError,
    Progress,
    Ref,
    Session,
    field,
    gather,
    listen,
    ref,
    unlisten,
)
from weaviate_orm.exceptions import ResultError, StaleObjectError
from weaviate_orm.query.paging import Method
from weaviate_orm.schema.collection_options import MultiTenancySpec
from weaviate_orm.testing import recorded_requests


class Owner(Model):
    name: Field[str]
    pets: Ref[list[Pet]] = ref(factory=list)
    favourite: Ref[Pet | None] = ref(default=None)

    class Meta:
        name = "TestSpellingsOwner"


class Pet(Model):
    name: Field[str]
    weight: Field[int] = field(default=0)
    chip: Field[int | None] = field(default=None)
    history: Field[str | None] = field(default=None, deferred=True)
    friend: Ref[Pet | None] = ref(default=None)

    class Meta:
        name = "TestSpellingsPet"


class Guarded(Model):
    name: Field[str]

    class Meta:
        name = "TestSpellingsGuarded"


class Guard(Model):
    denies: Ref[Guarded | None] = ref(default=None, on_delete="deny")

    class Meta:
        name = "TestSpellingsGuard"


class Follower(Model):
    name: Field[str] = field(default="")
    follows: Ref[Guarded | None] = ref(default=None, on_delete="cascade")

    class Meta:
        name = "TestSpellingsFollower"


class Counted(Model):
    name: Field[str]
    version: Field[int] = field(default=0)

    class Meta:
        name = "TestSpellingsCounted"
        version = "version"


class Local(Model):
    name: Field[str]
    big: Field[int] = field(default=0)
    leads_out: Ref[Guarded | None] = ref(default=None)

    class Meta:
        name = "TestSpellingsLocal"
        multi_tenancy = MultiTenancySpec(auto_tenant_creation=True)


MODELS = (Pet, Owner, Guarded, Guard, Follower, Counted, Local)
BIG = 5_000_000_000

SPELLINGS: dict[str, Callable[[str], str]] = {
    "usual": str,
    "hex": lambda id: id.replace("-", ""),
    "upper": str.upper,
    "upper hex": lambda id: id.replace("-", "").upper(),
    "mixed": lambda id: "".join(sign.upper() if place % 3 else sign for place, sign in enumerate(id)),
    "mixed hex": lambda id: "".join(
        sign.upper() if place % 2 else sign for place, sign in enumerate(id.replace("-", ""))
    ),
    "braces": lambda id: f"{{{id}}}",
    "urn": lambda id: f"urn:uuid:{id}",
}
_chance = random.Random(11)


def new_id() -> UUID:
    """An id whose spellings differ: it has letters."""
    return UUID(int=_chance.getrandbits(124) | 0xA << 124, version=4)


def alike(count: int) -> list[UUID]:
    """Ids one after the other, whose texts begin alike."""
    first = new_id().int & ~0xFF
    return [UUID(int=first | number) for number in range(count)]


@pytest.fixture(scope="module")
def collections(client: Client) -> Iterator[None]:
    with empty_collections(client, MODELS):
        yield


@pytest.fixture
def session(client: Client, collections: None) -> Iterator[Session]:
    everything = {"path": ["id"], "operator": "Like", "valueText": "*"}
    for model in MODELS:
        if model is not Local:
            match = {"class": model.__mapper__.collection_name, "where": everything}
            client.transport.request("DELETE", "/batch/objects", json={"match": match})
    with Session(client) as opened:
        yield opened


@pytest.fixture(params=list(SPELLINGS))
def spell(request: pytest.FixtureRequest) -> Callable[[UUID], str]:
    return lambda id: SPELLINGS[request.param](str(id))


def store(client: Client, model: type[Model], text: str, *, tenant: str | None = None, **properties: Any) -> UUID:
    """Store an object as another program does, by a batch, which keeps the text of its id; returns the id."""
    body: dict[str, Any] = {"class": model.__mapper__.collection_name, "id": text, "properties": properties}
    body["vector"] = [1.0, 2.0]
    if tenant is not None:
        body["tenant"] = tenant
    (item,) = client.transport.request("POST", "/batch/objects", json={"objects": [body]}).json()
    assert item["result"]["status"] == "SUCCESS", item
    return UUID(re.search("[0-9a-f]{8}-?[0-9a-f-]+", text.lower())[0])  # type: ignore[index]


def stored(client: Client, model: type[Model], id: UUID) -> dict[str, Any] | None:
    """The properties of an object as the server has them."""
    body = client.data_object.get_by_id(id, class_name=model.__mapper__.collection_name)
    return None if body is None else body["properties"]


def beacon(model: type[Model], id: UUID) -> list[dict[str, str]]:
    return [{"beacon": f"weaviate://localhost/{model.__mapper__.collection_name}/{id}"}]


def test_get_refresh_and_what_loads_when_it_is_read(
    client: Client, session: Session, spell: Callable[[UUID], str]
) -> None:
    friend = store(client, Pet, spell(new_id()), name="friend")
    id = store(client, Pet, spell(new_id()), name="Rex", chip=BIG, history="long", friend=beacon(Pet, friend))
    rex = session.get(Pet, id)
    assert rex is not None
    assert (rex.history, rex.friend and rex.friend.id, list(rex.vector)) == ("long", friend, [1.0, 2.0])  # type: ignore[arg-type]
    session.expire(rex)
    assert (rex.name, rex.chip) == ("Rex", BIG)
    client.data_object.update({"name": "Max"}, "TestSpellingsPet", id)
    session.refresh(rex)
    assert rex.name == "Max"
    session.expunge(rex)
    again = Pet.query.where(name="Max").only("name").one()
    assert (again.history, again.chip, again.friend and again.friend.name) == ("long", BIG, "friend")


def test_every_query_by_ids(client: Client, session: Session, spell: Callable[[UUID], str]) -> None:
    rex, max_ = (store(client, Pet, spell(new_id()), name=name, weight=BIG) for name in ("Rex", "Max"))
    ada = store(client, Pet, str(new_id()), name="Ada", weight=3)
    nobody = new_id()
    ids = [rex, ada, nobody, max_]
    assert Pet.query.get(rex).weight == BIG
    assert Pet.query.where(id=rex).count() == 1
    assert Pet.query.where(id=rex).exists()
    assert not Pet.query.where(id=nobody).exists()
    assert {pet.id for pet in Pet.query.where(id__in=ids)} == {rex, max_, ada}
    assert list(Pet.query.in_bulk(ids)) == [rex, ada, max_]
    assert {pet.id for pet in Pet.query.where(Pet.id != rex)} == {ada, max_}
    assert Pet.query.where(Pet.id != rex).count() == 2
    assert Pet.query.where(~Pet.id.in_([rex, nobody]), name="Rex").all() == []
    assert [pet.id for pet in Pet.query.where((Pet.id == rex) | (Pet.name == "Ada")).order_by("name")] == [ada, rex]
    assert Pet.query.where(id=rex, name="Max").count() == 0
    assert Pet.query.where(id__in=ids).aggregate(Pet.weight.sum()) == 2 * BIG + 3
    by_name = Pet.query.where(id__in=ids).aggregate_by(Pet.name, Pet.weight.sum())
    assert {group.value: group.result for group in by_name} == {"Rex": BIG, "Max": BIG, "Ada": 3}
    assert [row["weight"] for row in Pet.query.where(id=rex).values("weight")] == [BIG]
    assert {hit.id for hit in Pet.query.near_vector([1, 2]).where(id__in=ids).limit(5).hits()} == {rex, max_, ada}
    assert [pet.id for pet in Pet.query.near_object(rex).where(Pet.id != rex).limit(1)] != [rex]
    assert [pet.id for pet in Pet.query.where(id__in=ids).order_by("-id").limit(2)] == sorted([rex, max_, ada])[:0:-1]


def test_queries_at_once(client: Client, session: Session, spell: Callable[[UUID], str]) -> None:
    rex = store(client, Pet, spell(new_id()), name="Rex")
    ada = store(client, Owner, spell(new_id()), name="Ada", favourite=beacon(Pet, rex))
    pets, owners, none = gather(Pet.query.where(id=rex), Owner.query.where(favourite=rex), Pet.query.where(id=ada))
    assert ([pet.id for pet in pets], [owner.id for owner in owners], none) == ([rex], [ada], [])


def test_references_to_and_from(client: Client, session: Session, spell: Callable[[UUID], str]) -> None:
    rex, max_ = (store(client, Pet, spell(new_id()), name=name) for name in ("Rex", "Max"))
    owner = store(client, Owner, spell(new_id()), name="Ada", pets=beacon(Pet, rex))
    ada = Owner.query.include("pets").one()
    assert [pet.id for pet in ada.pets] == [rex]
    assert Owner.query.where(pets__id=rex).one() is ada
    assert Owner.query.where(pets=ada.pets[0]).one() is ada
    assert Owner.query.where(pets=max_).count() == 0
    ada.favourite = Pet.query.get(max_)
    ada.pets.append(ada.favourite)
    session.commit()
    assert stored(client, Owner, owner) == {
        "name": "Ada",
        "pets": [
            {**each, "href": f"/v1/objects/TestSpellingsPet/{id}"} for id in (rex, max_) for each in beacon(Pet, id)
        ],
        "favourite": [{**beacon(Pet, max_)[0], "href": f"/v1/objects/TestSpellingsPet/{max_}"}],
    }
    ada.pets.pop(0)
    session.commit()
    session.expire(ada)
    assert [pet.id for pet in ada.pets] == [max_]
    assert [owner.id for owner in Owner.query.where(favourite=max_)] == [owner]
    assert list(session.dangling(Owner)) == []


def test_an_update_reaches_the_stored_object(client: Client, session: Session, spell: Callable[[UUID], str]) -> None:
    id = store(client, Pet, spell(new_id()), name="Rex", history="long")
    rex = Pet.query.one()
    rex.name = "Max"
    session.commit()
    assert stored(client, Pet, id) == {"name": "Max", "history": "long"}
    rex.vector = [3.0, 4.0]
    session.commit()
    assert Pet.query.where(id=id).update(name="Ada", weight=2) == 1
    assert stored(client, Pet, id) == {"name": "Ada", "history": "long", "weight": 2}
    assert Pet.query.count() == 1


def test_upsert_and_merge_keep_what_they_do_not_name(
    client: Client, session: Session, spell: Callable[[UUID], str]
) -> None:
    friend = store(client, Pet, spell(new_id()), name="friend")
    ids = [
        store(client, Pet, spell(new_id()), name="Rex", history="long", friend=beacon(Pet, friend)) for _ in range(3)
    ]
    new = new_id()
    session.upsert([Pet(id=id, name="Max", chip=BIG) for id in (*ids, new)], update=["name"])
    session.commit()
    for id in ids:
        body = stored(client, Pet, id)
        assert body is not None
        assert body.pop("friend")[0]["beacon"] == beacon(Pet, friend)[0]["beacon"]
        assert body == {"name": "Max", "history": "long"}
    assert stored(client, Pet, new) == {"name": "Max", "chip": BIG, "weight": 0}
    merged = session.merge(Pet(id=ids[0], name="Ada"))
    session.commit()
    assert (merged.chip, merged.friend and merged.friend.id) == (None, friend)
    assert Pet.query.count() == 5


def test_find_or_create_by_ids(client: Client, session: Session, spell: Callable[[UUID], str]) -> None:
    id = store(client, Pet, spell(new_id()), name="Rex", history="long")
    rex, is_new = Pet.query.get_or_create(id=id, defaults={"name": "other"})
    assert (rex.name, is_new) == ("Rex", False)
    rex, is_new = Pet.query.update_or_create(id=id, defaults={"name": "Max"})
    assert (is_new, stored(client, Pet, id)) == (False, {"name": "Max", "history": "long"})


def test_deletion_by_object(client: Client, session: Session, spell: Callable[[UUID], str]) -> None:
    ids = [store(client, Pet, spell(new_id()), name="Rex") for _ in range(3)]
    ids += [store(client, Pet, str(new_id()), name="Rex") for _ in range(2)]
    kept = store(client, Pet, spell(new_id()), name="kept")
    gone = store(client, Pet, spell(new_id()), name="Rex")
    pets = Pet.query.where(name="Rex").all()
    client.data_object.delete(gone, "TestSpellingsPet")
    for pet in pets:
        session.delete(pet)
    session.commit()
    assert [stored(client, Pet, id) for id in ids] == [None] * 5
    assert [pet.id for pet in Pet.query] == [kept]


def test_deletion_by_query(client: Client, session: Session, spell: Callable[[UUID], str]) -> None:
    ids = [store(client, Pet, spell(new_id()), name="Rex") for _ in range(4)]
    held = Pet.query.get(ids[0])
    assert Pet.query.where(id__in=[*ids[:2], new_id()]).delete() == 2
    assert held not in session
    assert [stored(client, Pet, id) for id in ids[:2]] == [None, None]
    assert Pet.query.where(id=ids[2], name="Max").delete() == 0
    assert Pet.query.where(Pet.id != ids[2]).delete() == 1
    assert [pet.id for pet in Pet.query] == [ids[2]]
    assert Pet.query.delete() == 1
    assert stored(client, Pet, ids[2]) is None


def test_deletion_that_is_listened_to(client: Client, session: Session, spell: Callable[[UUID], str]) -> None:
    ids = {store(client, Pet, spell(new_id()), name="Rex") for _ in range(3)}
    told: list[UUID] = []

    def note(pet: Model, of: Session) -> None:
        told.append(pet.id)

    listen(session, "after_delete", note)
    try:
        assert Pet.query.where(id__in=ids).delete() == 3
    finally:
        unlisten(session, "after_delete", note)
    assert set(told) == ids
    assert Pet.query.count() == 0


def test_rules_of_deletion(client: Client, session: Session, spell: Callable[[UUID], str]) -> None:
    denied, followed = (store(client, Guarded, spell(new_id()), name=name) for name in ("denied", "followed"))
    store(client, Guard, spell(new_id()), denies=beacon(Guarded, denied))
    follower = store(client, Follower, spell(new_id()), follows=beacon(Guarded, followed))
    session.delete(Guarded.query.get(denied))
    with pytest.raises(DeleteDeniedError):
        session.commit()
    session.rollback()
    session.delete(Guarded.query.get(followed))
    session.commit()
    assert (stored(client, Guarded, followed), stored(client, Follower, follower)) == (None, None)
    assert stored(client, Guarded, denied) == {"name": "denied"}


def test_versions(client: Client, session: Session, spell: Callable[[UUID], str]) -> None:
    id = store(client, Counted, spell(new_id()), name="first", version=1)
    counted = Counted.query.one()
    counted.name = "second"
    session.commit()
    assert stored(client, Counted, id) == {"name": "second", "version": 2}
    client.data_object.update({"version": 7}, "TestSpellingsCounted", id)
    counted.name = "third"
    with pytest.raises(StaleObjectError):
        session.commit()


@pytest.mark.parametrize("size", [1, 3, 10])
@pytest.mark.parametrize("method", ["keyset", "pages"])
def test_a_filter_page_by_page(
    client: Client, session: Session, spell: Callable[[UUID], str], method: Method, size: int
) -> None:
    ids = {store(client, Owner, spell(new_id()), name="some") for _ in range(7)}
    ids |= {store(client, Owner, str(new_id()), name="some") for _ in range(3)}
    ids |= {store(client, Owner, spell(id), name="some") for id in alike(4)}
    store(client, Owner, spell(new_id()), name="other")
    query = Owner.query.where(name="some")
    if method == "pages":
        query = query.order_by("name")
    read = [owner.id for owner in query.iterator(size, method=method)]
    assert (len(read), set(read)) == (14, ids)
    limited = {owner.id for owner in query.limit(12).iterator(size, method=method)}
    assert (len(limited), limited - ids) == (12, set())


@pytest.mark.parametrize("size", [1, 3, 10])
def test_a_class_page_by_page(client: Client, session: Session, spell: Callable[[UUID], str], size: int) -> None:
    ways: list[tuple[type[Model], Method]] = [(Follower, "listing"), (Owner, "cursor"), (Owner, "keyset")]
    for model, method in ways:
        session.query(model).delete()
        ids = [store(client, model, spell(new_id()), name="some") for _ in range(7)]
        ids += [store(client, model, spell(id), name="some") for id in alike(4)]
        read = [each.id for each in session.query(model).iterator(size, method=method)]
        assert sorted(read) == sorted(ids)
        if method != "keyset":
            assert read == sorted(ids)


def test_the_first_of_all_ids(client: Client, session: Session) -> None:
    ids = {store(client, Owner, UUID(int=number).hex, name="some") for number in range(3)}
    assert {owner.id for owner in Owner.query.where(name="some").iterator(1)} == ids
    assert Owner.query.get(UUID(int=0)).name == "some"
    assert len(session.upsert([Owner(id=UUID(int=0), name="other")], update=["name"])) == 1
    session.commit()
    assert {owner.name for owner in Owner.query} == {"some", "other"}


def test_what_is_changed_while_it_is_read(client: Client, session: Session, spell: Callable[[UUID], str]) -> None:
    session._executor.page_size = 2
    ids = {store(client, Pet, spell(new_id()), name="some") for _ in range(7)}
    assert Pet.query.where(name="some").update(name="changed") == 7
    assert Pet.query.where(name="changed").update(name="changed again", vector=[0.5, 0.5]) == 7
    assert {pet.id for pet in Pet.query.where(name="changed again")} == ids
    denied = {store(client, Guarded, spell(new_id()), name="some") for _ in range(7)}
    assert Guarded.query.where(name="some").delete() == len(denied)
    assert Guarded.query.count() == 0


def test_ints_beyond_32_bits(client: Client, session: Session, spell: Callable[[UUID], str]) -> None:
    ids = {store(client, Pet, spell(new_id()), name="Rex", weight=BIG + n, chip=-BIG) for n in range(3)}
    ids.add(store(client, Pet, str(new_id()), name="Rex", weight=BIG + 3, chip=-BIG))
    store(client, Pet, spell(new_id()), name="Rex", weight=1)
    found = Pet.query.where(name="Rex").order_by("weight").all()
    assert [(pet.weight, pet.chip) for pet in found] == [(1, None), *((BIG + n, -BIG) for n in range(4))]
    session.close()
    assert {pet.id: pet.chip for pet in Pet.query.where(id__in=ids)} == dict.fromkeys(ids, -BIG)


def test_bulk_insert_again(client: Client, session: Session, spell: Callable[[UUID], str]) -> None:
    ids = [store(client, Pet, spell(new_id()), name="old", history="long") for _ in range(3)]
    progress: list[Progress] = []
    session.bulk_insert((Pet(id=id, name="new") for id in ids), progress=progress.append)
    assert [(each.done, each.failed) for each in progress] == [(3, 0)]
    assert [stored(client, Pet, id) for id in ids] == [{"name": "new", "weight": 0}] * 3
    assert {pet.id for pet in Pet.query.where(id__in=ids)} == set(ids)
    assert Pet.query.count() == 3


def test_tenants(client: Client, collections: None, spell: Callable[[UUID], str]) -> None:
    id = new_id()
    for tenant in ("one", "two"):
        store(client, Local, spell(id), name=tenant, tenant=tenant, big=BIG)
    elsewhere = store(client, Local, spell(new_id()), name="elsewhere", tenant="two")
    with Session(client, tenant="one") as session:
        assert Local.query.get(id).big == BIG
        assert not Local.query.where(id=elsewhere).exists()
        session.upsert([Local(id=id, name="changed")], update=["name"])
        session.commit()
        assert [local.big for local in Local.query.where(id=id, name="changed")] == [BIG]
        session.delete(Local.query.one())
        session.commit()
        assert Local.query.count() == 0
    with Session(client, tenant="two"):
        assert Local.query.get(id).name == "two"
        assert Local.query.where(id__in=[id, elsewhere]).delete() == 2
        assert Local.query.count() == 0


def test_an_object_that_is_gone(client: Client, session: Session, spell: Callable[[UUID], str]) -> None:
    id = store(client, Pet, spell(new_id()), name="Rex")
    rex = Pet.query.one()
    client.data_object.delete(id, "TestSpellingsPet")
    with pytest.raises(NotFoundError):
        assert rex.history
    assert Pet.query.where(id=id).count() == 0


# -- what it costs


@pytest.mark.wire("graphql")  # gRPC asks of ids beside a count by a request of its own
def test_ordinary_ids_are_asked_for_once(client: Client, session: Session) -> None:
    ids = [store(client, Pet, str(new_id()), name="Rex", weight=1) for _ in range(30)]
    owners = [store(client, Owner, str(new_id()), name="Ada", favourite=beacon(Pet, id)) for id in ids[:2]]
    rex = Pet.query.get(ids[0])
    asked: list[Callable[[], Any]] = [
        lambda: Pet.query.get(ids[1]),
        lambda: rex.history,
        lambda: Pet.query.in_bulk(ids),
        lambda: Pet.query.where(id__in=ids).count(),
        lambda: Pet.query.where(Pet.id != ids[0]).all(),
        lambda: Pet.query.where(id__in=ids, name="nobody").all(),
        lambda: Owner.query.where(favourite__in=ids).all(),
        lambda: Owner.query.where(favourite=rex).count(),
        lambda: Owner.query.where(id=owners[0]).update(name="Ada"),
        lambda: session.upsert([Owner(id=new_id(), name="new") for _ in range(20)]),
        lambda: session.rollback(),
        lambda: Pet.query.where(id__in=ids[:2]).delete(),
    ]
    for number, ask in enumerate(asked):
        with recorded_requests(client) as requests:
            ask()
        assert len(requests) == (number != 10), number


@pytest.mark.wire("graphql")  # gRPC reads one id by its place, and knows at once
def test_what_is_missing_is_asked_for_once_more(client: Client, session: Session) -> None:
    with recorded_requests(client) as requests:
        assert Pet.query.where(id=new_id()).all() == []
    assert len(requests) == 2
    store(client, Pet, str(new_id()), name="Rex")
    with recorded_requests(client) as requests:
        session.upsert([Pet(id=new_id(), name="new") for _ in range(600)])
    assert len(requests) == 3  # the query, how many objects there are, and the ids of these


@pytest.mark.parametrize(("spelling", "count"), [("usual", 30), ("hex", 520), ("upper", 520), ("mixed", 30)])
def test_many_ids(client: Client, session: Session, spelling: str, count: int) -> None:
    texts = [SPELLINGS[spelling](str(new_id())) for _ in range(count)]
    bodies = [
        {"class": "TestSpellingsPet", "id": text, "properties": {"name": "old", "history": "long"}} for text in texts
    ]
    client.transport.request("POST", "/batch/objects", json={"objects": bodies})
    ids = [UUID(text.lower()) for text in texts]
    session.upsert([Pet(id=id, name="new") for id in ids], update=["name"])
    session.commit()
    session.close()
    assert Pet.query.where(id__in=ids, name="new", history="long").count() == count
    for pet in Pet.query.where(id__in=ids):
        session.delete(pet)
    session.commit()
    assert Pet.query.count() == 0


# -- other texts of references


def test_dangling_references_are_told_and_removed_by_ids(
    client: Client, session: Session, spell: Callable[[UUID], str]
) -> None:
    rex = store(client, Pet, spell(new_id()), name="Rex")
    gone = new_id()
    owner = store(client, Owner, spell(new_id()), name="Ada")
    for target in (rex, gone):
        store(client, Pet, str(target), name="Rex") if target == gone else None
        reference = {
            "from": f"weaviate://localhost/TestSpellingsOwner/{owner}/pets",
            "to": f"weaviate://localhost/TestSpellingsPet/{spell(target)}",
        }
        client.transport.request("POST", "/batch/references", json=[reference])
    client.data_object.delete(gone, "TestSpellingsPet")
    (dangling,) = session.dangling(Owner, remove=True)
    assert (dangling.id, dangling.attribute, dangling.target) == (owner, "pets", ("TestSpellingsPet", gone))
    body = stored(client, Owner, owner)
    assert body is not None
    assert len(body["pets"]) == 1
    assert list(session.dangling(Owner)) == []


def test_a_reference_out_of_a_tenant(client: Client, session: Session, spell: Callable[[UUID], str]) -> None:
    guarded = store(client, Guarded, spell(new_id()), name="far")
    local = store(client, Local, spell(new_id()), name="near", tenant="three")
    reference = {
        "from": f"weaviate://localhost/TestSpellingsLocal/{local}/leads_out",
        "to": f"weaviate://localhost/TestSpellingsGuarded/{spell(guarded)}",
        "tenant": "three",
    }
    client.transport.request("POST", "/batch/references", json=[reference])
    with Session(client, tenant="three"):
        found = Local.query.get(local)
        assert found.leads_out is not None
        assert found.leads_out.id == guarded


@pytest.mark.wire("graphql")  # gRPC reads one id by its place, and finds it
def test_a_text_that_no_filter_finds(client: Client, session: Session) -> None:
    id = new_id()
    store(client, Pet, f"x{id}y", name="Rex")
    with pytest.raises(ResultError, match=rf"Pet {id} is stored, but another program spelled its id"):
        Pet.query.where(id=id).all()
    rex = session.get(Pet, id)
    assert rex is not None
    session.delete(rex)
    session.commit()
    assert stored(client, Pet, id) is None

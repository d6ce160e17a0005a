"""What becomes of the objects that refer to deleted ones."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.empty_collections import empty_collections
from tests.sent_queries import is_query
from weaviate_orm import (
    AuthApiKey,
    Client,
    Dangling,
    DeleteDeniedError,
    Field,
    FlushError,
    MappingError,
    Model,
    Ref,
    Session,
    SessionError,
    create_all,
    drop_all,
    ref,
)
from weaviate_orm.embedded import EmbeddedOptions, EmbeddedServer
from weaviate_orm.exceptions import NotSentError
from weaviate_orm.schema.collection_options import MultiTenancySpec
from weaviate_orm.testing import recorded_requests


class Owner(Model):
    name: Field[str]

    class Meta:
        name = "TestDeletionOwner"


class Dog(Model):
    name: Field[str]
    owner: Ref[Owner | None] = ref(on_delete="cascade", default=None)
    parent: Ref[Dog | None] = ref(on_delete="cascade", default=None)
    friends: Ref[list[Dog]] = ref(on_delete="clear", factory=list)
    seen_by: Ref[list[Owner]] = ref(factory=list)

    class Meta:
        name = "TestDeletionDog"


class Passport(Model):
    number: Field[str]
    dog: Ref[Dog | None] = ref(on_delete="deny", default=None)
    owner: Ref[Owner | None] = ref(on_delete="cascade", default=None)

    class Meta:
        name = "TestDeletionPassport"


MODELS = (Owner, Dog, Passport)


@pytest.fixture(scope="module")
def collections(client: Client) -> Iterator[None]:
    with empty_collections(client, MODELS):
        yield


@pytest.fixture
def session(client: Client, collections: None) -> Iterator[Session]:
    for model in MODELS:
        name = model.__mapper__.collection_name
        for each in (client.data_object.get(class_name=name, limit=1000) or {})["objects"]:
            client.data_object.delete(each["id"], name)
    with Session(client) as opened:
        yield opened


def names(client: Client) -> set[str]:
    with Session(client) as other:
        found = {each.name for each in other.query(Owner)} | {each.name for each in other.query(Dog)}
        return found | {each.number for each in other.query(Passport)}


@pytest.mark.wire("graphql")  # gRPC asks of the ids that references lead to by a request of its own
def test_a_cascade_follows_every_level_of_a_class_by_one_query(client: Client, session: Session) -> None:
    ada, bo = Owner(name="Ada"), Owner(name="Bo")
    mother = Dog(name="mother", owner=ada)
    puppies = [Dog(name=f"puppy {number}", parent=mother) for number in range(20)]
    others = [Dog(name="of Bo", owner=bo), Dog(name="stray")]
    session.add_all([bo, *puppies, *others, Passport(number="1", owner=ada)])
    session.commit()
    session.close()
    with Session(client) as other:
        other.delete(other.query(Owner).where(name="Ada").one())
        with recorded_requests(client) as requests:
            other.commit()
        deletes = [request for request in requests if request.method == "DELETE"]
        assert len(deletes) == 3  # one a class
        # who refers to an owner: dogs, passports; to the mother: children, friends, passports; to the puppies: the same
        assert len(requests) - len(deletes) == 2 + 3 + 3
        assert other.deleted == ()
    assert names(client) == {"Bo", "of Bo", "stray"}


def test_a_circle_of_cascades_ends(client: Client, session: Session) -> None:
    one, two = Dog(name="one"), Dog(name="two")
    one.parent, two.parent = two, one
    itself = Dog(name="itself")
    itself.parent = itself
    session.add_all([one, itself])
    session.commit()
    session.delete(two)
    session.delete(itself)
    session.commit()
    assert names(client) == set()


def test_references_are_cleared_and_others_stay(client: Client, session: Session) -> None:
    dogs = [Dog(name=name) for name in "abc"]
    dogs[0].friends = [dogs[1], dogs[2]]
    dogs[1].friends = [dogs[2]]
    session.add_all(dogs)
    session.commit()
    session.close()
    with Session(client) as other:
        other.delete(other.query(Dog).where(name="c").one())
        other.commit()
    bodies = (client.data_object.get(class_name="TestDeletionDog", limit=10) or {})["objects"]
    beacons = {body["properties"]["name"]: len(body["properties"].get("friends") or ()) for body in bodies}
    assert beacons == {"a": 1, "b": 0}


def test_nothing_is_deleted_that_is_still_referred_to(client: Client, session: Session) -> None:
    friend, other = Dog(name="friend"), Dog(name="other")
    dog = Dog(name="dog", friends=[friend])
    session.add_all([Dog(name="sets the length of vectors", vector=[1.0, 2.0]), dog, other])
    session.commit()
    dog.vector = [1.0]  # refused, and with it what else is written of the dog
    session.delete(friend)
    session.delete(other)
    with pytest.raises(FlushError) as caught:
        session.commit()
    assert [(each.object, each.operation) for each in caught.value.failures] == [(dog, "merge"), (friend, "delete")]
    reason = caught.value.failures[1].reason
    assert isinstance(reason, NotSentError)
    assert str(dog.id) in str(reason)
    assert session.deleted == (friend,)
    session.rollback()
    assert dog.friends == [friend]
    session.delete(friend)
    session.commit()
    assert names(client) == {"sets the length of vectors", "dog"}
    assert list(session.dangling(Dog)) == []


def test_a_denied_deletion_sends_and_changes_nothing(client: Client, session: Session) -> None:
    owner = Owner(name="Ada")
    dog = Dog(name="Rex", owner=owner)
    passport = Passport(number="1", dog=dog)
    session.add(passport)
    session.commit()
    session.delete(owner)  # takes the dog with it, which the passport denies
    owner.name = "changed"
    with (
        recorded_requests(client) as requests,
        pytest.raises(DeleteDeniedError, match="refers to it and denies") as hit,
    ):
        session.commit()
    assert hit.value.references == ((passport, "dog", dog),)
    assert {request.method for request in requests} == {"POST"}
    assert all(map(is_query, requests))
    assert session.deleted == (owner,)
    passport.dog = None  # not written yet, and counts
    session.commit()
    assert names(client) == {"1"}


def test_what_denies_may_be_deleted_as_well(client: Client, session: Session) -> None:
    owner = Owner(name="Ada")
    session.add(Passport(number="1", dog=Dog(name="Rex", owner=owner), owner=owner))
    session.commit()
    session.delete(owner)
    session.commit()
    assert names(client) == set()


def test_pending_objects_follow_too(client: Client, session: Session) -> None:
    owner, dog = Owner(name="Ada"), Dog(name="Rex")
    session.add_all([owner, dog])
    session.commit()
    dog.owner = owner
    new = Dog(name="new", owner=owner)
    session.add(new)
    session.delete(owner)
    session.commit()
    assert new not in session
    assert names(client) == set()


def test_without_a_rule_nothing_is_asked(client: Client, session: Session) -> None:
    session.add(Passport(number="1"))
    session.commit()
    session.delete(session.query(Passport).one())
    with recorded_requests(client) as requests:
        session.commit()
    assert len(requests) == 1


def test_dangling_references_are_found_and_removed(client: Client, session: Session) -> None:
    owners = [Owner(name=f"{number}") for number in range(3)]
    dog = Dog(name="Rex", seen_by=owners)
    lonely = Dog(name="lonely", seen_by=owners[2:])
    session.add_all([dog, lonely, Dog(name="other", seen_by=owners[:1])])
    session.commit()
    for owner in owners[1:]:
        session.delete(owner)
    session.commit()
    expected = {Dangling(dog.id, "seen_by", ("TestDeletionOwner", owner.id)) for owner in owners[1:]}
    expected.add(Dangling(lonely.id, "seen_by", ("TestDeletionOwner", owners[2].id)))
    with Session(client) as other:
        assert set(other.dangling(Dog)) == expected
        assert set(other.dangling(Dog)) == expected
        assert set(other.dangling(Dog, remove=True)) == expected
        assert list(other.dangling(Dog)) == []
        assert len(other.query(Dog).where(name="Rex").one().seen_by) == 1
    body = client.data_object.get_by_id(dog.id, class_name="TestDeletionDog")
    assert body is not None
    assert len(body["properties"]["seen_by"]) == 1


def test_wrong_rules_are_refused() -> None:
    with pytest.raises(MappingError, match="on_delete is one of nothing, deny, clear, cascade, not 'set_null'"):
        ref(on_delete="set_null")  # type: ignore[arg-type]


def test_a_rule_across_tenants_is_refused(client: Client, session: Session) -> None:
    class Shared(Model):
        name: Field[str]

    class Private(Model):
        shared: Ref[Shared | None] = ref(on_delete="cascade", default=None)

        class Meta:
            multi_tenancy = MultiTenancySpec()

    models = (Shared, Private)
    create_all(client, models)
    try:
        shared = Shared(name="one")
        session.add(shared)
        session.commit()
        session.delete(shared)
        with pytest.raises(MappingError, match="needs targets of the same tenant"):
            session.commit()
        session.rollback()
    finally:
        drop_all(client, models)


def test_more_than_10000_objects_are_deleted_and_none_stays(client: Client, session: Session) -> None:
    session.bulk_insert(Passport(number=f"{number}") for number in range(12_500))
    for passport in session.query(Passport):
        session.delete(passport)
    with recorded_requests(client) as requests:
        session.commit()
    assert [request.method for request in requests].count("DELETE") == 2
    assert session.deleted == ()
    assert session.query(Passport).count() == 0


def test_a_server_that_deletes_fewer_at_once_is_asked_until_none_is_left(server: object) -> None:
    few = {"QUERY_MAXIMUM_RESULTS": "50"}
    options = EmbeddedOptions(vectorizer=False, additional_env_vars=few, startup_timeout=240)
    with EmbeddedServer(options) as small, Client(small.url, AuthApiKey(small.api_key or "")) as client:
        create_all(client, MODELS)
        with Session(client) as session:
            passports = [Passport(number=f"{number}") for number in range(120)]
            session.add_all(passports)
            session.commit()
            for each in passports[:110]:
                session.delete(each)
            with recorded_requests(client) as requests:
                session.commit()
            assert [request.method for request in requests] == ["DELETE"] * 3
            assert {*session.query(Passport).limit(50)} == {*passports[110:]}


def test_a_list_that_holds_a_deleted_object_can_still_be_changed(client: Client, session: Session) -> None:
    owners = [Owner(name=name) for name in "abc"]
    dog = Dog(name="seen", seen_by=owners[:2])
    session.add_all([dog, *owners])
    session.commit()
    session.delete(owners[0])
    session.commit()
    assert session.dirty == ()
    dog.name = "seen again"
    dog.seen_by.append(owners[2])
    session.commit()
    dog.seen_by.reverse()
    with pytest.raises(SessionError, match=r"seen_by refers to Owner .* which is deleted; take it out"):
        session.commit()
    dog.seen_by.remove(owners[0])
    session.commit()
    with Session(client) as other:
        (found,) = other.query(Dog)
        assert (found.name, [each.name for each in found.seen_by]) == ("seen again", ["c", "b"])
    assert list(session.dangling(Dog)) == []


def test_the_rules_hold_for_new_objects_that_others_bring_along(client: Client, session: Session) -> None:
    ada, stray, other = Owner(name="Ada"), Dog(name="stray"), Dog(name="other")
    session.add_all([ada, stray, other])
    session.commit()
    stray.friends = [Dog(name="of Ada", owner=ada)]
    stray.parent = Dog(name="mother", friends=[other])
    session.delete(ada)
    session.delete(other)
    session.commit()
    assert names(client) == {"stray", "mother"}
    assert (stray.friends, stray.parent.friends) == ([], [])
    assert list(session.dangling(Dog)) == []
    assert session.new == session.dirty == ()

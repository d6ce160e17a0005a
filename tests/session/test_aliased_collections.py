"""Models behind aliases: the server has ``Story_1`` and the alias ``Story``, and everything is as without."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import pytest

from tests.empty_collections import empty_collections
from tests.session.aliased_models import MODELS, Publisher, Review, Room, Scene, Story, Writer
from weaviate_orm import (
    AuthApiKey,
    Client,
    Field,
    ItemError,
    Model,
    Ref,
    SchemaMismatchError,
    Session,
    create_all,
    drop_all,
    field,
    ref,
)
from weaviate_orm.http import collection_names
from weaviate_orm.http.features import Feature
from weaviate_orm.http.transport import Request
from weaviate_orm.testing import Server, recorded_requests
from weaviate_orm.util import generate_uuid5


@pytest.fixture(scope="module")
def collections(client: Client) -> Iterator[None]:
    with empty_collections(client, MODELS):
        yield


@pytest.fixture
def session(client: Client, collections: None) -> Iterator[Session]:
    with Session(client) as opened:
        for model in (Review, Story, Writer, Publisher):
            opened.query(model).delete()
        yield opened


def paths(requests: Sequence[Request]) -> list[str]:
    return [request.url.rpartition("/v1")[2] for request in requests]


def shelf(session: Session) -> tuple[Writer, Writer]:
    """Store two writers with two stories each."""
    ada, bob = Writer(name="Ada"), Writer(name="Bob")
    house = Publisher(name="House")
    first = Story(title="The sea", pages=10, genres=["a"], writer=ada, publisher=house, shape=[1.0, 0.0])
    second = Story(title="The moon", pages=20, genres=["a", "b"], writer=ada, related=[first], shape=[0.0, 1.0])
    third = Story(title="The road", pages=2**40, writer=bob, about=[ada, house], shape=[0.7, 0.7])
    third.related = [first, second, third]
    session.add_all([ada, bob, first, second, third])
    session.commit()
    session.close()
    return ada, bob


# -- collections


def test_they_are_created_with_their_aliases(client: Client, collections: None) -> None:
    aliases = client.alias.list_all()
    for model in MODELS:
        name = model.__mapper__.collection_name
        assert aliases.get(name) == (f"{name}_1" if model.__mapper__.options.alias else None)
    story = {member["name"]: member["dataType"] for member in client.schema.get("TestAliasedStory_1")["properties"]}
    assert story["writer"] == ["TestAliasedWriter_1"]
    assert sorted(story["about"]) == ["TestAliasedPublisher", "TestAliasedWriter_1"]
    with recorded_requests(client) as requests:
        create_all(client, MODELS)
    assert paths(requests) == ["/schema", "/aliases"]


def test_the_specs_keep_logical_names() -> None:
    spec = Story.__mapper__.collection
    assert (spec.name, spec.alias) == ("TestAliasedStory", True)
    assert "alias" not in spec.to_json()
    assert {target for reference in spec.references for target in reference.targets} == {
        "TestAliasedWriter",
        "TestAliasedStory",
        "TestAliasedPublisher",
    }


def test_what_was_interrupted_is_completed(client: Client, unique: str) -> None:
    class Late(Model):
        text: Field[str]

        class Meta:
            name = f"{unique}Late"
            alias = True

    client.schema.create_class({"class": f"{unique}Late_1"})  # and no alias yet
    create_all(client, [Late])
    assert client.alias.get(alias_name=f"{unique}Late") == f"{unique}Late_1"
    assert [member["name"] for member in client.schema.get(f"{unique}Late_1")["properties"]] == ["text"]
    client.schema.delete_class(f"{unique}Late_1")  # as by an interrupted drop_all
    create_all(client, [Late])
    assert client.schema.exists(f"{unique}Late_1")
    drop_all(client, [Late])
    assert not client.schema.exists(f"{unique}Late_1")
    assert not client.alias.exists(alias_name=f"{unique}Late")


def test_several_copies_without_an_alias_are_not_chosen_from(client: Client, unique: str) -> None:
    class Lost(Model):
        text: Field[str]

        class Meta:
            name = f"{unique}Lost"
            alias = True

    for number in (1, 2):
        client.schema.create_class({"class": f"{unique}Lost_{number}"})
    with pytest.raises(SchemaMismatchError, match=r"may have led to any of .*Lost_1, .*Lost_2"):
        create_all(client, [Lost])
    drop_all(client, [Lost])
    assert not client.schema.exists(f"{unique}Lost_2")


def test_the_marks_of_a_rebuild_go_with_its_collections(client: Client, unique: str) -> None:
    class Marked(Model):
        text: Field[str]

        class Meta:
            name = f"{unique}Marked"
            alias = True

    create_all(client, [Marked])
    client.schema.create_class({"class": f"{unique}Marked_2"})
    mark = f"WeaviateOrmRebuild_0_{unique}Marked"
    client.alias.create(alias_name=mark, target_collection=f"{unique}Marked_2")
    drop_all(client, [Marked])
    assert not client.alias.exists(alias_name=mark)
    assert not client.schema.exists(f"{unique}Marked_2")
    client.schema.create_class({"class": f"{unique}Marked_2"})  # a late conversion that was killed at its end
    client.alias.create(alias_name=mark, target_collection=f"{unique}Marked_2")
    create_all(client, [Marked])
    assert client.alias.get(alias_name=f"{unique}Marked") == f"{unique}Marked_2"
    drop_all(client, [Marked])


def test_a_plain_class_of_the_name_is_refused(client: Client, unique: str) -> None:
    class Plain(Model):
        text: Field[str]

        class Meta:
            name = f"{unique}Plain"

    create_all(client, [Plain])

    class Aliased(Model):
        text: Field[str]
        other: Ref[Fresh | None] = ref(default=None)

        class Meta:
            name = f"{unique}Plain"
            alias = True

    class Fresh(Model):
        text: Field[str]

        class Meta:
            name = f"{unique}Fresh"

    with recorded_requests(client) as requests, pytest.raises(SchemaMismatchError, match="weaviate-orm rebuild"):
        create_all(client, [Fresh, Aliased])
    assert {request.method for request in requests} == {"GET"}


def test_an_alias_that_no_model_says_is_used(client: Client, unique: str) -> None:
    class Target(Model):
        name: Field[str] = field(tokenization="field")

        class Meta:
            name = f"{unique}Target"

    class Quiet(Model):
        text: Field[str] = field(tokenization="field")
        more: Field[str | None] = field(default=None)
        to: Ref[Target | None] = ref(default=None)
        any: Ref[list[Target | Quiet]] = ref(factory=list)

        class Meta:
            name = f"{unique}Quiet"

    for name in ("Target", "Quiet"):
        client.schema.create_class({"class": f"{unique}{name}Of2026"})
        client.alias.create(alias_name=f"{unique}{name}", target_collection=f"{unique}{name}Of2026")
    create_all(client, [Quiet, Target])
    create_all(client, [Quiet, Target])
    with Session(client) as session:
        target = Target(name="t")
        quiet = Quiet(text="a", to=target)
        quiet.any = [quiet, target]
        session.add(quiet)
        session.commit()
    with Session(client) as session:
        (loaded,) = session.query(Quiet).where(text="a").include(Quiet.to, Quiet.any)
        assert {type(item).__name__ for item in loaded.any} == {"Quiet", "Target"}
        assert loaded.to in loaded.any
        assert session.query(Quiet).where(Quiet.to.name == "t").count() == 1
        assert session.query(Quiet).where(Quiet.to.name == "t").delete() == 1
    drop_all(client, [Quiet, Target])
    assert not client.schema.exists(f"{unique}QuietOf2026")
    assert not client.alias.exists(alias_name=f"{unique}Quiet")


# -- objects


def test_objects_and_their_references(client: Client, session: Session) -> None:
    ada, _ = shelf(session)
    assert [story.title for story in session.query(Story).order_by("title")] == ["The moon", "The road", "The sea"]
    loaded = session.query(Story).include(Story.writer, Story.related, Story.about, Story.publisher).all()
    by_title = {story.title: story for story in loaded}
    road, sea = by_title["The road"], by_title["The sea"]
    assert [type(item).__name__ for item in road.about] == ["Writer", "Publisher"]
    assert road.related == [sea, by_title["The moon"], road]
    assert road.pages == 2**40
    assert sea.publisher is not None
    assert sea.publisher.name == "House"
    assert sea.writer is session.get(Writer, ada.id)
    assert sea.shape == [1.0, 0.0]
    assert session.query(Story).count() == 3


def test_filters_across_references(session: Session) -> None:
    shelf(session)
    query = session.query(Story)
    assert query.where(Story.writer.name == "Ada").count() == 2
    assert [story.title for story in query.where((Story.publisher.name == "House") | (Story.pages == 20))] != []
    assert query.where(Story.related.writer.name == "Bob").values("title") != []
    assert [writer.name for writer in session.query(Writer).where(Writer.stories.title == "The road")] == ["Bob"]


# 1.35.2 counts deleted objects too, 1.39.2 does not
@pytest.mark.needs(Feature("counting what a negated filter matches", (1, 39, 0)))
def test_negated_filters_across_references(session: Session) -> None:
    shelf(session)
    assert session.query(Story).where(~(Story.writer.name == "Ada")).count() == 1


def test_searches_groups_and_aggregates(session: Session) -> None:
    shelf(session)
    query = session.query(Story)
    assert [story.title for story in query.near_vector([1.0, 0.0], target="shape").limit(1)] == ["The sea"]
    assert [story.title for story in query.bm25("moon")] == ["The moon"]
    assert [story.title for story in query.hybrid("road", alpha=0.0).limit(1)] == ["The road"]
    some = query.where(Story.writer.name == "Ada")
    assert some.aggregate(Story.pages.sum(), Story.id.count()) == (30, 2)
    assert query.aggregate(Story.about.pointing_to()) == ("TestAliasedPublisher", "TestAliasedWriter")
    assert {group.count for group in query.aggregate_by(Story.writer, Story.id.count())} == {1, 2}


def test_keys_have_the_ids_of_logical_names(session: Session) -> None:
    ada, _ = shelf(session)
    assert str(ada.id) == generate_uuid5('["Ada"]', "TestAliasedWriter")
    again = session.upsert([Writer(name="Ada"), Writer(name="Cleo")])
    session.commit()
    assert again[0].id == ada.id
    assert session.query(Writer).count() == 3


def test_changes_of_references(session: Session) -> None:
    shelf(session)
    sea = session.query(Story).where(title="The sea").one()
    road = session.query(Story).where(title="The road").one()
    bob = session.query(Writer).where(name="Bob").one()
    sea.writer = bob
    road.related.remove(sea)
    road.about = []
    session.commit()
    session.expire_all()
    assert {story.title for story in bob.stories} == {"The sea", "The road"}
    assert [story.title for story in road.related] == ["The moon", "The road"]
    assert road.about == []
    sea.writer = None
    session.commit()
    session.expire_all()
    assert sea.writer is None
    assert [story.title for story in bob.stories] == ["The road"]


def test_a_plain_one_refers_to_an_aliased_one(session: Session) -> None:
    shelf(session)
    sea = session.query(Story).where(title="The sea").one()
    session.add(Review(text="deep", story=sea))
    session.commit()
    session.close()
    (review,) = session.query(Review).where(Review.story.title == "The sea").include(Review.story)
    assert review.story is not None
    assert review.story.title == "The sea"
    session.delete(review.story)
    session.commit()
    assert session.query(Review).count() == 0
    assert session.query(Story).count() == 2


def test_dangling_references(session: Session) -> None:
    shelf(session)
    with Session(session.client) as other:
        other.query(Story).where(title="The sea").delete()
    dangling = list(session.dangling(Story, remove=True))
    assert {(item.attribute, item.target[0]) for item in dangling} == {("related", "TestAliasedStory")}
    assert list(session.dangling(Story)) == []
    assert list(session.dangling(Writer)) == []  # the other session cleared its inverse reference


def test_versions_nested_members_and_merges(client: Client, session: Session) -> None:
    story = Story(title="v", scenes=[Scene("inn", 1)])
    session.add(story)
    session.commit()
    with Session(client) as other:
        theirs = other.get(Story, story.id)
        assert theirs is not None
        theirs.scenes[0].line = 2
        other.commit()
    merged = Session(client).merge(theirs)
    assert merged.scenes == [Scene("inn", 2)]
    session.refresh(story)
    story.title = "w"
    session.commit()
    assert session.query(Story).where(title="w").one().revision == 3


def test_tenants(client: Client, collections: None) -> None:
    with Session(client) as session:
        ada = session.upsert([Writer(name="Ada")])[0]
        session.commit()
    with Session(client, tenant="east") as session:
        session.add(Room(name="hall", next=Room(name="attic"), writer=ada))
        session.commit()
        session.close()
        (hall,) = session.query(Room).where(Room.next.name == "attic")
        assert hall.next is not None
        assert hall.next.name == "attic"
        assert hall.writer is not None
        assert hall.writer.name == "Ada"  # read by its beacon
        assert list(session.dangling(Room)) == []
        assert session.query(Room).where(name="hall").delete() == 1
    assert set(client.tenants.get("TestAliasedRoom")) == {"east"}


# -- requests


@pytest.fixture
def names_do_not_age(monkeypatch: pytest.MonkeyPatch) -> None:
    """However long a busy machine takes, old names are not read again."""
    monkeypatch.setattr(collection_names, "MAX_AGE", 1000)


def connect(server: Server) -> Client:
    return Client(server.url, auth_client_secret=AuthApiKey(server.api_key) if server.api_key else None)


@pytest.mark.usefixtures("names_do_not_age")
def test_names_are_read_once_a_client(server: Server, session: Session) -> None:
    shelf(session)
    with connect(server) as client, recorded_requests(client) as requests, Session(client) as other:
        for story in other.query(Story).include(Story.writer).all():
            story.title += "!"
        other.commit()
        other.query(Story).where(Story.writer.name == "Ada").count()
        other.get(Writer, generate_uuid5('["Ada"]', "TestAliasedWriter"))
    assert paths(requests).count("/aliases") == 1


def test_a_commit_by_a_new_client_takes_one_request_more(server: Server, collections: None) -> None:
    with connect(server) as client, recorded_requests(client) as requests, Session(client) as session:
        session.add(Story(title="a", related=[Story(title="b")]))
        session.commit()
    assert paths(requests) == ["/aliases", "/batch/objects", "/batch/references"]


def test_clients_of_plain_collections_read_none(server: Server, session: Session) -> None:
    with connect(server) as client, recorded_requests(client) as requests, Session(client) as other:
        other.add(Publisher(name="House"))
        other.commit()
        assert other.query(Publisher).where(name="House").count() == 1
        other.query(Publisher).delete()
    assert "/aliases" not in paths(requests)


def test_the_batch_of_v3_names_physical_collections(client: Client, collections: None) -> None:
    name = client.transport.collection_names.physical("TestAliasedWriter")
    with client.batch as batch:
        batch.add_data_object({"name": "Zoe"}, name)
    with Session(client) as session:
        assert session.query(Writer).where(name="Zoe").count() == 1


@pytest.mark.usefixtures("names_do_not_age")
@pytest.mark.wire("graphql")  # objects with vectors go by gRPC too
def test_a_refused_object_is_refused_once(client: Client, session: Session) -> None:
    with recorded_requests(client) as requests:
        client.transport.collection_names.refresh()
        session.add(Story(title="x", shape=[1.0, 2.0]))
        session.commit()
        requests.clear()
        session.add(Story(title="y", shape=[1.0, 2.0, 3.0]))
        with pytest.raises(Exception, match="length 3") as refused:
            session.commit()
    assert isinstance(refused.value.failures[0].reason, ItemError)  # type: ignore[attr-defined]
    assert paths(requests) == ["/batch/objects"]

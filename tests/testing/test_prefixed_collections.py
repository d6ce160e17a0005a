"""Collections of tests on a shared server, under names with a prefix, which models do not see."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from weaviate_orm import (
    AuthApiKey,
    Client,
    ConfigurationError,
    Field,
    FlushError,
    Model,
    Ref,
    Session,
    Tenant,
    create_all,
    drop_all,
    field,
    ref,
)
from weaviate_orm.schema import MultiTenancySpec
from weaviate_orm.testing import (
    Server,
    assert_requests,
    drop_collections,
    empty_collections,
    prefixed_collections,
    recorded_requests,
)


class Singer(Model):
    name: Field[str] = field(tokenization="field")
    songs: Ref[list[Song]] = ref(factory=list, inverse="singer")

    class Meta:
        name = "PrefixedSinger"
        key = "name"


class Song(Model):
    title: Field[str] = field(tokenization="field")
    singer: Ref[Singer | None] = ref(default=None, inverse="songs")
    about: Ref[list[Singer | Song]] = ref(factory=list)

    class Meta:
        name = "PrefixedSong"
        alias = True


class Demo(Model):
    title: Field[str] = field(tokenization="field")

    class Meta:
        name = "PrefixedDemo"
        multi_tenancy = MultiTenancySpec(enabled=True)


MODELS: list[Any] = [Singer, Song, Demo]


@pytest.fixture(params=["GraphQL", "gRPC"])
def clients(server: Server, unique: str, request: pytest.FixtureRequest) -> Iterator[list[Client]]:
    """Two clients, each with collections of its own, and one without any prefix."""
    secret = AuthApiKey(server.api_key) if server.api_key is not None else None
    grpc = server.grpc_port if request.param == "gRPC" else False
    if grpc is None:
        pytest.skip("where the server has gRPC is not known")
    with (
        Client(server.url, auth_client_secret=secret, grpc=grpc) as first,
        Client(server.url, auth_client_secret=secret, grpc=grpc) as second,
        Client(server.url, auth_client_secret=secret, grpc=grpc) as plain,
        prefixed_collections(first, f"{unique}A_"),
        prefixed_collections(second, f"{unique}B_"),
    ):
        clients = [first, second, plain]
        for client in clients:
            drop_all(client, MODELS)
            create_all(client, MODELS)
            create_all(client, MODELS)
        yield clients
        for client in clients:
            drop_all(client, MODELS)


def names(client: Client) -> set[str]:
    return {body["class"] for body in client.schema.get()["classes"]}


def test_each_client_has_its_own_collections(clients: list[Client], unique: str) -> None:
    first, second, plain = clients
    assert {name for name in names(plain) if name.startswith(unique)} == {
        f"{unique}{letter}_Prefixed{name}" for letter in "AB" for name in ("Singer", "Song_1", "Demo")
    }
    for client in clients:
        for tenant in ("a", "b"):
            client.tenants.create("PrefixedDemo", Tenant(tenant))
    for number, client in enumerate(clients):
        with Session(client, tenant="a") as session:
            ada = Singer(name="Ada")
            songs = [Song(title=f"{number}", singer=ada, about=[ada]) for number in range(number + 1)]
            songs[0].about.append(songs[-1])
            session.add_all([*songs, Demo(title="demo")])
            session.commit()
    for number, client in enumerate(clients):
        with Session(client, tenant="a") as session:
            query = session.query(Song).where(singer__name="Ada").order_by("title").include(Song.singer, Song.about)
            # by gRPC, the server follows one class of a reference at a time
            with assert_requests(client, 1 if client.transport.rpc is None else 2):
                songs = query.all()
                assert [song.title for song in songs] == [str(each) for each in range(number + 1)]
                assert {type(about) for about in songs[0].about} == {Singer, Song}
            assert session.query(Singer).one().songs[0].singer is songs[0].singer
            assert session.query(Song).count() == number + 1
            assert session.query(Song).bm25("0").one().title == "0"
            assert session.get(Singer, Singer(name="Ada").id) is songs[0].singer
            assert session.query(Demo).one().title == "demo"
            assert session.query(Demo).tenant("b").count() == 0
            songs[0].title = "changed"
            songs[0].singer = None
            session.commit()
            assert session.query(Song).where(title="changed", singer__isnull=True).count() == 1
            assert list(session.dangling(Song)) == []
            assert session.query(Song).where(title="changed").delete() == 1
            session.upsert([Singer(name="Ada"), Singer(name="Bo")])
            session.commit()
            assert session.query(Singer).count() == 2
    empty_collections(first)
    with Session(first) as session, Session(second) as other:
        assert session.query(Song).count() == session.query(Singer).count() == 0
        assert first.tenants.get("PrefixedDemo") == {}
        assert other.query(Singer).count() == 2
        assert second.tenants.get("PrefixedDemo").keys() == {"a", "b"}
    drop_all(second, MODELS)
    assert f"{unique}B_PrefixedSong_1" not in names(plain)
    assert {f"{unique}A_PrefixedSong_1", "PrefixedSinger"} <= names(plain)
    drop_collections(plain, f"{unique}A_")
    assert not [name for name in names(plain) if name.startswith(unique)]
    assert not [alias for alias in plain.alias.list_all() if alias.startswith(unique)]


def test_errors_have_the_names_of_the_models(clients: list[Client]) -> None:
    with Session(clients[0]) as session, pytest.raises(FlushError) as refused:
        session.add(Singer(name="Ada", vector=[1.0]))
        session.commit()
        session.add(Singer(name="Bo", vector=[1.0, 2.0]))
        session.commit()
    assert refused.value.failures[0].object.name == "Bo"


def test_emptying_sends_no_more_than_there_is_to_do(clients: list[Client]) -> None:
    with recorded_requests(clients[0]) as requests:
        empty_collections(clients[0])
    assert [request.url.rpartition("/v1")[2] for request in requests][:1] == ["/schema"]
    assert not [request for request in requests if request.method in ("DELETE", "PUT")]


def test_a_prefix_begins_a_name(client: Client) -> None:
    with pytest.raises(ConfigurationError, match="begin with a capital"), prefixed_collections(client, "gw0"):
        pass
    with pytest.raises(ValueError, match="an empty prefix"):
        drop_collections(client, "")


def test_the_wrong_number_of_requests_is_an_error_that_lists_them(clients: list[Client]) -> None:
    with Session(clients[0]) as session:
        with pytest.raises(AssertionError) as wrong, assert_requests(clients[0], 1):
            session.query(Singer).all()
            session.query(Singer).where(name="a" * 1000).count()
        first, second, third = str(wrong.value).splitlines()
        assert first == "2 requests were sent, not 1:"
        assert second.startswith(("1. POST http://", "1. POST grpc://"))
        assert third.startswith(("2. POST http://", "2. POST grpc://"))
        assert third.endswith(("…", " bytes"))
        with pytest.raises(ZeroDivisionError), assert_requests(clients[0], 1):
            raise ZeroDivisionError

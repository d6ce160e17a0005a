"""Users who may read, or read and write, the data of two collections use the mapper whole, by gRPC."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from itertools import pairwise
from typing import Any

import pytest
from starlette.testclient import TestClient

from weaviate_orm import (
    AuthApiKey,
    Client,
    Field,
    FlushError,
    Model,
    NotFoundError,
    Ref,
    Session,
    create_all,
    field,
    ref,
)
from weaviate_orm.exceptions import AuthenticationError, PermissionDeniedError
from weaviate_orm.explorer.web_application import explorer_application
from weaviate_orm.testing import Server, recorded_requests


class Shelf(Model):
    name: Field[str] = field(tokenization="field")

    class Meta:
        name = "TestPrivilegeShelf"


class Jar(Model):
    label: Field[str] = field(tokenization="field")
    size: Field[int | None] = field(default=None)
    note: Field[str] = field(default="")
    shelf: Ref[Shelf | None] = ref(default=None)
    beside: Ref[list[Jar | Shelf]] = ref(factory=list)

    class Meta:
        name = "TestPrivilegeJar"


class Safe(Model):
    """Of another user."""

    label: Field[str] = field(tokenization="field")
    size: Field[int | None] = field(default=None)

    class Meta:
        name = "TestPrivilegeSafe"


COLLECTIONS = (Shelf.__mapper__.collection_name, Jar.__mapper__.collection_name)


@contextmanager
def user_of(root: Client, server: Server, name: str, verbs: Sequence[str]) -> Iterator[Client]:
    """A client of a user who may read the schema of jars and shelves, and do with their data what verbs say."""
    permissions: list[dict[str, Any]] = []
    for collection in COLLECTIONS:
        permissions.append({"action": "read_collections", "collections": {"collection": collection}})
        data = {"collection": collection, "tenant": "*", "object": "*"}
        permissions += ({"action": f"{verb}_data", "data": data} for verb in verbs)
    root.users.db.create(user_id=name)
    key = root.users.db.rotate_key(user_id=name)
    root.roles.create(role_name=f"{name}s", permissions=permissions)
    root.users.db.assign_roles(user_id=name, role_names=f"{name}s")
    with Client(server.url, AuthApiKey(key), grpc=server.grpc_port) as client:
        yield client
    root.users.db.delete(user_id=name)
    root.roles.delete(f"{name}s")


def jars() -> list[Jar]:
    low, high = Shelf(name="low"), Shelf(name="high")
    made = [
        Jar(label=f"j{size}", size=size, note="of glass", shelf=low, vector=[float(size), 1.0]) for size in range(5)
    ]
    for one, other in pairwise(made):
        one.beside = [other, high]
    return made


@pytest.fixture(scope="module")
def root(guarded: Client) -> Iterator[Client]:
    """The server's administrator; the collections are there, and hold five jars, and something of the other user's."""
    guarded.schema.delete_all()
    create_all(guarded, [Shelf, Jar, Safe])
    with Session(guarded) as session:
        session.add_all([*jars(), Safe(label="gold", size=1, vector=[1.0, 0.0])])
        session.commit()
    yield guarded
    guarded.schema.delete_all()


@pytest.fixture(scope="module")
def reader(root: Client, guarded_server: Server) -> Iterator[Client]:
    """A client of a user who may read."""
    with user_of(root, guarded_server, "reader", ["read"]) as client:
        yield client


@pytest.fixture(scope="module")
def writer(root: Client, guarded_server: Server) -> Iterator[Client]:
    """A client of a user who may read and write."""
    with user_of(root, guarded_server, "writer", ["create", "read", "update", "delete"]) as client:
        yield client


@pytest.fixture
def no_jars(root: Client) -> Iterator[None]:
    """There are no jars in a test, and the five again after it."""
    with Session(root) as session:
        session.query(Jar).delete()
        session.query(Shelf).delete()
        yield
        session.query(Jar).delete()
        session.query(Shelf).delete()
        session.add_all(jars())
        session.commit()


@pytest.fixture
def no_graphql(request: pytest.FixtureRequest) -> Iterator[None]:
    """Fails a test in which the user's client sends a document of GraphQL."""
    client = request.getfixturevalue("reader" if "reader" in request.fixturenames else "writer")
    with recorded_requests(client) as requests:
        yield
    assert [each.url for each in requests if "/graphql" in each.url] == []
    assert any(each.url.startswith("grpc://") for each in requests)


READINGS: dict[str, Callable[[Any], Any]] = {
    "where": lambda jar: len(jar.where(label="j1").all()) == 1,
    "where beyond a reference": lambda jar: len(jar.where(Jar.shelf.name == "low").all()) == 5,
    "where beyond one of several classes": lambda jar: len(jar.where(Jar.beside.on(Shelf).name == "high").all()) == 4,
    "whole texts": lambda jar: len(jar.where(Jar.note.exact("of glass")).all()) == 5,
    "order": lambda jar: [each.size for each in jar.order_by("-size")] == [4, 3, 2, 1, 0],
    "all": lambda jar: len(jar.all()) == 5,
    "iterator": lambda jar: len(list(jar.where(Jar.size >= 0).iterator(2))) == 5,
    "include": lambda jar: {each.shelf.name for each in jar.include("shelf")} == {"low"},
    "include of several classes": lambda jar: (
        [type(each).__name__ for each in jar.include("beside").get(label="j0").beside] == ["Jar", "Shelf"]
    ),
    "count": lambda jar: jar.count() == jar.where(Jar.size >= 0).count() == 5,
    "exists": lambda jar: jar.where(label="j1").exists() and not jar.where(label="j9").exists(),
    "get": lambda jar: jar.get(label="j2").size == 2 and jar.get(jar.first().id) is jar.first(),
    "in_bulk": lambda jar: len(jar.in_bulk([each.id for each in jar])) == 5,
    "lazy loading of a value": lambda jar: {each.size for each in jar.only("label")} == set(range(5)),
    "lazy loading of a reference": lambda jar: {each.shelf.name for each in jar.where(Jar.size >= 0)} == {"low"},
    "lazy loading of several classes": lambda jar: len(jar.get(label="j3").beside) == 2,
    "lazy loading of a vector": lambda jar: list(jar.get(label="j3").vector) == [3.0, 1.0],
    "values": lambda jar: jar.order_by("size").values_list("size", flat=True) == [0, 1, 2, 3, 4],
    "aggregate": lambda jar: jar.aggregate(Jar.size.sum(), Jar.size.maximum()) == (10, 4),
    "aggregate_by": lambda jar: [group.count for group in jar.aggregate_by(Jar.label)] == [1] * 5,
    "near_vector": lambda jar: jar.near_vector([4.0, 1.0]).all()[0].label == "j4",
    "near_object": lambda jar: jar.near_object(jar.get(label="j4").id).limit(1).one().label == "j4",
    "bm25": lambda jar: jar.bm25("j2").limit(1).one().label == "j2",
    "hybrid": lambda jar: jar.hybrid("j2", vector=[4.0, 1.0], alpha=0).limit(1).one().label == "j2",
    "group_by": lambda jar: jar.near_vector([4.0, 1.0]).limit(5).group_by("note").groups()[0].count == 5,
    "explain": lambda jar: jar.where(label="j1").explain().wire == "gRPC",
}


@pytest.mark.parametrize("name", READINGS)
def test_a_reader_of_two_collections(reader: Client, no_graphql: None, name: str) -> None:
    with Session(reader) as session:
        session.query(Jar).where(label="j1").exists()  # by gRPC, whatever the reading takes
        assert READINGS[name](session.query(Jar))


def test_a_session_of_a_reader(reader: Client, no_graphql: None) -> None:
    with Session(reader) as session:
        first = session.query(Jar).order_by("label").all()[0]
        assert session.get(Jar, first.id) is first
        session.refresh(first)
        session.expire(first)
        assert first.label == "j0"
        assert first.shelf is not None
        first.size = 100
        with pytest.raises(FlushError):
            session.commit()
        session.rollback()
        assert first.size == 0


def test_a_writer_of_two_collections(no_jars: None, writer: Client, no_graphql: None) -> None:
    with Session(writer) as session:
        session.add_all(stored := jars())
        session.commit()
    with Session(writer) as session:
        query = session.query(Jar)
        first = query.get(stored[0].id)
        assert query.where(label="j3").update(size=30) == 1
        first.size = 7
        first.beside.append(query.get(label="j3"))
        first.shelf = None
        session.commit()
        assert query.where(size=7).one() is first
        assert query.where(label="j4").delete() == 1
        assert query.get_or_create(label="j1")[1] is False
        assert query.get_or_create(label="j9")[1] is True
        assert query.update_or_create({"size": 8}, label="j9")[1] is False
        session.delete(query.get(label="j2"))
        session.merge(Jar(id=first.id, label="j0", size=70))
        session.upsert([Jar(label="j10", size=10)])
        session.commit()
        assert session.bulk_insert([Jar(label="j11"), Jar(label="j12")]).stored == 2
        session.expire_all()
        assert sorted(query.values_list("label", flat=True)) == ["j0", "j1", "j10", "j11", "j12", "j3", "j9"]
        assert {type(each).__name__ for each in first.beside} == {"Jar", "Shelf"}
        assert query.where(Jar.size >= 0).delete() == 5


CLOSED: dict[str, Callable[[Session], Any]] = {
    "all": lambda session: session.query(Safe).all(),
    "order": lambda session: session.query(Safe).order_by("label").all(),
    "where": lambda session: session.query(Safe).where(label="gold").all(),
    "count": lambda session: session.query(Safe).count(),
    "exists": lambda session: session.query(Safe).exists(),
    "aggregate": lambda session: session.query(Safe).aggregate(Safe.size.sum()),
    "search": lambda session: session.query(Safe).near_vector([1.0, 0.0]).limit(1).all(),
    "get": lambda session: session.get(Safe, "00000000-0000-0000-0000-000000000001"),
    "commit": lambda session: session.query(Safe).create(label="lead"),
    "delete": lambda session: session.query(Safe).where(label="gold").delete(),
    "update": lambda session: session.query(Safe).where(label="gold").update(size=2),
}


@pytest.mark.parametrize("wire", [None, "grpc"])
@pytest.mark.parametrize("name", CLOSED)
def test_collections_of_others_are_closed(root: Client, writer: Client, wire: Any, name: str) -> None:
    with Session(writer, wire=wire) as session, pytest.raises((PermissionDeniedError, FlushError)) as caught:
        CLOSED[name](session)
    assert "forbidden" in str(caught.value)
    with Session(root) as session:
        assert session.query(Safe).values_list("label", "size") == [("gold", 1)]


def test_what_only_graphql_carries_says_which_permission_it_takes(reader: Client) -> None:
    with Session(reader) as session, pytest.raises(PermissionDeniedError) as caught:
        session.query(Jar).near_vector([1.0, 1.0]).limit(5).group_similar(0.1).all()
    assert "GraphQL, which takes read_collections of all collections (*)" in str(caught.value)
    assert "gRPC cannot carry it: it has no group()" in str(caught.value)
    assert caught.value.status_code == 403


def test_a_session_by_graphql_says_so_too(reader: Client) -> None:
    with Session(reader, wire="graphql") as session, pytest.raises(PermissionDeniedError) as caught:
        session.query(Jar).where(label="j1").all()
    assert "read_collections" in str(caught.value)


def test_what_is_not_there_is_not_forbidden(reader: Client) -> None:
    with Session(reader) as session, pytest.raises(NotFoundError):
        session.query(Jar).get(label="j9")


def test_a_key_that_is_rotated(root: Client, guarded_server: Server) -> None:
    """The old key is refused by gRPC, once and not by HTTP as well; a client with the new one goes on."""
    with user_of(root, guarded_server, "potter", ["create", "read", "update"]) as user:
        with Session(user) as session:
            session.add(Jar(label="old", vector=[1.0, 1.0]))
            session.commit()
        key = root.users.db.rotate_key(user_id="potter")
        with recorded_requests(user) as requests, Session(user), pytest.raises(AuthenticationError) as caught:
            Jar.query.where(label="old").all()
        assert [request.url.partition(":")[0] for request in requests] == ["grpc"]
        assert caught.value.status_code == 401
        with Client(guarded_server.url, AuthApiKey(key), grpc=guarded_server.grpc_port) as client, Session(client):
            assert [jar.label for jar in Jar.query.where(label="old")] == ["old"]
    with Session(root) as session:
        session.query(Jar).where(label="old").delete()


# -- the explorer


def test_the_explorer_shows_what_a_user_may_read(reader: Client) -> None:
    pages = TestClient(explorer_application(reader, key="k"), base_url="http://127.0.0.1")
    overview = pages.get("/?key=k").text
    counts = re.findall(r'collections/TestPrivilege(\w+)">[^<]*</a></td>\s*<td class="number">(\d+)</td>', overview)
    assert counts == [("Jar", "5"), ("Shelf", "2")]
    assert "TestPrivilegeSafe" not in overview
    listing = pages.get("/collections/TestPrivilegeJar").text
    jars_of_page = re.findall(r'href="(/collections/TestPrivilegeJar/objects/[^"]*)', listing)
    assert len(jars_of_page) == 5
    for jar in jars_of_page:
        page = pages.get(jar)
        assert "TestPrivilegeJar.beside" in page.text
        assert "problem" not in page.text
    assert pages.get("/collections/TestPrivilegeSafe").status_code == 404


def test_the_explorer_says_what_takes_grpc(reader: Client) -> None:
    key = reader.transport.auth
    with Client(reader.url, grpc=False, startup_period=None) as client:
        client.transport.auth = key
        pages = TestClient(explorer_application(client, key="k"), base_url="http://127.0.0.1")
        overview = pages.get("/?key=k").text
        assert overview.count("not to be counted") == 2
        page = pages.get("/collections/TestPrivilegeJar")
    assert page.status_code == 200
    assert "permission" in page.text

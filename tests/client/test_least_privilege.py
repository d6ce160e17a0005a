"""A user who may read and write the data of two collections uses the mapper whole, by gRPC."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from weaviate_orm import AuthApiKey, Client, Field, Model, Ref, Session, create_all, field, ref
from weaviate_orm.exceptions import AuthenticationError, PermissionDeniedError
from weaviate_orm.testing import Server, recorded_requests


class Shelf(Model):
    name: Field[str] = field(tokenization="field")

    class Meta:
        name = "TestPrivilegeShelf"


class Jar(Model):
    label: Field[str] = field(tokenization="field")
    size: Field[int | None] = field(default=None)
    shelf: Ref[Shelf | None] = ref(default=None)

    class Meta:
        name = "TestPrivilegeJar"


class Safe(Model):
    """Of another user."""

    label: Field[str]

    class Meta:
        name = "TestPrivilegeSafe"


@pytest.fixture
def user(empty: Client, guarded_server: Server) -> Iterator[Client]:
    """A client of a user with permissions for the jars and their shelves."""
    create_all(empty, [Shelf, Jar, Safe])
    permissions: list[dict[str, Any]] = []
    for name in (Shelf.__mapper__.collection_name, Jar.__mapper__.collection_name):
        permissions.append({"action": "read_collections", "collections": {"collection": name}})
        for verb in ("create", "read", "update", "delete"):
            permissions.append({"action": f"{verb}_data", "data": {"collection": name, "tenant": "*", "object": "*"}})
    empty.users.db.create(user_id="potter")
    key = empty.users.db.rotate_key(user_id="potter")
    empty.roles.create(role_name="potters", permissions=permissions)
    empty.users.db.assign_roles(user_id="potter", role_names="potters")
    with Client(guarded_server.url, AuthApiKey(key), grpc=guarded_server.grpc_port) as client:
        yield client
    empty.users.db.delete(user_id="potter")
    empty.roles.delete("potters")


def test_a_user_of_two_collections(user: Client) -> None:
    with recorded_requests(user) as requests:
        with Session(user) as session:
            shelf = Shelf(name="low")
            jars = [Jar(label=f"j{size}", size=size, shelf=shelf, vector=[float(size), 1.0]) for size in range(5)]
            session.add_all(jars)
            session.commit()
        with Session(user) as session:
            query = session.query(Jar)
            assert query.count() == query.where(Jar.shelf.name == "low").count() == 5
            assert [jar.shelf.name for jar in query.include("shelf").order_by("label") if jar.shelf] == ["low"] * 5
            assert query.where(label="j1").exists()
            first = query.get(jars[0].id)
            assert first.shelf is not None  # loaded when it is read
            assert first.shelf.name == "low"
            assert query.aggregate(Jar.size.sum()) == 10
            assert [group.count for group in query.aggregate_by(Jar.label)] == [1] * 5
            assert query.near_vector([4.0, 1.0]).limit(1).all()[0].label == "j4"
            assert query.bm25("j2").limit(1).all()[0].label == "j2"
            assert len(query.in_bulk([jar.id for jar in jars])) == 5
            assert query.where(label="j3").update(size=30) == 1
            first.size = 7
            session.commit()
            assert query.where(size=7).one() is first
            assert query.where(label="j4").delete() == 1
            assert query.get_or_create(label="j1")[1] is False
    assert [request.url for request in requests if request.url.endswith("/graphql")] == []


@pytest.mark.parametrize("wire", [None, "grpc"])
def test_collections_of_others_are_closed(user: Client, wire: Any) -> None:
    with Session(user, wire=wire) as session, pytest.raises(PermissionDeniedError) as caught:
        session.query(Safe).order_by("label").all()
    assert caught.value.status_code == 403


def test_a_key_that_is_rotated(user: Client, empty: Client, guarded_server: Server) -> None:
    """The old key is refused by gRPC, once and not by HTTP as well; a client with the new one goes on."""
    with Session(user) as session:
        session.add(Jar(label="old", vector=[1.0, 1.0]))
        session.commit()
    key = empty.users.db.rotate_key(user_id="potter")
    with recorded_requests(user) as requests, Session(user), pytest.raises(AuthenticationError) as caught:
        Jar.query.where(label="old").all()
    assert [request.url.partition(":")[0] for request in requests] == ["grpc"]
    assert caught.value.status_code == 401
    with Client(guarded_server.url, AuthApiKey(key), grpc=guarded_server.grpc_port) as client, Session(client):
        assert [jar.label for jar in Jar.query.where(label="old")] == ["old"]

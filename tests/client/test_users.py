from __future__ import annotations

from collections.abc import Iterator

import pytest

from weaviate_orm.client.client import Client
from weaviate_orm.client.permissions import permission
from weaviate_orm.exceptions import AuthenticationError, PermissionDeniedError, UnexpectedStatusCodeException
from weaviate_orm.http.auth import AuthApiKey
from weaviate_orm.http.features import USER_EXPORT
from weaviate_orm.testing import Server


@pytest.fixture
def key(guarded: Client) -> Iterator[str]:
    """The key of the database user ``ada``."""
    yield guarded.users.db.create(user_id="ada")
    guarded.users.db.delete(user_id="ada")


@pytest.fixture
def reader(guarded: Client) -> Iterator[str]:
    """The name of a role that may read the schema."""
    guarded.roles.create(role_name="reader", permissions=permission("read_collections"))
    yield "reader"
    guarded.roles.delete("reader")


def test_who_asks(guarded: Client) -> None:
    me = guarded.users.get_my_user()
    assert me["username"] == "root"
    assert [role["name"] for role in me["roles"]] == ["root"]


def test_a_database_user_comes_and_goes(guarded: Client, guarded_server: Server, key: str) -> None:
    found = guarded.users.db.get(user_id="ada", include_last_used_time=True)
    assert found is not None
    assert (found["userId"], found["dbUserType"], found["active"]) == ("ada", "db_user", True)
    assert "lastUsedAt" in found
    assert {user["userId"] for user in guarded.users.db.list_all()} == {"ada", "root"}
    with Client(guarded_server.url, AuthApiKey(key)) as ada:
        assert ada.users.get_my_user()["username"] == "ada"
    assert guarded.users.db.delete(user_id="ada")
    assert not guarded.users.db.delete(user_id="ada")
    assert guarded.users.db.get(user_id="ada") is None
    with pytest.raises(AuthenticationError):
        Client(guarded_server.url, AuthApiKey(key))


def test_an_id_that_is_taken(guarded: Client, key: str) -> None:
    with pytest.raises(UnexpectedStatusCodeException, match="ada") as caught:
        guarded.users.db.create(user_id="ada")
    assert caught.value.status_code == 409


def test_a_new_key_makes_the_old_one_invalid(guarded: Client, guarded_server: Server, key: str) -> None:
    rotated = guarded.users.db.rotate_key(user_id="ada")
    assert rotated != key
    with Client(guarded_server.url, AuthApiKey(rotated)) as ada:
        assert ada.users.get_my_user()["username"] == "ada"
    with pytest.raises(AuthenticationError):
        Client(guarded_server.url, AuthApiKey(key))


def test_a_user_is_locked_out_and_let_in(guarded: Client, guarded_server: Server, key: str) -> None:
    users = guarded.users.db
    assert users.deactivate(user_id="ada")
    assert not users.deactivate(user_id="ada")
    with pytest.raises(AuthenticationError):
        Client(guarded_server.url, AuthApiKey(key))
    assert users.activate(user_id="ada")
    assert not users.activate(user_id="ada")
    Client(guarded_server.url, AuthApiKey(key)).close()
    assert users.deactivate(user_id="ada", revoke_key=True)
    assert users.activate(user_id="ada")
    with pytest.raises(AuthenticationError):
        Client(guarded_server.url, AuthApiKey(key))


def test_roles_of_a_database_user(guarded: Client, guarded_server: Server, key: str, reader: str) -> None:
    users = guarded.users.db
    with Client(guarded_server.url, AuthApiKey(key)) as ada:
        assert ada.schema.get() == {"classes": []}  # what may not be read is not shown
        with pytest.raises(PermissionDeniedError):
            ada.schema.create_class({"class": "Forbidden"})
    users.assign_roles(user_id="ada", role_names=reader)
    assert list(users.get_assigned_roles(user_id="ada")) == [reader]
    full = users.get_assigned_roles(user_id="ada", include_permissions=True)
    assert full[reader]["permissions"] == [permission("read_collections")]
    assert guarded.roles.get_user_assignments(reader) == [{"userId": "ada", "userType": "db_user"}]
    users.revoke_roles(user_id="ada", role_names=[reader])
    assert users.get_assigned_roles(user_id="ada") == {}
    assert guarded.roles.get_user_assignments(reader) == []


def test_roles_of_a_group(guarded: Client, reader: str) -> None:
    groups = guarded.groups.oidc
    groups.assign_roles(group_id="team/a b", role_names=[reader])
    assert list(groups.get_assigned_roles(group_id="team/a b")) == [reader]
    full = groups.get_assigned_roles(group_id="team/a b", include_permissions=True)
    assert full[reader]["permissions"] == [permission("read_collections")]
    assert groups.get_known_group_names() == ["team/a b"]
    assert guarded.roles.get_group_assignments(reader) == [{"groupId": "team/a b", "groupType": "oidc"}]
    groups.revoke_roles(group_id="team/a b", role_names=reader)
    assert groups.get_assigned_roles(group_id="team/a b") == {}
    assert groups.get_known_group_names() == []


@pytest.mark.needs(USER_EXPORT)
def test_users_are_exported_and_imported(guarded: Client, guarded_server: Server, key: str) -> None:
    users = guarded.users.db
    exported = [user for user in users.export_users() if user["userId"] == "ada"]
    assert [user["status"] for user in exported] == ["exported"]
    assert users.import_users(users=exported) == [{"userId": "ada", "status": "skipped_exists"}]
    users.delete(user_id="ada")
    assert users.import_users(users=exported) == [{"userId": "ada", "status": "created"}]
    with Client(guarded_server.url, AuthApiKey(key)) as ada:
        assert ada.users.get_my_user()["username"] == "ada"
        with pytest.raises(PermissionDeniedError):
            ada.users.db.export_users()
    (refused,) = users.import_users(users=[{"userId": "ben", "secureHash": None}])
    assert refused["status"] == "error"
    assert "secureHash" in refused["error"]

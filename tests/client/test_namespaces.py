from __future__ import annotations

import secrets
from collections.abc import Iterator

import pytest

from weaviate_orm.client.client import Client
from weaviate_orm.embedded import EmbeddedOptions, EmbeddedServer
from weaviate_orm.exceptions import UnexpectedStatusCodeException
from weaviate_orm.http.auth import AuthApiKey
from weaviate_orm.http.features import NAMESPACES
from weaviate_orm.testing import Server

pytestmark = pytest.mark.needs(NAMESPACES)


@pytest.fixture(scope="module")
def divided(server: Server) -> Iterator[Client]:
    """A client of a server with namespaces, as ``root``."""
    key = secrets.token_urlsafe()
    settings = {
        "AUTHENTICATION_APIKEY_ALLOWED_KEYS": key,
        "AUTHENTICATION_APIKEY_USERS": "root",
        "AUTHENTICATION_DB_USERS_ENABLED": "true",
        "AUTHORIZATION_RBAC_ENABLED": "true",
        "AUTHORIZATION_RBAC_ROOT_USERS": "root",
        "NAMESPACES_ENABLED": "true",
        "DISABLE_GRAPHQL": "true",
        "REPLICATION_MAXIMUM_FACTOR": "1",
    }
    options = EmbeddedOptions(vectorizer=False, additional_env_vars=settings, startup_timeout=240)
    with EmbeddedServer(options) as started, Client(started.url, AuthApiKey(key)) as connected:
        yield connected


def test_a_namespace_comes_and_goes(divided: Client) -> None:
    namespaces = divided.namespaces
    assert namespaces.get(name="sales") is None
    node = divided.cluster.get_nodes_status()[0]["name"]
    created = namespaces.create(name="sales")
    assert created == {"name": "sales", "state": "active", "home_node": node}
    assert created == namespaces.get(name="sales")
    assert created in namespaces.list_all()
    assert namespaces.update(name="sales", home_node=node) == created
    namespaces.suspend(name="sales")
    assert namespaces.get(name="sales") == {**created, "state": "suspended"}
    namespaces.resume(name="sales")
    assert namespaces.get(name="sales") == created
    assert namespaces.delete(name="sales")
    deleted = namespaces.get(name="sales")
    assert deleted is None or deleted["state"] == "deleting"
    assert not namespaces.delete(name="missing")


def test_what_cannot_be_a_namespace(divided: Client) -> None:
    namespaces = divided.namespaces
    namespaces.create(name="taken", home_node=divided.cluster.get_nodes_status()[0]["name"])
    for call, status in (
        (lambda: namespaces.create(name="taken"), 409),
        (lambda: namespaces.create(name="x"), 422),
        (lambda: namespaces.create(name="other", home_node="missing"), 422),
        (lambda: namespaces.update(name="taken", home_node="missing"), 422),
        (lambda: namespaces.suspend(name="missing"), 404),
        (lambda: namespaces.resume(name="missing"), 404),
    ):
        with pytest.raises(UnexpectedStatusCodeException) as caught:
            call()
        assert caught.value.status_code == status


def test_users_are_taken_into_a_namespace(divided: Client, guarded: Client) -> None:
    divided.namespaces.create(name="support")
    key = guarded.users.db.create(user_id="nadia")
    exported = [user for user in guarded.users.db.export_users() if user["userId"] == "nadia"]
    guarded.users.db.delete(user_id="nadia")
    with pytest.raises(UnexpectedStatusCodeException, match="namespace is required"):
        divided.users.db.import_users(users=exported)
    results = divided.users.db.import_users(users=exported, namespace="support")
    assert results == [{"userId": "nadia", "status": "created"}]
    with Client(divided.url, AuthApiKey(key)) as nadia:
        assert nadia.users.get_my_user()["username"].endswith("nadia")


def test_a_server_without_namespaces(client: Client) -> None:
    for call in (
        client.namespaces.list_all,
        lambda: client.namespaces.get(name="sales"),
        lambda: client.namespaces.create(name="sales"),
        lambda: client.namespaces.delete(name="sales"),
    ):
        with pytest.raises(UnexpectedStatusCodeException, match="not enabled") as caught:
            call()
        assert caught.value.status_code == 404

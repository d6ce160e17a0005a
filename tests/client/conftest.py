"""A second server, with the switches that the first one leaves off."""

from __future__ import annotations

import secrets
from collections.abc import Iterator

import pytest

from weaviate_orm.client.client import Client
from weaviate_orm.embedded import EmbeddedOptions, EmbeddedServer
from weaviate_orm.http.auth import AuthApiKey
from weaviate_orm.testing import Server


@pytest.fixture(scope="session")
def guarded_server(server: Server) -> Iterator[Server]:
    """A server with roles, database users and what is off by default; its key is that of the user ``root``."""
    key = secrets.token_urlsafe()
    settings = {
        "AUTHENTICATION_APIKEY_ALLOWED_KEYS": key,
        "AUTHENTICATION_APIKEY_USERS": "root",
        "AUTHENTICATION_DB_USERS_ENABLED": "true",
        "AUTHORIZATION_RBAC_ENABLED": "true",
        "AUTHORIZATION_RBAC_ROOT_USERS": "root",
        "REPLICA_MOVEMENT_ENABLED": "true",
        "EXPORT_ENABLED": "true",
        "EXPORT_DEFAULT_PATH": "/exports",
        "RUNTIME_REINDEX_ENABLED": "true",
        "EXPERIMENTAL_REST_SEARCH_ENABLED": "true",
        "ENABLE_EXPERIMENTAL_ALTER_SCHEMA_DROP_VECTOR_INDEX_ENDPOINT": "true",
    }
    with EmbeddedServer(EmbeddedOptions(additional_env_vars=settings, startup_timeout=240)) as started:
        yield Server(started.url, key, started.grpc_port)


@pytest.fixture(scope="session")
def guarded(guarded_server: Server) -> Iterator[Client]:
    """A client of that server, as ``root``."""
    with Client(guarded_server.url, AuthApiKey(str(guarded_server.api_key))) as connected:
        yield connected


@pytest.fixture
def empty(guarded: Client) -> Iterator[Client]:
    """That client; the server has no collections before and after the test."""
    guarded.schema.delete_all()
    yield guarded
    guarded.schema.delete_all()

"""An issuer, and two Weaviates that trust it: one for each kind of client.

A server names one client of the issuer. Passwords want a public client, client credentials one with a secret.
"""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.auth.keycloak import CONFIDENTIAL, PUBLIC, Issuer, running_keycloak, trusting
from weaviate_orm.embedded import EmbeddedServer


@pytest.fixture(scope="session")
def issuer() -> Iterator[Issuer]:
    with running_keycloak() as running:
        yield running


@pytest.fixture(scope="session")
def public_server(issuer: Issuer) -> Iterator[EmbeddedServer]:
    """A Weaviate that trusts the issuer's public client."""
    with trusting(issuer, PUBLIC) as server:
        yield server


@pytest.fixture(scope="session")
def public(public_server: EmbeddedServer) -> str:
    """The address of that."""
    return public_server.url


@pytest.fixture(scope="session")
def confidential(issuer: Issuer) -> Iterator[str]:
    """The address of a Weaviate that trusts the issuer's client with a secret."""
    with trusting(issuer, CONFIDENTIAL) as server:
        yield server.url

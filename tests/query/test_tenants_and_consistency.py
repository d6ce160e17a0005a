"""Queries of one tenant, and at a consistency level: arguments that the server has for some collections only."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.cluster import Cluster
from tests.empty_collections import empty_collections
from weaviate_orm import Client, Field, Model, Session, create_all, drop_all, field
from weaviate_orm.schema.collection_options import MultiTenancySpec, ReplicationSpec


class Ticket(Model):
    """Of a tenant."""

    code: Field[str] = field(tokenization="field")

    class Meta:
        name = "TestScopeTicket"
        multi_tenancy = MultiTenancySpec(auto_tenant_creation=True)


class Ledger(Model):
    """On three nodes."""

    code: Field[str] = field(tokenization="field")

    class Meta:
        name = "TestScopeLedger"
        replication = ReplicationSpec(factor=3)


@pytest.fixture
def tickets(client: Client) -> Iterator[Client]:
    with empty_collections(client, [Ticket]):
        yield client


def test_a_tenant(tickets: Client) -> None:
    with Session(tickets, tenant="a") as session:
        session.add_all([Ticket(code="a1"), Ticket(code="a2")])
        session.add(Ticket(code="b1"), tenant="b")
        session.commit()
        for tenant, codes in (("a", {"a1", "a2"}), ("b", {"b1"})):
            query = Ticket.query.tenant(tenant)
            assert {ticket.code for ticket in query} == codes  # listed by REST
            assert {ticket.code for ticket in query.order_by("code")} == codes
            assert query.count() == len(codes)
        assert Ticket.query.count() == 2


def test_a_consistency_level(cluster: Cluster) -> None:
    with cluster.client() as client:
        drop_all(client, [Ledger])
        create_all(client, [Ledger])
        for level in ("ONE", "QUORUM"):
            with Session(client, consistency_level="QUORUM") as session:
                session.add(Ledger(code=level))  # on both nodes that take data
                session.commit()
            with Session(client, consistency_level=level) as session:
                query = session.query(Ledger).where(code=level).with_metadata("is_consistent")
                assert f"consistencyLevel: {level}" not in query.graphql()  # the session's, which it knows when it runs
                (hit,) = query.hits()
                assert (hit.object.code, hit.is_consistent) == (level, True)

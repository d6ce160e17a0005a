"""Several tenants in one program, and consistency levels."""

from __future__ import annotations

from collections.abc import Iterator
from uuid import uuid4

import pytest

from tests.empty_collections import empty_collections
from tests.session.library_models import Author
from weaviate_orm import (
    Client,
    ConfigurationError,
    ConsistencyLevel,
    Field,
    FlushError,
    Model,
    QueryError,
    Ref,
    Session,
    SessionError,
    Tenant,
    ValidationError,
    field,
    inspect,
    ref,
)
from weaviate_orm.query.graphql.compiler import compile_get
from weaviate_orm.query.query import Query
from weaviate_orm.schema.collection_options import MultiTenancySpec, ReplicationSpec
from weaviate_orm.session.request_options import RequestOptions
from weaviate_orm.testing import recorded_requests


class Country(Model):
    """Shared by all tenants."""

    name: Field[str]

    class Meta:
        name = "TestTenantsCountry"


class Customer(Model):
    email: Field[str] = field(tokenization="field")
    points: Field[int | None] = field(default=None)
    country: Ref[Country | None] = ref(default=None)
    orders: Ref[list[Order]] = ref(inverse="customer", factory=list)

    class Meta:
        name = "TestTenantsCustomer"
        key = ("email",)
        multi_tenancy = MultiTenancySpec()


class Order(Model):
    title: Field[str]
    customer: Ref[Customer | None] = ref(inverse="orders", default=None)

    class Meta:
        name = "TestTenantsOrder"
        multi_tenancy = MultiTenancySpec()


class Copied(Model):
    """Never created: replication needs nodes."""

    name: Field[str]

    class Meta:
        name = "TestTenantsCopied"
        replication = ReplicationSpec(factor=3)


MODELS = (Country, Customer, Order)


@pytest.fixture
def tenants(client: Client) -> Iterator[None]:
    """Two tenants, "a" and "b", without objects."""
    with empty_collections(client, MODELS):
        for model in (Customer, Order):
            client.tenants.create(model.__mapper__.collection_name, ["a", "b"])
        yield


def test_a_session_of_a_tenant_sees_and_writes_only_its_objects(client: Client, tenants: None) -> None:
    for tenant in ("a", "b"):
        with Session(client, tenant=tenant) as session:
            customer = Customer(email="ada@example.org", points=2**40, country=Country(name=f"Country of {tenant}"))
            customer.orders = [Order(title=f"{tenant}{number}") for number in range(3)]
            session.add(customer)
            session.commit()
    for tenant in ("a", "b"):
        with Session(client, tenant=Tenant(tenant)) as session:
            customer = session.query(Customer).one()
            assert customer.points == 2**40
            assert customer.country is not None
            assert customer.country.name == f"Country of {tenant}"
            assert [order.title for order in customer.orders] == [f"{tenant}{number}" for number in range(3)]
            assert session.query(Order).count() == 3
            assert session.get(Customer, customer.id) is customer
            customer.points = 7
            customer.country = None
            session.delete(customer.orders[0])
            customer.orders.append(Order(title=f"{tenant} new"))
            session.commit()
            session.refresh(customer)
            assert customer.points == 7
    with Session(client, tenant="b") as session:
        with pytest.raises(QueryError, match="leave out include"):
            session.query(Order).include("customer__country").all()
        found = session.query(Customer).include("orders__customer").one()
        assert [order.title for order in found.orders] == ["b1", "b2", "b new"]
        assert all(order.customer is found for order in found.orders)
        assert session.query(Country).count() == 2


def test_one_commit_of_several_tenants_and_classes(client: Client, tenants: None) -> None:
    with Session(client) as session:
        mine, other = Customer(email="ada@example.org"), Customer(email="ada@example.org", points=1)
        assert mine.id == other.id  # the id of the key, in two tenants
        mine.orders = [Order(title="mine")]
        session.add(mine, tenant="a")
        session.add(other, tenant="b")
        session.add(Country(name="shared"))
        with recorded_requests(client) as requests:
            session.commit()
        assert len(requests) == 2
        assert session.get(Customer, mine.id, tenant="a") is mine
        assert session.get(Customer, mine.id, tenant="b") is other
        assert session.query(Customer).tenant("b").one() is other
        mine.points = other.points = 5
        later = Order(title="later")
        other.orders.append(later)  # joins its customer's tenant
        session.commit()
        assert session.query(Order).tenant("b").one() is later
        session.delete(mine)
        session.delete(later)
        with recorded_requests(client) as requests:
            session.commit()
        assert sum("/batch/objects" in request.url for request in requests) == 2
        assert session.query(Customer).tenant("a").count() == 0
        assert session.query(Customer).tenant("b").count() == 1
        assert session.query(Order).tenant("a").one().customer is None


def test_without_a_tenant_nothing_is_sent(client: Client, tenants: None) -> None:
    with Session(client) as session, recorded_requests(client) as requests:
        customer = Customer(email="ada@example.org")
        with pytest.raises(SessionError, match=r"multi-tenant, and no tenant is named: use Session\(tenant=…\), or"):
            session.add(customer)
        with pytest.raises(SessionError, match="no tenant is named"):
            session.add(Order(title="1", customer=customer))
        assert session.new == ()
        for ask in (
            lambda: session.query(Customer).all(),
            lambda: session.query(Customer).count(),
            lambda: session.query(Customer).hits(),
            lambda: session.query(Customer).exists(),
            lambda: session.get(Customer, uuid4()),
        ):
            with pytest.raises(QueryError, match=r"use Session\(tenant=…\), or Customer\.query\.tenant\(…\)"):
                ask()
    assert requests == []


def test_model_query_of_a_tenant(client: Client, tenants: None) -> None:
    with Session(client, tenant="a") as session:
        session.add(Customer(email="ada@example.org"))
        assert Customer.query.tenant("a").count() == 1
        assert Customer.query.tenant(Tenant("b")).all() == []
    with Session(client):
        found = Customer.query.tenant("a").where(email="ada@example.org").one()
        assert found.country is None  # loads in its tenant
        found.email = found.email
        assert found.orders == []
    with pytest.raises(QueryError, match="Country is not multi-tenant"):
        Country.query.tenant("a")
    with pytest.raises(QueryError, match="1 to 64 letters"):
        Customer.query.tenant("a b")


def test_references_do_not_lead_out_of_a_tenant(client: Client, tenants: None) -> None:
    with Session(client) as session, recorded_requests(client) as requests:
        customer, order = Customer(email="ada@example.org"), Order(title="1")
        session.add(customer, tenant="a")
        session.add(order, tenant="b")
        order.customer = customer
        with pytest.raises(ValidationError, match="of tenant 'b', and the object is that of tenant 'a'"):
            session.commit()
        assert requests == []
        session.rollback()
    with Session(client, tenant="b") as session:
        session.add(order)  # of no tenant again
        session.commit()
        assert session.query(Order).count() == 1
        with pytest.raises(SessionError, match="belongs to tenant 'b', and cannot move to 'a'"):
            session.add(order, tenant="a")


def test_a_tenant_that_is_not_there_is_the_failure_of_its_objects(client: Client, tenants: None) -> None:
    with Session(client, tenant="missing") as session:
        customer = Customer(email="ada@example.org")
        session.add(customer)
        with pytest.raises(FlushError, match="missing") as caught:
            session.commit()
        assert [failure.object for failure in caught.value.failures] == [customer]
        client.tenants.create("TestTenantsCustomer", "missing")
        session.commit()
        assert session.query(Customer).one() is customer


def test_a_detached_object_keeps_its_tenant(client: Client, tenants: None) -> None:
    with Session(client, tenant="a") as session:
        customer = Customer(email="ada@example.org")
        session.add(customer)
        session.commit()
    customer.points = 3
    with Session(client, tenant="b") as session:
        session.add(customer)
        session.commit()
        assert session.query(Customer).count() == 0
    with Session(client, tenant="b") as session:
        merged = session.merge(customer)
        assert merged.points == 3
        assert session.query(Customer).tenant("a").one() is merged


@pytest.mark.wire("graphql")  # it names requests of HTTP
def test_the_level_is_said_in_every_request(client: Client, session: Session) -> None:
    with Session(client, consistency_level="ONE") as strict, recorded_requests(client) as requests:
        author = Author(name="Ada", mentor=Author(name="Bo"))
        strict.add(author)
        strict.commit()
        author.name = "Cy"
        author.mentor = Author(name="Di")
        strict.commit()
        strict.refresh(author)
        strict.delete(author)
        strict.commit()
    assert [request.method for request in requests] == ["POST", "POST", "POST", "PATCH", "PUT", "GET", "DELETE"]
    assert all(request.params["consistency_level"] == "ONE" for request in requests)


def test_queries_name_a_level_only_of_replicated_classes() -> None:
    options = RequestOptions(consistency_level=ConsistencyLevel.QUORUM)
    assert "consistencyLevel: QUORUM" in str(compile_get(options.apply(Query(Copied.__mapper__.entity))))
    assert "consistencyLevel" not in str(compile_get(options.apply(Query(Country.__mapper__.entity))))


def test_wrong_names_are_refused(client: Client) -> None:
    with pytest.raises(ConfigurationError, match="1 to 64 letters"):
        Session(client, tenant="no tenant")
    with pytest.raises(ConfigurationError, match="consistency_level is one of ALL, ONE, QUORUM"):
        Session(client, consistency_level="TWO")


def test_inspect_of_a_tenants_object(client: Client, tenants: None) -> None:
    with Session(client, tenant="a") as session:
        customer = Customer(email="ada@example.org")
        session.add(customer)
        session.commit()
        assert inspect(customer).tenant == "a"

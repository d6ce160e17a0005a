from __future__ import annotations

import pytest

from weaviate_orm.client.client import Client
from weaviate_orm.exceptions import UnexpectedStatusCodeException
from weaviate_orm.types import Tenant, TenantActivityStatus

HOT, COLD = TenantActivityStatus.HOT, TenantActivityStatus.COLD


@pytest.fixture
def shop(client: Client, unique: str) -> str:
    """The name of a class with tenants."""
    client.schema.create_class({"class": unique, "vectorizer": "none", "multiTenancyConfig": {"enabled": True}})
    return unique


def test_create_get_and_remove(client: Client, shop: str) -> None:
    client.tenants.create(shop, ["acme", Tenant("globex", COLD)])
    client.tenants.create(shop, "initech")
    assert client.tenants.get(shop) == {
        "acme": Tenant("acme"),
        "globex": Tenant("globex", COLD),
        "initech": Tenant("initech", HOT),
    }
    assert client.tenants.get_by_name(shop, "globex") == Tenant("globex", COLD)
    assert client.tenants.get_by_name(shop, "hooli") is None
    assert client.tenants.exists(shop, Tenant("acme"))
    assert not client.tenants.exists(shop, "hooli")
    client.tenants.remove(shop, ["acme", "hooli"])
    client.tenants.remove(shop, Tenant("initech"))
    assert list(client.tenants.get(shop)) == ["globex"]


def test_create_of_a_tenant_that_exists_leaves_it(client: Client, shop: str) -> None:
    client.tenants.create(shop, Tenant("acme", COLD))
    client.tenants.create(shop, "acme")
    assert client.tenants.get_by_name(shop, "acme") == Tenant("acme", COLD)


def test_more_tenants_than_one_request_may_change(client: Client, shop: str) -> None:
    names = [f"t{number}" for number in range(250)]
    client.tenants.create(shop, names)
    client.tenants.deactivate(shop, names)
    assert {tenant.activity_status for tenant in client.tenants.get(shop).values()} == {COLD}
    client.tenants.activate(shop, names[:1])
    assert client.tenants.get_by_name(shop, "t0") == Tenant("t0", HOT)


def test_an_inactive_tenant_is_not_asked(client: Client, shop: str) -> None:
    client.tenants.create(shop, "acme")
    client.tenants.deactivate(shop, "acme")
    with pytest.raises(UnexpectedStatusCodeException, match="acme"):
        client.data_object.create({}, shop, tenant="acme")


def test_what_the_server_refuses(client: Client, shop: str, unique: str) -> None:
    with pytest.raises(UnexpectedStatusCodeException):
        client.tenants.update(shop, Tenant("hooli"))
    client.tenants.create(shop, "acme")
    with pytest.raises(UnexpectedStatusCodeException, match="offload"):
        client.tenants.offload(shop, "acme")
    client.schema.create_class({"class": f"{unique}Single"})
    with pytest.raises(UnexpectedStatusCodeException, match="multi-tenancy is not enabled"):
        client.tenants.get(f"{unique}Single")


def test_the_names_of_v3(client: Client, shop: str) -> None:
    client.schema.add_class_tenants(shop, [Tenant(name="acme"), Tenant(name="globex")])
    client.schema.update_class_tenants(shop, [Tenant("acme", activity_status=COLD)])
    client.schema.remove_class_tenants(shop, ["globex"])
    assert client.schema.get_class_tenants(shop) == [Tenant("acme", COLD)]


@pytest.mark.parametrize("name", ["", "a b", "ä", "x" * 65, None])
def test_names_that_no_tenant_can_have(client: Client, name: str) -> None:
    with pytest.raises(ValueError, match="1 to 64 letters"):
        Tenant(name)
    with pytest.raises(ValueError, match="1 to 64 letters"):
        client.tenants.create("Shop", [name])


@pytest.mark.parametrize(
    ("new", "old"),
    [("ACTIVE", "HOT"), ("INACTIVE", "COLD"), ("OFFLOADED", "FROZEN"), ("OFFLOADING", "FREEZING")],
)
def test_both_vocabularies_of_the_status(new: str, old: str) -> None:
    assert TenantActivityStatus(new) is TenantActivityStatus(old)
    assert TenantActivityStatus[new] is TenantActivityStatus[old]
    with pytest.raises(ValueError, match="LUKEWARM"):
        TenantActivityStatus("LUKEWARM")

"""The tenants of a multi-tenant collection."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from weaviate_orm.batch.engine import batched
from weaviate_orm.client.paths import path, stored_name
from weaviate_orm.exceptions import ArgumentTypeError, ValidationError
from weaviate_orm.http.transport import Transport
from weaviate_orm.types import JSONObject, Tenant, TenantActivityStatus

UPDATE_LIMIT = 100
"""The most tenants of an update (measured on Weaviate 1.39)."""

TENANT = {"name": str, "activityStatus?": str}
"""The shape of a tenant."""


class Tenants:
    """``/v1/schema/{class}/tenants``. Reached as ``client.tenants``; v3's methods are on ``client.schema``.

    Tenants are a :class:`~weaviate_orm.types.Tenant`, a name, or a list of these. A class may be named by its alias.
    """

    def __init__(self, transport: Transport) -> None:
        self._transport = transport

    def get(self, class_name: str) -> dict[str, Tenant]:
        """Return all tenants by their names."""
        body: list[JSONObject] = self._transport.request("GET", self._path(class_name)).json([TENANT])
        return {item["name"]: _tenant(item) for item in body}

    def get_by_name(self, class_name: str, tenant: str | Tenant) -> Tenant | None:
        """Return a tenant, or None when it does not exist."""
        resource = self._path(class_name, _name(tenant))
        answer = self._transport.request("GET", resource, accept=frozenset({404}))
        return None if answer.status == 404 else _tenant(answer.json(TENANT))

    def exists(self, class_name: str, tenant: str | Tenant) -> bool:
        """Return whether a tenant exists, active or not."""
        resource = self._path(class_name, _name(tenant))
        return self._transport.request("HEAD", resource, accept=frozenset({404})).status != 404

    def create(self, class_name: str, tenants: str | Tenant | Iterable[str | Tenant]) -> None:
        """Create tenants. Existing tenants are not changed."""
        created = [_json(tenant) for tenant in _as_list(tenants)]
        self._write("POST", class_name, created)

    def update(self, class_name: str, tenants: Tenant | Iterable[Tenant]) -> None:
        """Set the activity status of tenants, by requests of up to a hundred.

        Raises UnexpectedStatusError (422) when a tenant does not exist; tenants of earlier requests are changed.
        """
        changed = [_json(tenant) for tenant in _as_list(tenants)]
        for part in batched(changed, UPDATE_LIMIT):
            self._write("PUT", class_name, part)

    def remove(self, class_name: str, tenants: str | Tenant | Iterable[str | Tenant]) -> None:
        """Delete tenants and all their objects. It is no error if a tenant does not exist."""
        names = [_name(tenant) for tenant in _as_list(tenants)]
        self._write("DELETE", class_name, names)

    def activate(self, class_name: str, tenants: str | Tenant | Iterable[str | Tenant]) -> None:
        """Load tenants into memory, so that they can be queried."""
        self._set(class_name, tenants, TenantActivityStatus.ACTIVE)

    def deactivate(self, class_name: str, tenants: str | Tenant | Iterable[str | Tenant]) -> None:
        """Keep tenants on the server's disk only."""
        self._set(class_name, tenants, TenantActivityStatus.INACTIVE)

    def offload(self, class_name: str, tenants: str | Tenant | Iterable[str | Tenant]) -> None:
        """Move tenants to cold storage; needs a server with the module ``offload-s3``."""
        self._set(class_name, tenants, TenantActivityStatus.OFFLOADED)

    def _write(self, method: str, class_name: str, tenants: Sequence[object]) -> None:
        # the server takes no alias here (measured on Weaviate 1.39)
        names, name = self._transport.collection_names, stored_name(class_name)
        names.retry(
            lambda: self._transport.request(method, path("schema", names.physical(name), "tenants"), json=tenants)
        )

    def _path(self, class_name: str, *tenant: str) -> str:
        name = self._transport.collection_names.prefix + stored_name(class_name)
        return path("schema", name, "tenants", *tenant)

    def _set(
        self, class_name: str, tenants: str | Tenant | Iterable[str | Tenant], status: TenantActivityStatus
    ) -> None:
        self.update(class_name, [Tenant(_name(tenant), status) for tenant in _as_list(tenants)])


def _as_list(tenants: str | Tenant | Iterable[str | Tenant]) -> Sequence[str | Tenant]:
    if isinstance(tenants, (str, Tenant)):
        return [tenants]
    if not isinstance(tenants, Iterable):
        raise ArgumentTypeError(f"tenants is a list of Tenant, not {type(tenants).__name__}", field="tenants")
    return list(tenants)


def _name(tenant: str | Tenant) -> str:
    return tenant.name if isinstance(tenant, Tenant) else tenant


def _json(tenant: str | Tenant) -> JSONObject:
    try:
        checked = tenant if isinstance(tenant, Tenant) else Tenant(tenant)
    except ValueError as error:
        raise ValidationError(str(error), field="tenants") from None
    return {"name": checked.name, "activityStatus": checked.activity_status.value}


def _tenant(item: JSONObject) -> Tenant:
    return Tenant(item["name"], item.get("activityStatus", TenantActivityStatus.HOT))

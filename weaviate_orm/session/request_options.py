"""The options of a session's requests: the tenant, and how many replicas must agree."""

from __future__ import annotations

from typing import Any, Literal, get_args

import attrs

from weaviate_orm.exceptions import ConfigurationError, QueryError, SessionError, describe
from weaviate_orm.model.identity import link_to
from weaviate_orm.model.state import state_of
from weaviate_orm.query.query import Query, Selection
from weaviate_orm.types import ConsistencyLevel, Tenant

FREEZE_TIMEOUT = 30.0
"""The default of ``Session(freeze_timeout=…)``, in seconds."""

WireName = Literal["grpc", "graphql"]
"""The protocols by which queries can go."""

Address = tuple[str, str, "str | None"]
"""An object on the server: its collection, its id, its tenant."""


def tenant_name(tenant: str | Tenant | None) -> str | None:
    """Return the name of a tenant; raises ConfigurationError for an invalid one."""
    if tenant is None or isinstance(tenant, Tenant):
        return tenant.name if tenant is not None else None
    try:
        return Tenant(tenant).name
    except ValueError as error:
        raise ConfigurationError(str(error)) from None


def _level(level: ConsistencyLevel | str | None) -> ConsistencyLevel | None:
    try:
        return None if level is None else ConsistencyLevel(level)
    except ValueError:
        levels = ", ".join(member.value for member in ConsistencyLevel)
        raise ConfigurationError(f"consistency_level is one of {levels}, not {level!r}") from None


def _wire(wire: WireName | None) -> WireName | None:
    if wire is not None and wire not in get_args(WireName):
        raise ConfigurationError(f"wire is one of {', '.join(get_args(WireName))}, or None; got {wire!r}")
    return wire


@attrs.frozen
class RequestOptions:
    """The options of all requests of a session.

    Attributes:
        tenant: the tenant of objects and queries that name none; for classes with tenants.
        consistency_level: how many replicas must agree; None leaves it to the server.
        freeze_timeout: the most seconds to wait with writes while collections are frozen.
        wire: the protocol of all queries; None: each goes by the fastest that carries it.
    """

    tenant: str | None = attrs.field(default=None, converter=tenant_name)
    consistency_level: ConsistencyLevel | None = attrs.field(default=None, converter=_level)
    freeze_timeout: float = FREEZE_TIMEOUT
    wire: WireName | None = attrs.field(default=None, converter=_wire)

    def params(self, tenant: str | None = None) -> dict[str, str | None]:
        """Return the query string of a REST request."""
        level = self.consistency_level
        return {"tenant": tenant, "consistency_level": level.value if level is not None else None}

    def tenant_of(self, instance: Any, named: str | None) -> str | None:
        """Return the tenant of a new object; raises SessionError when its class needs one and none is named."""
        collection = instance.__mapper__.entity.collection
        tenant = named if named is not None else self.tenant
        if not collection.is_multi_tenant:
            return None
        if tenant is None:
            raise SessionError(
                f"{describe(instance)}: {collection.name} is multi-tenant, and no tenant is named: use "
                f"Session(tenant=…), or session.add(…, tenant=…)"
            )
        return tenant

    def tenant_in(self, model: Any, named: str | None = None) -> str | None:
        """Return the tenant that queries for a class read; raises QueryError when it needs one and none is named."""
        collection = model.__mapper__.entity.collection
        tenant = named if named is not None else self.tenant
        if not collection.is_multi_tenant:
            return None
        if tenant is None:
            raise QueryError(
                f"{collection.name} is multi-tenant, and no tenant is named: use Session(tenant=…), or "
                f"{model.__name__}.query.tenant(…)"
            )
        return tenant

    def apply(self, query: Query) -> Query:
        """Add the tenant and the level to a query, if its class has them."""
        collection = query.entity.collection
        level = self.consistency_level.value if self.consistency_level and collection.is_replicated else None
        tenant, selection = self.tenant_in(query.entity.model, query.tenant), _with_version(query)
        if (tenant, level) == (query.tenant, query.consistency_level) and selection is query.selection:
            return query
        return attrs.evolve(query, tenant=tenant, consistency_level=level, selection=selection)


def _with_version(query: Query) -> Selection:
    """Select the version with other properties: a change of an object is compared by it."""
    selection, version = query.selection, query.entity.model.__mapper__.options.version
    if version is None or not selection.properties:
        return selection
    others = tuple(member for member in selection.properties if member.attribute != version)
    return attrs.evolve(selection, properties=(*others, query.entity.properties[version]))


def address(instance: Any) -> Address:
    """Return the address of an instance."""
    return (*link_to(instance), state_of(instance).tenant)

"""Roles, which are sets of permissions, and their assignment to users and groups."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from weaviate_orm.client.paths import path
from weaviate_orm.http.features import MCP_PERMISSIONS, NAMESPACES, require
from weaviate_orm.http.shapes import NAMED, NOTHING, OBJECT, OBJECTS
from weaviate_orm.http.transport import Transport
from weaviate_orm.types import JSONObject

MISSING = frozenset({404})

Permissions = Mapping[str, Any] | Sequence[Mapping[str, Any]]
"""One or several permissions, as :func:`~weaviate_orm.client.permission` returns them."""


class Roles:
    """``/v1/authz/roles``. Reached as ``client.roles``; needs a server with RBAC.

    A role is ``{"name": …, "permissions": […]}``.
    """

    def __init__(self, transport: Transport) -> None:
        self._transport = transport

    def list_all(self) -> dict[str, JSONObject]:
        """Return all roles that the user of this client may see, by their names."""
        return {role["name"]: role for role in self._transport.request("GET", "/authz/roles").json(NAMED)}

    def get(self, role_name: str) -> JSONObject | None:
        """Return a role, or None when it does not exist."""
        answer = self._transport.request("GET", path("authz", "roles", role_name), accept=MISSING)
        return None if answer.status == 404 else answer.json(OBJECT)

    def exists(self, role_name: str) -> bool:
        """Return whether a role exists."""
        return self.get(role_name) is not None

    def create(self, *, role_name: str, permissions: Permissions) -> None:
        """Create a role. Raises UnexpectedStatusError (409) when the name is taken."""
        body = {"name": role_name, "permissions": self._as_list(permissions)}
        self._transport.request("POST", "/authz/roles", json=body, repeatable=False)

    def delete(self, role_name: str) -> None:
        """Delete a role. It is no error if the role does not exist."""
        self._transport.request("DELETE", path("authz", "roles", role_name))

    def add_permissions(self, *, permissions: Permissions, role_name: str) -> None:
        """Add permissions to a role."""
        body = {"permissions": self._as_list(permissions)}
        self._transport.request("POST", path("authz", "roles", role_name, "add-permissions"), json=body)

    def remove_permissions(self, *, permissions: Permissions, role_name: str) -> None:
        """Remove permissions from a role, which remains even without permissions."""
        body = {"permissions": self._as_list(permissions)}
        self._transport.request("POST", path("authz", "roles", role_name, "remove-permissions"), json=body)

    def has_permissions(self, *, permissions: Permissions, role: str) -> bool:
        """Return whether a role has all of these permissions."""
        resource = path("authz", "roles", role, "has-permission")
        return all(
            self._transport.request("POST", resource, json=permission).json(bool)
            for permission in self._as_list(permissions)
        )

    def get_user_assignments(self, role_name: str) -> list[JSONObject]:
        """Return the users that have a role, as ``{"userId": …, "userType": "db_user" | "db_env_user" | "oidc"}``."""
        resource = path("authz", "roles", role_name, "user-assignments")
        body: list[JSONObject] | None = self._transport.request("GET", resource).json((OBJECTS, NOTHING))
        return body or []

    def get_group_assignments(self, role_name: str) -> list[JSONObject]:
        """Return the groups that have a role, as ``{"groupId": …, "groupType": "oidc"}``."""
        resource = path("authz", "roles", role_name, "group-assignments")
        body: list[JSONObject] | None = self._transport.request("GET", resource).json((OBJECTS, NOTHING))
        return body or []

    def _as_list(self, permissions: Permissions) -> list[Mapping[str, Any]]:
        """Return a list of permissions. Raises ServerTooOldError for permissions that the server does not have."""
        items = [permissions] if isinstance(permissions, Mapping) else list(permissions)
        for permission in items:
            action = str(permission.get("action"))
            if action.endswith("_mcp"):
                require(self._transport, MCP_PERMISSIONS)
            elif action.endswith("_namespaces"):
                require(self._transport, NAMESPACES)
        return items


class RoleAssignments:
    """The roles of a type of users or groups: ``/v1/authz/{users|groups}/{id}/…``."""

    def __init__(self, transport: Transport, owners: str, kind: str) -> None:
        self._transport = transport
        self._owners = owners
        self._kind = {f"{owners.removesuffix('s')}Type": kind}

    def get(self, owner: str, include_permissions: bool) -> dict[str, JSONObject]:
        """Return the roles by their names; without permissions, only ``{"name": …}``."""
        resource = path("authz", self._owners, owner, "roles", *self._kind.values())
        params = {"includeFullRoles": "true" if include_permissions else None}
        body = self._transport.request("GET", resource, params=params).json((NAMED, NOTHING)) or []
        return {role["name"]: role for role in body}

    def assign(self, owner: str, role_names: str | Sequence[str]) -> None:
        """Assign roles to a user or group."""
        self._change("assign", owner, role_names)

    def revoke(self, owner: str, role_names: str | Sequence[str]) -> None:
        """Revoke roles of a user or group."""
        self._change("revoke", owner, role_names)

    def _change(self, verb: str, owner: str, role_names: str | Sequence[str]) -> None:
        roles = [role_names] if isinstance(role_names, str) else list(role_names)
        body = {"roles": roles, **self._kind}
        self._transport.request("POST", path("authz", self._owners, owner, verb), json=body)

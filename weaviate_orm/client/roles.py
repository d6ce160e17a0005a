"""Roles: sets of permissions. And what users and groups have of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from weaviate_orm.client.paths import path
from weaviate_orm.http.features import MCP_PERMISSIONS, require
from weaviate_orm.http.shapes import NAMED, NOTHING, OBJECT, OBJECTS
from weaviate_orm.http.transport import Transport
from weaviate_orm.types import JSONObject

MISSING = frozenset({404})

Permissions = Mapping[str, Any] | Sequence[Mapping[str, Any]]
"""One or several of what :func:`~weaviate_orm.client.permission` makes."""


class Roles:
    """``/v1/authz/roles``. Reached as ``client.roles``; needs a server with RBAC.

    A role is ``{"name": …, "permissions": […]}``.
    """

    def __init__(self, transport: Transport) -> None:
        self._transport = transport

    def list_all(self) -> dict[str, JSONObject]:
        """Return all roles that the caller may see, by their names."""
        return {role["name"]: role for role in self._transport.request("GET", "/authz/roles").json(NAMED)}

    def get(self, role_name: str) -> JSONObject | None:
        """Return a role, or None when there is none of the name."""
        answer = self._transport.request("GET", path("authz", "roles", role_name), accept=MISSING)
        return None if answer.status == 404 else answer.json(OBJECT)

    def exists(self, role_name: str) -> bool:
        """Return whether there is such a role."""
        return self.get(role_name) is not None

    def create(self, *, role_name: str, permissions: Permissions) -> None:
        """Create a role. Raises UnexpectedStatusError (409) when there is one of this name."""
        body = {"name": role_name, "permissions": self._permitted(permissions)}
        self._transport.request("POST", "/authz/roles", json=body, repeatable=False)

    def delete(self, role_name: str) -> None:
        """Delete a role. One that does not exist is no error."""
        self._transport.request("DELETE", path("authz", "roles", role_name))

    def add_permissions(self, *, permissions: Permissions, role_name: str) -> None:
        """Add permissions to a role."""
        body = {"permissions": self._permitted(permissions)}
        self._transport.request("POST", path("authz", "roles", role_name, "add-permissions"), json=body)

    def remove_permissions(self, *, permissions: Permissions, role_name: str) -> None:
        """Take permissions from a role, which stays even without any."""
        body = {"permissions": self._permitted(permissions)}
        self._transport.request("POST", path("authz", "roles", role_name, "remove-permissions"), json=body)

    def has_permissions(self, *, permissions: Permissions, role: str) -> bool:
        """Return whether a role allows all of these."""
        where = path("authz", "roles", role, "has-permission")
        return all(
            self._transport.request("POST", where, json=permission).json(bool)
            for permission in self._permitted(permissions)
        )

    def get_user_assignments(self, role_name: str) -> list[JSONObject]:
        """Return the users that have a role, as ``{"userId": …, "userType": "db_user" | "db_env_user" | "oidc"}``."""
        where = path("authz", "roles", role_name, "user-assignments")
        body: list[JSONObject] | None = self._transport.request("GET", where).json((OBJECTS, NOTHING))
        return body or []

    def get_group_assignments(self, role_name: str) -> list[JSONObject]:
        """Return the groups that have a role, as ``{"groupId": …, "groupType": "oidc"}``."""
        where = path("authz", "roles", role_name, "group-assignments")
        body: list[JSONObject] | None = self._transport.request("GET", where).json((OBJECTS, NOTHING))
        return body or []

    def _permitted(self, permissions: Permissions) -> list[Mapping[str, Any]]:
        """Return one or several permissions as a list. Raises ServerTooOldError for those that the server lacks."""
        several = [permissions] if isinstance(permissions, Mapping) else list(permissions)
        if any(str(permission.get("action")).endswith("_mcp") for permission in several):
            require(self._transport, MCP_PERMISSIONS)
        return several


class RoleAssignments:
    """The roles of one kind of users or groups: ``/v1/authz/{users|groups}/{id}/…``."""

    def __init__(self, transport: Transport, owners: str, kind: str) -> None:
        self._transport = transport
        self._owners = owners
        self._kind = {f"{owners.removesuffix('s')}Type": kind}

    def get(self, owner: str, include_permissions: bool) -> dict[str, JSONObject]:
        """Return the roles by their names; without permissions, only ``{"name": …}`` each."""
        where = path("authz", self._owners, owner, "roles", *self._kind.values())
        params = {"includeFullRoles": "true" if include_permissions else None}
        body = self._transport.request("GET", where, params=params).json((NAMED, NOTHING)) or []
        return {role["name"]: role for role in body}

    def assign(self, owner: str, role_names: str | Sequence[str]) -> None:
        """Give roles."""
        self._change("assign", owner, role_names)

    def revoke(self, owner: str, role_names: str | Sequence[str]) -> None:
        """Take roles away."""
        self._change("revoke", owner, role_names)

    def _change(self, verb: str, owner: str, role_names: str | Sequence[str]) -> None:
        roles = [role_names] if isinstance(role_names, str) else list(role_names)
        body = {"roles": roles, **self._kind}
        self._transport.request("POST", path("authz", self._owners, owner, verb), json=body)

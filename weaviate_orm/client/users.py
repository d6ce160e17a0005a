"""Users and groups, and the roles that they have."""

from __future__ import annotations

from collections.abc import Sequence

from weaviate_orm.client.paths import path
from weaviate_orm.client.roles import RoleAssignments
from weaviate_orm.http.shapes import NOTHING, OBJECT, OBJECTS
from weaviate_orm.http.transport import Transport
from weaviate_orm.types import JSONObject

MISSING = frozenset({404})


class Users:
    """Reached as ``client.users``: database users as ``.db``, those of an OpenID Connect issuer as ``.oidc``."""

    def __init__(self, transport: Transport) -> None:
        self._transport = transport
        self.db = DatabaseUsers(transport)
        self.oidc = OidcUsers(transport, "oidc")

    def get_my_user(self) -> JSONObject:
        """Return the user of this client: ``{"username": …, "groups": […], "roles": […]}``."""
        body: JSONObject = self._transport.request("GET", "/users/own-info").json(OBJECT)
        return body


class OidcUsers:
    """The roles of users, by the ids that the issuer or the database gives them."""

    def __init__(self, transport: Transport, kind: str) -> None:
        self._transport = transport
        self._assignments = RoleAssignments(transport, "users", kind)

    def get_assigned_roles(self, *, user_id: str, include_permissions: bool = False) -> dict[str, JSONObject]:
        """Return a user's roles by their names; without permissions, only ``{"name": …}`` each."""
        return self._assignments.get(user_id, include_permissions)

    def assign_roles(self, *, user_id: str, role_names: str | Sequence[str]) -> None:
        """Give a user roles."""
        self._assignments.assign(user_id, role_names)

    def revoke_roles(self, *, user_id: str, role_names: str | Sequence[str]) -> None:
        """Take roles from a user."""
        self._assignments.revoke(user_id, role_names)


class DatabaseUsers(OidcUsers):
    """``/v1/users/db``: users that the server keeps itself; needs ``AUTHENTICATION_DB_USERS_ENABLED``.

    Their API keys are shown once, when they are made.
    """

    def __init__(self, transport: Transport) -> None:
        super().__init__(transport, "db")

    def create(self, *, user_id: str) -> str:
        """Create a user and return the API key. Raises UnexpectedStatusError (409) for an id that is taken."""
        answer = self._transport.request("POST", path("users", "db", user_id), repeatable=False)
        return str(answer.json({"apikey": str})["apikey"])

    def get(self, *, user_id: str, include_last_used_time: bool = False) -> JSONObject | None:
        """Return a user's ``userId``, ``dbUserType``, ``active``, ``roles``; None when there is no such one."""
        where, params = path("users", "db", user_id), _last_used(include_last_used_time)
        answer = self._transport.request("GET", where, params=params, accept=MISSING)
        return None if answer.status == 404 else answer.json(OBJECT)

    def list_all(self, *, include_last_used_time: bool = False) -> list[JSONObject]:
        """Return all users, as :meth:`get` describes them."""
        params = _last_used(include_last_used_time)
        body: list[JSONObject] | None = self._transport.request("GET", "/users/db", params=params).json(
            (OBJECTS, NOTHING)
        )
        return body or []

    def delete(self, *, user_id: str) -> bool:
        """Delete a user; False when there is none."""
        return self._transport.request("DELETE", path("users", "db", user_id), accept=MISSING).status != 404

    def rotate_key(self, *, user_id: str) -> str:
        """Make the API key invalid and return a new one."""
        answer = self._transport.request("POST", path("users", "db", user_id, "rotate-key"), repeatable=False)
        return str(answer.json({"apikey": str})["apikey"])

    def activate(self, *, user_id: str) -> bool:
        """Let a user in; False when the user was active."""
        where = path("users", "db", user_id, "activate")
        return self._transport.request("POST", where, accept=frozenset({409})).status != 409

    def deactivate(self, *, user_id: str, revoke_key: bool = False) -> bool:
        """Lock a user out, for good with ``revoke_key``; False when the user was locked out."""
        where = path("users", "db", user_id, "deactivate")
        body = {"revoke_key": revoke_key}
        return self._transport.request("POST", where, json=body, accept=frozenset({409})).status != 409


class UserGroups:
    """Reached as ``client.groups``: groups of an OpenID Connect issuer, as ``.oidc``."""

    def __init__(self, transport: Transport) -> None:
        self.oidc = OidcGroups(transport)


class OidcGroups:
    """``/v1/authz/groups``: the roles of groups, which all of their users have."""

    def __init__(self, transport: Transport) -> None:
        self._transport = transport
        self._assignments = RoleAssignments(transport, "groups", "oidc")

    def get_assigned_roles(self, *, group_id: str, include_permissions: bool = False) -> dict[str, JSONObject]:
        """Return a group's roles by their names; without permissions, only ``{"name": …}`` each."""
        return self._assignments.get(group_id, include_permissions)

    def assign_roles(self, *, group_id: str, role_names: str | Sequence[str]) -> None:
        """Give a group roles."""
        self._assignments.assign(group_id, role_names)

    def revoke_roles(self, *, group_id: str, role_names: str | Sequence[str]) -> None:
        """Take roles from a group."""
        self._assignments.revoke(group_id, role_names)

    def get_known_group_names(self) -> list[str]:
        """Return the groups that have roles."""
        body: list[str] | None = self._transport.request("GET", "/authz/groups/oidc").json(([str], NOTHING))
        return body or []


def _last_used(include: bool) -> dict[str, str | None]:
    return {"includeLastUsedTime": "true" if include else None}

"""Users and groups, and their roles."""

from __future__ import annotations

from collections.abc import Sequence

from weaviate_orm.client.paths import path
from weaviate_orm.client.roles import RoleAssignments
from weaviate_orm.http.features import USER_EXPORT, require
from weaviate_orm.http.shapes import NOTHING, OBJECT, OBJECTS
from weaviate_orm.http.transport import Transport
from weaviate_orm.types import JSONObject

MISSING = frozenset({404})


class Users:
    """``/v1/users``. Reached as ``client.users``: database users as ``.db``, users of an OIDC issuer as ``.oidc``."""

    def __init__(self, transport: Transport) -> None:
        self._transport = transport
        self.db = DatabaseUsers(transport)
        self.oidc = OidcUsers(transport, "oidc")

    def get_my_user(self) -> JSONObject:
        """Return the user of this client: ``{"username": …, "groups": […], "roles": […]}``."""
        body: JSONObject = self._transport.request("GET", "/users/own-info").json(OBJECT)
        return body


class OidcUsers:
    """The roles of users, by the users' ids at the issuer or in the database."""

    def __init__(self, transport: Transport, kind: str) -> None:
        self._transport = transport
        self._assignments = RoleAssignments(transport, "users", kind)

    def get_assigned_roles(self, *, user_id: str, include_permissions: bool = False) -> dict[str, JSONObject]:
        """Return a user's roles by their names; without permissions, only ``{"name": …}``."""
        return self._assignments.get(user_id, include_permissions)

    def assign_roles(self, *, user_id: str, role_names: str | Sequence[str]) -> None:
        """Assign roles to a user."""
        self._assignments.assign(user_id, role_names)

    def revoke_roles(self, *, user_id: str, role_names: str | Sequence[str]) -> None:
        """Revoke roles of a user."""
        self._assignments.revoke(user_id, role_names)


class DatabaseUsers(OidcUsers):
    """``/v1/users/db``: users that the server stores; needs ``AUTHENTICATION_DB_USERS_ENABLED``.

    An API key is returned only when it is created.
    """

    def __init__(self, transport: Transport) -> None:
        super().__init__(transport, "db")

    def create(self, *, user_id: str) -> str:
        """Create a user and return the API key. Raises UnexpectedStatusError (409) for an id that is taken."""
        answer = self._transport.request("POST", path("users", "db", user_id), repeatable=False)
        return str(answer.json({"apikey": str})["apikey"])

    def get(self, *, user_id: str, include_last_used_time: bool = False) -> JSONObject | None:
        """Return a user's ``userId``, ``dbUserType``, ``active``, ``roles``, or None when the user does not exist."""
        resource, params = path("users", "db", user_id), _last_used(include_last_used_time)
        answer = self._transport.request("GET", resource, params=params, accept=MISSING)
        return None if answer.status == 404 else answer.json(OBJECT)

    def list_all(self, *, include_last_used_time: bool = False) -> list[JSONObject]:
        """Return all users, in the form of :meth:`get`."""
        params = _last_used(include_last_used_time)
        body: list[JSONObject] | None = self._transport.request("GET", "/users/db", params=params).json(
            (OBJECTS, NOTHING)
        )
        return body or []

    def delete(self, *, user_id: str) -> bool:
        """Delete a user. Return False when the user does not exist."""
        return self._transport.request("DELETE", path("users", "db", user_id), accept=MISSING).status != 404

    def rotate_key(self, *, user_id: str) -> str:
        """Revoke the API key, and return a new key."""
        answer = self._transport.request("POST", path("users", "db", user_id, "rotate-key"), repeatable=False)
        return str(answer.json({"apikey": str})["apikey"])

    def activate(self, *, user_id: str) -> bool:
        """Activate a user. Return False when the user was active already."""
        resource = path("users", "db", user_id, "activate")
        return self._transport.request("POST", resource, accept=frozenset({409})).status != 409

    def deactivate(self, *, user_id: str, revoke_key: bool = False) -> bool:
        """Deactivate a user, and with ``revoke_key`` revoke the API key. Return False when the user was inactive."""
        resource = path("users", "db", user_id, "deactivate")
        body = {"revoke_key": revoke_key}
        return self._transport.request("POST", resource, json=body, accept=frozenset({409})).status != 409

    def export_users(self) -> list[JSONObject]:
        """Return all users with the hashes of their keys, for :meth:`import_users` of another cluster.

        A user is ``{"userId": …, "status": "exported", "secureHash": …, …}``; one whose key cannot be taken along has
        no hash, and ``imported_key`` or ``revoked`` for the status. Keep the hashes secret. Only for root users; the
        server calls it experimental.

        Raises ServerTooOldError for a server that is older than Weaviate 1.39.
        """
        require(self._transport, USER_EXPORT)
        answer = self._transport.request("POST", "/experimental/export-db-users")
        users: list[JSONObject] | None = answer.json({"users": ([{"userId": str}], NOTHING)})["users"]
        return users or []

    def import_users(self, *, users: Sequence[JSONObject], namespace: str | None = None) -> list[JSONObject]:
        """Create users of an export; their keys work here too. A user who exists stays as before.

        ``namespace`` is the namespace of the users, on a server that has namespaces. Only for root users; the server
        calls it experimental.

        Returns ``{"userId": …, "status": …}`` for each user, with the status ``created``, ``reconciled``,
        ``skipped_exists``, or ``error`` and the ``error``.

        Raises ServerTooOldError for a server that is older than Weaviate 1.39.
        """
        require(self._transport, USER_EXPORT)
        body: JSONObject = {"users": list(users)}
        if namespace is not None:
            body["namespace"] = namespace
        answer = self._transport.request("POST", "/experimental/import-db-users", json=body)
        results: list[JSONObject] = answer.json({"results": [{"userId": str, "status": str}]})["results"]
        return results


class UserGroups:
    """Groups. Reached as ``client.groups``: groups of an OpenID Connect issuer as ``.oidc``."""

    def __init__(self, transport: Transport) -> None:
        self.oidc = OidcGroups(transport)


class OidcGroups:
    """``/v1/authz/groups``: the roles of groups, which apply to all of their users."""

    def __init__(self, transport: Transport) -> None:
        self._transport = transport
        self._assignments = RoleAssignments(transport, "groups", "oidc")

    def get_assigned_roles(self, *, group_id: str, include_permissions: bool = False) -> dict[str, JSONObject]:
        """Return a group's roles by their names; without permissions, only ``{"name": …}``."""
        return self._assignments.get(group_id, include_permissions)

    def assign_roles(self, *, group_id: str, role_names: str | Sequence[str]) -> None:
        """Assign roles to a group."""
        self._assignments.assign(group_id, role_names)

    def revoke_roles(self, *, group_id: str, role_names: str | Sequence[str]) -> None:
        """Revoke roles of a group."""
        self._assignments.revoke(group_id, role_names)

    def get_known_group_names(self) -> list[str]:
        """Return the names of the groups that have roles."""
        body: list[str] | None = self._transport.request("GET", "/authz/groups/oidc").json(([str], NOTHING))
        return body or []


def _last_used(include: bool) -> dict[str, str | None]:
    return {"includeLastUsedTime": "true" if include else None}

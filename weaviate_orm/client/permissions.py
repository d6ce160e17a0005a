"""Permissions of roles, in the server's form."""

from __future__ import annotations

from weaviate_orm.exceptions import UnknownNameError
from weaviate_orm.types import JSONObject

_CRUD = ("create", "read", "update", "delete")

_KINDS: dict[str, tuple[tuple[str, ...], dict[str, str]]] = {
    "data": (_CRUD, {"collection": "*", "tenant": "*", "object": "*"}),
    "collections": (_CRUD, {"collection": "*"}),
    "tenants": (_CRUD, {"collection": "*", "tenant": "*"}),
    "aliases": (_CRUD, {"collection": "*", "alias": "*"}),
    "replicate": (_CRUD, {"collection": "*", "shard": "*"}),
    "roles": (_CRUD, {"role": "*", "scope": "match"}),
    "users": ((*_CRUD, "assign_and_revoke"), {"users": "*"}),
    "groups": (("read", "assign_and_revoke"), {"group": "*", "groupType": "oidc"}),
    "nodes": (("read",), {"verbosity": "minimal", "collection": "*"}),
    "backups": (("manage",), {"collection": "*"}),
    "cluster": (("read",), {}),
    "namespaces": (("manage",), {"namespace": "*"}),
    "mcp": (("create", "read", "update"), {}),
}

ACTIONS = {f"{verb}_{kind}": kind for kind, (verbs, _) in _KINDS.items() for verb in verbs}
"""The actions of Weaviate 1.39, with the kind of resource that they apply to."""


def permission(action: str, **scope: str) -> JSONObject:
    """Return a permission for ``client.roles``. Parts that ``scope`` does not name are ``*``, which allows everything.

    >>> permission("read_data", collection="Article")
    {'action': 'read_data', 'data': {'collection': 'Article', 'tenant': '*', 'object': '*'}}

    Raises UnknownNameError for an action or a part of a scope that does not exist.
    """
    if action not in ACTIONS:
        raise UnknownNameError("the action", action, ACTIONS)
    kind = ACTIONS[action]
    defaults = _KINDS[kind][1]
    for name in scope:
        if name not in defaults:
            raise UnknownNameError(f"for {action}, the scope", name, defaults)
    return {"action": action, **({kind: {**defaults, **scope}} if defaults else {})}

"""Aliases of collections."""

from __future__ import annotations

from weaviate_orm.client.paths import path, stored_name
from weaviate_orm.http.transport import ALIASES, Transport

MISSING = frozenset({404})


class Aliases:
    """``/v1/aliases``. Reached as ``client.alias``.

    An alias stands for its collection in requests for objects, in batches, in tenants, and in queries without a filter.
    It does not in filters of GraphQL, in cross-references and their beacons, nor in changes of the schema, which the
    server refuses; it deletes no collection, though the server reports success (measured on Weaviate 1.39). Answers
    name the collection. Models behind an alias (``Meta.alias = True``) have none of these limits.
    """

    def __init__(self, transport: Transport) -> None:
        self._transport = transport

    def list_all(self, *, collection: str | None = None) -> dict[str, str]:
        """Return the collections by their aliases: all, or only the aliases of ``collection``."""
        params = {"class": None if collection is None else stored_name(collection)}
        body = self._transport.request("GET", "/aliases", params=params).json(ALIASES)
        return {item["alias"]: item["class"] for item in body.get("aliases") or ()}

    def get(self, *, alias_name: str) -> str | None:
        """Return the collection of an alias, or None when the alias does not exist."""
        answer = self._transport.request("GET", path("aliases", stored_name(alias_name)), accept=MISSING)
        return None if answer.status == 404 else str(answer.json({"class": str})["class"])

    def exists(self, *, alias_name: str) -> bool:
        """Return whether an alias exists."""
        return self.get(alias_name=alias_name) is not None

    def create(self, *, alias_name: str, target_collection: str) -> None:
        """Create an alias of an existing collection.

        Raises UnexpectedStatusError (422) when the name is taken, or when the collection does not exist.
        """
        body = {"alias": stored_name(alias_name), "class": stored_name(target_collection)}
        self._transport.request("POST", "/aliases", json=body, repeatable=False)

    def update(self, *, alias_name: str, new_target_collection: str) -> bool:
        """Point an alias to another collection. Return False when the alias does not exist."""
        body = {"class": stored_name(new_target_collection)}
        resource = path("aliases", stored_name(alias_name))
        return self._transport.request("PUT", resource, json=body, accept=MISSING).status != 404

    def delete(self, *, alias_name: str) -> bool:
        """Delete an alias, not its collection. Return False when the alias does not exist."""
        resource = path("aliases", stored_name(alias_name))
        return self._transport.request("DELETE", resource, accept=MISSING).status != 404

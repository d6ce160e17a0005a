"""Aliases of collections."""

from __future__ import annotations

from weaviate_orm.client.paths import path, stored_name
from weaviate_orm.http.transport import ALIASES, Transport

MISSING = frozenset({404})


class Aliases:
    """``/v1/aliases``. Reached as ``client.alias``.

    An alias stands for its collection in objects, queries and ``client.schema.get``. It cannot be used to delete the
    collection: the server reports success, and deletes nothing (measured on Weaviate 1.39).
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

"""Other names of collections."""

from __future__ import annotations

from weaviate_orm.client.paths import class_name as stored_name
from weaviate_orm.client.paths import path
from weaviate_orm.http.transport import Transport

MISSING = frozenset({404})


class Aliases:
    """``/v1/aliases``. Reached as ``client.alias``.

    An alias stands for its collection in objects, queries and ``client.schema.get``. It cannot be used to delete the
    collection: the server says it did, and does nothing (measured on Weaviate 1.39).
    """

    def __init__(self, transport: Transport) -> None:
        self._transport = transport

    def list_all(self, *, collection: str | None = None) -> dict[str, str]:
        """Return the collection of each alias, by the alias; of all, or of one collection."""
        params = {"class": None if collection is None else stored_name(collection)}
        body = self._transport.request("GET", "/aliases", params=params).json(
            {"aliases?": [{"alias": str, "class": str}]}
        )
        return {item["alias"]: item["class"] for item in body.get("aliases") or ()}

    def get(self, *, alias_name: str) -> str | None:
        """Return the collection of an alias, or None when there is no such alias."""
        answer = self._transport.request("GET", path("aliases", stored_name(alias_name)), accept=MISSING)
        return None if answer.status == 404 else str(answer.json({"class": str})["class"])

    def exists(self, *, alias_name: str) -> bool:
        """Return whether there is such an alias."""
        return self.get(alias_name=alias_name) is not None

    def create(self, *, alias_name: str, target_collection: str) -> None:
        """Create an alias of an existing collection.

        Raises UnexpectedStatusError (422) when an alias or a collection has the name, or there is no collection.
        """
        body = {"alias": stored_name(alias_name), "class": stored_name(target_collection)}
        self._transport.request("POST", "/aliases", json=body, repeatable=False)

    def update(self, *, alias_name: str, new_target_collection: str) -> bool:
        """Let an alias stand for another collection; False when there is no such alias."""
        body = {"class": stored_name(new_target_collection)}
        where = path("aliases", stored_name(alias_name))
        return self._transport.request("PUT", where, json=body, accept=MISSING).status != 404

    def delete(self, *, alias_name: str) -> bool:
        """Delete an alias, not its collection; False when there is none."""
        where = path("aliases", stored_name(alias_name))
        return self._transport.request("DELETE", where, accept=MISSING).status != 404

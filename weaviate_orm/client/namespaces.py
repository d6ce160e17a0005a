"""Namespaces: groups of collections, aliases and users in one cluster."""

from __future__ import annotations

from weaviate_orm.client.paths import path
from weaviate_orm.exceptions import UnexpectedStatusError
from weaviate_orm.http.features import NAMESPACES, require
from weaviate_orm.http.response import Response
from weaviate_orm.http.shapes import NOTHING
from weaviate_orm.http.transport import Transport
from weaviate_orm.types import JSONObject

NAMESPACE = {"name": str, "state?": str, "home_node?": str}
"""The shape of a namespace."""


class Namespaces:
    """``/v1/namespaces``, Weaviate 1.39 and newer with ``NAMESPACES_ENABLED``. Reached as ``client.namespaces``.

    A namespace is ``{"name": …, "state": …, "home_node": …}``; its state is ``active``, ``suspended``, ``resuming`` or
    ``deleting``. A server with namespaces also needs roles and ``DISABLE_GRAPHQL``, so it has no queries of models and
    no ``client.query``.

    Older servers raise ServerTooOldError, and servers without namespaces UnexpectedStatusError (404).
    """

    def __init__(self, transport: Transport) -> None:
        self._transport = transport

    def create(self, *, name: str, home_node: str | None = None) -> JSONObject:
        """Create a namespace, and return it.

        Args:
            name: 3 to 36 lowercase letters, digits and hyphens.
            home_node: the node for the shards of its collections; by default the server chooses it.

        Raises UnexpectedStatusError: 409 for a name that is taken, or is still being deleted; 422 for another invalid
        name or node.
        """
        require(self._transport, NAMESPACES)
        body = None if home_node is None else {"home_node": home_node}
        answer = self._transport.request("POST", path("namespaces", name), json=body, repeatable=False)
        namespace: JSONObject = answer.json(NAMESPACE)
        return namespace

    def get(self, *, name: str) -> JSONObject | None:
        """Return a namespace, or None when it does not exist."""
        answer = self._existing("GET", path("namespaces", name))
        return None if answer is None else answer.json(NAMESPACE)

    def list_all(self) -> list[JSONObject]:
        """Return the namespaces that the user of this client may see."""
        require(self._transport, NAMESPACES)
        body: list[JSONObject] | None = self._transport.request("GET", "/namespaces").json(([NAMESPACE], NOTHING))
        return body or []

    def update(self, *, name: str, home_node: str) -> JSONObject:
        """Set the node for shards that are placed from now on, and return the namespace.

        Raises UnexpectedStatusError: 404 when the namespace does not exist, 422 for a node that does not exist.
        """
        require(self._transport, NAMESPACES)
        answer = self._transport.request("PUT", path("namespaces", name), json={"home_node": home_node})
        namespace: JSONObject = answer.json(NAMESPACE)
        return namespace

    def suspend(self, *, name: str) -> None:
        """Keep the users of a namespace out, and refuse new collections, aliases, users and roles in it.

        Raises UnexpectedStatusError: 404 when the namespace does not exist, 422 when it is being deleted.
        """
        require(self._transport, NAMESPACES)
        self._transport.request("POST", path("namespaces", name, "suspend"))

    def resume(self, *, name: str) -> None:
        """Make a suspended namespace active. Errors are those of :meth:`suspend`."""
        require(self._transport, NAMESPACES)
        self._transport.request("POST", path("namespaces", name, "resume"))

    def delete(self, *, name: str) -> bool:
        """Delete a namespace with its collections, aliases and users. Return False when it does not exist.

        Its users are kept out at once; the server deletes in the background, and the state is ``deleting`` until then.
        """
        return self._existing("DELETE", path("namespaces", name)) is not None

    def _existing(self, method: str, resource: str) -> Response | None:
        """Return the answer, or None when the namespace does not exist."""
        require(self._transport, NAMESPACES)
        try:
            return self._transport.request(method, resource)
        except UnexpectedStatusError as error:
            if error.status_code != 404 or "not enabled" in str(error):
                raise
            return None

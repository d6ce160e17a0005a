"""The nodes of the cluster."""

from __future__ import annotations

from typing import Literal

from weaviate_orm.client.paths import path, stored_name
from weaviate_orm.exceptions import EmptyResponseError
from weaviate_orm.http.shapes import OBJECT, OBJECTS
from weaviate_orm.http.transport import Transport
from weaviate_orm.types import JSONObject


class Cluster:
    """``/v1/nodes`` and ``/v1/cluster``. Reached as ``client.cluster``."""

    def __init__(self, transport: Transport) -> None:
        self._transport = transport

    def get_nodes_status(
        self,
        class_name: str | None = None,
        output: Literal["minimal", "verbose"] | None = None,
        *,
        shard: str | None = None,
    ) -> list[JSONObject]:
        """Return the nodes with their name, status, version, and the length of their batch queue.

        Args:
            class_name: count only this class.
            output: ``verbose`` adds the shards and the object counts.
            shard: count only this shard of ``class_name``.

        Raises EmptyResponseError when the server lists no nodes.
        """
        resource = path("nodes", *(() if class_name is None else (stored_name(class_name),)))
        answer = self._transport.request("GET", resource, params={"output": output, "shardName": shard})
        nodes: list[JSONObject] | None = answer.json({"nodes?": OBJECTS}).get("nodes")
        if not nodes:
            raise EmptyResponseError(f"{answer.url} names no node", method="GET", url=answer.url)
        return nodes

    def statistics(self) -> JSONObject:
        """Return the consensus state of the nodes: ``{"statistics": […], "synchronized": bool}``."""
        body: JSONObject = self._transport.request("GET", "/cluster/statistics").json(OBJECT)
        return body

"""Moving and copying replicas of shards between nodes."""

from __future__ import annotations

from typing import Literal
from uuid import UUID

from weaviate_orm.client.paths import path, stored_name
from weaviate_orm.exceptions import ValidationError
from weaviate_orm.http.response import reading
from weaviate_orm.http.shapes import NOTHING, OBJECT, OBJECTS
from weaviate_orm.http.transport import Transport
from weaviate_orm.types import JSONObject

MISSING = frozenset({404})


class Replication:
    """``/v1/replication``. Reached as ``client.replication``.

    The server answers 501 unless ``REPLICA_MOVEMENT_ENABLED`` is set.
    """

    def __init__(self, transport: Transport) -> None:
        self._transport = transport

    def replicate(
        self,
        *,
        collection: str,
        shard: str,
        source_node: str,
        target_node: str,
        replication_type: Literal["COPY", "MOVE"] = "COPY",
    ) -> UUID:
        """Start to copy or move a replica, and return the id of the operation."""
        body = {
            "collection": stored_name(collection),
            "shard": shard,
            "sourceNode": source_node,
            "targetNode": target_node,
            "type": replication_type,
        }
        answer = self._transport.request("POST", "/replication/replicate", json=body, repeatable=False)
        with reading(answer):
            return UUID(answer.json({"id": str})["id"])

    def query_sharding_state(self, *, collection: str, shard: str | None = None) -> JSONObject | None:
        """Return the nodes of the shards, ``{"collection": …, "shards": […]}``, or None when there is no such shard."""
        params = {"collection": stored_name(collection), "shard": shard}
        answer = self._transport.request("GET", "/replication/sharding-state", params=params, accept=MISSING)
        return None if answer.status == 404 else answer.json({"shardingState": OBJECT})["shardingState"]

    def get(self, *, uuid: str | UUID, include_history: bool = False) -> JSONObject | None:
        """Return the report about an operation, or None when it does not exist."""
        params = {"includeHistory": "true" if include_history else None}
        answer = self._transport.request("GET", _path(uuid), params=params, accept=MISSING)
        return None if answer.status == 404 else answer.json(OBJECT)

    def list_all(self) -> list[JSONObject]:
        """Return the reports about all operations, with their history."""
        return self.query(include_history=True)

    def query(
        self,
        *,
        collection: str | None = None,
        shard: str | None = None,
        target_node: str | None = None,
        include_history: bool = False,
    ) -> list[JSONObject]:
        """Return the reports about the operations of a collection, a shard or a node."""
        params = {
            "collection": None if collection is None else stored_name(collection),
            "shard": shard,
            "targetNode": target_node,
            "includeHistory": "true" if include_history else None,
        }
        body: list[JSONObject] | None = self._transport.request(
            "GET", "/replication/replicate/list", params=params
        ).json((OBJECTS, NOTHING))
        return body or []

    def cancel(self, *, uuid: str | UUID) -> None:
        """Cancel an operation. Its report remains."""
        self._transport.request("POST", _path(uuid, "cancel"))

    def delete(self, *, uuid: str | UUID) -> None:
        """Cancel an operation, and delete its report."""
        self._transport.request("DELETE", _path(uuid))

    def delete_all(self) -> None:
        """Cancel all operations, and delete their reports."""
        self._transport.request("DELETE", "/replication/replicate")

    def force_delete(
        self,
        *,
        uuid: str | UUID | None = None,
        collection: str | None = None,
        shard: str | None = None,
        target_node: str | None = None,
        dry_run: bool = False,
    ) -> list[UUID]:
        """Delete reports of an operation, a collection, a shard or a node without cancelling the operations.

        For what :meth:`delete` and :meth:`delete_all` cannot end. Data can be lost where an operation runs: stop the
        replication engine of the nodes before.

        Returns the ids of the operations that would be deleted, with ``dry_run``; else nothing, as the server names
        none (measured on Weaviate 1.39).

        Raises ValidationError without any argument that selects operations; nothing was sent.
        """
        selection: JSONObject = {
            "id": None if uuid is None else str(uuid),
            "collection": None if collection is None else stored_name(collection),
            "shard": shard,
            "node": target_node,
        }
        selection = {name: value for name, value in selection.items() if value is not None}
        if not selection:
            raise ValidationError("force_delete() without a uuid, collection, shard or target_node would delete all")
        body = {**selection, "dryRun": dry_run}
        answer = self._transport.request("POST", "/replication/replicate/force-delete", json=body)
        operations = answer.json({"deleted?": [str]}).get("deleted")
        with reading(answer):
            return [UUID(operation) for operation in operations or ()]

    def get_scale_plan(self, *, collection: str, replication_factor: int) -> JSONObject:
        """Return the copies and removals that a replication factor requires."""
        params = {"collection": stored_name(collection), "replicationFactor": replication_factor}
        plan: JSONObject = self._transport.request("GET", "/replication/scale", params=params).json(OBJECT)
        return plan

    def apply_scale_plan(self, plan: JSONObject) -> list[UUID]:
        """Start the operations of a plan of :meth:`get_scale_plan`, and return their ids."""
        answer = self._transport.request("POST", "/replication/scale", json=plan, repeatable=False)
        operations = answer.json({"operationIds": ([str], NOTHING)})["operationIds"]
        with reading(answer):
            return [UUID(operation) for operation in operations or ()]


def _path(uuid: str | UUID, *rest: str) -> str:
    return path("replication", "replicate", str(uuid), *rest)

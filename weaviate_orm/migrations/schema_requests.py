"""Requests that change a collection in place, sent and compared with what the server stores afterwards."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from weaviate_orm.client.client import Client
from weaviate_orm.client.tasks import ENDED
from weaviate_orm.schema.creation import AddClassProperty, AddClassVector
from weaviate_orm.schema.evolution import (
    BuildPropertyIndex,
    ChangeClass,
    DropClassVector,
    DropPropertyIndex,
    EvolutionRequest,
)
from weaviate_orm.schema.renaming import renamed_property
from weaviate_orm.types import JSONObject


def send_request(client: Client, physical: str, names: Any, request: EvolutionRequest) -> None:
    """Send a request, and wait for the end of what it begins.

    Args:
        client: the server.
        physical: the server's name of the collection.
        names: returns the server's name of any collection.
        request: the request.

    Raises:
        OperationFailedError: the server began to build an index, and failed.
        SettingsNotChangedError: the server answered 200, and did not make the change.
        UnexpectedStatusError: the server refused it.
    """
    schema = client.schema
    if isinstance(request, AddClassProperty):
        schema.add_property(physical, renamed_property(request.property_json, names))
    elif isinstance(request, AddClassVector):
        schema.update_config(physical, {"vectorConfig": {request.vector_name: request.vector_json}})
    elif isinstance(request, ChangeClass):
        schema.update_config(physical, _class_settings(client, physical, request))
    elif isinstance(request, BuildPropertyIndex):
        schema.update_property_index(
            physical,
            request.property_name,
            request.index,
            tokenization=request.tokenization,
            wait_for_completion=True,
        )
    elif isinstance(request, DropPropertyIndex):
        schema.delete_property_index(physical, request.property_name, request.index)
    elif isinstance(request, DropClassVector):
        schema.delete_vector_index(physical, request.vector_name)
        _wait_for_removal(client)


def _class_settings(client: Client, physical: str, request: ChangeClass) -> dict[str, Any]:
    if not request.descriptions:
        return request.settings
    members = client.schema.get(physical)["properties"]
    return {**request.settings, "properties": _described(members, request.descriptions)}


def _described(members: Iterable[JSONObject], descriptions: Mapping[str, str], path: str = "") -> list[JSONObject]:
    """Return the JSON of properties with new descriptions, which are by dotted names."""
    described = []
    for member in members:
        name = f"{path}{member['name']}"
        result = {**member, "description": descriptions.get(name, member.get("description"))}
        if member.get("nestedProperties"):
            result["nestedProperties"] = _described(member["nestedProperties"], descriptions, f"{name}.")
        described.append(result)
    return described


def _wait_for_removal(client: Client) -> None:
    """Wait until the vectors are removed from the objects: before, their names cannot be used again."""
    for task in client.tasks.list_all().get("drop-vector-index", ()):
        if task["status"] not in ENDED:
            client.tasks.wait(task_id=task["id"])

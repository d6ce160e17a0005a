"""Cross-references of an object: adding, replacing and deleting them."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from weaviate_orm.client import arguments
from weaviate_orm.client.paths import object_params, object_path
from weaviate_orm.exceptions import UnexpectedStatusError, ValidationError
from weaviate_orm.http.transport import Transport
from weaviate_orm.types import ConsistencyLevel
from weaviate_orm.util import generate_local_beacon, get_valid_uuid


class Reference:
    """``/v1/objects/{class}/{id}/references/{property}``. Reached as ``client.data_object.reference``.

    A ``uuid`` is a UUID, its text, a beacon or the URL of an object. Without class names the server searches all
    classes, which it deprecates.
    """

    def __init__(self, transport: Transport) -> None:
        self._transport = transport

    def add(
        self,
        from_uuid: str | UUID,
        from_property_name: str,
        to_uuid: str | UUID,
        from_class_name: str | None = None,
        to_class_name: str | None = None,
        consistency_level: ConsistencyLevel | str | None = None,
        tenant: str | None = None,
    ) -> None:
        """Add a reference. The target must exist. Adding a reference again stores it a second time."""
        beacon = generate_local_beacon(get_valid_uuid(to_uuid), to_class_name)
        resource = object_path(from_class_name, from_uuid, "references", from_property_name)
        params = object_params(consistency_level, tenant)
        self._transport.request("POST", resource, json=beacon, params=params, repeatable=False)

    def delete(
        self,
        from_uuid: str | UUID,
        from_property_name: str,
        to_uuid: str | UUID,
        from_class_name: str | None = None,
        to_class_name: str | None = None,
        consistency_level: ConsistencyLevel | str | None = None,
        tenant: str | None = None,
    ) -> None:
        """Remove all references to an object. It is no error if there are none."""
        beacon = generate_local_beacon(get_valid_uuid(to_uuid), to_class_name)
        resource = object_path(from_class_name, from_uuid, "references", from_property_name)
        try:
            self._transport.request("DELETE", resource, json=beacon, params=object_params(consistency_level, tenant))
        except UnexpectedStatusError as error:
            # The server's error for a property whose last reference was deleted (measured on Weaviate 1.39).
            if "is not a valid cross-reference" not in str(error):
                raise

    def update(
        self,
        from_uuid: str | UUID,
        from_property_name: str,
        to_uuids: Sequence[str | UUID] | str | UUID,
        from_class_name: str | None = None,
        to_class_names: Sequence[str] | str | None = None,
        consistency_level: ConsistencyLevel | str | None = None,
        tenant: str | None = None,
    ) -> None:
        """Replace all references of a property. An empty list removes them.

        ``to_class_names`` is the class of all targets, or a list with a class for every target.
        """
        targets = [to_uuids] if isinstance(to_uuids, (str, UUID)) else arguments.items("to_uuids", to_uuids)
        classes: Sequence[str | None]
        if not to_class_names or isinstance(to_class_names, str):
            classes = [to_class_names if isinstance(to_class_names, str) else None] * len(targets)
        else:
            classes = arguments.texts("to_class_names", to_class_names)
        if len(classes) != len(targets):
            raise ValidationError(
                f"to_class_names is one class, or one for each of to_uuids; got {len(classes)} for {len(targets)}",
                field="to_class_names",
            )
        beacons = [
            generate_local_beacon(get_valid_uuid(uuid), name) for uuid, name in zip(targets, classes, strict=True)
        ]
        resource = object_path(from_class_name, from_uuid, "references", from_property_name)
        self._transport.request("PUT", resource, json=beacons, params=object_params(consistency_level, tenant))

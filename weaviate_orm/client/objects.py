"""Objects: creating, reading, changing and deleting them one at a time."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from weaviate_orm.client import arguments
from weaviate_orm.client.documents import Document, load_document
from weaviate_orm.client.paths import object_params, object_path, stored_name
from weaviate_orm.client.references import Reference
from weaviate_orm.exceptions import ArgumentTypeError, ObjectExistsError, UnexpectedStatusError, ValidationError
from weaviate_orm.http.shapes import ANY, OBJECT
from weaviate_orm.http.transport import Transport
from weaviate_orm.ids import random_id
from weaviate_orm.types import ConsistencyLevel, JSONObject
from weaviate_orm.util import get_valid_uuid, get_vector

VectorInput = Any
"""A vector as :func:`~weaviate_orm.util.get_vector` takes it, or a mapping of vectors by their names."""


class DataObject:
    """``/v1/objects``. Reached as ``client.data_object``; its references as ``client.data_object.reference``.

    ``data_object`` is a mapping of properties, the path of a JSON file, or a URL. ``uuid`` is a UUID, its text, a
    beacon or the URL of an object. ``consistency_level`` is the number of replicas that must take part. Without a
    ``class_name`` the server searches all classes, which it deprecates.
    """

    def __init__(self, transport: Transport) -> None:
        self._transport = transport
        self.reference = Reference(transport)

    def create(
        self,
        data_object: Document,
        class_name: str,
        uuid: str | UUID | None = None,
        vector: VectorInput | None = None,
        consistency_level: ConsistencyLevel | str | None = None,
        tenant: str | None = None,
    ) -> str:
        """Create an object and return its id, which the server chooses unless ``uuid`` is given.

        Raises ObjectExistsError when the class already has an object with this id.
        """
        body = self._body(data_object, class_name, uuid, vector, tenant)
        params = object_params(consistency_level)
        try:
            answer = self._transport.request("POST", "/objects", json=body, params=params, repeatable=False)
        except UnexpectedStatusError as error:
            if uuid is None or error.status_code != 422 or "already exists" not in str(error):
                raise
            raise ObjectExistsError(
                f"there is an object {body['class']} {body['id']} already; replace() or update() change it",
                status_code=error.status_code,
                body=error.body,
                method="POST",
                url=str(error.url),
            ) from error
        return str(answer.json({"id": str})["id"])

    def update(
        self,
        data_object: Document,
        class_name: str,
        uuid: str | UUID,
        vector: VectorInput | None = None,
        consistency_level: ConsistencyLevel | str | None = None,
        tenant: str | None = None,
    ) -> None:
        """Change the given properties of an object. None deletes a property; without ``vector`` the vector stays.

        Lists and nested objects are replaced as a whole. Raises UnexpectedStatusError (404) when the object does not
        exist.
        """
        body = self._body(data_object, class_name, uuid, vector, tenant)
        self._transport.request(
            "PATCH", object_path(class_name, uuid), json=body, params=object_params(consistency_level)
        )

    def replace(
        self,
        data_object: Document,
        class_name: str,
        uuid: str | UUID,
        vector: VectorInput | None = None,
        consistency_level: ConsistencyLevel | str | None = None,
        tenant: str | None = None,
    ) -> None:
        """Replace an object, its vector and references included.

        Raises UnexpectedStatusError (404) when the object does not exist.
        """
        body = self._body(data_object, class_name, uuid, vector, tenant)
        self._transport.request(
            "PUT", object_path(class_name, uuid), json=body, params=object_params(consistency_level)
        )

    def get_by_id(
        self,
        uuid: str | UUID,
        additional_properties: Sequence[str] | None = None,
        with_vector: bool = False,
        class_name: str | None = None,
        node_name: str | None = None,
        consistency_level: ConsistencyLevel | str | None = None,
        tenant: str | None = None,
    ) -> JSONObject | None:
        """Return an object as the server's JSON, or None when it does not exist. See :meth:`get` for the arguments."""
        return self.get(
            uuid, additional_properties, with_vector, class_name, node_name, consistency_level, tenant=tenant
        )

    def get(
        self,
        uuid: str | UUID | None = None,
        additional_properties: Sequence[str] | None = None,
        with_vector: bool = False,
        class_name: str | None = None,
        node_name: str | None = None,
        consistency_level: ConsistencyLevel | str | None = None,
        limit: int | None = None,
        after: str | UUID | None = None,
        offset: int | None = None,
        sort: Mapping[str, Any] | None = None,
        tenant: str | None = None,
    ) -> JSONObject | None:
        """Return an object, or without ``uuid`` a page of objects, ``{"objects": […], "totalResults": n}``.

        Args:
            uuid: the id of the object; None for a page.
            additional_properties: fields to add, such as ``classification`` or ``vector``.
            with_vector: add the vector, or the named vectors.
            class_name: the class; for a page None means all classes.
            node_name: the node to read from, in place of a consistency level.
            consistency_level: how many replicas must agree, in place of a node.
            limit: the most objects of a page; the server's default is 25 (``QUERY_DEFAULTS_LIMIT``).
            after: the last id of the previous page; needs ``class_name`` and ``limit``, excludes ``sort`` and
                ``offset``.
            offset: how many objects to skip.
            sort: ``{"properties": name(s), "order_asc": bool(s)}``; ascending by default.
            tenant: the tenant.

        Returns None when the object or the class does not exist.
        """
        if node_name is not None and consistency_level is not None:
            raise ValidationError("give node_name or consistency_level, not both: a level compares several nodes")
        additional = [] if additional_properties is None else arguments.texts("additional", additional_properties)
        include = [*additional, *(["vector"] if with_vector else [])]
        params: JSONObject = {
            **object_params(consistency_level, tenant),
            "include": ",".join(dict.fromkeys(include)) or None,
            "node_name": node_name,
            "limit": _count("limit", limit, least=1),
            "after": None if after is None else get_valid_uuid(after),
            "offset": _count("offset", offset, least=0),
            **_sorting(sort),
        }
        if uuid is not None:
            resource = object_path(class_name, uuid)
        else:
            resource = "/objects"
            params["class"] = None if class_name is None else stored_name(class_name)
        answer = self._transport.request("GET", resource, params=params, accept=frozenset({404}))
        return None if answer.status == 404 else answer.json(OBJECT)

    def delete(
        self,
        uuid: str | UUID,
        class_name: str | None = None,
        consistency_level: ConsistencyLevel | str | None = None,
        tenant: str | None = None,
    ) -> None:
        """Delete an object. With a ``class_name``, an object that does not exist is no error."""
        self._transport.request(
            "DELETE", object_path(class_name, uuid), params=object_params(consistency_level, tenant)
        )

    def exists(
        self,
        uuid: str | UUID,
        class_name: str | None = None,
        consistency_level: ConsistencyLevel | str | None = None,
        tenant: str | None = None,
    ) -> bool:
        """Return whether an object exists."""
        params = object_params(consistency_level, tenant)
        answer = self._transport.request("HEAD", object_path(class_name, uuid), params=params, accept=frozenset({404}))
        return answer.status != 404

    def validate(
        self,
        data_object: Document,
        class_name: str,
        uuid: str | UUID | None = None,
        vector: VectorInput | None = None,
    ) -> JSONObject:
        """Validate an object on the server: ``{"valid": True, "error": None}``, or False with the errors."""
        # Without an id the server calls every object invalid (measured on Weaviate 1.39).
        body = self._body(data_object, class_name, uuid or random_id(), vector, None)
        answer = self._transport.request("POST", "/objects/validate", json=body, accept=frozenset({422}))
        if answer.status == 422:
            return {"valid": False, "error": answer.json({"error": ANY})["error"]}
        return {"valid": True, "error": None}

    def _body(
        self, data_object: Document, class_name: str, uuid: str | UUID | None, vector: VectorInput, tenant: str | None
    ) -> JSONObject:
        body: JSONObject = {
            "class": stored_name(class_name),
            "properties": load_document(data_object, self._transport),
        }
        if uuid is not None:
            body["id"] = get_valid_uuid(uuid)
        if isinstance(vector, Mapping):
            body["vectors"] = {name: get_vector(value) for name, value in vector.items()}
        elif vector is not None:
            body["vector"] = get_vector(vector)
        if tenant is not None:
            body["tenant"] = tenant
        return body


def _count(name: str, value: int | None, *, least: int) -> int | None:
    if value is not None and (not isinstance(value, int) or isinstance(value, bool)):
        raise ArgumentTypeError(f"{name} is an int, not {type(value).__name__}")
    if value is not None and value < least:
        raise ValidationError(f"{name} is {least} or more, not {value}", field=name)
    return value


def _sorting(sort: Mapping[str, Any] | None) -> JSONObject:
    if sort is None:
        return {}
    if not isinstance(sort, Mapping):
        raise ArgumentTypeError(f"sort is a dict, not {type(sort).__name__}")
    names = sort.get("properties")
    names = arguments.texts("the properties of sort", names)
    ascending = sort.get("order_asc", True)
    if isinstance(ascending, bool):
        orders = [ascending] * len(names)
    else:
        orders = [arguments.boolean("order_asc", order) for order in arguments.items("order_asc", ascending)]
    if not names or len(names) != len(orders):
        raise ValidationError(
            'sort is {"properties": names, "order_asc": one bool, or one for each name}; '
            f"got {len(names)} names and {len(orders)} orders",
            field="sort",
        )
    return {"sort": ",".join(names), "order": ",".join("asc" if order else "desc" for order in orders)}

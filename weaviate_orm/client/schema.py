"""The schema: the collections and their properties."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Any

import tenacity

from weaviate_orm.client import arguments
from weaviate_orm.client.documents import Document, load_document
from weaviate_orm.client.paths import path, stored_name
from weaviate_orm.client.setting_changes import check_quantizers, unchanged
from weaviate_orm.client.tasks import Tasks
from weaviate_orm.client.tenants import Tenants
from weaviate_orm.client.waiting import Progress
from weaviate_orm.exceptions import SchemaValidationError, SettingsNotChangedError, UnexpectedStatusError
from weaviate_orm.http.features import PROPERTY_INDEX_REMOVAL, PROPERTY_REINDEX, VECTOR_INDEX_REMOVAL, require
from weaviate_orm.http.shapes import OBJECT, OBJECTS, REPORT
from weaviate_orm.http.transport import Transport
from weaviate_orm.schema.settings import merged
from weaviate_orm.types import JSONObject, Tenant

MISSING = frozenset({404})

CLASS = {"class": str, "properties?": [{"name": str}]}
"""The shape of a class in a schema."""

INDEXED = {"name": str, "indexes?": OBJECTS}
"""The shape of a property and its indexes."""


class Schema:
    """``/v1/schema``. Reached as ``client.schema``.

    Class names may begin with a lowercase letter, as in v3; the server stores them with a capital.
    """

    def __init__(self, transport: Transport) -> None:
        self._transport = transport
        self._tenants = Tenants(transport)
        self._tasks = Tasks(transport)
        self.property = Property(transport)

    def get(self, class_name: str | None = None) -> JSONObject:
        """Return the whole schema, ``{"classes": […]}``, or a class.

        Raises UnexpectedStatusError (404) when the class does not exist.
        """
        names = () if class_name is None else (stored_name(class_name),)
        shape = {"classes?": [CLASS]} if class_name is None else OBJECT
        schema: JSONObject = self._transport.request("GET", path("schema", *names)).json(shape)
        return schema

    def exists(self, class_name: str) -> bool:
        """Return whether a class exists."""
        resource = path("schema", stored_name(class_name))
        return self._transport.request("GET", resource, accept=MISSING).status != 404

    def contains(self, schema: Document | None = None) -> bool:
        """Return whether the server has all classes of ``schema`` and their properties; by default, any class.

        ``schema`` is a document as :meth:`create` takes it, or a single class. Settings are not compared.
        """
        present = {body["class"]: _property_names(body) for body in self.get().get("classes") or ()}
        if schema is None:
            return bool(present)
        return all(
            present.get(expected["class"], frozenset()) >= _property_names(expected) and expected["class"] in present
            for expected in self._classes(schema, single=True)
        )

    def create(self, schema: Document) -> None:
        """Create all classes of a schema, which is a mapping, the path of a JSON file, or a URL.

        All keys are sent unchanged. Cross-references are added after all classes exist, so that the order of the
        classes does not matter and references may form cycles.

        >>> client.schema.create({"classes": [
        ...     {"class": "Author", "properties": [{"name": "books", "dataType": ["Book"]}]},
        ...     {"class": "Book", "properties": [{"name": "author", "dataType": ["Author"]}]},
        ... ]})  # doctest: +SKIP

        Raises:
            SchemaValidationError: the document does not describe classes; nothing was sent.
            UnexpectedStatusError: the server refused a class; the classes before it were created.
        """
        classes = self._classes(schema)
        names = {body["class"] for body in classes}
        for body in classes:
            data = [prop for prop in body.get("properties") or () if not _is_reference(prop, names)]
            self._transport.request("POST", "/schema", json={**body, "properties": data}, repeatable=False)
        for body in classes:
            for prop in body.get("properties") or ():
                if _is_reference(prop, names):
                    self.add_property(body["class"], {**prop, "dataType": [*map(stored_name, prop["dataType"])]})

    def create_class(self, schema_class: Document) -> None:
        """Create a class by a single request. The classes that it refers to must exist, or be this class."""
        (body,) = self._classes(schema_class, single=True)
        self._transport.request("POST", "/schema", json=body, repeatable=False)

    def delete_class(self, class_name: str) -> None:
        """Delete a class and all its objects. It is no error if the class does not exist."""
        self._transport.request("DELETE", path("schema", stored_name(class_name)))

    def delete_all(self) -> None:
        """Delete all classes and all objects of the server."""
        for body in self.get().get("classes") or ():
            self.delete_class(body["class"])

    def update_config(self, class_name: str, config: Mapping[str, Any]) -> None:
        """Change settings of a class. ``config`` has only the changed settings, nested as in the class.

        Descriptions, ``bm25``, stop words, ``ef``, generative and reranker settings can change. Quantization can be
        switched on, and named vectors can be added (measured on Weaviate 1.39).

        >>> client.schema.update_config("Article", {"vectorIndexConfig": {"ef": 100}})  # doctest: +SKIP

        The server refuses changes while it rebuilds a vector index. They are retried for as long as the read timeout.

        Raises:
            SettingsNotChangedError: the server answered 200, and a setting is as before: the index type of a named
                vector (and all that was sent with it), ``asyncEnabled``, ``usingBlockMaxWAND`` or the removal of a
                module (measured on Weaviate 1.39).
            UnexpectedStatusError: 422 for a setting that cannot change.
            ValidationError: a quantizer would be replaced, after which the server does not load the collection any
                more, or switched off, which has no effect. Nothing was sent.
        """
        arguments.mapping("config", config)
        old = self.get(class_name)
        changed = merged(old, config)
        check_quantizers(old, changed, stored_name(class_name))
        retrying = tenacity.Retrying(
            retry=tenacity.retry_if_exception(_is_rebuilding),
            stop=tenacity.stop_after_delay(self._transport.timeout[1]),
            wait=tenacity.wait_fixed(0.2),
            reraise=True,
        )
        retrying(self._transport.request, "PUT", path("schema", stored_name(class_name)), json=changed)
        settings = list(unchanged(config, old, self.get(class_name)))
        if settings:
            raise SettingsNotChangedError(stored_name(class_name), settings)

    def add_property(self, class_name: str, schema_property: Mapping[str, Any]) -> None:
        """Add a property or a cross-reference to a class."""
        resource = path("schema", stored_name(class_name), "properties")
        self._transport.request("POST", resource, json=schema_property, repeatable=False)

    def get_property_indexes(self, class_name: str) -> list[JSONObject]:
        """Return the indexes of the properties, as ``{"name": …, "dataType": …, "indexes": […]}``.

        An index is ``{"type": "searchable", "status": "ready", "tokenization": …, "algorithm": …}``. Its status is
        ``ready``, ``pending``, ``indexing``, ``failed`` or ``cancelled``; all but the first have a ``taskId``. The node
        that answers may know of a change a moment later.

        Raises:
            ServerTooOldError: the server is older than Weaviate 1.39.
            UnexpectedStatusError: 404 when the class does not exist.
        """
        require(self._transport, PROPERTY_REINDEX)
        resource = path("schema", stored_name(class_name), "indexes")
        body: JSONObject = self._transport.request("GET", resource).json({"properties?": [INDEXED]})
        return body.get("properties") or []

    def update_property_index(
        self,
        class_name: str,
        property_name: str,
        index_name: str,
        *,
        tokenization: str | None = None,
        algorithm: str | None = None,
        tenants: Sequence[str] | None = None,
        wait_for_completion: bool = False,
        progress: Progress | None = None,
        wait_timeout: float | None = None,
    ) -> JSONObject:
        """Add an index to a property, or change it, from the stored objects; reads and writes go on.

        Needs ``RUNTIME_REINDEX_ENABLED`` on the server.

        Args:
            class_name: the class.
            property_name: the property.
            index_name: ``filterable``, ``searchable`` or ``rangeFilters``.
            tokenization: the tokenization of a text; required for a new ``searchable`` index. Its ``filterable`` index
                changes with it.
            algorithm: ``blockmax``, for a ``searchable`` index that has the older one.
            tenants: the tenants, for a new ``rangeFilters`` index; by default all. Each must be active.
            wait_for_completion: wait for the end of the task.
            progress: a function that is called with every report of the task.
            wait_timeout: the most seconds to wait.

        Returns ``{"status": "STARTED", "taskId": …}``, or ``{"status": "NO_OP"}`` when the index is so already; after a
        wait, the task as ``client.tasks`` has it.

        Raises:
            OperationFailedError: the task ended as FAILED or CANCELLED during the wait.
            OperationTimeoutError: the task has not ended after ``wait_timeout``; the server continues it.
            ServerTooOldError: the server is older than Weaviate 1.39.
            UnexpectedStatusError: 400 where the server does not rebuild indexes, or the property cannot have the index;
                404 when the class or the property does not exist; 409 during another change of it.
        """
        resource, params = _index_path(class_name, property_name, index_name), _tenants_params(tenants)
        settings = {"tokenization": tokenization, "algorithm": algorithm}
        body = {name: value for name, value in settings.items() if value is not None}
        require(self._transport, PROPERTY_REINDEX)
        answer = self._transport.request("PUT", resource, json=body, params=params, repeatable=False)
        return self._started(answer.json(REPORT), wait_for_completion, progress, wait_timeout)

    def rebuild_property_index(
        self,
        class_name: str,
        property_name: str,
        index_name: str,
        *,
        tenants: Sequence[str] | None = None,
        wait_for_completion: bool = False,
        progress: Progress | None = None,
        wait_timeout: float | None = None,
    ) -> JSONObject:
        """Build an index of a property again from the stored objects, as it is.

        Arguments, results and errors are those of :meth:`update_property_index`; every index takes ``tenants``.
        """
        resource, params = _index_path(class_name, property_name, index_name, "rebuild"), _tenants_params(tenants)
        require(self._transport, PROPERTY_REINDEX)
        answer = self._transport.request("POST", resource, params=params, repeatable=False)
        return self._started(answer.json(REPORT), wait_for_completion, progress, wait_timeout)

    def cancel_property_index_task(self, class_name: str, property_name: str, index_name: str) -> JSONObject:
        """Cancel the change of an index of a property.

        Returns ``{"status": "CANCELLED", "taskId": …}``, or ``{"status": "NO_OP"}`` when it does not change.

        Raises:
            ServerTooOldError: the server is older than Weaviate 1.39.
            UnexpectedStatusError: 409 when the change is too far to be cancelled.
        """
        require(self._transport, PROPERTY_REINDEX)
        resource = _index_path(class_name, property_name, index_name, "cancel")
        report: JSONObject = self._transport.request("POST", resource).json(REPORT)
        return report

    def delete_property_index(self, class_name: str, property_name: str, index_name: str) -> None:
        """Delete the ``filterable``, ``searchable`` or ``rangeFilters`` index of a property. Its values remain.

        Without ``RUNTIME_REINDEX_ENABLED`` the server cannot make it again.

        Needs Weaviate 1.36; older servers raise ServerTooOldError.
        """
        require(self._transport, PROPERTY_INDEX_REMOVAL)
        self._transport.request("DELETE", _index_path(class_name, property_name, index_name))

    def delete_vector_index(self, class_name: str, vector_name: str) -> None:
        """Delete the index of a named vector, and the vector of each object. This cannot be undone.

        The vector has no index at once; its name can be used again when the task ``drop-vector-index`` of
        ``client.tasks`` has ended. Needs ``ENABLE_EXPERIMENTAL_ALTER_SCHEMA_DROP_VECTOR_INDEX_ENDPOINT`` on the server.

        Raises:
            ServerTooOldError: the server is older than Weaviate 1.39.
            UnexpectedStatusError: 500 where the server does not have it enabled; 422 when the class or the vector does
                not exist.
        """
        require(self._transport, VECTOR_INDEX_REMOVAL)
        self._transport.request("DELETE", path("schema", stored_name(class_name), "vectors", vector_name, "index"))

    def get_class_shards(self, class_name: str, tenant: str | None = None) -> list[JSONObject]:
        """Return the shards of a class, or the shard of a tenant, as ``{"name": …, "status": "READY", …}``."""
        resource = path("schema", stored_name(class_name), "shards")
        shards: list[JSONObject] = self._transport.request("GET", resource, params={"tenant": tenant}).json(
            [{"name": str}]
        )
        return shards

    def update_class_shard(
        self, class_name: str, status: str, shard_name: str | None = None
    ) -> JSONObject | list[JSONObject]:
        """Set a shard to ``READY`` or ``READONLY``; without a name, all shards of the class.

        Returns the new state as ``{"status": …}``, or a list with the states of all shards.
        """
        arguments.text("status", status)
        names = [shard["name"] for shard in self.get_class_shards(class_name)] if shard_name is None else [shard_name]
        answers: list[JSONObject] = [
            self._transport.request(
                "PUT", path("schema", stored_name(class_name), "shards", name), json={"status": status}
            ).json(OBJECT)
            for name in names
        ]
        return answers if shard_name is None else answers[0]

    def add_class_tenants(self, class_name: str, tenants: Sequence[Tenant]) -> None:
        """Create tenants: v3's name of ``client.tenants.create()``."""
        self._tenants.create(class_name, tenants)

    def get_class_tenants(self, class_name: str) -> list[Tenant]:
        """Return the tenants of a class."""
        return list(self._tenants.get(class_name).values())

    def update_class_tenants(self, class_name: str, tenants: Sequence[Tenant]) -> None:
        """Update tenants: v3's name of ``client.tenants.update()``."""
        self._tenants.update(class_name, tenants)

    def remove_class_tenants(self, class_name: str, tenants: Sequence[str]) -> None:
        """Delete tenants: v3's name of ``client.tenants.remove()``."""
        self._tenants.remove(class_name, tenants)

    def _started(
        self, report: JSONObject, wait: bool, progress: Progress | None, wait_timeout: float | None
    ) -> JSONObject:
        if not wait or "taskId" not in report:
            return report
        return self._tasks.wait(task_id=report["taskId"], progress=progress, wait_timeout=wait_timeout)

    def _classes(self, schema: Document, *, single: bool = False) -> list[JSONObject]:
        document = load_document(schema, self._transport)
        classes = [document] if single and "classes" not in document else document.get("classes")
        if not isinstance(classes, Sequence) or isinstance(classes, str):
            raise SchemaValidationError('a schema is {"classes": […]}; there is no list of classes in it')
        return [_check_class(body, index) for index, body in enumerate(classes)]


class Property:
    """``/v1/schema/{class}/properties``. Reached as ``client.schema.property``."""

    def __init__(self, transport: Transport) -> None:
        self._transport = transport

    def create(self, schema_class_name: str, schema_property: Document) -> None:
        """Add a property, which is a mapping, the path of a JSON file, or a URL."""
        document = load_document(schema_property, self._transport)
        resource = path("schema", stored_name(schema_class_name), "properties")
        self._transport.request("POST", resource, json=document, repeatable=False)


def _index_path(class_name: str, property_name: str, index_name: str, *rest: str) -> str:
    return path("schema", stored_name(class_name), "properties", property_name, "index", index_name, *rest)


def _tenants_params(tenants: Sequence[str] | None) -> dict[str, str | None]:
    return {"tenants": None if tenants is None else ",".join(arguments.texts("tenants", tenants))}


def _check_class(body: Any, index: int) -> JSONObject:
    """Check a class of a document, and return it under the name that the server will store."""
    if not isinstance(body, Mapping) or not isinstance(body.get("class"), str) or not body["class"]:
        raise SchemaValidationError(
            f"class number {index} of the schema has no name; give it one, under the key 'class'"
        )
    for prop in body.get("properties") or ():
        if not isinstance(prop, Mapping) or not prop.get("name") or not isinstance(prop.get("dataType", []), Sequence):
            raise SchemaValidationError(
                f"class {body['class']} of the schema has a property without a 'name', or whose 'dataType' is no list"
            )
    return {**body, "class": stored_name(body["class"])}


def _is_reference(prop: Mapping[str, Any], classes: Collection[str]) -> bool:
    """Return whether a property is a reference.

    Names of data types begin with a lowercase letter. So may names of classes, if the document has such classes.
    """
    types = prop.get("dataType") or ()
    return any(name[:1].isupper() or stored_name(name) in classes for name in types)


def _property_names(body: Mapping[str, Any]) -> frozenset[str]:
    return frozenset(prop["name"] for prop in body.get("properties") or ())


def _is_rebuilding(error: BaseException) -> bool:
    # the messages of Weaviate 1.39 and of 1.35
    reasons = ("read-only due to: update vector index", "read-only due to: UpdateVectorIndexConfig")
    return isinstance(error, UnexpectedStatusError) and any(reason in str(error) for reason in reasons)

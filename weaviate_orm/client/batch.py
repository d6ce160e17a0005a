"""Batches of objects and references, under the names of the v3 client."""

from __future__ import annotations

import uuid as uuids
from collections.abc import Mapping, Sequence
from types import TracebackType
from typing import Any, Generic, TypeVar, overload

import attrs
from typing_extensions import Self

from weaviate_orm.batch.batch_settings import BatchSettings, Callback, Results, WeaviateErrorRetryConf
from weaviate_orm.batch.delete_by_filter import delete_matching, rest_filter
from weaviate_orm.batch.outcomes import read_deletion
from weaviate_orm.batch.queue import BatchQueue, FailedItem
from weaviate_orm.beacons import make_beacon, make_source
from weaviate_orm.client import arguments
from weaviate_orm.client.paths import path, stored_name
from weaviate_orm.client.query.where import encode_filter
from weaviate_orm.client.waiting import Deadline
from weaviate_orm.exceptions import ArgumentTypeError, OperationFailedError, TransportError, ValidationError
from weaviate_orm.http.shapes import NUMBER
from weaviate_orm.http.transport import Transport
from weaviate_orm.ids import random_id
from weaviate_orm.schema.vector_values import check_shape, prepared_vector
from weaviate_orm.types import ConsistencyLevel, JSONObject
from weaviate_orm.util import check_batch_result, get_valid_uuid, get_vector


@attrs.frozen
class Shard:
    """A shard to wait for: a class, and the tenant if the class has tenants."""

    class_name: str
    tenant: str | None = None


T = TypeVar("T")


class _Setting(Generic[T]):
    """A descriptor that makes a setting an attribute of the batch."""

    def __set_name__(self, owner: type[Batch], name: str) -> None:
        self._name = name

    @overload
    def __get__(self, batch: None, owner: type[Batch]) -> Self: ...
    @overload
    def __get__(self, batch: Batch, owner: type[Batch]) -> T: ...
    def __get__(self, batch: Batch | None, owner: type[Batch]) -> Self | T:
        if batch is None:
            return self
        value: T = getattr(batch.settings, self._name)
        return value

    def __set__(self, batch: Batch, value: Any) -> None:
        batch._change(self._name, value)


class Batch:
    """Collects objects and references, and sends them in batches. Reached as ``client.batch``; thread-safe.

    ::

        client.batch.configure(batch_size=100, num_workers=2)
        with client.batch as batch:
            uuid = batch.add_data_object({"name": "Ada"}, "Author")
            batch.add_reference(uuid, "Author", "wroteBooks", book, "Book")

    Items that the server refuses are passed to the callback, and are in ``failed_objects`` and ``failed_references``.
    Items that could not be sent stay queued: the error is raised, and the next ``flush()`` sends them.

    The arguments of :meth:`configure` are attributes too. When a new value makes the queue large enough for a batch, it
    is sent at once. Setting ``batch_size`` to None also switches dynamic sizes off, and ``dynamic`` cannot be set until
    there is a size. Invalid values raise ConfigurationError.
    """

    # assigning another name is an error, so that no misspelt setting is ignored
    __slots__ = ("_queue", "_shards", "_transport")

    batch_size = _Setting[int | None]()
    creation_time = _Setting[float]()
    timeout_retries = _Setting[int]()
    connection_error_retries = _Setting[int]()
    weaviate_error_retries = _Setting[WeaviateErrorRetryConf | None]()
    callback = _Setting[Callback | None]()
    dynamic = _Setting[bool]()
    num_workers = _Setting[int]()
    consistency_level = _Setting[ConsistencyLevel | None]()

    def __init__(self, transport: Transport) -> None:
        self._transport = transport
        self._queue = BatchQueue(transport, self._settings())
        self._shards: set[Shard] = set()

    # -- settings

    def configure(
        self,
        batch_size: int | None = 50,
        creation_time: float | None = None,
        timeout_retries: int = 3,
        connection_error_retries: int = 3,
        weaviate_error_retries: WeaviateErrorRetryConf | None = None,
        callback: Callback | None = check_batch_result,
        dynamic: bool = True,
        num_workers: int = 1,
        consistency_level: ConsistencyLevel | None = None,
    ) -> Self:
        """Set all settings. Arguments that are omitted get their defaults.

        Args:
            batch_size: the number of queued objects and references at which a batch is sent; None: only by an explicit
                call.
            creation_time: the seconds that a batch of a dynamic size should take; by default a tenth of the read
                timeout, at most 2.
            timeout_retries, connection_error_retries: how often a batch is sent again after these errors.
            weaviate_error_retries: which refused items are sent again; by default those that the server refuses while
                it changes an index.
            callback: called with the results of every batch that is sent automatically, a list with one result for
                every item; by default errors are printed.
            dynamic: adapt the sizes to the server, starting with ``batch_size``.
            num_workers: the most concurrent requests.
            consistency_level: how many replicas must have stored an item.

        Raises ConfigurationError for invalid values.
        """
        self._queue.configure(
            self._settings(
                batch_size=batch_size,
                creation_time=creation_time,
                timeout_retries=timeout_retries,
                connection_error_retries=connection_error_retries,
                weaviate_error_retries=weaviate_error_retries,
                callback=callback,
                dynamic=dynamic if batch_size is not None or not isinstance(dynamic, bool) else False,
                num_workers=num_workers,
                consistency_level=consistency_level,
            )
        )
        return self

    __call__ = configure

    def _settings(
        self, *, creation_time: float | None = None, callback: Callback | None = check_batch_result, **others: Any
    ) -> BatchSettings:
        if creation_time is None:
            creation_time = min(self._transport.timeout[1] / 10, 2.0)
        return BatchSettings(creation_time=creation_time, callback=callback, **others)

    def _change(self, name: str, value: Any) -> None:
        changes = {name: value}
        if name == "batch_size" and value is None:
            changes["dynamic"] = False
        elif name == "dynamic" and self.settings.batch_size is None:
            return
        self._queue.change(attrs.evolve(self.settings, **changes))

    @property
    def settings(self) -> BatchSettings:
        """The settings in force."""
        return self._queue.settings

    # -- adding

    def add_data_object(
        self,
        data_object: Mapping[str, Any],
        class_name: str,
        uuid: str | uuids.UUID | None = None,
        vector: Any = None,
        tenant: str | None = None,
    ) -> str:
        """Queue an object, and return its id, which is random unless ``uuid`` is given.

        ``vector`` is a sequence of floats or an array; named vectors are a mapping of their names to vectors.

        Raises:
            ValidationError: the object or the vector is not valid; it was not queued.
            TransportError: an earlier batch could not be sent. Its items, and this object, stay queued.
        """
        if not isinstance(data_object, Mapping):
            raise ArgumentTypeError(f"an object is a mapping of properties, not a {type(data_object).__name__}")
        id = random_id() if uuid is None else get_valid_uuid(uuid)
        body: dict[str, Any] = {"class": stored_name(class_name), "id": id, "properties": dict(data_object)}
        if isinstance(vector, Mapping):
            body["vectors"] = {
                name: _prepared(values, f"vector {name!r}", named=True) for name, values in vector.items()
            }
        elif vector is not None:
            body["vector"] = _prepared(vector, "the vector", named=False)
        if tenant is not None:
            body["tenant"] = tenant
        self._shards.add(Shard(body["class"], tenant))
        self._queue.add_object(body)
        return id

    def add_reference(
        self,
        from_object_uuid: str | uuids.UUID,
        from_object_class_name: str,
        from_property_name: str,
        to_object_uuid: str | uuids.UUID,
        to_object_class_name: str | None = None,
        tenant: str | None = None,
    ) -> None:
        """Queue a reference, which is sent after the objects that were added before it.

        Raises:
            ValidationError: an argument is not valid; the reference was not queued.
            TransportError: an earlier batch could not be sent. Its items, and this reference, stay queued.
        """
        source, target = get_valid_uuid(from_object_uuid), get_valid_uuid(to_object_uuid)
        arguments.property_name("from_property_name", from_property_name)
        body = {
            "from": make_source(source, stored_name(from_object_class_name), from_property_name),
            "to": make_beacon(target, None if to_object_class_name is None else stored_name(to_object_class_name)),
        }
        if tenant is not None:
            body["tenant"] = tenant
        self._queue.add_reference(body)

    # -- sending

    def flush(self) -> None:
        """Send all queued items, objects first, and wait until they are stored.

        Raises TransportError when a batch could not be sent; its items stay queued.
        """
        self._queue.flush()

    def create_objects(self) -> Results:
        """Send the queued objects now, and return them with their ``result``."""
        return self._queue.send_now(self._queue.objects)

    def create_references(self) -> Results:
        """Send the queued references now, and return them with their ``result``."""
        return self._queue.send_now(self._queue.references)

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Send the queued items. They stay queued if the block raised."""
        try:
            if kind is None:
                self.flush()
        finally:
            self.shutdown()

    def start(self) -> Self:
        """Return the batch. For code of v3; workers start when they are needed."""
        return self

    def shutdown(self) -> None:
        """Wait for running requests, and end the workers. The batch can be used again."""
        self._queue.stop()

    # -- failures

    @property
    def failed_objects(self) -> list[FailedItem]:
        """The objects that the server refused, as they were sent, with the reasons."""
        return list(self._queue.objects.failed)

    @property
    def failed_references(self) -> list[FailedItem]:
        """The references that the server refused, as they were sent, with the reasons."""
        return list(self._queue.references.failed)

    def retry_failed(self) -> None:
        """Queue all refused items again, for the next batch."""
        self._queue.queue_failed()

    # -- queued items

    def num_objects(self) -> int:
        """Return the number of queued objects."""
        return len(self._queue.objects.items)

    def num_references(self) -> int:
        """Return the number of queued references."""
        return len(self._queue.references.items)

    @property
    def shape(self) -> tuple[int, int]:
        """The numbers of queued objects and references."""
        return self.num_objects(), self.num_references()

    def is_empty_objects(self) -> bool:
        """Return whether no objects are queued."""
        return not self.num_objects()

    def is_empty_references(self) -> bool:
        """Return whether no references are queued."""
        return not self.num_references()

    def empty_objects(self) -> None:
        """Remove all queued objects."""
        self._queue.objects.items.clear()

    def empty_references(self) -> None:
        """Remove all queued references."""
        self._queue.references.items.clear()

    def pop_object(self, index: int = -1) -> JSONObject:
        """Remove and return a queued object, by default the last."""
        return self._queue.objects.items.pop(index).body

    def pop_reference(self, index: int = -1) -> JSONObject:
        """Remove and return a queued reference, by default the last."""
        return self._queue.references.items.pop(index).body

    @property
    def recommended_num_objects(self) -> int:
        """The size of the next batch of objects, if sizes are dynamic."""
        return self._queue.objects.recommendation.size

    @property
    def recommended_num_references(self) -> int:
        """The size of the next batch of references, if sizes are dynamic."""
        return self._queue.references.recommendation.size

    # -- deleting and indexing

    def delete_objects(
        self,
        class_name: str,
        where: Mapping[str, Any],
        output: str = "minimal",
        dry_run: bool = False,
        tenant: str | None = None,
    ) -> JSONObject:
        """Delete all objects that match a filter.

        The server deletes 10,000 objects per request (QUERY_MAXIMUM_RESULTS); requests are sent until none remains. The
        returned body is that of the last response, with the ``results`` of all of them.

        Args:
            class_name: the class.
            where: a filter as for ``with_where``.
            output: "minimal" lists the objects that failed, "verbose" all objects.
            dry_run: delete nothing, and return the objects that would be deleted.
            tenant: the tenant, for a class that has tenants.

        Raises QueryError or UnknownNameError for a filter that ``with_where`` refuses; nothing was sent.
        """
        level = self.settings.consistency_level
        params = {"tenant": tenant, "consistency_level": level.value if level is not None else None}
        name = stored_name(class_name)
        where = encode_filter(where)
        arguments.choice("output", output, ("minimal", "verbose"))
        arguments.boolean("dry_run", dry_run)
        if dry_run:
            body = {"match": {"class": name, "where": rest_filter(where)}, "output": output, "dryRun": True}
            return read_deletion(self._transport.request("DELETE", "/batch/objects", json=body, params=params))
        answers = list(delete_matching(self._transport, name, where, params, output=output))
        results = [answer["results"] for answer in answers]
        totals = {
            "matches": sum(result["successful"] + result["failed"] for result in results),
            "successful": sum(result["successful"] for result in results),
            "failed": sum(result["failed"] for result in results),
            "objects": [deleted for result in results for deleted in result.get("objects") or ()] or None,
        }
        return {**answers[-1], "results": {**results[-1], **totals}}

    def wait_for_vector_indexing(
        self,
        shards: Sequence[Shard] | None = None,
        how_many_failures: int = 5,
        *,
        wait_timeout: float | None = None,
    ) -> None:
        """Wait until the added vectors are in their indexes, if the server indexes in the background.

        Args:
            shards: the shards to wait for; by default all to which objects were added since the last call.
            how_many_failures: the number of consecutive failed requests after which the error is raised.
            wait_timeout: the most seconds to wait; None waits without limit.

        Raises:
            OperationFailedError: a shard is read-only.
            OperationTimeoutError: vectors are still queued after ``wait_timeout``; the server continues with them.
        """
        deadline = Deadline("the indexing of vectors", wait_timeout)
        for shard in () if shards is None else arguments.items("shards", shards):
            if not isinstance(shard, Shard):
                raise ArgumentTypeError(f"shards is a list of Shard; one of its items is {shard!r}", field="shards")
        awaited = set(shards) if shards is not None else set(self._shards)
        failures = 0
        remaining = set(awaited)
        while remaining:
            try:
                remaining = {shard for shard in remaining if not self._is_indexed(shard)}
                failures = 0
            except TransportError:
                failures += 1
                if failures >= how_many_failures:
                    raise
            if remaining:
                names = sorted(f"{shard.class_name} {shard.tenant or ''}".strip() for shard in remaining)
                deadline.pause(0.25, {"waiting for": names})
        self._shards -= awaited

    def _is_indexed(self, shard: Shard) -> bool:
        resource = path("schema", shard.class_name, "shards")
        states = self._transport.request("GET", resource, params={"tenant": shard.tenant}).json(
            [{"status": str, "vectorQueueSize?": NUMBER}]
        )
        for state in states:
            if state["status"] == "READONLY":
                raise OperationFailedError(
                    f"a shard of {shard.class_name} is read-only and indexes nothing", status=state
                )
        return all(state["status"] == "READY" and not state.get("vectorQueueSize") for state in states)


def _prepared(vector: Any, label: str, *, named: bool) -> Any:
    """Return a vector as it is sent. Named vectors may be multi-vectors; axes of length one are dropped, as in v3."""
    values = vector if isinstance(vector, (list, tuple)) else _array(vector, named=named)
    is_multi_vector = named and len(values) > 0 and hasattr(values[0], "__len__")
    try:
        check_shape(values, None, several=is_multi_vector)
        return prepared_vector(values)
    except ValueError as error:
        raise ValidationError(f"{label} {error}") from None


def _array(vector: Any, *, named: bool) -> Any:
    """Return a tensor of torch or TensorFlow, an array, or another sequence as an array or a list."""
    for method in ("detach", "cpu"):  # torch converts no tensor that has a gradient or is on a GPU
        if hasattr(vector, method):
            vector = getattr(vector, method)()
    if hasattr(vector, "numpy"):
        try:
            vector = vector.numpy()
        except TypeError:  # a type that numpy does not have, such as bfloat16
            vector = vector.tolist()
    shape = getattr(vector, "shape", None)
    if shape is None or (named and len(shape) == 2 and shape[0] != 1):
        return vector if shape is not None else get_vector(vector)
    return vector.reshape(-1) if vector.size == max(shape, default=1) else vector

"""The history of migrations: a collection of the server that says what was done to it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime, timezone
from typing import Any, Final, Literal
from uuid import NAMESPACE_URL, uuid5

import attrs
import orjson

from weaviate_orm._version import __version__
from weaviate_orm.client.client import Client
from weaviate_orm.exceptions import UnexpectedStatusError
from weaviate_orm.schema.collection import CollectionSpec
from weaviate_orm.schema.datatypes import DataType
from weaviate_orm.schema.indexes import hnsw
from weaviate_orm.schema.properties import PropertySpec
from weaviate_orm.schema.values import decode_date
from weaviate_orm.schema.vectors import VectorSpec

HISTORY: Final = "WeaviateOrmMigration"
"""The collection of the history."""

MigrationState = Literal["planned", "running", "done", "failed"]

_PAGE: Final = 100


def _parsed(value: Any) -> datetime | None:
    return decode_date(value) if isinstance(value, str) else value


def _texts(texts: Iterable[str]) -> tuple[str, ...]:
    return tuple(texts)


@attrs.frozen
class MigrationRecord:
    """What the history says of a migration.

    Attributes:
        name: of its file.
        state: ``planned``, ``running``, ``done`` or ``failed``.
        direction: the way in which it was going: ``forward`` or ``backward``.
        operation: how many of its operations are applied.
        operations: these operations, described.
        checksum: of the file that was applied.
        source: the text of that file.
        checkpoint: what the operation under way has stored, to go on from.
        message: the error that it failed with, or a remark.
        version: the version of this package.
        owner: who applied it.
        replaced_by: the squashed migration that has taken its place.
        started: when that began, in UTC.
        finished: when it was done, or failed.
    """

    name: str
    state: MigrationState
    direction: Literal["forward", "backward"] = "forward"
    operation: int = 0
    operations: tuple[str, ...] = attrs.field(default=(), converter=_texts)
    checksum: str = ""
    source: str = attrs.field(default="", repr=False)
    checkpoint: Mapping[str, Any] = attrs.field(factory=dict)
    message: str = ""
    version: str = __version__
    owner: str = ""
    replaced_by: str | None = None
    started: datetime | None = attrs.field(default=None, converter=_parsed)
    finished: datetime | None = attrs.field(default=None, converter=_parsed)

    @property
    def is_applied(self) -> bool:
        """Whether all of it is applied."""
        return self.state == "done"

    @property
    def is_halfway(self) -> bool:
        """Whether it was begun, and is not done."""
        return self.state in ("running", "failed")

    def to_json(self) -> dict[str, Any]:
        """Return the properties of the object that keeps it."""
        body = attrs.asdict(self) | {"checkpoint": orjson.dumps(self.checkpoint).decode()}
        return {name: _plain(value) for name, value in body.items() if value not in (None, (), "")}

    @classmethod
    def from_json(cls, properties: Mapping[str, Any]) -> MigrationRecord:
        """Read the properties of the object that keeps it."""
        names = {attribute.name for attribute in attrs.fields(cls)}
        stated = {name: value for name, value in properties.items() if name in names and value is not None}
        return cls(**stated | {"checkpoint": orjson.loads(stated.get("checkpoint") or "{}")})


def _plain(value: Any) -> Any:
    if isinstance(value, datetime):
        return value.astimezone(timezone.utc).isoformat()
    return list(value) if isinstance(value, tuple) else value


class History:
    """The history of migrations on a server.

    Two applications that migrate the same server need a history each, by another ``name``.
    """

    def __init__(self, client: Client, name: str = HISTORY) -> None:
        self.client = client
        self.name = name

    @property
    def lock_name(self) -> str:
        """The alias that is the lock, and the name of the object that says who holds it."""
        return f"{self.name}Lock"

    def create(self) -> None:
        """Create the collection, unless it exists; other processes may do that at the same time."""
        if self.exists():
            return
        try:
            self.client.schema.create_class(_collection(self.name).to_json())
        except UnexpectedStatusError:
            if not self.exists():
                raise

    def exists(self) -> bool:
        """Return whether the collection exists; reading needs none."""
        return self.client.schema.exists(self.name)

    def records(self) -> dict[str, MigrationRecord]:
        """Return what is recorded, by the names of the migrations, in the order of these."""
        bodies: list[dict[str, Any]] = []
        after: str | None = None
        while page := self._page(after):
            bodies += page
            after = page[-1]["id"]
            if len(page) < _PAGE:
                break
        properties = [body["properties"] for body in bodies if body["properties"]["name"] != self.lock_name]
        records = map(MigrationRecord.from_json, properties)
        return {record.name: record for record in sorted(records, key=lambda record: record.name)}

    def _page(self, after: str | None) -> list[dict[str, Any]]:
        answer = self.client.data_object.get(class_name=self.name, limit=_PAGE, after=after)
        return (answer or {}).get("objects") or []

    def write(self, record: MigrationRecord) -> None:
        """Store the record of a migration, in place of an older one."""
        self.put(record.name, record.to_json())

    def delete(self, name: str) -> None:
        """Delete the record of a migration, if there is one."""
        self.client.data_object.delete(self._id(name), self.name)

    def get(self, name: str) -> dict[str, Any] | None:
        """Return the stored properties of that name, or None."""
        body = self.client.data_object.get(self._id(name), class_name=self.name)
        return None if body is None else dict(body["properties"])

    def put(self, name: str, properties: Mapping[str, Any]) -> None:
        """Store properties under a name, in place of those that are stored there."""
        objects, id = self.client.data_object, self._id(name)
        store = objects.replace if objects.exists(id, self.name) else objects.create
        store(properties, self.name, id)

    def _id(self, name: str) -> str:
        return str(uuid5(NAMESPACE_URL, f"weaviate-orm/migrations/{name}"))


def _collection(name: str) -> CollectionSpec:
    texts = ("state", "direction", "checksum", "source", "checkpoint", "message", "version", "owner", "replaced_by")
    return CollectionSpec(
        name,
        description="Migrations that weaviate_orm has applied to this server, and the lock of the one under way",
        properties=(
            PropertySpec("name", DataType.TEXT, tokenization="field"),
            *(_unindexed(member, DataType.TEXT) for member in (*texts, "token")),
            _unindexed("operations", DataType.TEXT_ARRAY),
            _unindexed("operation", DataType.INT),
            *(_unindexed(member, DataType.DATE) for member in ("started", "finished", "renewed")),
        ),
        vectors=(VectorSpec(index=hnsw(skip=True)),),
    )


def _unindexed(name: str, data_type: DataType) -> PropertySpec:
    searchable = False if data_type.element is DataType.TEXT else None
    return PropertySpec(name, data_type, index_filterable=False, index_searchable=searchable)

"""A whole collection, to and from the server's JSON."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, TypeVar

import attrs

from weaviate_orm.exceptions import MappingError
from weaviate_orm.schema.collection_options import (
    CREATION_TIME,
    UPDATE_TIME,
    InvertedIndexSpec,
    MultiTenancySpec,
    ObjectTTLSpec,
    ReplicationSpec,
    ShardingSpec,
)
from weaviate_orm.schema.datatypes import DataType
from weaviate_orm.schema.modules import Module
from weaviate_orm.schema.names import check_class_name, check_property_name
from weaviate_orm.schema.properties import PropertySpec, ReferenceSpec, is_reference, without_shards
from weaviate_orm.schema.settings import merged
from weaviate_orm.schema.unknown import unknown_field, unknown_members
from weaviate_orm.schema.vectors import VectorSpec

_Spec = TypeVar("_Spec")


@attrs.frozen
class CollectionSpec:
    """A collection, as a model wants it or as the server has it. What is None takes the server's default.

    Attributes:
        name: the server's class name.
        description: for people.
        properties: what an object holds.
        references: where it points to.
        vectors: the unnamed vector, or named ones; none at all means an unnamed one that the client may bring.
        generative: the module that answers prompts.
        reranker: the module that orders results anew.
        modules: settings of other modules, for instance ``qna-openai``.
        inverted_index: what filters and keyword search can use.
        multi_tenancy: whether each object belongs to a tenant.
        replication: copies of each object.
        sharding: how it is spread over nodes; not with tenants.
        object_ttl: when objects expire.
        alias: whether the collection is behind an alias: the server has the class ``{name}_1``, and ``name`` is an
            alias of it, which a rebuild puts over to the next one. Not part of the server's JSON.
        unknown: other members of the server's JSON, which are sent back; its ``properties`` are those that no
            PropertySpec describes, such as data types of newer servers.

    Raises MappingError for what the server would refuse.
    """

    name: str
    description: str | None = None
    properties: tuple[PropertySpec, ...] = ()
    references: tuple[ReferenceSpec, ...] = ()
    vectors: tuple[VectorSpec, ...] = ()
    generative: Module | None = None
    reranker: Module | None = None
    modules: tuple[Module, ...] = ()
    inverted_index: InvertedIndexSpec | None = None
    multi_tenancy: MultiTenancySpec | None = None
    replication: ReplicationSpec | None = None
    sharding: ShardingSpec | None = None
    object_ttl: ObjectTTLSpec | None = None
    alias: bool = False
    unknown: Mapping[str, Any] = unknown_field()

    def __attrs_post_init__(self) -> None:
        check_class_name(self.name)
        names: dict[str, str] = {}
        for member in self.members:
            check_property_name(member.name)
            # the server ignores case in names
            key = member.name.lower()
            if key in names:
                raise MappingError(
                    f"collection {self.name}: {names[key]!r} and {member.name!r} are one name to Weaviate"
                )
            names[key] = member.name
        vector_names = [vector.name for vector in self.vectors]
        if len(set(vector_names)) != len(vector_names):
            raise MappingError(f"collection {self.name}: two of its vectors have the same name")

    @property
    def members(self) -> tuple[PropertySpec | ReferenceSpec, ...]:
        """Its properties, then its references."""
        return (*self.properties, *self.references)

    @property
    def vectorizers(self) -> tuple[str, ...]:
        """The names of the modules that make its vectors, each once."""
        return tuple(dict.fromkeys(vector.vectorizer.name for vector in self.vectors if vector.vectorizer))

    def property_json(self, member: PropertySpec | ReferenceSpec) -> dict[str, Any]:
        """Return the JSON of a property or reference, for ``POST /schema/{name}/properties``."""
        return without_shards(self._member_json(member))

    def _member_json(self, member: PropertySpec | ReferenceSpec) -> dict[str, Any]:
        return member.to_json() if isinstance(member, ReferenceSpec) else member.to_json(self.vectorizers)

    @property
    def is_multi_tenant(self) -> bool:
        """Whether each object belongs to a tenant."""
        return self.multi_tenancy is not None and self.multi_tenancy.enabled

    @property
    def is_replicated(self) -> bool:
        """Whether it says that there are several copies of each object."""
        return self.replication is not None and (self.replication.factor or 1) > 1

    def to_json(self) -> dict[str, Any]:
        """Return the body of ``POST /v1/schema``.

        Raises MappingError for what a server can have but nobody can create at once: both an unnamed vector and named
        ones, tenants and sharding.
        """
        self._check_creatable()
        body = self.class_json()
        body["properties"] = list(map(without_shards, body["properties"]))
        if self.is_multi_tenant:
            body.pop("shardingConfig", None)  # zeros, by which the server says that there is none
        return body

    def class_json(self) -> dict[str, Any]:
        """Return the server's JSON of the class, for ``PUT /v1/schema/{name}``, whether or not it can be created."""
        described = self._described()
        others = {key: value for key, value in self.unknown.items() if key != "properties"}
        described["properties"] += self.unknown.get("properties", ())
        return merged(described, others)

    def _described(self) -> dict[str, Any]:
        body: dict[str, Any] = {"class": self.name}
        if self.description:
            body["description"] = self.description
        body["properties"] = [self._member_json(member) for member in self.members]
        module_settings: dict[str, Any] = {}
        named = [vector for vector in self.vectors if vector.name is not None]
        if named:
            body["vectorConfig"] = {vector.name: vector.to_json() for vector in named}
        # without a vectorizer the server takes its DEFAULT_VECTORIZER_MODULE; with named vectors it takes none at all
        unnamed = [vector for vector in self.vectors if vector.name is None] or ([] if named else [VectorSpec()])
        for vector in unnamed:
            body |= vector.to_json()
            module_settings = body.pop("moduleConfig", {})
        for other in (self.generative, self.reranker, *self.modules):
            if other is not None:
                module_settings[other.name] = dict(other.settings)
        if module_settings:
            body["moduleConfig"] = module_settings
        for key, spec in (
            ("invertedIndexConfig", self.inverted_index),
            ("multiTenancyConfig", self.multi_tenancy),
            ("objectTtlConfig", self.object_ttl),
            ("replicationConfig", self.replication),
            ("shardingConfig", self.sharding),
        ):
            if spec is not None and (settings := spec.to_json()):
                body[key] = settings
        return body

    def _check_creatable(self) -> None:
        unnamed = any(vector.name is None for vector in self.vectors)
        if unnamed and len(self.vectors) > 1:
            raise MappingError(
                f"collection {self.name}: Weaviate creates a collection with one unnamed vector or with named ones, "
                f"not with both; name them all"
            )
        if self.sharding is not None and self.multi_tenancy is not None and self.multi_tenancy.enabled:
            raise MappingError(f"collection {self.name}: tenants are its shards; leave out the sharding")
        self._check_analyzers()
        self._check_object_ttl()
        declared = {member.name for member in self.properties} | {member.name for member in self.references}
        kept_out = {member.name for member in self.properties if not member.vectorize}
        for vector in self.vectors:
            for source in vector.source_properties or ():
                if source not in declared:
                    raise MappingError(f"collection {self.name}: {vector} is made of {source!r}, which is not there")
                if source in kept_out:
                    raise MappingError(
                        f"collection {self.name}: {vector} is made of {source!r}, which says vectorize=False"
                    )

    def _check_analyzers(self) -> None:
        presets = {"en", "none", *((self.inverted_index and self.inverted_index.stopword_presets) or {})}
        for member in self.properties:
            preset = member.text_analyzer and member.text_analyzer.stopword_preset
            if preset and preset not in presets:
                raise MappingError(
                    f"collection {self.name}: {member.name!r} has the stopword preset {preset!r}, which is none of "
                    f"{', '.join(sorted(presets))}; declare it by InvertedIndexSpec(stopword_presets=…)"
                )

    def _check_object_ttl(self) -> None:
        if self.object_ttl is None or not self.object_ttl.enabled:
            return
        if self.object_ttl.needs_timestamps:
            if self.inverted_index is not None and self.inverted_index.index_timestamps is False:
                raise MappingError(f"collection {self.name}: {self.object_ttl.delete_on} needs index_timestamps=True")
            return
        dates = [member.name for member in self.properties if member.data_type is DataType.DATE]
        if self.object_ttl.delete_on not in dates:
            raise MappingError(
                f"collection {self.name}: objects expire by {self.object_ttl.delete_on!r}, which is neither a property "
                f"of type date nor {CREATION_TIME} or {UPDATE_TIME}"
            )

    @classmethod
    def from_json(cls, body: Mapping[str, Any]) -> CollectionSpec:
        """Read the server's JSON of a class. What no attribute describes is kept in ``unknown``."""
        body = _without_dropped_vectors(body)
        unnamed = [VectorSpec.from_json(body)] if body.get("vectorizer") else []
        named = [VectorSpec.from_json(vector, name) for name, vector in (body.get("vectorConfig") or {}).items()]
        vectors = (*unnamed, *named)
        vectorizers = [vector.vectorizer.name for vector in vectors if vector.vectorizer]
        properties: list[PropertySpec] = []
        references: list[ReferenceSpec] = []
        others: list[Mapping[str, Any]] = []
        for member in body.get("properties") or ():
            # a newer server's data type must not hide the others
            try:
                if is_reference(member):
                    references.append(ReferenceSpec.from_json(member))
                else:
                    properties.append(PropertySpec.from_json(member, vectorizers))
            except MappingError:
                others.append(member)
        settings = {
            name: Module(name, options or {})
            for name, options in (body.get("moduleConfig") or {}).items()
            if name != body.get("vectorizer")
        }
        generative = next((module for name, module in settings.items() if name.startswith("generative-")), None)
        reranker = next((module for name, module in settings.items() if name.startswith("reranker-")), None)
        sharding = body.get("shardingConfig") or {}
        spec = cls(
            name=body["class"],
            description=body.get("description") or None,
            properties=tuple(properties),
            references=tuple(references),
            vectors=vectors,
            generative=generative,
            reranker=reranker,
            modules=tuple(
                module for module in settings.values() if module is not generative and module is not reranker
            ),
            inverted_index=_read(InvertedIndexSpec.from_json, body.get("invertedIndexConfig")),
            multi_tenancy=_read(MultiTenancySpec.from_json, body.get("multiTenancyConfig")),
            replication=_read(ReplicationSpec.from_json, body.get("replicationConfig")),
            # of a collection with tenants all of it is 0
            sharding=_read(ShardingSpec.from_json, sharding if any(sharding.values()) else None),
            object_ttl=_read(ObjectTTLSpec.from_json, body.get("objectTtlConfig")),
        )
        classwide = {key: value for key, value in body.items() if key != "properties"}
        unknown = unknown_members(classwide, spec._described())
        return attrs.evolve(spec, unknown=unknown | ({"properties": others} if others else {}))


def _without_dropped_vectors(body: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return the JSON of a class without the named vectors that were dropped: the server keeps their names."""
    vectors = body.get("vectorConfig") or {}
    stored = {name: vector for name, vector in vectors.items() if vector.get("vectorIndexType") != "none"}
    return body if len(stored) == len(vectors) else {**body, "vectorConfig": stored}


def _read(reader: Callable[[Mapping[str, Any]], _Spec], body: Mapping[str, Any] | None) -> _Spec | None:
    return reader(body) if body else None

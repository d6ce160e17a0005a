"""What else a collection can be told: the inverted index, tenants, replicas and shards."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal

import attrs

from weaviate_orm.exceptions import MappingError
from weaviate_orm.schema.settings import stated
from weaviate_orm.schema.tokenization import ENGLISH_STOPWORDS


@attrs.frozen
class BM25:
    """How keyword search ranks. Both are sent: the server takes one that is missing for 0 (measured on 1.39)."""

    b: float = 0.75
    k1: float = 1.2


@attrs.frozen
class Stopwords:
    """The words that keyword search leaves out: a list of the server's, some added, some removed."""

    preset: Literal["en", "none"] = "en"
    additions: tuple[str, ...] = ()
    removals: tuple[str, ...] = ()

    @property
    def words(self) -> frozenset[str]:
        """All of them."""
        preset = ENGLISH_STOPWORDS if self.preset == "en" else frozenset()
        return (preset | set(self.additions)) - set(self.removals)


@attrs.frozen
class InvertedIndexSpec:
    """The index that filters and keyword search use. The three flags cannot be changed afterwards.

    Attributes:
        index_null_state: whether filters can ask ``is_null``; the server's default is False.
        index_property_length: whether filters can ask for a length; the server's default is False.
        index_timestamps: whether filters can ask for creation and update time; the server's default is False.
        bm25: None takes the server's default.
        stopwords: None takes the server's default, English.
    """

    index_null_state: bool | None = None
    index_property_length: bool | None = None
    index_timestamps: bool | None = None
    bm25: BM25 | None = None
    stopwords: Stopwords | None = None

    def to_json(self) -> dict[str, Any]:
        """Return the server's ``invertedIndexConfig``."""
        return stated(attrs.asdict(self))

    @classmethod
    def from_json(cls, body: Mapping[str, Any]) -> InvertedIndexSpec:
        """Read the server's ``invertedIndexConfig``; it leaves out a flag that is False, and a number that is 0."""
        bm25, stopwords = body.get("bm25"), body.get("stopwords")
        return cls(
            index_null_state=body.get("indexNullState", False),
            index_property_length=body.get("indexPropertyLength", False),
            index_timestamps=body.get("indexTimestamps", False),
            bm25=BM25(b=bm25.get("b", 0.0), k1=bm25.get("k1", 0.0)) if bm25 else None,
            stopwords=Stopwords(
                preset=stopwords.get("preset") or "en",
                additions=tuple(stopwords.get("additions") or ()),
                removals=tuple(stopwords.get("removals") or ()),
            )
            if stopwords
            else None,
        )


@attrs.frozen
class MultiTenancySpec:
    """Whether each object belongs to a tenant. ``enabled`` cannot be changed afterwards.

    Attributes:
        enabled: default True, for who writes this spec wants tenants.
        auto_tenant_creation: writing to a missing tenant creates it; the server's default is False.
        auto_tenant_activation: using an inactive tenant activates it; the server's default is False.
    """

    enabled: bool = True
    auto_tenant_creation: bool | None = None
    auto_tenant_activation: bool | None = None

    def __attrs_post_init__(self) -> None:
        if not self.enabled and (self.auto_tenant_creation or self.auto_tenant_activation):
            raise MappingError("auto_tenant_creation and auto_tenant_activation need enabled=True")

    def to_json(self) -> dict[str, Any]:
        """Return the server's ``multiTenancyConfig``."""
        return stated(attrs.asdict(self))

    @classmethod
    def from_json(cls, body: Mapping[str, Any]) -> MultiTenancySpec:
        """Read the server's ``multiTenancyConfig``."""
        return cls(
            enabled=body.get("enabled", False),
            auto_tenant_creation=body.get("autoTenantCreation", False),
            auto_tenant_activation=body.get("autoTenantActivation", False),
        )


DeletionStrategy = Literal["NoAutomatedResolution", "DeleteOnConflict", "TimeBasedResolution"]


@attrs.frozen
class ReplicationSpec:
    """How many nodes hold each object.

    Attributes:
        factor: the number of copies; the server's default is 1.
        async_enabled: repair copies in the background. Newer servers derive it from the factor and ignore what they
            are told (measured on Weaviate 1.39), so it is never reported as a difference.
        deletion_strategy: what wins when one copy is deleted and another is not.
    """

    factor: int | None = None
    async_enabled: bool | None = None
    deletion_strategy: DeletionStrategy | None = None

    def to_json(self) -> dict[str, Any]:
        """Return the server's ``replicationConfig``."""
        return stated(attrs.asdict(self))

    @classmethod
    def from_json(cls, body: Mapping[str, Any]) -> ReplicationSpec:
        """Read the server's ``replicationConfig``."""
        return cls(
            factor=body.get("factor"),
            async_enabled=body.get("asyncEnabled"),
            deletion_strategy=body.get("deletionStrategy"),
        )


@attrs.frozen
class ShardingSpec:
    """How a collection without tenants is spread over the nodes. Cannot be changed afterwards.

    Attributes:
        desired_count: the number of shards; the server's default is the number of nodes.
        virtual_per_physical: virtual shards in each; the server's default is 128.
    """

    desired_count: int | None = None
    virtual_per_physical: int | None = None

    def to_json(self) -> dict[str, Any]:
        """Return the server's ``shardingConfig``."""
        return stated(attrs.asdict(self))

    @classmethod
    def from_json(cls, body: Mapping[str, Any]) -> ShardingSpec:
        """Read the server's ``shardingConfig``."""
        return cls(desired_count=body.get("desiredCount"), virtual_per_physical=body.get("virtualPerPhysical"))

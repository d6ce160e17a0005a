"""What else a collection can be told: the inverted index, tenants, replicas, shards, and when objects expire."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Final, Literal, TypeVar

import attrs

from weaviate_orm.exceptions import MappingError
from weaviate_orm.schema.settings import camel_case, merged, stated
from weaviate_orm.schema.tokenization import ENGLISH_STOPWORDS
from weaviate_orm.schema.unknown import unknown_field, unknown_members


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
class TokenizerUserDict:
    """Words that the tokenizer of a language does not know.

    Attributes:
        tokenizer: ``kagome_ja`` or ``kagome_kr``.
        replacements: what to read in place of a word.
    """

    tokenizer: Literal["kagome_ja", "kagome_kr"]
    replacements: Mapping[str, str] = attrs.field(hash=False)
    unknown: Mapping[str, Any] = unknown_field()

    def to_json(self) -> dict[str, Any]:
        """Return the server's JSON of a dictionary."""
        pairs = [{"source": source, "target": target} for source, target in self.replacements.items()]
        return merged({"tokenizer": self.tokenizer, "replacements": pairs}, self.unknown)

    @classmethod
    def from_json(cls, body: Mapping[str, Any]) -> TokenizerUserDict:
        """Read the server's JSON of a dictionary."""
        pairs = {pair["source"]: pair["target"] for pair in body.get("replacements") or ()}
        spec = cls(body["tokenizer"], pairs)
        return attrs.evolve(spec, unknown=unknown_members(body, spec.to_json()))


def _presets(presets: Mapping[str, Iterable[str]] | None) -> dict[str, tuple[str, ...]] | None:
    return None if presets is None else {name: tuple(words) for name, words in presets.items()}


@attrs.frozen
class InvertedIndexSpec:
    """The index that filters and keyword search use. The three flags cannot be changed afterwards.

    Attributes:
        index_null_state: whether filters can ask ``is_null``; the server's default is False.
        index_property_length: whether filters can ask for a length; the server's default is False.
        index_timestamps: whether filters can ask for creation and update time; the server's default is False.
        bm25: None takes the server's default.
        stopwords: None takes the server's default, English.
        stopword_presets: lists of stopwords by name, for :class:`TextAnalyzer`. One named ``en`` or ``none`` takes the
            place of the server's there (since Weaviate 1.37).
        tokenizer_user_dict: words for the tokenizers of Japanese and Korean, one dictionary each.
        cleanup_interval_seconds: between removals of what is deleted; the server's default is 60.
        unknown: other members of the server's JSON, which are sent back.

    Raises MappingError for what the server would refuse.
    """

    index_null_state: bool | None = None
    index_property_length: bool | None = None
    index_timestamps: bool | None = None
    bm25: BM25 | None = None
    stopwords: Stopwords | None = None
    stopword_presets: Mapping[str, tuple[str, ...]] | None = attrs.field(default=None, converter=_presets, hash=False)
    tokenizer_user_dict: tuple[TokenizerUserDict, ...] | None = None
    cleanup_interval_seconds: int | None = None
    unknown: Mapping[str, Any] = unknown_field()

    def __attrs_post_init__(self) -> None:
        for name, words in (self.stopword_presets or {}).items():
            if not words:
                raise MappingError(f"the stopword preset {name!r} has no word; to leave out none, use 'none'")

    def stopwords_of(self, preset: str | None) -> frozenset[str]:
        """Return the stopwords of a property, by the preset of its text analyzer."""
        if preset is None:
            return (self.stopwords or Stopwords()).words
        own = (self.stopword_presets or {}).get(preset)
        if own is not None:
            return frozenset(own)
        return ENGLISH_STOPWORDS if preset == "en" else frozenset()

    def to_json(self) -> dict[str, Any]:
        """Return the server's ``invertedIndexConfig``."""
        settings = {name: getattr(self, name) for name in _PLAIN_INDEX_SETTINGS}
        nested = {
            "bm25": self.bm25 and attrs.asdict(self.bm25),
            "stopwords": self.stopwords and attrs.asdict(self.stopwords),
            "tokenizer_user_dict": None
            if self.tokenizer_user_dict is None
            else [dictionary.to_json() for dictionary in self.tokenizer_user_dict],
        }
        return merged(stated(settings | nested), self.unknown)

    @classmethod
    def from_json(cls, body: Mapping[str, Any]) -> InvertedIndexSpec:
        """Read the server's ``invertedIndexConfig``; it leaves out a flag that is False, and a number that is 0."""
        bm25, stopwords, dictionaries = (body.get(key) for key in ("bm25", "stopwords", "tokenizerUserDict"))
        spec = cls(
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
            stopword_presets=body.get("stopwordPresets") or None,
            tokenizer_user_dict=tuple(map(TokenizerUserDict.from_json, dictionaries)) if dictionaries else None,
            cleanup_interval_seconds=body.get("cleanupIntervalSeconds"),
        )
        return attrs.evolve(spec, unknown=unknown_members(body, spec.to_json()))


_PLAIN_INDEX_SETTINGS: Final = (
    "index_null_state",
    "index_property_length",
    "index_timestamps",
    "stopword_presets",
    "cleanup_interval_seconds",
)


@attrs.frozen
class MultiTenancySpec:
    """Whether each object belongs to a tenant. ``enabled`` cannot be changed afterwards.

    Attributes:
        enabled: default True, for who writes this spec wants tenants.
        auto_tenant_creation: writing to a missing tenant creates it; the server's default is False.
        auto_tenant_activation: using an inactive tenant activates it; the server's default is False.
        unknown: other members of the server's JSON, which are sent back.
    """

    enabled: bool = True
    auto_tenant_creation: bool | None = None
    auto_tenant_activation: bool | None = None
    unknown: Mapping[str, Any] = unknown_field()

    def __attrs_post_init__(self) -> None:
        if not self.enabled and (self.auto_tenant_creation or self.auto_tenant_activation):
            raise MappingError("auto_tenant_creation and auto_tenant_activation need enabled=True")

    def to_json(self) -> dict[str, Any]:
        """Return the server's ``multiTenancyConfig``."""
        return _stated(self)

    @classmethod
    def from_json(cls, body: Mapping[str, Any]) -> MultiTenancySpec:
        """Read the server's ``multiTenancyConfig``."""
        return _keeping_unknown(
            cls(
                enabled=body.get("enabled", False),
                auto_tenant_creation=body.get("autoTenantCreation", False),
                auto_tenant_activation=body.get("autoTenantActivation", False),
            ),
            body,
        )


DeletionStrategy = Literal["NoAutomatedResolution", "DeleteOnConflict", "TimeBasedResolution"]


@attrs.frozen
class AsyncReplicationSpec:
    """How copies are compared and repaired in the background (since Weaviate 1.36). None takes the server's default.

    Attributes:
        diff_batch_size: keys of objects that are compared at a time.
        diff_per_node_timeout: seconds for the comparison with one node.
        frequency: milliseconds between two comparisons.
        frequency_while_propagating: the same, while objects are being sent.
        hashtree_height: of the tree of hashes that is compared, at most 20.
        logging_frequency: seconds between two lines of the log.
        pre_propagation_timeout: seconds for all that comes before objects are sent.
        propagation_batch_size: objects that are sent at a time.
        propagation_concurrency: workers that send, at most 20.
        propagation_delay: milliseconds before a new object is sent.
        propagation_limit: objects that are sent after one comparison.
        propagation_timeout: seconds for one batch of objects.
        unknown: other members of the server's JSON, which are sent back.
    """

    diff_batch_size: int | None = None
    diff_per_node_timeout: int | None = None
    frequency: int | None = None
    frequency_while_propagating: int | None = None
    hashtree_height: int | None = None
    logging_frequency: int | None = None
    pre_propagation_timeout: int | None = None
    propagation_batch_size: int | None = None
    propagation_concurrency: int | None = None
    propagation_delay: int | None = None
    propagation_limit: int | None = None
    propagation_timeout: int | None = None
    unknown: Mapping[str, Any] = unknown_field()

    def to_json(self) -> dict[str, Any]:
        """Return the server's ``asyncConfig``."""
        return _stated(self)

    @classmethod
    def from_json(cls, body: Mapping[str, Any]) -> AsyncReplicationSpec:
        """Read the server's ``asyncConfig``."""
        names = (attribute.name for attribute in attrs.fields(cls) if attribute.name != "unknown")
        settings: dict[str, Any] = {name: body.get(camel_case(name)) for name in names}
        return _keeping_unknown(cls(**settings), body)


@attrs.frozen
class ReplicationSpec:
    """How many nodes hold each object.

    Attributes:
        factor: the number of copies; the server's default is 1.
        async_enabled: repair copies in the background. Newer servers derive it from the factor and ignore what they
            are told (measured on Weaviate 1.39), so it is never reported as a difference.
        deletion_strategy: what wins when one copy is deleted and another is not.
        async_config: how copies are repaired.
        unknown: other members of the server's JSON, which are sent back.
    """

    factor: int | None = None
    async_enabled: bool | None = None
    deletion_strategy: DeletionStrategy | None = None
    async_config: AsyncReplicationSpec | None = None
    unknown: Mapping[str, Any] = unknown_field()

    def to_json(self) -> dict[str, Any]:
        """Return the server's ``replicationConfig``."""
        return _stated(self, async_config=self.async_config and self.async_config.to_json())

    @classmethod
    def from_json(cls, body: Mapping[str, Any]) -> ReplicationSpec:
        """Read the server's ``replicationConfig``."""
        async_config = body.get("asyncConfig")
        return _keeping_unknown(
            cls(
                factor=body.get("factor"),
                async_enabled=body.get("asyncEnabled"),
                deletion_strategy=body.get("deletionStrategy"),
                async_config=AsyncReplicationSpec.from_json(async_config) if async_config else None,
            ),
            body,
        )


@attrs.frozen
class ShardingSpec:
    """How a collection without tenants is spread over the nodes. Cannot be changed afterwards.

    Attributes:
        desired_count: the number of shards; the server's default is the number of nodes.
        virtual_per_physical: virtual shards in each; the server's default is 128.
        unknown: other members of the server's JSON, which are sent back.
    """

    desired_count: int | None = None
    virtual_per_physical: int | None = None
    unknown: Mapping[str, Any] = unknown_field()

    def to_json(self) -> dict[str, Any]:
        """Return the server's ``shardingConfig``."""
        return _stated(self)

    @classmethod
    def from_json(cls, body: Mapping[str, Any]) -> ShardingSpec:
        """Read the server's ``shardingConfig``."""
        spec = cls(desired_count=body.get("desiredCount"), virtual_per_physical=body.get("virtualPerPhysical"))
        return _keeping_unknown(spec, body)


CREATION_TIME: Final = "_creationTimeUnix"
UPDATE_TIME: Final = "_lastUpdateTimeUnix"


@attrs.frozen
class ObjectTTLSpec:
    """When objects expire: the server deletes them by itself.

    The server has to run with OBJECTS_TTL_DELETE_SCHEDULE, which says when it looks for them.

    Attributes:
        delete_on: the time from which an object's life is counted: a date property, indexed for filters, or
            ``_creationTimeUnix`` or ``_lastUpdateTimeUnix``. In ``Meta`` it is the name of an attribute, or
            ``created_at`` or ``updated_at``.
        default_ttl: the seconds from then on; at least 60, but for a property, of which it may be anything: default 0.
        enabled: default True, for who writes this spec wants it.
        filter_expired_objects: whether queries leave out what is expired and not deleted yet; the server's default is
            False.
        unknown: other members of the server's JSON, which are sent back.
    """

    delete_on: str
    default_ttl: int = 0
    enabled: bool = True
    filter_expired_objects: bool | None = None
    unknown: Mapping[str, Any] = unknown_field()

    @property
    def needs_timestamps(self) -> bool:
        """Whether the collection has to index the times of the server."""
        return self.enabled and self.delete_on in (CREATION_TIME, UPDATE_TIME)

    def to_json(self) -> dict[str, Any]:
        """Return the server's ``objectTtlConfig``."""
        return _stated(self)

    @classmethod
    def from_json(cls, body: Mapping[str, Any]) -> ObjectTTLSpec:
        """Read the server's ``objectTtlConfig``."""
        spec = cls(
            delete_on=body.get("deleteOn") or "",
            default_ttl=body.get("defaultTtl", 0),
            enabled=body.get("enabled", False),
            filter_expired_objects=body.get("filterExpiredObjects", False),
        )
        return _keeping_unknown(spec, body)


_Options = TypeVar("_Options", MultiTenancySpec, AsyncReplicationSpec, ReplicationSpec, ShardingSpec, ObjectTTLSpec)


def _stated(spec: Any, **nested: Any) -> dict[str, Any]:
    settings = attrs.asdict(spec, recurse=False) | nested
    unknown = settings.pop("unknown")
    return merged(stated(settings), unknown)


def _keeping_unknown(spec: _Options, body: Mapping[str, Any]) -> _Options:
    return attrs.evolve(spec, unknown=unknown_members(body, spec.to_json()))
